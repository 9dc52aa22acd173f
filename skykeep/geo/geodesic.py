"""How far, which way, and where one comes out: the shortest line on the WGS 84 ellipsoid.

Up to 100 km the straight chord is bent to the curvature of the ellipsoid in that direction (Euler's radius at
the middle): right to 1 µm. Beyond, Vincenty's inverse (Survey Review 23, 1975): right to 0.2 mm, until the
points lie almost opposite on the globe (beyond 19,900 km), where it does not converge and the answer is NaN
rather than a guess. Vincenty's direct has no such gap: right to 0.2 mm up to 20,000 km.
Heights play no part. Measured against geographiclib in tests/geo/test_geodesic.py.
"""

from __future__ import annotations

import math

from skykeep.geo import exact, frames
from skykeep.geo.kernel import kernel

SHORT_M = 100_000.0  # up to here the chord answers


@kernel
def distance_m(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Return the geodesic distance in metres, within 0.2 mm; NaN where the points are nearly antipodal."""
    x1, y1, z1 = frames.geodetic_to_ecef(lat1_deg, lon1_deg, 0.0)
    x2, y2, z2 = frames.geodetic_to_ecef(lat2_deg, lon2_deg, 0.0)
    dx, dy, dz = x2 - x1, y2 - y1, z2 - z1
    c = exact.hypot3(dx, dy, dz)
    if not c <= SHORT_M:
        return _vincenty(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[0]
    if c == 0.0:
        return 0.0
    # The middle of the chord, and there the unit vectors north and east.
    mx, my, mz = x1 + x2, y1 + y2, z1 + z2
    across = exact.hypot2(mx, my)
    mz = mz / (1.0 - frames.E2)  # the normal of the ellipsoid points along (x, y, z / (1 - e2))
    size = exact.hypot2(across, mz)
    s_lat = mz / size
    c_lon, s_lon = (mx / across, my / across) if across > 0.0 else (1.0, 0.0)
    east = (c_lon * dy - s_lon * dx) / c
    # Euler: curvature = north² / M + east² / N, with both radii from the middle latitude.
    w = 1.0 - frames.E2 * s_lat * s_lat
    prime_m = frames.A_M / math.sqrt(w)
    meridian_m = prime_m * (1.0 - frames.E2) / w
    curvature = (1.0 - east * east) / meridian_m + east * east / prime_m
    q = c * curvature
    q = q * q
    return c * (1.0 + q * (1.0 / 24.0 + q * (3.0 / 640.0)))


@kernel
def bearing_deg(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Return the azimuth at the first point, 0 <= degrees < 360, clockwise from north; 0 for one point.

    Up to 100 km that of the normal section, within 1e-5 degree of the geodesic's (plus what a nanometre
    subtends); beyond, the geodesic's. NaN where the points are nearly antipodal.
    """
    x1, y1, z1 = frames.geodetic_to_ecef(lat1_deg, lon1_deg, 0.0)
    x2, y2, z2 = frames.geodetic_to_ecef(lat2_deg, lon2_deg, 0.0)
    dx, dy, dz = x2 - x1, y2 - y1, z2 - z1
    if not exact.hypot3(dx, dy, dz) <= SHORT_M:
        return _vincenty(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[1]
    s_lat, c_lat = exact.sincos_deg(lat1_deg)
    s_lon, c_lon = exact.sincos_deg(lon1_deg)
    east = c_lon * dy - s_lon * dx
    north = c_lat * dz - s_lat * (c_lon * dx + s_lon * dy)
    return _compass(exact.atan2(east, north))


@kernel
def course(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> tuple[float, float]:
    """Return distance_m and the geodesic's own azimuth at the first point in degrees, for following it.

    Where `bearing_deg` answers with the normal section, the line that it begins misses the second point by up to
    2 cm; this one by 0.2 mm. Both NaN where the points are nearly antipodal; 0 and 0 for points within 6 mm.
    """
    length_m = distance_m(lat1_deg, lon1_deg, lat2_deg, lon2_deg)
    if length_m < 0.01:
        return 0.0, 0.0
    return length_m, _vincenty(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[1]


@kernel
def destination_deg(lat_deg: float, lon_deg: float, azimuth_deg: float, distance_m: float) -> tuple[float, float]:
    """Return lat_deg, lon_deg (-180 to 180) of the point so far along the geodesic that begins at an azimuth.

    Vincenty's direct problem. NaN twice where the distance is negative or more than 20,000 km, the latitude none.
    """
    lat_deg = float(lat_deg)
    distance_m = float(distance_m)
    if not (0.0 <= distance_m <= 2e7 and -90.0 <= lat_deg <= 90.0):
        return math.nan, math.nan
    s1, c1 = _reduced(lat_deg)
    s_azimuth, c_azimuth = exact.sincos_deg(azimuth_deg)
    s_alpha = c1 * s_azimuth
    c2_alpha = 1.0 - s_alpha * s_alpha
    sigma, s_sigma, c_sigma, c_mid = _arc(exact.atan2(s1, c1 * c_azimuth), c2_alpha, distance_m)
    u = s1 * s_sigma - c1 * c_sigma * c_azimuth
    up = s1 * c_sigma + c1 * s_sigma * c_azimuth
    lat2 = exact.atan2(up, (1.0 - frames.F) * exact.hypot2(s_alpha, u))
    lam = exact.atan2(s_sigma * s_azimuth, c1 * c_sigma - s1 * s_sigma * c_azimuth)
    k = frames.F / 16.0 * c2_alpha * (4.0 + frames.F * (4.0 - 3.0 * c2_alpha))
    turn = c_mid + k * c_sigma * (2.0 * c_mid * c_mid - 1.0)
    span = lam - (1.0 - k) * frames.F * s_alpha * (sigma + k * s_sigma * turn)
    lon2_deg = float(lon_deg) + span * frames.DEG_PER_RAD
    return lat2 * frames.DEG_PER_RAD, lon2_deg - 360.0 * math.floor((lon2_deg + 180.0) / 360.0)


@kernel
def _arc(sigma1: float, c2_alpha: float, distance_m: float) -> tuple[float, float, float, float]:
    """Return the arc of the auxiliary sphere that such a distance spans, its sine and cosine, and cos 2 sigma_m."""
    u2 = c2_alpha * frames.EP2
    a = 1.0 + u2 / 16384.0 * (4096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2)))
    b = u2 / 1024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2)))
    flat = distance_m / (frames.B_M * a)
    sigma = flat
    for _ in range(8):  # each round is some 600 times nearer
        s_sigma, c_sigma = exact.sincos(sigma)
        c_mid = exact.cos(2.0 * sigma1 + sigma)
        before = sigma
        square = c_mid * c_mid
        inner = c_sigma * (2.0 * square - 1.0)
        inner = inner - b / 6.0 * c_mid * (4.0 * s_sigma * s_sigma - 3.0) * (4.0 * square - 3.0)
        sigma = flat + b * s_sigma * (c_mid + b / 4.0 * inner)
        if abs(sigma - before) < 1e-14:
            break
    s_sigma, c_sigma = exact.sincos(sigma)
    return sigma, s_sigma, c_sigma, exact.cos(2.0 * sigma1 + sigma)


@kernel
def _compass(angle_rad: float) -> float:
    """Return -pi..pi as degrees, 0 <= degrees < 360."""
    bearing = angle_rad * frames.DEG_PER_RAD
    if bearing < 0.0:
        bearing = bearing + 360.0
    return 0.0 if bearing >= 360.0 or bearing == 0.0 else bearing


@kernel
def _reduced(lat_deg: float) -> tuple[float, float]:
    """Return sine and cosine of the reduced latitude."""
    s, c = exact.sincos_deg(lat_deg)
    s = s * (1.0 - frames.F)
    size = exact.hypot2(s, c)
    return s / size, c / size


@kernel
def _vincenty(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> tuple[float, float]:
    """Return distance in metres and first azimuth in degrees, or NaN twice after 100 rounds without an end."""
    s1, c1 = _reduced(lat1_deg)
    s2, c2 = _reduced(lat2_deg)
    span_deg = float(lon2_deg) - float(lon1_deg)
    if not -1e6 <= span_deg <= 1e6:
        return math.nan, math.nan
    span = (span_deg - 360.0 * math.floor(span_deg / 360.0 + 0.5)) * frames.RAD_PER_DEG
    lam = span
    for _ in range(100):
        s_lam, c_lam = exact.sincos(lam)
        u = c2 * s_lam
        v = c1 * s2 - s1 * c2 * c_lam
        s_sigma = exact.hypot2(u, v)
        if s_sigma < 1e-9:
            return math.nan, math.nan  # opposite; the same point never comes here
        c_sigma = s1 * s2 + c1 * c2 * c_lam
        sigma = exact.atan2(s_sigma, c_sigma)
        s_alpha = c1 * u / s_sigma
        c2_alpha = 1.0 - s_alpha * s_alpha
        # On the equator the middle has no latitude to speak of, and its term has no weight.
        c_mid = c_sigma - 2.0 * s1 * s2 / c2_alpha if c2_alpha > 1e-12 else 0.0
        k = frames.F / 16.0 * c2_alpha * (4.0 + frames.F * (4.0 - 3.0 * c2_alpha))
        turn = c_mid + k * c_sigma * (2.0 * c_mid * c_mid - 1.0)
        new = span + (1.0 - k) * frames.F * s_alpha * (sigma + k * s_sigma * turn)
        if not -exact.PI <= new <= exact.PI:
            return math.nan, math.nan
        step = abs(new - lam)
        lam = new
        if step < 1e-13:
            return _vincenty_length_m(c2_alpha, c_mid, s_sigma, c_sigma, sigma), _compass(exact.atan2(u, v))
    return math.nan, math.nan


@kernel
def _vincenty_length_m(c2_alpha: float, c_mid: float, s_sigma: float, c_sigma: float, sigma: float) -> float:
    """Return the length of the arc sigma of an auxiliary sphere on the ellipsoid (Vincenty's 3, 4, 6, 19)."""
    u2 = c2_alpha * frames.EP2
    a = 1.0 + u2 / 16384.0 * (4096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2)))
    b = u2 / 1024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2)))
    square = c_mid * c_mid
    inner = c_sigma * (2.0 * square - 1.0)
    inner = inner - b / 6.0 * c_mid * (4.0 * s_sigma * s_sigma - 3.0) * (4.0 * square - 3.0)
    delta = b * s_sigma * (c_mid + b / 4.0 * inner)
    return frames.B_M * a * (sigma - delta)
