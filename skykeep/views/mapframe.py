"""The frame of a map panel: graticule with its degrees, scale bar, north; drawn without any base map."""

from __future__ import annotations

from skykeep.views import ground
from skykeep.views.ground import Plane
from skykeep.views.labels import Box, Placer, text_width
from skykeep.views.markup import Html, number, tag

HEAD_HEIGHT = 40.0  # of the line of pills at the top


def grid(plane: Plane, placer: Placer) -> list[Html]:
    """Return meridians and parallels at round degrees, each with its label where there is room."""
    seen = plane.seen()
    parts = []
    wanted = max(2, round(plane.width / 170))
    for lon in ground.graticule(seen.west, seen.east, wanted)[0]:
        x = plane.xy(plane.lat_deg, lon)[0]
        parts.append(tag("line", x1=x, x2=x, y1=0, y2=plane.height))
        text = lon_words((lon + 540.0) % 360.0 - 180.0, ground.graticule(seen.west, seen.east, wanted)[1])
        parts += _grid_label(plane, placer, text, x + 4, plane.height - 6)
    lats, decimals = ground.graticule(seen.south, seen.north, max(2, round(plane.height / 130)))
    for lat in lats:
        y = plane.xy(lat, plane.lon_deg)[1]
        parts.append(tag("line", x1=0, x2=plane.width, y1=y, y2=y))
        parts += _grid_label(plane, placer, lat_words(lat, decimals), 6, y - 4)
    return parts


def _grid_label(plane: Plane, placer: Placer, text: str, x: float, y: float) -> list[Html]:
    box = Box(x, y - 10, text_width(text, 10), 12)
    if box.y < HEAD_HEIGHT or box.x + box.width > plane.width - 150 or (x < 10 and y > plane.height - 30):  # noqa: PLR2004
        return []
    placer.block(box)
    return [tag("text", text, x=x, y=y)]


def lat_words(lat: float, decimals: int) -> str:
    """Return "50.450° N"."""
    return f"{abs(lat):.{decimals}f}° {'N' if lat >= 0 else 'S'}"


def lon_words(lon: float, decimals: int) -> str:
    """Return "30.520° E"."""
    return f"{abs(lon):.{decimals}f}° {'E' if lon >= 0 else 'W'}"


FOOT_M, MILE_M = 0.3048, 1852.0


def _scale(wide_m: float, *, feet: bool) -> tuple[float, str]:
    """Return a round length up to `wide_m`, in metres, and how it is said: 500 m, 2 km; or 2000 ft, 1 NM."""
    if not feet:
        length_m = ground.nice(wide_m)
        return length_m, f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"  # noqa: PLR2004
    unit_m, unit = (MILE_M, "NM") if wide_m >= MILE_M else (FOOT_M, "ft")
    length = ground.nice(wide_m / unit_m)
    return length * unit_m, f"{length:g} {unit}"


def scale_bar(plane: Plane, placer: Placer, *, feet: bool = False) -> list[Html]:
    """Return the scale bar, a sixth of the width or less, and the arrow to the north; `feet`: and nautical miles."""
    length_m, text = _scale(plane.metres_per_px * plane.width / 6, feet=feet)
    length = length_m / plane.metres_per_px
    right, bottom = plane.width - 14, plane.height - 12
    placer.block(Box(right - max(length, 50) - 8, bottom - 22, max(length, 50) + 22, 34))
    north_x = plane.width - 24
    placer.block(Box(north_x - 12, 0, 36, 52))
    return [
        tag("path", class_="scale", d=f"M{number(right - length)} {number(bottom - 5)}v5h{number(length)}v-5"),
        tag("text", text, class_="scale-text", x=right - length / 2, y=bottom - 9, text_anchor="middle"),
        tag("path", class_="north", d=f"M{number(north_x)} 12l6 17-6-4.500-6 4.500z"),
        tag("text", "N", class_="scale-text", x=north_x, y=42, text_anchor="middle"),
    ]
