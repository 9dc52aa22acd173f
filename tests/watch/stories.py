"""Small stories for the watch: reports over the square of tests/rules/examples.py, stepped in ticks of 100 ms."""

import numpy as np

from skykeep.facts import codec
from skykeep.facts.columns import unfold
from skykeep.facts.concluded import Phase, TrackEstimated, TracksEstimated
from skykeep.facts.enacted import plain_sensor
from skykeep.facts.observed import (
    AircraftHeard,
    BasicIdHeard,
    FlightStatus,
    IdKind,
    LinkTrust,
    LocationHeard,
    OperatorIdHeard,
    OperatorPlaceKind,
    PositionReported,
    PresenceReported,
    SystemHeard,
)
from skykeep.rules.law import FOREVER_NS
from skykeep.watch.settings import WatchSettings
from skykeep.watch.snapshot import from_bytes, to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step
from tests.rules import examples as ex

S = ex.S
T0 = ex.T0
TICK = S // 10


def heard(t_ns, transmitter="tx:a", sensor="s", link=LinkTrust.OPEN):
    return {
        "sensor_id": sensor, "transmitter": transmitter, "t_event_ns": t_ns, "t_arrival_ns": t_ns, "link_trust": link,
        "frame": 0,
    }  # fmt: skip


def position(
    t_ns, east_m=0.0, north_m=0.0, transmitter="tx:a", *, at_e7=None, sensor="s", link=LinkTrust.OPEN, **given
):
    lat_e7, lon_e7 = at_e7 or ex.place(east_m, north_m)
    fields = {
        "modality": "radar", "manned": None, "uas_id": None, "id_kind": IdKind.NONE, "operator_id": None,
        "altitude": None, "height": None, "speed_mmps": None, "vspeed_mmps": None, "heading_mdeg": None,
        "pos_accuracy_mm": 10_000, "alt_accuracy_mm": None,
    }  # fmt: skip
    return PositionReported(**heard(t_ns, transmitter, sensor, link), lat_e7=lat_e7, lon_e7=lon_e7, **(fields | given))


def location(t_ns, east_m=0.0, north_m=0.0, transmitter="tx:a", **given):
    lat_e7, lon_e7 = ex.place(east_m, north_m)
    fields = {
        "status": FlightStatus.AIRBORNE, "lat_e7": lat_e7, "lon_e7": lon_e7, "altitude": None,
        "pressure_altitude": None, "height": None, "speed_mmps": None, "vspeed_mmps": None, "heading_mdeg": None,
        "pos_accuracy_mm": 10_000, "alt_accuracy_mm": None, "pressure_accuracy_mm": None, "speed_accuracy_mmps": None,
        "t_claimed_ds": None, "t_accuracy_ds": None,
    }  # fmt: skip
    return LocationHeard(**heard(t_ns, transmitter), **(fields | given))


def basic_id(t_ns, uas_id="uas:a", transmitter="tx:a", kind=IdKind.SERIAL):
    return BasicIdHeard(**heard(t_ns, transmitter), id_kind=kind, ua_type=2, uas_id=uas_id)


def operator_id(t_ns, operator="opr:o", transmitter="tx:a"):
    return OperatorIdHeard(**heard(t_ns, transmitter), id_type=0, operator_id=operator)


def system(t_ns, transmitter="tx:a"):
    return SystemHeard(
        **heard(t_ns, transmitter), operator_place_kind=OperatorPlaceKind.TAKEOFF, operator_place=None,
        classification=1, area_count=1, area_radius_m=0, area_ceiling=None, area_floor=None, category_eu=0, class_eu=0,
        t_claimed_s=None,
    )  # fmt: skip


def presence(t_ns, transmitter="tx:a", uas_id=None):
    return PresenceReported(
        **heard(t_ns, transmitter), modality="rf", manned=None, uas_id=uas_id, id_kind=IdKind.SERIAL, operator_id=None
    )  # fmt: skip


def aircraft(t_ns, east_m=0.0, north_m=0.0, transmitter="tx:icao", *, callsign=None, category="A7", **given):
    lat_e7, lon_e7 = ex.place(east_m, north_m)
    fields = {
        "source": "adsb_icao", "on_ground": False, "lat_e7": lat_e7, "lon_e7": lon_e7, "altitude": None,
        "pressure_altitude": None, "speed_mmps": None, "vspeed_mmps": None, "heading_mdeg": None,
        "pos_accuracy_mm": 100_000, "alt_accuracy_mm": None, "squawk": None,
    }  # fmt: skip
    return AircraftHeard(**heard(t_ns, transmitter), callsign=callsign, category=category, **(fields | given))


def sensor(sensor_id="s", pos_mm=30_000, alt_mm=30_000):
    return plain_sensor(
        sensor_id=sensor_id, modality="radar", pos_accuracy_mm=pos_mm, alt_accuracy_mm=alt_mm, simulated=False
    )  # fmt: skip


def time_of(fact):
    for name in ("t_arrival_ns", "t_ns", "granted_at_ns", "announced_at_ns"):
        if getattr(fact, name, None) is not None:
            return getattr(fact, name)
    return T0


def ticks(facts, until_ns=None, from_ns=T0):
    """Return (number, now_ns, facts) for each 100 ms from `from_ns`: a fact is in the tick that ends after it."""
    by_tick = {}
    for fact in facts:
        by_tick.setdefault(max(0, (time_of(fact) - from_ns) // TICK), []).append(fact)
    last = max([*by_tick, ((until_ns or from_ns) - from_ns) // TICK - 1])
    return [Tick(k + 1, from_ns + (k + 1) * TICK, by_tick.get(k, ())) for k in range(last + 1)]


class Watch:
    """A state with what it has concluded so far."""

    def __init__(self, **settings):
        self.state = State(WatchSettings(**settings))
        self.told = []

    def run(self, facts, until_ns=None, *, only_due=False, snapshots=False):
        """Step all ticks, or only those that hold facts or have something due."""
        for tick in ticks(facts, until_ns, max(T0, self.state.now_ns)):
            if only_due and not tick.facts and next_due_ns(self.state) > tick.now_ns:
                continue
            if snapshots:
                self.state = from_bytes(to_bytes(self.state))
            self.state, told = step(self.state, tick)
            self.told += told
            check(self.state)
        return self

    def of(self, kind, track_id=None):
        """Return what was told of a kind; of TrackEstimated the rows of all that was told in columns."""
        told = self.told
        if kind is TrackEstimated:
            told = [row for fact in told if isinstance(fact, TracksEstimated) for row in unfold(fact)]
        else:
            told = [fact for fact in told if isinstance(fact, kind)]
        return [fact for fact in told if track_id is None or fact.track_id == track_id]

    def bytes(self):
        return b"".join(codec.encode(fact) for fact in self.told)


def check(state):
    """What must hold of any state: sorted rows, finite numbers, tables that speak of the same tracks and radios."""
    tracks = state.tracks
    ids = tracks.id.tolist()
    assert ids == sorted(set(ids))
    assert np.isfinite(tracks.x).all()
    assert np.isfinite(tracks.p).all()
    assert np.isfinite(tracks.sigma_m).all()
    assert set(state.identities) == set(ids)
    assert set(state.stood) <= set(ids)
    assert len(set(tracks.uid.tolist())) == len(ids)
    assert set(state.verdicts) <= set(ids)
    assert set(state.memories.alarms.alarms) <= {*ids, 0}
    assert set(tracks.phase.tolist()) <= {0, 1, 2}
    for track_id, identity in state.identities.items():
        assert all(track_id in state.transmitters[name].tracks for name in identity.transmitters)
        assert all(track_id in state.by_uas_id[name] for name in identity.of_aircraft())
    for name, radio in state.transmitters.items():
        assert radio.tracks == sorted(set(radio.tracks))
        assert all(name in state.identities[track_id].transmitters for track_id in radio.tracks)
    for name, held in state.by_uas_id.items():
        assert held
        assert held == sorted(set(held))
        assert all(name in state.identities[track_id].of_aircraft() for track_id in held)
    assert next_due_ns(state) > state.now_ns
    waiting = state.memories.presences.held or state.memories.incidents.open or state.memories.alarms.gone
    assert next_due_ns(state) == FOREVER_NS or ids or waiting


def flying(seconds, *, every_s=1.0, speed=(10.0, 0.0), start=(0.0, 0.0), from_ns=T0, make=position, **given):
    """Return reports of a straight flight."""
    count = round(seconds / every_s)
    return [
        make(
            from_ns + round(k * every_s * S),
            start[0] + speed[0] * k * every_s,
            start[1] + speed[1] * k * every_s,
            **given,
        )
        for k in range(count)
    ]


LOST = Phase.LOST


def column(state, track_id, name):
    """Return what a column of the table says of a track."""
    return getattr(state.tracks, name)[state.tracks.row(track_id)].tolist()
