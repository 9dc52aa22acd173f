"""Why a track got its verdicts: the facts that bound its identity, the clauses that decided, what was considered."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.concluded import FactRef, TrackEstimated, TrackIdentified, VerdictReached
from skykeep.facts.enacted import PermitEnacted
from skykeep.facts.observed import (
    AircraftHeard,
    BasicIdHeard,
    Heard,
    LocationHeard,
    OperatorIdHeard,
    PositionReported,
    PresenceReported,
    ScanReported,
)
from skykeep.views import trailtext, words
from skykeep.views.clauses import COMPLETE, NOT_COMPLETE, sentence, zone_words
from skykeep.views.findings import approach_words
from skykeep.views.picture import Picture, SeenTick, Track, fold
from skykeep.views.summary import TrackSummary, personal, row_of
from skykeep.views.trail import Trail, as_plain

REPORTS_KEPT = 64  # a radio; a verdict is moved by one of its latest reports
_SOURCES_MAX = 4  # surfaces and pressures named one by one
IDENTITIES_MAX = 12  # the last ones, told one by one
PERMITS_MAX = 5  # that have nothing to do with the track, told one by one
EVIDENCE_MAX = 6  # facts named behind one flag
TRACKS_NAMED = 20  # in the message about a track that is not there


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading and its lines."""

    heading: str
    lines: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that stands behind the verdicts on one track."""

    summary: TrackSummary
    at_ns: int | None  # explained as of this time; None: the whole record
    sections: tuple[Section, ...]
    identities: tuple[TrackIdentified, ...]
    verdicts: tuple[VerdictReached, ...]
    facts: tuple[tuple[FactRef, object], ...]  # the observations that these name, pseudonyms in place of persons
    picture: Picture  # of the record up to then, with this one track
    trail: Trail | None  # what a replay saw of it; None: nothing was replayed


def explain(
    ticks: Iterable[SeenTick],
    track_id: int,
    *,
    at_ns: int | None = None,
    reveal: bool = False,
    trail: Trail | None = None,
) -> Explanation:
    """Explain one track from the record, as it stood at `at_ns`; Refused where there is no such track.

    A `trail` is filled by whoever replays the ticks while they are taken from it.
    """
    heard = _Heard()
    picture = fold(heard.listen(ticks, track_id, at_ns))
    if track_id not in picture.tracks:
        raise Refused(_not_there(picture, track_id, at_ns))
    heir = picture.heir(picture.tracks[track_id]).track_id
    if heir != track_id:
        raise Refused(f"track {track_id} turned out to be the same aircraft as track {heir}: explain that one")
    whole = picture.whole(picture.tracks[track_id])
    rivals = _rivals(picture, whole)
    picture.tracks = {track_id: whole}
    summary = row_of(picture, whole, reveal=reveal)
    writer = _Writer(picture, whole, heard.kept, reveal=reveal)
    sections = (
        Section(heading=f"Track {track_id}", lines=tuple(writer.head(summary, trail))),
        Section(heading="Why it exists", lines=tuple(trailtext.existence(picture, whole, trail))),
        Section(heading="What fed it", lines=tuple(trailtext.fed(picture, whole, trail))),
        Section(heading="Considered and not taken", lines=tuple(trailtext.not_taken(picture, trail))),
        Section(heading="How its identity was bound", lines=tuple(writer.identities(trail, rivals))),
        Section(heading="What speaks against it", lines=tuple(writer.against(trail))),
        Section(heading="What it is", lines=tuple(trailtext.kinds(whole, trail))),
        Section(heading="Verdicts, in order", lines=tuple(writer.verdicts())),
        Section(heading="What it neared", lines=tuple(writer.neared())),
        Section(heading="Permits in the record", lines=tuple(writer.permits())),
        Section(heading="Law in force", lines=tuple(writer.law())),
        Section(heading="Alarms", lines=tuple(writer.alarms())),
        Section(heading="Check it yourself", lines=CHECK),
    )
    return Explanation(
        summary=summary,
        at_ns=at_ns,
        sections=tuple(section for section in sections if section.lines),
        identities=tuple(whole.identities),
        verdicts=tuple(whole.verdicts),
        facts=tuple(sorted(heard.kept.items(), key=lambda item: (item[0].tick, item[0].index))),
        picture=picture,
        trail=trail,
    )


def _rivals(picture: Picture, track: Track) -> list[int]:
    """Return the other tracks that gave an identity which this one gave, and did not turn out to be it."""
    gave = {told.uas_id for told in track.identities if told.uas_id is not None}
    own = {track.track_id, *track.merged}
    return sorted(
        other.track_id
        for other in picture.tracks.values()
        if other.track_id not in own and any(told.uas_id in gave for told in other.identities)
    )


CHECK = (
    "skykeep replay RECORD            recomputes every conclusion from the observations and compares",
    "skykeep verify RECORD --key KEY  shows that nothing was changed since the checkpoint was signed",
    "Unchanged is not the same as true: a sensor can err, and what a drone broadcasts of itself is a claim.",
    "A verdict is what the rules given say about what the sensors told. A person decides.",
)


def to_text(explanation: Explanation) -> str:
    """Return an explanation as plain text."""
    blocks = [
        "\n".join([section.heading, *(f"  {line}" for line in section.lines)]) for section in explanation.sections
    ]
    return "\n\n".join(blocks)


def to_json(explanation: Explanation) -> bytes:
    """Return an explanation as one JSON object; facts have the form of `skykeep decode --json`."""
    return msgspec.json.encode(
        {
            "track_id": explanation.summary.track_id,
            "at_ns": explanation.at_ns,
            "summary": explanation.summary,
            "sections": explanation.sections,
            "identities": [codec.to_plain(each) for each in explanation.identities],
            "verdicts": [codec.to_plain(each) for each in explanation.verdicts],
            "trail": None if explanation.trail is None else as_plain(explanation.trail),
            "facts": [
                {"tick": ref.tick, "index": ref.index, **codec.to_plain(fact)} for ref, fact in explanation.facts
            ],
        }
    )


def _not_there(picture: Picture, track_id: int, at_ns: int | None) -> str:
    there = sorted(track.track_id for track in picture.lives())
    when = "" if at_ns is None else f" up to {words.utc(at_ns)}"
    if not there:
        return f"there is no track {track_id}: the record holds no tracks{when}"
    named = ", ".join(str(each) for each in there[:TRACKS_NAMED])
    more = f" and {len(there) - TRACKS_NAMED} more" if len(there) > TRACKS_NAMED else ""
    return f"there is no track {track_id} in the record{when}; there are {named}{more}"


_NAMING = (BasicIdHeard, OperatorIdHeard, PresenceReported)
_POSITIONED = (LocationHeard, AircraftHeard, PositionReported)


class _Heard:
    """Listens to a record as it goes by, and keeps the observations that one track's conclusions name."""

    def __init__(self) -> None:
        self.kept: dict[FactRef, object] = {}
        self._recent: dict[str, deque[tuple[FactRef, Heard]]] = {}
        self._naming: dict[tuple[str, type], list[tuple[FactRef, Heard]]] = {}
        self._told_as: dict[tuple[str, type], object] = {}

    def listen(self, ticks: Iterable[SeenTick], track_id: int, at_ns: int | None) -> Iterator[SeenTick]:
        """Pass the ticks on, up to `at_ns`."""
        mine = {track_id}
        for tick in ticks:
            if at_ns is not None and tick.now_ns > at_ns:
                return
            for index, fact in enumerate(tick.facts):
                if isinstance(fact, Heard):
                    self._hear(FactRef(tick.tick, index), fact)
            for told in tick.concluded:
                if getattr(told, "into_track_id", None) in mine:
                    mine.add(getattr(told, "track_id", track_id))
                if getattr(told, "track_id", None) in mine and not isinstance(told, TrackEstimated):
                    self._keep(getattr(told, "evidence", ()))
            yield tick

    def _hear(self, ref: FactRef, fact: Heard) -> None:
        if isinstance(fact, (*_POSITIONED, ScanReported)):
            key = fact.sensor_id if isinstance(fact, ScanReported) else fact.transmitter
            self._recent.setdefault(key, deque(maxlen=REPORTS_KEPT)).append((ref, fact))
        if isinstance(fact, (*_NAMING, AircraftHeard, PositionReported)):
            named, says = (fact.transmitter, type(fact)), _says(fact)
            if self._told_as.get(named) != says:
                self._told_as[named] = says
                self._naming.setdefault(named, []).append((ref, fact))

    def _keep(self, evidence: object) -> None:
        refs = evidence if isinstance(evidence, tuple) else (evidence,)
        wanted = {ref for ref in refs if isinstance(ref, FactRef)} - self.kept.keys()
        if not wanted:
            return
        for heard in (*self._recent.values(), *self._naming.values()):
            self.kept |= {ref: fact for ref, fact in heard if ref in wanted}


def _says(fact: Heard) -> tuple[object, ...]:
    names = ("id_kind", "uas_id", "operator_id", "callsign")
    return tuple(getattr(fact, name, None) for name in names)


class _Writer:
    """Puts one track into words."""

    def __init__(self, picture: Picture, track: Track, facts: dict[FactRef, object], *, reveal: bool) -> None:
        self._picture, self._track, self._facts, self._reveal = picture, track, facts, reveal

    def head(self, row: TrackSummary, trail: Trail | None) -> Iterator[str]:
        if row.simulated:
            yield "SIMULATED: an invented flight, never evidence of a real one."
        yield f"{row.verdict_words.upper()} – {row.sentence}"
        if row.verdict_last != row.verdict:
            yield f"When it was last heard: {row.verdict_last_words}."
        reports = words.number(row.reports, "report")
        yield f"Seen {words.period(row.first_ns, row.last_ns)} (local time unknown), {reports}."
        if not row.established:
            yield "Tentative: too little was heard to be sure that it is one aircraft; it raises no alarm."
        held = [text for text in (row.rung_words, row.kind_words) if text]
        if held:
            yield f"Held to be {', '.join(held)}."
        made = {} if trail is None else dict.fromkeys(words.shown(seen.sensor_id, 60) for seen in trail.used)
        if made or row.sensors:
            yield f"By {', '.join(made or row.sensors)}."
        if row.merged_tracks:
            yield f"Told together with track {', '.join(map(str, row.merged_tracks))}: found to be the same aircraft."

    # Identity

    def identities(self, trail: Trail | None, rivals: Sequence[int]) -> Iterator[str]:
        told = self._track.identities
        if not told or all(each.uas_id is None and each.session_id is None for each in told):
            yield "It gave no identity that was heard."
        said = [each for each in told if each.uas_id is not None or each.session_id is not None or each.flags]
        for each in said[-IDENTITIES_MAX:]:
            yield f"{words.utc(each.t_ns)}: {'; '.join(self._identity(each))}"
            for ref in each.evidence[:EVIDENCE_MAX]:
                yield f"  by {self._fact(ref)}"
        if len(said) > IDENTITIES_MAX:
            yield f"{len(said) - IDENTITIES_MAX} earlier changes of its identity are in the record."
        if rivals:
            more = f" and {len(rivals) - TRACKS_NAMED} more" if len(rivals) > TRACKS_NAMED else ""
            yield f"The same identity is given by track {', '.join(map(str, rivals[:TRACKS_NAMED]))}{more} too."
        gave = {
            each.transmitter: f", which gives {self._person(each.uas_id)}," for each in told if each.uas_id is not None
        }
        yield from trailtext.bound(trail, gave)

    def against(self, trail: Trail | None) -> Iterator[str]:
        for told in self._track.flags:
            yield trailtext.flag(told)
            for ref in told.evidence[:EVIDENCE_MAX]:
                yield f"  by {self._fact(ref)}"
        yield from trailtext.weighed(trail)

    def neared(self) -> Iterator[str]:
        for told in self._track.approaches:
            site = self._picture.sites.get(told.site_id)
            name = words.shown(told.site_id if site is None else site.name or site.site_id, 80)
            yield f"{words.utc(told.t_ns)}: {approach_words(told, name)}"
        for entry in self._track.entries:
            name = words.shown(self._picture.zone_name(entry.zone_id, entry.zone_version) or entry.zone_id, 80)
            when = "no longer foreseen" if entry.entry_ns is None else f"foreseen for {words.clock(entry.entry_ns)}"
            yield f"{words.utc(entry.t_ns)}: entry into {name} {when}"
        together = self._picture.company(self._track.track_id)
        if together:
            yield f"It moved together with track {', '.join(map(str, together[:TRACKS_NAMED]))}."

    def _identity(self, told: TrackIdentified) -> Iterator[str]:
        if told.uas_id is not None:
            yield f"{words.ID_KIND.get(told.id_kind, words.shown(told.id_kind, 40))} {self._person(told.uas_id)}"
        if told.session_id is not None:
            yield f"session id {self._person(told.session_id)}"
        if told.operator_id is not None:
            yield f"operator {self._person(told.operator_id)}"
        yield words.TRUST[told.trust]
        if told.manned:
            yield "reported as manned"
        for flag in told.flags:
            yield words.FLAG.get(flag, words.shown(flag))

    def _person(self, pseudonym: str | None) -> str:
        return personal(self._picture, pseudonym, reveal=self._reveal)[0]

    # Facts

    def _fact(self, ref: FactRef) -> str:
        fact = self._facts.get(ref)
        where = f"tick {ref.tick}, fact {ref.index}"
        if not isinstance(fact, Heard):
            return f"{where} (not held any more, or no observation)"
        kind = str(type(fact).__struct_config__.tag).removeprefix("observed.")
        said = "; ".join(self._said(fact))
        return f"{where}: {kind} from sensor {words.shown(fact.sensor_id, 60)} at {words.utc(fact.t_event_ns)}" + (
            f": {said}" if said else ""
        )

    def _said(self, fact: Heard) -> Iterator[str]:
        if isinstance(fact, ScanReported):
            yield words.number(fact.plots, "plot")
        for name in ("uas_id", "operator_id", "callsign"):
            pseudonym = getattr(fact, name, None)
            if pseudonym is not None:
                yield f"{_FIELD[name]} {self._person(pseudonym)}"
        if isinstance(fact, _POSITIONED) and fact.lat_e7 is not None and fact.lon_e7 is not None:
            yield f"at {fact.lat_e7 / 1e7:.5f}, {fact.lon_e7 / 1e7:.5f}"
            yield from _heights(fact)
            yield f"±{words.metres(fact.pos_accuracy_mm / 1e3)}" if fact.pos_accuracy_mm else "accuracy not stated"

    # Verdicts

    def verdicts(self) -> Iterator[str]:
        if not self._track.verdicts:
            yield "No verdict was reached."
        for same in _runs(self._track.verdicts):
            told = same[0]
            name = self._picture.zone_name(told.zone_id, told.zone_version)
            yield f"{words.utc(told.t_ns)}: {words.VERDICT[told.verdict].upper()} [{words.shown(told.clause, 60)}]"
            yield f"  {sentence(told, name)}"
            for line in self._details(told):
                yield f"  {line}"
            if len(same) > 1:
                last = "; ".join(
                    [words.utc(same[-1].t_ns), *_margins(same[-1]), f"identity: {words.TRUST[same[-1].trust]}"]
                )
                yield f"  told again {words.number(len(same) - 1, 'time')}, last {last}"

    def _details(self, told: VerdictReached) -> Iterator[str]:
        if told.zone_id is not None:
            version = "" if told.zone_version is None else f" version {told.zone_version}"
            yield f"zone: {words.shown(told.zone_id)}{version}"
        if told.permit_id is not None:
            yield f"permit: {words.shown(told.permit_id)} version {told.permit_version}"
        if told.probability_inside_ppm is not None:
            yield f"probability of being inside: {words.probability(told.probability_inside_ppm)}"
        yield from _margins(told)
        if told.missing:
            yield f"missing to tell: {', '.join(words.shown(each) for each in told.missing)}"
        yield f"identity: {words.TRUST[told.trust]}"
        if told.coming_zone_id is not None:
            coming = zone_words(told.coming_zone_id, self._picture.zone_name(told.coming_zone_id))
            since = "" if told.coming_from_ns is None else f", in force from {words.utc(told.coming_from_ns)}"
            yield f"coming, not yet in force: {coming}{since}"
        yield f"moved by {self._fact(told.evidence)}"

    # Law

    def permits(self) -> Iterator[str]:
        if not self._picture.permits:
            yield "The record holds no permits."
        listed = [permit for _, permit in sorted(self._picture.permits.items())]
        others = [permit for permit in listed if not self._concerns(permit)]
        for permit in listed:
            if permit not in others[PERMITS_MAX:]:
                said = "; ".join(self._permit(permit))
                yield f"{words.shown(permit.permit_id)} version {permit.version}: {said}"
        if len(others) > PERMITS_MAX:
            yield f"{words.number(len(others) - PERMITS_MAX, 'permit')} more have nothing to do with it."

    def _concerns(self, permit: PermitEnacted) -> bool:
        return self._gave() & {*permit.aircraft, *permit.operators, *permit.sessions} != set() or any(
            told.permit_id == permit.permit_id for told in self._track.verdicts
        )

    def _gave(self) -> set[str]:
        gave = [(told.uas_id, told.session_id, told.operator_id) for told in self._track.identities]
        return {name for each in gave for name in each if name is not None}

    def _permit(self, permit: PermitEnacted) -> Iterator[str]:
        yield self._for_whom(permit)
        for part in permit.volumes[:4]:
            yield f"{words.period(part.start_ns, part.end_ns)}, {words.heights(part.volume)}"
        if permit.zones:
            yield f"lifts {', '.join(words.shown(pin.zone_id) for pin in permit.zones)}"
        revoked = self._picture.revocations.get(permit.permit_id)
        if revoked is not None:
            yield f"REVOKED {words.utc(revoked.t_ns)} ({words.shown(revoked.reason)})"
        if any(told.permit_id == permit.permit_id for told in self._track.verdicts):
            yield "named in a verdict on this track"

    def _for_whom(self, permit: PermitEnacted) -> str:
        ids = self._gave()
        state = "standing permit for state flights, " if permit.state_flight else ""
        if ids & {*permit.aircraft, *permit.operators, *permit.sessions}:
            return f"{state}names an identity that this track gave"
        return f"{state}names others" if ids else f"{state}this track gave no identity to compare"

    def law(self) -> Iterator[str]:
        complete = self._picture.law_complete
        yield COMPLETE if complete else NOT_COMPLETE
        named = {told.zone_id for told in self._track.verdicts} | {told.coming_zone_id for told in self._track.verdicts}
        zones = [zone for _, zone in sorted(self._picture.zones.items()) if zone.zone_id in named]
        for zone in zones:
            band = "; ".join(words.heights(volume) for volume in zone.volumes[:4])
            when = (
                "; ".join(interval(part.start_ns, part.end_ns) for part in (zone.applicability or ())[:4])
                or "permanent"
            )
            which = f"{words.shown(zone.name)} ({words.shown(zone.zone_id)} version {zone.version})"
            yield f"{words.RULE[zone.rule]} {which}: {band}; {when}"
            withdrawn = self._picture.withdrawals.get(zone.zone_id)
            if withdrawn is not None:
                yield f"  withdrawn {words.utc(withdrawn.t_ns)}: {words.shown(withdrawn.reason)}"
        others = len(self._picture.zones) - len(zones)
        if others:
            yield f"{words.number(others, 'other zone')} in the record did not reach it."
        yield from self._levels()

    def _levels(self) -> Iterator[str]:
        """Say what heights above different things could be compared by."""
        for kind in ("geoid", "terrain"):
            sources: dict[str, int] = {}
            for surface in self._picture.surfaces:
                if surface.kind == kind:
                    sources[surface.source] = max(surface.sigma_mm, sources.get(surface.source, 0))
            for source, sigma_mm in list(sources.items())[:_SOURCES_MAX]:
                yield f"Heights are compared by {kind} {words.shown(source, 60)}, ±{words.metres(sigma_mm * 1.96e-3)}."
            if len(sources) > _SOURCES_MAX:
                yield f"Heights are compared by {kind} of {len(sources) - _SOURCES_MAX} files more."
        for pressure in self._picture.pressures[-_SOURCES_MAX:]:
            yield f"Heights are compared by air pressure (QNH) {pressure.qnh_pa / 100:g} hPa."

    def alarms(self) -> Iterator[str]:
        for told in self._track.alarms:
            reason = words.alarm(told.reason)
            state = words.shown(told.state)
            yield f"{words.utc(told.t_ns)}: alarm {told.alarm_id}, priority {told.priority}, {reason}: {state}"


def _runs(verdicts: Sequence[VerdictReached]) -> list[list[VerdictReached]]:
    """Return the verdicts with those that only tell the same again put together."""
    found: list[list[VerdictReached]] = []
    standing: dict[str | None, list[VerdictReached]] = {}
    for told in verdicts:
        before = standing.get(told.zone_id)
        if before is not None and _says_the_same(before[-1], told):
            before.append(told)
            continue
        standing = {zone_id: same for zone_id, same in standing.items() if (zone_id is None) == (told.zone_id is None)}
        standing[told.zone_id] = [told]
        found.append(standing[told.zone_id])
    return found


def _says_the_same(one: VerdictReached, other: VerdictReached) -> bool:
    names = ("verdict", "clause", "zone_version", "permit_id", "permit_version", "missing", "coming_zone_id")
    return all(getattr(one, name) == getattr(other, name) for name in names)


_FIELD = {"uas_id": "gives id", "operator_id": "gives operator", "callsign": "gives callsign"}


def _heights(fact: LocationHeard | AircraftHeard | PositionReported) -> Iterator[str]:
    for name in ("altitude", "pressure_altitude", "height"):
        value = getattr(fact, name, None)
        if value is not None:
            yield words.altitude(value)


def _margins(told: VerdictReached) -> Iterator[str]:
    if told.margin_mm is not None:
        side = "inside" if told.margin_mm >= 0 else "outside"
        yield f"margin across: {words.metres(abs(told.margin_mm) / 1e3)} {side} the zone's border"
    if told.margin_height_mm is not None:
        side = "inside" if told.margin_height_mm >= 0 else "outside"
        yield f"margin in height: {words.metres(abs(told.margin_height_mm) / 1e3)} {side} the zone's limits"
    elif told.clause.endswith("height_unknown"):
        yield "margin in height: cannot be compared"
    if told.margin_time_ns is not None:
        yield f"margin in time: {words.duration(told.margin_time_ns)} until the ruling zone or permit changes"


def interval(start_ns: int | None, end_ns: int | None) -> str:
    """Return an interval in words, open where it is."""
    if start_ns is None:
        return "permanent" if end_ns is None else f"until {words.utc(end_ns)}"
    return f"from {words.utc(start_ns)}" if end_ns is None else words.period(start_ns, end_ns)
