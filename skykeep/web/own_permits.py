"""/permits/mine: what somebody handed in at the office, how it stands, what the office asked, and the way to answer."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, MediaType, Request, Response, get

from skykeep.views import words
from skykeep.web import cases, permit_rows, shell
from skykeep.web.admitting import caller_of
from skykeep.web.cases import ApplicationNow, StepNow
from skykeep.web.permit_pages import latest
from skykeep.web.permit_rows import Line, Row, Said, Term
from skykeep.web.site import site_of
from skykeep.web.words import say

ASKS = Request[Any, Any, Any]
ANSWERED = frozenset({"needs_info", "offered_alternative"})
"""States in which the office waits for whoever applied."""


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """One application of somebody's own."""

    row: Row
    office_says: str  # the reason of the office's last step, where that is the last thing that happened
    answer: bool  # the office waits for one
    terms: list[Term]
    advice: list[Said]
    history: list[Line]


class OwnPermits(Controller):
    """Applications of whoever looks; those of others are not there."""

    path = "/permits/mine"
    include_in_schema = False
    exception_handlers = shell.FAILED

    @get("/", opt={"action": "permit.own"}, media_type=MediaType.HTML)
    async def list_own(self, request: ASKS) -> Response[str]:
        """Show them, those first whose turn it is to answer, then as they came, the last first."""
        held = bool(site_of(request).config.office.record)
        found = cases.shown_to(request, await cases.own(request), own=True) if held else []
        last = {each.permit_id: each.version for each in found}
        person = caller_of(request).person
        own = [_own(each, person, older=each.version != last[each.permit_id]) for each in reversed(latest(found))]
        return shell.page(
            request, "permits_own.html", own=sorted(own, key=lambda each: not each.answer), held=held,
            waiting=sum(each.answer for each in own),
        )  # fmt: skip


def _own(case: ApplicationNow, person: str, *, older: bool) -> Own:
    step = case.steps[-1]
    return Own(
        row=permit_rows.row(case, older=older),
        office_says=_said(step) if step.person != person else "",
        answer=case.state in ANSWERED and not older,
        terms=permit_rows.terms(case),
        advice=[] if case.advice is None else permit_rows.said(case.advice),
        history=[_line(each, person) for each in reversed(case.steps)],
    )


def _line(step: StepNow, person: str) -> Line:
    """Return one step; of the office, no officer is named to an applicant."""
    who = say("you") if step.person == person else say("the office")
    return Line(
        utc=words.utc(step.t_ns), who=who, what=say(permit_rows.DEEDS[step.step]), how="",
        said=_said(step),
    )  # fmt: skip


def _said(step: StepNow) -> str:
    return words.shown(step.reason, 2000)
