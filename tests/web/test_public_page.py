"""The page for everybody: the ban first, the answer first, the same without a script, and nothing in a name runs."""

import html.parser
import re
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts.enacted import Rule
from skykeep.station.config import OfficeConfig
from skykeep.views.live import At
from skykeep.web import placewords, words
from skykeep.web.mayfly import ForMass, MayFly, Stretch
from skykeep.web.placewords import Spot
from skykeep.web.public_answer import told
from tests.web.law_of_a_city import (
    BAN,
    FAIR,
    HOUR_NS,
    PALACE,
    PARK,
    T_NS,
    circle,
    city,
    height,
    live,
    polygon,
    zone,
)  # fmt: skip

FREE, HERE, AT_PARK, AT_FAIR = "-34.80, -56.18", "-34.89,-56.18", "-34.89, -56.114066", "-34.835946 -56.18"


class Reader(html.parser.HTMLParser):
    """Keeps what is read in which element, and checks that elements close."""

    VOID = frozenset({"meta", "input", "link", "br", "option"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.seen = [], [], []
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
        if self.open[-1:] not in (["script"], ["style"]):
            self.seen.append(data)


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    with city(tmp_path_factory.mktemp("station"), permit_link="https://permits.example/") as found:
        yield found


@pytest.fixture
def served(standing):
    """Give a client whose station has the law that a test says."""
    client, mirror, seen = standing
    mirror.__init__()

    def with_law(*facts, complete=True):
        seen.view = live(*facts, complete=complete)
        return client

    return with_law, mirror, seen


def read(client, path="/", status=200, **said):
    page = client.get(path, **said)
    assert page.status_code == status, page.text
    return Reader(page.text)


def ask(client, place, **said):
    return read(client, "/?" + urllib.parse.urlencode({"place": place, **said}))


@pytest.mark.requirement("PAGE-1")
@pytest.mark.requirement("PUBLIC-4")
def test_a_ban_over_the_whole_place_is_the_first_thing_seen(served):
    with_law, _, _ = served
    page = read(with_law(BAN, PALACE))
    assert page.words.index("No drones over Montevideo") < page.words.rindex("May I fly here?")
    assert "The parade" in page.words
    assert "Since 2025-12-31 23:00 UTC · no end is set" in page.words
    emergency = zone("E-1", circle(radius_m=9_000), source_format="emergency", end_ns=T_NS + HOUR_NS)
    page = read(with_law(emergency))
    assert "not yet confirmed by a second officer" in page.words
    assert "until 2026-01-01 01:00 UTC" in page.words
    asks = zone("ASKS", circle(radius_m=9_000), rule=Rule.NEEDS_PERMIT)
    assert "Over Montevideo, drones fly only with a permit" in read(with_law(asks)).words


@pytest.mark.requirement("PUBLIC-4")
@pytest.mark.parametrize(
    "smaller",
    [
        zone("SMALL", circle(radius_m=4_900)),
        zone("ASIDE", circle(east_m=3_000, radius_m=7_000)),
        zone("ABOVE", circle(radius_m=9_000), floor=30),
        zone("LATER", circle(radius_m=9_000), effective_from_ns=T_NS + HOUR_NS),
        zone("OVER", circle(radius_m=9_000), end_ns=T_NS - 1),
        zone("FREE", circle(radius_m=9_000), rule=Rule.ALLOWED),
    ],
    ids=lambda each: each.zone_id,
)
def test_what_leaves_a_part_of_the_place_open_is_no_such_ban(served, smaller):
    assert 'class="ban' not in served[0](smaller).get("/").text


@pytest.mark.requirement("PUBLIC-1")
def test_the_answer_never_says_yes_and_you_need_a_permit_at_once(served):
    client = served[0](PALACE, PARK, FAIR)
    assert "No drones here" in ask(client, HERE).words
    assert "No zone forbids it, up to 120 m" in ask(client, FREE).words
    park = ask(client, AT_PARK).words
    assert "No zone forbids it below 60 m" in park
    assert "From 60 m: permit needed" in park
    fair = ask(client, AT_FAIR).words
    assert "Under 250 g: no zone forbids it, up to 120 m. 250 g or heavier: permit needed." in fair
    assert "Zone Fair (version 1): only with a permit" in fair
    assert "Only with a permit" in ask(client, AT_FAIR, weight="heavy").words
    assert "No zone forbids it, up to 30 m" in ask(client, AT_FAIR, weight="light", height=30).words


@pytest.mark.requirement("PUBLIC-1")
def test_the_answer_stands_before_the_form_and_the_map(served):
    page = served[0](PALACE).get("/", params={"place": HERE}).text
    assert page.index('id="said"') < page.index('<form class="ask"') < page.index('<figure id="map"')


@pytest.mark.requirement("PUBLIC-1")
def test_the_answer_says_what_to_do_whom_to_ask_and_until_when(served):
    client = served[0](PALACE, PARK, FAIR)
    ban = ask(client, HERE).words
    assert "Do not fly here. Ask: appeal@city.example" in ban
    assert "no end is set" in ban
    permit = ask(client, AT_FAIR, weight="heavy")
    assert "Apply for a permit before you fly; a person decides." in permit.words
    assert leads(permit, "https://permits.example/")
    assert "Stay below that height" in ask(client, AT_PARK).words
    free = ask(client, FREE)
    assert "no end is set" not in free.words
    assert not leads(free, "https://permits.example/")
    ends = served[0](zone("E-1", end_ns=T_NS + HOUR_NS))
    assert "now, until 2026-01-01 01:00 UTC" in ask(ends, HERE).words


def leads(page, address):
    return [tag for tag, attributes in page.tags if tag == "a" and attributes["href"] == address] != []


@pytest.mark.requirement("PUBLIC-1")
def test_a_station_that_takes_applications_leads_to_its_own_form_unless_another_is_named(tmp_path):
    office = OfficeConfig(record="office")
    for name, link, led in (("own", "", "/permits/apply"), ("other", "https://p.example/", "https://p.example/")):
        with city(tmp_path / name, FAIR, office=office, permit_link=link) as (client, _, _):
            assert leads(ask(client, AT_FAIR, weight="heavy"), led), name
    with city(tmp_path / "none", FAIR) as (client, _, _):
        assert not leads(ask(client, AT_FAIR, weight="heavy"), "/permits/apply")


@pytest.mark.requirement("PUBLIC-3")
def test_a_zone_of_the_map_is_a_place_by_a_word_of_its_name_where_it_is_the_only_one(served):
    client = served[0](PALACE, PARK, zone("P-2", circle(east_m=9_000), name="Old Park"))
    assert "No drones here" in ask(client, "legislative palace").words
    assert "No drones here" in ask(client, "Palace").words
    assert "Only with a permit" in ask(served[0](FAIR), "fair", weight="heavy").words
    for place in ("par", "pa", "drones", "old palace"):
        assert served[0](PALACE, PARK).get("/", params={"place": place}).status_code == 400, place
    both = served[0](zone("A", name="Quay north"), zone("B", circle(east_m=9_000), name="Quay south"))
    assert both.get("/", params={"place": "quay"}).status_code == 400


def test_the_place_of_a_zone_lies_within_it_also_where_its_middle_does_not(served):
    """A horseshoe."""
    ring = [(-1, -1), (1, -1), (1, 1), (0.8, 1), (0.8, -0.8), (-0.8, -0.8), (-0.8, 1), (-1, 1)]
    shape = polygon(ring, size_m=3_000)
    assert "No drones here" in ask(served[0](zone("U", shape, name="Horseshoe")), "Horseshoe").words


@pytest.mark.requirement("PUBLIC-1")
def test_it_says_when_it_was_checked_and_by_which_words(served):
    page = ask(served[0](PALACE), HERE).words
    for said in (
        "Checked at 2026-01-01 00:00 UTC",
        "Legislative Palace (PALACE, version 1)",
        "no_permit",
        "the city, Decree 314/2026",
        "appeal@city.example",
        "1000 m inside its border",
    ):
        assert said in page


@pytest.mark.requirement("PAGE-1")
@pytest.mark.requirement("PUBLIC-2")
def test_not_listed_is_not_said_to_be_permission(served):
    page = ask(served[0](PALACE, complete=None), FREE).words
    assert "Cannot tell" in page
    assert "nobody declared these zones to be all the law" in page
    assert "not listed does not mean allowed" in read(served[0](complete=None)).words
    assert "No zone forbids" not in page


@pytest.mark.requirement("PAGE-2")
@pytest.mark.requirement("PUBLIC-2")
def test_an_old_picture_says_so_and_cannot_tell(served):
    with_law, mirror, _ = served
    client = with_law(PALACE)
    assert "NOT LIVE" not in ask(client, FREE).words
    mirror.now_ns = T_NS - 6 * 10**9
    page = ask(client, FREE).words
    assert "NOT LIVE: the station does not answer. What stands here is how it was at 2025-12-31 23:59 UTC." in page
    assert "Cannot tell" in page
    assert "No zone forbids" not in page
    mirror.now_ns = 0
    assert "NOT LIVE: nothing was heard from the station yet." in ask(client, FREE).words


@pytest.mark.requirement("PUBLIC-5")
def test_the_list_says_what_the_map_shows(served):
    client = served[0](PALACE, PARK, FAIR, zone("FAR", circle(north_m=900_000)))
    page = ask(client, HERE, km=10)
    titles = [each for each in page.seen if " · " in each and "above ground" in each]
    cards = [attributes for tag, attributes in page.tags if tag == "article"]
    assert len(cards) == 3
    assert "Zones on this map · 3" in page.words
    for name in ("Legislative Palace", "Park", "Fair"):
        assert any(name in title for title in titles)
    assert "FAR" not in page.words


@pytest.mark.requirement("PUBLIC-5")
def test_a_tap_on_the_map_asks_without_a_script_and_says_how_well_the_place_is_known(served):
    client = served[0](PALACE)
    page = ask(client, HERE)
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a" and "accuracy=" in attributes["href"]]
    cells = [link for link in links if "place=" in link]
    assert len(cells) > 300
    middle = min(cells, key=far)
    answer = read(client, middle)
    assert "No drones here" in answer.words
    assert re.search(r"known within \d+ m", answer.words)
    edge = [link for link in cells if 800 < metres(link) < 1_200]
    assert any("Cannot tell" in read(client, link).words for link in edge[:12])


def far(link):
    said = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)
    return abs(float(said["lat"][0]) + 34.89) + abs(float(said["lon"][0]) + 56.18)


def metres(link):
    said = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)
    return (((float(said["lat"][0]) + 34.89) * 111_000) ** 2 + ((float(said["lon"][0]) + 56.18) * 91_000) ** 2) ** 0.5


@pytest.mark.requirement("PUBLIC-3")
@pytest.mark.parametrize("place", ["somewhere", "91, 0", "0, 181", "1e9, 1", "nan, nan", "<script>", "9" * 500, "\x00"])
def test_a_place_that_is_none_is_told_and_never_guessed(served, place):
    page = served[0](PALACE).get("/", params={"place": place})
    assert page.status_code == 400
    assert "This place is not known here" in page.text
    assert 'class="answer' not in page.text
    assert '<script>"' not in page.text


@pytest.mark.requirement("PUBLIC-3")
@pytest.mark.parametrize(
    "said", [{"height": "x"}, {"height": "-5"}, {"km": "1e99"}, {"km": "nan"}, {"accuracy": "inf"}, {"weight": "<"}, {"lang": "xx"}]
)  # fmt: skip
def test_what_else_is_said_wrong_counts_for_nothing(served, said):
    assert "No drones here" in ask(served[0](PALACE), HERE, **said).words


@pytest.mark.requirement("PAGE-4")
def test_what_a_zone_says_never_becomes_a_program_nor_turns_a_line_around(served):
    evil = "</script><img src=x onerror=alert(1)>\u202e\x1b[31m{place}"
    bad = zone("E<b>", name=evil, reason=evil, legal_basis=evil, appeal_contact=evil, contact=evil, conditions=evil)
    text = served[0](bad).get("/", params={"place": HERE}).text
    assert "<img" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "&lt;img" in text
    assert "{place}" in text


def test_what_became_of_zones_is_told_newest_first(served):
    with_law, _, seen = served
    client = with_law(PALACE)
    from skykeep.facts.enacted import ZoneWithdrawn

    gone = ZoneWithdrawn(zone_id="PALACE", version=1, t_ns=T_NS - 10, reason="The sitting is over")
    seen.view.take(At(2, 2, T_NS), [], [(0, gone)], [])
    page = read(client).words
    assert page.index("withdrawn") < page.index("published")
    assert "The sitting is over" in page


@pytest.mark.requirement("PUBLIC-6")
def test_incidents_are_counted_in_public_only_where_the_station_was_told_to(tmp_path):
    with city(tmp_path / "a", PALACE) as (client, _, _):
        assert "Incidents by month" not in client.get("/").text
    with city(tmp_path / "b", PALACE, incident_counts=True) as (client, _, seen):
        seen.begun_ns = lambda kind: [T_NS, T_NS + 1, T_NS - 40 * 24 * HOUR_NS]
        page = read(client).words
    assert "2026-01 2" in page
    assert "2025-11 1" in page


# ---- places as people type them -----------------------------------------------------------------------------------

KNOWN = [Spot(1.0, 2.0, "Plaza Mayor"), Spot(3.0, 4.0, "Plaza Ñandú")]


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("-34.8941, -56.1530", -34.8941, -56.153), ("-34.8941 -56.1530", -34.8941, -56.153), ("34.8941S 56.153W", -34.8941, -56.153),
        ("S 34.8941, O 56.153", -34.8941, -56.153), ("34°53'38.76\"S 56°09'10.8\"W", -34.8941, -56.153),
        ("56.5W 12 N", 12, -56.5), ("plaza mayor", 1, 2), ("PLAZA NANDU", 3, 4), ("plaza m", 1, 2),
    ],
)  # fmt: skip
def test_a_place_is_read_in_the_usual_ways(text, lat, lon):
    found = placewords.read(text, KNOWN)
    assert (found.lat_deg, found.lon_deg) == (pytest.approx(lat), pytest.approx(lon))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[0-9NSEWO°'\" .,;+-]{0,30}", fullmatch=True))
def test_any_text_is_a_place_on_the_globe_or_malformed(text):
    try:
        found = placewords.read(text, KNOWN)
    except Malformed:
        return
    assert abs(found.lat_deg) <= 90
    assert abs(found.lon_deg) <= 180


def test_a_height_between_two_that_were_asked_is_told_as_the_lower_one():
    free = Stretch(from_mm=0, to_mm=35_000, sharp=False, answer="no_zone_forbids", zones=(), missing=())
    rest = Stretch(from_mm=40_000, to_mm=120_000, sharp=False, answer="prohibited", zones=(), missing=())
    answer = MayFly(
        lat_e7=0, lon_e7=0, accuracy_m=0.0, height_m=120, t_ns=T_NS, fresh=True, law_complete=True,
        answers=(ForMass(mass="as_given", stretches=(free, rest)),), zones=(), coming_zone_id=None,
        coming_zone_name=None, coming_from_ns=None,
    )  # fmt: skip
    said = told(answer, None, words.words("en"))
    assert said.head == "No zone forbids it, up to 35 m"
    assert [line.text for line in said.lines] == ["From 35 m: no drones"]
    assert height(35).value_mm == 35_000
