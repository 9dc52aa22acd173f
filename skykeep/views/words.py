"""How times, heights, verdicts and what came from outside are said to people."""

from __future__ import annotations

import datetime as dt
import unicodedata

from skykeep.facts.alarms import reason_of
from skykeep.facts.concluded import IncidentMoved, Rung, Trust, Verdict
from skykeep.facts.enacted import Limit, Rule, Volume
from skykeep.facts.explained import HeightCompared
from skykeep.geo.altitude import Altitude, Datum

VERDICT = {
    Verdict.NOT_PERMITTED: "not permitted",
    Verdict.CANNOT_TELL: "cannot tell",
    Verdict.PERMITTED: "permitted",
    Verdict.EXEMPT: "exempt",
    Verdict.NO_RULE: "no rule",
}
GRAVITY = (Verdict.NO_RULE, Verdict.EXEMPT, Verdict.PERMITTED, Verdict.CANNOT_TELL, Verdict.NOT_PERMITTED)
"""The verdicts from the lightest to the gravest."""
TRUST = {
    Trust.SIGNED: "signed",
    Trust.CORROBORATED: "corroborated",
    Trust.SELF_DECLARED: "self-declared, unverified",
    Trust.CONTRADICTED: "contradicted",
    Trust.NONE: "no identity heard",
}
FLAG = {
    "serial_in_two_places": "its serial was heard in two places at once, so one of the two is lying",
    "transmitter_in_two_places": "its radio address was heard in two places at once, so one of the two is lying",
    "id_changed": "it changed the identity that it gives",
    "rekeyed": "it changed its radio address, or has two radios",
    "rid_without_body": "where it says it is, sensors that look there see nothing",
    "body_without_rid": "sensors see it, but it sends no Remote ID that is heard here",
    "rid_offset": "it is not seen where it says it is",
    "impossible_motion": "the places that it gives would need a motion that no such aircraft can fly",
    "beyond_radio_horizon": "the place that it gives is beyond the horizon of the receiver that heard it",
    "replayed": "what it sends was sent before: a recording, played again",
}
CLASS = {
    "multirotor": "multirotor",
    "fixed_wing": "fixed-wing drone",
    "bird": "bird",
    "manned_aircraft": "manned aircraft",
    "balloon": "balloon",
    "unknown": "of unknown kind",
}
RUNG = {
    Rung.REPORTED: "reported",
    Rung.SUSPECTED: "suspected",
    Rung.CORROBORATED: "corroborated",
    Rung.CONFIRMED: "confirmed",
    Rung.REFUTED: "refuted",
}
MODALITY = {
    "remote_id": "Remote ID",
    "adsb": "ADS-B",
    "radar": "radar",
    "rf": "direction finder",
    "camera": "camera",
    "acoustic": "microphone",
    "witness": "witness",
    "tracks": "another system's tracks",
    "other": "another sensor",
}
EXPLAINED = {
    "manned_aircraft": "manned aircraft",
    "permitted": "flight with permit",
    "planet": "planet",
    "star": "star",
    "body": "bright body of the sky",
    "balloon": "balloon",
    "object": "known object",
    "kite": "kite",
    "crane": "crane",
    "lantern": "lantern",
    "other": "known object",
    "nothing": "nothing there, though it was looked for",
}
APPROACH = {"approach": "on course for", "within": "within reach of", "hover": "hovering near"}
ID_KIND = {
    "none": "no id",
    "serial": "serial",
    "registration": "registration",
    "utm": "UTM id",
    "session": "session id",
    "reserved": "id of a reserved kind",
    "callsign": "callsign",
}
RULE = {
    Rule.PROHIBITED: "NO-DRONE",
    Rule.NEEDS_PERMIT: "PERMIT ONLY",
    Rule.CONDITIONAL: "CONDITIONS",
    Rule.ALLOWED: "ALLOWED",
}
DATUM = {
    Datum.HAE: "above the ellipsoid (HAE)",
    Datum.AMSL: "AMSL",
    Datum.AGL: "AGL",
    Datum.TAKEOFF: "above take-off",
    Datum.STD: "pressure altitude (STD)",
}
ALARM = {
    "not_permitted": "not permitted",
    "identity_contradicted": "identity contradicted",
    "site_approach": "nears a protected site",
    "group": "several of a group",
    "remote_id_flood": "flood of aircraft that only say of themselves that they are there",
    "by_hand": "opened by hand",
    "health:blind": "no sensor is heard: the watch sees nothing",
    "health:not_recorded": "NOT RECORDED: what is shown is not in the record",
    "health:record": "the record is in doubt",
    "health:web": "nobody can see what the watch says: the web process is down",
    "health:unstepped": "the watch could not take something in: it is recorded, and not judged",
    "health:codec": "a codec of another package fails: what it should read is not understood",
    "health:tick_overrun": "the watch is late: what is shown is older than it should be",
    "health:disk": "the disk is nearly full",
    "health:clock": "the clock was stepped: times around it are doubtful",
    "health:sensor_silent": "sensor silent: what it alone sees is not seen now",
    "health:feed": "feed not connected: nothing comes from it",
    "health:dropped": "packets were lost before they could be read",
    "health:notifying": "messages to people do not get out",
    "health:terrain": "no terrain: heights above ground cannot be told",
    "health:geoid": "no geoid: heights above sea level cannot be told",
    "health:outlet": "what is sent to another system does not get there",
}
ALARM_STATE = {
    "normal": "over",
    "unacknowledged": "sounds, not acknowledged",
    "acknowledged": "acknowledged",
    "returned_unacknowledged": "over, not acknowledged",
    "suppressed_by_design": "silent: another alarm stands for it",
    "shelved": "shelved",
    "out_of_service": "out of service",
}
INCIDENT_STATE = {"open": "open", "closed": "closed", "merged": "part of"}
TEXT_MAX = 200
_LEVEL_MM = 30_480  # a hundred feet


def shown(text: str, limit: int = TEXT_MAX) -> str:
    """Return text from outside so that it can neither steer a terminal, turn a line around nor flood a page."""
    if text.isprintable() and len(text) <= limit:
        return text
    clean = "".join("\N{REPLACEMENT CHARACTER}" if steers(character) else character for character in text[: limit + 1])
    return clean[:limit] + "…" if len(clean) > limit else clean


def steers(character: str) -> bool:
    """Return whether a character could steer a page or a terminal, or has no shape of its own."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def alarm(reason: str) -> str:
    """Return why an alarm sounds; in brackets which group, how many had come, or what of the station is not well."""
    name, detail = reason_of(reason)
    said = ALARM.get(name, shown(name, 40))
    return f"{said} ({shown(detail, 60)})" if detail else said


def incident(told: IncidentMoved) -> str:
    """Return how an incident stands in one line: "incident 3, open, priority 1: not permitted; acknowledged"."""
    state = INCIDENT_STATE.get(told.state, shown(told.state, 40))
    into = "" if told.merged_into is None else f" incident {told.merged_into}"
    sound = ALARM_STATE.get(told.alarm_state, shown(told.alarm_state, 40))
    what = f"{alarm(told.about)}; {sound}" if told.state == "open" else alarm(told.about)
    again = f"; escalated {number(told.escalation, 'time')}" if told.escalation else ""
    return f"incident {told.incident_id}, {state}{into}, priority {told.priority}: {what}{again}"


def moment(t_ns: int) -> dt.datetime | None:
    """Return a time in UTC, to the second below; None where no calendar reaches."""
    try:
        return dt.datetime.fromtimestamp(t_ns // 1_000_000_000, tz=dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def utc(t_ns: int) -> str:
    """Return "2026-11-24 16:08:07 UTC"; the local time of the place is unknown to a record."""
    at = moment(t_ns)
    return f"{t_ns} ns since 1970" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def day(t_ns: int) -> str:
    """Return "24 November 2026"."""
    at = moment(t_ns)
    return "date out of range" if at is None else f"{at.day} {_MONTHS[at.month - 1]} {at.year:04d}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def clock(t_ns: int) -> str:
    """Return "16:08:07", in UTC."""
    at = moment(t_ns)
    return "?" if at is None else f"{at:%H:%M:%S}"


def hours(first_ns: int, last_ns: int) -> str:
    """Return "16:00–17:30", with the seconds where there are any."""
    first, last = clock(first_ns), clock(last_ns)
    if first.endswith(":00") and last.endswith(":00"):
        return f"{first[:-3]}–{last[:-3]}"
    return f"{first}–{last}"


def period(first_ns: int, last_ns: int) -> str:
    """Return a span of time in UTC, the date once where it is one day."""
    if day(first_ns) == day(last_ns):
        return f"{day(first_ns)}, {clock(first_ns)} – {clock(last_ns)} UTC"
    return f"{day(first_ns)}, {clock(first_ns)} – {day(last_ns)}, {clock(last_ns)} UTC"


def duration(t_ns: int) -> str:
    """Return a length of time in its two largest units."""
    seconds = abs(t_ns) // 1_000_000_000
    for size, unit, below, small in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // below
            return f"{seconds // size} {unit} {rest} {small}" if rest else f"{seconds // size} {unit}"
    return f"{seconds} s" if seconds else f"{abs(t_ns) / 1e9:.1f} s"


def metres(value_m: float) -> str:
    """Return a length with its unit: 7.4 m, 118 m, 12.6 km."""
    size = abs(value_m)
    if size == round(size) and size < 10:  # noqa: PLR2004  # no decimal that says nothing
        return f"{value_m:.0f} m"
    if size < 9.95:  # noqa: PLR2004  # one decimal below ten metres
        return f"{value_m:.1f} m"
    return f"{value_m:.0f} m" if size < 9_999.5 else f"{value_m / 1e3:.1f} km"  # noqa: PLR2004


def altitude(value: Altitude, *, short: bool = False) -> str:
    """Return a height with the datum that it cannot forget, by its letters where there is little room."""
    if level := flight_level(value):
        return level if short else f"{level} ({metres(value.value_mm / 1e3)})"
    datum = value.datum.name if short and value.datum is not Datum.TAKEOFF else DATUM[value.datum]
    return f"{metres(value.value_mm / 1e3)} {datum}"


def flight_level(value: Altitude) -> str:
    """Return a pressure altitude of whole hundreds of feet as pilots say it, "FL65"; else ""."""
    level, rest = divmod(value.value_mm, _LEVEL_MM)
    return f"FL{level}" if value.datum is Datum.STD and level > 0 and rest == 0 else ""


def compared(height: HeightCompared) -> str:
    """Return where a flight may be beside the limit: "between 96 m and 131 m, limit 120 m AGL; by terrain"."""
    limit_words = f"limit {altitude(height.limit)}"
    if height.lowest_mm is None or height.highest_mm is None:
        return f"not comparable with the {limit_words}"
    low, high = metres(height.lowest_mm / 1e3), metres(height.highest_mm / 1e3)
    band = low if low == high else f"between {low} and {high}"
    return f"{band}, {limit_words}" + (f"; by {', '.join(height.by)}" if height.by else "")


def limit(value: Limit, *, upper: bool) -> str:
    """Return one limit of a volume in words; what the source did not state is said to be so."""
    if isinstance(value, Altitude):
        return altitude(value)
    side = "upper" if upper else "lower"
    return f"no {side} limit" if value == "unlimited" else f"{side} limit not stated"


def heights(volume: Volume) -> str:
    """Return the band of a volume: "0–120 m AGL", or each limit by itself."""
    return heights_between(volume.floor, volume.ceiling)


def heights_between(floor: Limit, ceiling: Limit) -> str:
    """Return the band between two limits, as `heights` does."""
    if isinstance(floor, Altitude) and isinstance(ceiling, Altitude):
        if (low := flight_level(floor)) and (high := flight_level(ceiling)):
            return f"{low}–{high}"
        if floor.datum is ceiling.datum:
            return f"{floor.value_mm / 1e3:.0f}–{ceiling.value_mm / 1e3:.0f} m {DATUM[ceiling.datum]}"
        on_ground = floor.datum is Datum.AGL and floor.value_mm == 0
        return f"{'ground' if on_ground else altitude(floor)} to {altitude(ceiling)}"
    if floor is None and ceiling is None:
        return "height limits not stated"
    if floor == "unlimited" and ceiling == "unlimited":
        return "all heights"
    from_words = f"from {altitude(floor)}" if isinstance(floor, Altitude) else limit(floor, upper=False)
    to_words = f"up to {altitude(ceiling)}" if isinstance(ceiling, Altitude) else limit(ceiling, upper=True)
    return f"{from_words}, {to_words}"


def accuracy(sigma_mm: int, *, assumed: bool) -> str:
    """Return a spread as the 95 % radius people expect, saying so where the sensor's default stood in."""
    return f"±{metres(sigma_mm * 2.448 / 1e3)}" + (" (assumed)" if assumed else "")


def number(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: "1 flight", "2 flights"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def probability(ppm: int) -> str:
    """Return a probability as a percentage, never as certain as 0 or 100."""
    if ppm >= 999_500:  # noqa: PLR2004
        return "over 99.9 %"
    return "under 0.1 %" if ppm < 500 else f"{ppm / 1e4:.1f} %"  # noqa: PLR2004
