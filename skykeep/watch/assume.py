"""What the tracker assumes: the columns of its parameters, and what no setting changes."""

from __future__ import annotations

import numpy as np

from skykeep.watch.reports import Floats
from skykeep.watch.rows import MODELS
from skykeep.watch.settings import WatchSettings

BIRTH_HEIGHT_M = 150.0  # drones begin in the lowest air
GATHERED_S = 30.0  # so many seconds' births wait beyond the edge of what anybody covers
EDGE_SPEED_MPS = 20.0  # what comes in from there is this fast
R_MAX = 0.9999
REPEAT_NS = 500_000_000  # the same place again within half a second, without a time stamp of its own, is a repeat
VELOCITY_SIGMA_BORN_MPS = 12.0  # of each component, where the first report gives no velocity
UP_SPEED_SIGMA_BORN_MPS = 4.0
BOUND_RATIO = 1e6  # how much likelier than another aircraft's a report is at least that its transmitter binds to a row
ANOTHER = 1e-15  # that one aircraft has two transmitters of a kind
BETA_MIN = 1e-3  # hypotheses less likely than this move nothing
SELF_REPORT = (True, True, False, False, False, False, False, False, False)  # by modality: the sender's own word
SEES_BODIES = (False, False, True, False, True, True, False, True, False)  # its silence speaks against a body

# columns of the parameters, see `parameters`
GATE_D2, GATE_M, SPEED_MAX, SPEED_MAX_MANNED, SWITCH_RATE, DEATH_RATE = range(6)
BIRTH_M2_S, SELF_DENSITY, SELF_R, SELF_CAP, ROUNDS, BOUND_ELSEWHERE, R_BIRTH_MIN = range(6, 13)
NOISE = 13  # MODELS times level, up, damping
PARAMETERS = NOISE + 3 * MODELS


def parameters(settings: WatchSettings) -> Floats:
    """Return what the kernels take of the settings; columns as named in `look`."""
    params = np.zeros(PARAMETERS)
    params[GATE_D2] = 25.0
    params[GATE_M] = settings.gate_m
    params[SPEED_MAX] = settings.speed_max_mps
    params[SPEED_MAX_MANNED] = settings.speed_max_manned_mps
    params[SWITCH_RATE] = settings.mode_changes_per_s
    params[DEATH_RATE] = 1.0 / settings.flight_mean_s
    params[BIRTH_M2_S] = settings.births_per_km2_h / 3.6e9
    params[SELF_DENSITY] = 1e-13
    params[SELF_R] = settings.self_report_probability
    params[SELF_CAP] = settings.self_report_odds
    params[ROUNDS] = settings.rounds
    params[BOUND_ELSEWHERE] = 1e-3
    params[R_BIRTH_MIN] = 1e-3
    levels = (settings.hover_noise_m2ps3, settings.smooth_noise_m2ps3, settings.agile_noise_m2ps3)
    for k, level in enumerate(levels):
        first = NOISE + 3 * k
        params[first : first + 3] = level, level * settings.up_noise_share, settings.hover_damping_s if k == 0 else 0.0
    return params
