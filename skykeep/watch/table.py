"""The tracks as they are told: arrays with one row a track, sorted by id."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from skykeep.facts.concluded import CLASSES, FLAGS
from skykeep.watch.reports import Floats, Ints

MODALITIES = ("remote_id", "adsb", "radar", "rf", "camera", "acoustic", "witness", "tracks", "other")
RADIOS = 4  # transmitters that a track is bound to at most

TENTATIVE, ESTABLISHED, LOST = range(3)


@dataclasses.dataclass(slots=True)
class Tracks:
    """One row a track, sorted by id; n rows.

    `x` (n, 6): position (m) and velocity (m/s), earth-centred; `p` (n, 6, 6) its covariance; both for the time `t_ns`.
    What follows `r` is written by the tracker each time a track learns something; what follows `told_ns` belongs to the
    later stages, which may write it, and is zero in a new row.
    """

    id: Ints
    uid: Ints  # of its row in the tracker
    phase: Ints
    born_ns: Ints  # when first measured
    t_ns: Ints  # what time the estimate is for
    heard_ns: Ints  # tick time of the last sign of life
    last_ns: Ints  # sensor time of its latest report, repetitions too
    r: Floats  # probability that there is a body
    x: Floats  # (n, 6)
    p: Floats  # (n, 6, 6)
    mode: Floats  # (n, 3): probabilities of hovering, smooth, agile motion
    reports: Ints
    sigma_m: Floats  # level standard deviation of the latest report: averaging does not remove a receiver's drift
    assumed: Ints
    tx: Ints  # (n, RADIOS): transmitters bound to it, the surest first; -1: none
    tx_weight: Floats  # (n, RADIOS): how surely
    seen_ns: Ints  # (n, modalities): when each modality saw it last, sensor time; 0: never
    seen: Ints  # (n, modalities): how often
    absence: Floats  # (n, modalities): log-likelihood of the looks in vain since it was seen last, 0 or negative
    coop: Floats  # (n, 6): the latest fix that the aircraft itself reported, as x
    coop_ns: Ints  # its time; 0: none
    coop_var: Floats  # its level variance, m2
    said_mm: Ints
    said_datum: Ints  # as in Reports
    said_sigma_mm: Ints
    std_mm: Ints
    std_sigma_mm: Ints  # -1: none
    above_mm: Ints
    above_datum: Ints
    above_sigma_mm: Ints
    height_ns: Ints  # when these heights were measured
    manned: Ints
    unmanned: Ints
    simulated: Ints
    rcs_dbsm: Floats  # latest; NaN: never measured
    evidence: Ints  # (n, 3): tick, index and item of the report that moved it last
    told_ns: Ints  # estimate time of what was told last
    told_phase: Ints
    judged_ns: Ints
    manned_told: Ints
    free: Ints  # 1: it was told that no zone is here, in the words that hold now
    steady_m: Floats  # so far from where it was judged last the answer is the same, see `steadiness`; 0: not known
    steady_mm: Ints  # and so far from its heights there
    steady_until_ns: Ints
    steady_datums: Ints  # datums in which a limit is near it, a bit each
    steady_at: Ints  # (n, 7): its place (1e-7 degrees), heights (mm) and what was known of it then
    class_log: Floats  # (n, classes): log-probabilities, not normalised
    class_told: Ints  # the class that was told, 1 + its number; 0: none
    flag_log: Floats  # (n, flags): log-odds
    flag_up: Ints  # (n, flags)
    graded: Ints  # what was last found of its own word: 1 corroborated, 2 contradicted, 0 neither
    rung: Ints  # 1 + the number of the rung that was told; 0: none

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.id)

    def row(self, track_id: int) -> int:
        """Return the row of a track that exists, else where it would be."""
        return int(self.id.searchsorted(track_id))

    def rows(self, track_ids: list[int] | Ints) -> Ints:
        """Return the rows of tracks that exist."""
        return self.id.searchsorted(np.asarray(track_ids, np.int64))


_SHAPES = {
    "x": (6,),
    "p": (6, 6),
    "mode": (3,),
    "tx": (RADIOS,),
    "tx_weight": (RADIOS,),
    "seen_ns": (len(MODALITIES),),
    "seen": (len(MODALITIES),),
    "absence": (len(MODALITIES),),
    "coop": (6,),
    "evidence": (3,),
    "steady_at": (7,),
    "class_log": (len(CLASSES),),
    "flag_log": (len(FLAGS),),
    "flag_up": (len(FLAGS),),
}


def no_tracks(count: int = 0) -> Tracks:
    """Return `count` rows of zeros, with -1 where that means "none"."""
    arrays: dict[str, Any] = {}
    for field in dataclasses.fields(Tracks):
        kind = np.float64 if field.type == "Floats" else np.int64
        arrays[field.name] = np.zeros((count, *_SHAPES.get(field.name, ())), kind)
    for name in ("tx", "said_datum", "std_sigma_mm", "above_datum"):
        arrays[name][:] = -1
    arrays["rcs_dbsm"][:] = np.nan
    return Tracks(**arrays)


def append_rows(tracks: Tracks, more: Tracks) -> None:
    """Add rows at the end; their ids are greater than all there are."""
    for field in dataclasses.fields(Tracks):
        both = np.concatenate([getattr(tracks, field.name), getattr(more, field.name)])
        setattr(tracks, field.name, both)


def keep_rows(tracks: Tracks, kept: npt.NDArray[np.bool_]) -> None:
    """Drop the rows where `kept` (n,) is False."""
    rows = np.flatnonzero(kept)
    for field in dataclasses.fields(Tracks):
        setattr(tracks, field.name, getattr(tracks, field.name).take(rows, axis=0))
