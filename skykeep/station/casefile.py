"""A case: the record of one account, folded – its reports, what was found in them, and what persons made of it.

A case is a record as any other: `skykeep verify` checks it, `skykeep erase` removes a person from it. Nothing in it is
ever changed: what was taken back stands there, with who took it back and why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from skykeep.account.naming import ERASED, plain
from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.accounted import Document
from skykeep.facts.acted import KeyRotated
from skykeep.facts.claimed import (
    Claimed,
    PropositionWorded,
    Retracted,
    SourceKept,
    SpeakerNamed,
    StanceTaken,
    StatementMade,
)
from skykeep.facts.enacted import Began
from skykeep.facts.frame import Frame
from skykeep.facts.personal import Name
from skykeep.ledger.tick import LeafKind
from skykeep.station.database import DATABASE
from skykeep.station.store import Store, TickRow
from skykeep.views import words

LINE_MAX = 600
Act = PropositionWorded | StanceTaken | SpeakerNamed
_OF_OTHERS = frozenset({LeafKind.FACT, LeafKind.CONCLUSION})  # what a case holds claims alone of
BYTES, TEXT = "account-source", "account-text"
"""Formats of the two frames of a source: its bytes as they came, then the text that spans count in, UTF-8."""


class Case:
    """A case's record, folded into plain words; `reading` opens one."""

    def __init__(self, store: Store) -> None:
        """Fold a record; raises Refused where it holds no report."""
        self.path = store.path
        self.documents: dict[str, Document] = {}  # by the hash of their bytes, as taken in
        self.statements: dict[str, StatementMade] = {}
        self.acts: dict[str, Act] = {}
        self.retractions: dict[str, Retracted] = {}
        self.names: dict[str, str] = {}
        self.now_ns = 0
        self.tick = 0
        for row in store.rows():
            self.take_row(row)

    def take_row(self, row: TickRow) -> None:
        """Fold one more tick."""
        self.tick, self.now_ns = row.tick, max(self.now_ns, row.now_ns)
        decoded = [(leaf.kind, None if leaf.body is None else codec.decode_trusted(leaf.body)) for leaf in row.leaves]
        self.names |= {name.pseudonym: name.value for _, name in decoded if isinstance(name, Name)}
        frames = [fact for kind, fact in decoded if kind == LeafKind.FRAME]
        for kind, fact in decoded:
            if kind == LeafKind.FACT and isinstance(fact, Claimed):
                self._take(plain(fact, self.names), frames)
            elif kind in _OF_OTHERS and fact is not None and not isinstance(fact, (Began, KeyRotated)):
                raise Refused(f"{self.path} is the record of a watch or an office, not a case; name another place")

    def _take(self, fact: Claimed, frames: Sequence[object]) -> None:
        if isinstance(fact, SourceKept):
            self.documents[fact.source_sha256] = Document(source=fact, text=_text(fact, frames))
        elif isinstance(fact, StatementMade):
            self.statements[fact.statement_id] = fact
        elif isinstance(fact, Retracted):
            self.retractions[fact.act_id] = fact
        else:
            self.acts[fact.act_id] = fact

    # ---- what stands ---------------------------------------------------------------------------------------

    def taken_back(self) -> dict[str, Retracted]:
        """Return what was taken back and by which act; who takes back a retraction lets the former stand again."""
        found: dict[str, Retracted] = {}
        for act in reversed(self.retractions.values()):
            if act.act_id not in found:
                found[act.retracts] = act
        return found

    def standing_statements(self) -> list[StatementMade]:
        """Return the statements that nobody took back, as they were taken in."""
        back = self.taken_back()
        return [self._placed(one) for one in self.statements.values() if one.statement_id not in back]

    def retracted_statements(self) -> list[StatementMade]:
        """Return the statements that somebody took back."""
        back = self.taken_back()
        return [self._placed(one) for one in self.statements.values() if one.statement_id in back]

    def _placed(self, one: StatementMade) -> StatementMade:
        """Return a statement without its places where the text that they count in was erased."""
        document = self.documents.get(one.source_sha256 or "")
        if document is not None and document.text != ERASED:
            return one
        return msgspec.structs.replace(one, spans=(), cue_span=None, speaker_span=None)

    def standing_acts(self) -> list[Act]:
        """Return the acts that nobody took back, in order; a later wording of a proposition replaces the former."""
        back = self.taken_back()
        standing = [act for act in self.acts.values() if act.act_id not in back]
        last = {act.proposition_id: act.act_id for act in standing if isinstance(act, PropositionWorded)}
        return [
            act for act in standing if not isinstance(act, PropositionWorded) or last[act.proposition_id] == act.act_id
        ]


def _text(fact: SourceKept, frames: Sequence[object]) -> str:
    """Return the text of a source; "[erased]" where it was erased or never kept."""
    at = None if fact.frame is None else fact.frame + 1
    frame = frames[at] if at is not None and at < len(frames) else None
    return frame.data.decode("utf-8") if isinstance(frame, Frame) and frame.format == TEXT else ERASED


def act_lines(case: Case) -> Iterator[str]:
    """Yield what persons did, a line an act: its id, when, who, what, and by which act it was taken back."""
    back = case.taken_back()
    done = sorted((*case.acts.values(), *case.retractions.values()), key=lambda act: _order(act.act_id))
    for act in done:
        taken = f" – taken back by {back[act.act_id].act_id}" if act.act_id in back else ""
        yield words.shown(f"{act.act_id}  {words.utc(act.t_recorded_ns)}  {act.by} {_told(act)}{taken}", LINE_MAX)


def _order(act_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in act_id.removeprefix("a").split(".") if part.isdigit())


def _told(act: Act | Retracted) -> str:
    if isinstance(act, PropositionWorded):
        return f"words {act.proposition_id} ({act.aspect.value}): {act.wording}"
    if isinstance(act, SpeakerNamed):
        side = f", for {act.side}" if act.side else ""
        return f"says that {act.name} is also {', '.join(act.also) or 'nobody else'}{side}"
    if isinstance(act, Retracted):
        return f"takes {act.retracts} back: {act.reason}"
    whom = f" to {act.attributed_to}" if act.attributed_to else ""
    why = f": {act.reason}" if act.reason else ""
    return f"confirms {act.statement_id} {act.stance.value}{whom} {act.proposition_id}{why}"


def require_case(path: Path, case: Case) -> Case:
    """Return the case; raises Refused where the record is none."""
    if not case.documents:
        raise Refused(f"{path} is a record, but no case with reports in it; make one: `skykeep account open`")
    return case


def require_there(path: Path) -> None:
    """Raise Refused where there is no record."""
    if not (path / DATABASE).exists():
        raise Refused(f"{path} is no case; make one: `skykeep account open {path} REPORT...`")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Case]:
    """Open a case to read it."""
    require_there(path)
    with Store.open(path, read_only=True) as store:
        yield require_case(path, Case(store))
