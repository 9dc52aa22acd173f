"""What an account adds up: speakers, checks, differences between the sources, and what stands in no cell."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from skykeep.facts.accounted import Check, Difference, Figure, Speaker, SpeakerSuggested
from skykeep.views import words
from skykeep.views.accountindex import POINTS_MAX, STATEMENTS_MAX, Index
from skykeep.views.accountmatrix import NO_SIDE, statement_link
from skykeep.views.accountwords import CHECK, DIFFERENCE, OUTCOME, joining
from skykeep.views.markup import Html, join, tag

_SPEAKERS_MAX = 500  # listed


def speakers(index: Index) -> Html:
    """Return the section with every speaker, and the names that a person may say are one."""
    account = index.account
    none = tag("p", "Nobody is said to have said anything.", class_="note")
    parts = [tag("h2", "The speakers", id="speakers"), _table(index) if account.speakers else none]
    if (count := len(account.speakers)) > _SPEAKERS_MAX:
        text = f"The first {_SPEAKERS_MAX} of {count} speakers are listed; `--json` has all of them."
        parts.append(tag("p", text, class_="note loud"))
    if account.same_speaker:
        note = (
            "Nothing below was joined: a person decides, with the command beside it; the names stay apart until then."
        )
        items = [_same(each) for each in account.same_speaker[:POINTS_MAX]]
        parts += [tag("h3", "May be one speaker"), tag("p", note, class_="note"), tag("ul", *items, class_="plain")]
    return tag("section", *parts, aria_labelledby="speakers")


def _table(index: Index) -> Html:
    names = ("Speaker", "Also as", "Speaks for", "Statements", "Names joined by")
    head = tag("thead", tag("tr", *(tag("th", name, scope="col", role="columnheader") for name in names), role="row"),
               role="rowgroup")  # fmt: skip
    said: dict[str, list[str]] = {}
    for statement in index.account.statements:
        if (of := index.account.speaker_of.get(statement.statement_id)) is not None:
            said.setdefault(of, []).append(statement.statement_id)
    rows = [_speaker(index, each, said.get(each.speaker_id, [])) for each in index.account.speakers[:_SPEAKERS_MAX]]
    caption = tag("caption", "Everybody who is said to have said something, by the order of the sources")
    table = tag("table", caption, head, tag("tbody", *rows, role="rowgroup"), class_="cards people", role="table")
    count = words.number(len(rows), "speaker")
    return tag("div", table, class_="wrap", data_fold=count)


def _speaker(index: Index, speaker: Speaker, said: Sequence[str]) -> Html:
    at = index.column.get(speaker.speaker_id)
    role = [tag("span", tag("bdi", words.shown(speaker.role, 120)), class_="sub")] if speaker.role else []
    name = tag("bdi", words.shown(speaker.name, 120))
    by = words.shown(speaker.confirmed_by, 80) if speaker.confirmed_by else "the alias file" if speaker.also else "–"
    links = join([statement_link(index, each) for each in said[:60] if each in index.number], " ")
    more = f" and {len(said) - 60} more" if len(said) > 60 else ""  # noqa: PLR2004
    cells = [
        ("Also as", tag("bdi", "; ".join(words.shown(each, 80) for each in speaker.also[:30]) or "–")),
        ("Speaks for", tag("bdi", words.shown(speaker.side, 80) if speaker.side else NO_SIDE)),
        ("Statements", tag("span", links if said else "none", more, class_="refs")),
        ("Joined by", tag("bdi", by)),
    ]
    head = tag("th", name, *role, scope="row", role="rowheader")
    told = [tag("td", value, data_label=label, role="cell") for label, value in cells]
    return tag("tr", head, *told, id=None if at is None else f"sp-{at}", role="row")


def _same(suggested: SpeakerSuggested) -> Html:
    one, other = (tag("bdi", words.shown(each, 120)) for each in (suggested.name, suggested.other))
    return tag("li", tag("b", one), " and ", tag("b", other), ": ", tag("bdi", words.shown(suggested.why, 300)),
               Html(" "), tag("code", joining(suggested.name, suggested.other)))  # fmt: skip


def checks(index: Index) -> Html:
    """Return the section with what could be worked out anew."""
    note = (
        "What can be worked out is worked out anew. It agrees or it differs; which of the two holds is not said here."
    )
    found = index.account.checks
    parts = [tag("h2", "What can be checked", id="checks"), tag("p", note, class_="note")]
    if found:
        parts.append(tag("ul", *(_check(index, each) for each in _alike(found[:POINTS_MAX])), class_="points"))
        parts += _more(len(found))
    else:
        parts.append(tag("p", "Nothing in these texts could be worked out anew.", class_="note"))
    return tag("section", *parts, aria_labelledby="checks")


def _alike(found: Sequence[Check]) -> list[Check]:
    """Return checks, those that only differ in the place that they are about as one with all of its places."""
    groups: dict[tuple[object, ...], list[Check]] = {}
    for each in found:
        key = (each.kind, each.outcome, each.words, each.stated, each.computed, each.unit, each.basis)
        groups.setdefault(key, []).append(each)
    return [
        msgspec.structs.replace(group[0], figures=tuple(dict.fromkeys(one for each in group for one in each.figures)))
        for group in groups.values()
    ]


def _check(index: Index, check: Check) -> Html:
    outcome = tag("span", OUTCOME[check.outcome], class_=f"outcome {check.outcome}")
    return tag(
        "li",
        tag("p", outcome, tag("span", CHECK[check.kind], class_="kind"), class_="point-head"),
        tag("p", tag("bdi", words.shown(check.words, 600))),
        *_numbers(check),
        *_figures(index, check.figures),
        tag("p", f"Rests on: {words.shown(check.basis, 300)}", class_="sub"),
    )


def _numbers(check: Check) -> list[Html]:
    unit = f" {words.shown(check.unit, 20)}" if check.unit else ""
    said = [("stated", check.stated), ("worked out", check.computed)]
    told = [f"{name} {value:,.6g}{unit}" for name, value in said if value is not None]
    return [tag("p", " · ".join(told), class_="numbers")] if told else []


def _figures(index: Index, figures: Sequence[Figure]) -> list[Html]:
    if not figures:
        return []
    return [tag("p", "In the texts: ", join([_figure(index, each) for each in figures[:20]], ", "), class_="sub")]


def _figure(index: Index, figure: Figure) -> Html:
    said = tag("bdi", f"“{words.shown(figure.words, 60)}” ({index.letter(figure.source_sha256)})")
    at = index.figure_at(figure)
    return said if at is None else tag("a", said, href=f"#f-{at}")


def differences(index: Index) -> Html:
    """Return the section with where the sources differ, and what changed over time."""
    note = (
        "Where the sources, or one speaker at two times, do not tell alike. To be told by one source only is no doubt."
    )
    found = index.account.differences
    parts = [tag("h2", "Where the sources differ", id="differences"), tag("p", note, class_="note")]
    if not found:
        parts.append(tag("p", "No difference was found.", class_="note"))
    ranked = sorted(found[:POINTS_MAX], key=lambda each: list(DIFFERENCE).index(each.kind))
    changed = [each for each in ranked if each.kind == "changed"]
    only = [each for each in ranked if each.kind == "only_in"]
    between = [each for each in ranked if each.kind not in {"changed", "only_in"}]
    for heading, group, kind in (("Told unlike", between, "points"), (DIFFERENCE["changed"], changed, "points"),
                                 (DIFFERENCE["only_in"], only, "only")):  # fmt: skip
        items = [_difference(index, each) for each in group]
        parts += [tag("h3", heading), tag("ul", *items, class_=kind, data_fold=_folded(kind, items))] if items else []
    return tag("section", *parts, *_more(len(found)), aria_labelledby="differences")


def _folded(kind: str, items: Sequence[Html]) -> str | None:
    return words.number(len(items), "entry", "entries") if kind == "only" else None


def _difference(index: Index, difference: Difference) -> Html:
    headed = difference.kind in {"changed", "only_in"}
    head = [] if headed else [tag("p", tag("b", DIFFERENCE[difference.kind]), class_="point-head")]
    said = tag("p", tag("bdi", words.shown(difference.words, 600)))
    return tag("li", *head, said, *_figures(index, difference.figures))


def _more(count: int) -> list[Html]:
    said = f"{count - POINTS_MAX} more are left out here; `--json` has all of them."
    return [tag("p", said, class_="note loud")] if count > POINTS_MAX else []


def unplaced(index: Index) -> Html:
    """Return the section with the statements that stand in no cell."""
    known = [index.statements[each] for each in index.account.unplaced[:STATEMENTS_MAX] if each in index.statements]
    head = tag("h2", "What stands in no cell", id="unplaced")
    if not known:
        return tag(
            "section", head, tag("p", "Every statement stands in a cell.", class_="note"), aria_labelledby="unplaced"
        )
    note = "Statements that neither a rule nor a person laid to a proposition. They are no less part of it."
    items = [
        tag("li", statement_link(index, each.statement_id), tag("bdi", words.shown(each.text, 240))) for each in known
    ]
    parts = (tag("p", note, class_="note"), tag("ul", *items, class_="unplaced"))
    return tag("section", head, *parts, aria_labelledby="unplaced")
