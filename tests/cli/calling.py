"""The command line as a person calls it, in this process or as a process of its own."""

import json
import os
import pathlib
import subprocess
import sys

from click.testing import CliRunner

from skykeep.cli import main
from skykeep.ledger.entry import EntryKind
from skykeep.station.store import Store

ROOT = pathlib.Path(__file__).parents[2]
DATA = ROOT / "skykeep" / "demo_data"
ANAFI = DATA / "parrot_anafi_flight_part1.pcap"
REGA = DATA / "readsb_snapshots_rega_zurich.jsonl.gz"
ZONES = DATA / "zones_invented.json"
SERIAL = "1588E040445AC004418"  # as the capture broadcasts it; MIT, see skykeep/demo_data


def call(*args, stdin=None):
    """Call a command in this process; anything but an exit code is a failure of ours."""
    result = CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def process(*args, env=None, stdin=None, check=None, **rest):
    """Run the command as a process of its own."""
    done = subprocess.run(
        command(*args),
        input=stdin,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        **rest,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    if check is not None:
        assert done.returncode == check, done.stderr.decode()
    return done


def command(*args):
    """The command line as a list for subprocess."""
    return [sys.executable, "-m", "skykeep.cli", *map(str, args)]


def vkey_in(stderr):
    """The verification key that `run` names at its end."""
    return stderr.split("--key ")[1].split()[0]


def rows(result):
    """The lines of --json, decoded."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def ticks(record):
    """Everything in a record but its beginnings: number, time, leaves, state."""
    with Store.open(pathlib.Path(record), read_only=True) as store:
        return [
            (row.tick, row.now_ns, row.leaves, row.state_sha256) for row in store.rows() if row.kind == EntryKind.TICK
        ]
