"""From a PDF to its text, page by page (pypdf, with its limits set low).

Text that is drawn as a picture is not read. Encrypted files open only where no password is asked. A file that swells
beyond the limits when unpacked is refused, with the page where it did.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from skykeep.errors import Malformed, Refused, SkykeepError

if TYPE_CHECKING:
    from pypdf import PdfReader

PAGES_MAX = 500
UNPACKED_MAX_BYTES = 8_000_000  # of one stream
OPERATORS_MAX = 500_000  # carried out for all pages; a drawing that is drawn again and again counts each time
DRAWING_COUNTS = 2_500  # so many operators: a drawing is read anew each time
OPERANDS_MAX = 100_000  # of one stream, before they are carried out
ALL_UNPACKED_MAX_BYTES = 40_000_000  # of all pages' content together
REMEDY = "save it anew from another program, or hand in its text"
_UNPACKED = (
    "array_based_stream_maximum_output_length",
    "lzw_maximum_output_length",
    "run_length_maximum_output_length",
    "zlib_maximum_output_length",
    "brotli_maximum_output_length",
    "jbig2_maximum_output_length",
)


class Pages(NamedTuple):
    """What was read of a PDF."""

    text: str
    title: str | None
    doubts: tuple[str, ...]


def read(data: bytes, label: str, chars_max: int) -> Pages:
    """Return the text of a PDF, a blank line between pages.

    Raises Malformed where its structure cannot be read, Refused where it is encrypted, holds no text, or is too large.
    """
    from pypdf.errors import LimitReachedError

    try:
        with _bounded(len(data)), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pypdf tells of every oddity that it reads over
            reader = _opened(data, label)
            return _pages(reader, label, chars_max)
    except LimitReachedError as error:
        raise Refused(f"{label}: the PDF swells beyond a limit when unpacked ({error}); {REMEDY}") from error
    except SkykeepError:
        raise
    except Exception as error:  # damaged files break pypdf in more ways than it names (zlib.error, ...)
        raise Malformed(f"{label}: the PDF cannot be read ({_words(error)}); {REMEDY}") from error


@contextlib.contextmanager
def _bounded(size: int) -> Iterator[None]:
    """Set pypdf's limits for what is done inside, and keep it silent."""
    from pypdf import apply_configuration

    log = logging.getLogger("pypdf")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)  # its modules' own loggers ask this one
    limits: dict[str, Any] = dict.fromkeys(_UNPACKED, UNPACKED_MAX_BYTES)
    try:
        with apply_configuration(
            **limits,
            maximum_declared_stream_length=max(size, 1),
            zlib_maximum_recovery_input_length=100_000,
            stream_decoding_work_maximum_length=4 * UNPACKED_MAX_BYTES,
            stream_parsing_work_maximum_count=OPERANDS_MAX,
            xform_maximum_invocations_per_extraction=200,
            page_tree_maximum_entries=4 * PAGES_MAX,
            page_tree_maximum_page_entries=100_000,
            jbig2dec_binary=None,  # no other program is run
        ):
            yield
    finally:
        log.setLevel(before)


def _opened(data: bytes, label: str) -> PdfReader:
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise Refused(f"{label}: the PDF asks for a password; save it without one, or hand in its text")
    if len(reader.pages) > PAGES_MAX:
        raise Refused(
            f"{label}: the PDF has {len(reader.pages):,} pages, more than {PAGES_MAX}; hand in the pages of the report"
        )
    return reader


def _pages(reader: PdfReader, label: str, chars_max: int) -> Pages:
    """Read page by page, within what all of them may unpack to."""
    texts: list[str] = []
    empty: list[int] = []
    unpacked, chars = 0, 0
    count = _Work(label)
    for number, page in enumerate(reader.pages, 1):
        content = page.get_contents()
        unpacked += len(content.get_data()) if content is not None else 0
        if unpacked > ALL_UNPACKED_MAX_BYTES or chars > chars_max:
            raise Refused(f"{label}: the PDF is too large at page {number}; hand in the pages of the report")
        text = page.extract_text(visitor_operand_before=count).strip()
        chars += len(text)
        texts += [text] if text else []
        empty += [] if text else [number]
    if not texts:
        raise Refused(
            f"{label}: the PDF holds no text, perhaps pictures of pages; recognise its text first, then hand that in"
        )
    which = ", ".join(map(str, empty[:20]))
    doubts = (
        (f"No text on {len(empty)} of {len(reader.pages)} pages ({which}): pictures are not read",) if empty else ()
    )
    return Pages("\n\n".join(texts), _title(reader), doubts)


class _Work:
    """Counts what is carried out, and ends it at the limit: a few bytes can draw one thing a million times."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._done = 0

    def __call__(self, operator: object, *_: object) -> None:
        self._done += DRAWING_COUNTS if operator == b"Do" else 1
        if self._done > OPERATORS_MAX:
            raise Refused(f"{self._label}: the PDF draws more than {OPERATORS_MAX:,} things; hand in its text")


def _title(reader: PdfReader) -> str | None:
    title = reader.metadata.title if reader.metadata else None
    return " ".join(title.split())[:300] or None if isinstance(title, str) else None


def _words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
