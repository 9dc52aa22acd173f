"""Writes the reference pages from the structs, settings and commands that the program is made of."""

import ast
import enum
import importlib
import importlib.util
import inspect
import io
import pathlib
import re
import sys
import textwrap
import tokenize
import types
import typing
from collections.abc import Iterator, Sequence

import msgspec

HERE = pathlib.Path(__file__).resolve().parent

# What the end of a name says (STYLE, section 2); the longest ending that fits is used.
UNITS = {
    "_e7": "1e-7 degree",
    "_mm": "millimetres",
    "_mmps": "millimetres a second",
    "_mdeg": "thousandths of a degree",
    "_ppm": "millionths",
    "_ns": "nanoseconds",
    "_ms": "milliseconds",
    "_s": "seconds",
    "_ds": "tenths of a second",
    "_m": "metres",
    "_m2": "square metres",
    "_mps": "metres a second",
    "_deg": "degrees",
    "_urad": "millionths of a radian",
    "_us": "microseconds",
    "_milli": "thousandths",
    "_mdbsm": "thousandths of a dBsm",
    "_centi": "hundredths",
    "_bytes": "bytes",
}

FLOORS = {
    "observed": "What sensors heard and saw",
    "enacted": "What the authority enacted, what the station did",
    "granting": "How a permit came to be",
    "claimed": "What people claimed",
    "concluded": "What the watch concluded",
}


def main() -> None:
    """Write every page whose text has changed."""
    for name, text in pages().items():
        path = HERE / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Page name to text; a page for what is not built yet says so."""
    return {
        "reference/facts.md": facts_page(),
        "reference/settings.md": settings_page(),
        "reference/station-settings.md": station_page(),
        "reference/cli.md": commands_page(),
    }


# ---- facts ---------------------------------------------------------------------------------------


def kinds() -> tuple[type[msgspec.Struct], ...]:
    """Every struct that may stand in the record."""
    if importlib.util.find_spec("skykeep.facts.codec") is None:
        return ()
    found: tuple[type[msgspec.Struct], ...] = importlib.import_module("skykeep.facts.codec").KINDS
    return found


def tag(struct: type[msgspec.Struct]) -> str:
    """The name that a fact carries in the record."""
    return str(struct.__struct_config__.tag)


def facts_page() -> str:
    """docs/reference/facts.md: each kind with its fields, then the parts and words they use."""
    lines = [
        "# Facts",
        "",
        "Everything that may stand in the record, one struct a kind. A tag's number changes when its struct does, so",
        "a record written today is read for ever. In the record a fact is a MessagePack array `[tag, field, ...]` in",
        "the order below; for people it is JSON with these names. `None` (JSON `null`) is unknown.",
        "",
    ]
    parts: dict[str, type] = {}
    for floor, structs in _by_floor().items():
        module = sys.modules[structs[0].__module__]
        lines += [f"## {FLOORS.get(floor, 'Beside the facts')}", ""]
        if floor in FLOORS:
            lines += [*_module_words(module), ""]
        for struct in structs:
            lines += [f"### `{tag(struct)}`", "", *_words(struct), "", *_fields(struct), ""]
            parts |= _parts(struct)
    parts = {name: part for name, part in parts.items() if part not in kinds()}
    if parts:
        lines += ["## Parts and words", ""]
        for name in sorted(parts):
            lines += [f"### `{name}`", "", *_words(parts[name]), "", *_part(parts[name]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _by_floor() -> dict[str, list[type[msgspec.Struct]]]:
    floors: dict[str, list[type[msgspec.Struct]]] = {name: [] for name in [*FLOORS, ""]}
    for struct in kinds():
        floor = struct.__module__.rsplit(".", 1)[-1]
        floors[floor if floor in FLOORS else ""].append(struct)
    return {floor: structs for floor, structs in floors.items() if structs}


def _module_words(module: types.ModuleType) -> list[str]:
    blocks = re.split(r"\n\s*\n", inspect.getdoc(module) or "")[1:]  # the heading says what the caption says
    out: list[str] = []
    for block in blocks:
        if block.startswith("    "):
            out += ["```text", *textwrap.dedent(block).splitlines(), "```", ""]
        else:
            out += [*block.splitlines(), ""]
    return out[:-1]


def _words(thing: type) -> list[str]:
    return inspect.cleandoc(thing.__dict__.get("__doc__") or "").splitlines()


def _fields(struct: type[msgspec.Struct]) -> list[str]:
    comments = field_comments(struct)
    hints = typing.get_type_hints(struct)
    rows = [
        (
            f"`{field}`",
            f"`{_type(hints[field])}`".replace("|", "\\|"),
            _say(field, comments.get(field, "")) or _caption(hints[field]),
        )
        for field in struct.__struct_fields__
    ]
    return _table(("Field", "Type", "Meaning"), rows) if rows else ["No fields."]


def _caption(hint: object) -> str:
    """What a type of ours is, for a field of it that has no words of its own."""
    kinds_of_ours = [part for part in (hint, *typing.get_args(hint)) if isinstance(part, type)]
    words = [_words(part)[:1] for part in kinds_of_ours if part.__module__.startswith("skykeep")]
    return words[0][0].rstrip(".") if words and words[0] else ""


def _say(field: str, comment: str) -> str:
    unit = next((UNITS[end] for end in sorted(UNITS, key=len, reverse=True) if field.endswith(end)), "")
    if comment and unit and unit not in comment:
        return f"{comment} ({unit})"
    return comment or unit


def field_comments(struct: type) -> dict[str, str]:
    """Field to its meaning: the table in its module's docstring, or the comment at the end of its line."""
    found: dict[str, str] = {}
    for owner in reversed(struct.__mro__):
        if owner.__module__ not in {"builtins", "enum", "msgspec", "_core", "msgspec._core"}:
            words = inspect.getdoc(sys.modules[owner.__module__]) or ""
            found |= dict(re.findall(r"^ {4}(\w+) {2,}(\S.*)$", words, re.MULTILINE))
            found |= _line_comments(owner)
    return found


def _line_comments(owner: type) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(owner))
    except (OSError, TypeError):
        return {}
    comments = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    body = ast.parse(source).body[0]
    found = {}
    for node in body.body if isinstance(body, ast.ClassDef) else []:
        target = None
        if isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if isinstance(target, ast.Name) and node.end_lineno in comments:
            found[target.id] = comments[node.end_lineno].split("  # ")[0]
    return found


def _type(hint: object) -> str:
    if isinstance(hint, type) and not typing.get_args(hint):
        return hint.__name__
    if hint is Ellipsis:
        return "..."
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return " | ".join("None" if part is type(None) else _type(part) for part in arguments)
    if typing.get_origin(hint) is typing.Literal:
        return " | ".join(map(repr, arguments))
    if typing.get_origin(hint) is typing.Annotated:
        return _type(arguments[0])
    origin = getattr(typing.get_origin(hint), "__name__", str(hint))
    return f"{origin}[{', '.join(map(_type, arguments))}]" if arguments else origin


def _parts(struct: type[msgspec.Struct]) -> dict[str, type]:
    """Structs and enumerations of ours that the fields of `struct` mention, theirs too."""
    found: dict[str, type] = {}
    waiting = list(typing.get_type_hints(struct).values())
    while waiting:
        hint = waiting.pop()
        waiting += typing.get_args(hint)
        if isinstance(hint, type) and hint.__module__.startswith("skykeep") and hint.__name__ not in found:
            found[hint.__name__] = hint
            if issubclass(hint, msgspec.Struct):
                waiting += typing.get_type_hints(hint).values()
    return found


def _part(part: type) -> list[str]:
    if issubclass(part, enum.Enum):
        comments = field_comments(part)
        return _table(("Value", "Meaning"), [(f"`{member.value}`", comments.get(member.name, "")) for member in part])
    return _fields(part) if issubclass(part, msgspec.Struct) else []


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    width = len(head) if any(row[-1] for row in rows) else len(head) - 1
    if width == 1:
        return [", ".join(row[0] for row in rows)]
    return [_row(head[:width]), _row(("---",) * width), *(_row(row[:width]) for row in rows)]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


# ---- settings ------------------------------------------------------------------------------------


def settings() -> type[msgspec.Struct] | None:
    """The struct that a settings file is decoded into, once there is one."""
    if importlib.util.find_spec("skykeep.station.settings") is None:
        return None
    found: type[msgspec.Struct] = importlib.import_module("skykeep.station.settings").Settings
    return found


def setting_names(struct: type[msgspec.Struct], before: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Dotted name, type, default and meaning of every setting, tables walked in the order of the file."""
    comments = field_comments(struct)
    hints = typing.get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        hint = hints[field.name]
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            yield from setting_names(hint, f"{before}{field.name}.")
            continue
        yield f"{before}{field.name}", _type(hint), _default(field), _say(field.name, comments.get(field.name, ""))


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return f"`{value.value if isinstance(value, enum.Enum) else value!r}`"


def settings_page() -> str:
    """docs/reference/settings.md: one row a setting."""
    lines = ["# Settings", ""]
    struct = settings()
    if struct is None:
        return "\n".join([*lines, "There are no settings yet.", ""])
    lines += [
        *_words(struct), "",
        "They stand in a TOML file, given by `skykeep run --settings FILE`; those under `watch.` in a table `[watch]`.",
        "Unknown names are an error. Each name says its unit. `skykeep config explain --settings FILE` prints each",
        "value and where it came from.", "",
        "```toml", "law_complete = true", "", "[watch]", "silence_max_s = 15.0", "```", "",
    ]  # fmt: skip
    rows = [
        (f"`{name}`", f"`{kind}`".replace("|", "\\|"), default, meaning)
        for name, kind, default, meaning in setting_names(struct)
    ]
    return "\n".join([*lines, *_table(("Setting", "Type", "Default", "Meaning"), rows), ""])


def station_page() -> str:
    """docs/reference/station-settings.md: every table and key of a station's configuration."""
    reference = importlib.import_module("skykeep.station.keeping.reference")
    lines = [
        "# Station settings", "",
        "All of a station's `skykeep.toml`. `skykeep init` writes a short one; `skykeep config reference` prints",
        "this as a file, `skykeep config explain DIR` what holds in yours. Unknown keys are refused. Paths are",
        "relative to its directory, and secrets are named by file, never written here.", "",
    ]  # fmt: skip
    for table in reference.tables():
        lines += [f"## {f'`{table.head}`' if table.head else 'At the top'}", "", table.words, ""]
        if table.optional:
            lines += ["Without this table there is nothing of it.", ""]
        rows = [
            (
                f"`{key.name}`",
                f"`{key.type}`".replace("|", "\\|"),
                "required" if key.required else f"`{reference.as_toml(key.default) or 'not set'}`",
                _say(key.name, key.meaning),
            )
            for key in table.keys
        ]
        if rows:
            lines += [*_table(("Key", "Type", "Default", "Meaning"), rows), ""]
    return "\n".join(lines).rstrip() + "\n"


# ---- commands ------------------------------------------------------------------------------------


def commands_page() -> str:
    """docs/reference/cli.md: every command with its arguments, options and help."""
    lines = ["# Commands", ""]
    if importlib.util.find_spec("skykeep.cli") is None:
        return "\n".join([*lines, "There is no command line yet.", ""])
    lines += [
        "Results go to standard output, talk to standard error. Exit code 0: done, whatever was found; 1: a question",
        "(`verify`, `replay`, `--fail-on`) was answered no; 2: wrong usage; 3: the world failed (disk, network).",
        "",
    ]
    for path, command in walk_commands():
        context = click_context(path, command)
        usage = " ".join(command.collect_usage_pieces(context))
        lines += [f"## `{path}`", "", "```text", f"{path} {usage}".rstrip(), "```", ""]
        lines += [*inspect.cleandoc((command.help or "").replace("\b\n", "")).splitlines(), ""]
        rows = [
            (f"`{names}`".replace("|", "\\|"), _cell(words))
            for names, words in (parameter_words(parameter, context) for parameter in command.get_params(context))
            if names != "--help" and words.strip()  # an argument is explained by the help above
        ]
        if rows:
            lines += [*_table(("Option", "Meaning"), rows), ""]
        if deeper := getattr(command, "commands", None):
            lines += [f"- [`{path} {name}`](#{_anchor(path, name)}): {_first(deeper[name])}" for name in sorted(deeper)]
            lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _anchor(path: str, name: str) -> str:
    return f"{path} {name}".replace(" ", "-")


def _first(command: typing.Any) -> str:  # noqa: ANN401  # click is not imported until there is a command line
    return (command.help or "").strip().split("\n")[0]


def walk_commands() -> Iterator[tuple[str, typing.Any]]:
    """Path and click command of every command, groups before what is in them."""
    waiting = [("skykeep", importlib.import_module("skykeep.cli").main)]
    while waiting:
        path, command = waiting.pop(0)
        if command.hidden:
            continue
        yield path, command
        inner = getattr(command, "commands", {})
        waiting = [(f"{path} {name}", inner[name]) for name in sorted(inner)] + waiting


def click_context(path: str, command: typing.Any) -> typing.Any:  # noqa: ANN401  # as above
    """The context that click wants before it describes a command."""
    return importlib.import_module("click").Context(command, info_name=path)


def parameter_words(parameter: typing.Any, context: typing.Any) -> tuple[str, str]:  # noqa: ANN401  # as above
    """How a parameter is written and what it means; an argument's meaning stands in the command's help."""
    record = parameter.get_help_record(context)
    if record is not None:
        return record[0], record[1]
    return parameter.make_metavar(context), "see above"


if __name__ == "__main__":
    main()
