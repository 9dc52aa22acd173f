"""Runs a story through the real station and tells what came out, flight by flight."""

import pathlib
from collections.abc import Iterable, Iterator

from skykeep.facts import codec
from skykeep.facts.concluded import AlarmChanged, Concluded, TrackIdentified, TrackMerged, VerdictReached
from skykeep.facts.personal import Name
from skykeep.ledger.tick import LeafKind
from skykeep.station.keys import PSEUDONYMS, SIGNING, Keys
from skykeep.station.run import Done, Job, Watching, bodies, run
from skykeep.station.store import Store

START_NS = 1_777_629_600_000_000_000  # 2026-05-01T10:00:00Z
RECORD_ID = "town"


def keys(directory: pathlib.Path) -> Keys:
    """Keys that everybody knows, so that pseudonyms are the same in every run of the tests."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, byte in ((SIGNING, "11"), (PSEUDONYMS, "22")):
        (directory / name).write_text(byte * 32 + "\n", "ascii")
    return Keys(directory)


def run_job(job: Job) -> Done:
    """Run a job with the keys that everybody knows, kept beside the record."""
    return run(job, keys(job.record.parent / "keys"), Watching())


def leaves(record: pathlib.Path, kind: LeafKind) -> Iterator[tuple[int, object]]:
    """Yield (now_ns, fact) of one kind of leaf, in the order of the record; `Began` entries left out."""
    with Store.open(record, read_only=True) as store:
        for row in store.rows():
            for body in bodies(row, kind):
                yield row.now_ns, codec.decode_trusted(body)


def conclusions(record: pathlib.Path) -> list[tuple[int, Concluded]]:
    return list(leaves(record, LeafKind.CONCLUSION))


def addresses(record: pathlib.Path) -> dict[str, str]:
    """Return the value behind each pseudonym."""
    return {name.pseudonym: name.value for _, name in leaves(record, LeafKind.NAME) if isinstance(name, Name)}


class Told:
    """What a record says of each flight of a cast."""

    def __init__(self, record: pathlib.Path, cast: Iterable) -> None:
        values = addresses(record)
        role_of = {address: role.name for role in cast for address in role.transmitters}
        self.name_of: dict[int, str] = {}  # by track id
        self.verdicts: dict[str, list[tuple[int, VerdictReached]]] = {}
        self.identities: dict[str, list[TrackIdentified]] = {}
        self.alarms: dict[str, list[str]] = {}
        self.merged: list[str] = []
        for now_ns, fact in conclusions(record):
            if isinstance(fact, TrackIdentified):
                name = self.name_of.setdefault(fact.track_id, role_of[values[fact.transmitter]])
                self.identities.setdefault(name, []).append(fact)
            elif isinstance(fact, VerdictReached):
                self.verdicts.setdefault(self.name_of[fact.track_id], []).append((now_ns, fact))
            elif isinstance(fact, AlarmChanged):
                self.alarms.setdefault(self.name_of[fact.track_id], []).append(fact.reason)
            elif isinstance(fact, TrackMerged):
                self.merged.append(self.name_of[fact.into_track_id])
        self.values = values

    def rows(self, name: str) -> list[tuple[str | None, str, str]]:
        """Return the verdicts of a flight as told, the same one told again left out."""
        rows: list[tuple[str | None, str, str]] = []
        for _, fact in self.verdicts[name]:
            row = (fact.zone_id, fact.verdict.value, fact.clause)
            if not rows or rows[-1] != row:
                rows.append(row)
        return rows
