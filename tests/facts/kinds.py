"""Facts of every kind: strategies read from the type annotations, and one plain example each for the golden bytes.

`python -m tests.facts.kinds --update` writes tests/golden/facts.json anew: only when a kind is new. The bytes of a
kind that exists never change; another encoding is another tag.
"""

import enum
import json
import pathlib
import sys
import types
import typing

import msgspec
from hypothesis import strategies as st

from skykeep.facts import codec

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "facts.json"
INT_MIN, INT_MAX = -(2**63), 2**64 - 1  # what MessagePack holds


def tag(kind):
    return str(kind.__struct_config__.tag)


def strategy(hint):
    """Return a strategy for any annotation that stands in a fact."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*map(strategy, args))
    if origin is typing.Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return (
            st.lists(strategy(args[0]), max_size=3).map(tuple) if args[-1] is ... else st.tuples(*map(strategy, args))
        )
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return struct(hint)
    return {
        int: st.integers(INT_MIN, INT_MAX), str: st.text(max_size=20), bytes: st.binary(max_size=40), bool: st.booleans(),
        type(None): st.none(),
    }[hint]  # fmt: skip


def struct(kind):
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{name: strategy(hints[name]) for name in kind.__struct_fields__})


facts = st.one_of(*map(struct, codec.KINDS))


def plain(hint, seed):
    """Return one value of an annotation: always the same, and another one for each field."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return plain(next(arg for arg in args if arg is not type(None)), seed)
    if origin is typing.Literal:
        return args[0]
    if origin is tuple:
        parts = args[:1] * 2 if args[-1] is ... else args
        return tuple(plain(part, seed + number) for number, part in enumerate(parts))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return list(hint)[seed % len(hint)]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return example(hint, seed)
    return {
        int: (-1) ** seed * 31**seed % 2**40,
        str: f"text {seed}",
        bytes: bytes([seed % 256, 0, 255]),
        bool: seed % 2 == 0,
    }[hint]


def example(kind, seed=0):
    hints = typing.get_type_hints(kind)
    return kind(**{name: plain(hints[name], seed + number) for number, name in enumerate(kind.__struct_fields__)})


def golden():
    return {tag(kind): codec.encode(example(kind)).hex() for kind in codec.KINDS}


def main(arguments):
    if arguments == ["--update"]:
        GOLDEN.write_text(json.dumps(golden(), indent=1) + "\n", encoding="ascii")
    print(json.dumps(golden(), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
