"""Settings of a run: a struct read from TOML; unknown keys are refused, every value knows its unit."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import msgspec

from skykeep.errors import Refused
from skykeep.facts.alarms import GROUP, TRACK_REASONS
from skykeep.watch.settings import WatchSettings

_BEYOND_SENSE = 1e9
QNH_MIN_HPA, QNH_MAX_HPA = 850.0, 1100.0  # the lowest and highest ever measured are 870 and 1085


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set for a run; hashed into the record."""

    tick_ms: int = 100  # a tick closes after this time
    tick_bytes_max: int = 1_000_000  # a tick closes early when its raw frames reach this size
    reorder_window_s: float = 5.0  # frames of one source that run backwards by less than this are put in order
    snapshot_interval_s: float = 3600.0  # the state is kept this often, for replays that begin in the middle
    terrain_sigma_m: float = 6.0  # assumed standard deviation of the heights in terrain files, which do not state it
    qnh_hpa: float | None = None  # air pressure reduced to sea level, for all of the recording; without it: not known
    law_complete: bool = False  # the loaded zones are declared to be all the law there is over this place
    watch: WatchSettings = WatchSettings()  # the settings of the watch

    def canonical(self) -> str:
        """Return the one JSON text of these settings."""
        return msgspec.json.encode(self, order="sorted").decode()

    def sha256(self) -> bytes:
        """Return the hash of the canonical text."""
        return hashlib.sha256(self.canonical().encode()).digest()


def load(path: Path | None) -> Settings:
    """Return the settings in a TOML file, defaults where it says nothing; raises Refused with the key that is wrong."""
    if path is None:
        return Settings()
    try:
        return check(msgspec.convert(tomllib.loads(path.read_text("utf-8")), Settings))
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"settings {path}: {error}") from error
    except OSError as error:
        raise Refused(f"settings {path} cannot be read: {error.strerror}") from error


def explained(path: Path | None) -> list[tuple[str, object, str]]:
    """Return (name, value, where it came from) of each setting, those of the watch under `watch.`."""
    chosen, given = load(path), {} if path is None else tomllib.loads(path.read_text("utf-8"))
    rows = _origins("", chosen, given, path)
    return rows + _origins("watch.", chosen.watch, given.get("watch", {}), path)


_MAY_BE_0 = frozenset(
    f"watch.{name}"
    for name in (
        "alarm_on_delay_s", "alarm_off_delay_s", "alarm_dead_band", "incident_quiet_s", "escalate_priority_1_s",
        "escalate_priority_2_s",
    )
)  # fmt: skip
DELAYED = (*TRACK_REASONS, GROUP)  # reasons that can have a delay of their own
_BY_REASON = ("alarm_on_delays_s", "alarm_off_delays_s")
_PROBABILITIES = frozenset(
    f"watch.{name}"
    for name in (
        "tell_probability", "establish_probability", "lost_probability", "self_report_probability", "alarm_existence",
        "alarm_dead_band",
    )
)  # fmt: skip


def _origins(
    prefix: str, chosen: Settings | WatchSettings, given: dict[str, object], path: Path | None
) -> list[tuple[str, object, str]]:
    names = [name for name in chosen.__struct_fields__ if name != "watch"]
    return [(prefix + name, getattr(chosen, name), str(path) if name in given else "default") for name in names]


def parse(canonical: str) -> Settings:
    """Return the settings that a record's `Began` fact holds."""
    return msgspec.json.decode(canonical, type=Settings)


def check(settings: Settings) -> Settings:
    """Return the settings if their values make sense; raises Refused with the key and the remedy."""
    whole = {"tick_ms": settings.tick_ms, "tick_bytes_max": settings.tick_bytes_max}
    plain = [name for name in WatchSettings.__struct_fields__ if name not in _BY_REASON]
    timed = {f"watch.{name}": getattr(settings.watch, name) for name in plain}
    timed |= {"reorder_window_s": settings.reorder_window_s, "snapshot_interval_s": settings.snapshot_interval_s}
    for name, value in (whole | timed).items():
        least = "0 or more" if name in _MAY_BE_0 else "above 0"
        if not 0 <= value < _BEYOND_SENSE or (value == 0 and name not in _MAY_BE_0):
            raise Refused(f"settings: {name} = {value} makes no sense; give a number {least}")
        if name in _PROBABILITIES and value >= 1:
            raise Refused(f"settings: {name} = {value} makes no sense; give a probability below 1")
    for name in _BY_REASON:
        _check_delays(name, getattr(settings.watch, name))
    if not 0 < settings.terrain_sigma_m < _BEYOND_SENSE:
        raise Refused(f"settings: terrain_sigma_m = {settings.terrain_sigma_m} makes no sense; give metres above 0")
    if settings.qnh_hpa is not None and not QNH_MIN_HPA <= settings.qnh_hpa <= QNH_MAX_HPA:
        raise Refused(
            f"qnh_hpa = {settings.qnh_hpa} is no air pressure at sea level; give {QNH_MIN_HPA:g} to {QNH_MAX_HPA:g}"
        )
    if settings.tick_ms > settings.watch.lag_s * 1000:
        raise Refused(
            f"settings: tick_ms = {settings.tick_ms} is longer than watch.lag_s = {settings.watch.lag_s:g} s, so that "
            "reports would be late when their tick closes; give a shorter tick or a longer lag"
        )
    return settings


def _check_delays(name: str, delays_s: dict[str, float]) -> None:
    """Raise Refused where a delay is of no reason for an alarm, or makes no sense."""
    for reason, delay_s in delays_s.items():
        if reason not in DELAYED:
            raise Refused(f"settings: watch.{name}: no alarm has the reason {reason!r}; there are {', '.join(DELAYED)}")
        if not 0 <= delay_s < _BEYOND_SENSE:
            raise Refused(f"settings: watch.{name}.{reason} = {delay_s} makes no sense; give a number 0 or more")
