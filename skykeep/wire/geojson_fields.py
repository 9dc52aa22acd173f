"""The parts of a zone as plain JSON and back: objects by field name, enumerations by value, heights in metres.

    Altitude     {"value": 120, "unit": "m", "datum": "AGL"}; exact to the millimetre
    ClockTime    {"kind": "clock", "second": 28800}, SunTime {"kind": "sun", "event": "sr", "offset_s": -1800}
    None, ()     left out by whoever writes a field; anything else has its JSON counterpart

Reading is strict: this is our own mapping, so what does not fit it was damaged, and is Malformed with its place.
"""

from __future__ import annotations

import enum
import functools
import types
import typing
from decimal import Decimal

import msgspec

from skykeep.errors import Malformed
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire.jsontext import Json, kind, show
from skykeep.wire.quantity import MILLI, scaled

HEIGHT_MAX_M = 400_000
WHOLE_MAX = 1 << 63
KIND = "kind"  # which struct of a union it is


def metres(value_mm: int) -> int | Decimal:
    """Return millimetres as metres, without decimals that say nothing."""
    return value_mm // 1000 if value_mm % 1000 == 0 else Decimal(value_mm).scaleb(-3).normalize()


def said(value: object) -> Json:
    """Return a part of a fact as JSON."""
    if isinstance(value, Altitude):
        return {"value": metres(value.value_mm), "unit": "m", "datum": value.datum.name}
    if isinstance(value, msgspec.Struct):
        tag = value.__struct_config__.tag
        fields = {name: said(getattr(value, name)) for name in value.__struct_fields__}
        return {KIND: tag, **fields} if tag else fields
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple):
        return [said(one) for one in value]
    return value


def fact(hint: typing.Any, value: Json, where: str) -> typing.Any:  # noqa: ANN401 - as wide as annotations are
    """Return the part of a fact that `value` says, for an annotation; Malformed where it says something else."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _one_of(args, value, where)
    if origin is tuple:
        return _items(args, value, where)
    if origin is typing.Literal:
        return _literal(args, value, where)
    if hint is Altitude:
        return _altitude(value, where)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return _literal({one.value: one for one in hint}, value, where)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _struct(hint, value, where)
    return _plain(hint, value, where)


def _one_of(args: tuple[typing.Any, ...], value: Json, where: str) -> typing.Any:  # noqa: ANN401
    if value is None and types.NoneType in args:
        return None
    tagged = [one for one in args if isinstance(one, type) and issubclass(one, msgspec.Struct) and tag_of(one)]
    if tagged and isinstance(value, dict):
        chosen = next((one for one in tagged if tag_of(one) == value.get(KIND)), None)
        if chosen is None:
            raise Malformed(f"{where}.{KIND}: {show(value.get(KIND))} is none of {', '.join(map(tag_of, tagged))}")
        return fact(chosen, {name: one for name, one in value.items() if name != KIND}, where)
    others = [one for one in args if one is not types.NoneType]
    if isinstance(value, str) and len(others) > 1:
        others = [one for one in others if typing.get_origin(one) is typing.Literal] or others
    return fact(others[0], value, where)


def tag_of(struct: type[msgspec.Struct]) -> str:
    """Return the tag of a kind of struct; "" where it has none."""
    return str(struct.__struct_config__.tag or "")


def _items(args: tuple[typing.Any, ...], value: Json, where: str) -> tuple[typing.Any, ...]:
    if not isinstance(value, list):
        raise Malformed(f"{where}: {kind(value)} where a list belongs")
    if args[-1] is ...:
        return tuple(fact(args[0], one, f"{where}[{number}]") for number, one in enumerate(value))
    if len(value) != len(args):
        raise Malformed(f"{where}: {len(value)} entries where {len(args)} belong")
    return tuple(
        fact(arg, one, f"{where}[{number}]") for number, (arg, one) in enumerate(zip(args, value, strict=True))
    )


def _literal(words: typing.Any, value: Json, where: str) -> typing.Any:  # noqa: ANN401
    if not isinstance(value, str) or value not in words:
        raise Malformed(f"{where}: {show(value)} is none of {', '.join(words)}")
    return words[value] if isinstance(words, dict) else value


def _altitude(value: Json, where: str) -> Altitude:
    if not isinstance(value, dict) or set(value) != {"value", "unit", "datum"} or value["unit"] != "m":
        raise Malformed(f'{where}: {show(value)} is no height such as {{"value": 120, "unit": "m", "datum": "AGL"}}')
    number, datum = value["value"], value["datum"]
    if isinstance(number, bool) or not isinstance(number, int | Decimal) or not -HEIGHT_MAX_M <= number <= HEIGHT_MAX_M:
        raise Malformed(f"{where}.value: {show(number)} is no height in metres")
    return Altitude(scaled(number, MILLI), _literal({one.name: one for one in Datum}, datum, f"{where}.datum"))


def _struct(hint: type[msgspec.Struct], value: Json, where: str) -> msgspec.Struct:
    hints = _hints(hint)
    if not isinstance(value, dict) or set(value) != set(hints):
        raise Malformed(f"{where}: {show(value)} where an object with {', '.join(hints)} belongs")
    return hint(**{name: fact(one, value[name], f"{where}.{name}") for name, one in hints.items()})


@functools.cache
def _hints(struct: type[msgspec.Struct]) -> dict[str, typing.Any]:
    hints = typing.get_type_hints(struct)
    return {name: hints[name] for name in struct.__struct_fields__}


def _plain(hint: typing.Any, value: Json, where: str) -> str | int:  # noqa: ANN401
    if hint is str and isinstance(value, str):
        return value
    if hint is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < WHOLE_MAX:
        return value
    raise Malformed(f"{where}: {kind(value)} ({show(value)}) where {'text' if hint is str else 'a number'} belongs")
