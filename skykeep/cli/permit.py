"""Permits on the command line: apply, decide with two keys, hand out the code, take it back, check it in the field."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skykeep.cli.saying import moment_ns, say
from skykeep.errors import Refused, Unavailable

if TYPE_CHECKING:
    from skykeep.facts.enacted import ZoneEnacted
    from skykeep.facts.granting import Step
    from skykeep.station.credential import Checked
    from skykeep.station.office import Case, Office
    from skykeep.station.officeacts import WritingOffice

DOES_NOT_HOLD = 1
NS = 1_000_000_000
_SPANS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
OTHER_STEPS = ("ask", "offer", "suspend", "resume", "withdraw", "activate", "land", "end")

_office = click.option(
    "--office", required=True, type=click.Path(path_type=Path), help="Directory of the permit office's record."
)
_keys = click.option(
    "--keys", type=click.Path(path_type=Path), envvar="SKYKEEP_KEYS", help="Directory of the office's secret keys."
)
_key = click.option("--key", "key_file", type=click.Path(path_type=Path), help="Key file of whoever signs this step.")
_at = click.option("--at", metavar="TIME", help="The time of the act, such as 2026-05-01T10:00:00Z. Default: now.")
_reason = click.option("--reason", required=True, help="Why, in words; it is signed and kept.")
_zones = click.option(
    "--zones", multiple=True, type=click.Path(path_type=Path), help="Zone file that the office shall know. Repeatable."
)
_version = click.option("--version", type=int, help="Version. Default: of a permit the one that holds, else the last.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
_id = click.argument("permit_id", metavar="ID")


@click.group()
def permit() -> None:
    """Permits: apply, decide with two keys, hand out the code, take it back, check it without a network.

    A granted permit is no clearance to fly. Not certified; a person decides, and signs for it.
    """


# ---- an office and its people --------------------------------------------------------------------------------


@permit.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the office, without spaces; it stands in every credential. Default: DIRECTORY's.")
@click.option("--authority", help="Whose permits these are, by the name that zone files give it.")
@_keys
@_at
def office(directory: Path, name: str | None, authority: str | None, keys: Path | None, at: str | None) -> None:
    """Make a permit office: a new record in DIRECTORY. Prints the key that proves its record and its credentials."""
    from skykeep.station.keys import Keys
    from skykeep.station.officeacts import found

    vkey = found(directory, Keys(keys), moment_ns(at), name=name or directory.resolve().name, authority=authority)
    click.echo(vkey)
    say(f"wrote {directory}; enrol two officers: skykeep permit enrol VKEY --office {directory}")


@permit.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Whose key it is, without spaces: a.example")
def key(file: Path, name: str) -> None:
    """Make a key for an officer or an applicant in FILE, readable by its owner only. Prints its public half."""
    from skykeep.station.officekeys import make

    click.echo(make(file, name).verifier.vkey)
    say(f"wrote {file}; whoever holds it signs as {name}")


@permit.command()
@click.argument("vkey")
@_office
@click.option("--authority", help="For whose zones this officer consents, by its name in the zone file.")
@_keys
@_at
def enrol(vkey: str, office: Path, authority: str | None, keys: Path | None, at: str | None) -> None:
    """Let the person with the public key VKEY sign as a permit officer. One person, one key."""
    from skykeep.station.keys import Keys
    from skykeep.station.officeacts import writing

    with writing(office, Keys(keys), moment_ns(at)) as acting:
        fact = acting.enrol(vkey, authority)
    click.echo(f"{vkey.partition('+')[0]} signs as a permit officer for {fact.authority or 'zones that name nobody'}")


@permit.command()
@click.argument("vkey")
@_office
@_reason
@_keys
@_at
def dismiss(vkey: str, office: Path, reason: str, keys: Path | None, at: str | None) -> None:
    """Let the key VKEY sign no further step: its officer has left, or it was lost. What it signed before stays."""
    from skykeep.station.keys import Keys
    from skykeep.station.officeacts import writing

    with writing(office, Keys(keys), moment_ns(at)) as acting:
        acting.dismiss(vkey, reason)
    click.echo(f"{vkey.partition('+')[0]} signs no more")


# ---- steps ---------------------------------------------------------------------------------------------------


@permit.command()
@click.argument("file", type=click.Path(path_type=Path))
@_office
@_zones
@click.option("--id", "permit_id", metavar="ID", help="Answer this application, or number a new one so. Default: next.")
@_key
@_keys
@_at
@_json
def apply(
    *,
    file: Path,
    office: Path,
    zones: tuple[Path, ...],
    permit_id: str | None,
    key_file: Path | None,
    keys: Path | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Hand in the application FILE and hear at once which zones, whose consent and which permits stand in its way.

    The file is JSON; `skykeep schema application` prints its schema. With --key the applicant signs it, and the
    credential will name that key; without, the office signs that it received it.
    """
    from skykeep.facts import codec
    from skykeep.station.keys import Keys
    from skykeep.station.officeacts import writing
    from skykeep.station.officekeys import signing
    from skykeep.station.officetext import headline, next_steps, weighed_lines

    data = _bytes(file)
    with writing(office, Keys(keys), moment_ns(at)) as acting:
        published = _published(acting, zones)
        received = acting.apply(data, permit_id=permit_id, signer=signing(key_file))
    if published:
        say(f"the office knows {len(published)} zones more")
    if as_json:
        _print_json({
            "permit_id": received.case.permit_id, "version": received.case.version,
            "state": received.case.state.value, "explanation": codec.to_plain(received.weighed),
            "lacking": received.lacking, "doubts": received.doubts,
        })  # fmt: skip
        return
    lacking = [f"not stated, though EU 2021/664 Annex IV asks for it: {what}" for what in received.lacking]
    told = [headline(received.case), *weighed_lines(received.weighed), *received.doubts, *lacking]
    click.echo("\n  ".join([*told, f"next: {next_steps(received.case)}"]))


@permit.command()
@_id
@_office
@_zones
@_key
@_reason
@_version
@_keys
@_at
@_json
def grant(
    *,
    permit_id: str,
    office: Path,
    zones: tuple[Path, ...],
    key_file: Path | None,
    reason: str,
    version: int | None,
    keys: Path | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Grant the application ID. The first officer recommends it so; a second one, with another key, grants it.

    Refused with 2 while a granted permit stands against it or an authority has not consented.
    """
    from skykeep.facts.granting import State, Step
    from skykeep.station.keys import Keys
    from skykeep.station.officeacts import writing
    from skykeep.station.officekeys import signing

    with writing(office, Keys(keys), moment_ns(at)) as acting:
        _published(acting, zones)
        case = acting.case(permit_id, version)
        step = Step.RECOMMEND if case.state is State.SUBMITTED else Step.GRANT
        case = acting.step(permit_id, step, signer=signing(key_file), reason=reason, version=version)
        _print_case(acting, case, as_json=as_json)
    if step is Step.RECOMMEND and not as_json:
        click.echo("  it permits nothing yet: a second officer must grant it")


def _published(acting: WritingOffice, zones: tuple[Path, ...]) -> list[ZoneEnacted]:
    """Let the office know zones; what it cannot use is told, since it weighs without it."""
    published = acting.publish(zones)
    for told in acting.left_out:
        say(f"left out, the office decides without it: {told}")
    return published


def _stepping(name: str, words: str) -> None:
    """Add a command that takes one step."""

    @permit.command(name, help=words)
    @_id
    @_office
    @_key
    @_reason
    @_version
    @_keys
    @_at
    @_json
    def command(
        *,
        permit_id: str,
        office: Path,
        key_file: Path | None,
        reason: str,
        version: int | None,
        keys: Path | None,
        at: str | None,
        as_json: bool,
    ) -> None:
        from skykeep.facts.granting import Step

        _step(Step(name), permit_id, office, key_file, reason, version, keys, at, as_json=as_json)


_stepping("consent", "Agree to the application ID for the zones of the authority that this officer is enrolled for.")
_stepping("refuse", "Refuse the application ID, with the reason that its applicant will read.")
_stepping("revoke", "Take the permit ID back. It rules from the next tick of the watch on, never backwards.")


@permit.command()
@click.argument("name", metavar="STEP", type=click.Choice(OTHER_STEPS))
@_id
@_office
@_key
@_reason
@_version
@_keys
@_at
@_json
def step(
    *,
    name: str,
    permit_id: str,
    office: Path,
    key_file: Path | None,
    reason: str,
    version: int | None,
    keys: Path | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Take another STEP with ID: ask, offer, suspend, resume (officers); withdraw, activate, land, end (applicant).

    An applicant signs with the key that handed the application in, or without --key where there was none.
    """
    from skykeep.facts.granting import Step

    _step(Step(name), permit_id, office, key_file, reason, version, keys, at, as_json=as_json)


def _step(
    step: Step,
    permit_id: str,
    office: Path,
    key_file: Path | None,
    reason: str,
    version: int | None,
    keys: Path | None,
    at: str | None,
    *,
    as_json: bool,
) -> None:
    from skykeep.station.keys import Keys
    from skykeep.station.officeacts import writing
    from skykeep.station.officekeys import signing

    with writing(office, Keys(keys), moment_ns(at)) as acting:
        case = acting.step(permit_id, step, signer=signing(key_file), reason=reason, version=version)
        _print_case(acting, case, as_json=as_json)


# ---- looking and checking ------------------------------------------------------------------------------------


@permit.command()
@click.argument("permit_id", metavar="[ID]", required=False)
@_office
@_version
@click.option("--qr", is_flag=True, help="Draw the credential as a QR code in the terminal, and print its text.")
@click.option("--png", type=click.Path(path_type=Path), help="Write the QR code as PNG: 34 mm at 300 dots an inch.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write the QR code as SVG, 34 mm wide.")
@click.option("--jws", is_flag=True, help="Print the same claims as a JWT (JWS with EdDSA).")
@click.option("--reveal", is_flag=True, help="Show identities whole instead of masked.")
@_keys
@_json
def show(
    *,
    permit_id: str | None,
    office: Path,
    version: int | None,
    qr: bool,
    png: Path | None,
    svg: Path | None,
    jws: bool,
    reveal: bool,
    keys: Path | None,
    as_json: bool,
) -> None:
    """Show ID with its whole life and each signed step, or list what the office has; draw its credential.

    Every signature is checked again. A credential holds the identities whole, also without --reveal.
    """
    from skykeep.station import officecredential
    from skykeep.station.keys import Keys
    from skykeep.station.office import reading

    with reading(office) as seen:
        if permit_id is None:
            _list(seen, as_json=as_json, reveal=reveal)
            return
        draws = bool(jws or qr or png or svg)
        case = (seen.permits_now(permit_id) if draws and version is None else None) or seen.case(permit_id, version)
        if jws:
            click.echo(officecredential.jws(seen, case, Keys(keys)))
            return
        if not (qr or png or svg):
            _print_case(seen, case, as_json=as_json, reveal=reveal)
            return
        text = officecredential.text(seen, case, Keys(keys))
    _draw(text, qr=qr, png=png, svg=svg, as_json=as_json)


@permit.command()
@_office
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write the list.")
@_keys
@_at
def status(office: Path, output: Path, keys: Path | None, at: str | None) -> None:
    """Write the office's status list: which of its credentials are withdrawn, signed, as of now."""
    from skykeep.station import officecredential
    from skykeep.station.credential import moment
    from skykeep.station.keys import Keys
    from skykeep.station.office import reading
    from skykeep.station.qr import write

    at_ns = moment_ns(at)
    with reading(office) as seen:
        write(output, officecredential.status(seen, at_ns, Keys(keys)))
    say(f"wrote {output}, as of {moment(at_ns // NS)}")


@permit.command()
@click.argument("credential", metavar="CREDENTIAL")
@click.option(
    "--key",
    "vkeys",
    required=True,
    multiple=True,
    metavar="VKEY",
    help="The office's verification key. Repeatable: after a rotation the old one too, while its permits run.",
)
@click.option("--status", type=click.Path(path_type=Path), help="Status list of the office, as new as possible.")
@click.option("--at", metavar="TIME", help="The moment asked about, such as 2026-05-01T10:00:00Z. Default: now.")
@click.option(
    "--max-status-age",
    "age",
    default="24h",
    show_default=True,
    help="How old the list may be: 90s, 30m, 24h, 7d.",
)
@_json
def verify(
    *, credential: str, vkeys: tuple[str, ...], status: Path | None, at: str | None, age: str, as_json: bool
) -> None:
    """Check a CREDENTIAL without a network: its text (SKP1:…), a file that holds it, or - for standard input.

    Says one of three things: "signed · not withdrawn as of 15:46", "not valid: …", "status too old: …"; exit 1 unless
    it is the first. A copied QR code verifies too: match aircraft, place and time.
    """
    from skykeep.station.credential import verify as check

    checked = check(
        _credential_text(credential), vkeys, moment_ns(at) // NS,
        status=None if status is None else _bytes(status), status_age_max_s=_seconds(age),
    )  # fmt: skip
    _print_checked(checked, as_json=as_json)
    if not checked.holds:
        sys.exit(DOES_NOT_HOLD)


@permit.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("demo-permit-out"),
    show_default=True,
    help="Directory for what the demo makes.",
)
def demo(output: Path) -> None:
    """Show a permit's whole life, simulated: ban, application, two officers, QR code, flight, revocation, proof.

    Every sentence that it prints was checked by the program; what does not hold ends it with 1.
    """
    from skykeep.station.demo_permit import play

    play(output)


def _print_checked(checked: Checked, *, as_json: bool) -> None:
    from skykeep.station.credential import COPIED, as_plain, in_words

    if as_json:
        claims = None if checked.claims is None else as_plain(checked.claims)
        _print_json({
            "answer": checked.answer.value, "why": checked.why, "status_issued_s": checked.status_issued_s,
            "claims": claims,
        })  # fmt: skip
        return
    click.secho(checked.sentence, fg="green" if checked.holds else "red", bold=True)
    if checked.claims is not None:
        click.echo("\n".join(f"  {line}" for line in in_words(checked.claims)))
        click.echo(f"{COPIED} Not certified; a person decides.")


# ---- how -----------------------------------------------------------------------------------------------------


def _list(office: Office, *, as_json: bool, reveal: bool) -> None:
    from skykeep.station.officetext import listed

    if as_json:
        for case in office.cases.values():
            _print_case(office, case, as_json=True, reveal=reveal)
    else:
        click.echo("\n".join(listed(office)) or "no application yet")


def _print_case(office: Office, case: Case, *, as_json: bool, reveal: bool = False) -> None:
    from skykeep.station.officetext import case_lines, case_plain

    if as_json:
        _print_json(case_plain(office, case, reveal=reveal))
    else:
        click.echo("\n".join(case_lines(office, case, reveal=reveal)))


def _print_json(value: Any) -> None:  # noqa: ANN401  # JSON has no narrower type
    import msgspec

    click.echo(msgspec.json.encode(value))


def _draw(text: str, *, qr: bool, png: Path | None, svg: Path | None, as_json: bool) -> None:
    from skykeep.station import qr as codes

    code = codes.make(text)  # refuses what is too long, drawn or not
    for path, made in ((png, codes.png), (svg, codes.svg)):
        if path is not None:
            codes.write(path, made(code))
            say(f"wrote {path}: {codes.describe(code)}")
    if as_json:
        _print_json({"credential": text})
    elif qr:
        for line in codes.terminal(text):
            click.secho(line, fg="black", bg="bright_white")
        click.echo(text)


def _credential_text(given: str) -> str:
    """Return the credential's text: as given, or what a file or standard input holds, its line end taken off."""
    from skykeep.station.credential import PREFIX

    if given.startswith(PREFIX):
        return given
    data = sys.stdin.buffer.read(100_000) if given == "-" else _bytes(Path(given))
    if data.startswith(b"\x89PNG"):
        raise Refused(f"{given} is a picture: read the QR code with a phone or a scanner, and give its text")
    return data.decode("ascii", "replace").removesuffix("\n").removesuffix("\r")


def _seconds(age: str) -> int:
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", age)
    if found is None:
        raise click.BadParameter(
            f"{age!r}; write a number with s, m, h or d, such as 24h", param_hint="--max-status-age"
        )
    return int(found[1]) * _SPANS_S[found[2]]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise Refused(f"{path}: there is no such file") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
