"""Where everything of an account stands on its page: numbers of statements, letters of sources, anchors of cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skykeep.facts.accounted import (
    Account,
    Cell,
    Document,
    Figure,
    Measured,
    Proposition,
    Speaker,
    Standing,
    Suggested,
)
from skykeep.facts.claimed import Resolved, Retracted, Span, StatementMade
from skykeep.views.accountwords import letter

TEXT_MAX = 200_000  # code points of one source that a page shows
STATEMENTS_MAX = 2_000  # listed on a page, over all sources
PROPOSITIONS_MAX = 400
SPEAKERS_MAX = 60  # columns of the matrix
POINTS_MAX = 500  # checks, and differences

Place = tuple[str, int, int]  # of a source: its sha256, start, end


class Index(NamedTuple):
    """What the parts of the page look up in each other; all by id."""

    account: Account
    number: dict[str, str]  # of a statement: "1" ..., "R1" ... for retracted ones; not listed ones have none
    statements: dict[str, StatementMade]
    retraction: dict[str, Retracted]
    source: dict[str, int]  # place of a source by its sha256
    speaker: dict[str, Speaker]
    proposition: dict[str, Proposition]
    proposition_at: dict[str, int]  # those that the matrix shows
    column: dict[str, int]  # of the speakers that the matrix shows
    standings: dict[tuple[str, str], tuple[Standing, ...]]  # by proposition and speaker
    cells: dict[str, list[tuple[str, str, Standing]]]  # by statement: proposition, speaker
    suggested: dict[str, Suggested]
    measured: dict[str, Measured]
    figure: dict[Place, int]

    @property
    def simulated(self) -> bool:
        """Return whether the record of the measured column has invented flights; its words say so."""
        return "SIMULATED" in (self.account.record or "")

    def name(self, statement: StatementMade) -> str | None:
        """Return who is said to have said it, by the name that the account shows; None: nobody is named."""
        known = self.speaker.get(self.account.speaker_of.get(statement.statement_id, ""))
        return known.name if known else statement.speaker

    def unsure(self, statement_id: str) -> bool:
        """Return whether it is uncertain who said it."""
        found = self.statements.get(statement_id)
        return found is not None and found.resolved is Resolved.UNCERTAIN

    def letter(self, source_sha256: str | None) -> str:
        """Return the letter of a source, "?" where the account does not hold it."""
        place = self.source.get(source_sha256 or "")
        return "?" if place is None else letter(place)

    def visible(self, source_sha256: str | None, spans: Sequence[Span]) -> bool:
        """Return whether spans begin in the part of a text that the page shows."""
        place = self.source.get(source_sha256 or "")
        if place is None:
            return False
        length = shown_length(self.account.documents[place])
        return any(0 <= span.start < span.end and span.start < length for span in spans)

    def figure_at(self, figure: Figure) -> int | None:
        """Return the number of a figure's place in the shown text."""
        if not self.visible(figure.source_sha256, [figure.span]):
            return None
        return self.figure.get((figure.source_sha256, figure.span.start, figure.span.end))


def shown_length(document: Document) -> int:
    """Return how many code points of a text the page shows."""
    return min(len(document.text), TEXT_MAX)


def index(account: Account) -> Index:
    """Return where everything of an account stands."""
    columns = _columns(account)
    return Index(
        account=account,
        number=_numbers(account),
        statements={each.statement_id: each for each in (*account.statements, *account.retracted)},
        retraction={each.retracts: each for each in account.retractions},
        source={document.source.source_sha256: place for place, document in enumerate(account.documents)},
        speaker={each.speaker_id: each for each in account.speakers},
        proposition={each.proposition_id: each for each in account.propositions},
        proposition_at={each.proposition_id: at for at, each in enumerate(account.propositions[:PROPOSITIONS_MAX])},
        column={each.speaker_id: at for at, each in enumerate(columns[:SPEAKERS_MAX])},
        standings=_standings(account.cells),
        cells=_cells(account.cells),
        suggested={each.statement_id: each for each in account.suggested},
        measured={each.proposition_id: each for each in account.measured},
        figure=_figures(account),
    )


def _numbers(account: Account) -> dict[str, str]:
    listed = {each.statement_id: str(at) for at, each in enumerate(account.statements[:STATEMENTS_MAX], 1)}
    return listed | {each.statement_id: f"R{at}" for at, each in enumerate(account.retracted[:STATEMENTS_MAX], 1)}


def _columns(account: Account) -> list[Speaker]:
    """Return the speakers that stand in a cell, those of one side together, sides in the order of the speakers."""
    stand = {cell.speaker_id for cell in account.cells}
    speakers = [each for each in account.speakers if each.speaker_id in stand]
    sides = list(dict.fromkeys(each.side for each in speakers if each.side is not None))
    rank = {side: at for at, side in enumerate(sides)}
    return sorted(speakers, key=lambda each: rank.get(each.side or "", len(sides)))


def _standings(cells: Sequence[Cell]) -> dict[tuple[str, str], tuple[Standing, ...]]:
    found: dict[tuple[str, str], tuple[Standing, ...]] = {}
    for cell in cells:
        key = (cell.proposition_id, cell.speaker_id)
        found[key] = (*found.get(key, ()), *cell.standings)
    return found


def _cells(cells: Sequence[Cell]) -> dict[str, list[tuple[str, str, Standing]]]:
    found: dict[str, list[tuple[str, str, Standing]]] = {}
    for cell in cells:
        for standing in cell.standings:
            found.setdefault(standing.statement_id, []).append((cell.proposition_id, cell.speaker_id, standing))
    return found


def _figures(account: Account) -> dict[Place, int]:
    found: dict[Place, int] = {}
    checked = [figure for point in account.checks[:POINTS_MAX] for figure in point.figures]
    differing = [figure for point in account.differences[:POINTS_MAX] for figure in point.figures]
    for figure in (*checked, *differing):
        found.setdefault((figure.source_sha256, figure.span.start, figure.span.end), len(found) + 1)
    return found
