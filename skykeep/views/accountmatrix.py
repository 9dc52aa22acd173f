"""The matrix of an account: who says what of which proposition, and what was measured; no cell says what is true."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from skykeep.facts.accounted import Proposition, Reading, Speaker, Standing
from skykeep.facts.claimed import Aspect, Stance
from skykeep.views import words
from skykeep.views.accountindex import PROPOSITIONS_MAX, SPEAKERS_MAX, Index
from skykeep.views.accountmarks import sign
from skykeep.views.accountrows import by_number
from skykeep.views.accountwords import ASPECT, READING, READING_MEANS, SCOPE, STANCE, STANCE_MEANS
from skykeep.views.markup import Html, escape, join, tag

ON_PAPER = 7  # speakers that fit beside each other on a sheet; more are printed in several tables
KEPT = "Kept, not laid to this event"
_UNFOLDED_MAX = 24  # entries that a narrow screen shows before the groups after them are folded
_WORDS_MAX, _WORDS_FIRST = 400, 120  # code points of what was measured; those before the rest is folded
NO_SIDE = "side not stated"


def matrix(index: Index) -> Html:
    """Return the section with its table, or a sentence that there is none."""
    heading = tag("h2", "Who says what, beside what was measured", id="matrix")
    said = (
        "One row for each proposition, one column for each speaker. A cell says what a speaker says, never whether it "
        "is so; an empty cell says that no statement was found. Numbers lead to the statements."
    )
    parts = [heading, tag("p", said, class_="note"), *_left_out(index), _legend(index)]
    if not index.proposition_at:
        parts.append(tag("p", "No proposition was worded or suggested.", class_="quiet"))
    else:
        parts += _tables(index)
    return tag("section", *parts, class_="matrix", aria_labelledby="matrix")


def _tables(index: Index) -> list[Html]:
    """Return the one table of the screen, and for paper as many as its speakers need."""
    speakers = [index.speaker[each] for each in index.column]
    table = _table(index, speakers, join([escape(_CAPTION), _sideways(len(speakers))]), anchored=True)
    scroll = tag("div", table, class_="scroll", role="region", tabindex="0", aria_label="Matrix, to be scrolled")
    if len(speakers) <= ON_PAPER:
        return [tag("div", scroll, class_="wrap")]
    cut = [speakers[at : at + ON_PAPER] for at in range(0, len(speakers), ON_PAPER)]
    sheets = [
        _table(index, some, f"{_CAPTION}. Sheet {at} of {len(cut)}: propositions of which these speakers say something")
        for at, some in enumerate(cut, 1)
    ]
    return [tag("div", scroll, class_="wrap many"), tag("div", *sheets, class_="paper")]


_CAPTION = (
    "Propositions by aspect; speakers by the side that they speak for, those with most entries first; last what was "
    "measured"
)


def _sideways(count: int) -> Html:
    said = f". {count} speakers: scroll sideways for the others"
    return tag("span", said, class_="sideways") if count > ON_PAPER else Html("")


def _legend(index: Index) -> Html:
    stances = [tag("li", sign(each), Html(" "), tag("b", STANCE[each]), f" {STANCE_MEANS[each]}") for each in Stance]
    readings = [
        tag("li", sign(each), Html(" "), tag("b", READING[each]), f" {READING_MEANS[each]}") for each in Reading
    ]
    drawn = [
        tag("li", tag("span", "solid", class_="chip confirmed key"), " a named person confirmed it"),
        tag("li", tag("span", "dashed", class_="chip suggested key"), " suggested by the program, confirmed by nobody"),
    ]
    signs = tag("ul", *stances, *drawn, *readings, class_="key-list", data_fold="What the signs mean")
    if index.repeated is None:
        return signs
    said = f"{READING[Reading.NOT_COVERED].capitalize()}, where a row gives no reason: "
    return Html(
        signs + tag("p", said, tag("bdi", words.shown(index.repeated, _WORDS_MAX)), ".", class_="note repeated")
    )


def _left_out(index: Index) -> list[Html]:
    said = []
    if (count := len(index.account.propositions)) > PROPOSITIONS_MAX:
        said.append(f"The first {PROPOSITIONS_MAX} of {count} propositions are shown; `--json` has all of them.")
    stand = {cell.speaker_id for cell in index.account.cells}
    if silent := sum(each.speaker_id not in stand for each in index.account.speakers):
        what = words.number(silent, "speaker stands", "speakers stand")
        said.append(f"{what} in no cell and so in no column; the list of speakers below has them.")
    if len(stand) > SPEAKERS_MAX:
        said.append(f"{SPEAKERS_MAX} of {len(stand)} speakers are shown; `--json` has all of them.")
    return [tag("p", text, class_="note left-out") for text in said]


def _table(index: Index, speakers: Sequence[Speaker], caption: str, *, anchored: bool = False) -> Html:
    """Return one table; only the anchored one can be linked to, and only it has rows in which nobody says anything."""
    bodies = _bodies(index, speakers, anchored=anchored)
    return tag("table", tag("caption", caption), _head(index, speakers), *bodies, class_="grid", role="table")


def _head(index: Index, speakers: Sequence[Speaker]) -> Html:
    first = tag("th", "Proposition", scope="col", rowspan=2, class_="c-what", role="columnheader")
    sides = [
        tag(
            "th",
            tag("bdi", side or NO_SIDE),
            scope="colgroup",
            colspan=len(list(group)),
            class_="side",
            role="columnheader",
        )
        for side, group in groupby(speakers, key=lambda each: each.side)
    ]
    last = tag("th", "Measured", scope="col", rowspan=2, class_="c-measured", role="columnheader")
    starts = _starts(speakers)
    names = [_speaker(index, each, first=each.speaker_id in starts) for each in speakers]
    return tag("thead", tag("tr", first, *sides, last, role="row"), tag("tr", *names, role="row"), role="rowgroup")


def _starts(speakers: Sequence[Speaker]) -> dict[str, bool]:
    """Return the speakers with whom the columns of a side begin."""
    return {next(group).speaker_id: True for _, group in groupby(speakers, key=lambda each: each.side)}


def _speaker(index: Index, speaker: Speaker, *, first: bool) -> Html:
    role = [tag("bdi", words.shown(speaker.role, 80), class_="sub")] if speaker.role else []
    name = tag("a", tag("bdi", words.shown(speaker.name, 80)), href=f"#sp-{index.column[speaker.speaker_id]}")
    return tag("th", name, *role, scope="col", class_="c-who first" if first else "c-who", role="columnheader")


def _bodies(index: Index, speakers: Sequence[Speaker], *, anchored: bool) -> list[Html]:
    shown = index.account.propositions[:PROPOSITIONS_MAX]
    if not anchored:
        shown = tuple(
            each for each in shown if any((each.proposition_id, who.speaker_id) in index.standings for who in speakers)
        )
    groups = [
        (ASPECT[aspect], by_number([each for each in shown if each.scope == "event" and each.aspect is aspect]))
        for aspect in Aspect
    ]
    kept = [each for scope in ("earlier", "later", "general") for each in shown if each.scope == scope]
    bodies, entries = [], 0
    for name, group in (*groups, (KEPT, kept)):
        fold = None if not anchored else "open" if entries < _UNFOLDED_MAX and name != KEPT else "shut"
        bodies += [_body(index, name, group, speakers, fold=fold)] if group else []
        entries += sum(index.spoken.get(each.proposition_id, 0) for each in group)
    return bodies


def _body(
    index: Index, name: str, propositions: Sequence[Proposition], speakers: Sequence[Speaker], *, fold: str | None
) -> Html:
    """Return the rows of one group; how they are folded on a narrow screen, where each of them is a card."""
    count = words.number(len(propositions), "proposition")
    span = len(speakers) + 2
    head = tag("th", tag("span", name), scope="rowgroup", colspan=span, class_="fold-at", role="rowheader")
    kept = "kept" if name == KEPT else None
    rows = [_row(index, each, speakers, anchored=fold is not None) for each in propositions]
    return tag(
        "tbody",
        tag("tr", head, class_="group", role="row"),
        *rows,
        class_=kept,
        role="rowgroup",
        data_fold=count if fold else None,
        data_first=fold,
    )


def _row(index: Index, proposition: Proposition, speakers: Sequence[Speaker], *, anchored: bool) -> Html:
    by = f"worded by {words.shown(proposition.worded_by, 80)}" if proposition.worded_by else "wording suggested"
    scope = [] if proposition.scope == "event" else [tag("span", SCOPE[proposition.scope], class_="tagged"), Html(" ")]
    at = f"p-{index.proposition_at[proposition.proposition_id]}" if anchored else None
    wording = tag("bdi", words.shown(proposition.wording, 400))
    more = tag("span", tag("b", _count(index, proposition)), " · ", tag("bdi", by), class_="sub")
    head = tag("th", *scope, wording, more, scope="row", class_="c-what", role="rowheader")
    starts = _starts(speakers)
    cells = [
        _cell(index, proposition, each, edge=" first" if each.speaker_id in starts else "", anchored=anchored)
        for each in speakers
    ]
    return tag("tr", head, *cells, _measured(index, proposition), id=at, role="row")


def _count(index: Index, proposition: Proposition) -> str:
    """Return how many speakers stand in a row, of whom some may be out of sight."""
    return words.number(index.spoken.get(proposition.proposition_id, 0), "speaker says", "speakers say") + " something"


def _cell(index: Index, proposition: Proposition, speaker: Speaker, *, edge: str, anchored: bool) -> Html:
    standings = index.standings.get((proposition.proposition_id, speaker.speaker_id), ())
    if not standings:
        return Html(f'<td class="none{edge}" role="cell"></td>')
    side = f" ({words.shown(speaker.side, 40)})" if speaker.side else ""
    who = tag("span", tag("bdi", words.shown(speaker.name, 80)), side, class_="who")
    at = f"c-{index.proposition_at[proposition.proposition_id]}-{index.column[speaker.speaker_id]}"
    return tag("td", who, *_chips(index, standings), id=at if anchored else None, class_=f"said{edge}", role="cell")


def _chips(index: Index, standings: Sequence[Standing]) -> list[Html]:
    """Return one box for each stance and who confirmed it; several statements may stand in one."""
    boxes: dict[tuple[Stance, str | None, str | None, bool], list[Standing]] = {}
    for each in standings:
        key = (each.stance, each.attributed_to, each.confirmed_by, each.act_id is not None)
        boxes.setdefault(key, []).append(each)
    return [_chip(index, group) for group in boxes.values()]


def _chip(index: Index, group: Sequence[Standing]) -> Html:
    one = group[0]
    state = "confirmed" if one.act_id is not None else "suggested"
    by = (
        f"confirmed: {words.shown(one.confirmed_by or 'not said by whom', 80)}"
        if one.act_id is not None
        else "suggested"
    )
    taken = tag("span", sign(one.stance), tag("b", STANCE[one.stance]), class_="stance")
    other = (
        [tag("span", "to ", tag("bdi", words.shown(one.attributed_to, 80)), class_="to")] if one.attributed_to else []
    )
    unsure = any(index.unsure(each.statement_id) for each in group)
    links = join([statement_link(index, each.statement_id) for each in group], " ")
    return tag(
        "div",
        taken,
        *other,
        tag("span", links, class_="refs"),
        *([tag("span", "speaker uncertain", class_="unsure")] if unsure else []),
        tag("span", tag("bdi", by), class_="by"),
        class_=f"chip {state} {one.stance.value}",
        data_s=" ".join(index.number.get(each.statement_id, "") for each in group),
    )


def statement_link(index: Index, statement_id: str) -> Html:
    """Return the number of a statement as a link to its entry; one that is not listed is said to be so."""
    number = index.number.get(statement_id)
    if number is None:
        return tag("span", "(a statement not listed here)")
    doubt, said = ("?", ", speaker uncertain") if index.unsure(statement_id) else ("", "")
    return tag("a", number, doubt, href=f"#s-{number}", class_="no", aria_label=f"statement {number}{said}")


def _measured(index: Index, proposition: Proposition) -> Html:
    found = index.measured.get(proposition.proposition_id)
    who = tag("span", "Measured", class_="who")
    if found is None:
        return tag("td", who, tag("span", "not said", class_="sub"), class_="c-measured", role="cell")
    invented = [tag("span", "SIMULATED", class_="simtag")] if index.simulated and found.tracks else []
    reading = tag("span", sign(found.reading), tag("b", READING[found.reading]), class_="stance")
    noun = "track" if len(found.tracks) == 1 else "tracks"
    tracks = f"{noun} {', '.join(map(str, found.tracks))} of the record" if found.tracks else ""
    told = [] if found.words == index.repeated and found.reading is Reading.NOT_COVERED else _told(found.words)
    more = [tag("span", tracks, class_="sub")] if tracks else []
    return tag("td", who, reading, *invented, *told, *more, class_=f"c-measured {found.reading.value}", role="cell")


def _told(said: str) -> list[Html]:
    """Return what was measured in words; of many words the first, and the rest folded."""
    text = words.shown(said, _WORDS_MAX)
    if len(text) <= _WORDS_FIRST * 4 // 3:
        return [tag("span", text, class_="sub")] if text else []
    at = text.rfind(" ", _WORDS_FIRST // 2, _WORDS_FIRST)
    at = at if at > 0 else _WORDS_FIRST
    more = tag("span", " … more", class_="more")
    return [tag("details", tag("summary", text[:at], more), text[at:].lstrip(), class_="rest sub")]
