"""The live table of tracks: what is concluded of each, from its first estimate until 120 s after it was lost."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from skykeep.facts.concluded import (
    ApproachSeen,
    EntryForeseen,
    ExistenceMoved,
    FactRef,
    GroupMoved,
    PresenceHeld,
    TrackClassified,
    TrackEstimated,
    TrackFlagged,
    TrackIdentified,
    TrackLost,
    TrackMerged,
    TracksEstimated,
    VerdictReached,
)
from skykeep.views.livechanges import Changes, Recall
from skykeep.views.livemodels import (
    ApproachNow,
    ClassNow,
    EntryNow,
    FactAt,
    FlagNow,
    GroupNow,
    IdentityNow,
    PresenceNow,
    RungNow,
    TrackNow,
    VerdictNow,
)
from skykeep.views.livepositions import AT, LOST, Positions
from skykeep.views.words import GRAVITY

LEFT = "left_zone"
LEAVES_AFTER_NS = 120_000_000_000
"""How long a lost track, or a presence that is over, stays in the live table."""
_GRAVITY = {verdict.value: number for number, verdict in enumerate(GRAVITY)}


class Tracks:
    """Live tracks, presences and groups, by id."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall
        self.positions = Positions()
        self.live: dict[int, TrackNow] = {}
        self.presences: dict[int, PresenceNow] = {}
        self.groups: dict[int, GroupNow] = {}
        self._lost: dict[int, int] = {}  # track to when it leaves
        self._over: dict[int, int] = {}  # presence to when it leaves

    def one(self, track_id: int) -> TrackNow | None:
        """Return a live track with its position; a copy, so that it stays as it was."""
        found = self.live.get(track_id)
        return None if found is None else msgspec.structs.replace(found, position=self.positions.one(track_id))

    def last(self, track_id: int) -> TrackNow | None:
        """Return a track as it was last, with its position, also one that left; None where there is none any more."""
        found = self.one(track_id) or self._recall("track", str(track_id))
        return found if isinstance(found, TrackNow) else None

    def restore(self, kept: TrackNow | PresenceNow | GroupNow) -> None:
        """Take in what was live when it was kept."""
        if isinstance(kept, TrackNow):
            self.live[kept.track_id] = kept
            if kept.lost_ns is not None:
                self._lost[kept.track_id] = kept.lost_ns + LEAVES_AFTER_NS
        elif isinstance(kept, PresenceNow):
            self.presences[kept.presence_id] = kept
            if not kept.holds:
                self._over[kept.presence_id] = kept.t_ns + LEAVES_AFTER_NS
        elif kept.track_ids:
            self.groups[kept.group_id] = kept

    def touch(self, track_id: int, changes: Changes) -> TrackNow:
        """Return a track to be changed, one that left among them, and note that it was."""
        found = self.touch_known(track_id, changes)
        if found is None:
            at = changes.at
            found = self.live[track_id] = TrackNow(
                track_id=track_id, entry_index=at.entry_index, began_ns=at.now_ns, t_ns=at.now_ns
            )
            changes.put("track", track_id, found)
        return found

    def touch_known(self, track_id: int, changes: Changes) -> TrackNow | None:
        """Return a track to be changed as `touch` does; None where there never was one."""
        found = self.live.get(track_id)
        if found is None:
            earlier = changes.objects.get(("track", str(track_id))) or self._recall("track", str(track_id))
            found = earlier if isinstance(earlier, TrackNow) else None
        if found is not None:
            found.entry_index, found.t_ns = changes.at.entry_index, changes.at.now_ns
            changes.put("track", track_id, found)
        return found

    # Positions

    def estimate(self, fact: TracksEstimated | TrackEstimated, changes: Changes) -> None:
        """Note where tracks are; one that was lost is there again."""
        block = self.positions.take(fact, changes.at.tick)
        changes.moved.append(block)
        for track_id in block[:, 0].tolist():
            if track_id not in self.live:
                self._come(track_id, changes)
        if self._lost:
            heard = block[block[:, AT["phase"]] != LOST, 0].tolist()
            for track_id in heard:
                if track_id in self._lost:
                    self._come(track_id, changes)

    def _come(self, track_id: int, changes: Changes) -> None:
        track = self.touch(track_id, changes)
        track.live, track.lost_ns, track.position = True, None, None
        self._lost.pop(track_id, None)
        self.live[track_id] = track

    def lose(self, fact: TrackLost, changes: Changes) -> None:
        track = self.touch(fact.track_id, changes)
        track.lost_ns = changes.at.now_ns
        if track.live:
            self._lost[fact.track_id] = changes.at.now_ns + LEAVES_AFTER_NS

    def merge(self, fact: TrackMerged, changes: Changes) -> None:
        """A track turned out to be another one: it leaves at once."""
        self.touch(fact.track_id, changes).merged_into = fact.into_track_id
        self._leave(fact.track_id, changes)

    def pass_time(self, changes: Changes) -> None:
        """Let those leave whose time is over."""
        now_ns = changes.at.now_ns
        for track_id in [each for each, due_ns in self._lost.items() if due_ns <= now_ns]:
            self.touch(track_id, changes)
            self._leave(track_id, changes)
        for presence_id in [each for each, due_ns in self._over.items() if due_ns <= now_ns]:
            del self._over[presence_id]
            left = self.presences.pop(presence_id)
            left.live, left.entry_index = False, changes.at.entry_index
            changes.put("presence", presence_id, left)

    def overdue(self, now_ns: int) -> list[int]:
        """Return the tracks whose time is over although no tick said so yet: nobody should be shown them."""
        return [each for each, due_ns in self._lost.items() if due_ns <= now_ns]

    def _leave(self, track_id: int, changes: Changes) -> None:
        left = self.live.pop(track_id, None)
        self._lost.pop(track_id, None)
        if left is not None:
            left.position, left.live = self.positions.one(track_id), False
            changes.gone.append(track_id)
        self.positions.drop(track_id)

    # What is concluded of one

    def identify(self, fact: TrackIdentified, changes: Changes) -> None:
        self.touch(fact.track_id, changes).identity = IdentityNow(
            t_ns=fact.t_ns,
            transmitter=fact.transmitter,
            uas_id=fact.uas_id,
            id_kind=fact.id_kind,
            operator_id=fact.operator_id,
            session_id=fact.session_id,
            trust=fact.trust.value,
            manned=fact.manned,
            flags=fact.flags,
        )

    def classify(self, fact: TrackClassified, changes: Changes) -> None:
        likely = tuple(ClassNow(name=name, ppm=ppm) for name, ppm in fact.ppm)
        self.touch(fact.track_id, changes).likely = likely

    def flag(self, fact: TrackFlagged, changes: Changes) -> None:
        track = self.touch(fact.track_id, changes)
        others = tuple(each for each in track.flags if each.flag != fact.flag)
        up = FlagNow(flag=fact.flag, since_ns=fact.t_ns, log_odds_milli=fact.log_odds_milli)
        track.flags = (*others, up) if fact.up else others

    def climb(self, fact: ExistenceMoved, changes: Changes) -> None:
        """A track or a presence moved on the ladder for people."""
        rung = RungNow(
            rung=fact.rung.value,
            t_ns=fact.t_ns,
            existence_ppm=fact.existence_ppm,
            modalities=fact.modalities,
            absent=fact.absent,
            not_covered=fact.not_covered,
            explained=fact.explained,
        )
        if fact.track_id is not None:
            self.touch(fact.track_id, changes).rung = rung
        elif fact.presence_id is not None:
            self._touch_presence(fact.presence_id, changes).rung = rung

    def judge(self, fact: VerdictReached, changes: Changes) -> None:
        """A verdict stands until the next one for its zone, until it left the zone, or until no rule is there."""
        track = self.touch(fact.track_id, changes)
        told = _verdict(fact)
        if fact.zone_id is None:
            track.verdicts = (told,)
        else:
            others = tuple(each for each in track.verdicts if each.zone_id not in {None, fact.zone_id})
            track.verdicts = others if fact.clause == LEFT else (*others, told)
        track.verdict = gravest(track.verdicts).verdict if track.verdicts else told.verdict
        if track.worst is None or _GRAVITY[told.verdict] > _GRAVITY[track.worst.verdict]:
            track.worst = told

    def foresee(self, fact: EntryForeseen, changes: Changes) -> None:
        track = self.touch(fact.track_id, changes)
        others = tuple(each for each in track.entries if each.zone_id != fact.zone_id)
        if fact.entry_ns is not None:
            coming = EntryNow(
                zone_id=fact.zone_id,
                zone_version=fact.zone_version,
                entry_ns=fact.entry_ns,
                entry_sigma_ns=fact.entry_sigma_ns,
                t_ns=fact.t_ns,
            )
            others = (*others, coming)
        track.entries = others

    def approach(self, fact: ApproachSeen, changes: Changes) -> None:
        track = self.touch(fact.track_id, changes)
        others = tuple(each for each in track.approaches if each.site_id != fact.site_id)
        if fact.kind != "none":
            said = {name: getattr(fact, name) for name in ApproachNow.__struct_fields__}
            others = (*others, ApproachNow(**said))
        track.approaches = others

    def group(self, fact: GroupMoved, changes: Changes) -> None:
        """Tracks move together, or do so no longer."""
        before = self.groups.pop(fact.group_id, None)
        now = GroupNow(
            group_id=fact.group_id, entry_index=changes.at.entry_index, t_ns=fact.t_ns, track_ids=fact.track_ids
        )
        if fact.track_ids:
            self.groups[fact.group_id] = now
            changes.put("group", fact.group_id, now)
        else:
            changes.remove("group", fact.group_id)
        for track_id in before.track_ids if before is not None else ():
            track = self.live.get(track_id)
            if track is not None and track.group_id == fact.group_id and track_id not in fact.track_ids:
                self.touch(track_id, changes).group_id = None
        for track_id in fact.track_ids:
            self.touch(track_id, changes).group_id = fact.group_id

    # Without a place

    def hold(self, fact: PresenceHeld, changes: Changes) -> None:
        """Something was heard without a place, or is no longer."""
        presence = self._touch_presence(fact.presence_id, changes)
        for name in _OF_PRESENCE:
            setattr(presence, name, getattr(fact, name))
        self._over.pop(fact.presence_id, None)
        if not fact.holds:
            presence.t_ns = changes.at.now_ns
            self._over[fact.presence_id] = changes.at.now_ns + LEAVES_AFTER_NS

    def _touch_presence(self, presence_id: int, changes: Changes) -> PresenceNow:
        found = self.presences.get(presence_id)
        if found is None:
            earlier = self._recall("presence", str(presence_id))
            came = PresenceNow(presence_id=presence_id, began_ns=changes.at.now_ns)
            found = self.presences[presence_id] = earlier if isinstance(earlier, PresenceNow) else came
        if not found.holds:
            self._over[presence_id] = changes.at.now_ns + LEAVES_AFTER_NS
        found.live, found.entry_index, found.t_ns = True, changes.at.entry_index, changes.at.now_ns
        changes.put("presence", presence_id, found)
        return found


_OF_PRESENCE = (
    "holds", "modality", "sensors", "transmitter", "uas_id", "lat_e7", "lon_e7", "radius_mm", "bearing_urad",
    "bearing_sigma_urad", "reports",
)  # fmt: skip


def gravest(verdicts: Sequence[VerdictNow]) -> VerdictNow:
    """Return the gravest; of equals the latest, which knows most."""
    return max(verdicts, key=lambda each: (_GRAVITY[each.verdict], each.t_ns))


def _verdict(fact: VerdictReached) -> VerdictNow:
    said = {name: getattr(fact, name) for name in VerdictNow.__struct_fields__}
    said |= {"verdict": fact.verdict.value, "evidence": _at(fact.evidence)}
    return VerdictNow(**said)


def _at(ref: FactRef) -> FactAt:
    return FactAt(tick=ref.tick, index=ref.index)
