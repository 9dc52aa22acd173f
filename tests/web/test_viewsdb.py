"""The database of views: the same whatever it was written at, killed at, or made again from."""

from __future__ import annotations

import base64
import random
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from skykeep.errors import Refused
from skykeep.facts import acted
from skykeep.facts.personal import Name, NameKind
from skykeep.views.live import At, Live
from skykeep.views.livemodels import ActNow, IncidentNow
from skykeep.web.viewsdb import Filters, ViewsDb
from tests.views import livefacts
from tests.views.livefacts import T0_NS, Ticks, done, hour, incident, incident_act


def fold(db: ViewsDb, view: Live, ticks: Ticks, flush_after: Iterable[int]) -> None:
    flushes = set(flush_after)
    for at, names, facts, told in ticks:
        db.take(view.take(at, names, facts, told))
        if at.entry_index in flushes:
            db.flush(view)


def made_at_once(path: Path, ticks: Ticks) -> list[tuple[object, ...]]:
    with ViewsDb(path) as db:
        view = db.live()
        fold(db, view, ticks, [])
        db.flush(view)
        return list(db.dump())


@pytest.mark.requirement("STATION-LIVE-2")
@pytest.mark.parametrize("seed", range(6))
def test_flushed_anywhere_killed_anywhere_it_comes_out_the_same(tmp_path: Path, seed: int) -> None:
    ticks, chance = hour(seed), random.Random(seed)
    path, killed = tmp_path / "live.db", 0
    while True:
        with ViewsDb(path) as db:  # what was not flushed is lost here, as by a kill
            view, stop = db.live(), db.cursor + chance.randint(1, 90)
            waiting = [tick for tick in ticks if db.cursor <= tick[0].entry_index < stop]
            fold(db, view, waiting, chance.sample(range(len(ticks)), 150))
            if stop >= len(ticks):
                db.flush(view)
                found = list(db.dump())
                break
        killed += 1
    assert killed > 2
    assert found == made_at_once(tmp_path / "again.db", ticks)


def test_a_view_that_goes_on_shows_what_the_one_before_it_showed(tmp_path: Path) -> None:
    ticks = hour(3)
    with ViewsDb(tmp_path / "views.db") as db:
        before = db.live()
        fold(db, before, ticks, [])
        db.flush(before)
        after = db.live()
    assert after.at == before.at == ticks[-1][0]
    assert {each: after.tracks.one(each) for each in after.tracks.live} == {
        each: before.tracks.one(each) for each in before.tracks.live
    }
    assert after.cases.alarms == before.cases.alarms
    assert after.cases.incidents == before.cases.incidents
    assert after.pilots == before.pilots
    assert list(after.pilots) == list(before.pilots)
    assert after.law.zones == before.law.zones
    assert len(before.tracks.live) > 0


def test_what_left_memory_is_recalled_when_more_is_said_of_it(tmp_path: Path) -> None:
    later_ns = T0_NS + 2 * 3_600_000_000_000
    with ViewsDb(tmp_path / "views.db") as db:
        view = db.live()
        note = incident_act(7, acted.IncidentDeed.NOTE, "text:one")
        db.take(view.take(At(0, 1, T0_NS), [], [(0, note)], [incident(7, "closed")]))
        db.flush(view)
        db.take(view.take(At(1, 2, later_ns), [], [], []))
        assert 7 not in view.cases.incidents
        db.flush(view)
        again = incident_act(7, acted.IncidentDeed.NOTE, "text:two", later_ns)
        db.take(view.take(At(2, 3, later_ns), [], [(4, again)], [incident(7, "open", later_ns)]))
        db.flush(view)
        (found,) = db.page("incident").items
    assert isinstance(found, IncidentNow)
    assert [each.words for each in found.acts] == ["text:one", "text:two"]
    assert (found.state, found.entry_index, found.live) == ("open", 2, True)


def acts(db: ViewsDb, count: int) -> None:
    view = db.live()
    for number in range(count):
        fact = done("person.enrol" if number % 2 else "zone.publish", f"zone:{number}", T0_NS + number // 3)
        db.take(view.take(At(number, number, T0_NS + number), [], [(number, fact)], []))
    db.flush(view)


@pytest.mark.parametrize("oldest_first", [False, True])
def test_pages_show_each_object_once_in_order(tmp_path: Path, *, oldest_first: bool) -> None:
    filters = Filters(oldest_first=oldest_first)
    seen: list[ActNow] = []
    with ViewsDb(tmp_path / "views.db") as db:
        acts(db, 57)
        after = None
        while True:
            page = db.page("act", after, 10, filters)
            seen += page.items
            after = page.after
            if after is None:
                break
        assert db.count("act") == 57
    keys = [(each.t_ns, each.act_id) for each in seen]
    assert keys == sorted(keys, reverse=not oldest_first)
    assert len(set(keys)) == 57


def test_pages_are_narrowed(tmp_path: Path) -> None:
    with ViewsDb(tmp_path / "views.db") as db:
        acts(db, 30)
        enrolled = db.page("act", filters=Filters(state="person.enrol")).items
        one = db.page("act", filters=Filters(subject="zone:4")).items
        late = db.page("act", filters=Filters(since_ns=T0_NS + 9)).items
        early = db.page("act", filters=Filters(until_ns=T0_NS + 1)).items
        nobody = db.page("act", filters=Filters(person="person:nobody")).items
        beyond = db.page("act", filters=Filters(since_ns=10**30)).items
    assert len(enrolled) == 15
    assert [each.subject for each in one] == ["zone:4"]
    assert len(late) == len(early) == 3
    assert (nobody, beyond) == ([], [])


@pytest.mark.parametrize("token", ["", "!", "AAAA", "ü"])
def test_a_page_that_was_never_given_is_refused(tmp_path: Path, token: str) -> None:
    with ViewsDb(tmp_path / "views.db") as db:
        acts(db, 3)
        with pytest.raises(Refused, match="first page"):
            db.page("act", token)
        with pytest.raises(Refused, match="no objects of kind"):
            db.page("nothing")


def test_a_page_from_beyond_all_time_is_empty(tmp_path: Path) -> None:
    with ViewsDb(tmp_path / "views.db") as db:
        acts(db, 3)
        beyond = base64.urlsafe_b64encode(b"9999999999999999999999999 x").decode()
        assert db.page("act", beyond, filters=Filters(oldest_first=True)).items == []


@pytest.mark.parametrize("damage", ["of another format", "no database", "torn"])
def test_a_file_that_is_none_of_ours_is_begun_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "views.db"
    with ViewsDb(path) as db:
        acts(db, 300)
        db.forget([])  # empties the write-ahead log
        if damage == "of another format":
            db._db.execute("UPDATE meta SET value = 'skykeep views/0' WHERE key = 'format'")
    if damage == "no database":
        path.write_bytes(b"x" * 9000)
    if damage == "torn":
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + bytes(len(whole) - 8192) + whole[-4096:])
    with ViewsDb(path) as db:
        assert db.cursor == 0
        assert db.page("act").items == []
        acts(db, 2)
        assert db.count("act") == 2


DAMAGED = {
    "an object": "UPDATE objects SET body = '{\"act_id\":true}', live = 1 WHERE id IN (SELECT id FROM objects LIMIT 1)",
    "a kind": "UPDATE objects SET kind = 'none', live = 1 WHERE id IN (SELECT id FROM objects LIMIT 1)",
    "places": "UPDATE meta SET value = X'00' WHERE key = 'positions'",
    "torn places": "UPDATE meta SET value = X'789c3334320600012d0097' WHERE key = 'positions'",
    "the cursor": "UPDATE meta SET value = X'78' WHERE key = 'at'",
}


@pytest.mark.parametrize("sql", DAMAGED.values(), ids=DAMAGED)
def test_what_lies_there_and_cannot_be_read_is_begun_anew(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "views.db"
    with ViewsDb(path) as db:
        acts(db, 5)
        db._db.execute(sql)
    with ViewsDb(path) as db:
        assert not db.live().tracks.live
        assert (db.cursor, db.count("act")) == (0, 0)
        acts(db, 2)
        assert db.count("act") == 2


def test_an_object_that_cannot_be_read_is_damage_like_any_other(tmp_path: Path) -> None:
    with ViewsDb(tmp_path / "views.db") as db:
        acts(db, 2)
        db._db.execute("UPDATE objects SET body = '[]'")
        with pytest.raises(sqlite3.DatabaseError, match="cannot be read"):
            db.page("act")


def test_another_record_begins_anew_and_the_same_one_goes_on(tmp_path: Path) -> None:
    with ViewsDb(tmp_path / "views.db") as db:
        db.require_of("a")
        acts(db, 5)
        db.require_of("a")
        assert db.cursor == 5
        db.require_of("b")
        assert (db.cursor, db.count("act")) == (0, 0)


@pytest.mark.requirement("STATION-LIVE-3")
def test_a_forgotten_name_is_nowhere_in_the_file(tmp_path: Path) -> None:
    path, value = tmp_path / "views.db", "SECRETSERIAL0001"
    with ViewsDb(path) as db:
        view = db.live()
        names = [Name("uas:a", NameKind.UAS_ID, value), Name("uas:b", NameKind.UAS_ID, "OTHER")]
        db.take(view.take(At(0, 0, T0_NS), names, [], []))
        db.flush(view)
        assert db.names(["uas:a", "uas:c"]) == {"uas:a": names[0]}
        assert db.name_entries() == [(0, "uas:a"), (0, "uas:b")]
        db.forget(["uas:a"])
        assert db.names(["uas:a", "uas:b"]) == {"uas:b": names[1]}
    assert not any(value.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_memory_holds_what_goes_on_and_no_more(tmp_path: Path) -> None:
    with ViewsDb(tmp_path / "views.db") as db:
        view = db.live()
        for number in range(3000):
            now_ns = T0_NS + number * livefacts.SECOND_NS
            told = [livefacts.estimated(now_ns, number), livefacts.identified(number, f"tx:{number}")]
            if number > 10:
                told.append(livefacts.TrackLost(track_id=number - 5, t_ns=now_ns, last_heard_ns=now_ns))
            db.take(view.take(At(number, number, now_ns), [], [], told))
            db.flush(view)
        assert len(view.tracks.live) < 150
        assert len(view.tracks.positions) == len(view.tracks.live)
        assert db.count("track") == 3000
