"""The form in which a zone is drawn or typed, as the zone that it says; and a zone as the form that would say it.

    shape      "circle": lat, lon, radius_m; "polygon": `corners`, one a line as "lat, lon"; "keep": as the zone is
    floor      metres with a datum; "" with agl is the ground; ceiling "unlimited" has no number; "keep": as it was
    begins     law from, ends: law until: "2026-11-24T09:00" in UTC; "" is none
    hours      "always"; "daily": on `days` (0 Monday) from `opens` to `closes` in `time_zone`; "keep": as it was

What the form cannot say of a zone that is changed (holes, several parts, exemptions, other hours) stays as it is, and
so does, to the last digit, what a field says that nobody touched. What it yields is a file of the mapping
skykeep-zone/1, which the station reads like any other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from skykeep.errors import Malformed, Refused
from skykeep.facts.enacted import (
    Circle,
    ClockTime,
    Daily,
    Limit,
    Period,
    Polygon,
    Rule,
    Text,
    Volume,
    ZoneEnacted,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.web.words import say
from skykeep.wire import geojson_write
from skykeep.wire.moments import iso_ns
from skykeep.wire.quantity import E7, MILLI, scaled
from skykeep.wire.zonefile import at_or_below

CORNERS_MAX = 500
RADIUS_MAX_M = 200_000
HEIGHT_MAX_M = 50_000
ID_MAX = 60
DAY_S = 86_400
NS = 10**9
CIRCLE, POLYGON, KEEP, ALWAYS, DAILY, UNLIMITED = "circle", "polygon", "keep", "always", "daily", "unlimited"
DATUMS: Final = {"agl": Datum.AGL, "amsl": Datum.AMSL, "hae": Datum.HAE}
WORDED = ("issuing_body", "legal_basis", "reason", "conditions", "contact", "appeal_contact")
EMERGENCY = "skykeep:emergency"
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")
_THOUSANDS = re.compile(r",[0-9]{3}(?![0-9])")
_PAIR = re.compile(r"\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,12})?)\s*[,;\s]\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,12})?)\s*")


class Wrong(Refused):
    """A field that says no zone, told in the reader's language."""


class Incomplete(Malformed):
    """A form that does not say what it must, told in the reader's language."""


class ZoneForm(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, field by field."""

    base: str = ""  # the zone that it changes; "" of a new one
    base_version: str = ""  # the version of it that the form began from
    base_last: str = ""  # the last version that there was then, withdrawn or not
    zone_id: str = ""
    name: str = ""
    rule: str = Rule.PROHIBITED.value
    shape: str = CIRCLE
    lat: str = ""
    lon: str = ""
    radius_m: str = ""
    corners: str = ""
    floor: str = "0"
    floor_datum: str = "agl"
    ceiling: str = "120"
    ceiling_datum: str = "agl"
    begins: str = ""
    ends: str = ""
    hours: str = ALWAYS
    days: tuple[str, ...] = ()
    opens: str = ""
    closes: str = ""
    time_zone: str = "UTC"
    issuing_body: str = ""
    legal_basis: str = ""
    reason: str = ""
    conditions: str = ""
    contact: str = ""
    appeal_contact: str = ""


FIELDS = tuple(name for name in ZoneForm.__struct_fields__ if name != "days")


def taken(sent: Mapping[str, object], days: list[str]) -> ZoneForm:
    """Return a form as it was sent; what is no text counts as nothing."""
    said = {name: str(sent[name]).strip() for name in FIELDS if isinstance(sent.get(name), str)}
    return ZoneForm(**said, days=tuple(day for day in days if day in "0123456" and len(day) == 1))


def zone_of(form: ZoneForm, base: ZoneEnacted | None) -> ZoneEnacted:
    """Return the zone that a form says, on `base` where it changes one; raises Wrong with the field that is wrong."""
    if not form.zone_id or len(form.zone_id) > ID_MAX:
        raise Wrong(say("identifier: give one of 1 to {most} characters, as it should stand in files", most=ID_MAX))
    if not form.name:
        raise Wrong(say("name: give the zone a name by which people know it"))
    volumes = _volumes(form, base)
    begins_ns, ends_ns = _moment(form.begins, say("law from")), _moment(form.ends, say("law until"))
    if base is not None:
        begins_ns = base.effective_from_ns if _untouched(form, base, "begins") else begins_ns
        ends_ns = base.end_ns if _untouched(form, base, "ends") else ends_ns
    if begins_ns is not None and ends_ns is not None and begins_ns >= ends_ns:
        raise Wrong(say("law until: it ends before it begins"))
    said = {name: getattr(form, name) or None for name in WORDED}
    fresh = {
        "zone_id": form.zone_id, "name": form.name, "rule": _rule(form.rule), "volumes": volumes,
        "effective_from_ns": begins_ns, "end_ns": ends_ns, "periods": _periods(form, base),
    }  # fmt: skip
    return msgspec.structs.replace(_blank(form, base), **fresh, **said, texts=_texts(form, base))


def file_of(zone: ZoneEnacted) -> bytes:
    """Return a zone as the bytes of a file that the station reads without a doubt."""
    return geojson_write.write([zone]).data


def _blank(form: ZoneForm, base: ZoneEnacted | None) -> ZoneEnacted:
    if base is not None:
        carried = tuple(pair for pair in base.carried if pair[0] != EMERGENCY)
        undone = {"announced_at_ns": None, "applicability": None, "applicability_span": None, "doubts": ()}
        unread = base.hours_unread if form.hours == KEEP else None
        return msgspec.structs.replace(base, **undone, carried=carried, hours_unread=unread)
    return ZoneEnacted(
        zone_id=form.zone_id, version=1, supersedes=None, name=form.name, rule=Rule.PROHIBITED, exemptions=(),
        volumes=(), buffer_mm=None, severity=None, announced_at_ns=None, effective_from_ns=None, end_ns=None,
        periods=(), applicability=None, applicability_span=None, hours_unread=None, issuing_body=None,
        legal_basis=None, reason=None, conditions=None, contact=None, appeal_contact=None, authorities=(), texts=(),
        country=None, carried=(), source_format="geojson", source_sha256="", native="", doubts=(),
    )  # fmt: skip


def _texts(form: ZoneForm, base: ZoneEnacted | None) -> tuple[Text, ...]:
    """Return the words in other languages that still say the same: those of a field that was changed are dropped."""
    if base is None:
        return ()
    changed = {name for name in ("name", *WORDED) if (getattr(base, name) or "") != getattr(form, name)}
    return tuple(text for text in base.texts if text.about not in changed)


def _rule(said: str) -> Rule:
    found = {rule.value: rule for rule in Rule}.get(said)
    if found is None:
        raise Wrong(say("rule: {said} is none; choose one of the list", said=repr(said[:40])))
    return found


# ---- where and how high ------------------------------------------------------------------------------


def _volumes(form: ZoneForm, base: ZoneEnacted | None) -> tuple[Volume, ...]:
    if form.shape == KEEP:
        if base is None:
            raise Wrong(say("area: there is no zone whose area could be kept; draw a circle or a polygon"))
        return tuple(_with_limits(form, volume, base) for volume in base.volumes)
    if form.shape not in {CIRCLE, POLYGON}:
        raise Wrong(say("area: choose a circle or a polygon"))
    outline = _circle(form) if form.shape == CIRCLE else _polygon(form.corners)
    first = base.volumes[0] if base is not None and base.volumes else Volume(outline=outline, floor=None, ceiling=None)
    return (_with_limits(form, msgspec.structs.replace(first, outline=outline), base),)


def _untouched(form: ZoneForm, base: ZoneEnacted | None, *names: str) -> bool:
    """Whether fields say what the form of the zone said that is changed: then its own values stay."""
    if base is None:
        return False
    was = form_of(base)
    return all(getattr(was, name) == getattr(form, name) for name in names)


def _with_limits(form: ZoneForm, volume: Volume, base: ZoneEnacted | None) -> Volume:
    floor, ceiling = volume.floor, volume.ceiling
    floor_stays, ceiling_stays = (_untouched(form, base, name, f"{name}_datum") for name in ("floor", "ceiling"))
    if not floor_stays:
        floor = _limit(form.floor or "0", form.floor_datum, say("lower limit"))
    if not ceiling_stays:
        ceiling = _limit(form.ceiling, form.ceiling_datum, say("upper limit"))
    if not (floor_stays and ceiling_stays) and at_or_below(ceiling, floor):
        raise Wrong(say("upper limit: it is not above the lower limit"))
    return msgspec.structs.replace(volume, floor=floor, ceiling=ceiling)


def _limit(value: str, datum: str, field: str) -> Limit:
    if datum == UNLIMITED:
        return "unlimited"
    if datum not in DATUMS:
        raise Wrong(say("{field}: say from where it is measured", field=field))
    return Altitude(scaled(_metres(value, field, -1_000, HEIGHT_MAX_M), MILLI), DATUMS[datum])


def _circle(form: ZoneForm) -> Circle:
    lat, lon = (
        _number(form.lat, say("latitude of the centre"), -90, 90),
        _number(form.lon, say("longitude of the centre"), -180, 180),
    )
    radius = _metres(form.radius_m, say("radius"), 1, RADIUS_MAX_M)
    return Circle(lat_e7=scaled(lat, E7), lon_e7=scaled(lon, E7), radius_mm=scaled(radius, MILLI))


def _polygon(said: str) -> Polygon:
    ring = [_corner(number, line) for number, line in enumerate(said.splitlines(), 1) if line.strip()]
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    if not 3 <= len(ring) <= CORNERS_MAX:  # noqa: PLR2004  # a triangle is the least
        raise Wrong(
            say(
                "corners: {n} of them; a polygon here has 3 to {most}, larger ones come as a file",
                n=len(ring), most=CORNERS_MAX,
            )
        )  # fmt: skip
    return Polygon(rings=((*ring, ring[0]),))


def _corner(number: int, line: str) -> tuple[int, int]:
    found = _PAIR.fullmatch(line)
    if found is None:
        place = repr(line.strip()[:40])
        raise Wrong(
            say("corners, line {n}: {said} is no place; write latitude, longitude in degrees", n=number, said=place)
        )
    lat = _number(found[1], say("corners, line {n}: latitude", n=number), -90, 90)
    lon = _number(found[2], say("corners, line {n}: longitude", n=number), -180, 180)
    return scaled(lat, E7), scaled(lon, E7)


def _metres(said: str, field: str, least: int, most: int) -> Decimal:
    """Return a number of metres; refused where a comma may part thousands or be a decimal point."""
    if _THOUSANDS.search(said):
        what = repr(said[:40])
        raise Wrong(say("{field}: {said} may be read in two ways; write 1500 or 1.5", field=field, said=what))
    return _number(said, field, least, most)


def _number(said: str, field: str, least: int, most: int) -> Decimal:
    try:
        value = Decimal(said.replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not least <= value <= most:
        known = {"field": field, "said": repr(said[:40]), "least": least, "most": most}
        raise Wrong(say("{field}: {said} is no number from {least} to {most}", **known))
    return value


# ---- when ------------------------------------------------------------------------------------------


def _moment(said: str, field: str) -> int | None:
    if not said:
        return None
    try:
        return iso_ns(said, zone_assumed=True)
    except Malformed as error:
        what = repr(said[:40])
        raise Wrong(say("{field}: {said} is no moment; it is read as UTC", field=field, said=what)) from error


def _periods(form: ZoneForm, base: ZoneEnacted | None) -> tuple[Period, ...]:
    if form.hours == KEEP and base is not None:
        return base.periods
    if form.hours != DAILY:
        return ()
    if _untouched(form, base, "hours", "days", "opens", "closes", "time_zone"):
        return base.periods if base is not None else ()
    start, end = (_time(form, base, name) for name in ("opens", "closes"))
    days = tuple(sorted(int(day) for day in set(form.days)))
    daily = Daily(
        days=() if len(days) == 7 else days,  # noqa: PLR2004  # of a week
        start=start, end=end, time_zone=form.time_zone or "UTC",
    )  # fmt: skip
    return (Period(start_ns=None, end_ns=None, daily=(daily,)),)


def _time(form: ZoneForm, base: ZoneEnacted | None, name: str) -> ClockTime:
    """Return when its hours begin or end; as they were to the second where the form says the same as before."""
    if base is not None and form_of(base).hours == DAILY and _untouched(form, base, name):
        daily = base.periods[0].daily[0]
        kept = daily.start if name == "opens" else daily.end
        if isinstance(kept, ClockTime):
            return kept
    words, otherwise = (say("hours, from"), "00:00") if name == "opens" else (say("hours, until"), "24:00")
    return ClockTime(second=_second(getattr(form, name) or otherwise, words))


def _second(said: str, field: str) -> int:
    found = _CLOCK.fullmatch(said)
    second = DAY_S + 1 if found is None else int(found[1]) * 3_600 + int(found[2]) * 60
    if second > DAY_S or (found is not None and int(found[2]) > 59):  # noqa: PLR2004  # minutes of an hour
        raise Wrong(
            say(
                "{field}: {said} is no time of day; write it as 09:00, the end of the day as 24:00",
                field=field, said=repr(said[:20]),
            )
        )  # fmt: skip
    return second


# ---- back again ------------------------------------------------------------------------------------


def form_of(zone: ZoneEnacted) -> ZoneForm:
    """Return the form of a zone that is to be changed; what it cannot say stands there as "keep"."""
    return msgspec.convert(
        {
            "base": zone.zone_id, "base_version": str(zone.version), "base_last": str(zone.version),
            "zone_id": zone.zone_id, "name": zone.name, "rule": zone.rule.value,
            **_area_said(zone), **_limits_said(zone), **_hours_said(zone),
            "begins": _moment_said(zone.effective_from_ns), "ends": _moment_said(zone.end_ns),
            **{name: getattr(zone, name) or "" for name in WORDED},
        },
        ZoneForm,
    )  # fmt: skip


def datums_of(zone: ZoneEnacted) -> tuple[str, str]:
    """Return from where the limits of a zone are measured, as the form says it: "keep" where the form has no word."""
    said = _limits_said(zone)
    return said["floor_datum"], said["ceiling_datum"]


def _area_said(zone: ZoneEnacted) -> dict[str, str]:
    outline = zone.volumes[0].outline if len(zone.volumes) == 1 else None
    if isinstance(outline, Circle):
        at = {"lat": outline.lat_e7, "lon": outline.lon_e7}
        return {"shape": CIRCLE, "radius_m": _plain(Decimal(outline.radius_mm) / 1000)} | {
            name: _plain(Decimal(value) / 10**7) for name, value in at.items()
        }
    if isinstance(outline, Polygon) and len(outline.rings) == 1 and len(outline.rings[0]) <= CORNERS_MAX:
        return {"shape": POLYGON, "corners": corners_said(outline.rings[0][:-1])}
    return {"shape": KEEP}


def corners_said(ring: tuple[tuple[int, int], ...]) -> str:
    """Return corners as the form has them, one a line."""
    return "\n".join(f"{lat / 1e7:.7f}, {lon / 1e7:.7f}" for lat, lon in ring)


def _limits_said(zone: ZoneEnacted) -> dict[str, str]:
    volume = zone.volumes[0] if zone.volumes else None
    floor, floor_datum = _limit_said(None if volume is None else volume.floor, "0")
    ceiling, ceiling_datum = _limit_said(None if volume is None else volume.ceiling, "")
    return {"floor": floor, "floor_datum": floor_datum, "ceiling": ceiling, "ceiling_datum": ceiling_datum}


def _limit_said(limit: Limit, otherwise: str) -> tuple[str, str]:
    names = {datum: name for name, datum in DATUMS.items()}
    if isinstance(limit, Altitude) and limit.datum in names:
        return _plain(Decimal(limit.value_mm) / 1000), names[limit.datum]
    if isinstance(limit, Altitude):
        return "", KEEP  # in a datum that the form has not
    return (otherwise, UNLIMITED) if limit == "unlimited" else (otherwise, "agl")


def _hours_said(zone: ZoneEnacted) -> dict[str, object]:
    if not zone.periods and zone.hours_unread is None and not zone.applicability:
        return {"hours": ALWAYS}
    daily = zone.periods[0].daily if len(zone.periods) == 1 and zone.periods[0].start_ns is None else ()
    plain = len(daily) == 1 and zone.periods[0].end_ns is None and zone.hours_unread is None
    if not plain or not all(isinstance(one, ClockTime) for one in (daily[0].start, daily[0].end)):
        return {"hours": KEEP}
    one = daily[0]
    opens, closes = (time.second if isinstance(time, ClockTime) else 0 for time in (one.start, one.end))
    days = tuple(str(day) for day in one.days or range(7))
    return {"hours": DAILY, "days": days, "opens": _clock(opens), "closes": _clock(closes), "time_zone": one.time_zone}


def _clock(second: int) -> str:
    return f"{second // 3_600:02}:{second % 3_600 // 60:02}"


def _moment_said(t_ns: int | None) -> str:
    if t_ns is None or t_ns < 0:
        return ""
    return f"{dt.datetime.fromtimestamp(t_ns // NS, dt.UTC):%Y-%m-%dT%H:%M}"


def _plain(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
