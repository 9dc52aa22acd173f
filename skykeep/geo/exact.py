"""Elementary functions that give the same bytes on every 64-bit machine, with the JIT on or off.

libm, NumPy's vector loops and BLAS change their last bits with the processor. Here everything is made of
`+ - * / sqrt`, comparisons and bounded integers, each of which IEEE 754 rounds in one way only.

    function        domain                        error against mpmath (tests/geo/test_exact.py)
    exp             all doubles                   < 1 ulp; below 2**-1022 it is 0.0, above 709.78 infinite
    log             all doubles, subnormals too   < 1 ulp; log(0) = -inf, log(negative) = NaN
    sincos sin cos  |x| <= 1e6 rad, else NaN      < 1 ulp
    sincos_deg      |x| <= 1e9 degree, else NaN   < 2 ulp; exact at multiples of 90
    atan2           all doubles, signs as in C99  < 2 ulp
    asin            |x| <= 1, else NaN            < 1 ulp
    hypot2 hypot3   1e-140 <= |x| <= 1e140, or 0  < 2 ulp
    normal_cdf      all doubles                   < 1e-15 absolute; 1e-8 of itself down to z = -37, below it 0

NaN in, NaN out, always the same NaN. exp never returns a subnormal number, so a thread that flushes them
(some libraries switch that on) cannot change a conclusion.

Methods and coefficients: fdlibm 5.3 as kept in FreeBSD's msun, "Copyright (C) 1993 by Sun Microsystems, Inc.
All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify,
and distribute this software is freely granted, provided that this notice is preserved."; the normal
distribution: J. F. Hart et al., Computer Approximations (1968), no. 5666, after G. West (2005).
"""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.kernel import kernel

PI = 3.141592653589793
_PI_LO = 1.2246467991473532e-16  # PI + _PI_LO is pi to 107 bits; so for the pairs below
_PIO2 = 1.5707963267948966
_PIO2_LO = 6.123233995736766e-17
_PIO4 = 0.7853981633974483
_DEG = 0.017453292519943295  # radians in a degree
_LN2_HI = 6.93147180369123816490e-01  # the first 32 bits: times an exponent it is exact
_LN2_LO = 1.90821492927058770002e-10
_INF = math.inf
_NAN = math.nan


@kernel
def _pow2(k: int) -> float:
    """Return 2**k for -1022 <= k <= 1023, by writing the exponent bits."""
    return float(np.int64((k + 1023) << 52).view(np.float64))


@kernel
def exp(x: float) -> float:
    """Return e**x: infinite above 709.782712893384, 0.0 below -708.3964185322641 (no subnormal results)."""
    x = float(x)
    if math.isnan(x):
        return _NAN
    if x > 709.782712893384:
        return _INF
    if x < -708.3964185322641:
        return 0.0
    k = math.floor(x * 1.4426950408889634 + 0.5)
    hi = x - k * _LN2_HI
    lo = k * _LN2_LO
    r = hi - lo
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))
        )
    )
    y = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi)
    if k == 1024:
        return y * 2.0 * _pow2(1023)
    if k == -1022:
        # y may lie just under 1, where 2**-1022 * y would be subnormal.
        return y * _pow2(-1022) if y >= 1.0 else 0.0
    return y * _pow2(k)


@kernel
def log(x: float) -> float:
    """Return the natural logarithm of x; -inf at 0, NaN below."""
    x = float(x)
    if math.isnan(x) or x < 0.0:
        return _NAN
    if x == 0.0:
        return -_INF
    if x == _INF:
        return _INF
    k = 0
    if x < 2.2250738585072014e-308:
        x = x * 18014398509481984.0
        k = -54
    bits = int(np.float64(x).view(np.int64))
    k = k + (bits >> 52) - 1023
    f = float(np.int64((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000).view(np.float64))
    if f > 1.4142135623730951:
        f = f * 0.5
        k = k + 1
    f = f - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    even = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    half = 0.5 * f * f
    return k * _LN2_HI - ((half - (s * (half + (odd + even)) + k * _LN2_LO)) - f)


@kernel
def _sin_core(x: float, tail: float) -> float:
    """Return sin(x + tail) for |x| <= pi/4, tail far smaller."""
    z = x * x
    v = z * x
    r = 8.33333333332248946124e-03 + z * (
        -1.98412698298579493134e-04
        + z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10))
    )
    return x - ((z * (0.5 * tail - v * r) - tail) + v * 1.66666666666666324348e-01)


@kernel
def _cos_core(x: float, tail: float) -> float:
    """Return cos(x + tail) for |x| <= pi/4, tail far smaller."""
    z = x * x
    w = z * z
    low = 4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05)
    high = -2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)
    r = z * low + w * w * high
    half = 0.5 * z
    w = 1.0 - half
    return w + (((1.0 - w) - half) + (z * r - x * tail))


@kernel
def _turned(s: float, c: float, quarter: int) -> tuple[float, float]:
    """Return sine and cosine after `quarter` more right angles."""
    if quarter == 0:
        return s, c
    if quarter == 1:
        return c, -s
    if quarter == 2:
        return -s, -c
    return -c, s


@kernel
def _difference(a: float, b: float) -> tuple[float, float]:
    """Return a - b rounded, and what the rounding dropped (Knuth's TwoSum)."""
    s = a - b
    t = s - a
    return s, (a - (s - t)) - (b + t)


@kernel
def sincos(x: float) -> tuple[float, float]:
    """Return (sin x, cos x), x in radians, |x| <= 1e6, else (NaN, NaN).

    Cody-Waite reduction by pi/2 in three parts of 33 bits: n * part is exact while n < 2**20.
    """
    x = float(x)
    if not -1e6 <= x <= 1e6:
        return _NAN, _NAN
    n = math.floor(x * 0.6366197723675814 + 0.5)
    # Nothing is lost: the first difference is exact, the next two keep their rounding errors.
    a = x - n * 1.5707963267341256
    b, b_error = _difference(a, n * 6.077100506303966e-11)
    c, c_error = _difference(b, n * 2.0222662487111665e-21)
    error = b_error + (c_error - n * 8.4784276603689e-32)
    y = c + error
    tail = (c - y) + error
    return _turned(_sin_core(y, tail), _cos_core(y, tail), n & 3)


@kernel
def sin(x: float) -> float:
    """Return the sine of x radians, |x| <= 1e6."""
    return sincos(x)[0]


@kernel
def cos(x: float) -> float:
    """Return the cosine of x radians, |x| <= 1e6."""
    return sincos(x)[1]


@kernel
def sincos_deg(x_deg: float) -> tuple[float, float]:
    """Return (sin, cos) of x degrees, |x| <= 1e9, else (NaN, NaN); right angles give exact zeros and ones."""
    x_deg = float(x_deg)
    if not -1e9 <= x_deg <= 1e9:
        return _NAN, _NAN
    n = math.floor(x_deg / 90.0 + 0.5)
    y = (x_deg - n * 90.0) * _DEG
    return _turned(_sin_core(y, 0.0), _cos_core(y, 0.0), n & 3)


@kernel
def _atan(x: float) -> float:
    """Return the arc tangent of x, 0 <= x < 2**66."""
    hi, lo = 0.0, 0.0
    if x >= 2.4375:
        x, hi, lo = -1.0 / x, _PIO2, _PIO2_LO
    elif x >= 1.1875:
        x, hi, lo = (x - 1.5) / (1.0 + 1.5 * x), 0.982793723247329, 1.3903311031230998e-17
    elif x >= 0.6875:
        x, hi, lo = (x - 1.0) / (x + 1.0), _PIO4, 3.061616997868383e-17
    elif x >= 0.4375:
        x, hi, lo = (2.0 * x - 1.0) / (2.0 + x), 0.4636476090008061, 2.2698777452961687e-17
    z = x * x
    w = z * z
    even = 4.97687799461593236017e-02 + w * 1.62858201153657823623e-02
    even = 9.09088713343650656196e-02 + w * (6.66107313738753120669e-02 + w * even)
    even = z * (3.33333333333329318027e-01 + w * (1.42857142725034663711e-01 + w * even))
    odd = -5.83357013379057348645e-02 + w * -3.65315727442169155270e-02
    odd = -1.11111104054623557880e-01 + w * (-7.69187620504482999495e-02 + w * odd)
    odd = w * (-1.99999999998764832476e-01 + w * odd)
    return hi - ((x * (even + odd) - lo) - x)


@kernel
def atan2(y: float, x: float) -> float:
    """Return the angle of (x, y) in radians, -pi to pi; zeros have signs and infinities meet as in C99."""
    y = float(y)
    x = float(x)
    if math.isnan(x) or math.isnan(y):
        return _NAN
    up = abs(y)
    along = abs(x)
    if up == 0.0 and along == 0.0:
        angle = 0.0
    elif up == _INF and along == _INF:
        angle = _PIO4
    elif along == 0.0 or up / along > 7.378697629483821e19:
        return -_PIO2 if y < 0.0 else _PIO2
    else:
        angle = _atan(up / along)
    if math.copysign(1.0, x) < 0.0:
        angle = PI - (angle - _PI_LO)
    return -angle if math.copysign(1.0, y) < 0.0 else angle


@kernel
def asin(x: float) -> float:
    """Return the arc sine of x in radians, -pi/2 to pi/2; NaN where |x| > 1."""
    x = float(x)
    if not -1.0 <= x <= 1.0:
        return _NAN
    up = abs(x)
    t = x * x if up < 0.5 else (1.0 - up) * 0.5
    p = 2.01212532134862925881e-01 + t * (
        -4.00555345006794114027e-02 + t * (7.91534994289814532176e-04 + t * 3.47933107596021167570e-05)
    )
    p = t * (1.66666666666666657415e-01 + t * (-3.25565818622400915405e-01 + t * p))
    q = 2.02094576023350569471e00 + t * (-6.88283971605453293030e-01 + t * 7.70381505559019352791e-02)
    r = p / (1.0 + t * (-2.40339491173441421878e00 + t * q))
    if up < 0.5:
        return x + x * r
    s = math.sqrt(t)
    if up >= 0.975:
        angle = _PIO2 - (2.0 * (s + s * r) - _PIO2_LO)
    else:
        scaled = 134217729.0 * s  # Veltkamp: the upper half of the bits of s, so that its square is exact
        upper = scaled - (scaled - s)
        c = (t - upper * upper) / (s + upper)
        angle = _PIO4 - ((2.0 * s * r - (_PIO2_LO - 2.0 * c)) - (_PIO4 - 2.0 * upper))
    return -angle if x < 0.0 else angle


@kernel
def hypot2(x: float, y: float) -> float:
    """Return the length of (x, y); plain squares, so each must be 0 or between 1e-140 and 1e140."""
    x = float(x)
    y = float(y)
    length = math.sqrt(x * x + y * y)
    return _NAN if math.isnan(length) else length


@kernel
def hypot3(x: float, y: float, z: float) -> float:
    """Return the length of (x, y, z), summed in that order; domain as `hypot2`."""
    x = float(x)
    y = float(y)
    z = float(z)
    length = math.sqrt(x * x + y * y + z * z)
    return _NAN if math.isnan(length) else length


@kernel
def normal_cdf(z: float) -> float:
    """Return the probability that a standard normal value is below z."""
    z = float(z)
    if math.isnan(z):
        return _NAN
    a = abs(z)
    if a > 37.0:
        tail = 0.0
    elif a < 7.07106781186547:
        p = 0.0352624965998911 * a + 0.700383064443688
        p = ((p * a + 6.37396220353165) * a + 33.912866078383) * a + 112.079291497871
        p = (p * a + 221.213596169931) * a + 220.206867912376
        q = 0.0883883476483184 * a + 1.75566716318264
        q = ((q * a + 16.064177579207) * a + 86.7807322029461) * a + 296.564248779674
        q = ((q * a + 637.333633378831) * a + 793.826512519948) * a + 440.413735824752
        tail = exp(-0.5 * a * a) * p / q
    else:
        fraction = a + 1.0 / (a + 2.0 / (a + 3.0 / (a + 4.0 / (a + 0.65))))
        tail = exp(-0.5 * a * a) / (fraction * 2.5066282746310002)
    return tail if z <= 0.0 else 1.0 - tail
