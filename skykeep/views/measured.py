"""What an incident's tracks say of the propositions of an account, beside what people say of them.

Sensors see bodies and hear radios: how many, of what kind, where, when. Nobody measures an intent, a right, a law or
who was hurt, and the column says so. Whether the record is of the event that the reports speak of is for whoever named
the incident to answer; how far apart in time they are is told.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from skykeep.errors import Refused
from skykeep.facts.accounted import Check, Measured, Proposition, Reading
from skykeep.facts.claimed import Aspect
from skykeep.views import words
from skykeep.views.picture import NO_TRACK, Picture
from skykeep.views.summary import TrackSummary, row_of

NO_RECORD = "no sensor record was given"
ELSEWHEN = "not of this event: the record of the incident does not reach there"
FLYING = re.compile(
    r"\b(drones?|uavs?|uass?|unmanned|quadcopters?|multirotors?|aircraft|planes?|objects?|projectiles?|missiles?|flew|"
    r"flown|fly|flying|hover\w*|attack\w*|strike\w*|raid\w*|incursions?|sightings?)\b",
    re.IGNORECASE,
)
"""Words of a proposition that is about what flies; what has none of them is about people, whom no sensor looks for."""

_NOT_SENSED = {
    Aspect.INTENT: "an intent is not measured by any sensor",
    Aspect.RULE: "a law is not measured; which zones were in force is in the record's own report",
    Aspect.RESPONSE: "what somebody will do or may do is not measured by any sensor",
    Aspect.CASUALTIES: "no sensor here looks for people",
    Aspect.WHO: "who sent an aircraft is not measured by any sensor; what it says of itself is only its own word",
    Aspect.DAMAGE: "sensors tell where a track ends, not why, nor what was damaged",
}
_PURPOSE = re.compile(r"\b(attack|strike|raid|assault|attempt|aimed|target|terror|hostile)", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(night|overnight|morning|noon|midday|afternoon|evening|midnight|dawn|dusk|daylight|hours?|o'clock|a\.?m|p\.?m|utc|"
    r"gmt)\b|\b\d{1,2}[:.]\d{2}\b",
    re.IGNORECASE,
)
_TRACKS_NAMED = 6
_DAY_NS = 86_400_000_000_000
_DAYS_BEFORE, _DAYS_AFTER = -2, 3  # a dateline of another time zone; a report some days late


@dataclasses.dataclass(frozen=True, slots=True)
class Incident:
    """The tracks of some incidents of a record, and when they were there."""

    numbers: tuple[int, ...]
    rows: tuple[TrackSummary, ...]  # by id
    first_ns: int
    last_ns: int
    record: str  # its name, for people
    light: str | None  # "night", "twilight", "daylight" where it was; None: not worked out

    @property
    def tracks(self) -> tuple[int, ...]:
        """Ids of its tracks."""
        return tuple(row.track_id for row in self.rows)

    @property
    def simulated(self) -> bool:
        """Whether any of it was invented."""
        return any(row.simulated for row in self.rows)


def incident(picture: Picture, numbers: Iterable[int], *, record: str) -> Incident:
    """Return the tracks of incidents, with those that moved together with them; raises Refused for none.

    In a record of before there were incidents each alarm is one, under its own number.
    """
    asked = tuple(dict.fromkeys(numbers))
    known = incidents(picture) or alarms(picture)
    missing = [number for number in asked if number not in known]
    if missing or not asked:
        if not known:
            raise Refused(f"{record} holds no incident of any track; is it the record of a watch?")
        there = "; ".join(f"{number}: {told}" for number, (told, _) in sorted(known.items()))
        what = f"has no incident {missing[0]}" if missing else "holds several incidents, name one"
        raise Refused(f"{record} {what}; there are {words.shown(there, 600)}")
    found = sorted({track_id for number in asked for track_id in known[number][1]})
    lives = {picture.heir(picture.tracks[each]).track_id for each in found if each in picture.tracks}
    company = {other for each in sorted(lives) for other in picture.company(each) if other in picture.tracks}
    tracks = [picture.tracks[each] for each in sorted(lives | company)]
    rows = tuple(row_of(picture, picture.whole(track), reveal=False) for track in tracks)
    first, last = min(row.first_ns for row in rows), max(row.last_ns for row in rows)
    return Incident(numbers=asked, rows=rows, first_ns=first, last_ns=last, record=record, light=None)


def incidents(picture: Picture) -> dict[int, tuple[str, tuple[int, ...]]]:
    """Return the incidents of a record by number, those of no track left out: what each is about, and its tracks."""
    found: dict[int, tuple[str, tuple[int, ...]]] = {}
    for number, told in picture.incidents.items():
        if told.track_ids and told.merged_into is None:
            tracks = f"track{'s' * (len(told.track_ids) > 1)} {', '.join(map(str, told.track_ids[:_TRACKS_NAMED]))}"
            found[number] = (f"{words.alarm(told.about)}, {tracks}", told.track_ids)
    return found


def alarms(picture: Picture) -> dict[int, tuple[str, tuple[int, ...]]]:
    """Return the alarms of a record by number: what each is about, in words, and its tracks."""
    found: dict[int, tuple[str, tuple[int, ...]]] = {}
    for track in picture.tracks.values():
        for told in track.alarms:
            if told.track_id != NO_TRACK:
                found[told.alarm_id] = (f"{words.alarm(told.reason)}, track {track.track_id}", (track.track_id,))
    for told in picture.alarms:
        kind, _, number = told.reason.partition(":")
        if kind == "group" and number.isdigit():
            members = [one for moved in picture.groups.get(int(number), []) for one in moved.track_ids]
            found[told.alarm_id] = (words.alarm(told.reason), tuple(dict.fromkeys(members)))
    return {number: about for number, about in found.items() if about[1]}


def measured(propositions: Sequence[Proposition], found: Incident | None) -> tuple[Measured, ...]:
    """Return one reading for each proposition."""
    return tuple(_measured(each, found) for each in propositions)


def _measured(proposition: Proposition, found: Incident | None) -> Measured:
    tracks: tuple[int, ...] = ()
    if (why := _not_sensed(proposition)) is not None:
        reading, told = Reading.NOT_MEASURABLE, why
    elif proposition.scope != "event":
        reading, told = Reading.NOT_COVERED, ELSEWHEN
    elif found is None:
        reading, told = Reading.NOT_COVERED, NO_RECORD
    else:
        reading, told, tracks = Reading.MEASURED, _TOLD[proposition.aspect](found), found.tracks
        if (more := _more_than_sensed(proposition)) is not None:
            reading, told = Reading.NOT_MEASURABLE, f"{more}; beside it: {told}"
    return Measured(proposition_id=proposition.proposition_id, reading=reading, words=told, tracks=tracks)


def _not_sensed(proposition: Proposition) -> str | None:
    """Return why no sensor measures what a proposition is about; None where one could."""
    if proposition.aspect in _NOT_SENSED:
        return _NOT_SENSED[proposition.aspect]
    if proposition.aspect is not Aspect.WHEN and not FLYING.search(proposition.wording):
        return "it is not about what flies, and no sensor here looks for people or things on the ground"
    return None


def _more_than_sensed(proposition: Proposition) -> str | None:
    """Return what a proposition says beyond what sensors see; None where it says no more."""
    if proposition.aspect is Aspect.WHEN and not _CLOCK.search(proposition.wording):
        return "sensors know the time, not what day it is to people"
    if proposition.aspect is not Aspect.WHEN and _PURPOSE.search(proposition.wording):
        return "whether it was an attack, and at what, is not measured: sensors see what flies, not what it is for"
    return None


def _how_many(found: Incident) -> str:
    listed = ", ".join(f"track {row.track_id} ({row.rung_words or 'not said how sure'})" for row in found.rows)
    return f"{words.number(len(found.rows), 'track')}: {listed}"


def _what(found: Incident) -> str:
    return "; ".join(f"track {row.track_id}: {row.kind_words or 'of unknown kind'}" for row in found.rows)


def _where(found: Incident) -> str:
    told = []
    for row in found.rows:
        zones = dict.fromkeys(zone.zone_name or zone.zone_id for zone in row.zones)
        near = [site.sentence for site in row.sites] or [f"in or at {zone}" for zone in zones]
        told.append(f"track {row.track_id}: {'; '.join(near) or 'near no zone and no site of the record'}")
    return ". ".join(told)


def _when(found: Incident) -> str:
    return f"{words.utc(found.first_ns)} to {words.utc(found.last_ns)}{f', {found.light} there' if found.light else ''}"


_TOLD = {Aspect.HOW_MANY: _how_many, Aspect.WHAT: _what, Aspect.WHERE: _where, Aspect.WHEN: _when}


def record_words(found: Incident) -> str:
    """Return what the measured column rests on."""
    numbers = ", ".join(map(str, found.numbers))
    invented = " SIMULATED: its flights are invented." if found.simulated else ""
    return (
        f"record “{words.shown(found.record)}”, incident {numbers}: {words.number(len(found.rows), 'track')}, "
        f"{_when(found)}.{invented} Whoever made this page says that it is the event of the reports; nothing here does."
    )


def record_checks(found: Incident, day_starts_ns: Sequence[tuple[str, int]]) -> tuple[Check, ...]:
    """Return how far in time the record is from the datelines: (name of the source, start of its day in UTC)."""
    return tuple(_dated(found, label, start_ns) for label, start_ns in day_starts_ns)


def _dated(found: Incident, label: str, start_ns: int) -> Check:
    days = (start_ns - found.first_ns) // _DAY_NS
    near = _DAYS_BEFORE <= days <= _DAYS_AFTER
    dateline = f"the dateline of {words.shown(label)} is {words.day(start_ns)}"
    told = f"The incident began at {words.utc(found.first_ns)}; {dateline}"
    more = "within the days in which a report of it would be written" if near else f"{abs(days)} days apart"
    return Check(
        kind="record", outcome="agrees" if near else "differs", words=f"{told}: {more}.", figures=(),
        stated=None, computed=None, unit=None, basis=f"record {words.shown(found.record)}",
    )  # fmt: skip
