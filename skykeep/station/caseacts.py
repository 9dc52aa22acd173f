"""What people do in a case: take reports in, confirm, word, name, take back; each act names who did it.

Nobody's key signs these acts: the case's checkpoint shows that the record is unchanged, not who sat at the keyboard.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from skykeep.account.naming import put_away
from skykeep.errors import Refused
from skykeep.facts.accounted import Document, Proposition
from skykeep.facts.claimed import (
    Aspect,
    Claimed,
    PropositionWorded,
    Retracted,
    SpeakerNamed,
    Stance,
    StanceTaken,
    StatementMade,
)
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust
from skykeep.station import acting
from skykeep.station.casefile import BYTES, TEXT, Case, require_case, require_there
from skykeep.station.database import DATABASE
from skykeep.station.keys import Keys
from skykeep.station.officepapers import words
from skykeep.station.store import Store

WORDING_MAX, ID_MAX = 400, 60


class WritingCase(Case):
    """A case in which somebody acts at one moment, `at_ns`; every act is durable and sealed when its method returns."""

    def __init__(self, store: Store, keys: Keys, at_ns: int) -> None:
        """Open for acts; raises Refused where something was done later already."""
        super().__init__(store)
        if at_ns < self.now_ns:
            raise Refused(
                f"{store.path}: something was done later than that already; a case's time never runs backwards"
            )
        self._store = store
        self._acting = acting.Acting(store, keys)
        self.at_ns = at_ns

    @property
    def vkey(self) -> str:
        """The key that proves this record."""
        return self._acting.signer.verifier.vkey

    # ---- acts ----------------------------------------------------------------------------------------------

    def take_in(self, document: Document, data: bytes, found: Sequence[StatementMade]) -> bool:
        """Take a report in with what was found in it; False where these bytes are in the case already."""
        if document.source.source_sha256 in self.documents:
            return False
        source = msgspec.structs.replace(document.source, frame=0, t_recorded_ns=self.at_ns)
        frames = [self._frame(BYTES, data), self._frame(TEXT, document.text.encode("utf-8"))]
        made = [msgspec.structs.replace(one, t_recorded_ns=self.at_ns) for one in found]
        self._append([source, *made], frames)
        return True

    def confirm(
        self, statement_id: str, proposition: Proposition, stance: Stance, *, by: str,
        attributed_to: str | None = None, reason: str | None = None,
    ) -> StanceTaken:  # fmt: skip
        """Say that a statement takes this stance; a suggested proposition is taken over as it is worded."""
        self._require_statement(statement_id)
        if (stance is Stance.ATTRIBUTES) != (attributed_to is not None):
            raise Refused("the stance attributes, and it alone, says to whom: --attributed-to NAME")
        by = words(by, "who confirms")
        facts: list[Claimed] = []
        if proposition.worded_by is None:
            facts.append(self._worded(proposition.proposition_id, proposition.wording, proposition.aspect, by))
        act = StanceTaken(
            act_id=self._act_id(len(facts)), statement_id=statement_id, proposition_id=proposition.proposition_id,
            t_recorded_ns=self.at_ns, stance=stance, by=by,
            attributed_to=None if attributed_to is None else words(attributed_to, "whom it is said of"),
            reason=None if reason is None else words(reason, "the reason", WORDING_MAX),
        )  # fmt: skip
        self._append([*facts, act])
        return act

    def word(self, proposition_id: str, wording: str, aspect: Aspect, *, by: str) -> PropositionWorded:
        """Word a proposition, anew where it has words."""
        proposition_id = words(proposition_id, "the proposition's id", ID_MAX)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", proposition_id):
            raise Refused(f"{proposition_id!r} is no id; write letters, digits, dots, dashes and underscores")
        act = self._worded(proposition_id, wording, aspect, words(by, "who words it"))
        self._append([act])
        return act

    def name(self, name: str, also: Sequence[str], *, side: str | None, by: str) -> SpeakerNamed:
        """Say that several names are one speaker."""
        name, others = words(name, "the name"), tuple(dict.fromkeys(words(one, "the other name") for one in also))
        if not set(others) - {name} and side is None:
            raise Refused(f"{name} alone: name at least one other that is the same speaker, or the side they speak for")
        act = SpeakerNamed(
            act_id=self._act_id(0), t_recorded_ns=self.at_ns, name=name, also=others,
            side=None if side is None else words(side, "the side"), by=words(by, "who says so"),
        )  # fmt: skip
        self._append([act])
        return act

    def retract(self, what: str, *, by: str, reason: str) -> Retracted:
        """Take an act back, or say that what was found is no statement."""
        if what not in self.acts and what not in self.statements and what not in self.retractions:
            raise Refused(f"{self.path}: there is no act and no statement {what}; {self._listing()}")
        if (before := self.taken_back().get(what)) is not None:
            raise Refused(f"{what} was taken back already, by {before.by}")
        act = Retracted(
            act_id=self._act_id(0), retracts=what, t_recorded_ns=self.at_ns, by=words(by, "who takes it back"),
            reason=words(reason, "the reason", WORDING_MAX),
        )  # fmt: skip
        self._append([act])
        return act

    # ---- how -----------------------------------------------------------------------------------------------

    def _worded(self, proposition_id: str, wording: str, aspect: Aspect, by: str) -> PropositionWorded:
        return PropositionWorded(
            act_id=self._act_id(0), proposition_id=proposition_id, t_recorded_ns=self.at_ns,
            wording=words(wording, "the wording", WORDING_MAX), aspect=aspect, by=by,
        )  # fmt: skip

    def _require_statement(self, statement_id: str) -> None:
        if statement_id not in self.statements:
            raise Refused(f"{self.path}: there is no statement {statement_id}; {self._listing()}")
        if (before := self.taken_back().get(statement_id)) is not None:
            raise Refused(f"statement {statement_id} was taken back by {before.by}")

    def _listing(self) -> str:
        return f"`skykeep account acts {self.path}` and its page list them"

    def _act_id(self, before: int) -> str:
        """Return the id of an act: its tick and its number in it."""
        return f"a{self.tick + 1}.{before + 1}"

    def _frame(self, form: str, data: bytes) -> Frame:
        return Frame(form, None, "account", self.at_ns, self.at_ns, LinkTrust.OPEN, data)

    def _append(self, facts: Sequence[Claimed], frames: Sequence[Frame] = ()) -> None:
        """Add one tick, and fold it as any reader would."""
        names = self._acting.fresh_names(self.names)
        hidden = [put_away(fact, names) for fact in facts]
        index = self._acting.append(self.tick + 1, self.at_ns, hidden, frames=frames, names=names.take_new())
        self.take_row(self._store.row(index))


@contextlib.contextmanager
def writing(path: Path, keys: Keys, at_ns: int) -> Iterator[WritingCase]:
    """Open a case to act in it at a moment."""
    require_there(path)
    with Store.open(path) as store:
        case = WritingCase(store, keys, at_ns)
        require_case(path, case)
        yield case


@contextlib.contextmanager
def opening(path: Path, keys: Keys, at_ns: int) -> Iterator[WritingCase]:
    """Make a case to take reports into, or go on with one."""
    if not (path / DATABASE).exists():
        record_id = f"case-{hashlib.sha256(str(at_ns).encode()).hexdigest()[:12]}"
        acting.found(path, keys, at_ns, record_id=record_id)
    with Store.open(path) as store:
        yield WritingCase(store, keys, at_ns)
