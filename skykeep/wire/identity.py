"""Identities as their standards write them: drone serial numbers and EU operator ids.

ANSI/CTA-2063-A serial number: four characters for the manufacturer, one for the length of the rest (1 to 9, then
A to F = 10 to 15), the rest; digits and capital letters without O and I.

EN 4709-002 operator id: country (3 letters), 12 characters, a check character; then, never broadcast, a hyphen and
3 secret characters. The check character is Luhn mod 36 over the 12 and the 3: without the secret nobody can check it.
"""

from __future__ import annotations

import re

from skykeep.facts.observed import IdKind
from skykeep.facts.personal import NameKind

_ASSIGNED = (IdKind.REGISTRATION, IdKind.UTM)

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_SERIAL = re.compile(r"[0-9A-HJ-NP-Z]{4}([1-9A-F])([0-9A-HJ-NP-Z]{1,15})")
_OPERATOR = re.compile(r"[A-Z]{3}([a-z0-9]{12})([a-z0-9])(?:-([a-z0-9]{3}))?")


def name_kind(id_kind: IdKind) -> NameKind:
    """Return the kind of pseudonym for an id that an aircraft gives, so that serials compare with serials alone."""
    return NameKind.REGISTRATION if id_kind in _ASSIGNED else NameKind.UAS_ID


def serial_doubt(serial: str) -> str | None:
    """Return what is wrong with a serial number, or None."""
    found = _SERIAL.fullmatch(serial.upper())
    if found is None:
        return "not the form of a CTA-2063-A serial number (digits and letters without O and I); is it a registration?"
    length, rest = int(found[1], 16), len(found[2])
    return None if length == rest else f"its length character says that {length} characters follow; {rest} do"


def operator_doubt(operator: str) -> str | None:
    """Return what is wrong with an EU operator id, or None."""
    found = _OPERATOR.fullmatch(operator[:3].upper() + operator[3:].lower())
    if found is None:
        return "not the form of an EU operator id (3 letters, 12 characters, a check character)"
    body, check, secret = found.groups()
    if secret is None or check == luhn_mod_36(body + secret):
        return None
    return f"its check character is {check}; {luhn_mod_36(body + secret)} was expected: is it mistyped?"


def luhn_mod_36(text: str) -> str:
    """Return the Luhn mod 36 check character of a text of digits and small letters."""
    total = 0
    for place, character in enumerate(reversed(text)):
        value = _BASE36.index(character) * (2 if place % 2 == 0 else 1)
        total += value // 36 + value % 36
    return _BASE36[-total % 36]


def without_secret(operator: str) -> str:
    """Return an operator id without its secret part, which must not enter the record."""
    return operator[:16] if len(operator) == 20 and operator[16] == "-" else operator
