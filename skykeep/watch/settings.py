"""What the watch can be told: each value with its unit; part of the settings that a run records."""

from __future__ import annotations

import msgspec


class WatchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the watch; changing any of them changes conclusions, so they are hashed into the record."""

    lag_s: float = 2.0
    """Reports may come this much later than they were measured and still count as if they had come in time."""
    silence_max_s: float = 10.0
    """A track that nothing was heard of for this long is lost."""
    forget_after_s: float = 60.0
    """A lost track is remembered this long, so that a changed radio address can be bound to it."""
    identity_memory_s: float = 60.0
    """An identity heard from a transmitter binds to its positions for this long."""
    establish_reports: int = 2
    """A track is established, and may raise an alarm, after this many reports."""
    told_interval_s: float = 1.0
    """The estimate of a moving track is told at most this often."""
    acceleration_sigma_mps2: float = 3.0
    """How hard an aircraft is expected to manoeuvre (white acceleration noise of the filter)."""
    speed_max_mps: float = 75.0
    """Faster than this, two reports of an unmanned aircraft cannot be of the same one."""
    speed_max_manned_mps: float = 400.0
    """The same for a manned aircraft."""
    gate_m: float = 60.0
    """Two reports this near (beyond their own errors) may always be of the same aircraft."""
    pos_accuracy_assumed_m: float = 30.0
    """95 % radius assumed where neither report nor sensor declares one."""
    alt_accuracy_assumed_m: float = 30.0
    """95 % bound assumed for a height where neither report nor sensor declares one."""
