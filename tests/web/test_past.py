"""The past: what was shown then is what a fold from the very beginning shows, and frames lead from one moment to another."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from skykeep.errors import Refused, Unavailable
from skykeep.station.store import Store
from skykeep.station.telling import Telling
from skykeep.views.live import Live
from skykeep.web import keyframes, positions, replaying
from skykeep.web.mirror import fold
from skykeep.web.past import Sky
from skykeep.web.rebuilding import rebuild
from skykeep.web.streamframes import Frames
from skykeep.web.viewsdb import ViewsDb
from tests.views.livefacts import SECOND_NS, T0_NS, Ticks, hour
from tests.web.recorded import appended, leaves
from tests.web.test_stream import empty, put_on

MS = 1_000_000
TICKS = 300


class Folded:
    """A record, the views that were made of it, and how each moment was shown when it was the present."""

    def __init__(
        self, folder: Path, seed: int, *, step_ns: int = 9 * SECOND_NS, ticks: Ticks | None = None,
        keep: Callable[[Live, int], Any] | None = None,
    ) -> None:  # fmt: skip
        self.record, self.views = folder / "record", folder / "views.db"
        self.ticks, chance = ticks or hour(seed, TICKS, step_ns), random.Random(seed)
        keep = keep or (lambda live, now_ns: shown(Source(live), now_ns))
        self.shown: dict[int, Any] = {}
        with Store.create(self.record, meta={"record_id": "r"}) as store:
            appended(store, self.ticks)
        telling = Telling()
        with ViewsDb(self.views) as db:
            db.require_of("r")
            self.live = db.live()
            for at, names, facts, told in self.ticks:
                db.take(fold(self.live, telling.ticked(at.entry_index, at.tick, at.now_ns, leaves(names, facts, told))))
                self.shown[at.now_ns] = keep(self.live, at.now_ns)
                if chance.random() < 0.4:
                    db.flush(self.live)
            db.flush(self.live)

    def sky(self, t_ns: int) -> Sky:
        return Sky(self.record, self.views, t_ns)

    def replayed(self, from_ns: int, until_ns: int, step_ms: int = 1_000, *, named: bool = True) -> dict[str, Any]:
        told = replaying.replayed(
            self.record, self.views, from_ms=from_ns // MS, until_ms=until_ns // MS, step_ms=step_ms, named=named
        )
        return msgspec.to_builtins(msgspec.json.decode(told, type=replaying.Replayed))


class Source:
    """What frames are made of, without a station."""

    status = None

    def __init__(self, live: Live) -> None:
        self.live = live


def shown(source: Any, now_ns: int) -> tuple[Any, ...]:
    """Return all that is shown of a fold, whatever the order of its rows."""
    parts = Frames(source, lambda _each: {}).whole(now_ns)
    lists = {**parts.law, **parts.watch, **parts.bare}
    return tuple((name, sorted(msgspec.json.encode(row) for row in rows)) for name, rows in sorted(lists.items()))


@pytest.mark.requirement("API-13")
@pytest.mark.parametrize("seed", range(4))
def test_any_moment_of_the_past_is_shown_as_it_was_shown_then(tmp_path: Path, seed: int) -> None:
    """Also what had left memory and came back, zones that were changed later, and whatever was flushed when."""
    made = Folded(tmp_path, seed)
    with ViewsDb(made.views) as db:
        assert db.at == made.ticks[-1][0]
    for t_ns in random.Random(seed).sample(sorted(made.shown), 60):
        with made.sky(t_ns + 1) as sky:
            assert shown(sky, t_ns) == made.shown[t_ns]
            assert sky.folded <= 120


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> Folded:
    return Folded(tmp_path_factory.mktemp("past"), 7)


@pytest.mark.requirement("API-13")
@pytest.mark.parametrize("named", [True, False])
def test_frames_put_onto_a_snapshot_show_what_a_new_snapshot_shows(folded: Folded, named: bool) -> None:
    from_ns, until_ns = T0_NS + 700 * SECOND_NS, T0_NS + 1_100 * SECOND_NS
    first = folded.replayed(from_ns, until_ns, named=named)
    assert first["next_ms"] is None
    assert [each["event"] for each in first["frames"]] == ["snapshot", *["frame"] * 400]
    assert [each["data"]["now_ms"] for each in first["frames"]] == list(range(from_ns // MS, until_ns // MS + 1, 1_000))
    put = empty()
    for each in first["frames"]:
        assert each["data"]["station"] == "replay"
        assert 0 <= each["data"]["now_ms"] - each["data"]["last_ms"] < 9_000
        put_on(put, each["data"])
    (again,) = folded.replayed(until_ns, until_ns, named=named)["frames"]
    anew = empty()
    put_on(anew, again["data"])
    for kind in ("tracks", "zones", "health"):
        assert put[kind] == anew[kind]
    for kind in ("about", "alarms", "incidents", "presences"):  # what is over stays where it was put
        assert {key: put[kind][key] for key in anew[kind]} == anew[kind]
    assert put["tracks"]


@pytest.mark.requirement("API-13")
def test_an_answer_is_bounded_and_says_where_to_go_on(folded: Folded, monkeypatch: pytest.MonkeyPatch) -> None:
    from_ns, until_ns = T0_NS, T0_NS + 1_000 * SECOND_NS
    for name, most in (("FRAMES_MAX", 5), ("BYTES_MAX", 1), ("TICKS_MAX", 3)):
        with monkeypatch.context() as patched:
            patched.setattr(replaying, name, most)
            told = folded.replayed(from_ns, until_ns)
            assert from_ns // MS < told["next_ms"] == told["until_ms"] < from_ns // MS + 60_000, name
            assert told["frames"][-1]["data"]["now_ms"] == told["next_ms"]


def test_before_the_record_nothing_is_shown(folded: Folded) -> None:
    (frame,) = folded.replayed(MS, MS)["frames"]
    assert frame["data"]["last_ms"] == 0
    assert frame["data"]["tracks"] == frame["data"]["zones"] == []


@pytest.mark.requirement("API-14")
def test_positions_of_a_track_are_those_of_the_record(folded: Folded) -> None:
    told = [
        at.now_ns
        for at, _, _, each in folded.ticks
        if any(getattr(fact, "track_id", b"") and 3 in ids(fact) for fact in each)
    ]
    start_ns, stop_ns = told[10], told[40]
    found: list[positions.PastPosition] = []
    next_ns: int | None = start_ns
    while next_ns is not None:
        page = positions.of_track(
            folded.record, folded.views, 3, start_ns=next_ns, stop_ns=stop_ns, step_ns=MS, limit=7
        )
        assert len(page.items) <= 7
        found += page.items
        next_ns = page.next_ns
    assert [each.seen_ns for each in found] == [t_ns for t_ns in told if start_ns <= t_ns <= stop_ns]
    assert any(each.pilot is not None for each in found)
    assert all(each.pilot is None or each.pilot.place.startswith("place:") for each in found)
    thin = positions.of_track(
        folded.record, folded.views, 3, start_ns=start_ns, stop_ns=stop_ns, step_ns=100 * SECOND_NS, limit=99
    )
    gaps = [after.seen_ns - one.seen_ns for one, after in zip(thin.items, thin.items[1:], strict=False)]
    assert min(gaps) >= 100 * SECOND_NS


def ids(fact: Any) -> list[int]:
    """Return the tracks of a fact that says where tracks are."""
    import numpy as np

    return np.frombuffer(fact.track_id, "<i8").tolist() if isinstance(fact.track_id, bytes) else []


def test_a_page_may_be_empty_and_lead_on(folded: Folded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "TICKS_MAX", 5)
    page = positions.of_track(
        folded.record, folded.views, 999, start_ns=T0_NS, stop_ns=T0_NS + 10**15, step_ns=MS, limit=5
    )
    assert page.items == []
    assert page.next_ns is not None
    assert page.next_ns > T0_NS


def test_when_a_record_begins_is_known_however_seldom_views_are_written(tmp_path: Path) -> None:
    made = Folded(tmp_path, 3)
    rebuild(made.record, tmp_path / "again.db")
    with ViewsDb(tmp_path / "again.db") as db:
        assert db.first_ns() == T0_NS
        db.begin_anew()
        assert db.first_ns() is None


def test_a_law_that_does_not_change_is_kept_once(tmp_path: Path) -> None:
    made = Folded(tmp_path, 3)
    with ViewsDb(made.views) as db:
        assert db.first_ns() == T0_NS
        count = db._db.execute("SELECT count(*), count(DISTINCT law) FROM keyframes").fetchone()
        (laws,) = db._db.execute("SELECT count(*) FROM laws").fetchone()
        assert laws == count[1] < count[0]
        last = keyframes.before(db._db, T0_NS + 10**15)
        assert last is not None
        law = [
            (each.fact.zone_id, each.fact.version) for kept in made.live.law.zones.values() for each in kept.values()
        ]
        assert sorted(zone[:2] for zone in last.known.zones) == sorted(law)


@pytest.mark.parametrize("table", ["keyframes", "laws"])
def test_damaged_keyframes_are_told_and_a_missing_record_too(tmp_path: Path, table: str) -> None:
    made = Folded(tmp_path, 3)
    with pytest.raises(Unavailable, match=r"none\.db"):
        Sky(made.record, tmp_path / "none.db", T0_NS)
    with pytest.raises(Refused):
        Sky(tmp_path / "none", made.views, T0_NS)
    with ViewsDb(made.views) as db, db._transaction():
        db._db.execute(f"UPDATE {table} SET body = x'00'")  # noqa: S608 - our own table names
    with pytest.raises(Unavailable, match="views are made again"):
        made.sky(T0_NS + 10**15)


def test_views_begun_anew_have_no_past_of_before(tmp_path: Path) -> None:
    made = Folded(tmp_path, 3)
    with ViewsDb(made.views) as db:
        assert keyframes.last_ns(db._db) is not None
        db.begin_anew()
        assert keyframes.last_ns(db._db) is None
