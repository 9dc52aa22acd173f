"""Making an account: reports read, statements found, figures checked, the incident's tracks beside them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
import tomllib
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

import msgspec

from skykeep.account import checks, statements
from skykeep.account.aliases import Aliases
from skykeep.account.assemble import assemble
from skykeep.account.parsed import Grammar, Likeness
from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts.accounted import Account, Check, Document
from skykeep.facts.claimed import PropositionWorded, Retracted, SpeakerNamed, StanceTaken, StatementMade
from skykeep.station import sources
from skykeep.station.casefile import Case
from skykeep.station.gazetteer import GeoNames
from skykeep.views import measured
from skykeep.views.measured import Incident

STDIN = "-"
SOURCES_MAX = 40
NS = 1_000_000_000
TWILIGHT_DEG, SUNSET_DEG = -6.0, -0.833  # the sun's centre: civil twilight; its upper edge on the horizon, refracted


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """One report as it came: its bytes, read, and what was found in it."""

    document: Document
    data: bytes
    found: tuple[StatementMade, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Models:
    """The optional models of language; None each: rules alone."""

    grammar: Grammar | None = None
    likeness: Likeness | None = None

    @property
    def finder(self) -> str:
        """What finds statements, for people."""
        return statements.FINDER if self.grammar is None else f"{statements.FINDER} + nlp/1"


def models(*, nlp: bool) -> Models:
    """Return the models that were asked for; raises Unavailable where the extra is not installed."""
    if not nlp:
        return Models()
    from skykeep.station.grammar import grammar
    from skykeep.station.likeness import likeness

    return Models(grammar(), likeness())


def take_in(
    names: Sequence[str], at_ns: int, using: Models, *, progressed: Callable[[int], None] = lambda _n: None
) -> list[Report]:
    """Read reports by file name (`-`: standard input) and find their statements, in the order given."""
    if len(names) > SOURCES_MAX:
        raise Refused(f"{len(names)} reports; an account takes at most {SOURCES_MAX}: leave some out")
    found: dict[str, Report] = {}
    for name in names:
        data = _bytes(name)
        document = sources.read(data, "standard input" if name == STDIN else Path(name).name, at_ns)
        known = found.get(document.source.source_sha256)
        if known is not None:
            raise Refused(f"{name}: the same report as {known.document.source.label}; give each report once")
        made = statements.find(document, grammar=using.grammar)
        found[document.source.source_sha256] = Report(document, data, tuple(made))
        progressed(1)
    return list(found.values())


def _bytes(name: str) -> bytes:
    """Return a report's bytes, one more than are taken at most."""
    try:
        if name == STDIN:
            return sys.stdin.buffer.read(sources.BYTES_MAX + 1)
        with Path(name).open("rb") as file:
            return file.read(sources.BYTES_MAX + 1)
    except OSError as error:
        raise Unavailable(f"{name} cannot be read: {error.strerror or error}") from error


# ---- the account -------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What else an account is asked for."""

    title: str | None = None  # None: the names of its sources, or of its case
    incident: Incident | None = None
    aliases: Path | None = None  # of names that count as one, beside those that are shipped


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What persons did in a case."""

    acts: tuple[PropositionWorded | StanceTaken | SpeakerNamed, ...] = ()
    retracted: tuple[StatementMade, ...] = ()
    retractions: tuple[Retracted, ...] = ()


def of_reports(reports: Sequence[Report], using: Models, wanted: Wanted) -> Account:
    """Return the account of reports alone, in which nobody confirmed anything."""
    return account([each.document for each in reports], [one for each in reports for one in each.found], using, wanted)


def of_case(case: Case, using: Models, wanted: Wanted) -> Account:
    """Return the account of a case, with what persons did in it."""
    wanted = dataclasses.replace(wanted, title=wanted.title or case.path.resolve().name)
    back = case.retracted_statements()
    done = Done(tuple(case.standing_acts()), tuple(back), tuple(case.taken_back().values()))
    return account(list(case.documents.values()), case.standing_statements(), using, wanted, done)


def account(
    documents: Sequence[Document], found: Sequence[StatementMade], using: Models, wanted: Wanted, done: Done = Done()
) -> Account:
    """Put an account together."""
    incident = wanted.incident
    made = assemble(
        wanted.title or _title(documents), documents, found, done.retracted, done.acts, read_aliases(wanted.aliases),
        checks=(*checks.check(tuple(documents), GeoNames()), *_record_checks(documents, incident)), measured=(),
        record=None if incident is None else measured.record_words(incident),
        likeness=using.likeness, finder=using.finder,
    )  # fmt: skip
    readings = measured.measured(made.propositions, incident)
    back = {one.statement_id for one in made.retracted}
    kept = tuple(act for act in done.retractions if act.retracts in back)
    return msgspec.structs.replace(made, measured=readings, retractions=kept)


def _title(documents: Sequence[Document]) -> str:
    """Return a title that says of itself what the account is of: its sources."""
    return " · ".join(dict.fromkeys(each.source.publisher or each.source.label for each in documents))


def _record_checks(documents: Sequence[Document], incident: Incident | None) -> tuple[Check, ...]:
    if incident is None:
        return ()
    days = [
        (each.source.publisher or each.source.label, each.source.dateline_day)
        for each in documents
    ]  # fmt: skip
    starts = [
        (name, round(dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC).timestamp()) * NS)
        for name, day in days
        if day is not None
    ]
    return measured.record_checks(incident, starts)


def read_aliases(path: Path | None) -> Aliases:
    """Return the alias table: the one that is shipped, and a file of the same form added to it."""
    own = _aliases(resources.files("skykeep").joinpath("accountdata", "aliases.toml").read_bytes(), "aliases.toml")
    if path is None:
        return own
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
    more = _aliases(data, str(path))
    return Aliases(
        spellings=(*own.spellings, *more.spellings), folding=(*own.folding, *more.folding),
        offices=(*own.offices, *more.offices), side=(*own.side, *more.side),
    )  # fmt: skip


def _aliases(data: bytes, where: str) -> Aliases:
    try:
        return msgspec.convert(tomllib.loads(data.decode("utf-8")), Aliases)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Malformed(f"{where} is no alias file: {error}; see skykeep/accountdata/README.md for its form") from error


# ---- the record beside it ----------------------------------------------------------------------------------


def read_incident(record: Path, numbers: Sequence[int]) -> Incident:
    """Return an incident of a record, with the light that was there; raises Refused with those there are for none."""
    from skykeep.station.seen import seen
    from skykeep.station.store import Store
    from skykeep.views.picture import fold

    with Store.open(record, read_only=True) as store:
        picture = fold(seen(store))
    found = measured.incident(picture, numbers, record=record.resolve().name)
    point = picture.tracks[found.rows[0].track_id].points[0]
    return dataclasses.replace(found, light=_light(point.lat_e7 / 1e7, point.lon_e7 / 1e7, found.first_ns))


def _light(lat_deg: float, lon_deg: float, t_ns: int) -> str:
    from astral import Observer
    from astral.sun import elevation

    height_deg = elevation(Observer(lat_deg, lon_deg), dt.datetime.fromtimestamp(t_ns / NS, dt.UTC))
    if height_deg < TWILIGHT_DEG:
        return "night"
    return "twilight" if height_deg < SUNSET_DEG else "daylight"
