"""What was heard without a place: a row each, with the area that it is within."""

from __future__ import annotations

import math

from skykeep.facts.concluded import PresenceHeld
from skykeep.views import words
from skykeep.views.findings import explained_words, rung_words
from skykeep.views.mapframe import lat_words, lon_words
from skykeep.views.markup import Html, tag
from skykeep.views.picture import Picture, Presence
from skykeep.views.summary import personal
from skykeep.views.verdicts import cell, sub

PRESENCES_MAX = 30
SENSORS_MAX = 4
SIGMAS_95 = 1.96


def presences(picture: Picture, *, reveal: bool = False) -> list[Html]:
    """Return the section of the report, empty where nothing was heard without a place."""
    held = sorted((one for one in picture.presences.values() if one.told), key=lambda one: one.told[0].t_ns)
    if not held:
        return []
    more = f", the first {PRESENCES_MAX} shown" if len(held) > PRESENCES_MAX else ""
    heads = ("Heard (UTC)", "By", "Within", "Identity it gave")
    head = tag("tr", *(tag("th", name, scope="col", role="columnheader") for name in heads), role="row")
    body = [_row(picture, one, reveal=reveal) for one in held[:PRESENCES_MAX]]
    table = tag(
        "table",
        tag("caption", f"{words.number(len(held), 'presence')}{more}"),
        tag("thead", head, role="rowgroup"),
        tag("tbody", *body, role="rowgroup"),
        class_="cards",
        role="table",
    )
    note = "Sensors heard or saw something and cannot say where. No verdict is possible without a place."
    title = tag("h2", "Heard, place unknown", id="presences")
    wrapped = tag("div", table, class_="wrap")
    return [tag("section", title, tag("p", note, class_="note"), wrapped, aria_labelledby="presences")]


def _row(picture: Picture, one: Presence, *, reveal: bool) -> Html:
    last = one.told[-1]
    first_ns = one.told[0].t_ns
    over = words.clock(last.t_ns) if not last.holds else "the record's end"
    when = [tag("th", f"{words.clock(first_ns)} – {over}", sub(words.day(first_ns)), scope="row", role="rowheader")]
    rung = [sub(rung_words(one.rungs[-1]))] if one.rungs else []
    may_be = [sub(f"may be {text}") for text in explained_words(one.rungs[-1])] if one.rungs else []
    named = [each for each in one.told if each.uas_id is not None]
    identity = personal(picture, named[-1].uas_id, reveal=reveal)[0] if named else "None heard"
    cells = [
        cell("By", *(tag("p", text) for text in heard_by(last)), *rung),
        cell("Within", tag("p", area_words(widest(one))), *may_be),
        cell("Identity", tag("p", identity)),
    ]
    return tag("tr", *when, *cells, role="row")


def widest(one: Presence) -> PresenceHeld:
    """Return what was told while it held, with the widest area: it was somewhere in there all the while."""
    held = [each for each in one.told if each.holds] or one.told
    return max(held, key=lambda each: (each.radius_mm is None, each.radius_mm or 0))


def heard_by(told: PresenceHeld) -> tuple[str, str]:
    """Return which sensors heard it, and how often."""
    named = ", ".join(words.shown(each, 60) for each in told.sensors[:SENSORS_MAX])
    more = f" and {len(told.sensors) - SENSORS_MAX} more" if len(told.sensors) > SENSORS_MAX else ""
    kind = words.MODALITY.get(told.modality, words.shown(told.modality, 40))
    return f"{named}{more} ({kind})", words.number(told.reports, "report")


def area_words(told: PresenceHeld) -> str:
    """Return the area that it is within: "3.0 km about 50.450° N, 30.520° E, bearing 123° ± 6°"."""
    said = "an unknown area: the places of the sensors are not declared"
    if told.lat_e7 is not None and told.lon_e7 is not None and told.radius_mm is not None:
        place = f"{lat_words(told.lat_e7 / 1e7, 4)}, {lon_words(told.lon_e7 / 1e7, 4)}"
        said = f"{words.metres(told.radius_mm / 1e3)} about {place}"
    if told.bearing_urad is not None:
        said += f", bearing {math.degrees(told.bearing_urad / 1e6) % 360.0:.0f}°"
        if told.bearing_sigma_urad is not None:
            said += f" ± {math.degrees(told.bearing_sigma_urad / 1e6) * SIGMAS_95:.0f}°"
        said += f" from {words.shown(told.sensors[0], 60)}" if told.sensors else ""
    return said
