"""People on the command line: who may sign in to a station, with which powers, and what machines sign in with."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skykeep.cli.saying import say

if TYPE_CHECKING:
    from skykeep.station.peopledesk import PeopleDesk

_directory = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
_name = click.argument("name")
_roles = click.argument("roles", nargs=-1, required=True, metavar="ROLE...")
_reason = click.option("--reason", required=True, help="Why, in words; it stands in the record.")


@click.group()
def people() -> None:
    """Who may sign in to a station, and with which powers.

    Acts are recorded by the station where it runs. What is printed on standard output is shown this once.
    """


@people.command("list")
@_directory
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_people(directory: Path, as_json: bool) -> None:
    """List the accounts of the station in DIR with their powers."""
    import msgspec

    with _desk(directory) as desk:
        found = desk.people.all()
    if as_json:
        for person in found:
            sys.stdout.buffer.write(msgspec.json.encode(person) + b"\n")
        return
    width = max((len(person.name) for person in found), default=0)
    for person in found:
        state = "dismissed" if person.dismissed_ns else "" if person.has_password or person.issuer else "invited"
        states = ", ".join(each for each in (state, "second factor" if person.second_factor else "") if each)
        click.echo(f"{person.name:{width}}  {' '.join(role.value for role in person.roles)}  {states}".rstrip())


@people.command()
@_directory
@_name
@_roles
def add(directory: Path, name: str, roles: tuple[str, ...]) -> None:
    """Add the person NAME with each ROLE to the station in DIR; prints the path of an invitation, for three days.

    Put the station's address before it. Roles: publisher, permit_officer, duty_officer, field_officer, pilot,
    site_security, auditor, integrator, admin.
    """
    from skykeep.station.peopledesk import role

    with _desk(directory) as desk:
        click.echo(f"/welcome#{desk.add(name, [role(each) for each in roles], time.time_ns())}")


@people.command()
@_directory
@_name
@_reason
def invite(directory: Path, name: str, reason: str) -> None:
    """Forget the password of NAME in DIR, sign them out everywhere, and print an invitation to choose another one."""
    with _desk(directory) as desk:
        click.echo(f"/welcome#{desk.invite(name, time.time_ns(), reason)}")


@people.command("roles")
@_directory
@_name
@_roles
@_reason
def set_roles(directory: Path, name: str, roles: tuple[str, ...], reason: str) -> None:
    """Give the person NAME in DIR each ROLE, and no other; it holds at their next request."""
    from skykeep.station.peopledesk import role

    with _desk(directory) as desk:
        person = desk.set_roles(name, [role(each) for each in roles], time.time_ns(), reason)
    say(f"{name} is {', '.join(role.value for role in person.roles)}")


@people.command()
@_directory
@_name
@_reason
def dismiss(directory: Path, name: str, reason: str) -> None:
    """Let the person NAME sign in to DIR no more; sessions, tokens and devices end. It cannot be undone."""
    with _desk(directory) as desk:
        desk.dismiss(name, time.time_ns(), reason)
    say(f"{name} is dismissed")


@people.command()
@_directory
@_name
def factor(directory: Path, name: str) -> None:
    """Enrol a second factor of NAME at the machine of the station in DIR, in place of any other.

    Shows a QR code for an authenticator app on standard error and asks for a code of it; prints recovery codes, once.
    Their sessions end. People enrol it by themselves at /second-factor; this is for a first admin, before anybody signs
    in by network.
    """
    from skykeep.station import qr

    with _desk(directory) as desk:
        session, address = desk.offer_factor(name, time.time_ns())
        for line in (*qr.terminal(address), address):
            say(line)
        said = click.prompt("Code that the app shows", err=True)
        for code in desk.enrol_factor(name, session, said, time.time_ns()):
            click.echo(code)


@people.command("reset-factor")
@_directory
@_name
@_reason
def reset_factor(directory: Path, name: str, reason: str) -> None:
    """Forget the second factor of NAME in DIR, whose phone is lost, and sign them out everywhere."""
    with _desk(directory) as desk:
        desk.reset_factor(name, reason)
    say(f"{name} has no second factor now; the password alone lets in, or leads to enrolling another one")


@people.command()
@_directory
@_name
@_roles
@click.option("--label", default="made on the command line", show_default=True, help="What the token is for.")
@click.option("--days", default=90.0, show_default=True, help="When it ends.")
def token(directory: Path, name: str, roles: tuple[str, ...], label: str, days: float) -> None:
    """Make a token of the person NAME in DIR with each ROLE, for a program; prints it, once."""
    from skykeep.station.peopledesk import role

    with _desk(directory) as desk:
        click.echo(desk.token(name, [role(each) for each in roles], time.time_ns(), label=label, days=days))


@people.command()
@_directory
@click.argument("sensor")
@click.option("--overlap-h", default=168.0, show_default=True, help="How long the key before holds on, in hours.")
@click.option("--withdraw", is_flag=True, help="End all keys of the sensor instead.")
def key(directory: Path, sensor: str, overlap_h: float, withdraw: bool) -> None:
    """Make a key of the SENSOR, for its feed of the station in DIR; prints it, once."""
    with _desk(directory) as desk:
        if withdraw:
            say(f"{desk.withdraw(sensor)} keys of {sensor} ended")
        else:
            click.echo(desk.key(sensor, time.time_ns(), overlap_s=overlap_h * 3600))


@contextmanager
def _desk(directory: Path) -> Iterator[PeopleDesk]:
    from skykeep.station.config import Home
    from skykeep.station.peopledesk import opened

    with opened(Home(directory), say) as desk:
        yield desk
