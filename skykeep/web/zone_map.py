"""What the map of a page of zones is given: zones as they would hold, what stood before, and what was set aside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from litestar import Request

from skykeep.facts.enacted import ZoneEnacted
from skykeep.station import asked
from skykeep.views import words
from skykeep.views.livemodels import TrackNow
from skykeep.web import features, lawstate, zone_rows
from skykeep.web.admitting import caller_of, may
from skykeep.web.console_page import told
from skykeep.web.site import site_of

ASKS = Request[Any, Any, Any]
ZONES_MAX = 1_500
"""Zones that one map is given; a page that has more says so."""
ASIDE_MAX = 200


def terms(
    request: ASKS,
    zones: Iterable[ZoneEnacted] = (),
    *,
    src: str = "",
    before: Iterable[ZoneEnacted] = (),
    aside: Sequence[asked.Faults] = (),
    hits: asked.Hits | None = None,
    edits: bool = False,
) -> dict[str, Any]:
    """Return the terms of a map: zones themselves, or the address where they are read (`src`)."""
    known = told(request)
    return {
        "ground": known["map"],
        **speech(request),
        "src": src,
        "zones": [one for zone in zones for one in _features(zone)],
        "before": [one for zone in before for one in _features(zone)],
        "aside": [_aside(one) for one in aside if one.outline and not one.used][:ASIDE_MAX],
        "tracks": [] if hits is None else _tracks(request, hits),
        "edits": edits,
    }


def speech(request: ASKS) -> dict[str, Any]:
    """Return what scripts of these pages need to speak as their reader wishes: language, words, units."""
    known = told(request)
    return {name: known[name] for name in ("lang", "words", "units")}


def _features(zone: ZoneEnacted) -> list[dict[str, Any]]:
    """Return a feature a volume, drawn as if it held now."""
    said = {
        "zone_id": zone.zone_id, "version": zone.version, "name": words.shown(zone.name or zone.zone_id, 60),
        "rule": zone.rule.value, "state": "in_force", "rules": "yes", "emergency": False,
    }  # fmt: skip
    made = []
    for volume in zone.volumes:
        now = lawstate.volume(volume)
        limits = {"floor": msgspec.to_builtins(now.floor), "ceiling": msgspec.to_builtins(now.ceiling)}
        made.append({"type": "Feature", "geometry": features.polygon(now.outline), "properties": said | limits})
    return made


def _aside(fault: asked.Faults) -> dict[str, Any]:
    return {"outline": [[lon / 1e7, lat / 1e7] for lat, lon in fault.outline], "words": zone_rows.place(fault)}


def _tracks(request: ASKS, hits: asked.Hits) -> list[dict[str, Any]]:
    """Return where the flights are that a zone would touch, to those who may see flights at all."""
    if not may(caller_of(request), "track.read"):
        return []
    seen, wrong = site_of(request).seen, set(hits.not_permitted)
    tracks = [track for number in hits.track_ids if (track := seen.track(number)) is not None]
    return [_track(track, bad=track.track_id in wrong) for track in tracks if track.position is not None]


def _track(track: TrackNow, *, bad: bool) -> dict[str, Any]:
    at = track.position
    assert at is not None
    return {"lon": at.lon_e7 / 1e7, "lat": at.lat_e7 / 1e7, "words": f"#{track.track_id}", "bad": bad}
