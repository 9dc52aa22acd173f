"""/check: whoever is shown a permit's code checks it, on a phone: read by the camera, pasted or typed.

Three answers, as `skykeep permit verify` has them: signed and not withdrawn as of a list, not valid, cannot tell. What
is wrong with this station, its keys or its lists, is never the permit's fault: then nobody can tell. The code says who
may fly; to whoever may not read permits the page says no more of it than what matches an aircraft.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from litestar import Controller, MediaType, Request, Response, get, post

from skykeep.errors import Malformed, SkykeepError, Unavailable
from skykeep.facts.enacted import Circle, PermitVolume
from skykeep.station import credential
from skykeep.station.credential import Answer, Checked, Reason
from skykeep.views import words
from skykeep.views.mapframe import lat_words, lon_words
from skykeep.web import credentials, headers, public_frame, spoken
from skykeep.web.admitting import caller_of, may
from skykeep.web.problems import Failed
from skykeep.web.site import site_of
from skykeep.web.words import marked, say
from skykeep.wire.credential import Claims, S

ASKS = Request[Any, Any, Any]
FORM: Final = ("application/x-www-form-urlencoded",)
CODE_MAX: Final = 4_000
VOLUMES_MAX: Final = 6
ENDING: Final = 4
HOUR_S: Final = 3_600
DAYS_FROM: Final = 2
HEAD: Final = {"no": marked("NOT VALID"), "unsure": marked("CAN'T TELL")}
WHY: Final = {
    Reason.UNBELIEVED: marked(
        "This is no permit of an office that is known here, or it was changed. Nothing in it can be believed."
    ),
    Reason.AHEAD: marked("It was granted after this moment: one of the two clocks is wrong."),
    Reason.EARLY: marked("It does not hold yet. It begins at {begins}."),
    Reason.OVER: marked("It is over. It ended at {ends}."),
    Reason.BETWEEN: marked("None of its times holds now."),
    Reason.WITHDRAWN: marked("It was withdrawn."),
    Reason.NO_LIST: marked("There is no list of withdrawn permits here: whether it was withdrawn is not known."),
    Reason.BAD_LIST: marked("The list of withdrawn permits that is here cannot be believed."),
    Reason.EARLIER_LIST: marked("The list of withdrawn permits was made before this permit was granted."),
    Reason.OLD_LIST: marked("The list of withdrawn permits is too old."),
}
UNABLE: Final = marked("This station cannot check permits now. That says nothing about the permit.")


class Row(msgspec.Struct, frozen=True):
    """One thing that the code says."""

    name: str
    words: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    kind: str  # "free", "no", "unsure": as the public page's answers look
    head: str
    why: str = ""
    detail: str = ""  # in English, for whoever keeps the station
    withdrawn: str = ""  # how old the list of withdrawn permits is
    rows: tuple[Row, ...] = ()


class CheckPages(Controller):
    """The check of a permit, for everybody."""

    path = "/check"
    include_in_schema = False
    exception_handlers = {Failed: public_frame.answer_failed, SkykeepError: public_frame.answer_failed}  # noqa: RUF012  # the framework's way

    @get("/", opt={"action": "credential.check"}, media_type=MediaType.HTML)
    async def form(self, request: ASKS) -> Response[str]:
        """Ask for a code."""
        return _page(request, "", None)

    @post("/", opt={"action": "credential.check", "takes": FORM}, media_type=MediaType.HTML, status_code=200)
    async def check(self, request: ASKS) -> Response[str]:
        """Say whether a code holds; nothing is kept of it."""
        site, sent = site_of(request), str((await request.form()).get("code", ""))[: CODE_MAX + 1]
        if not sent.strip():
            return _page(request, "", None)
        try:
            found = await asyncio.to_thread(credentials.check, site, as_copied(sent))
        except Unavailable as error:
            unable = Told(kind="unsure", head=say(HEAD["unsure"]), why=say(UNABLE), detail=str(error))
            return _page(request, sent, unable)
        return _page(request, sent, told(found, site.clock_ns() // S, named=may(caller_of(request), "permit.read")))


def as_copied(sent: str) -> str:
    """Return a code without what copying puts around it; a space may be its last letter, so that is tried first."""
    text = "".join(sent.splitlines()).lstrip()
    try:
        credential.to_bytes(text)
    except Malformed:
        return text.rstrip()
    return text


def told(found: Checked, at_s: int, *, named: bool) -> Told:
    """Return what a check found, in words; `named`: whoever asks may read whose the permit is."""
    claims, issued_s = found.claims, found.status_issued_s
    withdrawn, rows, left_out = "", tuple[Row, ...](), 0
    if issued_s is not None:
        made, age = credential.clock(issued_s, at_s), _age(at_s - issued_s)
        withdrawn = say("List of withdrawn permits: made at {time}, {age} ago.", time=made, age=age)
    if claims is not None:
        rows = tuple(Row(name, words.shown(said, 300)) for name, said in _rows(claims, named=named) if said)
        left_out = claims.volumes_left_out
    if found.answer is Answer.SIGNED and issued_s is not None:
        head = say("SIGNED · not withdrawn as of {time}", time=credential.clock(issued_s, at_s))
        open_yet = say("Whether one of its {n} areas holds now is not in the code: ask the office.", n=left_out)
        return Told(kind="free", head=head, why=open_yet if left_out > 1 else "", withdrawn=withdrawn, rows=rows)
    kind = "unsure" if found.answer is Answer.TOO_OLD or found.reason is Reason.BAD_LIST else "no"
    why = _why(found.reason, claims)
    return Told(kind=kind, head=say(HEAD[kind]), why=why, detail=found.why, withdrawn=withdrawn, rows=rows)


def _why(reason: Reason, claims: Claims | None) -> str:
    if claims is None:
        return say(WHY[reason])
    begins, ends = credential.moment(claims.not_before_s), credential.moment(claims.expires_s)
    return say(WHY[reason], begins=begins, ends=ends)


def _age(age_s: int) -> str:
    if age_s < HOUR_S:
        return say("{n} min", n=max(0, age_s) // 60)
    days = age_s // credential.DAY_S
    return say("{n} h", n=age_s // HOUR_S) if days < DAYS_FROM else say("{n} days", n=days)


def _rows(claims: Claims, *, named: bool) -> Iterator[tuple[str, str]]:
    yield say("Permit"), f"{claims.permit_id}, {say('version {n}', n=claims.version)}"
    yield say("Office"), claims.issuer
    for each in claims.volumes[:VOLUMES_MAX]:
        yield say("When"), _when(each)
        yield say("Where"), f"{_area(each)}, {spoken.heights(each.volume)}"
    more = claims.volumes_left_out + max(0, len(claims.volumes) - VOLUMES_MAX)
    if more:
        yield say("More areas"), say("{n}, in the office's record at entry {entry}", n=more, entry=claims.log_index)
    yield say("Drones"), ", ".join(_ends(each, named=named) for each in claims.aircraft)
    yield say("Operators"), ", ".join(_ends(each, named=named) for each in claims.operators)
    yield say("Sessions"), ", ".join(_ends(each, named=named) for each in claims.sessions)
    if named:
        yield say("Pilots"), ", ".join(claims.pilots)
        yield say("Holder"), claims.holder or ""
        yield say("Contact"), claims.contact or ""
    elif claims.pilots:
        yield say("Pilots"), say("{n}; who may read permits signs in and sees the names", n=len(claims.pilots))
    yield say("Purpose"), f"{claims.purpose or ''}{' · ' + say('a state flight') if claims.state_flight else ''}"
    yield say("Conditions"), "; ".join(code.replace("_", " ") for code in claims.condition_codes)
    if claims.conditions_in_words:
        yield say("More conditions"), say("{n}, in words, in the office's record", n=claims.conditions_in_words)
    yield say("Lifts"), ", ".join(name for name, _ in claims.zones)


def _ends(value: str, *, named: bool) -> str:
    """Return an identifier, or of it what is enough to match the one in somebody's hand."""
    return value if named or len(value) <= ENDING else say("ends in {end}", end=value[-ENDING:])


def _when(part: PermitVolume) -> str:
    start_s, end_s = part.start_ns // S, part.end_ns // S
    return f"{credential.moment(start_s)} – {credential.clock(end_s, start_s)}"


def _area(part: PermitVolume) -> str:
    outline = part.volume.outline
    if isinstance(outline, Circle):
        return say(
            "{radius} around {place}",
            radius=spoken.metres(outline.radius_mm / 1e3),
            place=_place(outline.lat_e7, outline.lon_e7),
        )
    lats, lons = zip(*outline.rings[0], strict=True)
    n, one, other = len(outline.rings[0]) - 1, _place(min(lats), min(lons)), _place(max(lats), max(lons))
    return say("an area of {n} corners between {one} and {other}", n=n, one=one, other=other)


def _place(lat_e7: int, lon_e7: int) -> str:
    return f"{lat_words(lat_e7 / 1e7, 5)}, {lon_words(lon_e7 / 1e7, 5)}"


def _page(request: ASKS, code: str, answer: Told | None) -> Response[str]:
    allowed = {"Permissions-Policy": headers.WITH_CAMERA}
    return public_frame.page(
        request, "check.html", headers=allowed, code=code[:CODE_MAX], answer=answer, code_max=CODE_MAX
    )
