"""The account of an event, put together from what the sources say and what persons made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skykeep.account import aspects, differences, matching, propositions, stances, suggesting, voices
from skykeep.account.aliases import Aliases, suggest_same
from skykeep.account.learnt import grown
from skykeep.account.parsed import Likeness
from skykeep.account.persons import People, people_in
from skykeep.account.propositions import Proposed, Told
from skykeep.account.reading import WEAK, reading
from skykeep.account.scopes import leading_up, scope_of
from skykeep.account.units import LONGEST_READ, units_of
from skykeep.facts.accounted import Account, Cell, Check, Document, Measured, Proposition, Unit
from skykeep.facts.claimed import Aspect, PropositionWorded, SpeakerNamed, StanceTaken, StatementMade

COMPARED_MAX = 1_500  # units; of more, only what the readers read is laid, and none is compared by likeness
_AROUND = 400  # characters before a statement in which "both" may have its meaning

Act = PropositionWorded | StanceTaken | SpeakerNamed


class Laid(NamedTuple):
    """An account before sensors and sums are laid beside it: measured column and checks are worked out on it."""

    units: tuple[Unit, ...]
    voices: voices.Voices
    told: tuple[Told, ...]
    proposed: tuple[Proposed, ...]
    placed: dict[str, list[suggesting.Placed]]
    cells: tuple[Cell, ...]
    alike: NDArray[np.float64]
    aliases: Aliases  # with what was learnt from the reports


def lay(
    documents: Sequence[Document], statements: Sequence[StatementMade], acts: Sequence[Act], aliases: Aliases,
    *, likeness: Likeness | None = None,
) -> Laid:  # fmt: skip
    """Read what the statements are about, and lay each beside the others."""
    texts = [document.text for document in documents]
    aliases = grown(aliases, texts, statements)
    people = people_in(texts, aliases)
    speakers = voices.gather(statements, [act for act in acts if isinstance(act, SpeakerNamed)], aliases, people)
    units = units_of(statements)
    within = _within(units, statements, speakers)
    told = _told(units, documents, statements, speakers, people, within)
    merging = aspects.merging([part.key for one in told if one.scope == "event" for part in one.parts])
    worded = [act for act in acts if isinstance(act, PropositionWorded)]
    alike = _alike(told, worded, aliases, likeness)
    stood = _known([act for act in acts if isinstance(act, StanceTaken)], statements)
    proposed = _with_unworded(propositions.propose(told, alike, worded, merging, people), stood)
    names = [act.proposition_id for act in worded]
    placed = suggesting.matches(told, proposed, alike, within, names)
    cells = suggesting.cells(statements, proposed, placed, stood, speakers.speaker_of)
    proposed, placed = _led_to(proposed, placed, cells, frozenset(speakers.speaker_of))
    return Laid(units, speakers, told, proposed, placed, cells, alike, aliases)


def _led_to(
    proposed: tuple[Proposed, ...], placed: dict[str, list[suggesting.Placed]], cells: Sequence[Cell],
    spoken: frozenset[str],
) -> tuple[tuple[Proposed, ...], dict[str, list[suggesting.Placed]]]:  # fmt: skip
    """Leave out propositions in no cell, which nobody worded, and to which no statement of a speaker is suggested."""
    kept = {cell.proposition_id for cell in cells}
    kept |= {one.proposition.proposition_id for one in proposed if one.proposition.worded_by}
    for name, ones in placed.items():
        if name in spoken:
            kept |= {one.match.proposition_id for one in ones[: suggesting.TOP] if one.match.score >= WEAK}
    left = {name: [one for one in ones if one.match.proposition_id in kept] for name, ones in placed.items()}
    return tuple(one for one in proposed if one.proposition.proposition_id in kept), left


def assemble(  # noqa: PLR0913  # each part of an account, by its name
    title: str, documents: Sequence[Document], statements: Sequence[StatementMade], retracted: Sequence[StatementMade],
    acts: Sequence[Act], aliases: Aliases, *, checks: Sequence[Check] = (), measured: Sequence[Measured] = (),
    record: str | None = None, likeness: Likeness | None = None, finder: str = "rules/1", laid: Laid | None = None,
) -> Account:  # fmt: skip
    """Put an account together; acts and statements are plain, in the record's order, and free of what was retracted."""
    laid = laid or lay(documents, statements, acts, aliases, likeness=likeness)
    same = suggest_same(laid.voices.speakers, laid.aliases)
    in_cells = frozenset(standing.statement_id for cell in laid.cells for standing in cell.standings)
    sources = differences.Sources(
        tuple(documents), {s.statement_id: s for s in statements}, laid.units, laid.alike, laid.voices, same,
        laid.proposed, laid.cells,
    )  # fmt: skip
    return Account(
        title=title,
        documents=tuple(documents),
        statements=tuple(statements),
        retracted=tuple(retracted),
        speakers=laid.voices.speakers,
        speaker_of=laid.voices.speaker_of,
        same_speaker=same,
        units=laid.units,
        propositions=tuple(one.proposition for one in laid.proposed),
        suggested=suggesting.suggest(statements, laid.placed),
        cells=laid.cells,
        measured=tuple(measured),
        checks=tuple(checks),
        differences=differences.differences(sources),
        unplaced=tuple(s.statement_id for s in statements if s.statement_id not in in_cells),
        record=record,
        finder=finder,
    )


def _told(
    units: Sequence[Unit], documents: Sequence[Document], statements: Sequence[StatementMade],
    speakers: voices.Voices, people: People, within: Mapping[str, str],
) -> tuple[Told, ...]:  # fmt: skip
    """Read every unit: its stance, its parts and its scope."""
    by_id = {statement.statement_id: statement for statement in statements}
    texts = {document.source.source_sha256: document for document in documents}
    holding = frozenset(statement.within for statement in statements if statement.within)
    ends: dict[str | None, list[int]] = {}
    for statement in statements:
        ends.setdefault(statement.source_sha256, []).extend(span.end for span in statement.spans)
    ends = {source: sorted(places) for source, places in ends.items()}
    found = []
    for unit in units:
        made = by_id[unit.statement_id]
        name = made.statement_id
        before = leading_up(made, texts.get(made.source_sha256 or ""), ends[made.source_sha256])
        text = unit.text if len(unit.text) <= LONGEST_READ else ""
        around = before + made.text if made.text != unit.text else _before(made, texts.get(made.source_sha256 or ""))
        side, speaker = speakers.side_of(name), speakers.name_of(name) or ""
        read = reading(text, people, cue=made.cue, speaker_side=side, speaker=speaker, around=around)
        stance = stances.read(
            text, made.cue, before if made.text == unit.text or unit.text in made.text[: len(unit.text)] else ""
        )
        parts = tuple(aspects.parts(read)) if text else ()
        holds_others = name in holding and unit.unit_id not in within
        scope = scope_of(text, before)
        found.append(
            Told(unit, made.cue.lower(), speakers.name_of(name), made.source_sha256, stance, parts, scope, holds_others)
        )
    return tuple(found)


def _before(statement: StatementMade, document: Document | None) -> str:
    """Return what stands before a statement in its source, a few sentences of it."""
    at = statement.spans[0].start if statement.spans else 0
    return document.text[max(0, at - _AROUND) : at] if document else ""


def _alike(
    told: Sequence[Told], worded: Sequence[PropositionWorded], aliases: Aliases, likeness: Likeness | None
) -> NDArray[np.float64]:
    """Return (n + m, n + m) likenesses of units and of persons' wordings; empty where there are too many."""
    texts = [one.unit.text[:LONGEST_READ] for one in told] + [act.wording[:LONGEST_READ] for act in worded]
    if len(texts) > COMPARED_MAX:
        return np.zeros((0, 0))
    cues = [one.cue for one in told] + [""] * len(worded)
    features = [matching.features(text, aliases, cue) for text, cue in zip(texts, cues, strict=True)]
    rules = matching.alike(features, features)
    return matching.mixed(rules, likeness.alike(texts, texts)) if likeness and texts else rules


def _known(acts: Sequence[StanceTaken], statements: Sequence[StatementMade]) -> list[StanceTaken]:
    """Leave out what was said of a statement that is not, or no longer, in the account."""
    names = frozenset(statement.statement_id for statement in statements)
    return [act for act in acts if act.statement_id in names]


def _with_unworded(proposed: Sequence[Proposed], stood: Sequence[StanceTaken]) -> tuple[Proposed, ...]:
    """Add what a person laid a statement to and the program no longer suggests, so that the act stays visible."""
    names = frozenset(one.proposition.proposition_id for one in proposed)
    missing = dict.fromkeys(act.proposition_id for act in stood if act.proposition_id not in names)
    return (*proposed, *(Proposed(_unworded(name), (), ()) for name in missing))


def _unworded(name: str) -> Proposition:
    words = f"Proposition {name}, which nobody has worded"
    return Proposition(proposition_id=name, aspect=Aspect.WHAT, wording=words, worded_by=None, scope="event")


def _within(units: Sequence[Unit], statements: Sequence[StatementMade], speakers: voices.Voices) -> dict[str, str]:
    """Return for each unit that is wholly told as another's words whose they are: a statement stands within its own."""
    found = {}
    inner: dict[str, list[StatementMade]] = {}
    for statement in statements:
        if statement.within:
            inner.setdefault(statement.within, []).append(statement)
    for unit in units:
        for statement in inner.get(unit.statement_id, ()):
            low, high = min((s.start for s in unit.spans), default=0), max((s.end for s in unit.spans), default=0)
            covered = sum(max(0, min(high, s.end) - max(low, s.start)) for s in statement.spans)
            if covered * 2 > high - low:
                found[unit.unit_id] = speakers.name_of(statement.statement_id) or "somebody"
    return found
