"""/zones at a station that runs: what each power sees, and each form as the fact that it becomes."""

import datetime as dt
import json
import re

import pytest

from skykeep.facts.concluded import Verdict, VerdictReached
from skykeep.facts.enacted import ZoneEnacted, ZoneWithdrawn
from skykeep.rules.powers import TABLE
from skykeep.station import asked
from skykeep.web import shell, zone_form
from tests.station.living import INSIDE, OUTSIDE
from tests.waiting import until
from tests.web.zone_scene import PEOPLE, key_of, scene

FORM = {
    "base": "", "zone_id": "Z-TEST", "name": "The harbour", "rule": "prohibited", "shape": "circle", "lat": "47.199",
    "lon": "8.731", "radius_m": "900", "floor": "0", "floor_datum": "agl", "ceiling": "150", "ceiling_datum": "agl",
    "hours": "always", "issuing_body": "Harbour office", "legal_basis": "Harbour act, 4", "reason": "Ships",
}  # fmt: skip
SQUARE = "47.10, 8.60\n47.10, 8.62\n47.12, 8.62\n47.12, 8.60"


@pytest.fixture(scope="module")
def at():
    with scene() as made:
        yield made


def drawn(at, client, do="propose", **fields):
    """Draw a zone; returns the address of its draft."""
    key = key_of(client.get("/zones/new").text, "/zones/draw")
    answer = client.post("/zones/draw", data={**FORM, **fields, "do": do, "once": key})
    assert answer.status_code == 303, re.findall(r'class="said"[^>]*>([^<]*)', answer.text)
    return answer.headers["location"].partition("?")[0]


def sent(client, page, form, **fields):
    """Send a form of a page, with what it hides."""
    text = client.get(page).text
    part = text.partition(f'action="{form}"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', part))
    return client.post(form, data={**hidden, **fields, "once": key_of(text, form)})


def begun(client, zone_id):
    """Return what the form says of the version that it began from."""
    text = client.get("/zones/new", params={"change": zone_id}).text
    return dict(re.findall(r'type="hidden" name="(base\w*)" value="([^"]*)"', text))


def law_of(at, client, other, zone_id, **fields):
    """Make a version of a zone law, by two publishers; wait until the web knows it."""
    versions = len([each for each in at.one.facts(ZoneEnacted) if each.zone_id == zone_id])
    based = begun(client, zone_id) if versions else {}
    address = drawn(at, client, zone_id=zone_id, **based, **fields)
    assert sent(other, address, f"{address}/publish").status_code == 303
    at.shown(client, f"/zones/zone?id={zone_id}", f"Version {versions + 1}")


@pytest.mark.requirement("ZONES-1")
@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_each_power_sees_the_zones_and_of_the_acts_its_own(at, name):
    roles = set(PEOPLE[name])
    publishes = roles & TABLE["zone.draft"].roles
    with at.as_(name) as client:
        page = client.get("/zones").text
        assert "DEMO-A" in page
        assert ("/zones/new" in page) == bool(publishes)
        assert ("/zones/import" in page) == bool(publishes)
        zone = client.get("/zones/zone", params={"id": "DEMO-A"}).text
        assert "Version 1" in zone
        assert ('action="/zones/withdraw"' in zone) == bool(roles & TABLE["zone.withdraw"].roles)
        assert client.get("/zones/new").status_code == (200 if publishes else 403)
        assert client.post("/zones/draw", data=FORM).status_code == (303 if publishes else 403)
        if publishes:
            return
        assert client.post("/zones/withdraw", data={"zone_id": "DEMO-A", "reason": "r"}).status_code == 403


@pytest.mark.requirement("ZONES-1")
def test_nobody_who_is_not_signed_in_sees_what_is_proposed(at):
    with at.as_("pia") as client:
        client.cookies.clear()
        assert client.get("/zones").headers["location"] == "/sign-in?target=/zones"
        assert client.post("/zones/draw", data=FORM).status_code == 401


@pytest.mark.requirement("ZONES-4")
def test_what_is_drawn_is_proposed_by_one_published_by_another_and_judged_with_the_next_step(at):
    with at.as_("pia") as pia, at.as_("paul") as paul, at.as_("dora") as dora:
        place = {"lat": str(OUTSIDE[0]), "lon": str(OUTSIDE[1]), "ceiling_datum": "unlimited"}
        address = drawn(at, pia, zone_id="Z-FIRST", **place)
        assert "second publisher publishes it" in pia.get(address).text
        refused = sent(pia, address, f"{address}/publish")
        assert (refused.status_code, "second person" in refused.text) == (409, True)
        assert f'action="{address}/publish"' not in dora.get(address).text
        assert dora.post(f"{address}/publish").status_code == 403
        published = sent(paul, address, f"{address}/publish")
        assert published.headers["location"] == "/zones/zone?id=Z-FIRST&done=published"
        assert "it is law from now on" in at.shown(paul, published.headers["location"], "in force")
        zone = next(fact for fact in at.one.facts(ZoneEnacted) if fact.zone_id == "Z-FIRST")
        assert (zone.name, zone.legal_basis, zone.version) == ("The harbour", "Harbour act, 4", 1)
        assert zone.volumes[0].outline.radius_mm == 900_000
        assert [act.role for act in at.acts("zone.publish")] == ["publisher"]
        assert client_sees(dora, "Z-FIRST")

    def judged():
        at.one.see(OUTSIDE, track="7")  # no other zone is there
        reached = [one for one in at.one.facts(VerdictReached) if one.zone_id == "Z-FIRST"]
        return any(one.verdict is Verdict.NOT_PERMITTED for one in reached)

    until(judged, "a verdict by the zone that was published")


def client_sees(client, zone_id):
    """Whether the zone is among those that /live draws."""
    found = client.get("/api/v1/zones.geojson").json()["features"]
    return any(each["properties"]["zone_id"] == zone_id for each in found)


@pytest.mark.requirement("ZONES-4")
def test_a_draft_is_its_authors_until_it_is_proposed(at):
    with at.as_("pia") as pia, at.as_("paul") as paul:
        address = drawn(at, pia, do="keep", zone_id="Z-KEPT")
        assert "Nobody can publish it until it is proposed" in paul.get(address).text
        refused = paul.post(f"{address}/publish", data={"once": "x1"})
        assert (refused.status_code, "unproposed" in refused.text) == (409, True)
        assert "somebody else" in paul.post(f"{address}/propose", data={"once": "x2"}).text
        assert sent(pia, address, f"{address}/propose").headers["location"] == f"{address}?done=proposed"
        assert "Proposed by pia" in (text := paul.get(address).text), re.findall(r'class="lead">([^<]*)', text)
        assert [act.subject for act in at.acts("zone.propose")] == [f"draft:{address.rpartition('/')[2]}"]
        gone = sent(paul, address, f"{address}/refuse", reason="The radius is too small.")
        assert gone.headers["location"] == "/zones?done=refused"
        assert "with the reason" in paul.get(gone.headers["location"]).text
        assert paul.get(address).status_code == 404
        assert paul.post(f"{address}/refuse", data={"reason": " ", "once": "x3"}).status_code == 409
        assert at.acts("zone.discard")[-1].reason.startswith("text:")


@pytest.mark.requirement("ZONES-4")
def test_a_form_that_is_sent_twice_is_done_once(at):
    with at.as_("pia") as pia:
        data = {**FORM, "zone_id": "Z-TWICE", "do": "propose", "once": "abc123"}
        first, second = (pia.post("/zones/draw", data=data).headers["location"] for _ in range(2))
        assert first == second
        again = pia.post("/zones/draw", data={**data, "name": "Another"})
        assert (again.status_code, "idempotency key" in again.text) == (409, True)
        assert 'value="Another"' in again.text, "what was typed is kept"


@pytest.mark.requirement("ZONES-3")
def test_a_new_version_is_shown_with_what_differs_and_withdrawing_is_a_fact(at):
    with at.as_("pia") as pia, at.as_("paul") as paul:
        for fields in ({}, {"shape": "polygon", "corners": SQUARE, "name": "The quay"}):
            address = drawn(at, pia, zone_id="Z-TWO", **(begun(pia, "Z-TWO") if fields else {}), **fields)
            if fields:
                assert "The harbour → The quay" in pia.get(address).text
            sent(paul, address, f"{address}/publish")
            at.shown(paul, "/zones/zone?id=Z-TWO", f"Version {2 if fields else 1}")
        page = paul.get("/zones/zone?id=Z-TWO").text
        assert "name: The harbour → The quay" in page
        assert "area: gains" in page
        assert "polygon of 4 corners" in page
        gone = sent(paul, "/zones/zone?id=Z-TWO", "/zones/withdraw", zone_id="Z-TWO", reason="The ships have left.")
        assert gone.headers["location"] == "/zones/zone?id=Z-TWO&done=withdrawn"
        assert "The ships have left." in at.shown(paul, "/zones/zone?id=Z-TWO", "Withdrawn: ")
        (fact,) = [each for each in at.one.facts(ZoneWithdrawn) if each.zone_id == "Z-TWO"]
        assert fact.version == 2
        assert "Z-TWO" not in paul.get("/zones").text
        assert "Z-TWO" in paul.get("/zones?which=over").text


@pytest.mark.requirement("ZONES-9")
def test_what_is_withdrawn_is_what_the_page_showed_all_versions_or_the_one_that_is_meant(at):
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    with at.as_("pia") as pia, at.as_("paul") as paul:
        for zone_id, version, gone in (("Z-ALL", "all", [1, 2]), ("Z-ONE", "2", [2])):
            law_of(at, pia, paul, zone_id)
            page = f"/zones/zone?id={zone_id}"
            before = key_of(paul.get(page).text, "/zones/withdraw")
            law_of(at, pia, paul, zone_id, begins=later)
            stale = {"zone_id": zone_id, "reason": "r", "version": "all", "seen_version": "1", "once": before}
            refused = paul.post("/zones/withdraw", data=stale)
            assert (refused.status_code, "look at it again" in refused.text) == (409, True)
            text = paul.get(page).text
            assert "Only version 1, in force until" in text
            assert "Only version 2, announced, law from" in text
            unsaid = sent(paul, page, "/zones/withdraw", zone_id=zone_id, reason="r")
            assert (unsaid.status_code, "which version" in unsaid.text) == (400, True)
            done = sent(paul, page, "/zones/withdraw", zone_id=zone_id, reason="No longer.", version=version)
            assert done.headers["location"].endswith("withdrawn" if version == "all" else "withdrawn_one")
            at.shown(paul, page, "Withdrawn: No longer.")
            assert [each.version for each in at.one.facts(ZoneWithdrawn) if each.zone_id == zone_id] == gone
        assert "Z-ALL" not in paul.get("/zones").text
        assert "Z-ONE" in paul.get("/zones").text


@pytest.mark.requirement("ZONES-10")
def test_what_was_begun_from_an_older_version_is_not_published_over_a_newer_one(at):
    with at.as_("pia") as pia, at.as_("paul") as paul:
        law_of(at, pia, paul, "Z-BASE")
        was = begun(pia, "Z-BASE")
        smaller = drawn(at, pia, zone_id="Z-BASE", name="A new name", **was)
        law_of(at, pia, paul, "Z-BASE", radius_m="5000")
        assert "cannot be published any more" in paul.get(smaller).text
        assert f'action="{smaller}/publish"' not in paul.get(smaller).text
        refused = paul.post(f"{smaller}/publish", data={"once": "base1"})
        assert (refused.status_code, "has changed since" in refused.text) == (409, True)
        typed = pia.post("/zones/draw", data={**FORM, **was, "zone_id": "Z-BASE", "name": "Typed", "do": "propose"})
        assert (typed.status_code, "has changed since" in typed.text, 'value="Typed"' in typed.text) == (
            409,
            True,
            True,
        )
        again = pia.post("/zones/draw", data={**FORM, "zone_id": "Z-BASE", "do": "keep"})
        assert (again.status_code, "has changed since" in again.text) == (409, True), (
            "a new zone takes no id that is taken"
        )
    radii = [each.volumes[0].outline.radius_mm for each in at.one.facts(ZoneEnacted) if each.zone_id == "Z-BASE"]
    assert radii == [900_000, 5_000_000]


@pytest.mark.requirement("ZONES-5")
def test_what_a_zone_would_do_is_told_before_it_is_kept(at):
    at.one.fly(INSIDE, lambda: at.one.facts(VerdictReached), "a flight that is judged")
    with at.as_("both") as client:
        answer = client.post("/zones/draw", data={**FORM, "zone_id": "Z-LOOK", "do": "look"})
        assert answer.status_code == 200
        assert "2.54 km²" in answer.text
        assert "New: there is no zone of this identifier" in answer.text
        assert re.search(r"flight #\d+", answer.text)
        told = json.loads(re.search(r'id="map-data">(.*?)</script>', answer.text)[1])
        assert [each["words"][0] for each in told["tracks"]] == ["#"]
    with at.as_("pia") as client:
        answer = client.post("/zones/draw", data={**FORM, "zone_id": "Z-LOOK", "do": "look"})
        told = json.loads(re.search(r'id="map-data">(.*?)</script>', answer.text)[1])
        assert told["tracks"] == [], "a publisher sees no flights on a map"
        assert re.search(r"Flights in it now</dt><dd>[1-9]", answer.text), "but how many there are"
        assert not re.search(r"flight #\d", answer.text)
        data = zone_form.file_of(zone_form.zone_of(zone_form.taken({**FORM, "zone_id": "Z-LOOK"}, []), None))
        answer = client.post("/api/v1/drafts", params={"name": "x", "preview": True}, content=data,
                             headers={"Content-Type": "application/geo+json"})  # fmt: skip
        hits = answer.json()["hits"]
        assert (hits["track_ids"], hits["permit_ids"], hits["tracks"] > 0) == (None, None, True)
    assert "Z-LOOK" not in client_list(at)


def client_list(at):
    with at.as_("pia") as client:
        return client.get("/zones?which=all").text


@pytest.mark.requirement("ZONES-6")
def test_a_file_becomes_a_draft_with_a_report_by_line_and_nothing_is_published(at):
    crossed = [[8.6, 47.1], [8.7, 47.2], [8.7, 47.1], [8.6, 47.2], [8.6, 47.1]]
    good = {"type": "Point", "coordinates": [8.6, 47.1]}
    lines = [
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [crossed]}, "properties": {"id": "CROSSED", "rule": "prohibited"}},
        {"type": "Feature", "geometry": good, "properties": {"id": "ROUND", "radius_m": 300, "rule": "hm", "floor": "GND", "ceiling": "UNLIMITED"}},
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[8.6, 47.1]]]}, "properties": {"id": "POINT"}},
    ]  # fmt: skip
    file = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(map(json.dumps, lines)) + "]}"
    with at.as_("pia") as pia:
        key = key_of(pia.get("/zones/import").text, "/zones/read")
        answer = pia.post("/zones/read", data={"once": key, "form": ""}, files={"file": ("made.geojson", file)})
        address = answer.headers["location"].partition("?")[0]
        page = pia.get(address).text
        assert "Nobody can publish it until it is proposed" in page
        told = json.loads(re.search(r'id="map-data">(.*?)</script>', page)[1])
        assert "ROUND" in page
        assert re.search(r"line 4</th><td[^>]*>POINT", page)
        assert re.search(r"line 3</th><td[^>]*>ROUND", page)
        assert {each["words"] for each in told["aside"]} >= {"line 4"}
        assert all(fact.zone_id != "ROUND" for fact in at.one.facts(ZoneEnacted))
        nothing = pia.post("/zones/read", data={"once": "y", "form": ""}, files={"file": ("x.txt", b"no zones here")})
        assert (nothing.status_code, "no zone file" in nothing.text) == (409, True)
        assert pia.post("/zones/read", data={"once": "z"}).status_code in {400, 415}


@pytest.mark.requirement("ZONES-14")
def test_of_a_long_file_what_is_new_or_changed_comes_first_page_by_page(at):
    def point(number):
        place = {"type": "Point", "coordinates": [8.0 + number / 5_000, 47.1]}
        said = {"id": f"LONG-{number}", "radius_m": 90, "rule": "prohibited", "floor": "GND", "ceiling": "UNLIMITED"}
        return {"type": "Feature", "geometry": place, "properties": said}

    def given(client, numbers):
        file = json.dumps({"type": "FeatureCollection", "features": [point(number) for number in numbers]})
        answer = client.post(
            "/zones/read", data={"once": f"long{len(numbers)}", "form": ""}, files={"file": ("l.geojson", file)}
        )
        return answer.headers["location"].partition("?")[0]

    with at.as_("pia") as pia, at.as_("paul") as paul:
        short = given(pia, range(3))
        sent(pia, short, f"{short}/propose")
        assert sent(paul, short, f"{short}/publish").status_code == 303
        at.shown(pia, "/zones?which=all", "LONG-2")
        address = given(pia, range(130))
        first, last = pia.get(address).text, pia.get(address, params={"at": 120}).text
        assert "127 zones new or changed, 3 say the same" in first
        assert "1 to 60 of 127" in first
        assert "121 to 127 of 127" in last
        listed = [re.findall(r'<span class="dim">LONG-(\d+) ', text) for text in (first, last)]
        assert listed == [[str(n) for n in range(3, 63)], [str(n) for n in range(123, 130)]]


@pytest.mark.requirement("ZONES-13")
def test_a_reason_is_given_back_when_an_act_is_refused(at):
    with at.as_("pia") as pia, at.as_("paul") as paul:
        law_of(at, pia, paul, "Z-WHY")
        fields = {
            "zone_id": "Z-WHY",
            "reason": "A long <reason>",
            "version": "all",
            "seen_version": "99",
            "once": "why1",
        }
        answer = paul.post("/zones/withdraw", data=fields)
        assert (answer.status_code, 'value="A long &lt;reason&gt;"' in answer.text) == (409, True)
        assert "<details open><summary>It shall no longer" in answer.text
        address = drawn(at, pia, do="keep", zone_id="Z-WHY-2")
        answer = paul.post(f"{address}/refuse", data={"reason": "Not so", "once": "why2"})
        assert (answer.status_code, 'value="Not so"' in answer.text) == (409, True)


@pytest.mark.requirement("ZONES-6")
def test_a_file_that_is_too_large_is_refused_before_it_is_read(at):
    with at.as_("pia") as pia:
        answer = pia.post("/zones/read", data={"once": "big"}, files={"file": ("big.json", b" " * 16_000_001)})
        assert answer.status_code == 413
        assert "Split the file" in answer.text


@pytest.mark.requirement("ZONES-7")
@pytest.mark.parametrize("form", ["geojson", "ed318", "ed269", "openair"])
def test_a_zone_is_taken_along_in_every_format_that_is_written(at, form):
    with at.as_("audrey") as client:
        answer = client.get("/zones/file", params={"id": "DEMO-A", "version": "1", "form": form})
        assert answer.status_code == 200
        assert "DEMO-A" in answer.headers["content-disposition"]
        assert len(answer.content) > 100
        assert client.get("/zones/file", params={"id": "DEMO-A", "version": "9", "form": form}).status_code == 404
    if form == "geojson":
        with at.as_("pia") as pia:
            again = pia.post("/zones/read", data={"once": "take"}, files={"file": ("a.geojson", answer.content)})
            assert "1 says the same as what holds or is announced" in pia.get(again.headers["location"]).text


@pytest.mark.requirement("ZONES-8")
def test_an_emergency_zone_stands_with_its_time_and_who_answers_for_it(at):
    area = [472_990_000, 86_000_000, 400_000]
    made, _ = at.one.ask("zone.emergency", "dora", ("duty_officer",), circle=area, reason="Smoke", minutes=30)
    with at.as_("dora") as dora, at.as_("both") as both, at.as_("audrey") as audrey:
        page = at.shown(dora, "/zones", made.zone_id)
        assert "nobody yet" in page
        assert re.search(r"<b>(29|30) min", page)
        zone = f"/zones/zone?id={made.zone_id}"
        assert "You called it" in dora.get(zone).text
        assert "<form" not in audrey.get(zone).text.partition("<main")[2]
        refused = dora.post("/zones/confirm", data={"zone_id": made.zone_id, "hours": "2", "once": "e1"})
        assert (refused.status_code, "second person" in refused.text) == (409, True)
        assert both.post("/zones/confirm", data={"zone_id": made.zone_id, "hours": "99"}).status_code == 400
        done = sent(both, zone, "/zones/confirm", zone_id=made.zone_id, hours="2")
        assert done.headers["location"].endswith("&done=confirmed")
        assert "Confirmed by both" in at.shown(both, zone, "Confirmed by")
        lifted = sent(dora, zone, "/zones/lift", zone_id=made.zone_id, reason="The smoke is gone.")
        assert lifted.headers["location"].endswith("&done=lifted")
        at.shown(dora, zone, "withdrawn")
        assert [len(at.acts(act)) for act in ("zone.confirm", "zone.lift")] == [1, 1]


@pytest.mark.requirement("ZONES-2")
def test_the_list_is_found_in_by_words_and_by_state(at):
    with at.as_("audrey") as client:
        assert "DEMO-A" in client.get("/zones?q=demo-a").text
        assert "No zone is like that" in client.get("/zones?q=nothing-like-it").text
        assert client.get("/zones/zone?id=NOT-THERE").status_code == 404
        assert client.get("/zones?at=99999").status_code == 200
        evil = client.get("/zones?q=%3Cscript%3E").text
        assert "<script>&" not in evil
        assert 'value="&lt;script&gt;"' in evil


@pytest.mark.parametrize("named", [["P-2026-7"], None], ids=["who may read permits", "a publisher"])
def test_the_permits_that_a_zone_would_reach_are_named_or_it_is_said_who_is_told(named):
    hits = asked.HitsTold(track_ids=[], not_permitted=[], cannot_tell=[], permit_ids=named, tracks=0,
                          tracks_not_permitted=0, tracks_cannot_tell=0, permits=1)  # fmt: skip
    known = {"hits": hits, "weighed": "", "areas": "", "tracks": [], "changes": [], "changed": 0, "first": 0, "page": 50,
             "drawn": 0, "all_zones": 0, "source": "", "set_aside": [], "doubted": []}  # fmt: skip
    page = shell._templates.get_template("_zones.html").module.effect(known)
    assert ("permit P-2026-7" in page) is (named is not None)
    assert ("is told to whoever may read permits" in page) is (named is None)
