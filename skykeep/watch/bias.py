"""Registration bias: how far a sensor's range, azimuth and elevation are off, by aircraft that say where they are.

What is compared is the raw measurement with the place that the aircraft itself reports, never with a track, which the
biased sensor has pulled already. Each aircraft has one vote for each component: the mean of its residuals, whose
variance never falls below what the aircraft's own receiver leaves, for a receiver's error does not average out. The
votes meet in a redescending M-estimate that starts at their weighted median and is scaled by their median deviation
(Huber 1981, sections 3.2, 4.8 and 5; Beaton, Tukey 1974 for the weights), so that a lying minority is left out. See
docs/explanation/bias.md. Components are in the order range (m), azimuth, elevation (rad) throughout.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from skykeep.facts.concluded import BiasEstimated
from skykeep.geo.exact import PI, atan2, exp
from skykeep.geo.frames import ecef_to_enu
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import UP_SIGMA_UNKNOWN_M, Floats, Ints

VOTERS = 128  # aircraft remembered a sensor
HELD = 64  # values kept a sensor, one a second at most
VOTES_MIN = 5  # fewer agree on nothing
AGREE_MIN = 0.6  # share of the votes that must be within the gate
MEMORY_S = 60.0  # a residual counts 1/e after this long
SILENT_NS = 60_000_000_000  # a voter that was not measured for this long makes room
LOOKS_MAX = 20.0  # more looks at one aircraft do not make its vote heavier
WIDE = (400.0, 0.2, 0.2)  # further off is no bias but another aircraft
GATE = 4.0  # sigma
BITE = 3.0  # sigma, further than that one look cannot pull a vote
ON, OFF = 3.0, 2.0  # sigma from zero to apply, and to stop
ON_SHARE, OFF_SHARE = 0.2, 0.1  # of the sensor's own sigma, likewise
SUSTAINED = 5  # evaluations in a row
EVERY_NS = 1_000_000_000  # evaluated at most so often
TELL_NS = 10_000_000_000  # told at most so often
JUMPS = 3  # scans in a row that all contradict the estimate: the antenna was moved
FIX_SIGMA_MIN_M = 1.0  # nobody's receiver is believed to be better
FIX_SPEED_SIGMA_MPS = 1.0  # of the velocity that extrapolates a fix
FIX_ACCELERATION_MPS2 = 2.0  # of what an aircraft does between its fixes
FIX_AGE_MAX_S = 3.0
TUKEY = 4.685  # 95 % efficient for normal errors
ROUNDS = 12

_SHAPES: dict[str, tuple[int, ...]] = {
    "source": (VOTERS,), "heard_ns": (VOTERS,), "mean": (VOTERS, 3), "looks": (VOTERS, 3), "noise": (VOTERS, 3),
    "shared": (VOTERS, 3), "value": (3,), "variance": (3,), "sigma": (3,), "votes": (3,), "applied": (3,),
    "streak": (3,), "jumps": (3,), "told": (3,), "told_applied": (3,), "from_ns": (HELD,), "held": (HELD, 3),
}  # fmt: skip
_NEVER = -(2**62)
_START = {"source": -1, "from_ns": _NEVER, "evaluated_ns": _NEVER, "told_ns": _NEVER, "heard_ns": _NEVER}


@dataclasses.dataclass(slots=True)
class Biases:
    """One row a sensor, s rows: who voted what (v = VOTERS), what follows from it, and what held when (h = HELD)."""

    source: Ints  # (s, v) who; -1: nobody
    heard_ns: Ints  # (s, v) when last
    mean: Floats  # (s, v, 3) its residual, on average
    looks: Floats  # (s, v, 3) of how many, fading with time
    noise: Floats  # (s, v, 3) variance of one look
    shared: Floats  # (s, v, 3) variance that all looks at it have in common
    value: Floats  # (s, 3) the estimate
    variance: Floats  # (s, 3); 0: there is no estimate
    sigma: Floats  # (s, 3) the sensor's own standard deviation
    votes: Ints  # (s, 3) that agree
    applied: Ints  # (s, 3) 1: taken off the measurements
    streak: Ints  # (s, 3) evaluations in a row that speak for a change of `applied`
    jumps: Ints  # (s, 3) scans in a row that contradict the estimate
    pairs: Ints  # (s,) residuals within the gate so far
    refused: Ints  # (s,) and outside it
    evaluated_ns: Ints  # (s,)
    told: Floats  # (s, 3)
    told_applied: Ints  # (s, 3)
    told_ns: Ints  # (s,)
    from_ns: Ints  # (s, h) from when on `held` holds, ascending
    held: Floats  # (s, h, 3) to take off a measurement

    def __len__(self) -> int:
        """Return the number of sensors."""
        return len(self.pairs)

    def at(self, row: int, t_ns: int) -> tuple[float, float, float]:
        """Return what to take off a measurement of that time: range (m), azimuth, elevation (rad)."""
        if row >= len(self):
            return 0.0, 0.0, 0.0
        held = self.held[row, _entry(self.from_ns[row], t_ns)]
        return float(held[0]), float(held[1]), float(held[2])

    def at_all(self, rows: Ints, t_ns: Ints) -> Floats:
        """Return the same for many measurements, (n, 3)."""
        out = np.zeros((len(rows), 3))
        _at_all(self.from_ns, self.held, rows, t_ns, out)
        return out


def no_biases(count: int = 0) -> Biases:
    """Return `count` sensors of which nothing is known; nothing is taken off."""
    arrays: dict[str, Any] = {}
    for field in dataclasses.fields(Biases):
        kind = np.float64 if field.type == "Floats" else np.int64
        arrays[field.name] = np.full((count, *_SHAPES.get(field.name, ())), _START.get(field.name, 0), kind)
    return Biases(**arrays)


def grow(biases: Biases, count: int) -> None:
    """Make it `count` sensors, if it is fewer."""
    if len(biases) >= count:
        return
    more = no_biases(count - len(biases))
    for field in dataclasses.fields(Biases):
        setattr(biases, field.name, np.concatenate([getattr(biases, field.name), getattr(more, field.name)]))


@dataclasses.dataclass(slots=True)
class Residuals:
    """Raw measurements less what the aircraft's own fix lets expect, k rows; NaN where a component is not measured."""

    source: Ints  # (k,) the aircraft: a number that stays the same, as its track's
    value: Floats  # (k, 3)
    noise: Floats  # (k, 3) variance, of the sensor and of the extrapolation: new with each look
    shared: Floats  # (k, 3) variance of the fix: taken to be the same at each look


def residuals(
    frame: Floats,
    polar: Floats,
    var: Floats,
    t_ns: Ints,
    source: Ints,
    *,
    fix: Floats,
    fix_ns: Ints,
    level_var: Floats,
    up_var: Floats,
) -> Residuals:
    """Return how far a sensor's raw measurements are from the aircraft's own word.

    `frame` (4, 3) at the sensor; `polar`, `var` (k, 3) raw and its variances, NaN where not measured or not known;
    `fix` (k, 6) position and velocity, earth-centred, for `fix_ns`; variances in m2 along each level axis and straight
    up, negative where not known. A fix more than FIX_AGE_MAX_S older or younger than the measurement says nothing.
    """
    out = np.empty((3, len(polar), 3))
    _residuals(frame, polar, var, t_ns, fix, fix_ns, level_var, up_var, out)
    return Residuals(source=source, value=out[0], noise=out[1], shared=out[2])


def learn(biases: Biases, row: int, sensor_id: str, t_ns: int, found: Residuals, from_ns: int) -> BiasEstimated | None:
    """Learn from a sensor's residuals in one settled slot, at `t_ns`; what follows holds from `from_ns` on.

    Returns what is to be told: that the estimate moved by a sigma or that its use changed. The order of rows does not
    matter.
    """
    grow(biases, row + 1)
    order = np.lexsort((*found.value.T[::-1], found.source))
    value, noise, shared = found.value[order], found.noise[order], found.shared[order]
    value[np.abs(value) > np.array(WIDE)] = np.nan
    _restart(
        value, noise, shared, biases.value[row], biases.variance[row], biases.jumps[row], biases.looks[row],
    )  # fmt: skip
    _remember(
        t_ns, found.source[order], value, noise, shared,
        biases.source[row], biases.heard_ns[row], biases.mean[row], biases.looks[row], biases.noise[row],
        biases.shared[row],
    )  # fmt: skip
    first = bool(biases.evaluated_ns[row] == _NEVER)
    due = t_ns - int(biases.evaluated_ns[row]) >= EVERY_NS
    if due:
        _evaluate(biases, row, t_ns)
        _hold(biases, row, from_ns)
    used = _within(value, noise, shared, biases.value[row], biases.variance[row])
    biases.pairs[row] += used
    biases.refused[row] += len(value) - used
    return _told(biases, row, sensor_id, t_ns) if due or first else None


def _evaluate(biases: Biases, row: int, t_ns: int) -> None:
    biases.evaluated_ns[row] = t_ns
    for c in range(3):
        mean, var = np.full(VOTERS, np.nan), np.empty(VOTERS)
        sigma = _votes(
            t_ns, biases.heard_ns[row], biases.mean[row, :, c], biases.looks[row, :, c], biases.noise[row, :, c],
            biases.shared[row, :, c], mean, var,
        )  # fmt: skip
        value, variance, votes, cast = consensus(mean, var)
        agreed = votes >= VOTES_MIN and votes >= AGREE_MIN * cast
        biases.votes[row, c], biases.sigma[row, c] = votes, sigma
        biases.value[row, c], biases.variance[row, c] = (value, variance) if agreed else (0.0, 0.0)
        _weigh(biases, row, c)


def _weigh(biases: Biases, row: int, c: int) -> None:
    """Decide whether a component is taken off: it must be sure and large, several times in a row."""
    size, spread = abs(float(biases.value[row, c])), math.sqrt(float(biases.variance[row, c]))
    sigma, applied = float(biases.sigma[row, c]), bool(biases.applied[row, c])
    if spread == 0.0:
        wanted = False
    elif applied:
        wanted = size > OFF * spread and size > OFF_SHARE * sigma
    else:
        wanted = size > ON * spread and size > ON_SHARE * sigma
    biases.streak[row, c] = biases.streak[row, c] + 1 if wanted != applied else 0
    if biases.streak[row, c] >= SUSTAINED:
        biases.applied[row, c] = int(wanted)
        biases.streak[row, c] = 0


def _hold(biases: Biases, row: int, from_ns: int) -> None:
    """Write down what is taken off from now on; a component that was lost sight of keeps what held."""
    held = np.where(biases.variance[row] > 0.0, biases.value[row], biases.held[row, -1])
    held = np.where(biases.applied[row] == 1, held, 0.0)
    if (held == biases.held[row, -1]).all():
        return
    for array in (biases.from_ns[row], biases.held[row]):
        array[:-1] = array[1:].copy()
    biases.from_ns[row, -1], biases.held[row, -1] = from_ns, held


def _told(biases: Biases, row: int, sensor_id: str, t_ns: int) -> BiasEstimated | None:
    known = biases.variance[row] > 0.0
    flipped = bool((biases.applied[row] != biases.told_applied[row]).any())
    moved = biases.value[row] - biases.told[row]
    news = bool((known & (moved * moved > biases.variance[row])).any())
    rested = t_ns - int(biases.told_ns[row]) >= TELL_NS
    if not rested or not (flipped or news):
        return None
    biases.told[row], biases.told_applied[row], biases.told_ns[row] = biases.value[row], biases.applied[row], t_ns
    value = [round(float(v) * scale) for v, scale in zip(biases.value[row], _SCALE, strict=True)]
    wide = [w * scale for w, scale in zip(WIDE, _SCALE, strict=True)]
    spread = [math.sqrt(float(v)) * scale for v, scale in zip(biases.variance[row], _SCALE, strict=True)]
    sigma = [math.ceil(s) if k else round(w) for s, k, w in zip(spread, known, wide, strict=True)]
    return BiasEstimated(
        sensor_id=sensor_id,
        t_ns=t_ns,
        range_mm=value[0],
        range_sigma_mm=sigma[0],
        azimuth_urad=value[1],
        azimuth_sigma_urad=sigma[1],
        elevation_urad=value[2],
        elevation_sigma_urad=sigma[2],
        pairs=int(biases.pairs[row]),
        refused=int(biases.refused[row]),
        applied=bool(biases.applied[row].any()),
    )


_SCALE = (1e3, 1e6, 1e6)  # to mm and microradians


# ---- kernels ---------------------------------------------------------------------------------------------------------


@kernel
def _entry(from_ns: Ints, t_ns: int) -> int:
    """Return which of the ascending entries holds at a time; before all of them the first, which holds zeros."""
    k = int(from_ns.shape[0]) - 1
    while k > 0 and int(from_ns[k]) > int(t_ns):
        k -= 1
    return k


@kernel
def _at_all(from_ns: Ints, held: Floats, rows: Ints, t_ns: Ints, out: Floats) -> None:
    for i in range(rows.shape[0]):
        row = int(rows[i])
        if row < from_ns.shape[0]:
            k = _entry(from_ns[row], int(t_ns[i]))
            for c in range(3):
                out[i, c] = held[row, k, c]


@kernel
def _residuals(
    frame: Floats, polar: Floats, var: Floats, t_ns: Ints, fix: Floats, fix_ns: Ints, level_var: Floats, up_var: Floats,
    out: Floats,
) -> None:  # fmt: skip
    """Fill `out` (3, k, 3): residual, variance new with each look, variance of the fix.

    A fix's errors are turned into the sensor's polar frame to first order: with g the level distance, u the height and
    r the slant range, dr = (g dg + u du) / r, da = dl / g, de = (g du - u dg) / r2.
    """
    for i in range(polar.shape[0]):
        dt = float(int(t_ns[i]) - int(fix_ns[i])) / 1e9
        e, n, u = ecef_to_enu(
            frame,
            float(fix[i, 0]) + float(fix[i, 3]) * dt,
            float(fix[i, 1]) + float(fix[i, 4]) * dt,
            float(fix[i, 2]) + float(fix[i, 5]) * dt,
        )
        g2 = e * e + n * n
        r2 = g2 + u * u
        if not -FIX_AGE_MAX_S <= dt <= FIX_AGE_MAX_S or not g2 >= 100.0:
            for c in range(3):
                out[0, i, c], out[1, i, c], out[2, i, c] = math.nan, 1.0, 1.0
            continue
        drift = FIX_SPEED_SIGMA_MPS * dt
        swerve = 0.5 * FIX_ACCELERATION_MPS2 * dt * dt
        moved = drift * drift + swerve * swerve
        level = max(float(level_var[i]), FIX_SIGMA_MIN_M * FIX_SIGMA_MIN_M)
        up = float(up_var[i])
        up = UP_SIGMA_UNKNOWN_M * UP_SIGMA_UNKNOWN_M if not up >= 0.0 else max(up, FIX_SIGMA_MIN_M * FIX_SIGMA_MIN_M)
        out[0, i, 0] = float(polar[i, 0]) - math.sqrt(r2)
        turn = float(polar[i, 1]) - atan2(e, n)
        out[0, i, 1] = turn - 2.0 * PI * math.floor(turn / (2.0 * PI) + 0.5)
        out[0, i, 2] = float(polar[i, 2]) - atan2(u, math.sqrt(g2))
        for c in range(3):
            if not float(var[i, c]) > 0.0:  # no declared error, so nothing to weigh it with
                out[0, i, c] = math.nan
        out[1, i, 0] = float(var[i, 0]) + moved
        out[1, i, 1] = float(var[i, 1]) + moved / g2
        out[1, i, 2] = float(var[i, 2]) + moved / r2
        out[2, i, 0] = (g2 * level + u * u * up) / r2
        out[2, i, 1] = level / g2
        out[2, i, 2] = (g2 * up + u * u * level) / (r2 * r2)


@kernel
def _voter(source: Ints, heard_ns: Ints, who: int, t_ns: int) -> int:
    """Return the place of a voter: its own, else a free one, else that of one long silent, else -1."""
    free = -1
    for j in range(source.shape[0]):
        if int(source[j]) == who:
            return j
        if free < 0 and (int(source[j]) < 0 or t_ns - int(heard_ns[j]) > SILENT_NS):
            free = j
    return free


@kernel
def _remember(
    t_ns: int, who: Ints, value: Floats, noise: Floats, shared: Floats,
    source: Ints, heard_ns: Ints, mean: Floats, looks: Floats, looks_noise: Floats, looks_shared: Floats,
) -> None:  # fmt: skip
    """Let each voter's means take in its residuals: fading averages into which no single look bites deep."""
    for i in range(who.shape[0]):
        j = _voter(source, heard_ns, int(who[i]), int(t_ns))
        if j < 0:
            continue
        if int(source[j]) != int(who[i]):
            source[j] = who[i]
            for c in range(3):
                looks[j, c] = 0.0
        elif int(heard_ns[j]) < int(t_ns):
            fade = exp(-float(int(t_ns) - int(heard_ns[j])) / (MEMORY_S * 1e9))
            for c in range(3):
                looks[j, c] = float(looks[j, c]) * fade
        heard_ns[j] = t_ns
        for c in range(3):
            if math.isnan(value[i, c]):
                continue
            before = float(looks[j, c])
            if before < 1e-3:
                mean[j, c], looks_noise[j, c], looks_shared[j, c] = 0.0, 0.0, 0.0
                before = 0.0
            step = float(value[i, c]) - float(mean[j, c])
            if before > 0.0:
                bite = BITE * math.sqrt(float(noise[i, c]) * (1.0 + 1.0 / before))
                step = max(-bite, min(bite, step))
            now = before + 1.0
            looks[j, c] = now
            mean[j, c] = float(mean[j, c]) + step / now
            looks_noise[j, c] = float(looks_noise[j, c]) + (float(noise[i, c]) - float(looks_noise[j, c])) / now
            looks_shared[j, c] = float(looks_shared[j, c]) + (float(shared[i, c]) - float(looks_shared[j, c])) / now


@kernel
def _votes(
    t_ns: int, heard_ns: Ints, mean: Floats, looks: Floats, noise: Floats, shared: Floats, out: Floats, var: Floats
) -> float:
    """Fill in each vote of one component and its variance; returns the standard deviation of the surest look."""
    least = 0.0
    for j in range(mean.shape[0]):
        age = float(int(t_ns) - int(heard_ns[j])) / 1e9
        count = float(looks[j]) * exp(-age / MEMORY_S) if float(looks[j]) > 0.0 and age < 1e3 else 0.0
        if count < 0.3:
            continue
        out[j] = mean[j]
        var[j] = float(noise[j]) / min(count, LOOKS_MAX) + float(shared[j])
        if least == 0.0 or float(noise[j]) < least:
            least = float(noise[j])
    return math.sqrt(least)


@kernel
def _median(value: Floats, weight: Floats, order: Ints) -> float:
    """Return the weighted median, lower one; `order` sorts the values."""
    total = 0.0
    for k in range(order.shape[0]):
        total += float(weight[order[k]])
    below = 0.0
    for k in range(order.shape[0]):
        below += float(weight[order[k]])
        if below >= 0.5 * total:
            return float(value[order[k]])
    return math.nan


@kernel
def consensus(value: Floats, var: Floats) -> tuple[float, float, int, int]:
    """Return what most votes agree on: estimate, variance, votes within the gate, votes cast; NaN is no vote.

    Weighted median, then Tukey's biweight, ROUNDS times; the scale is the median of the normalised deviations, never
    below what the variances say and at most three times that.
    """
    rows = np.empty(value.shape[0], np.int64)
    cast = 0
    for j in range(value.shape[0]):
        if not math.isnan(value[j]):
            rows[cast] = j
            cast += 1
    if cast == 0:
        return 0.0, 0.0, 0, 0
    votes, weight, off = np.empty(cast), np.empty(cast), np.empty(cast)
    for k in range(cast):
        votes[k] = value[rows[k]]
        weight[k] = 1.0 / float(var[rows[k]])
    middle = _median(votes, weight, np.argsort(votes, kind="mergesort"))
    for k in range(cast):
        off[k] = abs(float(votes[k]) - middle) * math.sqrt(float(weight[k]))
    scale = 1.4826 * _median(off, np.ones(cast), np.argsort(off, kind="mergesort"))
    scale = max(1.0, min(3.0, scale))
    information, spread = 0.0, 0.0
    for _ in range(ROUNDS):
        moment, information, spread = 0.0, 0.0, 0.0
        for k in range(cast):
            d = (float(votes[k]) - middle) * math.sqrt(float(weight[k])) / (TUKEY * scale)
            if d * d < 1.0:
                w = (1.0 - d * d) * (1.0 - d * d)
                moment += w * float(weight[k]) * (float(votes[k]) - middle)
                information += w * float(weight[k])
                spread += w * w * float(weight[k])
        if information > 0.0:
            middle = middle + moment / information
    within = 0
    for k in range(cast):
        d = (float(votes[k]) - middle) * math.sqrt(float(weight[k])) / scale
        if d * d <= GATE * GATE:
            within += 1
    if information <= 0.0:
        return middle, 0.0, 0, cast
    return middle, scale * scale * spread / (information * information), within, cast


@kernel
def _restart(
    value: Floats, noise: Floats, shared: Floats, estimate: Floats, variance: Floats, jumps: Ints, looks: Floats
) -> None:
    """Forget a component's votes once enough scans in a row contradict them."""
    off, var = np.empty(value.shape[0]), np.empty(value.shape[0])
    for c in range(3):
        if float(variance[c]) <= 0.0:
            continue
        for i in range(value.shape[0]):
            off[i] = value[i, c]
            var[i] = float(noise[i, c]) + float(shared[i, c])
        now, spread, votes, _ = consensus(off, var)
        if votes < VOTES_MIN:
            continue
        jump = now - float(estimate[c])
        contradicts = jump * jump > GATE * GATE * (spread + float(variance[c]))
        jumps[c] = int(jumps[c]) + 1 if contradicts else 0
        if jumps[c] >= JUMPS:
            for j in range(looks.shape[0]):
                looks[j, c] = 0.0
            jumps[c] = 0


@kernel
def _within(value: Floats, noise: Floats, shared: Floats, middle: Floats, variance: Floats) -> int:
    """Return how many rows are within the gate in each component that they measure, and measure one at all."""
    count = 0
    for i in range(value.shape[0]):
        fits, measured = True, False
        for c in range(3):
            if math.isnan(value[i, c]):
                continue
            measured = True
            d = float(value[i, c]) - float(middle[c])
            if float(variance[c]) > 0.0 and d * d > GATE * GATE * (
                float(noise[i, c]) + float(shared[i, c]) + float(variance[c])
            ):
                fits = False
        if fits and measured:
            count += 1
    return count
