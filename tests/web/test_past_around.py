"""What lay around flights at a moment of the past: as it was then, and as far as the record tells and somebody may see."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.enacted import PermitRevoked
from skykeep.station.store import Store
from skykeep.views.live import At, Live
from skykeep.web import past_around, permit_volumes, surroundings
from skykeep.web.past_around import Asked
from skykeep.web.rebuilding import rebuild
from tests.console import around
from tests.rules.examples import permit
from tests.views.livefacts import SECOND_NS, T0_NS, Ticks, began, hour, system
from tests.web.recorded import appended
from tests.web.test_past import TICKS, Folded

MS = 1_000_000
TRACKS = frozenset(range(1, 10))
ALL = {"tracks": TRACKS, "sensors": True, "permits": True}


def busy_hour(seed: int) -> Ticks:
    """Return the invented hour with permits that are granted, revoked and begin and end in it."""
    chance, made = random.Random(seed), hour(seed, TICKS)
    for number in range(6):
        at, _, facts, _ = made[chance.randint(2, TICKS - 1)]
        begins_ns = at.now_ns + chance.randint(-900, 900) * SECOND_NS
        ends_ns = begins_ns + chance.randint(60, 1_500) * SECOND_NS
        facts.append((len(facts), permit(f"P-{number}", granted=at.now_ns, start=begins_ns, end=ends_ns)))
        at, _, facts, _ = made[chance.randint(2, TICKS - 1)]
        if number % 2:
            facts.append((len(facts), PermitRevoked(permit_id=f"P-{number}", t_ns=at.now_ns, reason="x", officer=None)))
    return made


def kept(live: Live, now_ns: int) -> tuple[Any, ...]:
    """Return what lies around flights while it is the present."""
    pilots = [(each, live.pilot_of(track)) for each, track in sorted(live.tracks.live.items()) if live.pilot_of(track)]
    sites, permits = surroundings.sites(live.law, now_ns), permit_volumes.shown_at(live.law, now_ns)
    return tuple(map(msgspec.json.encode, (sites, permits, pilots, sorted(live.law.sensors))))


@pytest.mark.requirement("REPLAY-2")
@pytest.mark.parametrize("seed", range(2))
def test_any_moment_has_around_it_what_was_there_then(tmp_path: Path, seed: int) -> None:
    made = Folded(tmp_path, seed, ticks=busy_hour(seed), keep=kept)
    met = set()
    for t_ns in random.Random(seed).sample(sorted(made.shown), 40):
        asked = Asked(from_ms=t_ns // MS, until_ms=t_ns // MS, **ALL)
        ((said, pilots),) = past_around.around(made.record, made.views, asked, ()).moments
        assert said.coverage is not None
        assert said.permits is not None
        found = (said.sites, said.permits, pilots, [each.sensor_id for each in said.coverage.sensors])
        assert tuple(map(msgspec.json.encode, found)) == made.shown[t_ns]
        met.add(bool(said.permits.volumes))
    assert met == {True, False}


def story() -> Ticks:
    """Five minutes: a radar that falls silent and is heard again, one that never was heard, a stop, a new run."""
    made: Ticks = []
    for second in range(300):
        now_ns, facts = T0_NS + second * SECOND_NS, list[Any]()
        if 200 <= second < 240:
            continue
        if second in {0, 240}:
            facts.append(began())
        if second == 0:
            facts += [around.sensor("radar"), around.sensor("mast", lon_e7=around.LON_E7 + 100_000)]
        if second == 100:
            facts.append(around.site("s", "School"))
        if second % 10 == 5 and not 60 <= second < 120 and second < 240:
            facts.append(msgspec.structs.replace(system("tx", None, now_ns), sensor_id="radar"))
        if second in {90, 125}:
            facts.append(HealthObserved(
                what=Health.SENSOR_SILENT, subject="radar", well=second == 125, unseen="", value=None, unit="s", t_ns=now_ns,
            ))  # fmt: skip
        if facts or second % 2:
            made.append((At(len(made), len(made), now_ns), [], list(enumerate(facts)), []))
    return made


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("around")
    with Store.create(path / "record", meta={"record_id": "r"}) as store:
        appended(store, story())
    rebuild(path / "record", path / "views.db")
    return path


def states(told: Path, second: int, **said: Any) -> dict[str, tuple[str, int | None]]:
    """Return how each sensor stood at a second of the story."""
    at_ms = T0_NS // MS + second * 1_000
    asked = Asked(from_ms=at_ms, until_ms=at_ms, **(ALL | said))
    runs = (T0_NS, T0_NS + 240 * SECOND_NS)
    ((moment, _),) = past_around.around(told / "record", told / "views.db", asked, runs).moments
    if moment.coverage is None:
        return {}
    return {each.sensor_id: (each.state, each.since_ns) for each in moment.coverage.sensors}


@pytest.mark.requirement("REPLAY-5")
@pytest.mark.parametrize(
    ("second", "state"),
    [(2, "unknown"), (10, "sees"), (80, "sees"), (95, "silent"), (124, "silent"), (126, "sees"), (198, "sees"),
     (230, "unknown"), (250, "unknown")],
)  # fmt: skip
def test_a_sensor_saw_was_silent_or_is_not_known(told: Path, second: int, state: str) -> None:
    """Until it was heard, while the station did not run, and from a new run until it was heard: that is not known."""
    found = states(told, second)
    assert found["radar"] == (state, T0_NS + 90 * SECOND_NS if state == "silent" else None)
    assert found["mast"] == ("unknown", None), "it was never heard, and no silence of it was told"


@pytest.mark.requirement("REPLAY-5")
def test_a_span_is_told_by_what_changed(told: Path) -> None:
    begin = T0_NS // MS
    asked = Asked(from_ms=begin + 60_000, until_ms=begin + 140_000, **ALL)
    found = past_around.around(told / "record", told / "views.db", asked, (T0_NS,))
    said = [(each.around.t_ms - begin, _parts(each.around)) for each in found.moments]
    assert said == [
        (60_000, ["sites", "coverage", "permits"]), (90_000, ["coverage"]), (100_000, ["sites"]), (125_000, ["coverage"]),
    ]  # fmt: skip
    hole = found.moments[1].around.coverage
    assert hole is not None
    assert [each.sensor_id for each in hole.holes] == ["radar"]
    assert (found.until_ms, found.next_ms) == (asked.until_ms, None)


def _parts(said: past_around.Around) -> list[str]:
    return [name for name in ("sites", "coverage", "permits") if getattr(said, name) is not None]


@pytest.mark.requirement("REPLAY-5")
def test_who_may_not_know_of_sensors_permits_or_operators_is_not_told(told: Path) -> None:
    at_ms = T0_NS // MS + 100_000
    asked = Asked(from_ms=at_ms, until_ms=at_ms, tracks=frozenset(), sensors=False, permits=False)
    ((said, pilots),) = past_around.around(told / "record", told / "views.db", asked, ()).moments
    assert (_parts(said), pilots) == (["sites"], ())


def test_a_long_span_is_bounded_and_says_where_to_go_on(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_around, "TICKS_MAX", 20)
    begin = T0_NS // MS
    asked = Asked(from_ms=begin, until_ms=begin + 290_000, **ALL)
    found = past_around.around(told / "record", told / "views.db", asked, ())
    assert found.next_ms == found.until_ms < asked.until_ms
