"""The list of an account's statements: who said it, how that is known, and what it may be about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skykeep.facts.accounted import Match, Standing
from skykeep.facts.claimed import Moment, Resolved, StatementMade
from skykeep.views import words
from skykeep.views.accountindex import STATEMENTS_MAX, Index
from skykeep.views.accountmarks import sign
from skykeep.views.accountmatrix import statement_link
from skykeep.views.accountwords import (
    ERASED,
    MODE,
    NO_SPEAKER,
    RESOLVED,
    confirming,
    letter,
    moment,
    retracting,
    stance,
)
from skykeep.views.markup import Html, escape, join, tag

_OPTION_MAX = 44  # characters that fit on a line of a phone
_QUOTED_MAX = 1_200  # code points of one statement in the list; all of it stands in the text


def statements(index: Index) -> Html:
    """Return the section with every statement, by source."""
    account = index.account
    said = (
        "What the sources report that somebody said. What a statement is about is suggested by the program until a "
        "named person confirms it: the command beside a suggestion does that, with CASE and NAME filled in. "
        "What a source does not state is left out. What is no statement is taken back with "
    )
    parts = [
        tag("h2", "The statements", id="statements"),
        tag("p", said, tag("code", retracting("ID")), ".", class_="note"),
    ]
    if (count := len(account.statements)) > STATEMENTS_MAX:
        text = f"The first {STATEMENTS_MAX} of {count} statements are listed; `--json` has all of them."
        parts.append(tag("p", text, class_="note loud"))
    if not account.statements:
        parts.append(tag("p", "No rule found a statement in these texts.", class_="quiet"))
    for place, document in enumerate(account.documents):
        of = document.source.source_sha256
        here = [each for each in account.statements[:STATEMENTS_MAX] if each.source_sha256 == of]
        name = words.shown(document.source.title or document.source.label, 200)
        parts += _list(index, f"Source {letter(place)}", name, here) if here else []
    astray = [each for each in account.statements[:STATEMENTS_MAX] if each.source_sha256 not in index.source]
    parts += _list(index, "Of no source given here", "", astray) if astray else []
    gone = account.retracted[:STATEMENTS_MAX]
    parts += _list(index, "Taken back", "found, and said by a person to be no statement", gone) if gone else []
    return tag("section", *parts, class_="statements", aria_labelledby="statements")


def _list(index: Index, heading: str, name: str, found: Sequence[StatementMade]) -> list[Html]:
    more = [Html(" "), tag("bdi", name, class_="of-source")] if name else []
    count = words.number(len(found), "statement")
    items = tag("ol", *(_entry(index, each) for each in found), class_="entries", data_fold=count)
    return [tag("h3", heading, *more), items]


def _entry(index: Index, statement: StatementMade) -> Html:
    number = index.number[statement.statement_id]
    gone = number.startswith("R")
    text = words.shown(statement.text.replace("\n", " "), _QUOTED_MAX)
    quote = tag("blockquote", tag("del" if gone else "bdi", text), dir="auto", class_=statement.mode.value)
    facts = [Html(tag("dt", name) + tag("dd", value)) for name, value in _facts(index, statement)]
    by = f"Found by {words.shown(statement.finder, 60)} · id {words.shown(statement.statement_id, 80)}"
    return tag(
        "li",
        tag("div", tag("span", number, class_="no"), _who(index, statement), class_="by-line"),
        tag("div", quote, tag("p", tag("bdi", by), class_="sub"), class_="quoted fold-at"),
        tag("dl", *facts, class_="told"),
        *([] if gone else _suggestions(index, statement)),
        id=f"s-{number}",
        class_="entry back" if gone else "entry",
        data_s=number,
        data_fold="How this is known" if gone else "How this is known, and what it may be about",
    )


def _who(index: Index, statement: StatementMade) -> Html:
    name = index.name(statement)
    role = [tag("span", ", ", tag("bdi", words.shown(statement.role, 120)), class_="role")] if statement.role else []
    parts = [tag("span", tag("b", tag("bdi", words.shown(name or NO_SPEAKER, 120))), *role)]
    number = index.number[statement.statement_id]
    if index.visible(statement.source_sha256, statement.spans):
        letter_ = index.letter(statement.source_sha256)
        parts.append(tag("a", "in the text", href=f"#t-{number}", aria_label=f"statement {number} in text {letter_}"))
    else:
        lost = index.lost(statement.source_sha256)
        why = (
            f"(of its source: {ERASED})"
            if lost
            else "(its place is not in the part of the text that is shown and marked)"
        )
        parts.append(tag("span", why, class_="role"))
    return join(parts, " ")


def _facts(index: Index, statement: StatementMade) -> Iterator[tuple[str, str]]:
    """Yield what is known of a statement, name and value; what is not known is left out or said to be so."""
    yield "Speaker", _known(statement)
    cue = f", by the word “{words.shown(statement.cue, 60)}”" if statement.cue else ""
    yield "Told", MODE[statement.mode] + cue
    if statement.said_words is not None:
        yield "Said when", _when(statement.said_words, statement.said_at)
    if statement.audience:
        yield "Said to", tag("bdi", words.shown(statement.audience, 120))
    if len(statement.chain) > 1:
        yield "Told by way of", tag("bdi", " → ".join(words.shown(each, 80) for each in statement.chain))
    if statement.within is not None:
        yield "Within", Html(f"statement {statement_link(index, statement.within)}")
    if statement.hedges:
        yield "Reserve", tag("bdi", ", ".join(words.shown(each, 60) for each in statement.hedges))
    yield from _where(index, statement)


def _known(statement: StatementMade) -> Html:
    said = RESOLVED[statement.resolved]
    if statement.resolved is Resolved.UNCERTAIN:
        names = [words.shown(each, 80) for each in statement.candidates]
        said += f"; it can be {' or '.join(names)}, the likeliest first" if names else "; nobody is named"
    here = f"“{words.shown(statement.speaker_words, 120)}”: " if statement.speaker_words else ""
    kind = "unsure" if statement.resolved is Resolved.UNCERTAIN else None
    return tag("bdi", here, tag("span", said, class_=kind))


def _when(worded: str, readings: Sequence[Moment]) -> Html:
    said = f"“{words.shown(worded, 120)}”"
    if not readings:
        return tag("bdi", f"{said}, which could not be read as a time")
    if len(readings) == 1:
        return tag("bdi", f"{said}: {moment(readings[0])}")
    items = [tag("li", tag("bdi", moment(each))) for each in readings]
    return Html(tag("bdi", f"{said}, which can be") + tag("ul", *items))


def _where(index: Index, statement: StatementMade) -> Iterator[tuple[str, str]]:
    gone = index.retraction.get(statement.statement_id)
    if gone is not None:
        yield "Taken back", tag("bdi", f"by {words.shown(gone.by, 80)}: {words.shown(gone.reason, 300)}")
    if not index.number[statement.statement_id].startswith("R"):
        cells = [_cell(index, *each) for each in index.cells.get(statement.statement_id, ())]
        yield "In the matrix", join(cells, "; ") if cells else "in no cell"


def _cell(index: Index, proposition_id: str, speaker_id: str, standing: Standing) -> Html:
    known = index.proposition.get(proposition_id)
    name = tag("bdi", words.shown(known.wording if known else proposition_id, 160))
    row, column = index.proposition_at.get(proposition_id), index.column.get(speaker_id)
    if row is not None and column is not None:
        name = tag("a", name, href=f"#c-{row}-{column}")
    state = "confirmed" if standing.act_id is not None else "suggested"
    return join(
        [tag("b", tag("bdi", stance(standing.stance, standing.attributed_to))), name, escape(f"({state})")], " "
    )


def _suggestions(index: Index, statement: StatementMade) -> list[Html]:
    """Return what the statement may be about; folded away once a person has confirmed something of it."""
    found = index.suggested.get(statement.statement_id)
    if found is None or not found.matches:
        return []
    standings = index.cells.get(statement.statement_id, ())
    confirmed = {proposition: True for proposition, _, standing in standings if standing.act_id is not None}
    items = [_match(index, statement, each, confirmed=each.proposition_id in confirmed) for each in found.matches[:3]]
    count = words.number(len(items), "suggested match", "suggested matches")
    heading = tag("summary", f"{count}, the likeliest first" if len(items) > 1 else count)
    return [tag("details", heading, tag("ol", *items), class_="matches", open=None if confirmed else "")]


def _match(index: Index, statement: StatementMade, match: Match, *, confirmed: bool) -> Html:
    known = index.proposition.get(match.proposition_id)
    name = tag("bdi", words.shown(known.wording if known else match.proposition_id, 200))
    row = index.proposition_at.get(match.proposition_id)
    to = name if row is None else tag("a", name, href=f"#p-{row}")
    why = [tag("span", "; ".join(words.shown(each, 160) for each in match.why), class_="sub")] if match.why else []
    taken = tag("span", sign(match.stance, 16), tag("b", stance(match.stance, None)), class_="stance")
    command = confirming(statement.statement_id, match.proposition_id, match.stance)
    act = tag("span", "a person has confirmed where it stands", class_="sub") if confirmed else _command(command)
    return tag("li", tag("div", taken, Html(" "), to, *why), act)


def _command(command: str) -> Html:
    """Return a command whose lines break between its options and not within one."""
    first, *options = command.split(" --")
    parts = [
        escape(first),
        *(tag("span", f"--{each}", class_="nw" if len(each) < _OPTION_MAX else None) for each in options),
    ]
    return tag("code", join(parts, " "))
