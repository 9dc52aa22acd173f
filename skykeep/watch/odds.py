"""What each sign is worth for the flags, in nats of log-odds, with a reason for each number.

A flag is a sequential test (Wald 1945): it begins at a prior, each sign moves it by a bounded step, the sum stays
within +- `BOUND`. It goes up at `UP` and down only at `DOWN`, so that it does not chatter.
"""

from __future__ import annotations

from skykeep.facts.concluded import FLAGS

WITHOUT_BODY, WITHOUT_RID, OFFSET, MOTION, HORIZON, REPLAYED = range(len(FLAGS))

UP = 2.2  # nine to one: told to people as a reason to look, so one wrong in ten of those at the edge is bearable
DOWN = 0.0  # even odds: what once was nine to one is withdrawn only when as much speaks against it as for it
BOUND = 9.0  # 8,000 to 1: no run of signs makes a flag deaf to what comes after for longer than some seconds

PRIOR = (
    -6.9,  # rid_without_body: one sender in 1,000 flies nothing; what a mistake costs an honest pilot outweighs haste
    -9.0,  # body_without_rid: nothing until receivers listened in vain; then by `SENDING_SHARE`
    -4.6,  # rid_offset: one in 100 of the senders without a body where they say has one elsewhere
    -6.9,  # impossible_motion: one in 1,000; receivers of position fail more often, which the steps below allow for
    -6.9,  # beyond_radio_horizon: one in 1,000
    -6.9,  # replayed: one in 1,000
)

# rid_without_body: radar, camera and ears look where it says it is, see nothing, and it is not that they could not.
SIGHT = 3.8  # a body seen there: Pd 0.9 against a false report in the gate in 2 % of the looks, log(0.9 / 0.02)
SIGHT_MOST = 7.6  # two sights count; more would let a body that left be believed in for long
ABSENCE_MOST = 12.0  # of one modality: with one chance in 160,000 it cannot see this body at all (shape, shadow)
FRESH_NS = 5_000_000_000  # it still sends: heard within five of the one-second intervals of F3411-22a

# body_without_rid: receivers hear everybody there, and never it.
SENDING_SHARE = 0.97  # of drones that must send, those that do; where no rule demands it, silence says little
SIGHTS_LEAST = 3  # so often a body was seen: false reports do not persist
DRONE_UNKNOWN = 0.5  # probability that it is a drone at all, before the class is known
DRONE_LEAST = 0.4  # what is likelier a bird or an airliner need not send
EXISTS_LEAST = 0.5
LOCATION_EACH_NS = 1_000_000_000  # F3411-22a: a location at least once a second, so a look in vain is no shorter
AWAKE_NS = 10_000_000_000  # a receiver of which nothing came for longer may have been deaf
UNHEARD_LEAST_NS = 5_000_000_000  # seen for so long: the first words of who takes off may be lost, one after another
NEAR_M = 60.0  # a sender this near, with no body of its own, may be this body's: nothing is said then

# rid_offset, between a sender without a body and a body without a sender that move alike.
OFFSET_MIN_M, OFFSET_MAX_M = 50.0, 1000.0  # nearer is the error of sensors, farther the sky is full of chance pairs
OFFSET_LONG_NS = 10_000_000_000  # alike for ten seconds at least
PAIR_EACH_NS = 2_000_000_000  # drift is taken over two seconds: shorter, errors of place drown it
PAIR_FORGET_NS = 10_000_000_000  # one of a couple may be missed for so long
PAIR_MOST, PAIR_LEAST = 2.0, -3.0  # one comparison: errors of a filter last for seconds, so it counts for one, no more
PAIR_STRAIGHT = 0.2  # of that, where both only go on straight: nothing new is shared
PAIR_TURN_MPS = 2.0  # a change of velocity by this much since the last comparison is something new
PAIR_SLOW_MPS = 2.0  # two that hover are alike by chance: nothing is concluded
PAIR_SUM_MOST = 10.0
PAIR_FAR = 13.8  # drift since the couple was met, in squares of its error: of true couples one in 1,000 drifts so far
PAIR_REST_NS = 60_000_000_000  # a couple that was none is not tried again before: who tries often enough finds one
PAIR_ABSENCE_MOST, PAIR_SILENCE_MOST = 4.0, 2.0  # that the one has no body, that the other is not heard
APART_VAR = 200.0  # (m/s)2 a axis: velocities of two strangers, each with 10 m/s standard deviation
LIKE_VAR, LIKE_LONG_VAR = 0.5, 0.1  # (m/s)2: of filters that lag in a turn; over many seconds that comes back
OFFSET_FADES = 0.5  # a fix of a sender that no couple holds for any more
# ... and between what a track says and where others see it
OFFSET_BIAS_VAR = 225.0  # (15 m)2: a receiver's drift and a radar's registration
OFFSET_WITHIN = 4.6  # what chance alone gives in one of a hundred fixes: half of chi-square 9.2, two degrees
OFFSET_WITHIN_MOST = 1.5
OFFSET_WITHIN_NOT = 0.7  # a fix where the body is

# impossible_motion
SPEED_MAX_MPS = 75.0  # as watch.speed_max_mps: the fastest multirotors on sale reach 60 (racing: 75)
SPEED_MAX_MANNED_MPS = 400.0  # as watch.speed_max_manned_mps
AGE_S = 1.0  # a place may be a second old when sent (F3411-22a: data age at most 1 s)
AGE_HELD_S = 15.0  # ... and by decoders of ADS-B be held for longer: one in four aircraft of a recorded day was
ERRORS = 3.0  # stated sigmas by which places are brought together before the speed is taken
JUMP = 4.0  # receivers of GNSS jump in 0.5 % of moves at worst, liars in a third: log(0.33 / 0.005), rounded down
JUMP_FAR, JUMP_FAR_TIMES = 6.0, 3.0  # jumps of three times the reach are ten times rarer still
MOVED = 0.36  # a second of possible motion: log(1 / 0.7)
WORD_SPAN_NS = 4_000_000_000  # stated velocity is held against the places after four seconds
WORD_GAP_NS = 15_000_000_000  # silence after which nothing can be said of the way between
WORD_SLACK_M, WORD_SHARE = 25.0, 0.3  # what they may differ by: so much, and this share of the way
WORD_ACCELERATION_MPS2 = 3.0  # what is not told between two reports
STUCK = 12.0  # place and velocity the same to the last digit: no chance does that; a sender that hangs is as wrong
STUCK_MPS, STUCK_NS = 5.0, 20_000_000_000  # ... while it says it moves, for longer than decoders hold an old place
ALOFT_MM = 9_000_000  # by pressure, which no false GNSS moves; there wings carry at 100 m/s, against 50 m/s of wind
ALOFT_SLOW_MPS = 50.0  # of 1,164 honest aircraft at such heights none said so; balloons that say what they are may
ALOFT = 0.3  # a second of it: forty until the flag is up, so that no lapse of a decoder raises it
CLAIM_SPAN_S = 1800.0  # time stamps after the hour can be told apart for half of it

# beyond_radio_horizon
EARTH_M = 8_494_667.0  # 4/3 of the mean radius: refraction of a standard atmosphere (ITU-R P.834)
HEIGHT_MARGIN_M = 100.0  # ellipsoid against the lowest ground around, and masts
HEIGHT_UNKNOWN_M, HEIGHT_UNKNOWN_MANNED_M = 1_000.0, 15_000.0  # above the receiver, where none was sent
UP_SIGMA_KNOWN_M = 300.0  # a height with a greater spread was not measured
RID_REACH_M = 60_000.0  # Friis: 20 dBm, 10 dBi, -105 dBm at 2.4 GHz: 135 dB, 56 km in free space
BEYOND = 3.0  # ducts carry one report in twenty at worst: log(1 / 0.05)
BEYOND_DECLARED = 0.5  # outside the declared range, which is where a sensor hears surely, not where it hears at all
BEYOND_DECLARED_TIMES = 2.0  # ... so only twice as far says anything
DECLARED_UP_TO = 1.0  # and by itself it raises no flag
WITHIN_REACH = 0.36  # a report from where it can be heard

# replayed
STAMP_OFF_DS = 600  # a minute; F3411-22a wants UTC, from the receiver of GNSS that gives the place
STAMP_OFF = 2.0  # five in a row raise the flag
STAMP_RIGHT = 0.1  # many who replay at once have it right too
AGAIN = 3.0  # the same place and stamp again: honest senders cannot, and chance is one in millions; four raise it
AGAIN_NOT = 0.1
AGAIN_FROM_NS, AGAIN_UNTIL_NS = 10_000_000_000, 1_800_000_000_000  # sooner it is an echo, later the hour comes round
