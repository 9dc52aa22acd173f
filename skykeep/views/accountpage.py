"""An account as one offline page: who said what in which report, beside what was measured; it takes no side."""

from __future__ import annotations

from collections import Counter

from skykeep.facts.accounted import Account, Document
from skykeep.views import accountexport, accountstyle, page, words
from skykeep.views.accountindex import STATEMENTS_MAX, Index, index
from skykeep.views.accountmatrix import matrix
from skykeep.views.accountpoints import checks, differences, speakers, unplaced
from skykeep.views.accountstatements import statements
from skykeep.views.accounttexts import texts
from skykeep.views.accountwords import ERASED, MEDIA, OUTCOME, letter
from skykeep.views.markup import Html, join, tag

NO_SIDE_TAKEN = "This page takes no side: it has no cell for true or false."


def render(account: Account) -> str:
    """Return the page; all that stands on it is in the account, in plain words."""
    at = index(account)
    sections = [matrix(at), texts(at), statements(at), speakers(at), checks(at), differences(at), unplaced(at)]
    title = words.shown(account.title)
    return page.whole(
        [_answer(at), tag("main", *sections), _footer(account), _claims(account)],
        title=f"{title} – Skykeep account",
        css=accountstyle.CSS,
        script=accountstyle.SCRIPT,
        brand="Skykeep account",
        pill="STATEMENTS · not findings",
        skip="matrix",
        skip_words="Skip to who says what",
    )


def _answer(at: Index) -> Html:
    account = at.account
    count = words.number(len(account.documents), "source")
    intro = (
        "Who said what of one event, word for word, and beside it what sensors measured, where they did. "
        f"{NO_SIDE_TAKEN} To have no information is not to deny, and to be told by many is not to be so."
    )
    cards = [_card(at, each, place) for place, each in enumerate(account.documents)]
    return tag(
        "header",
        tag("h1", tag("bdi", words.shown(account.title))),
        tag("p", f"Who said what, in {count}.", class_="lead"),
        tag("p", intro, class_="intro"),
        tag("dl", *(Html(tag("dt", name) + tag("dd", value)) for name, value in _facts(at)), class_="facts"),
        _contents(),
        tag("ol", *cards, class_="sources", aria_label="Sources"),
        class_="answer",
    )


def _contents() -> Html:
    parts = {"matrix": "Matrix", "texts": "Texts", "statements": "Statements", "speakers": "Speakers",
             "checks": "Checks", "differences": "Differences", "unplaced": "In no cell"}  # fmt: skip
    links = [tag("li", tag("a", name, href=f"#{to}")) for to, name in parts.items()]
    return tag("nav", tag("ul", *links), aria_label="On this page", class_="contents")


def _facts(at: Index) -> list[tuple[str, str]]:
    account = at.account
    gone = f"; {len(account.retracted)} more taken back by a person" if account.retracted else ""
    people = words.number(len(account.speakers), "speaker")
    nobody = sum(at.name(each) is None for each in account.statements)
    unnamed = f"; {nobody} of them by nobody who is named" if nobody else ""
    outcomes = Counter(str(each.outcome) for each in account.checks)
    checked = ", ".join(f"{word} {outcomes[name]}" for name, word in OUTCOME.items())
    measured = (
        words.shown(account.record, 300) if account.record else "no record was given, so nothing was measured here"
    )
    invented = [tag("span", "SIMULATED", class_="simtag")] if at.simulated else []
    return [
        ("Statements", f"{len(account.statements)}, by {people}{unnamed}{gone}"),
        ("In the matrix", _confirmed(account)),
        ("Measured", join([*invented, tag("bdi", measured)], " ")),
        ("Figures checked", checked if account.checks else "none"),
        ("Found by", f"{words.shown(account.finder, 80)}; no model decides what is shown as confirmed"),
    ]


def _confirmed(account: Account) -> str:
    standings = [each for cell in account.cells for each in cell.standings]
    by = Counter(each.confirmed_by or "not said by whom" for each in standings if each.act_id is not None)
    count = by.total()
    named = "; ".join(f"{number} by {words.shown(name, 80)}" for name, number in by.most_common(12))
    suggested = f"{len(standings) - count} suggested and confirmed by nobody"
    confirmed = f"{count} confirmed ({named})" if by else "0 confirmed"
    return f"{words.number(len(standings), 'entry', 'entries')}: {confirmed}, {suggested}"


def _card(at: Index, document: Document, place: int) -> Html:
    source = document.source
    name = letter(place)
    title = tag("a", tag("bdi", words.shown(source.title or source.label, 200)), href=f"#text-{name}")
    lines = [(what, said) for what, said in _source(at, document) if said]
    doubts = [tag("li", tag("b", "Doubt: "), tag("bdi", words.shown(each, 300))) for each in source.doubts]
    return tag(
        "li",
        tag("p", tag("span", name, class_="letter"), Html(" "), title, class_="card-title"),
        tag("dl", *(Html(tag("dt", what) + tag("dd", tag("bdi", said))) for what, said in lines)),
        *([tag("ul", *doubts, class_="doubts")] if doubts else []),
        class_="card",
    )


def _source(at: Index, document: Document) -> list[tuple[str, str]]:
    source = document.source
    placed = [words.shown(each, 80) for each in (source.dateline_place, source.dateline_words) if each]
    kept = "" if source.frame is not None else ", bytes not kept"
    length = f"; {ERASED}" if at.lost(source.source_sha256) else f", {len(document.text):,} characters"
    kind = MEDIA.get(source.media_type, words.shown(source.media_type, 40)) + length
    return [
        ("Publisher", words.shown(source.publisher, 120) if source.publisher else "not stated"),
        ("Dateline", ", ".join(placed) or "not stated"),
        (
            "Day",
            words.shown(source.dateline_day, 10) if source.dateline_day and source.dateline_day not in placed else "",
        ),
        ("Reporters", ", ".join(words.shown(each, 80) for each in source.reporters)),
        ("Language", words.shown(source.language, 20) if source.language else "not told"),
        ("Taken in as", f"{words.shown(source.label, 80)}: {kind}"),
        ("sha256", f"{words.shown(source.source_sha256, 12)}{kept}"),
    ]


def _footer(account: Account) -> Html:
    said = (
        "Not in this page: whether anything said is so, how much a source is to be believed, and what nobody reported.",
        "There is no score. What no rule read as a statement stays in the texts above, unmarked.",
        "A cell is what a speaker is reported to have said. Solid: a named person confirmed what it is about.",
        "Dashed: the program suggests it. Every act of a person stands in the record, and another may take it back.",
        f"Statements were found by {words.shown(account.finder, 80)}. Times are UTC, every reading of them is given.",
        "Measured: what sensors of a record told. It has doubts of its own, which the report on the record gives.",
        "The texts are their publishers' and stand here as evidence of what was published, licensed to nobody.",
        "The page is complete and loads nothing.",
    )
    pairs = zip(said[::2], said[1::2], strict=True)
    return tag("footer", *(tag("p", f"{one} {other}") for one, other in pairs))


def _claims(account: Account) -> Html:
    return tag("script", Html(accountexport.for_script(account, at_most=STATEMENTS_MAX)), type="application/ld+json")
