"""One terrain file, GeoTIFF or HGT: where it lies, and its pixels as heights in metres.

A file is taken in any coordinate reference system that GDAL can turn into latitude and longitude. Its heights are taken
as above mean sea level, unless its reference system says that they are above the ellipsoid; national levels and other
geoids differ from EGM96 by decimetres, which is little beside the error of the terrain.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skykeep.errors import Refused, Unavailable
from skykeep.geo.altitude import Datum
from skykeep.geo.surface import POLE_E7, TURN_E7
from skykeep.station.boxes import Box

Floats = npt.NDArray[np.float64]

_WGS84 = "EPSG:4326"
_TIFF_BEGINS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # TIFF and BigTIFF, in either byte order
_LAT_MAX = 90.1  # half a pixel beyond the pole
_METRES = {"": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0}
_METRES |= {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us-ft": 1200 / 3937, "ftus": 1200 / 3937}


class TerrainFile:
    """An open file; columns and rows of pixels count from 0 at the centre of the first one."""

    def __init__(self, path: Path, dataset: Any, sha256: str) -> None:  # noqa: ANN401  # rasterio ships no types
        self.path, self.sha256, self._dataset = path, sha256, dataset
        self.width, self.height = int(dataset.width), int(dataset.height)
        self.box = _box(path, dataset)
        self.datum = Datum.HAE if "ellipsoidal height" in dataset.crs.to_wkt().casefold() else Datum.AMSL
        self._is_wgs84 = dataset.crs == _WGS84
        self._metres = _metres(path, dataset)

    def close(self) -> None:
        self._dataset.close()

    def pixels(self, lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
        """Return columns and rows of places in degrees; far outside where a place cannot be told."""
        if self._is_wgs84:
            bounds = self._dataset.bounds
            x, y = lon + np.round(((bounds.left + bounds.right) / 2 - lon) / 360.0) * 360.0, lat
        else:
            x, y = _turned(_WGS84, self._dataset.crs, lon, lat)
        back = ~self._dataset.transform
        columns, rows = back.a * x + back.b * y + back.c - 0.5, back.d * x + back.e * y + back.f - 0.5
        return np.where(np.isfinite(columns), columns, -1e9), np.where(np.isfinite(rows), rows, -1e9)

    def places(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Return latitudes and longitudes in degrees of the centres of pixels."""
        at, x, y = self._dataset.transform, columns + 0.5, rows + 0.5
        along, up = at.a * x + at.b * y + at.c, at.d * x + at.e * y + at.f
        if not self._is_wgs84:
            along, up = _turned(self._dataset.crs, _WGS84, along, up)
        return up, along

    def read(self, column: int, row: int, width: int, height: int) -> Floats:
        """Return pixels (height, width) in metres, NaN where there is no data."""
        import rasterio.errors  # type: ignore[import-untyped]  # rasterio ships no types
        from rasterio.windows import Window  # type: ignore[import-untyped]

        try:
            read = self._dataset.read(1, window=Window(column, row, width, height), masked=True)
        except rasterio.errors.RasterioError as error:
            raise Unavailable(f"{self.path} cannot be read to its end: {error}") from error
        data: Floats = read.astype(np.float64).filled(np.nan)
        data *= self._dataset.scales[0] * self._metres
        data += self._dataset.offsets[0] * self._metres
        return data


def opened(path: Path) -> TerrainFile:
    """Open a file; raises Refused where it is no terrain, Unavailable where the disk fails."""
    import rasterio
    import rasterio.errors

    sha256, begins = _sha256(path)
    driver = "GTiff" if begins in _TIFF_BEGINS else "SRTMHGT"  # named, so that no file leads GDAL to others
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)  # said in `_box`, in better words
        try:
            dataset = rasterio.open(path, driver=driver)
        except rasterio.errors.RasterioError as error:
            raise Refused(f"{path} is no terrain file that can be read (GeoTIFF or HGT): {error}") from error
    with contextlib.ExitStack() as if_refused:
        if_refused.callback(dataset.close)
        file = TerrainFile(path, dataset, sha256)
        if_refused.pop_all()
    return file


def _turned(source: Any, target: Any, x: Floats, y: Floats) -> tuple[Floats, Floats]:  # noqa: ANN401
    """Return coordinates of one reference system in another, order x, y (lon, lat)."""
    from rasterio.warp import transform  # type: ignore[import-untyped]  # rasterio ships no types

    flat = transform(source, target, np.ravel(x), np.ravel(y))
    return np.array(flat[0]).reshape(np.shape(x)), np.array(flat[1]).reshape(np.shape(x))


def _sha256(path: Path) -> tuple[str, bytes]:
    """Return the hash of a file, and its first four bytes."""
    try:
        if path.is_dir():
            raise Refused(f"{path} is a directory: name the terrain files in it")
        with path.open("rb") as file:
            begins = file.read(4)
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest(), begins
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Refused(f"{path}: there is no such file") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error


def _box(path: Path, dataset: Any) -> Box:  # noqa: ANN401  # rasterio ships no types
    import rasterio.errors
    from rasterio.warp import transform_bounds

    if dataset.count != 1:
        raise Refused(f"{path} has {dataset.count} bands: terrain has one, the height; is it a picture?")
    if dataset.crs is None:
        raise Refused(f"{path} does not say where it lies (no coordinate reference system): give it one with gdal_edit")
    try:
        west, south, east, north = transform_bounds(dataset.crs, _WGS84, *dataset.bounds, densify_pts=21)
    except rasterio.errors.RasterioError as error:
        raise Refused(f"{path}: its coordinates cannot be turned into latitude and longitude: {error}") from error
    if not all(map(math.isfinite, (west, south, east, north))) or not -_LAT_MAX <= south < north <= _LAT_MAX:
        raise Refused(f"{path} lies from {south} to {north} degrees of latitude: that is not on the globe")
    turned = (round(west * 1e7) + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2
    width = min(TURN_E7, round(((east - west) % 360.0 or 360.0) * 1e7))
    return Box(max(-POLE_E7, round(south * 1e7)), min(POLE_E7, round(north * 1e7)), turned, width)


def _metres(path: Path, dataset: Any) -> float:  # noqa: ANN401  # rasterio ships no types
    """Return the metres in the unit of the file's heights."""
    unit = (dataset.units[0] or "").strip().casefold()
    if unit not in _METRES:
        raise Refused(f"{path} gives heights in {unit!r}: convert it to metres first")
    return _METRES[unit]
