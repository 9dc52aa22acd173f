"""What went wrong, as an answer: problem+json (RFC 9457), one table for code, API and docs.

type      /api/v1/problems/<name>: leads to what it means
title     the same words for each problem of a type, in the language that is asked for
status    as the response's
detail    what happened here, for people
remedy    what to do next, in that language as far as it is the same for each problem of a type
instance  urn:skykeep:request:<id>, the same id as in the header X-Request-Id and in the logs
"""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from skykeep.errors import Corrupt, Malformed, Refused, SkykeepError, Unavailable
from skykeep.web.words import say

log = logging.getLogger("skykeep.web")
MEDIA_TYPE = "application/problem+json"
TYPES = "/api/v1/problems/"
DETAIL_MAX = 2_000


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem as it is answered (RFC 9457, section 3)."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    instance: str


class Kind(NamedTuple):
    """A type of problem: its status, its title, what it means, and what usually helps."""

    status: int
    title: str
    meaning: str
    remedy: str


KINDS: dict[str, Kind] = {
    "malformed": Kind(
        400, "It cannot be read", "The request breaks its own format.", "Correct what the detail names, send it again."
    ),
    "not-signed-in": Kind(
        401, "Who is asking is not known", "This needs a person or a machine with a key.",
        "Sign in, or send a token: Authorization: Bearer TOKEN.",
    ),
    "not-admitted": Kind(
        403, "This power is missing", "Whoever asks is known, and may not do this.", "Ask an admin for that power."
    ),
    "not-there": Kind(404, "There is no such thing", "Nothing has this address.", "Ask for the list it stands in."),
    "not-so": Kind(405, "Not in this way", "The address does not take this method.", "See the header Allow."),
    "not-acceptable": Kind(
        406, "Not in this form", "None of the forms that were asked for is made here.", "Ask for application/json."
    ),
    "refused": Kind(
        409, "The rules forbid it", "It was understood, and must not be done as things stand.",
        "Do what the detail says, then try again.",
    ),
    "changed": Kind(
        412, "It has changed since", "It is no longer as the header If-Match says it was seen.",
        "Read it again, look, and decide again.",
    ),
    "too-large": Kind(413, "Too large", "The body is larger than the station takes.", "Send it in parts."),
    "wrong-type": Kind(
        415, "Not this content type", "The body is of a type that this address does not take.",
        "Send the type that the detail names.",
    ),
    "key-used": Kind(
        422, "This key was used for something else", "Idempotency-Key came before with another request.",
        "Use a new key for each act.",
    ),
    "too-many": Kind(429, "Too many requests", "Others want to be served too.", "Wait as long as Retry-After says."),
    "corrupt": Kind(
        500, "The record does not verify", "What stands in the station's record was changed.",
        "Tell the duty officer and the auditor; nothing repairs this by itself.",
    ),
    "fault": Kind(
        500, "A fault of Skykeep", "The program made a mistake; nothing is known to have been done.",
        "Tell whoever looks after the station, with the instance.",
    ),
    "unavailable": Kind(
        503, "Not now", "The station, its disk or its network is not there; what was asked is not done.",
        "Try again in a few seconds, with the same Idempotency-Key.",
    ),
}  # fmt: skip
BY_STATUS = {kind.status: name for name, kind in reversed(KINDS.items())} | {500: "fault", 422: "malformed"}
BY_FAMILY: dict[type[SkykeepError], str] = {
    Malformed: "malformed",
    Refused: "refused",
    Unavailable: "unavailable",
    Corrupt: "corrupt",
}
RETRY_AFTER_S = 2


class Failed(Exception):
    """A problem by its name, raised by whoever handles a request."""

    def __init__(
        self,
        name: str,
        detail: str,
        remedy: str = "",
        headers: dict[str, str] | None = None,
        *,
        action: str = "",  # of the table of powers: which act somebody lacks the power for
    ) -> None:
        super().__init__(detail)
        self.name, self.detail, self.remedy, self.headers = name, detail, remedy, headers or {}
        self.action = action


def not_there(what: str) -> Failed:
    return Failed("not-there", f"{what} is not there")


def request_id(request: Request[Any, Any, Any]) -> str:
    """Return the id of a request, the same for header, problem and log."""
    found: str = request.scope["state"].setdefault("request_id", secrets.token_hex(8))
    return found


class Told(NamedTuple):
    """A problem as pages say it to people: its kind in their language, what happened in English."""

    status: int
    title: str
    detail: str
    remedy: str


def of_people(failed: Failed) -> Told:
    """Return a problem in the words of whoever asks now."""
    kind = KINDS[failed.name]
    return Told(kind.status, say(kind.title), failed.detail, say(failed.remedy or kind.remedy))


def answer(request: Request[Any, Any, Any], failed: Failed, status: int | None = None) -> Response[bytes]:
    """Return a problem as a response."""
    said, instance = of_people(failed), request_id(request)
    told = Problem(
        type=TYPES + failed.name,
        title=said.title,
        status=status or said.status,
        detail=said.detail[:DETAIL_MAX],
        remedy=said.remedy,
        instance=f"urn:skykeep:request:{instance}",
    )
    headers = {"X-Request-Id": instance, "Cache-Control": "no-store", **failed.headers}
    if told.status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="skykeep"')
    if told.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    return Response(msgspec.json.encode(told), status_code=told.status, media_type=MEDIA_TYPE, headers=headers)


def of_error(error: SkykeepError) -> Failed:
    """Return one of the four families as a problem; what follows the last semicolon of its message is the remedy."""
    name = next(name for family, name in BY_FAMILY.items() if isinstance(error, family))
    detail, _, remedy = str(error).rpartition("; ")
    return Failed(name, detail or remedy, _sentence(remedy) if detail else "")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".") + "."


def answer_failed(request: Request[Any, Any, Any], error: Failed) -> Response[bytes]:
    return answer(request, error)


def answer_family(request: Request[Any, Any, Any], error: SkykeepError) -> Response[bytes]:
    return answer(request, of_error(error))


def answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework found wrong."""
    name = BY_STATUS.get(
        error.status_code, "malformed" if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else "fault"
    )
    detail = _validation(error) if isinstance(error, ValidationException) else str(error.detail)
    if name == "not-there":
        detail = f"{request.url.path} is not there"
    return answer(request, Failed(name, detail, headers=dict(error.headers or {})), error.status_code)


def _validation(error: ValidationException) -> str:
    extra = error.extra if isinstance(error.extra, list) else []
    told = [f"{each.get('key', '')}: {each.get('message', '')}".strip(": ") for each in extra if isinstance(each, dict)]
    return "; ".join(told) or str(error.detail)


def answer_fault(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a mistake of ours: its words stay in the log, which has the same id."""
    log.error("fault in %s %s, request %s", request.method, request.url.path, request_id(request), exc_info=error)
    return answer(request, Failed("fault", "An internal error; it is in the station's log under the instance below."))
