"""Fifth stage: is each track permitted, zone by zone, by the law in force; told whenever the answer changes."""

from __future__ import annotations

from skykeep.facts.concluded import Trust, Verdict, VerdictReached
from skykeep.geo.altitude import Altitude
from skykeep.rules.flight import Flight, Height
from skykeep.rules.law import FOREVER_NS
from skykeep.rules.verdict import Ruling
from skykeep.rules.verdict import judge as rule
from skykeep.watch.estimate import Place
from skykeep.watch.state import Identity, State, Told

LEFT = "left_zone"


def judge(state: State, track_ids: list[int], where: list[Place]) -> list[VerdictReached]:
    """Judge these tracks at these places and times; return the verdicts that changed."""
    told: list[VerdictReached] = []
    for track_id, at in zip(track_ids, where, strict=True):
        flight = flight_at(state, track_id, at)
        told += _news(state, track_id, flight, rule(flight, state.law))
    return told


def flight_at(state: State, track_id: int, at: Place) -> Flight:
    """Return what the law may look at of a track."""
    identity = state.identities[track_id]
    return Flight(
        t_ns=at.t_ns,
        lat_e7=at.lat_e7,
        lon_e7=at.lon_e7,
        pos_sigma_m=at.sigma_m,
        heights=_heights(state, track_id),
        uas_id=identity.uas_id,
        session_id=identity.session_id,
        operator_id=identity.operator_id,
        trust=identity.trust,
        manned=bool(state.tracks.manned[state.tracks.row(track_id)]),
    )


def _heights(state: State, track_id: int) -> tuple[Height, ...]:
    known = state.heights[track_id]
    heights: list[tuple[Altitude | None, int]] = [
        (known.altitude, known.altitude_sigma_mm),
        (known.height, known.height_sigma_mm),
        (known.pressure_altitude, known.pressure_sigma_mm),
    ]
    return tuple(Height(altitude, sigma_mm) for altitude, sigma_mm in heights if altitude is not None)


def _news(state: State, track_id: int, flight: Flight, rulings: tuple[Ruling, ...]) -> list[VerdictReached]:
    """Return the verdicts that differ from what was told of this track before, and remember them."""
    before = state.verdicts.setdefault(track_id, {})
    identity = state.identities[track_id]
    told = []
    after: dict[str, Told] = {}
    for ruling in rulings:
        key = "" if ruling.zone is None else ruling.zone.fact.zone_id
        after[key] = _summary(ruling, identity)
        if before.get(key) != after[key]:
            told.append(_verdict(state, track_id, flight, ruling))
    for key in before:
        if key and key not in after:
            told.append(_left(state, track_id, flight, key))
    state.verdicts[track_id] = after
    return told


def _summary(ruling: Ruling, identity: Identity) -> Told:
    zone, permit, coming = ruling.zone, ruling.permit, ruling.coming
    return Told(
        verdict=ruling.verdict,
        clause=ruling.clause,
        zone_version=None if zone is None else zone.fact.version,
        permit=None if permit is None else f"{permit.fact.permit_id}/{permit.fact.version}",
        missing=ruling.missing,
        coming=None if coming is None else f"{coming.fact.zone_id}/{coming.fact.version}",
        trust=identity.trust,
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
        evidence=state.heights[track_id].evidence,
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
        evidence=state.heights[track_id].evidence,
    )
