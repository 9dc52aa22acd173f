"""How far an identity is to be believed: contradicted, self-declared, corroborated, signed.

    a flag of the binding of names (one serial in two places ...), or one of `CONTRADICTS`   contradicted
    the message is signed                                                                   signed
    a body is seen where it says, by a sense of another kind                                corroborated
    else                                                                                    self-declared

What contradicts comes first: a signature proves who wrote a message, not that its sender is where it says, nor that
this is the first time it is sent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skykeep.facts.concluded import FLAGS, Trust
from skykeep.watch.reports import Ints
from skykeep.watch.table import MODALITIES, Tracks

CONTRADICTS = {
    "rid_without_body": True,  # nobody flies where it says that it flies
    "body_without_rid": False,  # it says nothing, so nothing it says is wrong
    "rid_offset": True,  # it flies, but not where it says
    "impossible_motion": True,  # one of the places was not its own
    "beyond_radio_horizon": True,  # the sender stands elsewhere
    "replayed": True,  # it was true once, of another time
}
RECENT_NS = 5_000_000_000  # a body seen, and a place said, this shortly before the estimate
SIGHTS_LEAST = 2  # a single sight may be a false report

SELF_REPORTING = tuple(MODALITIES.index(name) for name in ("remote_id", "adsb"))
SEEING_BODIES = tuple(MODALITIES.index(name) for name in ("radar", "camera", "acoustic"))
_CONTRADICTING = tuple(number for number, flag in enumerate(FLAGS) if CONTRADICTS[flag])


def grade(tracks: Tracks, row: int, *, signed: bool, lies: bool) -> Trust:
    """Return the grade of what one track says of itself; `lies`: a flag of the binding of names is up."""
    rows = np.array([row], np.int64)
    if lies or bool(contradicted(tracks, rows)[0]):
        return Trust.CONTRADICTED
    if signed:
        return Trust.SIGNED
    return Trust.CORROBORATED if bool(corroborated(tracks, rows)[0]) else Trust.SELF_DECLARED


def contradicted(tracks: Tracks, rows: Ints) -> npt.NDArray[np.bool_]:
    """Return (k,) whether a flag is up that contradicts what a track says of itself."""
    up = np.zeros(len(rows), np.bool_)
    for flag in _CONTRADICTING:
        up |= tracks.flag_up[rows, flag] != 0
    return up


def corroborated(tracks: Tracks, rows: Ints) -> npt.NDArray[np.bool_]:
    """Return (k,) whether a body was seen lately, by another sense, where a track says of itself that it is.

    The tracker binds a sight and a self-report to one track only where both fit one place.
    """
    return _lately(tracks, rows, SELF_REPORTING, 1) & _lately(tracks, rows, SEEING_BODIES, SIGHTS_LEAST)


def _lately(tracks: Tracks, rows: Ints, modalities: tuple[int, ...], least: int) -> npt.NDArray[np.bool_]:
    """Return (k,) whether one of these modalities saw a track lately, and often enough all together."""
    count = np.zeros(len(rows), np.int64)
    lately = np.zeros(len(rows), np.bool_)
    for modality in modalities:
        count += tracks.seen[rows, modality]
        lately |= tracks.seen_ns[rows, modality] >= tracks.t_ns[rows] - RECENT_NS
    return lately & (count >= least)
