"""Statements in a report: who is said to have said what, in which words of the source."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from skykeep.account import by_grammar, chain, coreference, cues, parsed, phrases, when
from skykeep.account.coreference import Known
from skykeep.account.drafts import Draft, Read, read
from skykeep.account.sentences import CUES_MAX
from skykeep.account.tokens import QUOTATION, Token
from skykeep.facts import accounted
from skykeep.facts.claimed import Mode, SourceKept, Span, StatementMade

FINDER = "rules/1"
JOINT = " … "


def find(document: accounted.Document, *, grammar: parsed.Grammar | None = None) -> list[StatementMade]:
    """Find the statements of a report, in the order of its text. Same document, same statements, whatever the machine.

    Without a grammar by rules alone; with one, what the grammar shows is added.
    """
    reading = read(document.text)
    return _statements(document, reading if grammar is None else by_grammar.add(document.text, reading, grammar))


def _statements(document: accounted.Document, reading: Read) -> list[StatementMade]:
    """Make statements of drafts: who is meant, when it was said, who told whom, and which stands in which."""
    text, source = document.text, document.source
    known = coreference.resolve(text, reading)
    names = [identity(source.source_sha256, draft.spans, draft.cue, _finder(draft)) for draft in reading.drafts]
    within = _within(reading.drafts)
    made: dict[str, StatementMade] = {}
    for index, draft in enumerate(reading.drafts):
        outer = within[index]
        if names[index] not in made:
            carriers = [] if outer is None else _carriers(known[outer])
            inside = None if outer is None or names[outer] == names[index] else names[outer]
            made[names[index]] = _statement(text, source, draft, known[index], names[index], inside, carriers)
    return list(made.values())


def identity(source_sha256: str | None, spans: Sequence[Span], cue: Span | None, finder: str) -> str:
    """Name a statement by its source, its places and its finder: the same again gets the same name."""
    places = ";".join(f"{span.start}-{span.end}" for span in spans)
    at = "" if cue is None else f"{cue.start}-{cue.end}"
    return "st-" + hashlib.sha256(f"{source_sha256}|{places}|{at}|{finder}".encode()).hexdigest()[:20]


def _finder(draft: Draft) -> str:
    return by_grammar.FINDER if draft.rule == by_grammar.RULE else FINDER


def words_at(text: str, spans: Sequence[Span]) -> str:
    """The words at some places, joined as a statement has them."""
    return JOINT.join(text[span.start : span.end] for span in spans)


def _within(drafts: Sequence[Draft]) -> list[int | None]:
    """For each draft the narrowest other one whose content holds its cue or, without one, its content."""
    made: list[int | None] = []
    open_ones: list[int] = []
    for index, draft in enumerate(drafts):
        place = draft.cue or draft.spans[0]
        open_ones = [i for i in open_ones if drafts[i].sentence == draft.sentence]
        holding = [i for i in open_ones if _holds(drafts[i], place)]
        later = [i for i in _following(drafts, index) if _holds(drafts[i], place)]
        made.append(min([*holding, *later], key=lambda i: _length(drafts[i]), default=None))
        open_ones.append(index)
    return [None if outer is not None and _circles(made, index) else outer for index, outer in enumerate(made)]


def _circles(within: Sequence[int | None], index: int) -> bool:
    """Whether a draft would stand, by way of others, in itself; those of one sentence are few."""
    at = within[index]
    for _ in range(CUES_MAX):
        if at is None or at == index:
            break
        at = within[at]
    return at == index


def _following(drafts: Sequence[Draft], index: int) -> list[int]:
    made = []
    for i in range(index + 1, len(drafts)):
        if drafts[i].sentence != drafts[index].sentence:
            break
        made.append(i)
    return made


def _holds(draft: Draft, place: Span) -> bool:
    return any(span.start <= place.start and place.end <= span.end for span in draft.spans)


def _length(draft: Draft) -> int:
    return sum(span.end - span.start for span in draft.spans)


def _carriers(outer: Known) -> list[str]:
    return [] if outer.speaker is None else [outer.speaker]


def _statement(
    text: str, source: SourceKept, draft: Draft, known: Known, name: str, within: str | None, carriers: list[str]
) -> StatementMade:
    audience = chain.audience(draft.lemma, _plain_tail(draft))
    said_words = _said_words(draft)
    outlets = [audience] if audience is not None and chain.is_outlet(audience) else []
    span = None if known.start is None or known.end is None else Span(known.start, known.end)
    return StatementMade(
        statement_id=name,
        t_recorded_ns=source.t_recorded_ns,
        source_sha256=source.source_sha256,
        spans=draft.spans,
        text=words_at(text, draft.spans),
        mode=Mode.INDIRECT if draft.inside is not None else draft.mode,
        cue="" if draft.cue is None else text[draft.cue.start : draft.cue.end],
        cue_span=draft.cue,
        speaker=known.speaker,
        speaker_words=known.words,
        speaker_span=span,
        role=known.role,
        resolved=known.resolved,
        candidates=known.candidates,
        said_words=said_words,
        said_at=() if said_words is None else when.readings(said_words, source.dateline_day),
        audience=audience,
        chain=chain.chain(known.speaker, [*carriers, *outlets], source.publisher),
        within=within,
        hedges=_hedges(draft),
        finder=_finder(draft),
    )


def _said_words(draft: Draft) -> str | None:
    """When it was said: a time in what follows the verb, or between the speaker and the verb."""
    if draft.inside is not None or draft.rule in ("goes on", "noun", "what", "nobody"):
        return None
    found = when.words_of(_plain_tail(draft))
    if found is not None or draft.speaking is None or draft.cue is None:
        return found
    last = draft.speaking.tokens[-1].end
    between = [token for token in draft.words if last <= token.start < draft.cue.start]
    return None if any(token.text == "," for token in between) else when.words_of(between)


def _plain_tail(draft: Draft) -> list[Token]:
    """What follows the verb, up to a clause of its own: "while referring to …", "when asked about …"."""
    made: list[Token] = []
    for token in draft.tail:
        if token.low in phrases.SUBORDINATORS or token.low.endswith("ing") or phrases.is_finite(token):
            break
        made.append(token)
    return made


def _hedges(draft: Draft) -> tuple[str, ...]:
    """The source's own reserve in the sentence; "alleged" counts where it describes, not where it is the verb."""
    words = draft.words
    found = (
        token.text
        for at, token in enumerate(words)
        if token.kind != QUOTATION
        and token.low in cues.HEDGES
        and (token.low not in cues.FORMS or (at > 0 and words[at - 1].low in phrases.DETERMINERS))
    )
    return tuple(dict.fromkeys(found))
