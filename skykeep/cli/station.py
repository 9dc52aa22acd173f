"""A station's directory: make it, look after it, explain its configuration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skykeep.cli.saying import say
from skykeep.errors import Refused

if TYPE_CHECKING:
    from skykeep.station.keeping.initial import Made

DOES_NOT_HOLD = 1

_directory = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.command()
@_directory
@click.option("--name", default="Skykeep", show_default=True, help="Name of the station, as people know it.")
@click.option("--place", default="", help="What it keeps the sky over, in words.")
@click.option("--admin", default="admin", show_default=True, metavar="NAME", help="Account of the first admin.")
@click.option(
    "--password-file",
    metavar="FILE",
    help="The admin's password, from a FILE; - asks for it on the terminal. Default: one is made and shown once.",
)
@click.option("--demo", is_flag=True, help="Put the simulated town in, with invented people for each power.")
@_json
def init(
    directory: Path, name: str, place: str, admin: str, password_file: str | None, demo: bool, as_json: bool
) -> None:
    """Make a station in DIR: configuration, keys, secrets, the first admin; then say what to do next.

    DIR must be new or empty. The passwords that are made are shown now and never again.
    """
    import time

    from skykeep.station.keeping import initial

    asked = initial.Asked(name, place, admin, _password(password_file), demo)
    made = initial.make(directory, asked, time.time_ns())
    say(f"made {directory}: configuration, keys, accounts")
    _print_made(made, as_json=as_json)


def _password(file: str | None) -> str | None:
    if file is None:
        return None
    if file == "-":
        return str(click.prompt("Password of the admin", hide_input=True, confirmation_prompt=True, err=True))
    try:
        return Path(file).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"password file {file} cannot be read: {error}") from error


def _print_made(made: Made, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        plain = {"directory": str(made.home.path), "url": made.url, "people": made.people}
        click.echo(msgspec.json.encode(plain))
        return
    width = max(len(person.name) for person in made.people)
    click.echo("Sign in as (shown once; change it after the first time):")
    for person in made.people:
        password = "the password that you gave" if person.password is None else person.password
        click.echo(f"  {person.name:{width}}  {password}  {', '.join(person.roles)}")
    click.echo("Next:")
    click.echo(f"  skykeep doctor {made.home.path}    is all well?")
    click.echo(f"  skykeep serve {made.home.path}     start it, then open {made.url}")
    secret = " and of ".join(str(path) for path in made.secret)
    click.echo(f"  keep a copy of {secret} apart: without the keys nothing more can be signed")


@click.command()
@_directory
@_json
def doctor(directory: Path, as_json: bool) -> None:
    """Look whether all is well with the station in DIR, and say what to do where it is not; exit 1 if a thing fails.

    Looks at the machine, disk, clock, keys, named files, feeds, ports, certificates and the record, and at how each
    feed and sensor is heard; changes nothing.
    """
    from skykeep.station.keeping.checks import CHECKS
    from skykeep.station.keeping.checkup import Found, Level, check_up, worst

    found: list[Found] = []
    for each in check_up(directory, CHECKS):
        found.append(each)
        _print_found(each.what, each.level.value, each.said, each.remedy, as_json=as_json)
    if worst(found) is Level.FAIL:
        sys.exit(DOES_NOT_HOLD)


def _print_found(what: str, level: str, said: str, remedy: str, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode({"what": what, "level": level, "said": said, "remedy": remedy}))
        return
    click.echo(f"{level:4}  {what}: {said}")
    if remedy:
        click.echo(f"      -> {remedy}")


@click.command()
@_directory
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Name or address under which browsers and sensors know this machine. Repeatable.",
)
@click.option(
    "--client",
    "clients",
    multiple=True,
    metavar="NAME",
    help="Make a certificate for this sensor or device too. Repeatable.",
)
@click.option("--renew", is_flag=True, help="Make those that are there anew, under the same authority.")
@click.option("--p12", is_flag=True, help="Pack each client's as a PKCS #12 file too, for phones and ATAK.")
def tls(directory: Path, hosts: tuple[str, ...], clients: tuple[str, ...], renew: bool, p12: bool) -> None:
    """Make certificates for the station in DIR, by an authority of its own: for its --host names, for each --client.

    Certificates hold for 398 days, the authority for ten years. Says how to trust it and what to write where.
    """  # fmt: skip
    import datetime as dt

    from skykeep.station.config import Home, load
    from skykeep.station.keeping import authority as made
    from skykeep.station.peoplepasswords import generated

    home = Home(directory)
    station, now = load(home).name, dt.datetime.now(dt.UTC)
    if not clients or hosts:
        made.require_server(home, hosts, renew=renew)
    if made.make_authority(home, station, now):
        say(f"made an authority: {made.authority(home).certificate}; its key is worth a safe place of its own")
    if not clients or hosts:
        pair = made.make_server(home, hosts, now, renew=renew)
        click.echo(f"{pair.certificate}, {pair.key}")
        _say_how_to_serve(directory)
        _say_how_to_trust(made.authority(home).certificate, made.fingerprint(made.authority(home).certificate))
    for name in clients:
        pair = made.make_client(home, name, now, renew=renew)
        click.echo(f"{pair.certificate}, {pair.key}")
        if p12:
            password = generated()
            click.echo(f"{made.pack(home, name, password)}  password (shown once): {password}")


def _say_how_to_serve(directory: Path) -> None:
    say(f"write into {directory}/skykeep.toml, under [web]:")
    say('  certificate_file = "tls/server.pem"')
    say('  key_file = "tls/server.key.pem"')


def _say_how_to_trust(path: Path, fingerprint: str) -> None:
    say(f"trust the authority where the station is used: {path}")
    say(f"  its fingerprint, to be compared there: SHA-256 {fingerprint}")
    say(f"  Debian, Ubuntu: cp {path} /usr/local/share/ca-certificates/skykeep.crt && update-ca-certificates")
    say("  Windows: certutil -addstore Root ca.pem; macOS: double-click, then trust; Firefox: Settings, Certificates")
    say(f"  curl, the Python client: --cacert {path}, SSL_CERT_FILE={path}")


@click.group()
def config() -> None:
    """Settings of a run, and the configuration of a station: what they are and where each value comes from."""


@config.command("explain")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--settings", type=click.Path(path_type=Path), help="Instead of DIR: a settings file of `skykeep run`.")
def config_explain(directory: Path | None, settings: Path | None) -> None:
    """Print each key, its value and where it came from: of the station in DIR, or the settings of a run."""
    if directory is not None and settings is not None:
        raise Refused("name either a station's directory or --settings, not both")
    if directory is not None:
        from skykeep.station.config import Home
        from skykeep.station.keeping.reference import as_toml
        from skykeep.station.keeping.reference import explained as of_station

        for name, value, origin in of_station(Home(directory)):
            click.echo(f"{name} = {as_toml(value) or 'not set'}  # {origin}")
        return
    from skykeep.station.settings import explained, load

    load(settings)
    for name, value, origin in explained(settings):
        click.echo(f"{name} = {value}  # {origin}")


@config.command("reference")
def config_reference() -> None:
    """Print a whole skykeep.toml: every key with its default and its meaning, commented out."""
    from skykeep.station.keeping.reference import commented

    click.echo(commented(), nl=False)
