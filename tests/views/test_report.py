import base64
import hashlib
import html.parser
import itertools
import re
import time

import msgspec
import pytest

from skykeep.facts.concluded import Verdict
from skykeep.facts.enacted import Circle
from skykeep.facts.personal import Name, NameKind
from skykeep.views import ground, style
from skykeep.views.picture import SeenTick, fold
from skykeep.views.report import answer, render
from skykeep.views.summary import rows
from tests.views import scenes

HOSTILE = "\"><script>alert('x')</script>&\u202e\x1b[2J"


def page(ticks, **changes):
    given = {
        "title": "A story",
        "checkpoint_text": "origin\n1\nabc=\n",
        "vkey": None,
        "replayed": None,
        "verified": None,
    }
    return render(fold(ticks), **(given | changes))


class Parsed(html.parser.HTMLParser):
    """A page as its tags, attributes and text; an element left open is an error."""

    VOID = frozenset({"meta", "link", "br", "hr"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.ids, self.text = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.text.append(data)

    @property
    def said(self):
        return re.sub(r"\s+", " ", " ".join(self.text))


@pytest.fixture(scope="module")
def story():
    return page(scenes.story())


@pytest.fixture(scope="module")
def parsed(story):
    return Parsed(story)


def test_the_page_is_well_formed_and_its_ids_are_its_own(parsed):
    assert len(parsed.ids) == len(set(parsed.ids))
    referred = {value[1:] for _, name, value in parsed.attributes if name == "href" and value.startswith("#")}
    referred |= {value for _, name, value in parsed.attributes if name == "aria-labelledby"}
    assert referred <= set(parsed.ids)


@pytest.mark.capability("Write one offline page: maps, verdicts in plain sentences, timeline, identities masked")
def test_the_answer_comes_first(parsed):
    assert "2 flights were not permitted. 2 could not be told. 1 was permitted. 2 were exempt." in parsed.said
    assert parsed.said.index("2 flights were not permitted") < parsed.said.index("Where")


def test_it_may_load_nothing_and_its_own_script_and_style_are_the_only_ones(story):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', story)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for kind, text in (("script", style.SCRIPT), ("style", style.CSS)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
        assert re.findall(rf"<{kind}>(.*?)</{kind}>", story, re.DOTALL) == [text]
    assert not re.search(r"(?:src|href|action|xlink:href)=\"(?!#|data:,)", story)
    assert not re.search(r"https?://|url\((?!#)|@import|\son[a-z]+=| style=", story)


def test_every_simulated_flight_is_labelled_wherever_it_is_named(story, parsed):
    for row in re.findall(r"<tr[^>]*data-track.*?</tr>", story, re.DOTALL):
        assert "SIMULATED" in row
    for label in re.findall(r'<g class="lab of".*?</g>', story, re.DOTALL):
        assert "SIMULATED" in label
    for lane in re.findall(r'<g class="lane".*?</title>', story, re.DOTALL):
        assert "SIMULATED" in lane
    for title in re.findall(r"<title>(Track [^<]*)</title>", story):
        assert "SIMULATED" in title
    assert parsed.said.index("SIMULATED") < parsed.said.index("flights were")


def test_real_and_simulated_flights_are_never_counted_together():
    ticks = list(scenes.story())
    real = scenes.estimated(9, 3, 100, 100, simulated=False)
    ticks.append(SeenTick(200, ticks[-1].now_ns, (), (), (real, scenes.reached(9, 3, Verdict.NO_RULE, "no_zone_here"))))
    said = Parsed(page(ticks)).said
    assert "1 flight met no rule." in said
    assert "2 flights were not permitted." in said
    assert "3 flights" not in said


def test_it_reads_as_a_recording_whatever_its_date(story):
    assert story.count("RECORD · not live") >= 2
    assert "24 November 2026" in story
    said = Parsed(story).said
    assert not re.search(r"\b(now|currently|LIVE|s ago)\b", said)


def test_no_serial_leaks_unless_revealed(story):
    for serial in (*scenes.SERIALS.values(), scenes.OPERATOR, "Ana Pereira"):
        assert serial not in story
        assert serial.lower() not in story.lower()
    assert "LEAK" not in story
    assert "tx:" not in story
    revealed = page(scenes.story(), reveal=True)
    assert scenes.SERIALS[1] in revealed
    assert "Ana Pereira" not in revealed


def test_an_erased_identity_is_said_to_be_erased():
    ticks = [SeenTick(tick.tick, tick.now_ns, (), tick.facts, tick.concluded) for tick in scenes.story()]
    assert ">erased<" in page(ticks)


def test_hostile_text_stays_text():
    def poison(value):
        if isinstance(value, msgspec.Struct):
            changed = {}
            for name in value.__struct_fields__:
                inner = getattr(value, name)
                if isinstance(inner, str) and name in {"zone_id", "name", "permit_id", "sensor_id", "clause", "reason",
                                                       "legal_basis", "contact", "issuing_body", "id_kind", "modality", "state",
                                                       "record_id", "program_version"}:  # fmt: skip
                    changed[name] = inner + HOSTILE
                elif (name == "missing" and inner) or name == "flags":
                    changed[name] = (HOSTILE,)
            return msgspec.structs.replace(value, **changed)
        return value

    ticks = [
        SeenTick(
            tick.tick,
            tick.now_ns,
            tuple(Name(name.pseudonym, name.kind, HOSTILE + name.value) for name in tick.names),
            tuple(map(poison, tick.facts)),
            tuple(map(poison, tick.concluded)),
        )
        for tick in scenes.story()
    ]
    for reveal in (False, True):
        text = page(ticks, title=HOSTILE, checkpoint_text=HOSTILE, vkey=HOSTILE, replayed=HOSTILE, verified=HOSTILE,
                    reveal=reveal)  # fmt: skip
        seen = Parsed(text)
        assert seen.tags.count("script") == 1
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert not [each for each in seen.attributes if each[1].startswith("on")]


def test_a_record_without_tracks_says_so():
    said = Parsed(page(scenes.quiet())).said
    assert "No drones in the air. 2 sensors heard." in said
    assert "flight" not in said.split("Check it yourself")[0].replace("Law given", "")
    assert Parsed(page([])).said.count("No drones in the air. 0 sensors heard.") == 2


def test_a_record_that_does_not_hold_says_so_before_anything_else():
    said = Parsed(page(scenes.story(), verified="DOES NOT VERIFY: tick 3", replayed="differs at tick 9")).said
    assert said.index("does not hold") < said.index("flights were")
    assert "does not hold" not in Parsed(page(scenes.story(), verified="good", replayed="identical sha256:12")).said


def test_tables_name_their_rows_and_columns(story, parsed):
    for cell in re.findall(r"<th[ >][^>]*>", story):
        assert 'scope="col"' in cell or 'scope="row"' in cell
    assert story.count("<caption>") == story.count("<table")
    levels = [int(tag[1]) for tag in parsed.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_drawing_has_a_title_and_a_description(story):
    drawings = re.findall(r'<svg class="(?:map|time) .*?</desc>', story, re.DOTALL)
    assert len(drawings) == 4
    assert all('role="img"' in each and "aria-label=" in each and "<title>" in each for each in drawings)


def test_words_carry_what_colour_shows(parsed):
    for word in (
        "not permitted",
        "cannot tell",
        "permitted",
        "exempt",
        "no rule",
        "NO-DRONE",
        "PERMIT ONLY",
        "revoked",
    ):
        assert word in parsed.said


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] if len(colour) == 7 else [
        int(digit * 2, 16) / 255 for digit in colour[1:]
    ]  # fmt: skip
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("tokens", [style._LIGHT, style._DARK], ids=["light", "dark"])
def test_contrast_is_enough_for_text(tokens):
    colours = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]+)", tokens))
    for front in (
        "text",
        "dim",
        "permit",
        "unknown",
        "unpermit",
        "state",
        "manned",
        "norule",
        "amber",
        "accent",
        "sim",
    ):
        for back in ("bg", "panel", "ground"):
            light, dark = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (front, back)


def test_the_answer_puts_the_gravest_first_and_knows_one_from_many():
    found = rows(fold(scenes.story()))
    assert answer(found[:1]) == "1 flight was not permitted."
    assert answer(found[2:4]) == "2 flights could not be told."
    assert answer([]) == ""


def test_far_apart_flights_get_maps_of_their_own():
    near = [scenes.estimated(1, second, second * 10, 0) for second in range(3)]
    far = [
        msgspec.structs.replace(scenes.estimated(2, second, 0, 0), lat_e7=474_000_000, lon_e7=85_000_000)
        for second in range(3)
    ]
    text = page([SeenTick(1, scenes.T0, (), (), (*near, *far))])
    assert "Map 1 of 2" in text
    assert "Map 2 of 2" in text


def test_a_hover_is_drawn_with_its_surroundings():
    track = fold([SeenTick(1, scenes.T0, (), (), (scenes.estimated(1, 0, 0, 0),))]).tracks[1]
    place = (track.points[0].lat_e7 / 1e7, track.points[0].lon_e7 / 1e7)
    plane = ground.plane(ground.extent_of_places([place]), 880, lowest=350, highest=550, pad=70)
    assert plane.metres_per_px * plane.width >= ground.EXTENT_MIN_M
    assert plane.xy(*place) == pytest.approx((440, plane.height / 2))


def test_the_plane_is_true_to_scale_in_both_directions():
    plane = ground.Plane(-34.9, -56.18, 5.0, 880, 500)
    x, y = plane.xy(*scenes.place(0, 0))
    east, north = plane.xy(*scenes.place(1000, 0)), plane.xy(*scenes.place(0, 1000))
    assert east[0] - x == pytest.approx(200, rel=0.005)
    assert y - north[1] == pytest.approx(200, rel=0.005)


def test_the_date_line_is_no_edge():
    west = msgspec.structs.replace(scenes.estimated(1, 0, 0, 0), lat_e7=0, lon_e7=1_799_990_000)
    east = msgspec.structs.replace(scenes.estimated(2, 0, 0, 0), lat_e7=0, lon_e7=-1_799_990_000)
    text = page([SeenTick(1, scenes.T0, (), (), (west, east))])
    assert "Map · 2 flights" in Parsed(text).said.replace(" ", " ")
    extent = ground.extent_of_places([(0.0, 179.999), (0.0, -179.999)])
    assert extent.east - extent.west == pytest.approx(0.002)


def test_strange_places_and_times_break_nothing():
    pole = msgspec.structs.replace(scenes.estimated(1, 0, 0, 0), lat_e7=900_000_000, t_ns=2**62)
    south = msgspec.structs.replace(scenes.estimated(2, 0, 0, 0), lat_e7=-900_000_000, t_ns=-(2**62))
    huge = scenes.zone("BIG", "Big", Circle(lat_e7=0, lon_e7=0, radius_mm=30_000_000_000))
    Parsed(page([SeenTick(1, 2**62, (), (huge,), (pole, south))]))


def test_a_thousand_flights_are_told_in_time():
    told = []
    for track in range(1000):
        told += [
            scenes.estimated(track, second, track % 40 * 90, track // 40 * 90 + second * 5) for second in range(20)
        ]
        told.append(scenes.reached(track, 0, Verdict.NO_RULE, "no_zone_here"))
    begun = time.perf_counter()
    text = page([SeenTick(1, scenes.T0, (), (), tuple(told))])
    assert time.perf_counter() - begun < 15
    assert text.count("<tr role") == 1001
    assert "940 more flights are in the table" in text


def test_a_callsign_is_masked_like_any_identity():
    names = (Name("uas:7", NameKind.CALLSIGN, "REGA1HELI77"),)
    ticks = [SeenTick(t.tick, t.now_ns, names if t.names else (), t.facts, t.concluded) for t in scenes.story()]
    assert "REGA1HELI77" not in page(ticks)
    assert "REGA…77" in page(ticks)
