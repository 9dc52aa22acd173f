"""Where the live tracks are: a row of integers a track, folded from columns without making an object of each.

    columns    `COLUMNS`, int64; `NOT_KNOWN` stands for what is not known
    rows       in no order; `slots` says which row is whose

`concluded.tracks/1` comes in columns (`facts.columns`), so that a tick of any number of tracks costs a few array
operations; people ask for one track at a time and get it as `PositionNow`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from skykeep.errors import Malformed
from skykeep.facts.columns import ASSUMED, MANNED, MODES, NARROW, NONE, SIMULATED, WIDE
from skykeep.facts.concluded import Phase, TrackEstimated, TracksEstimated
from skykeep.geo.altitude import Datum
from skykeep.views.livemodels import FactAt, HeightNow, PositionNow

Ints = npt.NDArray[np.int64]
COLUMNS = ("track_id", "t_ns", "evidence_at", *WIDE[1:14], "evidence_at_index", "evidence_item", *NARROW)
"""`t_ns`: the time the estimate is for; `evidence_at`: the tick of the fact that moved it last."""
AT = {name: place for place, name in enumerate(COLUMNS)}
NOT_KNOWN = -(2**31)
PHASES = ("tentative", "established", "lost")
LOST = PHASES.index("lost")
SAID = (Datum.HAE.value, Datum.AMSL.value, Datum.STD.value)
ABOVE = (Datum.AGL.value, Datum.TAKEOFF.value)
_FOUND = {"evidence_at_index": "evidence_index"}
_TAKEN = [(AT[name], _FOUND.get(name, name)) for name in COLUMNS[3:]]
_BEGIN = 256


class Positions:
    """The last estimate of each live track."""

    def __init__(self) -> None:
        self.slots: dict[int, int] = {}
        self._rows: Ints = np.zeros((_BEGIN, len(COLUMNS)), np.int64)
        self._free: list[int] = list(range(_BEGIN - 1, -1, -1))

    def __len__(self) -> int:
        return len(self.slots)

    def take(self, fact: TracksEstimated | TrackEstimated, tick: int) -> Ints:
        """Note what a fact says and return its rows (n, columns); raises Malformed where its columns do not agree."""
        block = blocks(fact, tick) if isinstance(fact, TracksEstimated) else _one(fact)
        self.put(block)
        return block

    def put(self, block: Ints) -> None:
        """Note rows (n, columns)."""
        ids = block[:, 0].tolist()
        slots = self.slots
        places = [slots[each] if each in slots else self._slot(each) for each in ids]
        self._rows[places] = block

    def _slot(self, track_id: int) -> int:
        if not self._free:
            size = len(self._rows)
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._free = list(range(2 * size - 1, size - 1, -1))
        slot = self.slots[track_id] = self._free.pop()
        return slot

    def drop(self, track_id: int) -> None:
        """Forget a track."""
        slot = self.slots.pop(track_id, None)
        if slot is not None:
            self._free.append(slot)

    def rows(self, track_ids: Iterable[int]) -> Ints:
        """Return the rows (n, columns) of those that are there, in the order asked for."""
        return self._rows[[self.slots[each] for each in track_ids if each in self.slots]]

    def one(self, track_id: int) -> PositionNow | None:
        """Return where a track is; None where nothing was estimated."""
        slot = self.slots.get(track_id)
        return None if slot is None else position(self._rows[slot].tolist())

    def to_bytes(self) -> bytes:
        """Return all rows, in order of id, little-endian."""
        return self.rows(sorted(self.slots)).astype("<i8").tobytes()

    def from_bytes(self, kept: bytes) -> None:
        """Take in what `to_bytes` gave."""
        self.put(np.frombuffer(kept, "<i8").reshape(-1, len(COLUMNS)).astype(np.int64))


def blocks(fact: TracksEstimated, tick: int) -> Ints:
    """Return the rows (n, columns) of a fact; raises Malformed where a column does not have a row for each track."""
    block: Ints = np.empty((fact.rows, len(COLUMNS)), np.int64)
    try:
        block[:, 0] = np.frombuffer(fact.track_id, "<i8")
        block[:, 1] = fact.t_ns - np.frombuffer(fact.before_us, "<i4").astype(np.int64) * 1000
        block[:, 2] = tick - np.frombuffer(fact.evidence_tick, "<i4").astype(np.int64)
        for place, name in _TAKEN:
            block[:, place] = np.frombuffer(getattr(fact, name), "u1" if name in NARROW else "<i4")
    except ValueError as error:
        raise Malformed(f"concluded.tracks/1: a column has not {fact.rows} rows: {error}") from error
    worst = block[:, [AT["phase"], AT["mode"]]].max(axis=0, initial=0).tolist()
    if worst[0] >= len(PHASES) or worst[1] >= len(MODES):
        raise Malformed("concluded.tracks/1: a phase or mode has a number that none has")
    return block


def _one(fact: TrackEstimated) -> Ints:
    said = dict.fromkeys(COLUMNS, NOT_KNOWN) | {
        name: getattr(fact, name) for name in fact.__struct_fields__ if name in AT and name != "phase"
    }
    said |= {
        "evidence_at": fact.evidence.tick,
        "evidence_at_index": fact.evidence.index,
        "evidence_item": 0,
        "phase": (Phase.TENTATIVE, Phase.ESTABLISHED, Phase.LOST).index(fact.phase),
        "said_datum": NONE if fact.altitude is None else SAID.index(fact.altitude.datum.value),
        "said_mm": NOT_KNOWN if fact.altitude is None else fact.altitude.value_mm,
        "said_sigma_mm": NOT_KNOWN if fact.alt_sigma_mm is None else fact.alt_sigma_mm,
        "above_datum": NONE if fact.height is None else ABOVE.index(fact.height.datum.value),
        "above_mm": NOT_KNOWN if fact.height is None else fact.height.value_mm,
        "marks": fact.pos_assumed * ASSUMED + fact.simulated * SIMULATED,
        "mode": NONE,
    }
    return np.array([[said[name] for name in COLUMNS]], np.int64)


def position(row: Sequence[int]) -> PositionNow:
    """Return one row as people see it."""
    of = dict(zip(COLUMNS, row, strict=True))
    known = {name: None if value == NOT_KNOWN else value for name, value in of.items()}
    return PositionNow(
        t_ns=of["t_ns"],
        phase=PHASES[of["phase"]],
        existence_ppm=known["existence_ppm"],
        lat_e7=of["lat_e7"],
        lon_e7=of["lon_e7"],
        alt_hae_mm=known["alt_mm"],
        pos_sigma_mm=of["pos_sigma_mm"],
        pos_assumed=bool(of["marks"] & ASSUMED),
        up_sigma_mm=known["up_sigma_mm"],
        vel_east_mmps=of["vel_east_mmps"],
        vel_north_mmps=of["vel_north_mmps"],
        vel_up_mmps=known["vel_up_mmps"],
        altitude=_height(known["said_mm"], of["said_datum"], SAID),
        height=_height(known["above_mm"], of["above_datum"], ABOVE),
        said_sigma_mm=known["said_sigma_mm"],
        reports=of["reports"],
        simulated=bool(of["marks"] & SIMULATED),
        manned=bool(of["marks"] & MANNED),
        mode=MODES[of["mode"]] if of["mode"] < len(MODES) else None,
        evidence=FactAt(tick=of["evidence_at"], index=of["evidence_at_index"]),
    )


def row(track_id: int, of: PositionNow) -> list[int]:
    """Return the row that `position` read; of which plot of a scan it came is not kept, and is 0."""
    said: dict[str, int | None] = {name: getattr(of, name, None) for name in COLUMNS} | {
        "track_id": track_id,
        "evidence_at": of.evidence.tick,
        "alt_mm": of.alt_hae_mm,
        "evidence_at_index": of.evidence.index,
        "evidence_item": 0,
        "phase": PHASES.index(of.phase),
        "said_datum": NONE if of.altitude is None else SAID.index(of.altitude.datum),
        "said_mm": None if of.altitude is None else of.altitude.value_mm,
        "above_datum": NONE if of.height is None else ABOVE.index(of.height.datum),
        "above_mm": None if of.height is None else of.height.value_mm,
        "marks": of.pos_assumed * ASSUMED + of.simulated * SIMULATED + of.manned * MANNED,
        "mode": NONE if of.mode is None else MODES.index(of.mode),
    }
    return [NOT_KNOWN if value is None else int(value) for value in map(said.__getitem__, COLUMNS)]


def _height(value_mm: int | None, datum: int, named: tuple[str, ...]) -> HeightNow | None:
    return None if value_mm is None or datum >= len(named) else HeightNow(value_mm=value_mm, datum=named[datum])
