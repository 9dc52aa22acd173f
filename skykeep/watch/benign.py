"""What else a report may have been: a manned aircraft, a permitted flight, a planet, a known balloon, or nothing.

Each explanation has a probability, the strongest stands first, and none deletes or permits anything. The model is
Bayes' rule over a list of hypotheses of which one is true: "something of its own", of weight 1, and the explanations.

    weight     = prior * agreement
               = prior * at most 1 * mismatch ** m, with m causes that saw it which this cannot move
    nothing    = product over the families that saw it of false ** n, n how often, at most 4; 1 of words and emissions
    of its own = exp(log-likelihood of the looks in vain of those who cover it)

Agreement says how much better the explanation foretells where the report lies than chance does. For a place, chance is
a disk of `CHANCE_RADIUS_M`, and the two places differ as their covariances say; heights that differ only ever count
against. For a bearing chance is the full circle, for an elevation the low sky. Within a mere area all are alike: 1.
What cannot have moved all the senses that saw it leaves something of its own in that very place, so that the place
speaks for it no more.

The priors, `_FALSE` and `_MISMATCH` are judgements, not measurements: docs/explanation/existence.md names and defends
them. A bearing is what a camera or a witness gave as one (ScanReported with azimuths), or the line from where a witness
stands (its sensor's declared place) to where the witness puts the thing. The place that a camera gives is no bearing:
to know a distance it must have seen it move against the background, which a planet never does.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterator, Mapping

import numpy as np

from skykeep.facts.enacted import BodiesSampled, Body, ObjectKnown
from skykeep.geo.exact import PI, atan2, exp, hypot2
from skykeep.geo.frames import RAD_PER_DEG, ecef_to_enu, ecef_to_geodetic, enu_frame, geodetic_to_ecef
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.senses import BODY, CAUSE, CAUSES, ECHO, EYE, FAMILIES, LIGHT, SOUND, UNKNOWN
from skykeep.watch.table import LOST, Tracks

Place = tuple[float, float, float]
"""Earth-centred, metres."""

Explained = tuple[tuple[str, str, int], ...]
"""(kind, which, ppm), the strongest first."""

_ANY = tuple(range(len(FAMILIES)))
_SEEN = (ECHO, LIGHT, EYE, UNKNOWN)
PRIOR: dict[str, tuple[float, tuple[int, ...]]] = {
    "manned_aircraft": (1.0, (*_SEEN, SOUND)),
    "permitted": (1.0, _ANY),
    "planet": (0.5, (LIGHT, EYE)),
    "star": (0.05, (LIGHT, EYE)),
    "body": (0.1, (LIGHT, EYE)),
    "balloon": (1.0, _SEEN),
    "kite": (1.0, _SEEN),
    "crane": (1.0, _SEEN),
    "lantern": (1.0, _SEEN),
    "other": (1.0, (*_SEEN, SOUND)),
}
"""By kind: odds against "something of its own" before it is known where either is; families that it can move."""

NOTHING = "nothing"
_FALSE = (0.01, 0.05, 0.1, 0.1, 0.3, 0.2, 0.2)  # by family: odds that a report is of nothing at all
_FALSE_COUNT_MAX = 4  # looks beyond these are not independent of them; of what only talks, the second is not
_MISMATCH = 0.01  # that something else moved a sense which the explanation cannot
_ITSELF = 19.0  # odds that a track which says that it is the manned or permitted one is
_LISTED_PPM = 10_000
_LISTED_MAX = 5

CHANCE_RADIUS_M = 5_000.0
_CHANCE_AREA_M2 = PI * CHANCE_RADIUS_M * CHANCE_RADIUS_M
_CHANCE_ELEVATION = PI / 4.0
_OWN_SIZE_VAR_M2 = 2_500.0  # two fixes of one aircraft differ by 50 m and more: another antenna, a stale height
_GATE_M = 20_000.0  # nothing farther explains a report
_FAR = 25.0  # squared distance in standard deviations beyond which the agreement is none
_OLD_S = 60.0  # an aircraft that nobody heard of for longer explains nothing
_TURNING_MPS2 = 2.0  # how an aircraft's way between its fix and the report may differ from a straight line
_POINTING_SIGMA = 2.0 * RAD_PER_DEG  # error of a bearing, whatever it says of itself, against the sky
SIGHT_M = 15_000.0  # as far as an aircraft is seen or heard

LOWEST, HIGHEST = -0.5 * RAD_PER_DEG, 25.0 * RAD_PER_DEG  # elevations at which a body is taken for something near
_TWILIGHT = -6.0 * RAD_PER_DEG  # of the sun
FAINTEST_CENTI, FAINTEST_TWILIGHT_CENTI = 150, -100  # magnitudes that are noticed by night, and in twilight
_SKY_REACH_DEG = 1.0  # of latitude: a sky sampled farther away says nothing here
_SKIES_MAX = 64
_MOON, _SUN = "Moon", "Sun"
_PLANETS = ("Mercury", "Venus", "Mars", "Jupiter", "Saturn")
_TURN = 2.0 * PI


@dataclasses.dataclass(slots=True)
class Benign:
    """What is known to be harmless: objects by id, skies in the order of the record. A snapshot is `facts(benign)`."""

    objects: dict[str, ObjectKnown] = dataclasses.field(default_factory=dict)
    skies: list[BodiesSampled] = dataclasses.field(default_factory=list)


def enact(benign: Benign, fact: object) -> None:
    """Take in a fact; one that is neither an object nor a sky changes nothing."""
    if isinstance(fact, ObjectKnown):
        benign.objects[fact.object_id] = fact
    elif isinstance(fact, BodiesSampled):
        benign.skies = [*benign.skies, fact][-_SKIES_MAX:]


def facts(benign: Benign) -> list[ObjectKnown | BodiesSampled]:
    """Return the facts that `enact` makes the same state of."""
    return [*benign.objects.values(), *benign.skies]


@dataclasses.dataclass(slots=True)
class Case:
    """What is to be explained, at one moment: a place with its spread, or an area, or a bearing, or several of them."""

    t_ns: int
    seen: tuple[int, ...]  # how often each family saw it
    in_vain: float  # log-likelihood, 0 or less, of the looks of those who cover it and did not see it
    track_id: int = -1  # the track itself, which is no explanation by being near
    place: Place | None = None
    level_var_m2: float = 0.0  # of the place, along each level axis
    up_var_m2: float = 0.0
    radius_m: float = 0.0  # of an area about the place; 0: no area
    eye: Place | None = None  # where it was seen from
    azimuth: float = math.nan  # rad, clockwise from true north
    azimuth_sigma: float = 0.0
    elevation: float = math.nan
    elevation_sigma: float = 0.0


@dataclasses.dataclass(slots=True)
class Others:
    """The aircraft that may explain a report, k rows: manned ones, and those with a permit."""

    id: Ints
    t_ns: Ints
    x: Floats  # (k, 6)
    level_var: Floats  # m2
    up_var: Floats
    manned: Ints
    permitted: Mapping[int, str]


_NO_INTS, _NO_FLOATS, _NO_STATES = np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 6))


def others(tracks: Tracks, permitted: Mapping[int, str]) -> Others:
    """Return the live tracks that are manned, or permitted or exempt (`permitted`: track id -> by which permit)."""
    wanted = tracks.manned == 1
    if permitted:
        wanted |= np.isin(tracks.id, np.fromiter(permitted, np.int64, len(permitted)))
    rows = np.flatnonzero(wanted & (tracks.phase != LOST))
    if not len(rows):
        return Others(_NO_INTS, _NO_INTS, _NO_STATES, _NO_FLOATS, _NO_FLOATS, _NO_INTS, permitted)
    level, up = spreads(tracks.x[rows], tracks.p[rows])
    return Others(tracks.id[rows], tracks.t_ns[rows], tracks.x[rows], level, up, tracks.manned[rows], permitted)


def spreads(x: Floats, p: Floats) -> tuple[Floats, Floats]:
    """Return the variances of places (n, 6), (n, 6, 6): along each level axis (mean of the two), and up; m2.

    Up is away from the earth's centre, which is within 0.2 degrees of it.
    """
    level, up = np.empty(len(x)), np.empty(len(x))
    _spreads(x, p, level, up)
    return level, up


@kernel
def _spreads(x: Floats, p: Floats, level: Floats, up: Floats) -> None:
    for k in range(x.shape[0]):
        a, b, c = float(x[k, 0]), float(x[k, 1]), float(x[k, 2])
        var = a * (a * float(p[k, 0, 0]) + 2.0 * (b * float(p[k, 0, 1]) + c * float(p[k, 0, 2])))
        var = var + b * (b * float(p[k, 1, 1]) + 2.0 * c * float(p[k, 1, 2])) + c * c * float(p[k, 2, 2])
        var = var / max(a * a + b * b + c * c, 1.0)
        level[k] = max(0.5 * (float(p[k, 0, 0]) + float(p[k, 1, 1]) + float(p[k, 2, 2]) - var), 0.0)
        up[k] = max(var, 0.0)


def explain(benign: Benign, case: Case, near: Others) -> Explained:
    """Return what else it may have been, each with its probability."""
    alone = not len(near.id) and not near.permitted and not benign.objects and not benign.skies
    if alone and case.in_vain > -1.0:
        return ()
    found = [*_aircraft(case, near), *_objects(case, benign), *_sky(case, benign)]
    weights = [(kind, which, _weight(kind, case, agreement)) for kind, which, agreement in found if agreement > 0.0]
    weights += _itself(case, near)
    if case.in_vain <= -1.0:
        weights.append((NOTHING, "", _nothing(case)))
    total = exp(case.in_vain)
    for _, _, weight in weights:
        total = total + weight
    listed = [(kind, which, round(weight / total * 1e6)) for kind, which, weight in weights]
    listed = [each for each in listed if each[2] >= _LISTED_PPM]
    return tuple(sorted(listed, key=lambda each: (-each[2], each[0], each[1]))[:_LISTED_MAX])


def _weight(kind: str, case: Case, agreement: float) -> float:
    """Return the odds of a kind that agrees so well, against something of its own."""
    prior, families = PRIOR[kind]
    able = [CAUSE[family] for family in families]
    weight = prior * agreement
    for cause in range(len(CAUSES)):
        moved = any(case.seen[family] and CAUSE[family] == cause for family in _ANY)
        if moved and cause not in able:
            weight = min(weight, prior) * _MISMATCH
            prior = weight
    return weight


def _nothing(case: Case) -> float:
    weight = 1.0
    for family, count in enumerate(case.seen):
        for _ in range(min(count, _FALSE_COUNT_MAX if BODY[family] else 1)):
            weight = weight * _FALSE[family]
    return weight


def existence(case: Case) -> float:
    """Return the probability that there is anything at all where no tracker says it: for what has no place."""
    something = exp(case.in_vain)
    return something / (something + _nothing(case))


Found = Iterator[tuple[str, str, float]]
"""(kind, which, agreement)."""


def _itself(case: Case, near: Others) -> Found:
    """Yield what the track says of itself, with its weight: manned, or flying by a permit."""
    which = near.permitted.get(case.track_id)
    if which is not None:
        yield "permitted", which, _ITSELF
    elif case.track_id >= 0 and _is_manned(case.track_id, near):
        yield "manned_aircraft", f"track {case.track_id}", _ITSELF


def _is_manned(track_id: int, near: Others) -> bool:
    row = int(near.id.searchsorted(track_id))
    return row < len(near.id) and int(near.id[row]) == track_id and bool(near.manned[row] == 1)


def _aircraft(case: Case, near: Others) -> Found:
    """Yield the other aircraft near the place, in the area or on the bearing."""
    at = case.place or case.eye
    if at is None or not len(near.id):
        return
    spread_m2 = -1.0 if case.place is None or case.radius_m > 0.0 else case.level_var_m2 + case.up_var_m2
    there = np.empty((len(near.id), 5))
    found = np.empty(len(near.id), np.int64)
    count = _may_agree(
        near.id, near.t_ns, near.x, near.level_var, near.up_var,
        case.track_id, case.t_ns, at, spread_m2, max(case.radius_m, SIGHT_M), there, found,
    )  # fmt: skip
    for k in found[:count].tolist():
        track_id = int(near.id[k])
        x, y, z, level_var_m2, up_var_m2 = there[k].tolist()
        agreement = _agreement(case, (x, y, z), level_var_m2, up_var_m2)
        which = near.permitted.get(track_id)
        if which is not None:
            yield "permitted", which, agreement
        else:
            yield "manned_aircraft", f"track {track_id}", agreement


@kernel
def _may_agree(
    ids: Ints,
    t_ns: Ints,
    x: Floats,
    level_var: Floats,
    up_var: Floats,
    track_id: int,
    now_ns: int,
    at: Place,
    spread_m2: float,
    reach_m: float,
    there: Floats,
    found: Ints,
) -> int:
    """Fill `there` (k, 5) with where others are at that time and how surely, `found` with those near enough to ask.

    Near is within five standard deviations of a place (`spread_m2` is its variance), without one (-1) within `reach_m`.
    """
    count = 0
    for k in range(ids.shape[0]):
        since_s = (now_ns - int(t_ns[k])) / 1e9
        if int(ids[k]) == track_id or abs(since_s) > _OLD_S:
            continue
        turned_m = 0.5 * _TURNING_MPS2 * since_s * since_s
        there[k, 3] = float(level_var[k]) + turned_m * turned_m + _OWN_SIZE_VAR_M2
        there[k, 4] = float(up_var[k]) + _OWN_SIZE_VAR_M2
        apart_m2 = 0.0
        for axis in range(3):
            there[k, axis] = float(x[k, axis]) + float(x[k, axis + 3]) * since_s
            off = float(there[k, axis]) - float(at[axis])
            apart_m2 = apart_m2 + off * off
        var = float(there[k, 3]) + float(there[k, 4])
        near_m2 = _FAR * (var + spread_m2) if spread_m2 >= 0.0 else 2.0 * (reach_m * reach_m + 9.0 * var)
        if apart_m2 <= near_m2:
            found[count] = k
            count = count + 1
    return count


def _objects(case: Case, benign: Benign) -> Found:
    """Yield the known objects that are there then; an object is somewhere within its radius and heights."""
    at = case.place or case.eye
    if at is None or not benign.objects:
        return
    lat_deg = ecef_to_geodetic(*at)[0]
    reach_e7 = 1e7 * (_GATE_M + case.radius_m) / 111_000.0
    for known in benign.objects.values():
        apart_e7 = abs(known.lat_e7 - lat_deg * 1e7) - known.radius_mm / 11.1
        if not known.from_ns <= case.t_ns <= known.until_ns or apart_e7 > reach_e7:
            continue
        radius_m = known.radius_mm / 1e3
        floor_m = 0.0 if known.floor_mm is None else known.floor_mm / 1e3
        ceiling_m = floor_m + CHANCE_RADIUS_M if known.ceiling_mm is None else known.ceiling_mm / 1e3
        there = geodetic_to_ecef(known.lat_e7 / 1e7, known.lon_e7 / 1e7, 0.5 * (floor_m + ceiling_m))
        half_m = 0.5 * (ceiling_m - floor_m)
        level, up = 0.25 * radius_m * radius_m + _OWN_SIZE_VAR_M2, half_m * half_m + _OWN_SIZE_VAR_M2
        yield known.kind if known.kind in PRIOR else "other", known.object_id, _agreement(case, there, level, up)


def _agreement(case: Case, there: Place, level_var_m2: float, up_var_m2: float) -> float:
    """Return how much better something at a place foretells the report than chance does; 0 where it does not."""
    if case.place is not None and case.radius_m > 0.0:
        inside = _in_area(case, there, level_var_m2)
        return inside if math.isnan(case.azimuth) else inside * _on_bearing(case, there, level_var_m2, up_var_m2)
    if case.place is not None:
        return _at_place(case, there, level_var_m2, up_var_m2)
    return 0.0 if math.isnan(case.azimuth) else _on_bearing(case, there, level_var_m2, up_var_m2)


@functools.lru_cache(maxsize=256)
def _frame(place: Place) -> Floats:
    lat_deg, lon_deg, alt_hae_m = ecef_to_geodetic(*place)
    return enu_frame(lat_deg, lon_deg, alt_hae_m)


def _at_place(case: Case, there: Place, level_var_m2: float, up_var_m2: float) -> float:
    assert case.place is not None
    east, north, up = ecef_to_enu(_frame(case.place), *there)
    level, height = level_var_m2 + case.level_var_m2, up_var_m2 + case.up_var_m2
    off = (east * east + north * north) / level + up * up / height
    return 0.0 if off > _FAR else _CHANCE_AREA_M2 / (_TURN * level) * exp(-0.5 * off)


def _in_area(case: Case, there: Place, level_var_m2: float) -> float:
    assert case.place is not None
    east, north, _ = ecef_to_enu(_frame(case.place), *there)
    return 1.0 if hypot2(east, north) <= case.radius_m + 3.0 * math.sqrt(level_var_m2) else 0.0


def _on_bearing(case: Case, there: Place, level_var_m2: float, up_var_m2: float) -> float:
    """Return the agreement of directions; without a place to look from there is none."""
    if case.eye is None:
        return 0.0
    east, north, up = ecef_to_enu(_frame(case.eye), *there)
    level_m = max(hypot2(east, north), 1.0)
    if level_m > SIGHT_M or up < -0.05 * level_m:
        return 0.0
    spread = math.sqrt(level_var_m2) / level_m
    high = math.sqrt(up_var_m2) / level_m
    return _on_line(case, atan2(east, north), atan2(up, level_m), spread, high)


def _on_line(case: Case, azimuth: float, elevation: float, azimuth_sigma: float, elevation_sigma: float) -> float:
    """Return the agreement of the case's bearing, and elevation if it has one, with a direction and its spread."""
    own = case.azimuth_sigma * case.azimuth_sigma + _POINTING_SIGMA * _POINTING_SIGMA
    agreement = _TURN * _normal(_turned(case.azimuth - azimuth), own + azimuth_sigma * azimuth_sigma)
    if not math.isnan(case.elevation):
        own = case.elevation_sigma * case.elevation_sigma + _POINTING_SIGMA * _POINTING_SIGMA
        agreement = (
            agreement * _CHANCE_ELEVATION * _normal(case.elevation - elevation, own + elevation_sigma * elevation_sigma)
        )
    return agreement


def _normal(off: float, variance: float) -> float:
    """Return the density of a normal value, 0 beyond five standard deviations."""
    square = off * off / variance
    return 0.0 if square > _FAR else exp(-0.5 * square) / math.sqrt(_TURN * variance)


def _turned(angle: float) -> float:
    """Return an angle within half a turn of 0; it may be a turn and a half off at most."""
    if angle > PI:
        return angle - _TURN
    return angle + _TURN if angle < -PI else angle


def _sky(case: Case, benign: Benign) -> Found:
    """Yield the bright bodies that stand low enough to be taken for something near."""
    looked = case.seen[LIGHT] or case.seen[EYE]
    if math.isnan(case.azimuth) or not looked:
        return
    sky = _sky_of(case, benign)
    if sky is None:
        return
    faintest = _faintest_centi(sky, case.t_ns)
    for body in sky.bodies:
        bright = body.name in (_MOON, _SUN) or body.magnitude_centi <= faintest
        azimuth, elevation = _direction(sky, body, case.t_ns)
        if bright and LOWEST < elevation < HIGHEST:
            yield _kind(body), body.name, _on_line(case, azimuth, elevation, 0.0, 0.0)


def _kind(body: Body) -> str:
    if body.name in (_MOON, _SUN):
        return "body"
    return "planet" if body.name in _PLANETS else "star"


def _sky_of(case: Case, benign: Benign) -> BodiesSampled | None:
    """Return the sky that was sampled nearest for that time; without a place any sky will do."""
    held = [sky for sky in benign.skies if 0 <= case.t_ns - sky.from_ns < sky.step_ns * _steps(sky)]
    at = case.eye or case.place
    if at is None or not held:
        return held[-1] if held else None
    lat_deg, lon_deg, _ = ecef_to_geodetic(*at)

    def apart(sky: BodiesSampled) -> float:
        """In degrees, the greater of both; a degree of longitude as one of latitude, which errs to the safe side."""
        east = abs(sky.lon_e7 / 1e7 - lon_deg)
        return max(abs(sky.lat_e7 / 1e7 - lat_deg), min(east, 360.0 - east))

    best = min(held, key=apart)
    return best if apart(best) <= _SKY_REACH_DEG else None


def _steps(sky: BodiesSampled) -> int:
    return min((len(body.azimuth_urad) - 1 for body in sky.bodies), default=0)


def _faintest_centi(sky: BodiesSampled, t_ns: int) -> int:
    """Return the magnitude of the faintest body that is noticed, by how low the sun stands; by day there is none."""
    for body in sky.bodies:
        if body.name == _SUN:
            elevation = _direction(sky, body, t_ns)[1]
            if elevation > LOWEST:
                return -10_000
            return FAINTEST_TWILIGHT_CENTI if elevation > _TWILIGHT else FAINTEST_CENTI
    return FAINTEST_CENTI


def _direction(sky: BodiesSampled, body: Body, t_ns: int) -> tuple[float, float]:
    """Return azimuth and elevation in radians, on a straight line between two samples, the short way round."""
    step, rest = divmod(t_ns - sky.from_ns, sky.step_ns)
    part = rest / sky.step_ns
    begin = body.azimuth_urad[step] / 1e6
    azimuth = begin + part * _turned(body.azimuth_urad[step + 1] / 1e6 - begin)
    low, high = body.elevation_urad[step], body.elevation_urad[step + 1]
    return azimuth, (low + part * (high - low)) / 1e6
