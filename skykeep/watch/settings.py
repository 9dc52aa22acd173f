"""What the watch can be told: each value with its unit; part of the settings that a run records."""

from __future__ import annotations

import msgspec


class WatchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the watch; changing any of them changes conclusions, so they are hashed into the record."""

    lag_s: float = 2.0  # reports this much later than their measurement count as if in time
    silence_max_s: float = 10.0  # a track that nothing was heard of for this long is lost
    forget_after_s: float = 60.0  # a lost track is remembered this long, for a changed radio address to be bound to it
    identity_memory_s: float = 60.0  # an identity heard from a transmitter binds to its positions for this long
    establish_reports: int = 2  # a track is established, and may raise an alarm, after this many reports
    told_interval_s: float = 1.0  # the estimate of a moving track is told at most this often
    acceleration_sigma_mps2: float = 3.0  # expected manoeuvre (white acceleration noise of the filter)
    speed_max_mps: float = 75.0  # faster than this, two reports of an unmanned aircraft cannot be of the same one
    speed_max_manned_mps: float = 400.0  # the same for a manned aircraft
    gate_m: float = 60.0  # two reports this near (beyond their own errors) may always be of the same aircraft
    pos_accuracy_assumed_m: float = 30.0  # 95 % radius assumed where neither report nor sensor declares one
    alt_accuracy_assumed_m: float = 30.0  # 95 % bound assumed for a height where neither report nor sensor declares one
