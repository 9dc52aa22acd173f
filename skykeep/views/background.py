"""What stands behind the verdicts in a report: what could not be told, the law given, the sensors heard."""

from __future__ import annotations

import math
from collections.abc import Sequence

from skykeep.facts.concluded import BiasEstimated
from skykeep.facts.enacted import SensorDeclared, ZoneEnacted
from skykeep.views import words
from skykeep.views.explain import interval
from skykeep.views.mapframe import lat_words, lon_words
from skykeep.views.markup import Html, tag
from skykeep.views.picture import Picture, SensorSeen
from skykeep.views.summary import TrackSummary
from skykeep.views.verdicts import cell, sub

ZONES_MAX = 60
_SIGMAS = 1.96  # to 95 % in one dimension


def unknowns(picture: Picture, found: Sequence[TrackSummary]) -> Html:
    items = [
        tag("li", tag("b", f"Track {row.track_id}"), _simulated(row), ": ", zone.sentence, *_needs(zone.missing))
        for row in found
        for zone in row.zones
        if zone.verdict == "cannot_tell"
    ]
    items += [tag("li", text) for text in _limits(picture)]
    if not items:
        items = [tag("li", "Nothing that it noticed. It does not know what no sensor heard.")]
    return tag(
        "section",
        tag("h2", "What the watch could not tell, and why", id="unknown"),
        tag("ul", *items, class_="plain"),
        aria_labelledby="unknown",
    )


def _simulated(row: TrackSummary) -> Html:
    return tag("span", " ", tag("span", "SIMULATED", class_="simtag")) if row.simulated else Html()


def _needs(missing: Sequence[str]) -> list[str]:
    return [f" Missing: {', '.join(words.shown(each) for each in missing)}."] if missing else []


def _limits(picture: Picture) -> list[str]:
    said = []
    if not picture.law_complete:
        said.append(
            "The law given is not declared to be all there is: \u201cno rule\u201d means none that it was given."
        )
    said.append("Whatever no sensor heard is not here: a drone that sends nothing leaves no trace in a radio record.")
    bare = sum(sensor.positions_without_accuracy for sensor in picture.sensors.values())
    if bare:
        said.append(f"{words.number(bare, 'position')} came without an accuracy; the sensor's default was assumed.")
    if picture.unreadable:
        said.append(
            f"{words.number(picture.unreadable, 'frame')} could not be read; kept in the record, with the reason."
        )
    if picture.late:
        said.append(f"{words.number(picture.late, 'report')} came too late to be used; kept in the record.")
    if picture.erased:
        said.append(f"{words.number(picture.erased, 'fact')} were erased since; proofs of the rest still hold.")
    for name, count in sorted(picture.unknown.items()):
        said.append(f"{words.number(count, 'fact')} of kind {words.shown(name, 60)}, which this version cannot read.")
    return said


def law(picture: Picture) -> Html:
    zones = sorted(picture.zones.values(), key=lambda zone: zone.zone_id)
    table = _table(
        f"{words.number(len(zones), 'zone')}" + (f", the first {ZONES_MAX} shown" if len(zones) > ZONES_MAX else ""),
        ("Zone", "Rule", "Heights", "In force", "Issued by, and why"),
        [_zone(picture, zone) for zone in zones[:ZONES_MAX]],
    )
    permits = [
        [
            tag(
                "th",
                words.shown(permit.permit_id, 80),
                sub(f"version {permit.version}"),
                scope="row",
                role="rowheader",
            ),
            cell("Where", *(tag("p", words.heights(part.volume)) for part in permit.volumes[:4])),
            cell("When", *(tag("p", words.period(part.start_ns, part.end_ns)) for part in permit.volumes[:4])),
            cell("State", *_permit_state(picture, permit.permit_id, state_flight=permit.state_flight)),
        ]
        for _, permit in sorted(picture.permits.items())
    ]
    parts = [table] if zones else [tag("p", "The record holds no zones.", class_="note")]
    if permits:
        caption = f"{words.number(len(permits), 'permit')}; whom they name is not shown"
        parts.append(_table(caption, ("Permit", "Heights", "When (UTC)", "State"), permits))
    return tag("section", tag("h2", "The law that it was given", id="law"), *parts, aria_labelledby="law")


def _zone(picture: Picture, zone: ZoneEnacted) -> list[Html]:
    name = words.shown(zone.name or zone.zone_id)
    withdrawn = picture.withdrawals.get(zone.zone_id)
    when = [interval(part.start_ns, part.end_ns) for part in (zone.applicability or ())[:4]] or ["permanent"]
    when += [f"withdrawn {words.utc(withdrawn.t_ns)}"] if withdrawn else []
    when += ["hours could not be read"] if zone.hours_unread is not None else []
    why = [f"legal basis: {words.shown(zone.legal_basis or 'not stated')}"]
    why += [f"reason: {words.shown(zone.reason)}"] if zone.reason else []
    why += [f"contact: {words.shown(zone.contact)}"] if zone.contact else []
    return [
        tag("th", name, sub(f"{words.shown(zone.zone_id, 80)} version {zone.version}"), scope="row", role="rowheader"),
        cell("Rule", tag("p", words.RULE[zone.rule].capitalize())),
        cell("Heights", *(tag("p", words.heights(volume)) for volume in zone.volumes[:4])),
        cell("In force", *(tag("p", text) for text in when)),
        cell("Issued by", tag("p", words.shown(zone.issuing_body or "not stated")), *map(sub, why)),
    ]


def _permit_state(picture: Picture, permit_id: str, *, state_flight: bool) -> list[Html]:
    revoked = picture.revocations.get(permit_id)
    said = [tag("p", "standing permit for state flights")] if state_flight else []
    if revoked is None:
        return [*said, tag("p", "not revoked in this record")]
    return [*said, tag("p", f"revoked {words.utc(revoked.t_ns)}"), sub(words.shown(revoked.reason))]


def sensors(picture: Picture) -> Html:
    heard = [sensor for _, sensor in sorted(picture.sensors.items())]
    if not heard:
        return tag("section", tag("h2", "Sensors heard"), tag("p", "None.", class_="note"))
    table = _table(
        f"{words.number(len(heard), 'sensor')} heard",
        ("Sensor", "Kind and place", "Messages", "Heard (UTC)", "How good it is (95 %)"),
        [_sensor(sensor) for sensor in heard],
    )
    return tag("section", tag("h2", "Sensors heard", id="sensors"), table, aria_labelledby="sensors")


def _sensor(sensor: SensorSeen) -> list[Html]:
    declared = sensor.declared
    name = [words.shown(sensor.sensor_id, 80)]
    simulated = [tag("span", "SIMULATED", class_="simtag")] if declared is not None and declared.simulated else []
    counts = [tag("p", f"{sensor.facts:,}".replace(",", "\u202f"))]
    counts += [sub(words.number(sensor.plots, "plot"))] if sensor.plots else []
    counts += [sub(f"{sensor.unreadable} unreadable")] if sensor.unreadable else []
    counts += [sub(f"{sensor.late} too late")] if sensor.late else []
    when = "–" if sensor.first_ns is None or sensor.last_ns is None else words.period(sensor.first_ns, sensor.last_ns)
    kind = "not declared" if declared is None else words.MODALITY.get(declared.modality, "")
    return [
        tag("th", *name, Html(" "), *simulated, scope="row", role="rowheader"),
        cell(
            "Kind", tag("p", kind or words.shown("" if declared is None else declared.modality, 40)), *_stands(declared)
        ),
        cell("Messages", *counts),
        cell("Heard", tag("p", when)),
        cell("How good", *_errors(declared), *(sub(text) for text in bias_words(sensor.bias))),
    ]


def _stands(declared: SensorDeclared | None) -> list[Html]:
    if declared is None or declared.lat_e7 is None or declared.lon_e7 is None:
        return []
    place = f"{lat_words(declared.lat_e7 / 1e7, 4)}, {lon_words(declared.lon_e7 / 1e7, 4)}"
    clock = [sub("its clock is free: recorded, not merged")] if declared.clock == "free" else []
    return [sub(place), *clock]


def _errors(declared: SensorDeclared | None) -> list[Html]:
    """Say what it measures how well; of one that only reports places, what is assumed where it does not say."""
    if declared is None:
        return [tag("p", "–")]
    said = []
    if declared.range_sigma_mm is not None:
        said.append(f"±{words.metres(declared.range_sigma_mm * _SIGMAS / 1e3)} in range")
    for name, sigma_urad in (("azimuth", declared.azimuth_sigma_urad), ("elevation", declared.elevation_sigma_urad)):
        if sigma_urad is not None:
            said.append(f"±{math.degrees(sigma_urad * _SIGMAS / 1e6):.1f}° in {name}")
    if said:
        return [tag("p", text) for text in said]
    across = tag("p", f"±{words.metres(declared.pos_accuracy_mm / 1e3)} across, where it does not say")
    return [across, sub(f"±{words.metres(declared.alt_accuracy_mm / 1e3)} in height")]


def bias_words(bias: BiasEstimated | None) -> list[str]:
    """Return how far a sensor is off, as far as that was found out, and whether it was taken off."""
    if bias is None:
        return []
    found = []
    if bias.range_sigma_mm > 0:
        found.append(f"{_signed(bias.range_mm / 1e3)} ± {words.metres(bias.range_sigma_mm * _SIGMAS / 1e3)} in range")
    angles = (
        ("azimuth", bias.azimuth_urad, bias.azimuth_sigma_urad),
        ("elevation", bias.elevation_urad, bias.elevation_sigma_urad),
    )
    for name, off_urad, sigma_urad in angles:
        if sigma_urad > 0:
            off, spread = math.degrees(off_urad / 1e6), math.degrees(sigma_urad * _SIGMAS / 1e6)
            found.append(f"{off:+.2f}° ± {spread:.2f}° in {name}")
    done = "taken off what it measures" if bias.applied else "too uncertain to be taken off"
    rests = f"by {words.number(bias.pairs, 'measurement')} of cooperative aircraft"
    refused = f", {bias.refused} refused" if bias.refused else ""
    return [f"off by {', '.join(found)}: {done}; {rests}{refused}"] if found else []


def _signed(value_m: float) -> str:
    return f"{'+' if value_m >= 0 else '−'}{words.metres(abs(value_m))}"


def _table(caption: str, heads: Sequence[str], body: Sequence[Sequence[Html]]) -> Html:
    head = tag("tr", *(tag("th", name, scope="col", role="columnheader") for name in heads), role="row")
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", head, role="rowgroup"),
        tag("tbody", *(tag("tr", *row, role="row") for row in body), role="rowgroup"),
        class_="cards",
        role="table",
    )
    return tag("div", table, class_="wrap")
