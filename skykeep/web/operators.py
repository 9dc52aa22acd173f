"""Where operators say to be, for whom it was revealed: on the live map, and as one word for everybody else.

A drone may say where its operator stands: self-declared, unverified. Whether it does is told to the watch; the place
itself only to the session to which the track was revealed (`skykeep.web.revealed`), as every other view does it.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Controller, Request, get

from skykeep.errors import SkykeepError
from skykeep.views import words
from skykeep.views.livemodels import PilotNow, TrackNow
from skykeep.web.admitting import caller_of, may
from skykeep.web.incident_page import Row
from skykeep.web.masked import shown, shown_pilot
from skykeep.web.problems import Failed, answer_failed, answer_family
from skykeep.web.site import site_of
from skykeep.web.words import say

ASKS = Request[Any, Any, Any]
LAT_MAX_E7, LON_MAX_E7 = 900_000_000, 1_800_000_000
Said = Literal["none", "hidden", "shown"]


class OperatorShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where the operator of one track says to be: self-declared, unverified."""

    track_id: int
    lat_e7: int
    lon_e7: int
    kind: str  # "takeoff", "live", "fixed", "reserved"
    t_ns: int  # when that was heard first; it is told anew only where it moves


class _Holder(msgspec.Struct, frozen=True):
    """What `shown_pilot` masks."""

    pilot: Any


class Operators(Controller):
    """Places of operators."""

    path = "/console/operators"
    include_in_schema = False

    @get("/", opt={"action": "track.read"}, exception_handlers={Failed: answer_failed, SkykeepError: answer_family})
    async def list_operators(self, request: ASKS) -> list[OperatorShown]:
        """List the places that were revealed to this session, of tracks that are followed now."""
        seen = site_of(request).seen
        tracks = [seen.track(number) for number in sorted(caller_of(request).unmasked)]
        found = [operator_of(request, track) for track in tracks if track is not None and track.live]
        return [each for each in found if each is not None]


def said_of(request: ASKS, track: TrackNow) -> Said:
    """Return whether a track says where its operator is, and whether whoever asks may see where."""
    return said_by(request, track.track_id, site_of(request).seen.pilot(track.track_id))


def said_by(request: ASKS, track_id: int, pilot: PilotNow | None) -> Said:
    """Return the same of what a track said at any time."""
    if pilot is None or not may(caller_of(request), "identity.reveal"):
        return "none"
    return "hidden" if place_shown(request, track_id, pilot) is None else "shown"


def revealed_rows(request: ASKS, track: TrackNow) -> list[Row]:
    """Return serial, operator and address of a track in full, where they were revealed to whoever asks."""
    if track.identity is None or track.track_id not in caller_of(request).unmasked:
        return []
    held, who = track.identity, shown(request, track).identity
    assert who is not None
    said = {
        say("Serial"): (held.uas_id, who.uas_id), say("Operator id"): (held.operator_id, who.operator_id),
        say("Radio address"): (held.transmitter, who.transmitter),
    }  # fmt: skip
    return [Row(name, words.shown(value, 80), say("revealed to you")) for name, (pseudonym, value) in said.items()
            if value and value != pseudonym]  # fmt: skip


def operator_of(request: ASKS, track: TrackNow) -> OperatorShown | None:
    """Return where a track's operator says to be; None where it does not say, or not to whoever asks."""
    pilot = site_of(request).seen.pilot(track.track_id)
    return None if pilot is None else place_shown(request, track.track_id, pilot)


def place_shown(request: ASKS, track_id: int, pilot: PilotNow) -> OperatorShown | None:
    """Return a place that the record holds, where its track was revealed to whoever asks and it was not erased."""
    if track_id not in caller_of(request).unmasked:
        return None
    place = place_of(shown_pilot(request, track_id, _Holder(pilot)).pilot.place)
    if place is None:
        return None
    return OperatorShown(track_id=track_id, lat_e7=place[0], lon_e7=place[1], kind=pilot.kind, t_ns=pilot.t_ns)


def place_of(value: str) -> tuple[int, int] | None:
    """Return "lat,lon[,HAE m]" as 1e-7 degree; None for a pseudonym, and for what is nowhere on the globe."""
    try:
        lat, lon = (round(float(part) * 1e7) for part in value.split(",")[:2])
    except (ValueError, OverflowError):
        return None
    return (lat, lon) if abs(lat) <= LAT_MAX_E7 and abs(lon) <= LON_MAX_E7 else None
