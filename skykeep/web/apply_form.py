"""The form of an application: its groups of questions, what was answered so far, and the document that comes of it.

What was answered goes with the form from page to page: nothing of it is kept here until it is handed in.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.personal import KeyedNames
from skykeep.web.words import ENGLISH, marked, say
from skykeep.wire import application
from skykeep.wire.permits import CATEGORIES, CLASSES, MODES, PermitFault, identity_doubts

STEPS = (marked("Who"), marked("Drone"), marked("Where and when"), marked("Check"), marked("Sent"))
LINE_MAX, AREA_MAX = 300, 2_000
RADIUS_MAX_M, HEIGHT_MAX_M = 20_000.0, 10_000.0
_LINES, _BROKEN = re.compile(r"[\r\n,;]+"), re.compile(r"[\r\n]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+")
_PLACES = frozenset({"lat", "lon"})
_DATUM = {"agl": marked("above ground"), "amsl": marked("above the sea"), "hae": marked("above the ellipsoid")}


class Field(NamedTuple):
    """One question."""

    name: str
    words: str
    kind: str  # "text", "lines", "area", "number", "date", "time", "choice"
    step: int  # of STEPS, from 0
    needed: bool = False
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    key: str = ""  # of the document; "": the same as the name


def _choices(*values: str) -> tuple[tuple[str, str], ...]:
    return (("", marked("not stated")), *((value, value) for value in values))


FIELDS = (
    Field("holder", "Who applies", "text", 0, needed=True, hint="A person or an organisation."),
    Field("pilots", "Pilots", "lines", 0, hint="One a line."),
    Field("operators", "Operator registration numbers", "lines", 0, hint="One a line, such as FIN87astrdge12k8-xyz."),
    Field("contact", "How to reach you while it flies", "text", 0, hint="A telephone number."),
    Field("purpose", "What for", "text", 0, hint="Survey, media, delivery …"),
    Field("aircraft", "Serial numbers of the drones", "lines", 1, hint="As Remote ID sends them, one a line."),
    Field("uas_class", "Class", "choice", 1, choices=_choices(*CLASSES)),
    Field("category", "Category of operation", "choice", 1, choices=_choices(*CATEGORIES)),
    Field("mode", "Within sight of the pilot?", "choice", 1,
          choices=(("", "not stated"), ("vlos", "within sight (VLOS)"), ("bvlos", "beyond sight (BVLOS)"))),
    Field("identification_technologies", "How it says who it is", "lines", 1, hint="Such as: direct Remote ID"),
    Field("connectivity", "How it is connected", "lines", 1, hint="Such as: 2.4 GHz, cellular"),
    Field("endurance_min", "Minutes that it can stay up", "number", 1),
    Field("emergency_procedure", "What it does when the link is lost", "area", 1),
    Field("lat", "Centre, latitude", "number", 2, needed=True, key="volumes",
          hint="Degrees, north is positive: -34.8941"),
    Field("lon", "Centre, longitude", "number", 2, needed=True, key="volumes",
          hint="Degrees, east is positive: -56.1530"),
    Field("radius", "Radius in metres", "number", 2, needed=True, key="volumes"),
    Field("ceiling", "Height up to, in metres", "number", 2, needed=True, key="volumes"),
    Field("datum", "Measured", "choice", 2, needed=True, choices=tuple(_DATUM.items()), key="volumes"),
    Field("date", "Day", "date", 2, needed=True, key="volumes"),
    Field("begins", "From (UTC)", "time", 2, needed=True, key="volumes"),
    Field("ends", "To (UTC)", "time", 2, needed=True, key="volumes",
          hint="Earlier than the beginning: on the next day."),
)  # fmt: skip
TEXTS = tuple(
    text
    for field in FIELDS
    for text in (field.words, field.hint, *(words for value, words in field.choices if words != value))
    if text
)
"""What is said of the questions; codes of a class or a category are no words."""
NAMES = tuple(field.name for field in FIELDS)
BY_NAME = {field.name: field for field in FIELDS}
assert MODES == ("vlos", "bvlos"), "the choices above name them all"


class Fault(NamedTuple):
    """What is wrong with an answer."""

    name: str
    words: str
    lang: str = ""  # of the words; "": the page's


def answers(sent: Mapping[str, Any]) -> dict[str, str]:
    """Return what was answered so far, each cut to what a form may hold."""
    longest = {"area": AREA_MAX, "lines": AREA_MAX}
    return {
        field.name: str(sent.get(field.name, ""))[: longest.get(field.kind, LINE_MAX)].strip() for field in FIELDS
    } | ({"datum": "agl"} if not sent.get("datum") else {})


def shown(field: Field, given: Mapping[str, str]) -> str:
    """Return an answer as people read it: of a choice its words, in their language; a code is no word."""
    words = dict(field.choices).get(given[field.name], given[field.name])
    return words if words == given[field.name] else say(words)


def faults(given: Mapping[str, str], step: int) -> list[Fault]:
    """Return what is wrong with the answers of one page."""
    asked = [field for field in FIELDS if field.step == step]
    found = [Fault(field.name, say("Needed.")) for field in asked if field.needed and not given[field.name]]
    found += [
        Fault(
            field.name,
            say("A comma may be read in two ways: write 1500, or 1.5.")
            if _twofold(field.name, given)
            else say("Not a number."),
        )
        for field in asked
        if field.kind == "number"
        and given[field.name]
        and (_number(given[field.name]) is None or _twofold(field.name, given))
    ]
    found += [
        Fault(field.name, say("Choose one of these."))
        for field in asked
        if field.choices and given[field.name] not in {value for value, _ in field.choices}
    ]
    checks = {0: _of_who, 1: _of_drone, 2: _of_place}
    wrong = {fault.name for fault in found}
    return found + [fault for fault in checks.get(step, lambda _given: [])(given) if fault.name not in wrong]


def _of_who(given: Mapping[str, str]) -> list[Fault]:
    return _identities(given, "operators")


def _of_drone(given: Mapping[str, str]) -> list[Fault]:
    found = _identities(given, "aircraft")
    if not given["aircraft"] and not given["operators"]:
        found.append(
            Fault("aircraft", say("Name a drone here, or an operator on the page before: else nobody can be known."))
        )
    return found


def _identities(given: Mapping[str, str], key: str) -> list[Fault]:
    doubts = identity_doubts("", {key: lines(given[key])})
    return [Fault(key, _sentence(what), ENGLISH) for _, what in doubts]


def _sentence(what: str) -> str:
    return what[:1].upper() + what[1:] + ("" if what.endswith((".", "?")) else ".")


def _of_place(given: Mapping[str, str]) -> list[Fault]:
    found = []
    limits = {
        "lat": (-90.0, 90.0),
        "lon": (-180.0, 180.0),
        "radius": (1.0, RADIUS_MAX_M),
        "ceiling": (1.0, HEIGHT_MAX_M),
    }
    for name, (least, most) in limits.items():
        value = _number(given[name])
        if value is not None and not least <= value <= most:
            found.append(Fault(name, say("Between {least} and {most}.", least=f"{least:g}", most=f"{most:g}")))
    if _moment(given["date"], "00:00") is None:
        found.append(Fault("date", say("A day such as 2026-11-24.")))
    found += [
        Fault(name, say("A time such as 09:30."))
        for name in ("begins", "ends")
        if _moment("2026-01-01", given[name]) is None
    ]
    if given["begins"] and given["begins"] == given["ends"]:
        found.append(Fault("ends", say("It ends when it begins.")))
    return found


def _twofold(name: str, given: Mapping[str, str]) -> bool:
    """Whether a number such as 1,500 may be a thousand and more, or one and a half; in a coordinate it cannot."""
    return name not in _PLACES and _THOUSANDS.fullmatch(given[name]) is not None


def lines(text: str, *, names: bool = False) -> list[str]:
    """Return what stands one a line; a comma parts numbers too, but stands within a name such as "Meyer, Anna"."""
    return [each.strip() for each in (_BROKEN if names else _LINES).split(text) if each.strip()]


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _moment(day: str, time: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else None


def document(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the application that these answers make; the pages before found nothing wrong with them."""
    said: dict[str, Any] = {}
    for field in FIELDS:
        if field.key == "volumes" or not given[field.name]:
            continue
        text = given[field.name]
        said[field.name] = (
            lines(text, names=field.name == "pilots")
            if field.kind == "lines"
            else _number(text)
            if field.kind == "number"
            else text
        )
    return {**said, "volumes": [volume(given)]}


def volume(given: Mapping[str, str]) -> dict[str, Any]:
    """Return where and when, as an application has it."""
    begins, ends = _moment(given["date"], given["begins"]), _moment(given["date"], given["ends"])
    assert begins is not None, "the page before asked for it"
    assert ends is not None, "and for this"
    if ends <= begins:
        ends += dt.timedelta(days=1)
    return {
        "area": {"center": [_number(given["lon"]), _number(given["lat"])], "radius_m": _number(given["radius"])},
        "floor": {"value_m": 0, "datum": "agl"},
        "ceiling": {"value_m": _number(given["ceiling"]), "datum": given["datum"]},
        "from": f"{begins:%Y-%m-%dT%H:%M:%SZ}",
        "until": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
    }


def unreadable(given: Mapping[str, str]) -> Fault | None:
    """Return what the reader of applications finds wrong with the whole, at its field."""
    data = msgspec.json.encode({"application": document(given)})
    try:
        application.read(data, KeyedNames(bytes(32)), permit_id="", version=1, received_ns=0)
    except PermitFault as error:
        key = re.sub(r"^application\.?", "", error.where).partition("[")[0].partition(".")[0]
        name = next((field.name for field in FIELDS if key in {field.name, field.key}), "holder")
        return Fault(name, _sentence(str(error)), ENGLISH)
    except Malformed as error:
        return Fault("holder", _sentence(str(error)), ENGLISH)
    return None


def filled(plain: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers that an application was made of, to answer it again; what no form holds is left out."""
    given = dict.fromkeys(NAMES, "") | {"datum": "agl"}
    for field in FIELDS:
        value = plain.get(field.name)
        if value is not None and field.key != "volumes":
            given[field.name] = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    first: dict[str, Any] = next(iter(plain.get("volumes") or []), {})
    area, ceiling = first.get("area") or {}, first.get("ceiling")
    if "center" in area:
        given |= {"lon": str(area["center"][0]), "lat": str(area["center"][1]), "radius": str(area["radius_m"])}
    if isinstance(ceiling, dict) and ceiling.get("datum") in _DATUM:
        given |= {"ceiling": str(ceiling["value_m"]), "datum": str(ceiling["datum"])}
    begins, ends = _read(first.get("from")), _read(first.get("until"))
    given["begins"] = "" if begins is None else f"{begins:%H:%M}"
    given["ends"] = "" if ends is None else f"{ends:%H:%M}"
    return given | {"date": "" if begins is None else f"{begins:%Y-%m-%d}"}


def unsayable(plain: Mapping[str, Any]) -> list[str]:
    """Return in words what of an application the form cannot say, so that it would be lost."""
    lost = [str(key).replace("_", " ") for key in plain if key not in NAMES and key != "volumes"]
    volumes = plain.get("volumes") or []
    if len(volumes) > 1:
        lost.append(say("{n} volumes", n=len(volumes)))
    first: dict[str, Any] = next(iter(volumes), {})
    ceiling = first.get("ceiling")
    if "center" not in (first.get("area") or {}):
        lost.append(say("an area that is no circle"))
    if first.get("floor") != {"value_m": 0, "datum": "agl"}:
        lost.append(say("its lower limit"))
    if not isinstance(ceiling, dict) or ceiling.get("datum") not in _DATUM:
        lost.append(say("its upper limit"))
    begins, ends = _read(first.get("from")), _read(first.get("until"))
    if begins is None or ends is None or begins.second or ends.second or ends - begins >= dt.timedelta(days=1):
        lost.append(say("its times"))
    return lost


def _read(text: object) -> dt.datetime | None:
    """Return a moment with its offset as UTC; None where it is none."""
    try:
        return dt.datetime.fromisoformat(str(text)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
