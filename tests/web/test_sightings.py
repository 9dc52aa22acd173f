"""Reports of drones by whoever saw one: taken in without a script, attacked, and read by officers alone."""

import re
import urllib.parse

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.facts.claimed import DroneSighted
from skykeep.facts.personal import Name, NameKind
from skykeep.rules.powers import Role
from skykeep.station import asked
from skykeep.views.live import At, Live
from skykeep.views.livemodels import SightingNow
from skykeep.web import sighting_routes
from skykeep.web.caller import Caller
from skykeep.web.masking import Masking
from skykeep.web.sighting_routes import receipt, row
from skykeep.web.viewsdb import ViewsDb
from tests.web.doubles import AUDITOR, DUTY, T_NS
from tests.web.law_of_a_city import city
from tests.web.test_public_page import Reader

KEY = "k" * 32
GOOD = {"key": KEY, "what": "Four lights over the school", "place": "-34.8941, -56.1530", "minutes": "5", "heading": "ne",
        "contact": "anna@example.org", "website": ""}  # fmt: skip
SIGHTING = SightingNow(
    sighting_id="S-AAAAAAAAAA", entry_index=3, t_ns=T_NS, t_claimed_ns=T_NS - 1, what="text:aaaaaaaaaaaaaaaa",
    place="place:aaaaaaaaaaaaaaaa", place_words="text:bbbbbbbbbbbbbbbb", heading_mdeg=45_000, hovering=False,
    contact="text:cccccccccccccccc",
)  # fmt: skip


@pytest.fixture
def served(tmp_path):
    with city(tmp_path, duty_phone="+598 2 000 000", sightings_per_hour=3) as found:
        yield found


def send(client, **changed):
    return client.post("/report-a-drone", data=GOOD | changed)


@pytest.mark.requirement("PUBLIC-8")
def test_a_report_needs_no_script_and_gets_a_receipt(served):
    client, mirror, _ = served
    form = client.get("/report-a-drone")
    assert "This is not an emergency call." in form.text
    assert "tel:112" in form.text
    assert "+598 2 000 000" in form.text
    key = re.search(r'name="key" value="([^"]+)"', form.text)[1]
    answer = send(client, key=key)
    assert answer.status_code == 201, answer.text
    (ask,) = mirror.asks
    number = receipt(key)
    assert number in answer.text
    assert (ask.action, ask.subject, ask.person, ask.roles) == ("sighting.report", f"sighting:{number}", "", ["public"])
    said = msgspec.json.decode(ask.arguments, type=asked.SightingReport)
    assert said.place == (-348_941_000, -561_530_000)
    assert (said.heading_mdeg, said.hovering, said.ago_ns) == (45_000, False, 300 * 10**9)
    assert said.contact == "anna@example.org"


@pytest.mark.requirement("PUBLIC-8")
def test_a_place_in_words_and_nothing_else_is_a_report_too(served):
    client, mirror, _ = served
    assert send(client, place="behind the stadium", minutes="", heading="hover", contact="").status_code == 201
    said = msgspec.json.decode(mirror.asks[0].arguments, type=asked.SightingReport)
    assert (said.place, said.place_words, said.hovering, said.ago_ns) == (None, "behind the stadium", True, None)


@pytest.mark.requirement("PUBLIC-9")
@pytest.mark.parametrize(
    "wrong",
    [
        {"what": ""}, {"what": " \n "}, {"what": "x" * 1_001}, {"place": "x" * 201}, {"contact": "x" * 201}, {"minutes": "7"},
        {"minutes": "<b>"}, {"heading": "up"}, {"key": ""}, {"key": "<script>"}, {"key": "x" * 65},
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_the_field_and_nothing_is_sent(served, wrong):
    client, mirror, _ = served
    answer = send(client, **wrong)
    assert answer.status_code == 400
    assert "Not sent yet:" in Reader(answer.text).words
    assert mirror.asks == []


@pytest.mark.requirement("PUBLIC-9")
def test_what_was_typed_stays_in_the_form_and_never_becomes_a_program(served):
    client, _, _ = served
    evil = '"></textarea><script>alert(1)</script>{{ 7*7 }}{place}'
    answer = send(client, what=evil, place=evil, contact=evil, minutes="7")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text
    assert "{{ 7*7 }}" in answer.text


@pytest.mark.requirement("PUBLIC-9")
def test_a_flood_from_one_address_and_from_all_is_held_up(served, tmp_path):
    client, mirror, _ = served
    codes = [send(client, key=f"{place:032}").status_code for place in range(5)]
    assert codes == [201, 201, 201, 429, 429]
    assert len(mirror.asks) == 3
    assert client.get("/").status_code == 200
    doors = sighting_routes.Doors(1_000)
    for place in range(sighting_routes.ALL_PER_MINUTE):
        doors.enter(f"192.0.2.{place}", 0.0)
    with pytest.raises(sighting_routes.Failed) as found:
        doors.enter("192.0.2.99", 0.0)
    assert int(found.value.headers["Retry-After"]) > 0


@pytest.mark.requirement("PUBLIC-9")
def test_a_program_that_fills_in_everything_is_not_heard_and_nobody_gets_a_false_receipt(served):
    client, mirror, _ = served
    answer = send(client, website="https://spam.example")
    assert answer.status_code == 400
    assert "Open the page again" in answer.text
    assert "S-" not in answer.text.partition("<main")[2].partition("<form")[0]
    assert mirror.asks == []


@pytest.mark.requirement("PUBLIC-9")
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_only_a_form_is_taken(served, kind):
    client, mirror, _ = served
    answer = client.post("/report-a-drone", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert client.post("/report-a-drone", data=GOOD | {"what": "x" * 3_000_000}).status_code == 413
    assert mirror.asks == []


@pytest.mark.requirement("PUBLIC-8")
def test_a_station_that_is_not_there_says_that_nothing_was_sent(served):
    client, mirror, _ = served
    mirror.station_up = False
    answer = send(client)
    assert answer.status_code == 503
    assert 'class="receipt"' not in answer.text


@pytest.mark.requirement("PUBLIC-8")
def test_a_number_that_nobody_configured_is_not_invented(tmp_path):
    with city(tmp_path, emergency_phone="") as (client, _, _):
        form = client.get("/report-a-drone").text
    assert "call the emergency number of your country" in form
    assert "tel:" not in form


def test_a_station_may_take_no_reports(tmp_path):
    with city(tmp_path, sightings=False) as (client, mirror, _):
        assert client.get("/report-a-drone").status_code == 404
        assert send(client).status_code == 404
        assert "/report-a-drone" not in client.get("/").text
        assert mirror.asks == []


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=200) | st.dictionaries(st.sampled_from([*GOOD, "x"]), st.text(max_size=50)).map(
    lambda said: urllib.parse.urlencode(said).encode("utf-8", "surrogatepass")))  # fmt: skip
def test_any_body_is_a_report_or_an_answer_in_words(standing, body):
    answer = standing.post(
        "/report-a-drone", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in {201, 400, 429}


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    with city(tmp_path_factory.mktemp("station")) as (client, _, _):
        yield client


# ---- who reads it ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PUBLIC-8")
@pytest.mark.parametrize("path", ["/api/v1/sightings", "/reports/sightings"])
def test_officers_read_reports_as_unverified_and_nobody_else_does(served, path):
    client, _, seen = served
    seen._sightings = [SIGHTING]
    for who in (DUTY, AUDITOR, {"X-As": "f field_officer"}):
        answer = client.get(path, headers=who)
        assert answer.status_code == 200
        assert "S-AAAAAAAAAA" in answer.text
        assert "unverified" in answer.text
    for role in Role:
        if role.value not in {"duty_officer", "auditor", "field_officer", "public", "sensor"}:
            assert client.get(path, headers={"X-As": f"p {role.value}"}).status_code == 403
    assert client.get(path, follow_redirects=False).status_code in {401, 303}


@pytest.mark.requirement("PUBLIC-8")
def test_how_to_reach_somebody_is_kept_apart_and_what_was_erased_is_told_as_such():
    names = {each.pseudonym: each for each in (
        Name("text:aaaaaaaaaaaaaaaa", NameKind.TEXT, "Four lights"), Name("text:cccccccccccccccc", NameKind.TEXT, "anna@b.c"),
        Name("place:aaaaaaaaaaaaaaaa", NameKind.PLACE, "-34.9,-56.1"),
    )}  # fmt: skip
    masking = Masking(lambda wanted: {each: names[each] for each in wanted if each in names})
    duty = row(masking(Caller(person="s", roles=(Role.DUTY_OFFICER,), kind="session"), SIGHTING))
    field = row(masking(Caller(person="s", roles=(Role.FIELD_OFFICER,), kind="session"), SIGHTING))
    assert (duty.what, duty.contact, duty.heading) == ("Four lights", "anna@b.c", "to the north-east")
    assert field.contact == "(erased, or not yours to read)"
    assert field.what == "Four lights"
    assert duty.place == "(erased, or not yours to read) · -34.9,-56.1"


def test_a_report_is_folded_into_the_views_and_moves_nothing_else(tmp_path):
    said = {name: getattr(SIGHTING, name) for name in DroneSighted.__struct_fields__ if name != "t_recorded_ns"}
    fact = DroneSighted(**said, t_recorded_ns=T_NS)
    view = Live()
    with ViewsDb(tmp_path / "views.db") as views:
        views.require_of("r")
        changes = view.take(At(3, 3, T_NS), [], [(0, fact)], [])
        views.take(changes)
        views.flush(view)
        (found,) = views.page("sighting").items
        assert found == SIGHTING
        assert list(changes.objects) == [("sighting", "S-AAAAAAAAAA")]
        assert views.live().cases.incidents == {}
