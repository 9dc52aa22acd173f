"""What the tracker assumes: the columns of its parameters, and what no setting changes."""

from __future__ import annotations

from skykeep.watch.rows import MODELS

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

# columns of the parameters, see `window.parameters`
GATE_D2, GATE_M, SPEED_MAX, SPEED_MAX_MANNED, SWITCH_RATE, DEATH_RATE = range(6)
BIRTH_M2_S, SELF_DENSITY, SELF_R, SELF_CAP, ROUNDS, BOUND_ELSEWHERE, R_BIRTH_MIN = range(6, 13)
NOISE = 13  # MODELS times level, up, damping
PARAMETERS = NOISE + 3 * MODELS
