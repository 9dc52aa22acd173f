"""A credential as a QR code of about 34 mm: PNG for printers, SVG for pages, half blocks for terminals.

Error correction is M (15 %) up to version 19, L (7 %) beyond, so that a module never gets smaller than 0.36 mm. A
terminal is clean and narrow: there it is always L.
"""

from __future__ import annotations

import io
from pathlib import Path

import segno

from skykeep.errors import Refused, Unavailable

SIDE_MM = 34.0  # of the symbol, without the quiet zone around it
DPI = 300
QUIET = 4  # modules around the symbol, ISO/IEC 18004
VERSION_MAX_M = 19
_MM_AN_INCH = 25.4
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def make(text: str) -> segno.QRCode:
    """Return the code of a text in the letters of base45; raises Refused where it is too long for one."""
    code = _coded(text, "m")
    return code if len(code.matrix) <= 17 + 4 * VERSION_MAX_M else _coded(text, "l")


def _coded(text: str, error: str) -> segno.QRCode:
    try:
        return segno.make_qr(text, error=error, boost_error=False)
    except segno.DataOverflowError as overflow:
        raise Refused(f"{len(text)} characters do not fit into one QR code") from overflow


def describe(code: segno.QRCode) -> str:
    """Return version, error level and module size of a code at 34 mm."""
    modules = len(code.matrix)
    return f"QR {code.designator}, {modules} × {modules} modules of {SIDE_MM / modules:.2f} mm"


def png(code: segno.QRCode) -> bytes:
    """Return a picture of whole pixels a module, as near to 34 mm as they allow at 300 dots an inch."""
    pixels = max(1, round(SIDE_MM * DPI / _MM_AN_INCH / len(code.matrix)))
    out = io.BytesIO()
    code.save(out, kind="png", scale=pixels, border=QUIET, dpi=DPI)
    return out.getvalue()


def svg(code: segno.QRCode) -> bytes:
    """Return a drawing whose symbol is 34 mm wide when printed."""
    out = io.BytesIO()
    code.save(out, kind="svg", scale=SIDE_MM / len(code.matrix), unit="mm", border=QUIET, light="white")
    return out.getvalue()


def terminal(text: str) -> list[str]:
    """Return lines of half blocks, to be shown dark on light: two rows of modules a line, with the quiet zone."""
    code = _coded(text, "l")
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]


def write(path: Path, data: bytes) -> None:
    """Write a picture; raises Unavailable where that cannot be."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
