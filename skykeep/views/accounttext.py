"""An account as lines of text: what a terminal shows, and what a person reads aloud."""

from __future__ import annotations

from collections.abc import Iterator

from skykeep.facts.accounted import Account, Document, Proposition, Reading
from skykeep.views import accountwords as said
from skykeep.views import words

QUOTE_MAX, LONG = 160, 600
READING = {
    Reading.MEASURED: "measured",
    Reading.NOT_MEASURABLE: "not measurable",
    Reading.NOT_COVERED: "not covered",
}


def lines(account: Account) -> Iterator[str]:
    """Yield the lines: sources, propositions with who stands how, checks, differences, what is in no cell."""
    yield words.shown(account.title)
    for place, each in enumerate(account.documents):
        yield f"  {said.letter(place)}  {_source(each)}"
        yield from (f"     doubt: {words.shown(doubt)}" for doubt in each.source.doubts)
    yield from _matrix(account)
    checked = (f"{said.OUTCOME[each.outcome]}: {words.shown(each.words, LONG)}" for each in account.checks)
    yield from _block("Checked", checked)
    yield from _block("Told differently", (words.shown(each.words, LONG) for each in account.differences))
    pairs = ((f"{words.shown(one.name)} = {words.shown(one.other)}?", one.why) for one in account.same_speaker)
    yield from _block("Who may be one speaker", (f"{pair} {words.shown(why)}" for pair, why in pairs))
    text_of = {one.statement_id: one.text for one in account.statements}
    yield from _block("In no cell", (f"{each}: {words.shown(text_of[each], QUOTE_MAX)}" for each in account.unplaced))


def _source(document: Document) -> str:
    source = document.source
    told = [source.publisher or source.label, source.dateline_day, *source.reporters]
    return words.shown(", ".join(part for part in told if part), 300)


def _block(title: str, told: Iterator[str]) -> Iterator[str]:
    listed = list(told)
    if listed:
        yield f"\n{title}"
        yield from (f"  {line}" for line in listed)


def _matrix(account: Account) -> Iterator[str]:
    """Yield each proposition with who stands how to it, and what was measured."""
    names = {each.speaker_id: each.name for each in account.speakers}
    readings = {each.proposition_id: each for each in account.measured}
    if any(one.act_id is None for cell in account.cells for one in cell.standings):
        yield "\n? before a name: suggested by the program, confirmed by nobody"
    for proposition in account.propositions:
        yield f"\n{_headline(proposition)}"
        by_stance: dict[str, list[str]] = {}
        for cell in account.cells:
            if cell.proposition_id == proposition.proposition_id:
                for one in cell.standings:
                    name = words.shown(names[cell.speaker_id], 80)
                    stance = said.stance(one.stance, one.attributed_to)
                    by_stance.setdefault(stance, []).append(name if one.act_id else f"?{name}")
        yield from (f"  {stance}: {', '.join(dict.fromkeys(who))}" for stance, who in by_stance.items())
        if (reading := readings.get(proposition.proposition_id)) is not None:
            yield f"  {READING[reading.reading]}: {words.shown(reading.words, LONG)}"


def _headline(proposition: Proposition) -> str:
    scope = "" if proposition.scope == "event" else f" [{proposition.scope}: kept, not laid to this event]"
    aspect = proposition.aspect.value.replace("_", " ")
    return f"{aspect} · {words.shown(proposition.wording, 300)} ({proposition.proposition_id}){scope}"
