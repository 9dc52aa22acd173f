"""What the ladder remembers of each track, between two looks at it: tables with a row a track, as bytes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch import carried
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.senses import BODY, FAMILIES, FAMILY
from skykeep.watch.table import MODALITIES

_MODALITIES, _FAMILIES = len(MODALITIES), len(FAMILIES)

# columns of `ints` (n, INTS + 2 * words)
TOLD = 0  # families that were told, a bit each
LIGHT_NS, LIGHT_SENSOR = 1, 2  # when light last came from a direction, and the sensor's row
REF = 3  # tick and index of the latest report of each family
HELP = REF + 2 * _FAMILIES  # of each of `SOLE`: sensor time of the latest presence that was of this track, and count
SOLE = tuple(m for m in range(_MODALITIES) if BODY[FAMILY[m]])  # modalities of which a presence can be of a track
INTS = HELP + 2 * len(SOLE)
AZIMUTH, AZIMUTH_SIGMA, ELEVATION, ELEVATION_SIGMA = range(4)  # columns of `floats`: that direction
FLOATS = 4
WORD_BITS = 62  # sensors a word of bits holds
SAW_NS = 10_000_000_000  # a sensor saw it if it did in this or the last such span of time
_NOBODY, _NOWHERE = np.zeros(1, np.int64), np.zeros(FLOATS)


class LadderMemory(msgspec.Struct, kw_only=True):
    """What the ladder remembers of each track, sorted by id: arrays as bytes, so that it is stored as it is."""

    ids: bytearray = msgspec.field(default_factory=bytearray)  # (n, 1) int64
    ints: bytearray = msgspec.field(default_factory=bytearray)  # (n, INTS + 2 * words) int64
    floats: bytearray = msgspec.field(default_factory=bytearray)  # (n, FLOATS) float64
    helped: bool = False  # a presence was of a track once
    words: int = 1  # of bits, one a sensor: those that saw it in this span of time, then those of the span before
    span: int = 0


def arrays(memory: LadderMemory) -> tuple[Ints, Floats]:
    """Return the memory's arrays; what is written to them is remembered."""
    return carried.ints(memory.ints, INTS + 2 * memory.words), carried.floats(memory.floats, FLOATS)


def fit(memory: LadderMemory, ids: Ints, sensors: int, now_ns: int) -> None:
    """Give the memory a row for each track, a bit for each sensor, and today's span of time."""
    words = max(1, -(-sensors // WORD_BITS))
    if words != memory.words:
        _widen(memory, words)
    before = carried.rows_before(carried.ints(memory.ids, 1), ids)
    if before is not None:
        _keep(memory, before)
        memory.ids = bytearray(ids.tobytes())
    span = now_ns // SAW_NS
    if span != memory.span:
        ints = arrays(memory)[0]
        latest = ints[:, INTS : INTS + words].copy()
        ints[:, INTS + words :] = latest if span == memory.span + 1 else 0
        ints[:, INTS : INTS + words] = 0
        memory.span = span


def forget(memory: LadderMemory, track_ids: Iterable[int]) -> None:
    """Drop what is known of these tracks."""
    left = carried.rows_left(carried.ints(memory.ids, 1), track_ids)
    if left is not None:
        _keep(memory, left)


def _keep(memory: LadderMemory, before: Ints) -> None:
    """Give the memory these rows of its own; nothing is known where that is -1."""
    memory.ids = carried.carried(memory.ids, before, _NOBODY)
    memory.ints = carried.carried(memory.ints, before, np.zeros(INTS + 2 * memory.words, np.int64))
    memory.floats = carried.carried(memory.floats, before, _NOWHERE)


def _widen(memory: LadderMemory, words: int) -> None:
    ints = arrays(memory)[0]
    old = memory.words
    wide = np.zeros((len(ints), INTS + 2 * words), np.int64)
    wide[:, :INTS] = ints[:, :INTS]
    wide[:, INTS : INTS + old] = ints[:, INTS : INTS + old]
    wide[:, INTS + words : INTS + words + old] = ints[:, INTS + old :]
    memory.ints, memory.words = bytearray(wide.tobytes()), words


@kernel
def sight(ints: Ints, seen_ns: Ints, seen: Ints, absence: Floats, own_ns: Ints, own: Ints, in_vain: Floats) -> None:
    """Fill what is known of a track's sightings, by modality: when last, how often, the looks in vain since.

    `ints` is its row here, `seen_ns`, `seen` and `absence` are its rows in `Tracks`; presences that were of it count.
    """
    for m in range(_MODALITIES):
        own_ns[m], own[m], in_vain[m] = int(seen_ns[m]), int(seen[m]), float(absence[m])
    for k in range(len(SOLE)):
        m = SOLE[k]
        help_ns = int(ints[HELP + 2 * k])
        if help_ns > 0 and help_ns >= int(own_ns[m]):
            own_ns[m], in_vain[m] = help_ns, 0.0
        own[m] = int(own[m]) + int(ints[HELP + 2 * k + 1])
