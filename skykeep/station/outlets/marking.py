"""Which tracks leave as Cursor on Target, and what is said of them.

A track leaves while it is established, its verdict is among those that the configuration names, and nothing says that
it is a manned aircraft, a bird, or not there at all. What is invented leaves only if it is asked for, marked as such.
"""

from __future__ import annotations

import math

import msgspec

from skykeep.facts.columns import Estimate
from skykeep.facts.concluded import Phase, Rung, Verdict, VerdictReached
from skykeep.geo.altitude import Datum
from skykeep.station.outlets.config import CotConfig
from skykeep.station.outlets.sky import Flight, Sky
from skykeep.views.clauses import sentence
from skykeep.views.words import CLASS, RUNG, TRUST, VERDICT, metres, shown, utc
from skykeep.wire.cot import STALE_NS, Event, How, Kind

MOVES_MMPS = 500  # slower than that, a course says nothing
NEUTRAL = (Verdict.PERMITTED, Verdict.EXEMPT)
_ABROAD = 9_000_000_000  # e7: no latitude or longitude is as large
_SELF_TOLD = ("remote_id", "adsb")


def leaves(flight: Flight, config: CotConfig) -> bool:
    """Return whether a track is to be told to this receiver, as it is now."""
    told, estimate = flight.verdict, flight.estimate
    if told is None or estimate is None or estimate.phase is not Phase.ESTABLISHED or flight.manned:
        return False
    if flight.likeliest == "bird" or (flight.existence is not None and flight.existence.rung is Rung.REFUTED):
        return False
    return told.verdict.value in config.verdicts and (config.simulated or not estimate.simulated)


def uid(sky: Sky, track_id: int) -> str:
    """Return the name of a track's event: the same for as long as the record is, and of no other record."""
    return f"skykeep-{sky.record_id or 'station'}-track-{track_id}"


def event(sky: Sky, flight: Flight, now_ns: int) -> Event | None:
    """Return what is said of a track; None: it has no place."""
    estimate = flight.estimate
    if estimate is None:
        return None
    moves = math.hypot(estimate.vel_east_mmps, estimate.vel_north_mmps) >= MOVES_MMPS
    prefix = "SIMULATED " if estimate.simulated else ""
    hae_mm, le_mm = _height(estimate)
    return Event(
        uid=uid(sky, flight.track_id),
        kind=kind(flight),
        how=_how(flight),
        time_ns=now_ns,
        start_ns=estimate.t_ns,
        stale_ns=estimate.t_ns + STALE_NS,
        lat_e7=estimate.lat_e7,
        lon_e7=estimate.lon_e7,
        hae_mm=hae_mm,
        ce_mm=estimate.pos_sigma_mm,
        le_mm=le_mm,
        callsign=f"{prefix}Track {flight.track_id}",
        remarks=prefix + remarks(sky, flight),
        course_mdeg=_course_mdeg(estimate.vel_east_mmps, estimate.vel_north_mmps) if moves else None,
        speed_mmps=round(math.hypot(estimate.vel_east_mmps, estimate.vel_north_mmps)) if moves else None,
        simulated=estimate.simulated,
    )


def _height(estimate: Estimate) -> tuple[int | None, int | None]:
    """Return height above the ellipsoid and its spread: as estimated, else as it was last told in that datum."""
    if estimate.alt_mm is not None:
        return estimate.alt_mm, estimate.up_sigma_mm
    told = estimate.altitude
    return (told.value_mm, estimate.alt_sigma_mm) if told is not None and told.datum is Datum.HAE else (None, None)


def kind(flight: Flight) -> Kind:
    """Return the type: neutral where it is permitted or exempt, else unknown; there is no third."""
    neutral = flight.verdict is not None and flight.verdict.verdict in NEUTRAL
    if flight.likeliest == "fixed_wing":
        return Kind.NEUTRAL_FIXED_WING if neutral else Kind.UNKNOWN_FIXED_WING
    return Kind.NEUTRAL_ROTARY if neutral else Kind.UNKNOWN_ROTARY


def _how(flight: Flight) -> How:
    if flight.simulated:
        return How.SIMULATED
    seen_by = () if flight.existence is None else flight.existence.modalities
    if len(seen_by) > 1:
        return How.FUSED
    return How.GPS if not seen_by or seen_by[0] in _SELF_TOLD else How.COMPUTED


def remarks(sky: Sky, flight: Flight) -> str:
    """Return what a person reads at the symbol: the verdict first, by which words, and how sure anything is."""
    told, estimate = flight.verdict, flight.estimate
    if told is None or estimate is None:
        return "Not judged yet."
    said = [] if sky.recorded else ["NOT RECORDED."]
    said.append(f"{_headline(sky, told)} (machine verdict, a person decides).")
    said.append(sentence(told, sky.zone_name(told.zone_id)))
    said += [f"Missing to tell: {', '.join(shown(each, 80) for each in told.missing)}."] if told.missing else []
    said += [f"Existence: {RUNG[flight.existence.rung]}."] if flight.existence is not None else []
    said += [f"Likely {CLASS.get(flight.likeliest, 'of unknown kind')}."] if flight.likeliest else []
    said.append(f"Identity: {TRUST[told.trust]}.")
    assumed = ", assumed" if estimate.pos_assumed else ""
    said.append(f"Place as of {utc(estimate.t_ns)}, one sigma {metres(estimate.pos_sigma_mm / 1e3)}{assumed}.")
    return " ".join(said)


def _headline(sky: Sky, told: VerdictReached) -> str:
    words = VERDICT[told.verdict].upper()
    zone = "" if told.zone_id is None else f" in {shown(sky.zone_name(told.zone_id) or told.zone_id, 80)}"
    return f"{words} by rule {shown(told.clause, 60)}{zone}"


def over(told: Event, now_ns: int) -> Event:
    """Return the last event of a track, or of a pilot: where it was told last, and that this holds no longer."""
    said = "No longer told here: lost, merged with another, or not for this receiver any more. Last told: "
    return msgspec.structs.replace(
        told, time_ns=now_ns, stale_ns=now_ns, remarks=said + told.remarks, course_mdeg=None, speed_mmps=None
    )


def pilot(sky: Sky, flight: Flight, now_ns: int) -> Event | None:
    """Return the place that the drone's operator claims, as an event of its own; None: none is known."""
    place = _read(sky.pilot(flight))
    if place is None or flight.estimate is None:
        return None
    lat_e7, lon_e7 = place
    prefix = "SIMULATED " if flight.simulated else ""
    return Event(
        uid=f"{uid(sky, flight.track_id)}-pilot",
        kind=Kind.PLACE,
        how=How.SIMULATED if flight.simulated else How.PASSED_ON,
        time_ns=now_ns,
        start_ns=flight.estimate.t_ns,
        stale_ns=flight.estimate.t_ns + STALE_NS,
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        callsign=f"{prefix}Operator as claimed, track {flight.track_id}",
        remarks=f"{prefix}Where the drone says that its operator is: self-declared, unverified. "
        "Send nobody to a door because of it.",
        linked_uid=uid(sky, flight.track_id),
        linked_kind=kind(flight),
        simulated=flight.simulated,
    )


def _read(place: str | None) -> tuple[int, int] | None:
    try:
        lat, lon = (round(float(part) * 1e7) for part in (place or "").split(",")[:2])
    except (ValueError, OverflowError):
        return None
    return (lat, lon) if abs(lat) <= _ABROAD / 10 and abs(lon) <= _ABROAD / 5 else None


def _course_mdeg(east: int, north: int) -> int:
    return round(math.degrees(math.atan2(east, north)) * 1000) % 360_000
