"""The page that a notification opens: what is to be known stands on it, nothing personal does, and a phone can use it."""

import contextvars
import html.parser
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.acted import IncidentDeed
from skykeep.facts.concluded import Rung, Verdict
from skykeep.facts.enacted import Circle, Polygon, Rule, Volume
from skykeep.facts.personal import Name, NameKind
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views.live import At, Live
from skykeep.views.livemodels import AlarmNow
from skykeep.web import incident_page, lawstate
from skykeep.web.words import speak
from tests.browsers import chromium
from tests.station.outlets import skies
from tests.views import livefacts
from tests.views.test_accountbrowser import CONTRAST

NOW_NS = 1_795_536_501_000_000_000
PALACE = Circle(lat_e7=-348_911_000, lon_e7=-561_870_000, radius_mm=900_000)
PARK = Polygon(rings=(((-348_800_000, -561_700_000), (-348_850_000, -561_600_000), (-348_950_000, -561_680_000)),))


def a_zone(zone_id="PALACE", name="Legislative Palace", outline=PALACE, rule=Rule.PROHIBITED):
    volume = Volume(outline=outline, floor=Altitude(0, Datum.AGL), ceiling=Altitude(500_000, Datum.AGL))
    return livefacts.zone(zone_id, name=name, volumes=(volume,), rule=rule, legal_basis="Decree 314/2026, art. 4")


def a_view(*concluded, facts=(), names=()):
    live = Live()
    told = concluded or (
        skies.track(17, t_ns=NOW_NS - 600_000_000, lat_e7=-348_890_000, lon_e7=-561_850_000, height=Altitude(118_000, Datum.AGL), pos_sigma_mm=60_000),
        skies.verdict(17, zone_id="PALACE", t_ns=NOW_NS - 60_000_000_000),
        skies.existence(17), skies.classified(17), skies.identified(17),
        skies.incident(track_ids=(17,), opened_ns=NOW_NS - 61_000_000_000, t_ns=NOW_NS - 60_000_000_000, escalates_ns=NOW_NS + 59_000_000_000),
    )  # fmt: skip
    enacted = [a_zone(), a_zone("PARK", "Park", PARK, Rule.NEEDS_PERMIT), *facts]
    live.take(At(1, 1, NOW_NS), list(names), list(enumerate(enacted)), told)
    return live


def a_page(live=None, **changed):
    live = live or a_view()
    settings = {"now_ns": NOW_NS, "fresh": True, "station": "Skykeep Montevideo", "place": "Montevideo"} | changed
    incident = live.cases.incidents[7]
    settings["waits"] = incident_page.waits(incident, live.cases.alarms.get)
    tracks = [found for each in incident.track_ids if (found := live.tracks.one(each)) is not None]
    return incident_page.page(incident, tracks, lawstate.zones(live.law, NOW_NS), **settings)


def text_of(page, **settings):
    return incident_page.render(page, nonce="abc", key="0123", **settings)


class Reader(html.parser.HTMLParser):
    """Checks that tags close, and keeps what is seen."""

    VOID = frozenset({"meta", "input", "link", "br", "path", "circle", "rect", "line", "polyline"})

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.tags = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []
        self.words = " ".join(" ".join(self.seen).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.seen.append(data)


@pytest.mark.capability(
    "An incident on a phone: what, where on a map, how sure, by which words; acknowledged and noted"
)
@pytest.mark.requirement("OUT-9")
def test_what_where_since_when_by_which_words_and_how_sure_stand_on_it():
    read = Reader(text_of(a_page()))
    for words in (
        "NOT PERMITTED", "Legislative Palace", "Priority 1", "Nobody has acknowledged it",
        "No permit covers this flight in zone Legislative Palace.", "Clause no_permit , zone PALACE version 1, Decree 314/2026",
        "reported suspected corroborated confirmed", "118 m AGL", "self-declared, unverified", "Remote ID, radar",
        "a person decides",
    ):  # fmt: skip
        assert words in read.words, words
    assert [dict(attributes).get("class") for tag, attributes in read.tags if tag == "svg"][1:] == ["map", None]
    assert "No drones" in read.words


def in_spanish(live):
    speak("es")
    return incident_page.reasoned(live.tracks.one(17), lawstate.zones(live.law, NOW_NS))


@pytest.mark.requirement("ACCESS-1")
def test_why_and_what_would_settle_it_are_in_the_readers_language():
    live = a_view(skies.track(17), skies.verdict(17, zone_id="PALACE"), skies.incident(track_ids=(17,)))
    why = contextvars.copy_context().run(in_spanish, live)
    assert why.sentence == "Ningún permiso cubre este vuelo en zona Legislative Palace."
    assert why.remedy != "A permit for this aircraft, place and time."
    assert a_page(live).why == "No permit covers this flight in zone Legislative Palace."


@pytest.mark.requirement("OUT-9")
def test_nothing_personal_stands_on_it():
    names = [*skies.PLACES, Name("uas:bbbb", NameKind.UAS_ID, "1581F5BKD23200000001")]
    live = a_view(
        skies.track(17), skies.verdict(17, zone_id="PALACE"), skies.identified(17, operator_id="opr:dddd"),
        skies.incident(track_ids=(17,), holder="person:eeee"), facts=[skies.operator_at("place:cccc")], names=names,
    )  # fmt: skip
    text = text_of(a_page(live))
    for secret in ("1581F5BKD23200000001", "uas:bbbb", "opr:dddd", "place:cccc", "person:eeee", "34.95", "56.25"):
        assert secret not in text
    assert "hidden here" in text


@pytest.mark.requirement("OUT-9")
def test_its_forms_need_no_program_and_say_what_was_seen():
    read = Reader(text_of(a_page()))
    forms = [attributes for tag, attributes in read.tags if tag == "form"]
    assert [(each["method"], each["action"]) for each in forms] == [("post", "/i/7/note"), ("post", "/i/7/ack")]
    fields = {(each["name"], each["value"]) for tag, each in read.tags if tag == "input"}
    assert fields >= {("key", "0123a"), ("key", "0123n"), ("seen_ns", str(NOW_NS - 60_000_000_000))}
    assert not [tag for tag, _ in read.tags if tag == "script"]
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on") or name == "style"]


def test_what_was_acknowledged_or_closed_cannot_be_again():
    live = a_view()
    for changed in ({"alarm_state": "acknowledged"}, {"state": "closed", "alarm_state": "normal"}):
        live.cases.incidents[7] = msgspec.structs.replace(live.cases.incidents[7], **changed)
        assert "/i/7/ack" not in text_of(a_page(live))
    assert "/i/7/note" in text_of(a_page(live))
    live.cases.incidents[7] = msgspec.structs.replace(live.cases.incidents[7], state="merged", merged_into=3)
    text = text_of(a_page(live))
    assert "/i/7/note" not in text
    assert "incident 3" in text


def test_what_joined_after_it_was_answered_can_be_answered():
    live = a_view()
    live.cases.incidents[7] = msgspec.structs.replace(live.cases.incidents[7], alarm_state="acknowledged", alarm_ids=(1, 2))
    live.cases.alarms = {1: AlarmNow(alarm_id=1, state="acknowledged"), 2: AlarmNow(alarm_id=2, state="unacknowledged")}
    text = text_of(a_page(live))
    assert "/i/7/ack" in text
    assert "Answered before; an alarm that came later waits for an answer" in text
    live.cases.alarms[2] = AlarmNow(alarm_id=2, state="shelved")
    assert "/i/7/ack" not in text_of(a_page(live))


def test_a_station_that_does_not_answer_is_said_aloud():
    assert "The station does not answer" in text_of(a_page(fresh=False))
    assert "The station does not answer" not in text_of(a_page())


def test_an_invented_flight_is_marked():
    live = a_view(skies.track(17, simulated=True), skies.verdict(17), skies.incident(track_ids=(17,)))
    assert "SIMULATED" in Reader(text_of(a_page(live))).words


def test_an_incident_without_flights_has_a_page():
    live = a_view(skies.incident(track_ids=(), about="by_hand", rung=None))
    read = Reader(text_of(a_page(live)))
    assert "Opened by a person" in read.words
    assert "there is no verdict to show" in read.words


def test_notes_are_shown_to_whoever_may_read_them():
    live = a_view()
    live.take(
        At(2, 2, NOW_NS), [], [(0, livefacts.incident_act(7, IncidentDeed.NOTE, "text:n"))], [skies.incident(notes=1)]
    )
    assert "Patrol 12 is on its way" not in text_of(a_page(live))
    seen = live.cases.incidents[7]
    seen.acts = (msgspec.structs.replace(seen.acts[0], words="Patrol 12 is on its way", person="silva"),)
    assert "silva: note Patrol 12 is on its way" in Reader(text_of(a_page(live))).words


HOSTILE = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@given(HOSTILE, st.sampled_from(Verdict), st.sampled_from([*Rung, None]), st.sampled_from(["open", "closed", "merged"]))
def test_no_words_from_outside_become_markup(words, verdict, rung, state):
    zone = a_zone(f"<b>{words}", f"<script>{words}")
    live = a_view(
        skies.track(17), skies.verdict(17, said=verdict, zone_id=f"<b>{words}", missing=(f"<i>{words}",)),
        skies.incident(track_ids=(17,), rung=rung, about=f"<u>{words}"), facts=[zone],
    )  # fmt: skip
    live.cases.incidents[7].state = state
    page = a_page(live, station=f"<h1>{words}", place=words)
    tags = {tag for tag, _ in Reader(text_of(page, said=f"<a>{words}")).tags}
    assert not tags & {"script", "i", "u"}


# ---- on a phone ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    with chromium() as made:
        yield made


@pytest.mark.requirement("OUT-9")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_cut_off_and_everything_can_be_read_and_touched(browser, scheme):
    with browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, java_script_enabled=True
    ) as context:
        page = context.new_page()
        page.set_content(text_of(a_page(), person="silva"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.get_by_role("button", name="Sign out").bounding_box()["height"] >= 44
        button = page.get_by_role("button", name="Acknowledge").bounding_box()
        assert button["height"] >= 44
        assert button["y"] + button["height"] <= 844
        seen, low = page.evaluate(CONTRAST)
        assert seen > 20
        assert low == []


def test_titles_are_plain_text():
    assert re.search(r"<title>NOT PERMITTED · Legislative Palace · Skykeep Montevideo</title>", text_of(a_page()))
