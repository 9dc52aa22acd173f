"""What the watch can be told: each value with its unit; part of the settings that a run records."""

from __future__ import annotations

import msgspec


class WatchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the watch; changing any of them changes conclusions, so they are hashed into the record."""

    lag_s: float = 2.0  # reports this much later than their measurement count as if in time
    silence_max_s: float = 10.0  # a track that nothing was heard of for this long is lost
    forget_after_s: float = 60.0  # a lost track is remembered this long, for a changed radio address to be bound to it
    identity_memory_s: float = 60.0  # an identity heard from a transmitter binds to its positions for this long
    slot_ms: int = 100  # reports measured within this time are weighed together; what is run again when one is late
    tell_probability: float = 0.3  # a track is told of when a body is at least this probable, or something sends there
    establish_probability: float = 0.7  # a track is established when a body is at least this probable
    lost_probability: float = 0.4  # and lost, or tentative again, below this
    births_per_km2_h: float = 20.0  # flights expected to begin in sight of a sensor
    flight_mean_s: float = 300.0  # how long one is in sight
    self_report_probability: float = 0.5  # that a body is where a first Remote ID or ADS-B report says
    self_report_odds: float = 10.0  # how much each further one speaks for it, at most
    rounds: int = 16  # of belief propagation
    mode_changes_per_s: float = 0.02  # from one motion model to each other one
    hover_noise_m2ps3: float = 0.05  # intensity of the white acceleration noise of what hovers
    smooth_noise_m2ps3: float = 0.1  # the same of smooth motion
    agile_noise_m2ps3: float = 6.0  # and of agile motion
    hover_damping_s: float = 1.0  # time in which a hovering drone loses its velocity
    up_noise_share: float = 0.03  # of that noise, straight up
    told_interval_s: float = 1.0  # the estimate of a moving track is told at most this often
    speed_max_mps: float = 75.0  # faster than this, two reports of an unmanned aircraft cannot be of the same one
    speed_max_manned_mps: float = 400.0  # the same for a manned aircraft
    gate_m: float = 60.0  # two reports this near (beyond their own errors) may always be of the same aircraft
    pos_accuracy_assumed_m: float = 30.0  # 95 % radius assumed where neither report nor sensor declares one
    alt_accuracy_assumed_m: float = 30.0  # 95 % bound assumed for a height where neither report nor sensor declares one
    foresee_s: float = 60.0  # entries into zones, and approaches to sites, are foreseen so far ahead
    alarm_existence: float = 0.9  # an alarm of a track sounds when a body is at least this probable
    alarm_dead_band: float = 0.1  # and holds down to this much less
    alarm_on_delay_s: float = 0.0  # a condition must hold this long before its alarm sounds
    alarm_off_delay_s: float = 30.0  # and be gone this long before it returns
    alarm_on_delays_s: dict[str, float] = {}  # the same for a reason that needs its own: site_approach = 2.0
    alarm_off_delays_s: dict[str, float] = {}  # likewise
    flood_tracks: int = 20  # more new tracks than this, of which only their own word tells, are a flood
    flood_window_s: float = 10.0  # if they came within this time
    incident_quiet_s: float = 30.0  # an incident's alarm returns when none of the alarms in it stood for this long
    escalate_priority_1_s: float = 60.0  # an incident of priority 1 sounds again when nobody answered for this long
    escalate_priority_2_s: float = 300.0  # the same of priority 2; 0, here or above: never
    incident_flood: int = 10  # more new incidents than this are grouped: one sounds for each group
    incident_flood_window_s: float = 60.0  # if they opened within this time
