"""The invented town's permit office: applications in every state, so that nobody begins with an empty desk."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import NamedTuple

from skykeep.facts.granting import Step
from skykeep.sim import cast, town
from skykeep.station import officeacts, officerkeys
from skykeep.station.keys import Keys
from skykeep.station.officeacts import WritingOffice

NAME = "town"
AUTHORITY = "Invented: Office for the Town's Sky (SIMULATED)"
STATION = "skykeep init --demo"
OFFICERS = ("permits", "permits2")
_S_NS = 1_000_000_000
_HOUR_S = 3_600


class Wanted(NamedTuple):
    """One invented application."""

    holder: str
    purpose: str
    flown: str  # of the cast: whose aircraft it is
    place_m: tuple[int, int, int]  # east and north of the town's middle, radius
    ceiling_m: int
    begins_h: int  # after now, from the next full hour
    lasts_h: int
    steps: tuple[tuple[Step, int, str], ...] = ()  # what was done with it, by which officer, why


_GRANTED = ((Step.RECOMMEND, 0, "Crew known"), (Step.GRANT, 1, "Agreed"))
WANTED = (
    Wanted("Meadow film (SIMULATED)", "filming", "survey", (1910, 150, 120), 60, 2, 2),
    Wanted("Roof inspection (SIMULATED)", "inspection", "mapper", (-2100, 100, 200), 60, 20, 2,
           ((Step.RECOMMEND, 0, "Insurance seen, crew known"),)),
    Wanted("Quay survey (SIMULATED)", "survey", "mapper", (-2000, -200, 240), 80, 44, 3, _GRANTED),
    Wanted("Wedding pictures (SIMULATED)", "media", "hilltop", (2000, -900, 150), 50, 68, 1,
           ((Step.ASK, 1, "Which of the two pilots flies?"),)),
    Wanted("Night race (SIMULATED)", "media", "courier", (0, 0, 300), 120, 30, 3,
           ((Step.REFUSE, 0, "Above the citadel at night"),)),
)  # fmt: skip


def lay_out(home: Path, zones: Path, now_ns: int) -> str:
    """Make the office beside a station and let its invented people act; returns the key that proves its credentials.

    What is there already is kept.
    """
    keys, record = Keys(home / "office-keys"), home / "office"
    if record.exists():
        return keys.signer(NAME).verifier.vkey
    vkey = officeacts.found(record, keys, now_ns - 60 * _S_NS, name=NAME, authority=AUTHORITY)
    with officeacts.writing(record, keys, now_ns) as office:
        office.publish([zones])
        for wanted in WANTED:
            _play(office, keys, wanted, now_ns)
    return vkey


def _play(office: WritingOffice, keys: Keys, wanted: Wanted, now_ns: int) -> None:
    """Hand one in as the town's pilot, and decide as its officers."""
    permit_id = office.apply(_document(wanted, now_ns), brought_by="pilot").case.permit_id
    for step, officer, reason in wanted.steps:
        signer = officerkeys.signer(office, keys, OFFICERS[officer])
        office.attest(signer.verifier, STATION)
        office.step(permit_id, step, signer=signer, reason=f"{reason} (SIMULATED)")


def _document(wanted: Wanted, now_ns: int) -> bytes:
    aircraft = cast.FLEET[wanted.flown]
    east_m, north_m, radius_m = wanted.place_m
    begins_s = (now_ns // _S_NS // _HOUR_S + 1 + wanted.begins_h) * _HOUR_S
    volume = {
        "area": town.disc(east_m, north_m, radius_m),
        "floor": {"value_m": 0, "datum": "agl"},
        "ceiling": {"value_m": wanted.ceiling_m, "datum": "agl"},
        "from": _iso(begins_s),
        "until": _iso(begins_s + wanted.lasts_h * _HOUR_S),
    }
    said = {
        "holder": wanted.holder, "pilots": ["P. Example"], "aircraft": [aircraft.serial],
        "operators": [aircraft.operator], "purpose": wanted.purpose, "mode": "vlos", "volumes": [volume],
    }  # fmt: skip
    return json.dumps({"application": said}, ensure_ascii=False).encode()


def _iso(at_s: int) -> str:
    return f"{dt.datetime.fromtimestamp(at_s, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
