"""Zones on one offline page, or as one picture: the map that can be moved and enlarged, and every zone in words.

The page needs no network and loads nothing. Without its script it shows the whole map and the whole list; with it the
map is dragged and enlarged, the list is searched, and a zone is found from either side.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from skykeep.facts.enacted import Rule, ZoneEnacted
from skykeep.views import ground, page, style, words
from skykeep.views.areas import Area, bounds, drawn_area, patterns, sample, size_m2, zone_area
from skykeep.views.ground import Extent, Plane
from skykeep.views.labels import Box, Placer, text_width
from skykeep.views.mapframe import grid, scale_bar
from skykeep.views.markup import Html, number, tag

WIDTH = 8_000.0  # units of the drawing, so fine that it can be enlarged
SHOWN_PX = 1_080.0  # as wide as this on a page
UNIT = WIDTH / SHOWN_PX  # units a pixel before anything is enlarged
LEVELS = (0.33, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Enlargements, the first for a phone: at each of them more labels find room; a label keeps its size on the screen."""
_CELL_PX = 6.0
_FONT_PX = 11.5
_MARK_PX = 120.0  # kept free about a mark and its words
_LABELLED_PX = 24.0  # a zone that looks smaller than this is not named yet


@dataclasses.dataclass(frozen=True, slots=True)
class ZoneRow:
    """One zone to show; whether it is in force and when is said by whoever knows the law."""

    zone: ZoneEnacted
    state: str  # "in force", "not in force", "hours not known"
    when: str


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """A place to mark on the map, with its words."""

    lat_e7: int
    lon_e7: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Drawn:
    row: int
    area: Area


def render(
    rows: Sequence[ZoneRow], *, title: str, sources: Sequence[str], t_ns: int, marks: Sequence[Mark] = ()
) -> str:
    """Return the page; `sources` says which files the zones came from, `t_ns` the moment that is shown."""
    svg = _map(rows, marks, title, interactive=True)
    tools = tag(
        "div",
        tag("button", "+", type="button", id="in", aria_label="Enlarge"),
        tag("button", "−", type="button", id="out", aria_label="Make smaller"),
        tag("button", "Whole map", type="button", id="whole"),
        class_="tools",
    )
    body = [
        tag("header", tag("h1", title), tag("p", _answer(rows), class_="lead"), _facts(sources, t_ns), class_="answer"),
        tag(
            "main",
            tag("figure", tag("div", svg, tools, class_="stage"), _legend(), class_="zones"),
            _table(rows),
        ),
        tag("footer", tag("p", _DISCLAIMER)),
    ]
    return page.whole(
        body, title=f"{title} – Skykeep zones", css=style.CSS + _CSS, script=_SCRIPT, brand="Skykeep zones"
    )


def picture(rows: Sequence[ZoneRow], *, title: str, marks: Sequence[Mark] = ()) -> str:
    """Return the map alone as an SVG file that stands by itself, in light colours."""
    svg = _map(rows, marks, title, interactive=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}\n'


_DISCLAIMER = (
    "Drawn from the files named above and from nothing else. A zone that those files lack is not on this map; "
    "not certified, not for navigation: ask the authority."
)


def _answer(rows: Sequence[ZoneRow]) -> str:
    counted = Counter(row.zone.rule for row in rows)
    said = [f"{counted[rule]} {_SAID[rule]}" for rule in Rule if counted[rule]]
    return f"{words.number(len(rows), 'zone')}: {', '.join(said)}." if rows else "No zone."


_SAID = {
    Rule.PROHIBITED: "no-drone",
    Rule.NEEDS_PERMIT: "by permit only",
    Rule.CONDITIONAL: "under conditions",
    Rule.ALLOWED: "allowed",
}


def _facts(sources: Sequence[str], t_ns: int) -> Html:
    pairs = [("Shown for", words.utc(t_ns)), *(("Source", source) for source in sources)]
    return tag("dl", *(part for name, text in pairs for part in (tag("dt", name), tag("dd", text))), class_="facts")


# The map


def _map(rows: Sequence[ZoneRow], marks: Sequence[Mark], caption: str, *, interactive: bool) -> Html:
    extent = _extent(rows, marks)
    drawing = ground.plane(extent, WIDTH, lowest=WIDTH * 0.45, highest=WIDTH * 1.1, pad=WIDTH * 0.04)
    areas = [
        _Drawn(at, zone_area(row.zone, volume, part))
        for at, row in enumerate(rows)
        for part, volume in enumerate(row.zone.volumes)
    ]
    areas.sort(key=lambda one: -size_m2(one.area))  # the small ones lie on top, where they can be touched
    frame = dataclasses.replace(
        drawing, width=SHOWN_PX, height=drawing.height / UNIT, metres_per_px=drawing.metres_per_px * UNIT
    )
    placer = Placer(frame.width, frame.height)
    lines, measure = grid(frame, placer), scale_bar(frame, placer)
    scaled = f"scale({UNIT:.4f})"
    return tag(
        "svg",
        tag("title", caption),
        *([] if interactive else [tag("style", Html(style.CSS + _CSS))]),
        patterns("z", UNIT),
        tag("rect", class_="ground", width=drawing.width, height=drawing.height),
        tag("g", *lines, class_="grid", aria_hidden="true", transform=scaled),
        tag("g", *(_area(drawing, one, rows[one.row]) for one in areas), class_="areas"),
        tag("g", *_labels(drawing, areas, marks, interactive=interactive), class_="labels", aria_hidden="true"),
        tag("g", *(_mark(drawing, mark) for mark in marks), class_="marks"),
        tag("g", *measure, class_="measure", aria_hidden="true", transform=scaled),
        class_="map zonemap",
        xmlns=None if interactive else "http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(drawing.width)} {number(drawing.height)}",
        width=None if interactive else SHOWN_PX,
        role="img",
        aria_label=caption,
    )


def _extent(rows: Sequence[ZoneRow], marks: Sequence[Mark]) -> Extent:
    found = [ground.extent_of_volume(volume) for row in rows for volume in row.zone.volumes]
    found += [ground.extent_of_places([(mark.lat_e7 / 1e7, mark.lon_e7 / 1e7)]) for mark in marks]
    if not found:
        return Extent(-60.0, -180.0, 75.0, 180.0)
    whole = found[0]
    for one in found[1:]:
        whole = whole.joined(one)
    return whole


def _area(drawing: Plane, one: _Drawn, row: ZoneRow) -> Html:
    shape = drawn_area(drawing, one.area, "z")
    asleep = "" if row.state == "in force" else " asleep"
    return tag("g", shape, class_=f"zone{asleep}", data_zone=str(one.row))


def _labels(drawing: Plane, areas: Sequence[_Drawn], marks: Sequence[Mark], *, interactive: bool) -> list[Html]:
    """Return one label a zone at the first enlargement where it has room; a picture shows only the first level."""
    waiting: dict[int, Area] = {}
    for one in areas:
        waiting.setdefault(one.row, one.area)  # the largest part of each zone names it, and the largest zone is first
    placed = [(*drawing.xy(mark.lat_e7 / 1e7, mark.lon_e7 / 1e7), _MARK_PX, 28.0) for mark in marks]
    labels = []
    for number_, level in enumerate(LEVELS if interactive else LEVELS[:2]):
        taken = _Taken(level)
        for x, y, width, height in placed:
            taken.take(x, y, width, height)
        for row, area in list(waiting.items()):
            box = bounds(drawing, area.volume)
            width = max(text_width(line, _FONT_PX, bold=True) for line in _label_lines(area))
            large = max(box.width, box.height) * level / UNIT >= _LABELLED_PX or level == LEVELS[-1]
            at = next((at for at in _candidates(box, width, level) if taken.take(*at)), None) if large else None
            if at is not None:
                placed.append(at)
                labels.append(_label(area, at, number_, row))
                del waiting[row]
    return labels


def _candidates(box: Box, width: float, level: float) -> list[tuple[float, float, float, float]]:
    """Return places for a label in a box, in units, with its size in pixels: the middle, then along top and bottom."""
    inset = 20.0 * UNIT / level
    middle = box.y + box.height / 2
    rows = [middle, *((box.y + inset, box.y + box.height - inset) if box.height > 4 * inset else ())]
    return [(box.x + box.width / 2, y, width, 28.0) for y in rows]


class _Taken:
    """Which small squares of the screen hold a label, at one enlargement."""

    def __init__(self, level: float) -> None:
        self._scale = level / UNIT / _CELL_PX
        self._cells: set[tuple[int, int]] = set()

    def take(self, x: float, y: float, width: float, height: float) -> bool:
        """Take the box about (x, y) in units, `width` and `height` in pixels, if it is free."""
        left, top = x * self._scale - width / 2 / _CELL_PX, y * self._scale - height / 2 / _CELL_PX
        wide, high = int(width / _CELL_PX) + 2, int(height / _CELL_PX) + 2
        cells = [(int(left) + i, int(top) + j) for i in range(wide) for j in range(high)]
        free = not any(cell in self._cells for cell in cells)
        if free:
            self._cells.update(cells)
        return free


def _label_lines(area: Area) -> tuple[str, str]:
    return area.name, f"{area.kind} · {area.heights}"


def _label(area: Area, at: tuple[float, float, float, float], level: int, row: int) -> Html:
    first, second = _label_lines(area)
    texts = (tag("text", first, class_="l1", y=-2), tag("text", second, class_="l2", y=11))
    style_ = area.style.split(" ", maxsplit=1)[0]
    return tag(
        "g",
        tag("g", *texts, class_="inner", text_anchor="middle", transform=f"scale({UNIT:.3f})"),
        class_=f"lab {style_} z{level}",
        transform=f"translate({number(at[0])} {number(at[1])})",
        data_zone=str(row),
    )


def _mark(drawing: Plane, mark: Mark) -> Html:
    x, y = drawing.xy(mark.lat_e7 / 1e7, mark.lon_e7 / 1e7)
    inner = tag(
        "g",
        tag("circle", class_="halo", r=14),
        tag("circle", class_="spot", r=5),
        tag("text", mark.text, class_="l1", x=18, y=4),
        class_="inner",
        transform=f"scale({UNIT:.3f})",
    )
    return tag("g", inner, class_="lab mark", transform=f"translate({number(x)} {number(y)})")


def _legend() -> Html:
    shapes = [("no-drone", "No drones"), ("permit-only", "By permit only"), ("conditional", "Under conditions"),
              ("allowed", "Allowed")]  # fmt: skip
    hatchings = tag("svg", patterns("l"), width=0, height=0, aria_hidden="true")
    shown = (tag("li", sample(style_, "l"), tag("b", text)) for style_, text in shapes)
    return tag("ul", hatchings, *shown, tag("li", _ASLEEP), class_="legend")


_ASLEEP = "Pale: not in force at the time shown. Dashed: has hours."


# The list


def _table(rows: Sequence[ZoneRow]) -> Html:
    head = tag(
        "thead", tag("tr", *(tag("th", name, scope="col") for name in ("Zone", "Rule", "Heights", "When", "Doubts")))
    )
    search = tag(
        "p",
        tag("label", "Find a zone ", tag("input", type="search", id="find", placeholder="name or identifier")),
        class_="find",
    )
    body = tag("tbody", *(_row(at, row) for at, row in enumerate(rows)))
    return tag(
        "section",
        tag("h2", "Every zone"),
        search,
        tag("div", tag("table", head, body, class_="cards zonelist"), class_="wrap"),
        id="list",
    )


def _row(at: int, row: ZoneRow) -> Html:
    zone = row.zone
    bands = dict.fromkeys(words.heights(volume) for volume in zone.volumes)
    doubts = "".join(tag("li", words.shown(doubt)) for doubt in zone.doubts)
    noted = (
        tag("details", tag("summary", words.number(len(zone.doubts), "doubt")), tag("ul", Html(doubts)))
        if doubts
        else "–"
    )
    return tag(
        "tr",
        tag(
            "th",
            words.shown(zone.name),
            tag("span", f"{zone.zone_id} · version {zone.version}", class_="sub"),
            scope="row",
        ),
        _cell("Rule", tag("b", words.RULE[zone.rule].capitalize()), _sub(zone.conditions or _reason(zone))),
        _cell("Heights", *(tag("p", band) for band in bands)),
        _cell("When", tag("p", row.state.capitalize()), _sub(row.when)),
        _cell("Doubts", noted),
        data_zone=str(at),
        tabindex=0,
    )


def _reason(zone: ZoneEnacted) -> str | None:
    """Return the reason, a code of the standards (AIR_TRAFFIC) as words."""
    said = zone.reason
    return (
        said.replace("_", " ").lower()
        if said is not None and said.replace("_", "").replace(", ", "").isupper()
        else said
    )


def _cell(label: str, *parts: str) -> Html:
    return tag("td", tag("div", *parts), data_label=label)


def _sub(text: str | None) -> Html:
    return tag("span", words.shown(text), class_="sub") if text else Html()


_CSS = """
.zones .stage{position:relative;overflow:hidden;background:var(--ground)}
.stage .zonemap{touch-action:none;cursor:grab;max-height:78vh}
.zonemap.held{cursor:grabbing}
.zonemap .edge{vector-effect:non-scaling-stroke}.zonemap .area{pointer-events:all}
.zonemap .zone{cursor:pointer}.zonemap .zone.asleep{opacity:.38}
.zonemap .zone.on .edge{stroke-width:4}.zonemap .lab{pointer-events:none}
.lab.z2,.lab.z3,.lab.z4,.lab.z5,.lab.z6,.lab.z7,.far .lab.z1{display:none}
.k2 .lab.z2,.k3 .lab.z3,.k4 .lab.z4,.k5 .lab.z5,.k6 .lab.z6,.k7 .lab.z7{display:inline}
.lab .inner .l1{font-size:11.5px}.lab .inner .l2{font-size:10.5px}
.moved .grid text,.moved .measure{display:none}.moved .grid line{vector-effect:non-scaling-stroke}
.mark .spot{fill:var(--permit);stroke:var(--panel);stroke-width:2}.mark .halo{fill:var(--permit);opacity:.18}
.tools{position:absolute;right:12px;top:56px;display:flex;flex-direction:column;gap:6px;align-items:flex-end}
.tools button{font:600 14px/1 "Inter","Noto Sans",sans-serif;min-width:36px;min-height:36px;padding:0 10px;
border:1px solid var(--line);border-radius:8px;background:var(--panel);color:var(--text);cursor:pointer}
.tools button:focus-visible,.find input:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.find input{font:inherit;padding:7px 12px;border:1px solid var(--line);border-radius:8px;background:var(--panel);
color:var(--text);min-width:min(320px,100%)}.find{margin:10px 0 0}
.zonelist th:nth-child(1){width:28%}.zonelist th:nth-child(2){width:20%}.zonelist th:nth-child(3){width:23%}
.zonelist th:nth-child(4){width:17%}
@media (max-width:719px){.tools{top:8px;right:8px;flex-direction:row}.zonemap .measure{display:none}}
tr[hidden]{display:none!important}tr[data-zone]{cursor:pointer}summary{cursor:pointer}
#list details ul{padding-left:18px;margin-top:4px;font-size:13px;color:var(--dim)}
"""

_SCRIPT = """(()=>{const svg=document.querySelector('svg.zonemap');if(!svg)return;
const box=svg.viewBox.baseVal,W=box.width,H=box.height,U=W/1080;let x=0,y=0,k=1,held=null;
const part=()=>{const r=svg.getBoundingClientRect();return Math.min(r.width/W,r.height/H)||1/U};
const pats=[...svg.querySelectorAll('pattern')].map(p=>[p,p.getAttribute('patternTransform').replace(/ ?scale.*/,'')]);
const inner=[...svg.querySelectorAll('.lab .inner')];
const show=()=>{x=Math.max(0,Math.min(W-W/k,x));y=Math.max(0,Math.min(H-H/k,y));
svg.setAttribute('viewBox',x+' '+y+' '+W/k+' '+H/k);
const px=part()*k,seen=px*U;
[2,4,8,16,32,64].forEach((z,i)=>svg.classList.toggle('k'+(i+2),seen>=z*.98));
svg.classList.toggle('far',seen<.75);svg.classList.toggle('moved',k>1.01);
const s='scale('+(1/px).toFixed(4)+')';for(const g of inner)g.setAttribute('transform',s);
for(const [p,t] of pats)p.setAttribute('patternTransform',t+' '+s)};
const zoom=(f,cx,cy)=>{const n=Math.max(1,Math.min(90,k*f));x+=cx*W/k-cx*W/n;y+=cy*H/k-cy*H/n;k=n;show()};
const at=e=>{const r=svg.getBoundingClientRect();return[(e.clientX-r.left)/r.width,(e.clientY-r.top)/r.height]};
svg.addEventListener('wheel',e=>{e.preventDefault();zoom(Math.exp(-e.deltaY*0.0016),...at(e))},{passive:false});
let drag=null;const touches=new Map();
svg.addEventListener('pointerdown',e=>{touches.set(e.pointerId,at(e));drag=[...at(e),x,y,0];svg.classList.add('held')});
svg.addEventListener('pointermove',e=>{if(!touches.has(e.pointerId))return;const p=at(e),o=touches.get(e.pointerId);
if(touches.size===2){const q=[...touches].find(t=>t[0]!==e.pointerId)[1];
const d=(a,b)=>Math.hypot((a[0]-b[0])*W,(a[1]-b[1])*H)||1;zoom(d(p,q)/d(o,q),(p[0]+q[0])/2,(p[1]+q[1])/2)}
else if(drag){x=drag[2]-(p[0]-drag[0])*W/k;y=drag[3]-(p[1]-drag[1])*H/k;
drag[4]+=Math.hypot(p[0]-o[0],p[1]-o[1]);show()}touches.set(e.pointerId,p)});
const up=e=>{touches.delete(e.pointerId);svg.classList.remove('held')};
for(const n of ['pointerup','pointercancel','pointerleave'])svg.addEventListener(n,up);
const all=z=>document.querySelectorAll('[data-zone="'+z+'"]');
const hold=z=>{if(held!==null)all(held).forEach(e=>e.classList.remove('on'));held=z;
if(z!==null)all(z).forEach(e=>e.classList.add('on'))};
const near=z=>{const g=svg.querySelector('.zone[data-zone="'+z+'"]');if(!g)return;const b=g.getBBox();
k=Math.max(1,Math.min(90,0.5*Math.min(W/Math.max(b.width,1),H/Math.max(b.height,1))));
x=b.x+b.width/2-W/k/2;y=b.y+b.height/2-H/k/2;show()};
svg.addEventListener('click',e=>{if(drag&&drag[4]>0.006)return;const g=e.target.closest('.zone');
hold(g?g.dataset.zone:null);if(g){const r=document.querySelector('tr[data-zone="'+g.dataset.zone+'"]');
if(r){r.hidden=false;r.scrollIntoView({block:'nearest'})}}});
document.querySelectorAll('tr[data-zone]').forEach(r=>{const go=()=>{hold(r.dataset.zone);near(r.dataset.zone);
svg.scrollIntoView({block:'nearest'})};r.addEventListener('click',e=>{if(!e.target.closest('details'))go()});
r.addEventListener('keydown',e=>{if(e.key==='Enter')go()})});
document.getElementById('in').onclick=()=>zoom(2,.5,.5);document.getElementById('out').onclick=()=>zoom(.5,.5,.5);
document.getElementById('whole').onclick=()=>{k=1;hold(null);show()};
document.getElementById('find').addEventListener('input',e=>{const t=e.target.value.toLowerCase();
document.querySelectorAll('tr[data-zone]').forEach(r=>{r.hidden=!r.textContent.toLowerCase().includes(t)})});
addEventListener('resize',show);show()})();"""
