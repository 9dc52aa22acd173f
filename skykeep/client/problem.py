"""What the station answered instead, as an exception: problem+json (RFC 9457)."""

from __future__ import annotations

import msgspec

TYPES = "/api/v1/problems/"


class _Body(msgspec.Struct, frozen=True):
    """A problem as it is answered."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    remedy: str = ""
    instance: str = ""


class Problem(Exception):  # it is RFC 9457's word
    """The station answered with a problem; its words say what to do."""

    def __init__(self, status: int, data: bytes) -> None:
        try:
            body = msgspec.json.decode(data, type=_Body)
        except msgspec.MsgspecError:
            body = _Body(title="an answer that is no problem+json", detail=data[:200].decode("utf-8", "replace"))
        super().__init__(f"{status} {body.title}: {body.detail} {body.remedy}".strip())
        self.status, self.title, self.detail = status, body.title, body.detail
        self.remedy, self.instance = body.remedy, body.instance
        self.name = body.type.removeprefix(TYPES)
