"""The page that a notification opens: one incident on a phone, what is to be known of it and two things to do.

It needs no program in the browser: the buttons are forms. Of whom it is about nothing personal stands on it: no serial,
no operator's place. It says for which moment it holds, and loudly where the station does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from typing import cast

import jinja2
import msgspec

from skykeep.facts.alarms import OPEN, SUPPRESSED, WAITING
from skykeep.facts.concluded import Rung, Trust, Verdict, VerdictReached
from skykeep.facts.personal import NameKind
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views import sentences, symbols, words
from skykeep.views.clauses import CLAUSES, sentence
from skykeep.views.livemodels import AlarmNow, HeightNow, IncidentNow, PositionNow, TrackNow, VerdictNow, ZoneNow
from skykeep.views.mapframe import lat_words, lon_words
from skykeep.views.markup import Html
from skykeep.views.style import CSS
from skykeep.web import incident_map, marks, spoken
from skykeep.web.wishes import wishes
from skykeep.web.words import marked, say
from skykeep.web.words import spoken as spoken_words

NOTE_MAX = 2_000
LOG_MAX = 6
TRACKS_MAX = 20
LADDER = (Rung.REPORTED, Rung.SUSPECTED, Rung.CORROBORATED, Rung.CONFIRMED)
ALARM_STATE = {
    "unacknowledged": "Nobody has acknowledged it",
    "acknowledged": "Acknowledged",
    "returned_unacknowledged": "Over by itself, nobody has acknowledged it",
    "normal": "Over",
    "suppressed_by_design": "Not sounding: grouped with others",
    "shelved": "Put aside for a while",
    "out_of_service": "Out of service",
}
LATER = marked("Answered before; an alarm that came later waits for an answer")
DEED = {
    "open": "opened by hand",
    "ack": "acknowledged",
    "note": "note",
    "merge": "merged another into it",
    "hand_over": "handed over",
    "escalate": "escalated",
    "close": "closed",
    "reopen": "opened again",
}
_ABOUT = {"by_hand": marked("Opened by a person")}
STATE = {"open": marked("Open"), "closed": marked("Closed"), "merged": marked("Part of another")}


class Row(msgspec.Struct, frozen=True):
    """One fact in words."""

    name: str
    words: str
    small: str = ""


class Entry(Row, frozen=True):
    """One entry of the log; `moment`: of the past, which it is about."""

    moment: str = ""
    address: str = ""


class Reasoned(msgspec.Struct, frozen=True, kw_only=True):
    """Why a flight is judged as it is, by the gravest verdict that stands; "" where there is none."""

    sentence: str
    clause: str
    basis: str
    missing: str
    remedy: str
    zone: str


class Step(msgspec.Struct, frozen=True):
    """One rung of the ladder."""

    words: str
    reached: bool
    here: bool


class IncidentPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says; `map` and `icon` are markup, everything else is text."""

    incident_id: int
    headline: str
    zone: str
    verdict: str  # of the gravest flight; "" where there is none
    shape: str
    icon: Html
    map: Html
    since: str
    priority: int
    state: str
    state_words: str
    alarm_state: str
    escalation: str
    simulated: bool
    why: str
    clause: str
    basis: str
    missing: str
    remedy: str
    rows: tuple[Row, ...]
    ladder: tuple[Step, ...]
    refuted: bool
    log: tuple[Entry, ...]
    as_of: str
    fresh: bool
    can_acknowledge: bool
    can_note: bool
    seen_ns: int
    station: str
    place: str


def page(  # what a page is made of
    incident: IncidentNow,
    tracks: Sequence[TrackNow],
    zones: Sequence[ZoneNow],
    *,
    waits: bool,
    now_ns: int,
    fresh: bool,
    station: str,
    place: str,
) -> IncidentPage:
    """Return the page of an incident, as whoever asks may see it, with its flights and the zones that rule them.

    `waits`: whether an answer is waited for, see there.
    """
    tracks = sorted(tracks, key=_gravity, reverse=True)
    zones = _ruling(tracks, zones)
    first = tracks[0] if tracks else None
    verdict, why = _gravest(first), reasoned(first, zones)
    shape = symbols.CANNOT_TELL if first is None else incident_map.shape(first)
    return IncidentPage(
        incident_id=incident.incident_id,
        headline=_headline(incident, verdict),
        zone=why.zone,
        verdict="" if verdict is None else verdict.verdict,
        shape=shape,
        icon=symbols.icon(shape, 64),
        map=incident_map.drawn(tracks, zones),
        since=f"{words.clock(incident.opened_ns)} UTC",
        priority=incident.priority,
        state=incident.state,
        state_words=say(STATE.get(incident.state, incident.state)),
        alarm_state=say(
            LATER if later(incident, waits=waits) else ALARM_STATE.get(incident.alarm_state, incident.alarm_state)
        ),
        escalation=_escalation(incident),
        simulated=any(each.position is not None and each.position.simulated for each in tracks),
        why=why.sentence,
        clause=why.clause,
        basis=why.basis,
        missing=why.missing,
        remedy=why.remedy,
        rows=tuple(_rows(incident, tracks)),
        ladder=ladder(incident.rung),
        refuted=incident.rung == Rung.REFUTED.value,
        log=_log(incident),
        as_of=words.utc(now_ns),
        fresh=fresh,
        can_acknowledge=waits,
        can_note=incident.state in {"open", "closed"},
        seen_ns=incident.t_ns,
        station=station,
        place=place,
    )


def waits(incident: IncidentNow, alarm: Callable[[int], AlarmNow | None]) -> bool:
    """Whether an answer is waited for: to an incident, or to an alarm that joined after it was answered.

    `alarm` gives the alarms in it by their numbers.
    """
    if incident.state != OPEN or incident.alarm_state in {SUPPRESSED, *WAITING}:
        return incident.state == OPEN and incident.alarm_state != SUPPRESSED
    return any(each is not None and each.state in WAITING for each in map(alarm, incident.alarm_ids))


def later(incident: IncidentNow, *, waits: bool) -> bool:
    """Whether it was answered, and what waits for an answer joined after that."""
    return waits and incident.alarm_state not in WAITING


def reasoned(track: TrackNow | None, zones: Sequence[ZoneNow]) -> Reasoned:
    """Return why a flight is judged as it is, in words."""
    verdict = _gravest(track)
    if verdict is None:
        return Reasoned(sentence="", clause="", basis="", missing="", remedy="", zone="")
    zone, clause = _zone(verdict, zones), CLAUSES.get(verdict.clause)
    name, law = zone.name if zone is not None else verdict.zone_id, spoken_words().law
    return Reasoned(
        sentence=sentence(cast("VerdictReached", verdict), name, law),  # it has those fields too
        clause=verdict.clause,
        basis=_basis(verdict, zone),
        missing=", ".join(sentences.needed(each, law) for each in verdict.missing),
        remedy="" if clause is None else law(clause.remedy),
        zone=words.shown(name or "", 80),
    )


def render(shown: IncidentPage, *, nonce: str, key: str, said: str = "", person: str = "") -> str:
    """Return the page as HTML; `key`: idempotency of its forms, `said`: what became of the last one."""
    wished = wishes()
    theme = "" if wished.theme == "system" else wished.theme
    return _template.render(
        page=shown, nonce=nonce, key=key, said=said, person=person, css=CSS, note_max=NOTE_MAX, lang=wished.language,
        theme=theme,
    )


_template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True).from_string(
    resources.files("skykeep.web").joinpath("templates/incident.html").read_text("utf-8"), {"_": say}
)


def _gravity(track: TrackNow) -> int:
    return -1 if track.verdict is None else words.GRAVITY.index(Verdict(track.verdict))


def _gravest(track: TrackNow | None) -> VerdictNow | None:
    if track is None or not track.verdicts:
        return None
    return max(track.verdicts, key=lambda each: (words.GRAVITY.index(Verdict(each.verdict)), each.t_ns))


def _zone(verdict: VerdictNow | None, zones: Sequence[ZoneNow]) -> ZoneNow | None:
    if verdict is None:
        return None
    wanted = verdict.zone_id, verdict.zone_version
    return next((each for each in zones if (each.zone_id, each.version) == wanted), None)


def _headline(incident: IncidentNow, verdict: VerdictNow | None) -> str:
    if verdict is not None and incident.about == "not_permitted":
        return say(words.VERDICT[Verdict(verdict.verdict)]).upper()
    said = say(_ABOUT.get(incident.about, "")) or spoken.alarm(incident.about)
    return spoken.capital(said) if said else say("Incident")


def _escalation(incident: IncidentNow) -> str:
    said = [say("Escalated {n}×", n=incident.escalation)] if incident.escalation else []
    if incident.state == "open" and incident.escalates_ns is not None:
        at = f"{words.clock(incident.escalates_ns)} UTC"
        said.append(say("again at {time}", time=at) if said else say("Escalates at {time}", time=at))
    return ", ".join(said)


def _basis(verdict: VerdictNow | None, zone: ZoneNow | None) -> str:
    if verdict is None or verdict.zone_id is None:
        return ""
    name = words.shown(verdict.zone_id, 60)
    if verdict.zone_version is None:
        said = [say("zone {name}", name=name)]
    else:
        said = [say("zone {name} version {n}", name=name, n=verdict.zone_version)]
    if zone is not None:
        said += [words.shown(each, 120) for each in (zone.legal_basis, zone.issuing_body) if each]
    return ", ".join(said)


def _rows(incident: IncidentNow, tracks: Sequence[TrackNow]) -> list[Row]:
    rows = [Row(say("Since"), f"{words.clock(incident.opened_ns)} UTC", spoken.day(incident.opened_ns))]
    if incident.merged_into is not None:
        rows.append(Row(say("Now part of"), say("incident {n}", n=incident.merged_into)))
    first = tracks[0] if tracks else None
    at = None if first is None else first.position
    rows += [Row(say("Where"), say("no place known any more"))] if at is None else _place(at)
    if len(incident.track_ids) > 1:
        rows.append(Row(say("Flights"), str(len(incident.track_ids)), say("the gravest is shown")))
    if first is not None:
        rows += about(first)
    hidden = say(
        "A drone may say where its operator is, unverified. Whoever may see it gives a reason, which is recorded."
    )
    return [*rows, Row(say("Operator"), say("hidden here"), hidden)]


def _place(at: PositionNow) -> list[Row]:
    spread = spoken.accuracy(at.pos_sigma_mm, assumed=at.pos_assumed)
    where = f"{lat_words(at.lat_e7 / 1e7, 5)}, {lon_words(at.lon_e7 / 1e7, 5)}"
    rows = [Row(say("Where"), where, f"{spread}, {say('as of')} {words.clock(at.t_ns)} UTC")]
    heights = [_height(each) for each in (at.height, at.altitude) if each is not None]
    if not heights and at.alt_hae_mm is not None:
        heights = [spoken.altitude(Altitude(at.alt_hae_mm, Datum.HAE))]
    rows.append(Row(say("Height"), heights[0] if heights else say("not known"), ", ".join(heights[1:])))
    speed_mps = (at.vel_east_mmps**2 + at.vel_north_mmps**2) ** 0.5 / 1e3
    rows.append(Row(say("Speed"), say("standing") if speed_mps < 0.5 else spoken.speed(speed_mps)))  # noqa: PLR2004  # as on maps
    return rows


def _height(height: HeightNow) -> str:
    return spoken.altitude(Altitude(height.value_mm, Datum(height.datum)))


def about(track: TrackNow) -> list[Row]:
    """Return what is known of a flight besides its place."""
    rows = []
    if track.lost_ns is not None:
        rows.append(Row(say("Lost"), f"{words.clock(track.lost_ns)} UTC", say("nothing was heard of it since")))
    if track.likely:
        rows.append(Row(say("Likely"), say(words.CLASS.get(track.likely[0].name, "of unknown kind"))))
    if track.rung is not None:
        seen = ", ".join(say(words.MODALITY.get(each, words.shown(each, 30))) for each in track.rung.modalities)
        absent = ", ".join(words.shown(each, 40) for each in track.rung.absent)
        rows.append(
            Row(
                say("Seen by"),
                seen or say("nobody"),
                say("not by {names}, though covered", names=absent) if absent else "",
            )
        )
        may = [say("may be {what}", what=say(words.EXPLAINED.get(kind, kind))) for kind, _, _ in track.rung.explained]
        rows += [Row(say("But"), ", ".join(may))] if may else []
    trust = Trust.NONE if track.identity is None else Trust(track.identity.trust)
    flags = () if track.identity is None else track.identity.flags
    said = "; ".join(say(words.FLAG.get(each, words.shown(each))) for each in flags)
    return [*rows, Row(say("Identity"), say(words.TRUST[trust]), said)]


def _readable(value: str) -> str:
    """Return what a person may read; a pseudonym that stands for what they may not see is nothing."""
    return "" if value.startswith(_PSEUDONYMS) else value


_PSEUDONYMS = tuple(f"{kind.value}:" for kind in NameKind)


def _ruling(tracks: Sequence[TrackNow], zones: Sequence[ZoneNow]) -> list[ZoneNow]:
    named = {(each.zone_id, each.zone_version) for track in tracks for each in track.verdicts}
    return [each for each in zones if (each.zone_id, each.version) in named]


def ladder(rung: str | None) -> tuple[Step, ...]:
    """Return how far anyone can say that something flies there, rung by rung."""
    names = [each.value for each in LADDER]
    at = names.index(rung) if rung in names else -1
    return tuple(
        Step(say(words.RUNG[each]), reached=place <= at, here=place == at) for place, each in enumerate(LADDER)
    )


def _log(incident: IncidentNow) -> tuple[Entry, ...]:
    rows = []
    for act in incident.acts[-LOG_MAX:]:
        who, said = _readable(act.person) or say("an officer"), _readable(act.words)
        what = say(DEED.get(act.deed, act.deed))
        moment = address = ""
        if act.deed == marks.NOTE and (mark := marks.read(said)) is not None:
            t_ms, said = mark
            moment, address = words.utc(t_ms * marks.MS), marks.address(incident.incident_id, t_ms)
        name, did = f"{words.clock(act.t_ns)} UTC", f"{words.shown(who, 60)}: {what}"
        rows.append(Entry(name, did, words.shown(said, 400), moment, address))
    return tuple(reversed(rows))
