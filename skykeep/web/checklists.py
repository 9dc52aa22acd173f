"""What an officer does when an alarm of a kind comes: plain steps for every city; a station's own go before them.

A tick is a note of the incident in the words of `Step.words`, whoever reads them in which language: `said` is what is
shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from skykeep.station.checklistconfig import ChecklistConfig, StepConfig
from skykeep.web.words import marked, say

ENDED = marked("Write down how it ended, and close")
SECOND = marked("Look whether a second sensor sees it")
LADDER = marked("Seen by, and the ladder above")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step as a script shows it."""

    words: str  # as the record has it
    said: str
    detail: str


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """The steps for one kind of alarm."""

    name: str
    step: list[Step]


def _list(about: str, name: str, *steps: tuple[str, str]) -> ChecklistConfig:
    step = [StepConfig(words=words, detail=detail) for words, detail in steps]
    return ChecklistConfig(about=about.split(" "), name=name, step=step)


PLAIN = (
    _list(
        "not_permitted group", marked("Flight that is not permitted"),
        (SECOND, LADDER),
        (marked("Look for a permit or a state flight that explains it"), ""),
        (marked("Warn whoever is below and near"), ""),
        (marked("Send somebody to look"), ""),
        (marked("Warn manned aircraft near it"), ""),
        (ENDED, ""),
    ),
    _list(
        "site_approach", marked("Drone near a protected site"),
        (marked("Call the site: say where it is and where it flies to"), ""),
        (SECOND, LADDER),
        (marked("Look for a permit that names the site"), ""),
        (marked("Send somebody to look"), ""),
        (ENDED, ""),
    ),
    _list(
        "identity_contradicted remote_id_flood", marked("Identity that cannot be right"),
        (marked("Look what contradicts it"), marked("Identity, above")),
        (marked("Look whether a sensor that measures sees anything there"), ""),
        (marked("Do not send anybody to a place that only the drone tells of"), ""),
        (marked("Tell whoever looks after the sensors"), ""),
        (ENDED, ""),
    ),
    _list(
        "", marked("Incident"),
        (marked("Look what is known, and how old it is"), ""),
        (marked("Tell whom it concerns"), ""),
        (ENDED, ""),
    ),
)  # fmt: skip


def checklists(configured: Sequence[ChecklistConfig]) -> dict[str, ChecklistConfig]:
    """Return the checklist of each kind of alarm; what the station says goes before what fits every city."""
    return {about: each for each in (*PLAIN, *configured) for about in each.about}


def told(configured: Sequence[ChecklistConfig]) -> dict[str, Checklist]:
    """Return the same in the reader's language; what a station wrote itself is shown as it wrote it."""
    return {about: _said(each) for about, each in checklists(configured).items()}


def _said(of: ChecklistConfig) -> Checklist:
    steps = [Step(words=each.words, said=say(each.words), detail=say(each.detail)) for each in of.step]
    return Checklist(name=say(of.name), step=steps)
