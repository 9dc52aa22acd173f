"""How deep JSON may nest before anyone reads it: a reader that recurses must not be led down without end."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request

from skykeep.web.problems import Failed

DEPTH_MAX = 32
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_OTHERS = bytes(each for each in range(256) if each not in b"[]{}")


def depth(data: bytes) -> int:
    """Return how deep brackets nest outside of texts; exact for JSON, and never less for what is none."""
    deepest = level = 0
    for bracket in _TEXTS.sub(b"", data).translate(None, _OTHERS):
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    return deepest


class ShallowRequest(Request[Any, Any, Any]):
    """A request whose JSON is looked at before it is read."""

    async def json(self) -> Any:  # noqa: ANN401  # as the framework has it
        require_shallow(await self.body())
        try:
            return await super().json()
        except UnicodeDecodeError as error:  # the decoder lets it through
            raise Failed("malformed", "JSON is UTF-8, and this is not") from error


def require_shallow(data: bytes) -> None:
    """Raise a problem where JSON nests too deeply."""
    if depth(data) > DEPTH_MAX:
        raise Failed("malformed", f"JSON nested deeper than {DEPTH_MAX} levels")
