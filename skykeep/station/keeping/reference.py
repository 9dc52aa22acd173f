"""Every key of `skykeep.toml` with its meaning, out of the structs it is read into; and what holds in one file.

The words stand in the sources, as the comment at the end of each field's line; so they cannot differ from the program.
"""

from __future__ import annotations

import ast
import enum
import inspect
import io
import json
import textwrap
import tokenize
import tomllib
import types
import typing
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from skykeep.station.config import Config, Home, load

Settable = type[msgspec.Struct]


class Key(NamedTuple):
    """One key."""

    name: str
    type: str
    default: object
    required: bool
    meaning: str


class Table(NamedTuple):
    """One table of the file."""

    name: str  # dotted; "" for the keys at the top
    repeated: bool  # [[name]]: any number of them
    optional: bool  # without it there is nothing of this
    words: str
    keys: list[Key]

    @property
    def head(self) -> str:
        """How it is begun in the file."""
        return f"[[{self.name}]]" if self.repeated else f"[{self.name}]" if self.name else ""


def tables(struct: Settable = Config, name: str = "", *, repeated: bool = False, optional: bool = False) -> list[Table]:
    """Return all tables of the file, in the order of the structs."""
    comments, hints = _comments(struct), typing.get_type_hints(struct)
    keys: list[Key] = []
    inner: list[Table] = []
    for field in msgspec.structs.fields(struct):
        hint, dotted = hints[field.name], f"{name}.{field.name}" if name else field.name
        table = _table_of(hint)
        if table is not None:
            inner += tables(table[0], dotted, repeated=table[1], optional=table[2])
            continue
        default = None if field.required else _default(field)
        keys.append(Key(field.name, _type(hint), default, field.required, comments.get(field.name, "")))
    words = inspect.cleandoc(struct.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return [Table(name, repeated, optional, words, keys), *inner]


def _table_of(hint: object) -> tuple[Settable, bool, bool] | None:
    """Return (struct, whether it is repeated, whether it may be left out) where a key is a table."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint, False, False
    arguments = typing.get_args(hint)
    found = next((each for each in arguments if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)
    if found is None:
        return None
    return found, typing.get_origin(hint) is list, types.NoneType in arguments


def _default(field: msgspec.structs.FieldInfo) -> object:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _type(hint: object) -> str:
    if isinstance(hint, type) and not typing.get_args(hint):
        return hint.__name__
    if isinstance(hint, types.UnionType):
        return " | ".join("None" if each is types.NoneType else _type(each) for each in typing.get_args(hint))
    if hint is Ellipsis:
        return "..."
    origin = getattr(typing.get_origin(hint), "__name__", str(hint))
    arguments = ", ".join(_type(each) for each in typing.get_args(hint))
    return f"{origin}[{arguments}]" if arguments else origin


def _comments(struct: Settable) -> dict[str, str]:
    """Return what the end of each field's line says of it."""
    source = textwrap.dedent(inspect.getsource(struct))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}
    (body,) = ast.parse(source).body
    found = {}
    for node in body.body if isinstance(body, ast.ClassDef) else []:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = lines.get(node.end_lineno or 0, "").split("  # ")[0]
    return found


# ---- as text -------------------------------------------------------------------------------------


def commented() -> str:
    """Return a whole `skykeep.toml` in which every key stands with its default, commented out."""
    lines: list[str] = []
    for table in tables():
        lines += ["", f"# {table.words}", *([f"# {table.head}"] if table.head else [])]
        for key in table.keys:
            lines += _key_lines(key)
    return "\n".join(lines[1:]) + "\n"


def _key_lines(key: Key) -> list[str]:
    value = "..." if key.required else as_toml(key.default)
    note = f"  # {key.meaning}" if key.meaning else ""
    return [f"# {key.name} = {value}{note}" if value else f"# {key.name} =  # {key.type}; {key.meaning}"]


def as_toml(value: object) -> str:
    """Return a value as TOML writes it; "" where TOML has no word for it (None)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum):
        return as_toml(value.value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_toml(each) for each in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(name)} = {as_toml(each)}' for name, each in value.items())}}}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def explained(home: Home) -> Iterator[tuple[str, object, str]]:
    """Yield (dotted key, value, where it came from) of a station's configuration; raises Refused as `load` does."""
    config = load(home)
    given = tomllib.loads(home.file.read_text("utf-8"))
    yield from _explained(config, given, "", str(home.file))


def _explained(chosen: object, given: object, before: str, file: str) -> Iterator[tuple[str, object, str]]:
    named = given if isinstance(given, dict) else {}
    for name in getattr(chosen, "__struct_fields__", ()):
        value, written = getattr(chosen, name), named.get(name)
        if isinstance(value, msgspec.Struct):
            yield from _explained(value, written, f"{before}{name}.", file)
        elif isinstance(value, list) and value and isinstance(value[0], msgspec.Struct):
            for number, each in enumerate(value):
                inner = written[number] if isinstance(written, list) else {}
                yield from _explained(each, inner, f"{before}{name}[{number}].", file)
        else:
            yield f"{before}{name}", value, file if name in named else "default"
