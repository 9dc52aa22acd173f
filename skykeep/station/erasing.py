"""Erase a person from a record: their values, and every raw frame that holds one.

A value is erased whole or not at all: a part of one is no value, and what begins alike is somebody else's. So a name
goes whose value it is, a text in which it stands as whole words, and a raw frame when a fact read from it names the
person, or when the value stands in its bytes (a damaged frame may hold it without a fact that says so). Facts stay:
they hold pseudonyms only.

Bytes alone do not tell what they are. So where a kind is asked for, frames are searched only if a name or a fact of
that kind holds the value. And in bytes that are no text one letter or digit may stand beside it and belong to another
field: such a frame goes only if the record holds the value elsewhere as a whole.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.concluded import TrackIdentified, TrackMerged
from skykeep.facts.frame import Frame
from skykeep.facts.personal import KeyedNames, Name, NameKind, Names
from skykeep.ledger.tick import LeafKind
from skykeep.station import pseudonymkey
from skykeep.station.database import DATABASE
from skykeep.station.keys import Keys
from skykeep.station.run import bodies
from skykeep.station.store import Store, TickRow

WRITTEN_MIN = 4  # fewer bytes than this stand in a frame by chance
_LETTER = rb"[0-9a-z\x80-\xff]"  # or digit, in lower case; in UTF-8 all other letters are bytes from 0x80 on
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_WHOLE = "a part of one is not erased, give it whole"
_IN_WORDS = frozenset({NameKind.TEXT, NameKind.PERSON})
_PSEUDONYM = re.compile(rf"(?:{'|'.join(kind.value for kind in NameKind)}):[a-z2-7]{{16}}")
_ADDRESS = re.compile(r"[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}")


@dataclasses.dataclass(frozen=True)
class Sought:
    """A value as it may stand in a record: as pseudonyms of names, as text, as the bytes of a radio address."""

    pseudonyms: frozenset[str]
    kind: NameKind | None = None  # None: any
    text: bytes = b""  # in lower case; b"": not looked for
    raw: tuple[bytes, ...] = ()  # in either byte order

    def stands_whole(self, data: bytes) -> bool:
        """Whether bytes hold it with neither letter nor digit beside it, and not only as the name of a JSON field."""
        data = data.lower()
        if any(form in data for form in self.raw):
            return True
        if not self.text or self.text not in data:
            return False
        return any(not _is_key(data, match) for match in self._whole.finditer(data))

    def may_stand(self, data: bytes) -> bool:
        """Whether bytes that are no text hold it with one letter or digit beside it, which may be of another field."""
        data = data.lower()
        return bool(self.text) and self.text in data and not _is_text(data) and self._loose.search(data) is not None

    def stands_in_words(self, name: Name) -> bool:
        """Whether it stands as whole words in what a person wrote, or is part of a person's name."""
        return (
            name.kind in _IN_WORDS
            and self.kind in {None, name.kind}
            and bool(self.text)
            and self.stands_whole(name.value.encode())
        )

    @functools.cached_property
    def _whole(self) -> re.Pattern[bytes]:
        begins = rb"(?:(?<!%s)|(?<=\\[bfnrt]))" % _LETTER  # a new line of JSON is a letter after a backslash
        return re.compile(begins + re.escape(self.text) + rb"(?!%s)" % _LETTER)

    @functools.cached_property
    def _loose(self) -> re.Pattern[bytes]:
        two = _LETTER + _LETTER
        return re.compile(rb"(?<!%s)" % two + re.escape(self.text) + rb"(?!%s)" % two)


class Erased(NamedTuple):
    """How many values and how many raw frames went."""

    names: int
    frames: int


def erase_value(
    record: Path, value: str, keys: Keys, *, kind: NameKind | None = None, preview: bool = False
) -> Erased:  # fmt: skip
    """Erase a value, of one kind or whatever it is used as; returns how much went, or with `preview` would go.

    Raises Refused where the record does not hold the value as a whole.
    """
    with _alone(record) as store:
        names = KeyedNames(pseudonymkey.of(store, keys))
        found = _erase(store, sought(names, value, kind), preview=preview)
        return found or _refuse(f"{record} does not hold {value!r}; {_WHOLE}")


def sought(names: Names, value: str, kind: NameKind | None) -> Sought:
    """Return what stands in a record for a value of a kind, or of any."""
    kinds = list(NameKind) if kind is None else [kind]
    text, raw = value.strip().lower().encode(), list[bytes]()
    if _ADDRESS.fullmatch(value.strip()) and NameKind.TRANSMITTER in kinds:
        address = bytes.fromhex(re.sub("[:-]", "", value)).lower()
        raw = [address, address[::-1]]
    wanted = frozenset(names.pseudonym(each, value) for each in kinds)
    return Sought(wanted, kind, text if len(text) >= WRITTEN_MIN else b"", tuple(raw))


def erase_from(store: Store, what: Sought, *, preview: bool = False) -> Erased:
    """Erase a value from a record that is open; returns how much went, or with `preview` would go.

    Raises Refused where the record does not hold it as a whole.
    """
    return _erase(store, what, preview=preview) or _refuse(f"{store.path} does not hold this value; {_WHOLE}")


def erase_track(record: Path, track_id: int, *, preview: bool = False) -> Erased:
    """Erase all that a track's radios said of persons: addresses, ids, operator places, texts, and the raw frames.

    What it shares with others (a copied serial, an operator of two aircraft) goes for them too; only a text that others
    broadcast as well stays. Raises Refused where there is no such track, or nothing left of it to erase.
    """
    with _alone(record) as store:
        radios = _radios(store, track_id)
        if not radios:
            _refuse(f"{record} holds no track {track_id}")
        own, others = set[str](), set[str]()
        for fact in _facts(store):
            said = [text for text in _texts(fact) if _PSEUDONYM.fullmatch(text)]
            (own if radios.intersection(said) else others).update(said)
        common = {name for name in own & others if name.startswith(f"{NameKind.TEXT.value}:")}
        wanted = frozenset(own - common)
        found = _erase(store, Sought(wanted), preview=preview)
        return found or _refuse(f"{record} holds nothing of the persons of track {track_id}")


def _alone(record: Path) -> Store:
    """Open a record to erase from it; raises Refused where a station writes it, saying what to do."""
    try:
        return Store.open(record)
    except Refused as refused:
        if not (record / DATABASE).exists():
            raise
        raise Refused(f"{refused}. To erase by command, stop the station, erase, then start it again") from refused


def _refuse(why: str) -> NoReturn:
    raise Refused(f"{why}, or it was erased already")


def _radios(store: Store, track_id: int) -> frozenset[str]:
    """Return the transmitters of a track and of all that turned out to be it."""
    told = [codec.decode_trusted(body) for row in store.rows() for body in bodies(row, LeafKind.CONCLUSION)]
    tracks = {track_id}
    for merged in reversed([each for each in told if isinstance(each, TrackMerged)]):
        if merged.into_track_id in tracks:
            tracks.add(merged.track_id)
    return frozenset(each.transmitter for each in told if isinstance(each, TrackIdentified) and each.track_id in tracks)


def _facts(store: Store) -> Iterator[object]:
    return (codec.decode_trusted(body) for row in store.rows() for body in bodies(row, LeafKind.FACT))


def _erase(store: Store, what: Sought, *, preview: bool) -> Erased | None:
    """Erase the leaves that hold what is sought; None where there are none."""
    chosen = {LeafKind.NAME: 0, LeafKind.FRAME: 0}
    known, leaves, doubtful = False, [], []
    for row in store.rows():
        found = _leaves_of(row, what)
        known = known or found.known
        leaves += [(row.entry_index, index) for index in found.sure]
        doubtful += [(row.entry_index, index) for index in found.doubtful]
        chosen[LeafKind.NAME] += sum(row.leaves[index].kind == LeafKind.NAME for index in found.sure)
    if known:
        leaves += doubtful
    chosen[LeafKind.FRAME] = len(leaves) - chosen[LeafKind.NAME]
    if not preview:
        store.erase(leaves)  # none, too: what a reader kept in the write-ahead log the last time goes now
    return Erased(chosen[LeafKind.NAME], chosen[LeafKind.FRAME]) if leaves else None


class _Found(NamedTuple):
    """Leaves of one tick."""

    sure: list[int]
    doubtful: list[int]  # frames that go only if the value is known by a name or a fact
    known: bool


def _leaves_of(row: TickRow, what: Sought) -> _Found:
    """Return the leaves of one tick that hold the value: names, frames of facts that name it, frames of its bytes."""
    sure, doubtful, mentioned = list[int](), list[int](), list[int]()
    known = False
    for index, leaf in enumerate(row.leaves):
        if leaf.body is None:
            continue
        body = codec.decode_trusted(leaf.body) if leaf.kind != LeafKind.CONCLUSION else None
        if leaf.kind == LeafKind.NAME and isinstance(body, Name):
            if body.pseudonym in what.pseudonyms or what.stands_in_words(body):
                sure.append(index)
                known = True
        elif leaf.kind == LeafKind.FRAME and isinstance(body, Frame):
            if what.stands_whole(body.data):
                (sure if what.kind is None else doubtful).append(index)
            elif what.may_stand(body.data):
                doubtful.append(index)
        elif leaf.kind == LeafKind.FACT and not isinstance(body, codec.Unknown) and _mentions(body, what.pseudonyms):
            known = True
            frame_at = getattr(body, "frame", None)
            mentioned += [] if frame_at is None else [frame_at]
    at = [index for index, leaf in enumerate(row.leaves) if leaf.kind == LeafKind.FRAME]
    sure += [at[frame] for frame in mentioned if row.leaves[at[frame]].body is not None]
    sure = sorted(dict.fromkeys(sure))
    return _Found(sure, [index for index in doubtful if index not in sure], known)


def _is_key(data: bytes, match: re.Match[bytes]) -> bool:
    """Whether this is the name of a field of JSON."""
    return data[match.start() - 1 : match.start()] == b'"' and data[match.end() :].partition(b":")[0].strip() == b'"'


def _is_text(data: bytes) -> bool:
    return _CONTROL.search(data) is None


def _texts(fact: object) -> list[str]:
    """Return the texts of a fact, those in its lists too."""
    values = [getattr(fact, field) for field in getattr(fact, "__struct_fields__", ())]
    listed = [text for value in values if isinstance(value, tuple) for text in value]
    return [value for value in [*values, *listed] if isinstance(value, str)]


def _mentions(fact: object, wanted: frozenset[str]) -> bool:
    return any(text in wanted for text in _texts(fact))
