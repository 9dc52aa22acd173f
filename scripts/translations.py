"""Draws up the template of all sentences, brings the catalogues up to date and compiles them.

    python scripts/translations.py           writes skykeep/locale/skykeep.pot, and each language's .po and .mo
    python scripts/translations.py --check   fails where one of them is not what would be written

A new sentence comes into every .po without a translation; a language is complete again when somebody has put it in.
"""

from __future__ import annotations

import io
import pathlib
import sys

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from skykeep.views.sentences import MESSAGES

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


def template() -> Sentences:
    """Return the catalogue of all sentences, in their order, without a translation."""
    return _filled(None, {})


def _filled(language: str | None, translated: dict[str, str]) -> Sentences:
    catalog = Sentences(locale=language, charset="utf-8", fuzzy=False)
    name = "all languages" if language is None else catalog.locale_identifier
    catalog.header_comment = f"# What Skykeep answers, for {name}; see scripts/translations.py."
    for message in MESSAGES:
        catalog.add(message, translated.get(message, ""))
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


def brought_up_to_date(po: bytes, language: str) -> Sentences:
    """Return a language's catalogue with every sentence of the template, and no other."""
    old = read_po(io.BytesIO(po), locale=language)
    return _filled(language, {str(one.id): str(one.string) for one in old if one.id})


def files() -> dict[pathlib.Path, bytes]:
    """Return what every file of the catalogues should hold."""
    made = {LOCALE / "skykeep.pot": po_text(template())}
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/skykeep.po")):
        catalog = brought_up_to_date(path.read_bytes(), path.parts[-3])
        made[path] = po_text(catalog)
        made[path.with_suffix(".mo")] = mo_bytes(catalog)
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
