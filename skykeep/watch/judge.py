"""Fifth stage: is each track permitted, zone by zone, by the law in force; told whenever the answer changes.

A track is judged at the time of its estimate, and after a change of law where it is now. What was judged is never
judged again for an earlier time: a report that was measured before a revocation does not bring the permit back.
"""

from __future__ import annotations

import numpy as np

from skykeep.facts.concluded import Trust, Verdict, VerdictReached
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.flight import Flight, Height
from skykeep.rules.inside import NEAR_SIGMAS
from skykeep.rules.law import FOREVER_NS, Zone
from skykeep.rules.steady import SURE_SIGMAS, WIDE_M
from skykeep.rules.verdict import Ruling
from skykeep.rules.verdict import judge as rule
from skykeep.watch.identify import evidence
from skykeep.watch.places import ALT, LAT, LEVEL, LON, UP, Place, numbers, placed
from skykeep.watch.reports import DATUMS, Floats, Ints
from skykeep.watch.state import Identity, State, Told
from skykeep.watch.steadiness import CLIMB_SIGMA_MPS, UP_KNOWN_M, settle, unsettled

LEFT = "left_zone"
NO_ZONE = Ruling(Verdict.NO_RULE, "no_zone_here")
_HAE = DATUMS.index("hae")


def judge(state: State, rows: Ints, now_ns: int, *, law_changed: bool) -> list[VerdictReached]:
    """Judge the tracks in these rows, after a change of law as they are now; return the verdicts that changed."""
    told: list[VerdictReached] = []
    tracks = state.tracks
    if not len(rows):
        return told
    times = np.maximum(tracks.judged_ns[rows], now_ns if law_changed else tracks.t_ns[rows])
    tracks.judged_ns[rows] = times
    if law_changed:
        tracks.free[:], tracks.steady_m[:] = 0, 0.0
    if not state.law.zones:  # nothing can be near; whoever was told so already knows
        rows, times = (column[tracks.free[rows] == 0] for column in (rows, times))
    at = numbers(state, rows, times)
    worth = unsettled(tracks, rows, times, at)
    if not len(worth):
        return told
    rows, times, at = rows[worth], times[worth], at[worth]
    near, around = _zones_near(state, at, 0.0, NEAR_SIGMAS), _zones_near(state, at, WIDE_M, SURE_SIGMAS)
    for k, (zones, wider, place) in enumerate(zip(near, around, placed(times, at), strict=True)):
        row = int(rows[k])
        track_id = int(tracks.id[row])
        flight = flight_at(state, track_id, place, at[k], manned=bool(tracks.manned[row]))
        if zones or not (tracks.free[row] or _known_to_be_free(state, track_id)):
            told += _news(state, track_id, flight, rule(flight, state.law, zones))
        tracks.free[row] = not zones
        settle(tracks, row, at[k], flight, state.law, wider)
    return told


def _zones_near(state: State, at: Floats, reach_m: float, sigmas: float) -> list[list[Zone]]:
    """Return the zones so near each track, asked for all at once; `at` as of `places.numbers`."""
    lats, lons = (np.rint(at[:, axis] * 1e7).astype(np.int64) for axis in (LAT, LON))
    return state.law.zones_near_many(lats, lons, reach_m + sigmas * at[:, LEVEL])


def _known_to_be_free(state: State, track_id: int) -> bool:
    """Whether it was told of a track already, in these very words, that no zone is here."""
    return state.verdicts.get(track_id) == {"": _summary(state, NO_ZONE, state.identities[track_id])}


def flight_at(state: State, track_id: int, at: Place, line: Floats, *, manned: bool) -> Flight:
    """Return what the law may look at of a track; a callsign names a flight, not an aircraft, and stays out.

    `at` and `line` are where it is, as `places.placed` and `places.numbers` say it.
    """
    identity = state.identities[track_id]
    ids = identity.of_aircraft()
    return Flight(
        t_ns=at.t_ns,
        lat_e7=at.lat_e7,
        lon_e7=at.lon_e7,
        pos_sigma_m=at.sigma_m,
        heights=_heights(state, track_id, at.t_ns, line),
        uas_id=next(iter(ids), None),
        session_id=identity.session_id,
        operator_id=identity.operator_id,
        trust=identity.trust,
        manned=manned,
        other_ids=tuple(ids[1:]),
        stood=state.stood.get(track_id),
    )


def _heights(state: State, track_id: int, t_ns: int, line: Floats) -> tuple[Height, ...]:
    """Return the latest heights, their spread grown by what the aircraft may have climbed since."""
    tracks = state.tracks
    row = tracks.row(track_id)
    climbed_mm = max(0, t_ns - int(tracks.height_ns[row])) * CLIMB_SIGMA_MPS // 1_000_000
    said, above = int(tracks.said_datum[row]), int(tracks.above_datum[row])
    heights: list[Height] = []
    if said >= 0:
        heights.append(_height(tracks.said_mm[row], said, tracks.said_sigma_mm[row], climbed_mm))
    if above >= 0:
        heights.append(_height(tracks.above_mm[row], above, tracks.above_sigma_mm[row], climbed_mm))
    if tracks.std_sigma_mm[row] >= 0:
        heights.append(_height(tracks.std_mm[row], DATUMS.index("std"), tracks.std_sigma_mm[row], climbed_mm))
    if said != _HAE and line[UP] < UP_KNOWN_M:  # else its variance straight up is that of not knowing
        heights.append(Height(Altitude(round(float(line[ALT]) * 1e3), Datum.HAE), round(float(line[UP]) * 1e3)))
    return tuple(heights)


def _height(value_mm: np.int64, datum: int, sigma_mm: np.int64, climbed_mm: int) -> Height:
    return Height(Altitude(int(value_mm), Datum(DATUMS[datum])), int(sigma_mm) + climbed_mm)


def _news(state: State, track_id: int, flight: Flight, rulings: tuple[Ruling, ...]) -> list[VerdictReached]:
    """Return the verdicts that differ from what was told of this track before, and remember them."""
    before = state.verdicts.setdefault(track_id, {})
    identity = state.identities[track_id]
    told = []
    after: dict[str, Told] = {}
    for ruling in rulings:
        key = "" if ruling.zone is None else ruling.zone.fact.zone_id
        after[key] = _summary(state, ruling, identity)
        if before.get(key) != after[key]:
            told.append(_verdict(state, track_id, flight, ruling))
    told += [_left(state, track_id, flight, key) for key in before if key and key not in after]
    state.verdicts[track_id] = after
    _note_permitted(state, track_id, rulings)
    return told


def _note_permitted(state: State, track_id: int, rulings: tuple[Ruling, ...]) -> None:
    """Keep which permit a track flies under, or that it is exempt: it explains what people report."""
    state.permitted.pop(track_id, None)
    for ruling in rulings:
        if ruling.verdict is Verdict.PERMITTED and ruling.permit is not None:
            state.permitted[track_id] = ruling.permit.fact.permit_id
        elif ruling.verdict is Verdict.EXEMPT:
            state.permitted.setdefault(track_id, "exempt")


def _summary(state: State, ruling: Ruling, identity: Identity) -> Told:
    zone, permit, coming = ruling.zone, ruling.permit, ruling.coming
    return Told(
        verdict=ruling.verdict,
        clause=ruling.clause,
        zone_version=None if zone is None else zone.fact.version,
        permit=None if permit is None else f"{permit.fact.permit_id}/{permit.fact.version}",
        missing=ruling.missing,
        coming=None if coming is None else f"{coming.fact.zone_id}/{coming.fact.version}",
        trust=identity.trust,
        law_complete=state.law.complete,
    )


def _verdict(state: State, track_id: int, flight: Flight, ruling: Ruling) -> VerdictReached:
    zone, permit, inside, coming = ruling.zone, ruling.permit, ruling.inside, ruling.coming
    return VerdictReached(
        track_id=track_id,
        t_ns=flight.t_ns,
        verdict=ruling.verdict,
        clause=ruling.clause,
        zone_id=None if zone is None else zone.fact.zone_id,
        zone_version=None if zone is None else zone.fact.version,
        permit_id=None if permit is None else permit.fact.permit_id,
        permit_version=None if permit is None else permit.fact.version,
        trust=flight.trust,
        law_complete=state.law.complete,
        probability_inside_ppm=None if inside is None else round(inside.probability * 1e6),
        margin_mm=None if inside is None else round(inside.margin_m * 1e3),
        margin_height_mm=None if inside is None else inside.vertical.margin_mm,
        margin_time_ns=None if ruling.holds_until_ns == FOREVER_NS else ruling.holds_until_ns - flight.t_ns,
        missing=ruling.missing,
        coming_zone_id=None if coming is None else coming.fact.zone_id,
        coming_from_ns=ruling.coming_from_ns,
        evidence=evidence(state, state.tracks.row(track_id)),
    )


def _left(state: State, track_id: int, flight: Flight, zone_id: str) -> VerdictReached:
    return VerdictReached(
        track_id=track_id,
        t_ns=flight.t_ns,
        verdict=Verdict.NO_RULE,
        clause=LEFT,
        zone_id=zone_id,
        zone_version=None,
        permit_id=None,
        permit_version=None,
        trust=state.identities[track_id].trust if track_id in state.identities else Trust.NONE,
        law_complete=state.law.complete,
        probability_inside_ppm=None,
        margin_mm=None,
        margin_height_mm=None,
        margin_time_ns=None,
        missing=(),
        coming_zone_id=None,
        coming_from_ns=None,
        evidence=evidence(state, state.tracks.row(track_id)),
    )
