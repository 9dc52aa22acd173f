"""A recording played as if it came in now, at its own pace or faster; it is marked as invented, whatever it holds.

Frames get the time at which they are played. Formats that tell the time themselves are told another one: as long
before the playing as it was before the recording. So what a replay puts into the record is not the recording.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import msgspec

from skykeep.errors import Malformed, Refused
from skykeep.sim.town import iso
from skykeep.station.feeds.door import Door
from skykeep.station.inputs import Arrived, Source, merged, open_source
from skykeep.wire.moments import moment_ns

_AT_ONCE = 500
_GRAIN_S = 0.02
_BETWEEN_S = 0.1  # before it begins again: a recording of one moment must not take a core
_WINDOW_NS = 2_000_000_000
_SBS_TIMES = ((6, 7), (8, 9))
_SBS_FIELDS = 22


class Replay:
    """A file that `skykeep run` reads too; with `loop` for ever."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        if not config.address:
            raise Refused(f"feed {config.name}: address: name the recording")
        begin = f"{config.format}@{config.sensor_id}:" if config.sensor_id else f"{config.format}:"
        self._spec = f"{begin if config.format else ''}{door.home.at(config.address)}"

    async def run(self) -> None:
        """Play until cancelled, or to the end; raises Refused where the file cannot be read as a recording."""
        source = await asyncio.to_thread(open_source, self._spec)
        if not source.format.timed:
            raise Refused(f"{source.shown}: {source.format.name} tells no times, so it cannot be played")
        self._door.connected()
        while True:
            await self._play(source)
            if not self._door.config.loop:
                self._door.ended("the recording is played to its end")
                return

    async def _play(self, source: Source) -> None:
        frames = merged([source], _WINDOW_NS, note=self._door.note)
        begun_s, first_ns = time.monotonic(), None
        while batch := await asyncio.to_thread(_next, frames):
            first_ns = batch[0].t_arrival_ns if first_ns is None else first_ns
            for due_s, group in itertools.groupby(batch, key=lambda one: self._due_s(one.t_arrival_ns - first_ns)):
                await asyncio.sleep(max(0.0, begun_s + due_s - time.monotonic()))
                await self._door.take_all([self._now(arrived) for arrived in group])
        await asyncio.sleep(_BETWEEN_S)

    def _due_s(self, ago_ns: int) -> float:
        """Return when a frame is due, in grains, so that frames that are due together are put together."""
        return round(ago_ns / 1e9 / self._door.config.speed / _GRAIN_S) * _GRAIN_S

    def _now(self, arrived: Arrived) -> Arrived:
        now_ns = self._door.outside.clock()
        retime = _RETIMED.get(arrived.format)
        data = arrived.data if retime is None else retime(arrived.data, now_ns - arrived.t_arrival_ns)
        return arrived._replace(t_arrival_ns=now_ns, data=data, keyed=False, simulated=True)


def _next(frames: Iterator[Arrived]) -> list[Arrived]:
    return list(itertools.islice(frames, _AT_ONCE))


# ---- formats that tell the time -------------------------------------------------------------------------


def _by_keys(*keys: str, text: bool) -> Callable[[bytes, int], bytes]:
    """Return what moves the moments under some keys of a JSON object; what cannot be read stays as it is."""

    def moved(data: bytes, by_ns: int) -> bytes:
        try:
            line = msgspec.json.decode(data)
            if not isinstance(line, dict):
                return data
            for key in keys:
                if (value := line.get(key)) is not None:
                    t_ns = moment_ns(Decimal(str(value)) if isinstance(value, int | float) else value) + by_ns
                    line[key] = iso(t_ns) if text else t_ns / 1e9
            return msgspec.json.encode(line)
        except (msgspec.MsgspecError, Malformed, ArithmeticError, OSError, ValueError):
            return data

    return moved


def _sbs(data: bytes, by_ns: int) -> bytes:
    """Move the dates and times of an SBS-1 line."""
    fields = data.split(b",")
    if len(fields) < _SBS_FIELDS:
        return data
    for day, clock in _SBS_TIMES:
        try:
            moment = dt.datetime.fromisoformat(f"{fields[day].decode().replace('/', '-')}T{fields[clock].decode()}")
            moved = moment + dt.timedelta(microseconds=by_ns // 1_000)
        except (ValueError, OverflowError):
            continue
        fields[day] = moved.strftime("%Y/%m/%d").encode()
        fields[clock] = moved.strftime("%H:%M:%S.%f")[:-3].encode()
    return b",".join(fields)


_RETIMED: dict[str, Callable[[bytes, int], bytes]] = {
    "readsb": _by_keys("now", text=False),
    "adsb-rows": _by_keys("t", text=False),
    "tracks": _by_keys("time", "arrival", text=True),
    "plots": _by_keys("time", "arrival", text=True),
    "sbs": _sbs,
}
