"""Forms of pages as the structs that the interface takes: one shape for both, checked in one place."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from litestar import Request

from skykeep.errors import Malformed

FORM = ("application/x-www-form-urlencoded",)
LISTS = frozenset({"roles"})
"""Fields of which a form sends one for each box that is ticked, and none where none is."""
Struct = TypeVar("Struct", bound=msgspec.Struct)


async def form_of(request: Request[Any, Any, Any], kind: type[Struct], **known: object) -> Struct:
    """Return a form as a struct; `known` goes before what was sent. Raises Malformed where it is none.

    A field that was left empty counts as not sent, so that its default holds; a list is always sent.
    """
    sent = await request.form()
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    given: dict[str, object] = {name: value for name, value in sent.items() if name in names and value != ""}
    given |= {name: sent.getall(name, []) for name in names & LISTS}
    try:
        return msgspec.convert(given | known, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(f"the form: {error}") from error
