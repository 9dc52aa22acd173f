"""What `skykeep doctor` says of each feed and each sensor: is it heard, how late, how much of it cannot be read.

A running station is asked over its socket, as the web process asks it: counts are since it began. Of one that does not
run the last hour of its record tells.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.acted import Health
from skykeep.facts.frame import Frame
from skykeep.facts.observed import ClockStepped, Observed, Unreadable
from skykeep.ledger.tick import LeafKind
from skykeep.station.config import Config, Home
from skykeep.station.database import DATABASE
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.keeping.checkup import Found, Looked, ok, warn
from skykeep.station.link import Reader, SensorStatus, Status
from skykeep.station.run import bodies
from skykeep.station.store import Store

ASK_S = 5.0  # a station tells how it does once a second
RECENT_NS = 3_600 * 10**9
ENTRIES_MAX = 20_000
UNREADABLE_SHARE = 0.05
AHEAD_NS = 10**9  # more than this before it arrived nothing can have been heard
_OF_SENSORS = frozenset({Health.SENSOR_SILENT.value, Health.FEED.value, Health.DROPPED.value})


def hearing(looked: Looked) -> Iterator[Found]:
    """Each feed and sensor: whether anything was heard lately, how late, how much unreadable."""
    status = told_by(looked.home)
    if status is None:
        yield from _from_record(looked)
        return
    for each in status.sensors:
        yield _sensor(each, status.now_ns, looked.config)
    yield from _feeds(looked.config, status)
    yield from _unheard(looked.config, status)
    for ill in status.ill:
        if ill.what not in _OF_SENSORS:
            yield warn(f"health {ill.what}", ill.unseen, "see docs: alarms, reasons")


def told_by(home: Home, patience_s: float = ASK_S) -> Status | None:
    """Return how a running station says that it does; None: there is none, or it does not say."""
    until_s = time.monotonic() + patience_s
    with contextlib.suppress(OSError, Malformed), socket.socket(socket.AF_UNIX) as link:
        link.settimeout(patience_s)
        link.connect(str(home.socket))
        reader = Reader()
        while time.monotonic() < until_s and (data := link.recv(1 << 16)):
            for message in reader.feed(data):
                if isinstance(message, Status):
                    return message
    return None


# ---- one sensor -----------------------------------------------------------------------------------------


def _sensor(one: SensorStatus, now_ns: int, config: Config) -> Found:
    """Say how one is heard, and what to do about the worst of it."""
    what, said = f"sensor {one.sensor_id}", _said(one, now_ns)
    for holds, remedy in _troubles(one, now_ns, config):
        if holds:
            return warn(what, said, remedy)
    return ok(what, said)


def _troubles(one: SensorStatus, now_ns: int, config: Config) -> Iterator[tuple[bool, str]]:
    """Yield what can be wrong, the worst first, and what to do about it."""
    silent = one.last_ns is None or (not one.ended and now_ns - one.last_ns > config.health.silent_s * 1e9)
    yield (
        silent,
        "see whether it has power and network, and whether what it sends arrives (its feed's address, a firewall)",
    )
    yield (
        one.unreadable > UNREADABLE_SHARE * max(1, one.frames),
        (
            f"see whether it sends what `{one.format}` reads: keep some of it in a file, "
            f"`skykeep decode {one.format} FILE` says what is wrong with each"
        ),
    )
    late_ns = one.latency_ns or 0
    lag_s = config.watch.watch.lag_s
    yield (
        late_ns > lag_s * 1e9,
        (
            f"what comes more than {lag_s:g} s late is recorded and not used: set its clock by NTP, or look for what "
            "holds it up on the way"
        ),
    )
    yield late_ns < -AHEAD_NS, "its clock is ahead of the station's: set both by NTP"
    yield (
        one.dropped > 0,
        (
            "the kernel throws packets away before they are read: raise net.core.rmem_max and the feed's "
            "receive_buffer_bytes, or use TCP"
        ),
    )


def _said(one: SensorStatus, now_ns: int) -> str:
    heard = "never heard" if one.last_ns is None else f"heard {max(0.0, (now_ns - one.last_ns) / 1e9):,.0f} s ago"
    through = f" through {one.feed}{', whose recording has ended' if one.ended else ''}" if one.feed else ""
    late = "" if one.latency_ns is None else f", {one.latency_ns / 1e9:.1f} s late"
    lost = f", {one.dropped:,} packets lost on the feed" if one.dropped else ""
    return f"{heard}{through}: {one.frames:,} frames of {one.format}, {one.unreadable:,} unreadable{late}{lost}"


# ---- feeds, and who was never heard -----------------------------------------------------------------------


def _feeds(config: Config, status: Status) -> Iterator[Found]:
    troubles = {ill.subject: ill.unseen for ill in status.ill if ill.what == Health.FEED.value}
    heard = {each.feed: each.ended for each in status.sensors}
    for feed in config.feed:
        what = f"feed {feed.name}"
        if feed.name in troubles:
            yield warn(what, troubles[feed.name], "see whether the other side is there, and its address is right")
        elif feed.name in heard:
            yield ok(what, "its recording is played to its end" if heard[feed.name] else "connected, and heard")
        else:
            yield warn(what, "nothing was heard through it since the station began", _to_hear(feed))
    names = {feed.name for feed in config.feed}
    for name, unseen in troubles.items():
        if name not in names:
            yield warn(f"feed {name}", unseen, "see whether it is there, and can be read")


def _to_hear(feed: FeedConfig) -> str:
    if feed.topics:
        return f"see whether anybody publishes under {', '.join(feed.topics)}"
    if feed.kind in {"udp", "tcp_server", "websocket_server"}:
        return f"see whether its sensors send to {feed.address}, and no firewall is between"
    if feed.kind == "push":
        return "see whether its sensors know this station's address and their key"
    return f"see whether {feed.address or 'its other side'} sends anything; docs: connect a receiver"


def _unheard(config: Config, status: Status) -> Iterator[Found]:
    """Yield sensors that should be there, by configuration or sensor file, and were never heard."""
    heard = {each.sensor_id for each in status.sensors}
    named = [name for feed in config.feed for name in (*feed.sensors, feed.sensor_id) if name]
    named += [ill.subject for ill in status.ill if ill.what == Health.SENSOR_SILENT.value]
    for name in dict.fromkeys(named):
        if name not in heard:
            yield warn(
                f"sensor {name}",
                "never heard since the station began",
                "see whether it runs, and gives itself this name: `sensor_id` or `sensors` of its feed",
            )


# ---- of the record ----------------------------------------------------------------------------------------


def _from_record(looked: Looked) -> Iterator[Found]:
    if not (looked.home.record / DATABASE).exists():
        yield ok("sensors", "nothing was ever recorded: start the station, then ask again")
        return
    sensors = _recorded(looked.home)
    yield warn("sensors", "the station does not run: nobody hears them", f"skykeep serve {looked.home.path}")
    now_ns = max((each.last_ns or 0 for each in sensors), default=0)
    for each in sensors:
        found = _sensor(each, now_ns, looked.config)
        yield Found(found.what, found.level, f"in the record's last hour: {found.said}", found.remedy)


def _recorded(home: Home) -> list[SensorStatus]:
    """Return how each sensor was heard in the last hour of the record, by name."""
    told: dict[str, SensorStatus] = {}
    with Store.open(home.record, read_only=True) as store:
        count = store.entries_count
        from_ns = max((row.now_ns for row in store.rows(max(0, count - 1))), default=0) - RECENT_NS
        for row in store.rows(max(0, count - ENTRIES_MAX)):
            if row.now_ns < from_ns:
                continue
            for body in bodies(row, LeafKind.FRAME):
                _count_frame(told, codec.decode(body))
            for body in bodies(row, LeafKind.FACT):
                _count_fact(told, codec.decode(body))
    return [told[name] for name in sorted(told)]


def _count_frame(told: dict[str, SensorStatus], frame: object) -> None:
    if isinstance(frame, Frame):
        before = told.get(frame.sensor_id)
        frames, unreadable, facts = (before.frames, before.unreadable, before.facts) if before else (0, 0, 0)
        told[frame.sensor_id] = SensorStatus(
            frame.sensor_id, "", frame.format, keyed=False, connected=False, frames=frames + 1, facts=facts,
            unreadable=unreadable, dropped=0, last_ns=frame.t_arrival_ns, rate_hz=0.0, latency_ns=None,
        )  # fmt: skip


def _count_fact(told: dict[str, SensorStatus], fact: object) -> None:
    if not isinstance(fact, Observed) or isinstance(fact, ClockStepped) or fact.sensor_id not in told:
        return
    one = told[fact.sensor_id]
    told[fact.sensor_id] = SensorStatus(
        one.sensor_id, "", one.format, keyed=False, connected=False, frames=one.frames, facts=one.facts + 1,
        unreadable=one.unreadable + isinstance(fact, Unreadable), dropped=0, last_ns=one.last_ns, rate_hz=0.0,
        latency_ns=fact.t_arrival_ns - fact.t_event_ns,
    )  # fmt: skip
