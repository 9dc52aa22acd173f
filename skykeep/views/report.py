"""The report: one page, offline and complete in itself, the answer first, for whoever asks what happened.

It needs no script and may load nothing: its own content security policy forbids it.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from skykeep.facts.concluded import Verdict
from skykeep.facts.enacted import ZoneEnacted
from skykeep.views import chart, ground, lanes, style, words
from skykeep.views.chart import Flight
from skykeep.views.explain import interval
from skykeep.views.markup import Html, tag
from skykeep.views.picture import Picture, SensorSeen
from skykeep.views.summary import TrackSummary, rows
from skykeep.views.symbols import (
    CANNOT_TELL,
    MANNED,
    NO_RULE,
    NOT_PERMITTED,
    PERMITTED,
    STATE,
    icon,
    kind,
)
from skykeep.views.table import margins

WIDE, NARROW = 1000.0, 360.0  # each drawing twice: letters stay readable on paper and on a phone
ZONES_MAX = 60
SHAPE_WORDS = {
    NOT_PERMITTED: "Not permitted",
    CANNOT_TELL: "Cannot tell",
    PERMITTED: "Permitted",
    STATE: "Exempt (state flight)",
    MANNED: "Manned aircraft",
    NO_RULE: "No rule",
}


def render(
    picture: Picture,
    *,
    title: str,
    checkpoint_text: str,
    vkey: str | None,
    replayed: str | None,
    verified: str | None,
    reveal: bool = False,
) -> str:
    """Return the page; identities are masked unless revealed, wherever they would stand."""
    found = rows(picture, reveal=reveal)
    flights = [Flight(picture.whole(picture.tracks[row.track_id]), row) for row in found]
    body = tag(
        "body",
        tag("a", "Skip to the verdicts", class_="skip", href="#verdicts"),
        tag(
            "div",
            _top(),
            _answer(picture, found, title, verified=verified, replayed=replayed),
            tag("main", *_sections(picture, flights, reveal=reveal), _check(checkpoint_text, vkey)),
            _footer(),
            class_="page",
        ),
        tag("script", Html(style.SCRIPT)),
    )
    page = tag("html", _head(title), body, lang="en", dir="ltr")
    return f"<!DOCTYPE html>\n{page}\n"


def _head(title: str) -> Html:
    policy = (
        f"default-src 'none'; style-src {_hash(style.CSS)}; script-src {_hash(style.SCRIPT)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", f"{title} – Skykeep report"),
        tag("link", rel="icon", href="data:,"),
        tag("style", Html(style.CSS)),
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _top() -> Html:
    logo = Html(
        '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 1.5l9 3.5v6.5c0 5.6-3.8 '
        '9.3-9 11-5.2-1.7-9-5.4-9-11V5z" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M6.5 14a6 '
        '6 0 0 1 11 0" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>'
        '<circle cx="12" cy="14" r="1.6" fill="currentColor"/></svg>'
    )
    brand = tag("span", logo, "Skykeep report", class_="brand")
    return tag(
        "div", brand, tag("span", class_="sp"), tag("span", "RECORD · not live", class_="pill rec"), class_="top"
    )


# The answer


def answer(found: Sequence[TrackSummary]) -> str:
    """Return what was found, the gravest first: "1 flight was not permitted. 2 were permitted."."""
    counted = Counter(row.verdict for row in found)
    said: list[str] = []
    for verdict in reversed(words.GRAVITY):
        count = counted[verdict.value]
        if count:
            one, many = _SAID[verdict]
            noun = "" if said else " flight" if count == 1 else " flights"
            said.append(f"{count}{noun} {one if count == 1 else many}.")
    return " ".join(said)


_SAID = {
    Verdict.NOT_PERMITTED: ("was not permitted", "were not permitted"),
    Verdict.CANNOT_TELL: ("could not be told", "could not be told"),
    Verdict.PERMITTED: ("was permitted", "were permitted"),
    Verdict.EXEMPT: ("was exempt", "were exempt"),
    Verdict.NO_RULE: ("met no rule", "met no rule"),
}


def nothing(picture: Picture) -> str:
    """Return the answer of a record without tracks; it says how many ears it had."""
    heard = sum(sensor.facts > 0 for sensor in picture.sensors.values())
    return f"No drones in the air. {words.number(heard, 'sensor')} heard."


def _answer(
    picture: Picture, found: Sequence[TrackSummary], title: str, *, verified: str | None, replayed: str | None
) -> Html:
    heard, simulated = [row for row in found if not row.simulated], [row for row in found if row.simulated]
    parts = [tag("h1", title)]
    if not found:
        parts.append(tag("p", nothing(picture), class_="lead"))
    if heard:
        parts.append(tag("p", answer(heard), class_="lead"))
    if simulated:
        label = tag("span", "SIMULATED", class_="simtag")
        parts.append(tag("p", label, Html(" "), answer(simulated), class_="lead more" if heard else "lead"))
        parts.append(tag("p", "Simulated flights are invented: they are never evidence of a real one.", class_="note"))
    failed = [text for text in (verified, replayed) if text is not None and _fails(text)]
    alarm = [tag("p", f"This record does not hold: {text}", class_="failed", role="alert") for text in failed]
    return tag("header", *alarm, *parts, _facts(picture, found, verified, replayed), class_="answer")


def _fails(text: str) -> bool:
    lowered = text.casefold()
    return "does not verify" in lowered or "differ" in lowered


def _facts(picture: Picture, found: Sequence[TrackSummary], verified: str | None, replayed: str | None) -> Html:
    law = {True: "declared complete for this place", False: "not declared complete: there may be other rules"}
    lines: list[tuple[str, str]] = [("When", _when(picture, found))]
    if picture.began:
        began = picture.began[0]
        lines.append(("Record", began.record_id))
        lines.append(("Made by", f"Skykeep {began.program_version}, program sha256:{began.program_sha256[:16]}…"))
        lines.append(
            ("From", ", ".join(f"{what} sha256:{sha256[:12]}…" for what, sha256 in began.inputs) or "no inputs")
        )
    lines.append(("Law given", law.get(picture.law_complete or False, "")))
    lines.append(("Verified", verified or "not when this page was made; see below"))
    lines.append(("Replayed", replayed or "not when this page was made; see below"))
    if picture.finished is None:
        lines.append(("Incomplete", "the run that wrote this record did not read its inputs to their end"))
    return tag("dl", *(Html(tag("dt", name) + tag("dd", value)) for name, value in lines), class_="facts")


def _when(picture: Picture, found: Sequence[TrackSummary]) -> str:
    if not found:
        if picture.first_ns is None or picture.last_ns is None:
            return "nothing was recorded"
        return words.period(picture.first_ns, picture.last_ns)
    spans: list[list[int]] = []
    for first, last in sorted((row.first_ns, row.last_ns) for row in found):
        if spans and first <= spans[-1][1] + lanes.GAP_NS:
            spans[-1][1] = max(spans[-1][1], last)
        else:
            spans.append([first, last])
    told = "; ".join(words.period(first, last) for first, last in spans[:4])
    return told + (f"; and {len(spans) - 4} more" if len(spans) > 4 else "") + " (local time is not in the record)"  # noqa: PLR2004


# Sections


def _sections(picture: Picture, flights: Sequence[Flight], *, reveal: bool) -> list[Html]:
    if not flights:
        quiet = tag("p", nothing(picture), class_="quiet", id="verdicts")
        return [tag("section", quiet), _law(picture), _unknowns(picture, []), _sensors(picture)]
    return [
        _maps(picture, flights),
        _verdicts([flight.row for flight in flights], reveal=reveal),
        _timelines(picture, flights),
        _unknowns(picture, [flight.row for flight in flights]),
        _law(picture),
        _sensors(picture),
    ]


def _maps(picture: Picture, flights: Sequence[Flight]) -> Html:
    by_id = {flight.row.track_id: flight for flight in flights}
    rank = {flight.row.track_id: place for place, flight in enumerate(flights)}
    grouped = [
        sorted((by_id[track.track_id] for track in group), key=lambda flight: rank[flight.row.track_id])
        for group in ground.groups(flight.track for flight in flights)
    ]
    grouped.sort(key=lambda group: rank[group[0].row.track_id])
    figures = [_map(picture, group, place, len(grouped)) for place, group in enumerate(grouped)]
    unplaced = len(flights) - sum(map(len, grouped))
    note = "Drawn without a base map, so that this page needs no network. North is up; the grid is WGS 84."
    lost = [tag("p", f"{words.number(unplaced, 'flight')} without any place: see the table.", class_="note")]
    return tag(
        "section",
        tag("h2", "Where", id="where"),
        tag("p", note, class_="note"),
        *figures,
        *(lost if unplaced else []),
        aria_labelledby="where",
    )


def _map(picture: Picture, group: Sequence[Flight], place: int, of: int) -> Html:
    first, last = lanes.period(group)
    which = f"Map {place + 1} of {of}" if of > 1 else "Map"
    where = chart.width_words(picture, group)
    caption = f"{which}: {words.number(len(group), 'flight')} {where}, {words.period(first, last)}"
    head = tag(
        "figcaption",
        tag("b", f"{which} · {words.number(len(group), 'flight')}"),
        f" {where} · {words.period(first, last)}",
    )
    shapes = Counter(flight.shape for flight in group)
    items = [
        tag("li", icon(shape, 20), said, tag("b", str(shapes[shape])))
        for shape, said in SHAPE_WORDS.items()
        if shapes[shape]
    ]
    items.append(tag("li", "large symbol: gravest verdict, at the last place; small: where a verdict began"))
    items.append(tag("li", "dot each 10 s; line ahead: 30 s on the last course"))
    items += [tag("li", "dashed circle: assumed accuracy (95 %)")] if _any_assumed(group) else []
    return tag(
        "figure",
        head,
        chart.panel(picture, group, width=WIDE, key=f"m{place}w", caption=caption),
        chart.panel(picture, group, width=NARROW, key=f"m{place}n", caption=caption),
        tag("ul", *items, class_="legend"),
        id=f"map-{place + 1}",
    )


def _any_assumed(group: Sequence[Flight]) -> bool:
    return any(flight.track.points[-1].pos_assumed for flight in group)


def _timelines(picture: Picture, flights: Sequence[Flight]) -> Html:
    grouped = lanes.groups(flights)
    figures = []
    for place, group in enumerate(grouped):
        first, last = lanes.period(group)
        caption = f"Timeline, {words.period(first, last)}"
        wide = lanes.timeline(picture, group, width=WIDE, key=f"t{place}w", caption=caption)
        narrow = lanes.timeline(picture, group, width=NARROW, key=f"t{place}n", caption=caption)
        left_out = max(0, len(group) - lanes.LANES_MAX)
        more = [tag("p", f"{left_out} more flights are in the table of verdicts.", class_="legend")] if left_out else []
        head = tag("figcaption", tag("b", words.period(first, last)))
        figures.append(tag("figure", head, wide, narrow, *more, class_="lined"))
    note = "A triangle is an alarm with its priority. A dashed upright line is a change of the law. All times are UTC."
    return tag("section", tag("h2", "When", id="when"), tag("p", note, class_="note"), *figures, aria_labelledby="when")


# The table


_COLUMNS = (
    ("Track", ""),
    ("Verdict", "c-verdict"),
    ("Where and why", ""),
    ("Identity it gave", "c-id"),
    ("Seen (UTC)", "c-seen"),
    ("Margin", "c-margin"),
)


def _verdicts(found: Sequence[TrackSummary], *, reveal: bool) -> Html:
    shown = "as they were given" if reveal else "masked"
    caption = f"{words.number(len(found), 'flight')}, the gravest first; identities {shown}"
    heads = (tag("th", name, class_=class_ or None, scope="col", role="columnheader") for name, class_ in _COLUMNS)
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *heads, role="row"), role="rowgroup"),
        tag("tbody", *(_row(row) for row in found), role="rowgroup"),
        class_="cards verdicts",
        role="table",
    )
    return tag(
        "section",
        tag("h2", "Verdicts", id="verdicts"),
        tag("p", "What the rules given say about what the sensors told. A person decides.", class_="note"),
        tag("div", table, class_="wrap"),
        aria_labelledby="verdicts",
    )


def _row(row: TrackSummary) -> Html:
    name = [Html(f"Track {row.track_id}")]
    if row.simulated:
        name += [Html(" "), tag("span", "SIMULATED", class_="simtag")]
    name += [_sub("manned aircraft")] if row.manned else []
    name += [_sub("tentative: few reports")] if not row.established else []
    name += [_sub(f"with track {', '.join(map(str, row.merged_tracks))}")] if row.merged_tracks else []
    cells = [
        tag("th", *name, scope="row", role="rowheader"),
        _cell("Verdict", *_verdict_cell(row)),
        _cell("Why", *_why(row)),
        _cell("Identity", *_identity(row)),
        _cell("Seen", *_seen(row)),
        _cell("Margin", *(tag("p", text) for text in margins(row) or ("–",))),
    ]
    return tag("tr", *cells, role="row", data_track=str(row.track_id))


def _cell(label: str, *parts: Html) -> Html:
    return tag("td", tag("div", *parts), role="cell", data_label=label)


def _sub(text: str) -> Html:
    return tag("span", text, class_="sub")


def _verdict_cell(row: TrackSummary) -> list[Html]:
    shape = kind(Verdict(row.verdict), manned=row.manned)
    parts = [tag("span", icon(shape, 20), tag("span", row.verdict_words.capitalize()), class_="vw")]
    if row.verdict_last != row.verdict:
        parts.append(_sub(f"when last heard: {row.verdict_last_words}"))
    return parts + ([_sub(words.number(row.alarms, "alarm"))] if row.alarms else [])


def _why(row: TrackSummary) -> list[Html]:
    parts = [tag("p", row.sentence)]
    where = [
        text
        for text in (
            _versioned("zone", row.zone_id, row.zone_version),
            _versioned("permit", row.permit_id, row.permit_version),
        )
        if text
    ]
    parts.append(tag("span", "clause ", tag("code", row.clause), *(f" · {text}" for text in where), class_="sub"))
    parts += _missing(row.missing)
    for zone in row.zones:
        if zone.zone_id != row.zone_id:
            said = words.VERDICT[Verdict(zone.verdict)].capitalize()
            parts.append(tag("p", tag("b", f"Also {said.lower()}: "), zone.sentence, class_="also"))
            parts.append(tag("span", "clause ", tag("code", zone.clause), class_="sub"))
            parts += _missing(zone.missing)
    if row.coming_zone_id is not None:
        coming = row.coming_zone_name or row.coming_zone_id
        parts.append(tag("p", f"Announced, not yet in force: {words.shown(coming)} from {row.coming_from_utc}."))
    return parts


def _versioned(what: str, name: str | None, version: int | None) -> str:
    if name is None:
        return ""
    return f"{what} {words.shown(name, 80)}" + ("" if version is None else f" v{version}")


def _missing(missing: Iterable[str]) -> list[Html]:
    text = ", ".join(words.shown(each) for each in missing)
    return [tag("p", tag("b", "Missing to tell: "), text, ".")] if text else []


def _identity(row: TrackSummary) -> list[Html]:
    if row.identity_state == "none_heard":
        parts = [tag("p", "None heard")]
    else:
        parts = [tag("p", row.identity), _sub(row.id_kind)]
    parts += [_sub(f"operator {row.operator}")] if row.operator else []
    parts += [_sub(row.trust_words)] if row.trust != "none" else []
    return parts + [_sub(text) for text in row.flags_words]


def _seen(row: TrackSummary) -> list[Html]:
    times = tag("span", f"{words.clock(row.first_ns)} – {words.clock(row.last_ns)}", class_="nw")
    parts = [tag("p", times), _sub(words.day(row.first_ns)), _sub(words.number(row.reports, "report"))]
    return parts + ([_sub("then lost")] if row.lost else [])


# What could not be told, the law, the sensors


def _unknowns(picture: Picture, found: Sequence[TrackSummary]) -> Html:
    items = [
        tag("li", tag("b", f"Track {row.track_id}"), _simulated(row), ": ", zone.sentence, *_needs(zone.missing))
        for row in found
        for zone in row.zones
        if zone.verdict == "cannot_tell"
    ]
    items += [tag("li", text) for text in _limits(picture)]
    if not items:
        items = [tag("li", "Nothing that it noticed. It does not know what no sensor heard.")]
    return tag(
        "section",
        tag("h2", "What the watch could not tell, and why", id="unknown"),
        tag("ul", *items, class_="plain"),
        aria_labelledby="unknown",
    )


def _simulated(row: TrackSummary) -> Html:
    return tag("span", " ", tag("span", "SIMULATED", class_="simtag")) if row.simulated else Html()


def _needs(missing: Sequence[str]) -> list[str]:
    return [f" Missing: {', '.join(words.shown(each) for each in missing)}."] if missing else []


def _limits(picture: Picture) -> list[str]:
    said = []
    if not picture.law_complete:
        said.append(
            "The law given is not declared to be all there is: \u201cno rule\u201d means none that it was given."
        )
    said.append("Whatever no sensor heard is not here: a drone that sends nothing leaves no trace in a radio record.")
    bare = sum(sensor.positions_without_accuracy for sensor in picture.sensors.values())
    if bare:
        said.append(f"{words.number(bare, 'position')} came without an accuracy; the sensor's default was assumed.")
    if picture.unreadable:
        said.append(
            f"{words.number(picture.unreadable, 'frame')} could not be read; kept in the record, with the reason."
        )
    if picture.late:
        said.append(f"{words.number(picture.late, 'report')} came too late to be used; kept in the record.")
    if picture.erased:
        said.append(f"{words.number(picture.erased, 'fact')} were erased since; proofs of the rest still hold.")
    for name, count in sorted(picture.unknown.items()):
        said.append(f"{words.number(count, 'fact')} of kind {words.shown(name, 60)}, which this version cannot read.")
    return said


def _law(picture: Picture) -> Html:
    zones = sorted(picture.zones.values(), key=lambda zone: zone.zone_id)
    table = _table(
        f"{words.number(len(zones), 'zone')}" + (f", the first {ZONES_MAX} shown" if len(zones) > ZONES_MAX else ""),
        ("Zone", "Rule", "Heights", "In force", "Issued by, and why"),
        [_zone(picture, zone) for zone in zones[:ZONES_MAX]],
    )
    permits = [
        [
            tag(
                "th",
                words.shown(permit.permit_id, 80),
                _sub(f"version {permit.version}"),
                scope="row",
                role="rowheader",
            ),
            _cell("Where", *(tag("p", words.heights(part.volume)) for part in permit.volumes[:4])),
            _cell("When", *(tag("p", words.period(part.start_ns, part.end_ns)) for part in permit.volumes[:4])),
            _cell("State", *_permit_state(picture, permit.permit_id, state_flight=permit.state_flight)),
        ]
        for _, permit in sorted(picture.permits.items())
    ]
    parts = [table] if zones else [tag("p", "The record holds no zones.", class_="note")]
    if permits:
        caption = f"{words.number(len(permits), 'permit')}; whom they name is not shown"
        parts.append(_table(caption, ("Permit", "Heights", "When (UTC)", "State"), permits))
    return tag("section", tag("h2", "The law that it was given", id="law"), *parts, aria_labelledby="law")


def _zone(picture: Picture, zone: ZoneEnacted) -> list[Html]:
    name = words.shown(zone.name or zone.zone_id)
    withdrawn = picture.withdrawals.get(zone.zone_id)
    when = [interval(part.start_ns, part.end_ns) for part in zone.applicability[:4]] or ["permanent"]
    when += [f"withdrawn {words.utc(withdrawn.t_ns)}"] if withdrawn else []
    when += ["hours could not be read"] if zone.hours_unread is not None else []
    why = [f"legal basis: {words.shown(zone.legal_basis or 'not stated')}"]
    why += [f"reason: {words.shown(zone.reason)}"] if zone.reason else []
    why += [f"contact: {words.shown(zone.contact)}"] if zone.contact else []
    return [
        tag("th", name, _sub(f"{words.shown(zone.zone_id, 80)} version {zone.version}"), scope="row", role="rowheader"),
        _cell("Rule", tag("p", words.RULE[zone.rule].capitalize())),
        _cell("Heights", *(tag("p", words.heights(volume)) for volume in zone.volumes[:4])),
        _cell("In force", *(tag("p", text) for text in when)),
        _cell("Issued by", tag("p", words.shown(zone.issuing_body or "not stated")), *map(_sub, why)),
    ]


def _permit_state(picture: Picture, permit_id: str, *, state_flight: bool) -> list[Html]:
    revoked = picture.revocations.get(permit_id)
    said = [tag("p", "standing permit for state flights")] if state_flight else []
    if revoked is None:
        return [*said, tag("p", "not revoked in this record")]
    return [*said, tag("p", f"revoked {words.utc(revoked.t_ns)}"), _sub(words.shown(revoked.reason))]


def _sensors(picture: Picture) -> Html:
    heard = [sensor for _, sensor in sorted(picture.sensors.items())]
    if not heard:
        return tag("section", tag("h2", "Sensors heard"), tag("p", "None.", class_="note"))
    table = _table(
        f"{words.number(len(heard), 'sensor')} heard",
        ("Sensor", "Kind", "Messages", "Heard (UTC)", "Assumed accuracy (95 %)"),
        [_sensor(sensor) for sensor in heard],
    )
    return tag("section", tag("h2", "Sensors heard", id="sensors"), table, aria_labelledby="sensors")


def _sensor(sensor: SensorSeen) -> list[Html]:
    declared = sensor.declared
    name = [words.shown(sensor.sensor_id, 80)]
    simulated = [tag("span", "SIMULATED", class_="simtag")] if declared is not None and declared.simulated else []
    counts = [tag("p", f"{sensor.facts:,}".replace(",", "\u202f"))]
    counts += [_sub(f"{sensor.unreadable} unreadable")] if sensor.unreadable else []
    counts += [_sub(f"{sensor.late} too late")] if sensor.late else []
    when = "–" if sensor.first_ns is None or sensor.last_ns is None else words.period(sensor.first_ns, sensor.last_ns)
    across = "–" if declared is None else f"±{words.metres(declared.pos_accuracy_mm / 1e3)} across"
    up = [] if declared is None else [_sub(f"±{words.metres(declared.alt_accuracy_mm / 1e3)} in height")]
    return [
        tag("th", *name, Html(" "), *simulated, scope="row", role="rowheader"),
        _cell("Kind", tag("p", "not declared" if declared is None else words.shown(declared.modality, 40))),
        _cell("Messages", *counts),
        _cell("Heard", tag("p", when)),
        _cell("Assumed", tag("p", across), *up),
    ]


def _table(caption: str, heads: Sequence[str], body: Sequence[Sequence[Html]]) -> Html:
    head = tag("tr", *(tag("th", name, scope="col", role="columnheader") for name in heads), role="row")
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", head, role="rowgroup"),
        tag("tbody", *(tag("tr", *row, role="row") for row in body), role="rowgroup"),
        class_="cards",
        role="table",
    )
    return tag("div", table, class_="wrap")


# Checking it


def _check(checkpoint_text: str, vkey: str | None) -> Html:
    key = f"'{vkey}'" if vkey is not None else "KEY"
    commands = f"skykeep verify RECORD --key {key}\nskykeep replay RECORD\nskykeep explain RECORD --track ID"
    parts = [
        tag("h2", "Check it yourself", id="check"),
        tag("p", "With a copy of the record and the program (RECORD is the record's directory):", class_="note"),
        tag("pre", commands),
    ]
    if vkey is None:
        parts.append(
            tag("p", "KEY is the signer's public key. Get it from the authority, not from this page.", class_="note")
        )
    else:
        said = "The key above came with this page: compare it with the one that the authority publishes."
        parts.append(tag("p", said, class_="note"))
    parts.append(tag("h3", "Checkpoint"))
    parts.append(tag("pre", checkpoint_text.rstrip("\n") or "The record was not sealed when this page was made."))
    parts += [
        tag("p", "Anyone who kept an older checkpoint can see whether the record was changed since.", class_="note"),
        tag(
            "p",
            "Tamper-evident means unchanged, not true: sensors err, and what a drone says of itself is a claim.",
            class_="note",
        ),
    ]
    return tag("section", *parts, aria_labelledby="check")


def _footer() -> Html:
    said = (
        "Skykeep is not certified; a person decides. It never fires, jams or takes control of an aircraft.",
        "A verdict is what the rules given say about what the sensors told; it is no proof of guilt, nor of innocence. "
        "It says \u201ccannot tell\u201d when it cannot.",
        "Identities are masked unless this page was made to reveal them. This page is complete in itself and loads nothing.",
    )
    return tag("footer", *(tag("p", text) for text in said))
