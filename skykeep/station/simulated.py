"""The invented town's story as files on disk, ready to be run like any recording."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from skykeep.errors import Refused, Unavailable
from skykeep.sim.story import Story
from skykeep.sim.story import story as told
from skykeep.station.inputs import open_source
from skykeep.station.run import Job
from skykeep.station.settings import Settings
from skykeep.wire.remote_id_air import on_air


@dataclasses.dataclass(frozen=True, slots=True)
class LaidOut:
    """Where the files of a story lie, and how `skykeep run` is told of them."""

    inputs: tuple[str, ...]  # FORMAT@SENSOR:PATH
    zones: Path
    permits: Path
    simulated: frozenset[str]

    def job(self, record: Path, *, settings: Settings | None = None, record_id: str | None = None) -> Job:
        """Return the job that runs the story into a record; the town's law is declared to be complete."""
        return Job(
            record=record,
            sources=tuple(open_source(spec) for spec in self.inputs),
            zones=(self.zones,),
            permits=(self.permits,),
            simulated=self.simulated,
            settings=settings or Settings(law_complete=True),
            record_id=record_id,
        )


def story(seed: int, start_ns: int) -> Story:
    """Return the story of the town, spoken in our own Remote ID."""
    return told(seed, start_ns, on_air)


def new_directory(path: Path) -> Path:
    """Return a directory that is there and empty; raises Refused or Unavailable where it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise Refused(f"{path} is not empty: name another place with -o")
    except OSError as error:
        raise Unavailable(f"{path} cannot be made: {error.strerror}") from error
    return path


def lay_out(of: Story, directory: Path) -> LaidOut:
    """Write the files of a story into a directory that exists."""
    for name, data in of.files.items():
        (directory / name).write_bytes(data)
    zones, permits = directory / "zones.json", directory / "permits.json"
    zones.write_bytes(of.zones)
    permits.write_bytes(of.permits)
    return LaidOut(
        inputs=tuple(f"{of.formats[name]}@{of.sensor_of[name]}:{directory / name}" for name in of.files),
        zones=zones,
        permits=permits,
        simulated=of.sensors,
    )
