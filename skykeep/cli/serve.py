"""`skykeep serve`: a station live, as two processes that are kept up."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from skykeep.cli.saying import say


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
def serve(directory: Path) -> None:
    """Run the station in DIR: feeds in, watch, record, alarms, API and pages out, until interrupted.

    `skykeep init DIR` makes one. Two processes: the station, which watches and records, and the web, which serves
    people; each is started again if it fails. Exit 0 when told to end, 2 if it cannot run as it is configured.
    """
    from skykeep.station import supervising
    from skykeep.station.config import Home, load
    from skykeep.station.ending import told_to_end
    from skykeep.station.systemd import ServiceManager

    home = Home(directory)
    config = load(home)
    secure = "s" if config.web.certificate_file else ""
    say(f"{config.name}: http{secure}://{config.web.host}:{config.web.port}/ (end with Ctrl-C)")
    supervisor = supervising.Supervisor(supervising.children(directory), say, manager=ServiceManager())
    code = supervisor.run(told_to_end())
    sys.exit(code)
