"""Volumes of the views as facts have them, so that what draws and words facts serves both."""

from __future__ import annotations

from skykeep.facts.enacted import Circle, Limit, Polygon, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views.livemodels import CircleNow, LimitNow, VolumeNow


def volume_of(volume: VolumeNow) -> Volume:
    """Return a volume as facts have it."""
    given = volume.outline
    outline: Circle | Polygon
    if isinstance(given, CircleNow):
        outline = Circle(lat_e7=given.lat_e7, lon_e7=given.lon_e7, radius_mm=given.radius_mm)
    else:
        outline = Polygon(rings=given.rings)
    return Volume(outline=outline, floor=_limit(volume.floor), ceiling=_limit(volume.ceiling))


def _limit(limit: LimitNow) -> Limit:
    return limit if limit is None or limit == "unlimited" else Altitude(limit.value_mm, Datum(limit.datum))
