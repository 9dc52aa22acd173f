"""Acts that take long, which the loop only notes: verifying, erasing from and copying a record that grows."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from skykeep.errors import Refused, Unavailable
from skykeep.facts.personal import KeyedNames, NameKind
from skykeep.station import asked, erasing
from skykeep.station.config import Config, Home
from skykeep.station.housework import verifying
from skykeep.station.keeping import copying
from skykeep.station.link import Ask
from skykeep.station.store import Store

LONG_S = 900.0
SAID_MAX = 2_000
KEPT_MAX = 100


class Besides:
    """Does what an act asks for once it stands in the record; each call may take minutes, on a thread of its own."""

    def __init__(
        self, home: Home, config: Config, store: Store, *, vkey: Callable[[], str], fresh: Callable[[], KeyedNames]
    ) -> None:
        """`vkey` gives the key that holds now, `fresh` pseudonyms of the record that nobody else uses."""
        self._doing = threading.Lock()
        self._answered: dict[tuple[str, str, bytes], bytes] = {}
        self._home, self._config, self._store, self._vkey, self._fresh = home, config, store, vkey, fresh
        self.forget: Callable[[frozenset[str]], None] = lambda _gone: None
        self.seal: Callable[[], object] = lambda: None  # what is verified was signed: a young record is not yet
        self.found: Callable[[bool, str], None] = lambda _holds, _said: None
        self._acts: dict[str, Callable[[Ask], msgspec.Struct]] = {
            "record.verify": self._verify,
            "record.erase": self._erase,
            "backup.make": self._back_up,
        }

    def takes(self, action: str) -> bool:
        """Whether an act is done here."""
        return action in self._acts

    def do(self, ask: Ask) -> bytes:
        """Do it, and return what is answered as JSON; raises Refused or Unavailable.

        One at a time; the same key of the same person gets the answer that it got, and does nothing again.
        """
        with self._doing:
            place = ask.person, ask.key, ask.arguments
            kept = self._answered.get(place) if ask.key else None
            if kept is None:
                kept = msgspec.json.encode(self._acts[ask.action](ask))
                self._answered[place] = kept
                if len(self._answered) > KEPT_MAX:
                    del self._answered[next(iter(self._answered))]
            return kept

    def _verify(self, ask: Ask) -> asked.Verified:
        del ask  # it has no arguments
        self.seal()
        beside = verifying(self._store.path, self._vkey(), told=True)
        try:
            found, wrong = beside.communicate(timeout=LONG_S)
        except subprocess.TimeoutExpired as error:
            beside.kill()
            beside.communicate()
            raise Unavailable(
                f"verifying takes longer than {LONG_S:g} s: run `skykeep verify` beside the station"
            ) from error
        if beside.returncode not in {0, 1}:
            raise Unavailable(f"the record could not be verified now: {' '.join(_words(wrong)[-1:])}")
        holds = beside.returncode == 0
        self.found(holds, " ".join(_words(wrong)[-2:]))
        return asked.Verified(holds=holds, entries=self._store.durable(), said=[*_words(wrong), *_words(found)])

    def _erase(self, ask: Ask) -> asked.Erased:
        arguments = asked.arguments(ask.action, ask.arguments)
        assert isinstance(arguments, asked.RecordErase)
        if arguments.kind and arguments.kind not in {kind.value for kind in NameKind}:
            kinds = ", ".join(kind.value for kind in NameKind)
            raise Refused(f"{arguments.kind!r} is no kind of personal value; there are {kinds}")
        kind = NameKind(arguments.kind) if arguments.kind else None
        sought = erasing.sought(self._fresh(), arguments.value, kind)
        found = erasing.erase_from(self._store, sought, preview=arguments.preview)
        if not arguments.preview:
            self.forget(sought.pseudonyms)
        return asked.Erased(leaves=sum(found), names=found.names, frames=found.frames)

    def _back_up(self, ask: Ask) -> asked.BackupMade:
        del ask  # it has no arguments
        if not self._config.backup.directory:
            raise Refused("no place for backups is configured: name one as `directory` in [backup]")
        destination = self._home.at(self._config.backup.directory)
        command = copying.command(self._home, destination, self._config.backup.keep)
        try:
            done = subprocess.run(  # noqa: S603  # our own program, our own configuration
                command, capture_output=True, stdin=subprocess.DEVNULL, timeout=LONG_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"copying takes longer than {LONG_S:g} s: run `skykeep backup` by hand") from error
        copies = copying.made_copies(destination)
        if done.returncode or not copies:
            raise Unavailable(f"no backup could be made: {' '.join(_words(done.stderr)[-2:])}")
        return asked.BackupMade(path=str(copies[-1]), entries=_entries(copies[-1]))


def _words(said: bytes) -> list[str]:
    return [line for line in said.decode("utf-8", "replace")[-SAID_MAX:].splitlines() if line.strip()]


def _entries(copy: Path) -> int:
    manifest = msgspec.json.decode((copy / copying.MANIFEST).read_bytes(), type=copying.Manifest)
    return manifest.entries
