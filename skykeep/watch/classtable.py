"""How each class of thing moves and looks: shares of its time in each bin, with a source or a reason for each row.

The rows are in the order of facts.concluded.CLASSES: multirotor, fixed_wing, bird, manned_aircraft, balloon, unknown.
"Unknown" is as likely in each bin as in any other: what fits no class well becomes it. Shares that no paper gives are
judgements. They were set while looking at seeds 11 to 20 of the reference scenario, the seeds for tuning, and not at
seeds 1 to 10, with which it is scored (docs/explanation/classes.md).
"""

from __future__ import annotations

import math

import numpy as np

from skykeep.facts.concluded import CLASSES
from skykeep.geo.exact import log
from skykeep.watch.reports import Floats

# Over a town, low, what a sensor tuned for drones picks up. There are more birds than drones in the sky; but a drone
# that is taken for a bird costs more than a bird that is taken for a drone, so "bird" has to be shown.
PRIOR = (0.58, 0.08, 0.14, 0.12, 0.02, 0.06)

SPEED_MPS = (1.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 50.0, 80.0)  # over ground, upper edges; the last bin is open
SPEED = (
    # hovers a third of the time; consumer multirotors are held to 19 m/s by EU class C1 (2019/945), most fly below 16
    (0.28, 0.12, 0.15, 0.17, 0.15, 0.08, 0.04, 0.008, 0.001, 0.001),
    # small fixed wings stall near 10 m/s and cruise at 12 to 30; never still, save against a strong wind
    (0.010, 0.010, 0.03, 0.10, 0.25, 0.30, 0.22, 0.07, 0.009, 0.001),
    # mean airspeeds of 138 species lie from 8 to 23 m/s (Alerstam et al. 2007, PLoS Biol. 5:e197); wind widens that
    (0.020, 0.040, 0.12, 0.27, 0.30, 0.16, 0.08, 0.009, 0.0005, 0.0005),
    # helicopters from hover to 80 m/s, light aircraft 30 to 80, airliners above (EUROCONTROL BADA: 70 to 260)
    (0.04, 0.02, 0.02, 0.02, 0.03, 0.05, 0.12, 0.22, 0.20, 0.28),
    # drifts with the wind: Weibull with mean 5 to 8 m/s at a few hundred metres over land
    (0.08, 0.20, 0.27, 0.22, 0.13, 0.06, 0.03, 0.009, 0.0005, 0.0005),
    (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1),
)
AGILITY_MPS2 = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # change of level velocity beyond the filter's own error
AGILITY = (
    # straight legs and stops between turns, some agile flight
    (0.42, 0.14, 0.14, 0.14, 0.10, 0.05, 0.01),
    # banks at 20 to 45 degrees: g tan(bank), 3.6 to 9.8 m/s2 while turning, which is seldom
    (0.42, 0.18, 0.16, 0.12, 0.08, 0.035, 0.005),
    # flap, glide, circle over their own places: seldom straight for long, unless they migrate
    (0.18, 0.20, 0.24, 0.22, 0.12, 0.035, 0.005),
    # standard-rate turns of 3 degrees a second: 2.6 m/s2 at 50 m/s; airliners bank 25 degrees
    (0.50, 0.18, 0.14, 0.11, 0.06, 0.008, 0.002),
    # only the wind's gusts
    (0.60, 0.24, 0.11, 0.04, 0.008, 0.001, 0.001),
    (1 / 7, 1 / 7, 1 / 7, 1 / 7, 1 / 7, 1 / 7, 1 / 7),
)
CLIMB_MPS = (1.0, 3.0, 6.0, 12.0)  # either way
CLIMB = (
    # most consumer multirotors are held to 6 m/s up and 5 m/s down
    (0.70, 0.18, 0.10, 0.015, 0.005),
    (0.65, 0.25, 0.08, 0.015, 0.005),
    # birds climb at 0.3 to 2 m/s by flapping and up to 3 in thermals (Hedenstrom & Alerstam 1992, J. exp. Biol. 164:19)
    (0.82, 0.15, 0.025, 0.004, 0.001),
    # climb and descent at 500 to 3,000 ft/min
    (0.55, 0.15, 0.15, 0.10, 0.05),
    # weather balloons rise at 5 m/s (WMO No. 8), toy balloons at 1 to 3
    (0.25, 0.30, 0.35, 0.09, 0.01),
    (0.2, 0.2, 0.2, 0.2, 0.2),
)
HEIGHT_M = (500.0, 1500.0, 3000.0, 6000.0)  # above the ellipsoid: the ground may be high, so low bins say little
HEIGHT = (
    # 120 m above ground by rule (EU 2019/947); towns lie below 2,500 m, almost all
    (0.58, 0.36, 0.055, 0.004, 0.001),
    (0.56, 0.36, 0.07, 0.009, 0.001),
    # of night migrants half fly below 700 m, nine in ten below 1,400 to 2,100 (Bruderer et al. 2018, J. Orn. 159:315)
    (0.58, 0.33, 0.08, 0.009, 0.001),
    (0.15, 0.25, 0.22, 0.16, 0.22),
    (0.25, 0.20, 0.20, 0.15, 0.20),
    (0.2, 0.2, 0.2, 0.2, 0.2),
)
RCS_DBSM = (  # mean and standard deviation over aspects, dBsm
    (-17.0, 5.0),  # consumer quadcopters: -20 to -10 at 8 to 15 GHz (Li & Ling 2017, IEEE AWPL 16)
    (-13.0, 6.0),  # small fixed wings: engine, battery and payload
    (-25.0, 6.0),  # sparrow -30, pigeon -21, crow -16 (Vaughn 1985, Proc. IEEE 73:205)
    (5.0, 8.0),  # light aircraft 0 to 5, helicopters 5, airliners 15 and more (Skolnik, Introduction to Radar)
    (-15.0, 10.0),  # the skin is nearly nothing, a payload or a corner reflector much
    (-10.0, 20.0),
)
HEARD = {  # it was heard by a receiver of ...
    "remote_id": (0.7, 0.7, 0.001, 0.02, 0.01, 0.1),  # a bird sends nothing; 0.001: a wrong binding of reports
    "adsb": (0.01, 0.02, 0.0005, 0.8, 0.05, 0.05),  # drones seldom carry it; in the USA they may not (14 CFR 107.53)
}
_MOST, _REST = 0.9, 0.02  # of ten that say what they are, nine are: settings are wrong, and words can lie
_MEANT = {
    "rid:1": "fixed_wing", "rid:2": "multirotor", "rid:3": "unknown", "rid:4": "fixed_wing", "rid:5": "unknown",
    "rid:6": "fixed_wing", "rid:7": "unknown", "rid:8": "balloon", "rid:9": "balloon", "rid:10": "unknown",
    "rid:11": "unknown", "rid:12": "unknown", "rid:13": "multirotor", "rid:14": "unknown", "rid:15": "unknown",
    "adsb:A1": "manned_aircraft", "adsb:A2": "manned_aircraft", "adsb:A3": "manned_aircraft",
    "adsb:A4": "manned_aircraft", "adsb:A5": "manned_aircraft", "adsb:A6": "manned_aircraft",
    "adsb:A7": "manned_aircraft", "adsb:B1": "manned_aircraft", "adsb:B2": "balloon", "adsb:B3": "unknown",
    "adsb:B4": "manned_aircraft", "adsb:B6": "multirotor", "adsb:B7": "unknown", "manned": "manned_aircraft",
    "unmanned": "multirotor",
}  # fmt: skip  # F3411-22a, Basic ID, UA type; DO-260B, 2.2.3.2.5.2, emitter category
_EITHER = {"adsb:B6", "unmanned", "rid:4"}  # multirotor or fixed wing: it does not say which
SAID = tuple(_MEANT)
SOURCES = ("rid", "adsb", "manned")  # who says it; the last word of each counts


def source_of(kind: str) -> int:
    """Return which of SOURCES says this."""
    return SOURCES.index(kind.split(":", maxsplit=1)[0]) if ":" in kind else SOURCES.index("manned")


def logs(shares: tuple[tuple[float, ...], ...]) -> Floats:
    """Return (classes, bins) log-likelihoods."""
    return np.array([[log(share) for share in row] for row in shares])


def bins(edges: tuple[float, ...]) -> Floats:
    """Return (bins, 2) the middle of each bin and its standard deviation; the open one ends at three times its edge."""
    lower, upper = np.array((0.0, *edges)), np.array((*edges, 3.0 * edges[-1]))
    return np.stack([(lower + upper) / 2.0, (upper - lower) / math.sqrt(12.0)], axis=1)


def _of(kind: str) -> tuple[float, ...]:
    """Return how likely each class says this of itself."""
    either = {"multirotor", "fixed_wing"} if kind in _EITHER else {_MEANT[kind]}
    return tuple(_MOST / len(either) if name in either else _REST for name in CLASSES)


PRIOR_LOG = logs((PRIOR,))[0]
SPEED_SHARES, AGILITY_SHARES = np.array(SPEED), np.array(AGILITY)  # (classes, bins)
CLIMB_SHARES, HEIGHT_SHARES = np.array(CLIMB), np.array(HEIGHT)
HEARD_LOG = logs(tuple(HEARD.values()))  # (2, classes)
SAID_LOG = logs(tuple(_of(kind) for kind in SAID))  # (kinds, classes)
SPEED_BINS, AGILITY_BINS = bins(SPEED_MPS), bins(AGILITY_MPS2)
CLIMB_BINS, HEIGHT_BINS = bins(CLIMB_MPS), bins(HEIGHT_M)
RCS_NUMBERS = np.array(RCS_DBSM)
RCS_LOG_SIGMA = logs((tuple(sigma for _, sigma in RCS_DBSM),))[0]

KEEP = 0.99  # of what was seen, a look later: three minutes of memory, so that a class may change and does not flip
EACH_NS = 2_000_000_000  # how often a track is looked at: a turn shows over two seconds, over one errors hide it
# Looks that count as one, for speed, agility, climb, height, RCS: how fast a thing goes is a trait of its species or of
# its errand, so minutes of it are hardly more proof than a glance; turns and straight legs last for twenty seconds; RCS
# fluctuates from scan to scan (Swerling I).
INDEPENDENT = np.array([100.0, 10.0, 40.0, 100.0, 3.0])
PART_MOST = 12.0  # nats that one kind of sign may say: none proves a class by itself
