"""Draws up the templates of all sentences, brings the catalogues up to date and compiles them.

    skykeep   what the law answers: views/sentences.py
    web       what pages say: every say(...), marked(...) and count(...) of skykeep/web, every _(...) and _n(...) of its
              templates, every t(...) and tn(...) of its scripts, the tables of words that pages look up, the titles of
              problems, and what the station says of zones: their hours, and what differs between two

    python scripts/translations.py           writes skykeep/locale/*.pot, and each language's .po, .mo and script.json
    python scripts/translations.py --check   fails where one of them is not what would be written

A new sentence comes into every .po without a translation; a language is complete again when somebody has put it in.
"""

from __future__ import annotations

import ast
import io
import json
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jinja2
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import extract_from_ast

from skykeep.station import zonediff
from skykeep.views import areas
from skykeep.views import words as plain
from skykeep.views.sentences import MESSAGES
from skykeep.web import (
    apply_form,
    audit_rows,
    console_page,
    incident_page,
    permit_pages,
    permit_rows,
    report_pages,
    report_rows,
    shell,
    users_pages,
    users_rows,
)
from skykeep.web.problems import KINDS
from skykeep.wire import application, periods

Message = str | tuple[str, str]
LOCALE = pathlib.Path(__file__).resolve().parents[1] / "skykeep" / "locale"


class Sentences(Catalog):
    """A catalogue whose header says the same on every day and with every version of Babel."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of the header."""
        language = [("Language", str(self.locale))] if self.locale else []
        return [*language, ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Transfer-Encoding", "8bit")]  # fmt: skip

    @mime_headers.setter
    def mime_headers(self, value: object) -> None:
        """Take nothing over from a file that was read."""


WEB = LOCALE.parent / "web"
ONE, MANY = ("say", "marked"), "count"
OF_ZONES = tuple(LOCALE.parent / path for path in ("station/hours.py", "station/zonediff.py", "wire/periods.py"))
"""Modules below the web whose callers give them the voice in which they speak."""
TABLES: tuple[Mapping[Any, str], ...] = (
    plain.VERDICT, plain.TRUST, plain.FLAG, plain.CLASS, plain.RUNG, plain.MODALITY, plain.EXPLAINED, plain.APPROACH,
    plain.RULE, plain.ALARM, plain.ALARM_STATE, plain.INCIDENT_STATE, shell.ROLE, console_page.LEGEND,
    audit_rows.ACTION, report_rows.DEED, report_pages.STATES, incident_page.ALARM_STATE, incident_page.DEED,
    users_pages.DONE, users_rows.KIND, dict(enumerate(periods.WEEK)), periods.EVENTS, zonediff.RULE,
    zonediff.SAID_AS_IT_IS, dict(enumerate(of for of, _ in application.ANNEX_IV)),
    dict(enumerate(apply_form.TEXTS)), permit_rows.STATE, permit_rows.DEEDS, permit_rows.BECAUSE, permit_pages.DONE,
    permit_pages.WORDS, permit_pages.PROMPTS, {"": areas.PERMIT},
)  # fmt: skip
"""What pages look up and say: `say(words.VERDICT[verdict])`."""
_STRING = r'"((?:[^"\\]|\\.)*)"'
SAID = re.compile(rf"(?<![\w.$])t\(\s*{_STRING}")
COUNTED = re.compile(rf"(?<![\w.$])tn\([^\"`']*,\s*{_STRING},\s*{_STRING}")


def template(domain: str = "skykeep") -> Sentences:
    """Return the catalogue of all sentences, in their order, without a translation."""
    return _filled(None, domain, {})


def messages(domain: str) -> list[Message]:
    """Return what a catalogue must have: texts, and pairs of one and many."""
    if domain == "skykeep":
        return list(MESSAGES)
    found: list[Message] = []
    for path in (*sorted(WEB.rglob("*.py")), *OF_ZONES):
        found += _of_python(path.read_text("utf-8"))
    for path in sorted((WEB / "templates").glob("*.html")):
        found += _of_template(path.read_text("utf-8"))
    found += script_messages()
    found += [text for table in TABLES for text in table.values() if text]
    found += [text for kind in KINDS.values() for text in (kind.title, kind.remedy)]
    return _each_once(found)


def _each_once(found: Iterable[Message]) -> list[Message]:
    """Return messages in their order; what is counted somewhere is there for whoever says it without counting."""
    counted = {message[0]: message for message in found if not isinstance(message, str)}
    return list(dict.fromkeys(counted.get(_key(message), message) for message in found))


def script_messages() -> list[Message]:
    """Return what scripts say."""
    found: list[Message] = []
    for path in scripts():
        found += of_script(path.read_text("utf-8"))
    return list(dict.fromkeys(found))


def scripts() -> list[pathlib.Path]:
    """Return our own scripts."""
    return [path for path in sorted((WEB / "static").rglob("*.js")) if "vendor" not in path.parts]


def of_script(source: str) -> list[Message]:
    """Return the texts of one script, in their order."""
    at: list[tuple[int, Message]] = [(found.start(), _text(found[1])) for found in SAID.finditer(source)]
    at += [(found.start(), (_text(found[1]), _text(found[2]))) for found in COUNTED.finditer(source)]
    return [message for _, message in sorted(at, key=lambda pair: pair[0])]


def _text(literal: str) -> str:
    return str(json.loads(f'"{literal}"'))


def script_json(catalog: Sentences) -> bytes:
    """Return what scripts say in a language, to be looked up by the English words; of what is counted, all forms."""
    said: dict[str, object] = {}
    for message in script_messages():
        there = catalog.get(_key(message))
        if there is not None and there.string and all(there.string):
            said[_key(message)] = there.string if isinstance(there.string, str) else list(there.string)
    return json.dumps(said, ensure_ascii=False, indent=0).encode() + b"\n"


def _of_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        yield from _of_entrance(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if name in ONE and texts:
            yield texts[0]
        elif name == MANY and len(texts) == len(node.args) - 1 == 2:  # noqa: PLR2004  # a number, one, many
            yield texts[0], texts[1]


ENTRANCE = {"Page": ("title", "button", "words", "said"), "Field": ("words",), "shown": ("said",)}
"""What pages of the entrance are made of, whose words are said when they are shown."""


def _of_entrance(call: ast.Call) -> Iterator[Message]:
    name = getattr(call.func, "id", "")
    given = [each.value for each in call.keywords if each.arg in ENTRANCE.get(name, ())]
    given += call.args[1:2] if name in {"Link", "Choice"} else []
    yield from (each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str))


def _of_template(source: str) -> Iterator[Message]:
    for _, function, said in extract_from_ast(jinja2.Environment(autoescape=True).parse(source), ("_", "_n")):
        texts = [each for each in ((said,) if isinstance(said, str) else said or ()) if isinstance(each, str)]
        if function == "_n" and len(texts) == 2:  # noqa: PLR2004  # one, many
            yield texts[0], texts[1]
        elif texts:
            yield texts[0]


def _filled(language: str | None, domain: str, translated: dict[str, object]) -> Sentences:
    catalog = Sentences(locale=language, charset="utf-8", fuzzy=False)
    name = "all languages" if language is None else catalog.locale_identifier
    what = "What Skykeep answers" if domain == "skykeep" else "What the pages of Skykeep say"
    catalog.header_comment = f"# {what}, for {name}; see scripts/translations.py."
    for message in messages(domain):
        one = message if isinstance(message, str) else message[0]
        catalog.add(message, translated.get(one, "" if isinstance(message, str) else ("", "")))  # type: ignore[arg-type]  # as read
    return catalog


def po_text(catalog: Sentences) -> bytes:
    """Return a catalogue as a .po file, its sentences in the order of the template."""
    out = io.BytesIO()
    write_po(out, catalog, width=118, ignore_obsolete=True)
    return out.getvalue().strip() + b"\n"


def mo_bytes(catalog: Sentences) -> bytes:
    """Return a catalogue compiled."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def brought_up_to_date(po: bytes, language: str, domain: str = "skykeep") -> Sentences:
    """Return a language's catalogue with every sentence of the template, and no other."""
    old = read_po(io.BytesIO(po), locale=language)
    return _filled(language, domain, {_key(one.id): one.string for one in old if one.id})


def _key(message: str | Iterable[str]) -> str:
    return message if isinstance(message, str) else next(iter(message))


def files() -> dict[pathlib.Path, bytes]:
    """Return what every file of the catalogues should hold."""
    made = {LOCALE / f"{domain}.pot": po_text(template(domain)) for domain in ("skykeep", "web")}
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        catalog = brought_up_to_date(path.read_bytes(), path.parts[-3], path.stem)
        made[path] = po_text(catalog)
        made[path.with_suffix(".mo")] = mo_bytes(catalog)
        if path.stem == "web":
            made[path.with_name("script.json")] = script_json(catalog)
    return made


def main(arguments: list[str]) -> int:
    """Write the files, or with --check name those that differ."""
    stale = [path for path, data in files().items() if not path.exists() or path.read_bytes() != data]
    for path in stale:
        if "--check" in arguments:
            sys.stderr.write(f"{path}: not up to date; run python scripts/translations.py\n")
        else:
            path.write_bytes(files()[path])
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
