"""Drafts of zones: lists of heads, what is read once, what is too large; and what a draft would touch as it will be judged."""

import datetime as dt

import msgspec
import numpy as np
import pytest

from skykeep.errors import Refused, Unavailable
from skykeep.facts.concluded import Verdict, VerdictReached
from skykeep.station import asked, linkserver, zonedrafts
from skykeep.station.zonedrafts import Drafts
from skykeep.web import zone_form
from tests.station.living import CONFIG, OUTSIDE, ZONES, home, living
from tests.station.test_terrain import tiff
from tests.waiting import until

PUBLISHER = ("publisher",)
ROUND = zone_form.ZoneForm(
    zone_id="Z", name="Z", lat=str(OUTSIDE[0]), lon=str(OUTSIDE[1]), radius_m="800", floor="50", ceiling="150"
)
TERRAIN = CONFIG.replace("[law]\n", '[law]\nterrain = ["t.tif"]\n')


def file(**said):
    """Return the bytes of a file of one zone over the place where flights are."""
    return zone_form.file_of(zone_form.zone_of(msgspec.structs.replace(ROUND, **said), None))


def draft(one, person="pat", roles=PUBLISHER, **terms):
    return one.ask("zone.draft", person, roles, name="made", **terms)[0]


def hits(one, **said):
    return draft(one, data=file(**said), keep=False).hits


@pytest.mark.requirement("ZONES-5")
def test_what_a_zone_would_touch_is_what_it_touches_once_it_rules():
    with home(TERRAIN) as at:
        tiff(at.path / "t.tif", west=8.55, north=47.35, size=240, step=0.1 / 240, data=np.full((240, 240), 600.0))
        with living(at) as one:
            one.fly(OUTSIDE, lambda: one.facts(VerdictReached), "a flight that is judged")
            later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
            soon = hits(one, zone_id="Z-LATER", begins=later, floor="0", ceiling_datum="unlimited")
            nightly = hits(one, zone_id="Z-HOURS", hours="daily", days=((dt.datetime.now(dt.UTC).weekday() + 3) % 7,),
                           opens="00:00", closes="01:00", floor="0", ceiling_datum="unlimited")  # fmt: skip
            assert [len(each.not_permitted) for each in (soon, nightly)] == [1, 1], "as if it ruled now"
            seen = hits(one, zone_id="Z-GROUND")
            assert len(seen.track_ids) == 1
            made = draft(one, data=file(zone_id="Z-GROUND"))
            again, _ = one.ask("zone.read", "bo", PUBLISHER, draft_id=made.draft_id)
            assert made.hits == seen == again.drafts[0].hits
            one.ask("zone.publish", "bo", PUBLISHER, subject=f"draft:{made.draft_id}")

            def judged():
                one.see(OUTSIDE)
                return [each for each in one.facts(VerdictReached) if each.zone_id == "Z-GROUND"]

            first = until(judged, "a verdict by the zone that was published")[0]
            assert (first.verdict is Verdict.NOT_PERMITTED) == (first.track_id in seen.not_permitted)
            assert (first.verdict is Verdict.CANNOT_TELL) == (first.track_id in seen.cannot_tell)


def test_a_draft_that_is_not_proposed_is_its_authors():
    with home() as at, living(at) as one:
        made = draft(one, data=ZONES.read_bytes().replace(b"DEMO-", b"MADE-"), propose=False)
        subject = f"draft:{made.draft_id}"
        with pytest.raises(Refused, match="whoever made it discards it"):
            one.ask("zone.discard", "eve", PUBLISHER, subject=subject, reason="r")
        for roles, heads in ((PUBLISHER, [made.draft_id]), (("pilot",), []), (("auditor",), [])):
            assert [each.draft_id for each in one.ask("zone.read", "eve", roles)[0].heads] == heads
            told, _ = one.ask("zone.read", "eve", roles, draft_id=made.draft_id)
            assert [each.draft_id for each in told.drafts] == heads
        one.ask("zone.propose", "pat", PUBLISHER, subject=subject)
        assert one.ask("zone.read", "eve", ("pilot",))[0].heads != []
        one.ask("zone.discard", "eve", PUBLISHER, subject=subject, reason="r")
        assert one.ask("zone.read", "pat", PUBLISHER)[0].heads == []


def kept(drafts, number, **more):
    wanted = asked.ZoneDraft(name="made.json")
    read = drafts.read(file(zone_id=f"Z{number}"), wanted, now_ns=10**18)
    drafts.keep(read := msgspec.structs.replace(read, draft_id=f"{number:012x}", t_ns=number, **more))
    return read


@pytest.mark.requirement("ZONES-11")
def test_a_list_holds_heads_and_each_file_is_read_once(tmp_path, monkeypatch):
    drafts = Drafts(tmp_path / "drafts")
    made = [kept(drafts, number) for number in (2, 1)]
    (tmp_path / "drafts" / "other.json").write_text("{}", "utf-8")
    assert [head.first for head in drafts.heads()] == ["Z", "Z"]
    reads = []
    monkeypatch.setattr(zonedrafts, "_read", lambda path: reads.append(path.name))
    assert [head.draft_id for head in drafts.heads()] == [each.draft_id for each in reversed(made)]
    assert reads == ["other.json"]
    monkeypatch.undo()
    kept(drafts, 1, proposed=False)
    drafts.drop(made[0].draft_id)
    assert [(head.t_ns, head.proposed, head.zones) for head in drafts.heads()] == [(1, False, 1)]
    for number in (made[0].draft_id, "../other", "other"):
        with pytest.raises(Refused, match="there is no draft"):
            drafts.one(number)


@pytest.mark.requirement("ZONES-11")
def test_drafts_that_are_too_many_or_too_large_are_refused(tmp_path, monkeypatch):
    drafts = Drafts(tmp_path / "drafts")
    size = len(msgspec.json.encode(kept(drafts, 1)))
    monkeypatch.setattr(zonedrafts, "ALL_MAX_BYTES", size + 100)
    kept(drafts, 1)
    with pytest.raises(Refused, match="publish or discard some first"):
        kept(drafts, 2)
    monkeypatch.setattr(zonedrafts, "DRAFT_MAX_BYTES", size // 2)
    with pytest.raises(Refused, match="split it"):
        kept(drafts, 1)


@pytest.mark.requirement("ZONES-11")
def test_an_answer_that_is_too_large_is_refused_and_the_link_stays(monkeypatch):
    with home() as at, living(at) as one:
        monkeypatch.setattr(linkserver, "MESSAGE_MAX", 1_000)
        with pytest.raises(Unavailable, match="too many to be sent"):
            draft(one, data=ZONES.read_bytes().replace(b"DEMO-", b"MADE-"), keep=False)
        assert one.ask("zone.read", "pat", PUBLISHER)[0].heads == []
