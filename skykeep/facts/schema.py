"""The JSON Schema of facts as people read them (`codec.to_json`), made from the structs themselves."""

from __future__ import annotations

import enum
import types
import typing
from typing import Any

import msgspec

from skykeep.facts.codec import KINDS
from skykeep.facts.explained import Explanation


def json_schema() -> dict[str, Any]:
    """Return the schema of one line of `skykeep decode --json`: any kind of fact, told apart by `fact`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:skykeep:schema:fact:1",
        "title": "Skykeep fact",
        "description": "One fact of the record, for people: integers carry their unit in the name, null is unknown.",
        "oneOf": [_of(kind) for kind in KINDS],
    }


def explanation_schema() -> dict[str, Any]:
    """Return the schema of an explanation as `codec.to_plain` tells it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:skykeep:schema:explanation:1",
        "title": "Skykeep explanation",
        **_of(Explanation),
    }


def _of(kind: Any) -> dict[str, Any]:  # noqa: ANN401  # any type annotation
    """Return the schema of a type that may stand in a fact."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return {"anyOf": [_of(part) for part in parts]}
    if origin is typing.Literal:
        return {"enum": list(parts)}
    if origin is tuple:
        return _tuple(parts)
    return dict(_PLAIN[kind])


_PLAIN: dict[Any, dict[str, str]] = {
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    bytes: {"type": "string", "pattern": "^([0-9a-f]{2})*$"},
    type(None): {"type": "null"},
}


def _tuple(parts: tuple[Any, ...]) -> dict[str, Any]:
    if len(parts) == 2 and parts[1] is ...:  # tuple[X, ...]
        return {"type": "array", "items": _of(parts[0])}
    return {"type": "array", "prefixItems": [_of(part) for part in parts], "items": False}


def _struct(kind: type[msgspec.Struct]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    properties = {name: _of(hints[name]) for name in kind.__struct_fields__}
    tag = kind.__struct_config__.tag
    if tag is not None:
        properties = {"fact": {"const": tag}} | properties
    said = (kind.__doc__ or "").strip().partition("\n")[0]
    described = {"description": said} if said else {}
    return {
        "type": "object",
        **described,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
