"""What has not changed is not sent again: ETag and If-None-Match (RFC 9110, section 13), and If-Match for acts.

A read without an ETag of its own gets one of its bytes. Things that people act on have one that tells when they last
moved: `"17-1767225600000000000"`; sent back as If-Match, an act on what has moved since is refused.
"""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from skykeep.web.problems import Failed, answer

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_SEEN = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")
KEPT = (b"etag", b"cache-control", b"vary", b"link", b"x-request-id", b"content-location")


def tag_of(number: int, moved_ns: int) -> str:
    """Return the ETag of a thing that last moved then."""
    return f'"{number}-{moved_ns}"'


def seen_ns(request: Request[Any, Any, Any], number: int, moved_ns: int) -> int | None:
    """Return when a thing last moved as far as whoever acts saw it, from If-Match; None where nothing was said.

    Raises Failed where it has moved since, as far as is known here; the station, which knows better, checks again.
    """
    said = request.headers.get("if-match", "").strip()
    if said in {"", "*"}:
        return None
    tag = _TAG.fullmatch(said)
    found = _SEEN.fullmatch(tag[1]) if tag else None
    if found is None or int(found[1]) != number:
        raise Failed("changed", f"If-Match: {said[:60]} is no ETag of this")
    if int(found[2]) != moved_ns:
        raise Failed("changed", "it moved after it was seen")
    return moved_ns


def takes(accepted: str, made: str) -> bool:
    """Whether an Accept header takes what is made (RFC 9110, section 12.5.1); an empty one takes everything.

    Of the parameters only q=0 counts: who asks for another version of a type gets the one that there is.
    """
    kind = made.partition(";")[0].strip().lower()
    quality: dict[str, bool] = {}
    for each in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        if name:
            quality[name] = not any(re.fullmatch(r"q\s*=\s*0(\.0{0,3})?", part) for part in parameters)
    if kind == "text/event-stream":
        return True  # endless, and asked for by its address
    if kind.endswith("+json") and kind not in quality:
        kind = "application/json"  # RFC 6839, section 3.1
    ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return not quality or not kind or next((quality[each] for each in ranges if each in quality), False)


class Conditional(ASGIMiddleware):
    """Answers 304 where the reader has what would be sent."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope.get("method") not in {"GET", "HEAD"} or not scope["path"].startswith("/api/v1/"):
            await next_app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        wanted, accepted = (headers.get(name, b"").decode("latin-1") for name in (b"if-none-match", b"accept"))
        holding = _Holding(send, wanted, accepted)
        await next_app(scope, receive, holding)
        if holding.untaken:
            failed = Failed("not-acceptable", f"it is {holding.untaken}, and Accept has none of that", "Accept */*.")
            request: Request[Any, Any, Any] = Request(scope)
            await answer(request, failed).to_asgi_response(None, request)(scope, receive, send)


class _Holding:
    """Holds a response's head until its only body is there, and passes on what comes in pieces."""

    def __init__(self, send: Send, wanted: str, accepted: str) -> None:
        self.send, self.wanted, self.accepted = send, wanted, accepted
        self.head: Message | None = None
        self.untaken = ""  # the content type that was made and is not taken: nothing of it is sent

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
            made = next((value for name, value in message["headers"] if name.lower() == b"content-type"), b"")
            self.untaken = "" if takes(self.accepted, made.decode("latin-1")) else made.decode("latin-1")
            self.head = message
            return
        if self.untaken:
            return
        head, self.head = self.head, None
        if head is not None:
            body = message["body"] if message["type"] == "http.response.body" and not message["more_body"] else None
            if body is not None and self._unchanged(head, body):
                await self.send(_not_modified(head))
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            else:
                await self.send(head)
        await self.send(message)

    def _unchanged(self, head: Message, body: bytes) -> bool:
        """Give the head its ETag, and say whether the reader has it."""
        headers = list(head["headers"])  # type: ignore[typeddict-item]  # of a start
        tag = next((value for name, value in headers if name.lower() == b"etag"), None)
        if tag is None:
            tag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
            headers.append((b"etag", tag))
            head["headers"] = headers  # type: ignore[typeddict-unknown-key]
        return self.wanted.strip() == "*" or tag.decode("latin-1").removeprefix("W/").strip('"') in _TAG.findall(
            self.wanted
        )


def _not_modified(head: Message) -> Message:
    headers = [pair for pair in head["headers"] if pair[0].lower() in KEPT]  # type: ignore[typeddict-item]
    return {"type": "http.response.start", "status": int(HTTPStatus.NOT_MODIFIED), "headers": headers}
