"""One row a track, for people and as JSON: who it says it is, when it was there, what was found and by which words."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from skykeep.facts.concluded import Trust, VerdictReached
from skykeep.facts.personal import masked
from skykeep.views import words
from skykeep.views.clauses import CLAUSES, sentence
from skykeep.views.findings import SiteAnswer, findings, listed
from skykeep.views.picture import Picture, Track
from skykeep.views.standing import LEFT, gravest, gravity, standings

VerdictName = Literal["not_permitted", "cannot_tell", "permitted", "exempt", "no_rule"]
NONE_HEARD, ERASED = "no identity heard", "erased"


class ZoneAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The gravest answer for a track in one zone."""

    zone_id: str
    zone_version: int | None
    zone_name: str | None
    verdict: VerdictName
    clause: str
    sentence: str
    permit_id: str | None
    missing: tuple[str, ...]
    first_ns: int  # when this was first told
    first_utc: str


class TrackSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One track of a run; times are Unix nanoseconds and UTC text, lengths in metres, margins positive inside."""

    track_id: int
    simulated: bool  # an invented flight: never evidence of a real one
    manned: bool
    established: bool  # more than the few reports that a tentative track has
    identity: str  # masked unless revealed; "erased", or "no identity heard"
    identity_state: Literal["masked", "revealed", "erased", "none_heard"]
    id_kind: str  # in words: "serial", "callsign" ...
    operator: str | None  # masked like the identity
    trust: Literal["signed", "corroborated", "self_declared", "contradicted", "none"]
    trust_words: str
    flags: tuple[str, ...]  # what speaks against the identity, by name
    flags_words: tuple[str, ...]
    first_ns: int
    last_ns: int
    first_utc: str
    last_utc: str
    lost: bool  # nothing was heard of it any more before the record ends
    reports: int
    verdict: VerdictName  # the gravest over its life
    verdict_words: str
    verdict_since_ns: int | None
    verdict_last: VerdictName  # the one that stood when it was last heard
    verdict_last_words: str
    clause: str
    sentence: str
    remedy: str
    zone_id: str | None
    zone_version: int | None
    zone_name: str | None
    permit_id: str | None
    permit_version: int | None
    probability_inside: float | None
    margin_m: float | None  # across, to the zone's border
    margin_height_m: float | None  # up and down, to the zone's nearer limit
    margin_time_s: float | None  # until the ruling zone or permit ends or begins
    missing: tuple[str, ...]  # what would be needed to tell
    law_complete: bool
    coming_zone_id: str | None  # an announced rule that was not yet in force
    coming_zone_name: str | None
    coming_from_utc: str | None
    zones: tuple[ZoneAnswer, ...]  # the gravest answer for each zone that it may have been in
    alarms: int
    incidents: tuple[int, ...]  # that it is part of
    merged_tracks: tuple[int, ...]  # other tracks that turned out to be this aircraft
    existence: float | None  # probability that there is a body; None: the record does not say
    rung: Literal["reported", "suspected", "corroborated", "confirmed", "refuted"] | None  # for people: how sure it is
    rung_words: str
    kind: str | None  # what it likely is: "multirotor", "fixed_wing", "bird", "manned_aircraft", "balloon", "unknown"
    kind_words: str
    kind_probability: float | None
    sensors: tuple[str, ...]  # whose reports made it, those that gave most first
    modalities: tuple[str, ...]  # kinds of sensor that saw it, physically independent of each other
    absent: tuple[str, ...]  # sensors that cover the place and did not see it
    explained: tuple[str, ...]  # harmless things that it may be, in words
    sites: tuple[SiteAnswer, ...]  # protected sites that it came near
    foreseen: tuple[str, ...]  # zones that it would have entered had it gone on, in words
    together_with: tuple[int, ...]  # tracks that moved with it


def rows(picture: Picture, *, reveal: bool = False) -> list[TrackSummary]:
    """Return one row for each aircraft, the gravest first, then by id; `findings.set_aside` says what is left out."""
    found = [row_of(picture, picture.whole(track), reveal=reveal) for track in listed(picture).told]
    return sorted(found, key=lambda row: (-_gravity_of(row), row.track_id))


def _gravity_of(row: TrackSummary) -> int:
    return next(index for index, verdict in enumerate(words.GRAVITY) if verdict.value == row.verdict)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a row, as `skykeep run --json` writes one a line."""
    schema = msgspec.json.schema(TrackSummary)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:skykeep:schema:run-output:1",
        "title": "Skykeep run output",
        "description": "One line of `skykeep run --json`: one track with its verdict.",
    } | schema


def identity(picture: Picture, track: Track, *, reveal: bool) -> tuple[str, str, str]:
    """Return the identity that a track gave, its state and its kind in words; a value is masked unless revealed."""
    told = [each for each in track.identities if each.uas_id is not None or each.session_id is not None]
    if not told:
        return NONE_HEARD, "none_heard", words.ID_KIND["none"]
    last = told[-1]
    kind = "session" if last.uas_id is None else last.id_kind
    value, state = personal(picture, last.uas_id or last.session_id, reveal=reveal)
    return value, state, words.ID_KIND.get(kind, words.shown(kind, 40))


def personal(picture: Picture, pseudonym: str | None, *, reveal: bool) -> tuple[str, str]:
    """Return a personal value and "revealed", its mask and "masked", or "erased" twice."""
    value = picture.name(pseudonym)
    if value is None:
        return ERASED, "erased"
    return (words.shown(value), "revealed") if reveal else (words.shown(masked(value)), "masked")


def row_of(picture: Picture, track: Track, *, reveal: bool) -> TrackSummary:
    """Return the row of one track, whatever it is."""
    value, state, kind = identity(picture, track, reveal=reveal)
    known = track.identities[-1] if track.identities else None
    operator = next((each.operator_id for each in reversed(track.identities) if each.operator_id is not None), None)
    trust = Trust.NONE if known is None else known.trust
    flags = (*(() if known is None else known.flags), *(told.flag for told in track.raised))
    found = findings(picture, track)
    return msgspec.convert(
        {
            "track_id": track.track_id,
            "simulated": track.simulated,
            "manned": track.manned,
            "established": track.established,
            "identity": value,
            "identity_state": state,
            "id_kind": kind,
            "operator": None if operator is None else personal(picture, operator, reveal=reveal)[0],
            "trust": trust.value,
            "trust_words": words.TRUST[trust],
            "flags": flags,
            "flags_words": tuple(words.FLAG.get(flag, words.shown(flag)) for flag in flags),
            "first_ns": track.first_ns,
            "last_ns": track.last_ns,
            "first_utc": words.utc(track.first_ns),
            "last_utc": words.utc(track.last_ns),
            "lost": bool(track.lost) and track.lost[-1].last_heard_ns >= track.last_ns,
            "reports": max((point.reports for point in track.points), default=0),
            "alarms": sum(each.state == "unacknowledged" for each in track.alarms),
            "incidents": picture.incidents_of(track),
            "merged_tracks": tuple(track.merged),
            "zones": tuple(_zone_answers(picture, track)),
            **_verdict(picture, track),
            **{name: getattr(found, name) for name in found.__struct_fields__},
        },
        TrackSummary,
    )


def _verdict(picture: Picture, track: Track) -> dict[str, object]:
    if not track.verdicts:
        return _UNJUDGED
    told = gravest([each for each in track.verdicts if each.clause != LEFT] or track.verdicts)
    stood = standings(track)
    last = stood[-1].gravest if stood else told
    clause = CLAUSES.get(told.clause)
    return {
        "verdict": told.verdict.value,
        "verdict_words": words.VERDICT[told.verdict],
        "verdict_since_ns": next(each.t_ns for each in track.verdicts if each.verdict is told.verdict),
        "verdict_last": last.verdict.value,
        "verdict_last_words": words.VERDICT[last.verdict],
        "clause": told.clause,
        "sentence": sentence(told, picture.zone_name(told.zone_id, told.zone_version)),
        "remedy": "" if clause is None else clause.remedy,
        "zone_id": told.zone_id,
        "zone_version": told.zone_version,
        "zone_name": picture.zone_name(told.zone_id, told.zone_version),
        "permit_id": told.permit_id,
        "permit_version": told.permit_version,
        "probability_inside": None if told.probability_inside_ppm is None else told.probability_inside_ppm / 1e6,
        "margin_m": None if told.margin_mm is None else told.margin_mm / 1e3,
        "margin_height_m": None if told.margin_height_mm is None else told.margin_height_mm / 1e3,
        "margin_time_s": None if told.margin_time_ns is None else told.margin_time_ns / 1e9,
        "missing": told.missing,
        "law_complete": told.law_complete,
        "coming_zone_id": told.coming_zone_id,
        "coming_zone_name": picture.zone_name(told.coming_zone_id),
        "coming_from_utc": None if told.coming_from_ns is None else words.utc(told.coming_from_ns),
    }


# A track that the record ends before judging: nothing is known, and that is what is said.
_UNJUDGED: dict[str, object] = {
    "verdict": "cannot_tell",
    "verdict_words": words.VERDICT[words.GRAVITY[3]],
    "verdict_since_ns": None,
    "verdict_last": "cannot_tell",
    "verdict_last_words": words.VERDICT[words.GRAVITY[3]],
    "clause": "not_judged",
    "sentence": "The record holds no verdict on it.",
    "remedy": "",
    "zone_id": None,
    "zone_version": None,
    "zone_name": None,
    "permit_id": None,
    "permit_version": None,
    "probability_inside": None,
    "margin_m": None,
    "margin_height_m": None,
    "margin_time_s": None,
    "missing": ("a verdict",),
    "law_complete": False,
    "coming_zone_id": None,
    "coming_zone_name": None,
    "coming_from_utc": None,
}


def _zone_answers(picture: Picture, track: Track) -> list[ZoneAnswer]:
    by_zone: dict[str, list[VerdictReached]] = {}
    for told in track.verdicts:
        if told.zone_id is not None and told.clause != LEFT:
            by_zone.setdefault(told.zone_id, []).append(told)
    worst = sorted(
        (gravest(told) for told in by_zone.values()), key=lambda told: (-gravity(told.verdict), told.zone_id)
    )
    return [_zone_answer(picture, told, by_zone[told.zone_id or ""]) for told in worst]


def _zone_answer(picture: Picture, told: VerdictReached, all_told: list[VerdictReached]) -> ZoneAnswer:
    name = picture.zone_name(told.zone_id, told.zone_version)
    first_ns = next(each.t_ns for each in all_told if each.verdict is told.verdict)
    return msgspec.convert(
        {
            "zone_id": told.zone_id,
            "zone_version": told.zone_version,
            "zone_name": name,
            "verdict": told.verdict.value,
            "clause": told.clause,
            "sentence": sentence(told, name),
            "permit_id": told.permit_id,
            "missing": told.missing,
            "first_ns": first_ns,
            "first_utc": words.utc(first_ns),
        },
        ZoneAnswer,
    )
