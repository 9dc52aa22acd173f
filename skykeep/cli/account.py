"""Accounts on the command line: who said what in which report, confirmed by persons, beside what was measured."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skykeep.cli.saying import moment_ns, say, write
from skykeep.errors import Refused

if TYPE_CHECKING:
    from skykeep.facts.accounted import Account, Proposition
    from skykeep.station.accounting import Models, Wanted
    from skykeep.station.casefile import Case
    from skykeep.views.measured import Incident

STANCES = ("affirms", "denies", "does_not_know", "no_comment", "attributes")
ASPECTS = ("what", "how_many", "where", "when", "who", "intent", "damage", "casualties", "response", "rule")
DRAW = "draw"  # what is meant where no other command is named

_case = click.argument("case", type=click.Path(path_type=Path))
_by = click.option("--by", required=True, metavar="NAME", help="Who does this; it is kept with the act.")
_reason = click.option("--reason", required=True, help="Why, in words; it is kept with the act.")
_at = click.option("--at", metavar="TIME", help="The time of the act, such as 2026-05-01T10:00:00Z. Default: now.")
_keys = click.option(
    "--keys", type=click.Path(path_type=Path), envvar="SKYKEEP_KEYS", help="Directory of the secret keys."
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
_nlp = click.option("--nlp", is_flag=True, help="Use the models of language of the extra [nlp]: more is found.")


class _Reports(click.Group):
    """A group whose first argument may be a report instead of a command: then an account of reports is meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named, or `draw` for anything else."""
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return DRAW, self.commands[DRAW], args

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave all that does not ask for help to the command."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [DRAW, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Reports, no_args_is_help=True)
def account() -> None:
    """Who said what in which report, beside what was measured: `skykeep account A.txt B.txt -o account.html`.

    Anything but the commands below is taken for reports and goes to `draw`. No side is taken: figures agree or differ,
    people affirm, deny or do not know.
    """


@account.command(DRAW)
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...")
@click.option("--record", type=click.Path(path_type=Path), help="A record of the event, for the measured column.")
@click.option("--incident", "incidents", multiple=True, type=int, metavar="ID",
              help="Which incident of the record it is, by its number. Repeatable.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Draw it, as one offline page, to this file.")
@click.option("--claims", type=click.Path(path_type=Path), help="Write its statements as schema.org claims, JSON-LD.")
@click.option("--annotations", type=click.Path(path_type=Path), help="Write them as W3C web annotations, JSON-LD.")
@click.option("--provenance", type=click.Path(path_type=Path), help="Write where all comes from as PROV-O, JSON-LD.")
@click.option("--aliases", type=click.Path(path_type=Path), help="More names that count as one, TOML.")
@click.option("--title", help="Title of the account. Default: the names of its sources.")
@_nlp
@_at
@_json
def draw(
    *,
    reports: tuple[str, ...],
    record: Path | None,
    incidents: tuple[int, ...],
    output: Path | None,
    claims: Path | None,
    annotations: Path | None,
    provenance: Path | None,
    aliases: Path | None,
    title: str | None,
    nlp: bool,
    at: str | None,
    as_json: bool,
) -> None:
    """Make the account of each REPORT: text, HTML or PDF, by file, - for standard input; or of one case.

    All that stands in it is suggested by rules until persons confirm it in a case (`skykeep account open`). With
    --record and --incident, what sensors measured stands beside what people say. Exit 2 where a report cannot be used.
    """
    from skykeep.station import accounting
    from skykeep.views import accountexport, accountpage, accounttext
    from skykeep.views.accountjson import to_json

    using = accounting.models(nlp=nlp)
    wanted = accounting.Wanted(title, _incident(record, incidents), aliases)
    made = _account(reports, using, moment_ns(at), wanted)
    for path, render in (
        (output, accountpage.render), (claims, accountexport.claims),
        (annotations, accountexport.web_annotations), (provenance, accountexport.provenance),
    ):  # fmt: skip
        if path is not None:
            write(path, render(made))
    if as_json:
        click.echo(to_json(made))
    elif output is None or sys.stdout.isatty():
        click.echo("\n".join(accounttext.lines(made)))


def _account(reports: tuple[str, ...], using: Models, at_ns: int, wanted: Wanted) -> Account:
    """Return the account of a case's directory, or of reports."""
    from skykeep.station import accounting, casefile
    from skykeep.station.terminal import progress

    folders = [name for name in reports if Path(name).is_dir()]
    if folders and len(reports) > 1:
        raise Refused(f"{folders[0]} is a directory: an account is of one case, or of report files, not of both")
    if folders:
        with casefile.reading(Path(folders[0])) as case:
            return accounting.of_case(case, using, wanted)
    with progress("reading reports", None) as advance:
        taken = accounting.take_in(reports, at_ns, using, progressed=advance)
    return accounting.of_reports(taken, using, wanted)


def _incident(record: Path | None, incidents: tuple[int, ...]) -> Incident | None:
    from skykeep.station.accounting import read_incident

    if record is None:
        if incidents:
            raise Refused("--incident is of a record: name it with --record")
        return None
    return read_incident(record, incidents)


# ---- a case ------------------------------------------------------------------------------------------------


@account.command("open")
@_case
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...")
@_nlp
@_keys
@_at
def open_case(*, case: Path, reports: tuple[str, ...], nlp: bool, keys: Path | None, at: str | None) -> None:
    """Take each REPORT into the record CASE, made anew or gone on with, so that persons can confirm what was found."""
    from skykeep.station import accounting, caseacts
    from skykeep.station.keys import Keys
    from skykeep.station.terminal import progress

    at_ns = moment_ns(at)
    using = accounting.models(nlp=nlp)
    with progress("reading reports", None) as advance:
        taken = accounting.take_in(reports, at_ns, using, progressed=advance)
    with caseacts.opening(case, Keys(keys), at_ns) as acting:
        new = [each for each in taken if acting.take_in(each.document, each.data, each.found)]
        vkey = acting.vkey
    found = sum(len(each.found) for each in new)
    click.echo(vkey)
    say(f"took {len(new)} of {len(taken)} reports into {case}, with {found} statements; draw it: "
         f"skykeep account {case} -o account.html")  # fmt: skip


@account.command()
@_case
@click.option("--statement", required=True, metavar="ID", help="The statement, by the id that the page shows.")
@click.option("--proposition", required=True, metavar="ID", help="The proposition that it is about.")
@click.option("--stance", required=True, type=click.Choice(STANCES), help="How its speaker stands to it.")
@click.option("--attributed-to", metavar="NAME", help="Whom the speaker says it of, where the stance is attributes.")
@click.option("--reason", help="Why, in words; it is kept with the act.")
@_by
@_keys
@_at
def confirm(
    *,
    case: Path,
    statement: str,
    proposition: str,
    stance: str,
    attributed_to: str | None,
    reason: str | None,
    by: str,
    keys: Path | None,
    at: str | None,
) -> None:
    """Confirm in CASE which proposition a statement is about and how its speaker stands to it. Prints the act's id."""
    from skykeep.facts.claimed import Stance
    from skykeep.station import caseacts
    from skykeep.station.keys import Keys

    with caseacts.writing(case, Keys(keys), moment_ns(at)) as acting:
        about = _proposition(acting, proposition)
        act = acting.confirm(
            statement, about, Stance(stance), by=by, attributed_to=attributed_to, reason=reason
        )  # fmt: skip
    click.echo(act.act_id)


def _proposition(case: Case, proposition_id: str) -> Proposition:
    """Return a proposition of a case, worded by a person or suggested; Refused where there is none."""
    from skykeep.station import accounting

    made = accounting.of_case(case, accounting.Models(), accounting.Wanted())
    found = next((each for each in made.propositions if each.proposition_id == proposition_id), None)
    if found is None:
        raise Refused(f"{case.path}: there is no proposition {proposition_id}; `skykeep account {case.path}` lists "
                      "them, `skykeep account word` makes one")  # fmt: skip
    return found


@account.command()
@_case
@click.option("--proposition", required=True, metavar="ID", help="An id: one that is there is worded anew.")
@click.option("--wording", required=True, help="Neutral words, one thing at a time.")
@click.option("--aspect", required=True, type=click.Choice(ASPECTS), help="What it is about.")
@_by
@_keys
@_at
def word(
    *, case: Path, proposition: str, wording: str, aspect: str, by: str, keys: Path | None, at: str | None
) -> None:
    """Word a proposition in CASE, a new one or one that is there. Prints the act's id."""
    from skykeep.facts.claimed import Aspect
    from skykeep.station import caseacts
    from skykeep.station.keys import Keys

    with caseacts.writing(case, Keys(keys), moment_ns(at)) as acting:
        click.echo(acting.word(proposition, wording, Aspect(aspect), by=by).act_id)


@account.command()
@_case
@click.argument("name")
@click.argument("also", nargs=-1)
@click.option("--side", help="Who they speak for, as that body names itself.")
@_by
@_keys
@_at
def same(
    *, case: Path, name: str, also: tuple[str, ...], side: str | None, by: str, keys: Path | None, at: str | None
) -> None:
    """Say in CASE that NAME and each ALSO are one speaker, to be shown as NAME. Prints the act's id."""
    from skykeep.station import caseacts
    from skykeep.station.keys import Keys

    with caseacts.writing(case, Keys(keys), moment_ns(at)) as acting:
        click.echo(acting.name(name, also, side=side, by=by).act_id)


@account.command()
@_case
@click.argument("what", metavar="ID")
@_reason
@_by
@_keys
@_at
def retract(*, case: Path, what: str, reason: str, by: str, keys: Path | None, at: str | None) -> None:
    """Take the act ID back in CASE, or say that the statement ID is none; both stay in it. Prints the act's id."""
    from skykeep.station import caseacts
    from skykeep.station.keys import Keys

    with caseacts.writing(case, Keys(keys), moment_ns(at)) as acting:
        click.echo(acting.retract(what, by=by, reason=reason).act_id)


@account.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("demo-account-out"), show_default=True,
              help="Directory for reports, record, case and page; emptied when an earlier demo made it.")  # fmt: skip
def demo(*, output: Path) -> None:
    """Play an invented night: two reports of it, a radar and a camera that saw it, and the account of both."""
    from skykeep.station.demo_account import play

    play(output)


@account.command()
@_case
def acts(case: Path) -> None:
    """List what persons did in CASE, in order: ids, times, who, what; and what was taken back."""
    from skykeep.station import casefile

    with casefile.reading(case) as read:
        click.echo("\n".join(casefile.act_lines(read)) or "nobody has done anything in it yet")


# ---- how good it is ----------------------------------------------------------------------------------------


@account.command()
@click.argument("gold", type=click.Path(path_type=Path))
@_nlp
@_json
def score(*, gold: Path, nlp: bool, as_json: bool) -> None:
    """Compare what is found with what people marked in GOLD: precision and recall, and what was missed.

    GOLD is a JSON file whose texts lie beside it, or a directory of brat stand-off files (.txt with .ann).
    """
    from skykeep.station import accounting, accountscore

    scored = accountscore.score(gold, accounting.models(nlp=nlp))
    click.echo(accountscore.to_json(scored) if as_json else "\n".join(accountscore.lines(scored)))
