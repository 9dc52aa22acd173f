"""Facts and conclusions of an invented hour, as a record would hold them: for the tests of what is folded from them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from skykeep.facts import acted, columns
from skykeep.facts.concluded import (
    AlarmChanged,
    EntryForeseen,
    ExistenceMoved,
    FactRef,
    GroupMoved,
    IncidentMoved,
    LateIgnored,
    PresenceHeld,
    Rung,
    TrackClassified,
    TrackFlagged,
    TrackIdentified,
    TrackLost,
    TrackMerged,
    TracksEstimated,
    Trust,
    Verdict,
    VerdictReached,
)
from skykeep.facts.enacted import (
    Began,
    Circle,
    LawDeclared,
    PermitRevoked,
    Rule,
    SensorDeclared,
    SiteProtected,
    Volume,
    ZoneEnacted,
    ZoneOverridden,
    ZoneWithdrawn,
    plain_sensor,
)
from skykeep.facts.observed import LinkTrust, OperatorPlaceKind, SystemHeard
from skykeep.facts.personal import Name, NameKind
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views.live import At

T0_NS = 1_777_629_600_000_000_000
SECOND_NS = 1_000_000_000
REF = FactRef(1, 0)
Ticks = list[tuple[At, list[Name], list[tuple[int, object]], list[object]]]


def estimated(t_ns: int, *track_ids: int, phase: int = 1, lat_e7: int = 500_000_000, **said: Any) -> TracksEstimated:
    """Return where these tracks are; `said` replaces columns, each a number for all."""
    given: dict[str, Any] = dict.fromkeys((*columns.WIDE, *columns.NARROW), 0)
    given |= {"phase": phase, "lat_e7": lat_e7, "lon_e7": 300_000_000, "existence_ppm": 990_000, "mode": 1}
    given |= {"said_datum": 255, "above_datum": 255, "pos_sigma_mm": 5_000, "reports": 7, "evidence_tick": 1} | said
    rows = len(track_ids)
    filled = {name: np.full(rows, value, np.int64) for name, value in given.items()}
    return columns.fold(t_ns, track_id=np.array(track_ids, np.int64), **filled)


def identified(track_id: int, transmitter: str = "tx:a", t_ns: int = T0_NS) -> TrackIdentified:
    return TrackIdentified(
        track_id=track_id,
        t_ns=t_ns,
        transmitter=transmitter,
        uas_id=f"uas:{track_id}",
        id_kind="serial",
        operator_id=None,
        session_id=None,
        trust=Trust.SELF_DECLARED,
        manned=False,
        flags=(),
        evidence=(REF,),
    )


def verdict(
    track_id: int, which: Verdict, zone_id: str | None = "Z", *, clause: str = "no_permit", t_ns: int = T0_NS
) -> VerdictReached:
    return VerdictReached(
        track_id=track_id,
        t_ns=t_ns,
        verdict=which,
        clause=clause,
        zone_id=zone_id,
        zone_version=None if zone_id is None else 1,
        permit_id=None,
        permit_version=None,
        trust=Trust.NONE,
        law_complete=True,
        probability_inside_ppm=1_000_000,
        margin_mm=12_000,
        margin_height_mm=None,
        margin_time_ns=None,
        missing=(),
        coming_zone_id=None,
        coming_from_ns=None,
        evidence=REF,
    )


def alarm(alarm_id: int, track_id: int, state: str, t_ns: int = T0_NS) -> AlarmChanged:
    return AlarmChanged(
        alarm_id=alarm_id, track_id=track_id, reason="not_permitted", state=state, priority=1, t_ns=t_ns
    )


def incident(number: int, state: str = "open", t_ns: int = T0_NS, **said: Any) -> IncidentMoved:
    given: dict[str, Any] = {
        "incident_id": number, "t_ns": t_ns, "state": state, "alarm_state": "unacknowledged", "priority": 1,
        "about": "not_permitted", "alarm_ids": (), "track_ids": (), "opened_ns": T0_NS, "events": 1, "grouped": "",
        "escalation": 0, "escalates_ns": None, "merged_into": None, "holder": None, "rung": Rung.SUSPECTED, "notes": 0,
    }  # fmt: skip
    return IncidentMoved(**given | said)


def incident_act(number: int, deed: acted.IncidentDeed, words: str = "", t_ns: int = T0_NS) -> acted.IncidentActed:
    return acted.IncidentActed(
        incident_id=number,
        deed=deed,
        other_id=None,
        track_id=None,
        to_person=None,
        words=words,
        person="person:anna",
        t_ns=t_ns,
    )


def alarm_act(alarm_id: int, deed: acted.AlarmDeed, until_ns: int | None = None) -> acted.AlarmActed:
    return acted.AlarmActed(
        alarm_id=alarm_id, deed=deed, until_ns=until_ns, reason="", person="person:anna", t_ns=T0_NS
    )


def done(action: str, subject: str, t_ns: int = T0_NS) -> acted.ActDone:
    return acted.ActDone(
        action=action,
        role="duty_officer",
        person="person:anna",
        subject=subject,
        incident_id=None,
        reason="text:why",
        before_sha256=None,
        after_sha256=None,
        t_ns=t_ns,
    )


def health(what: acted.Health, *, well: bool, t_ns: int = T0_NS) -> acted.HealthObserved:
    return acted.HealthObserved(
        what=what, subject="radar-1", well=well, unseen="" if well else "the north", value=None, unit="", t_ns=t_ns
    )


def system(transmitter: str, place: str | None, t_ns: int = T0_NS) -> SystemHeard:
    return SystemHeard(
        sensor_id="rid",
        transmitter=transmitter,
        t_event_ns=t_ns,
        t_arrival_ns=t_ns,
        link_trust=LinkTrust.OPEN,
        frame=0,
        operator_place_kind=OperatorPlaceKind.LIVE,
        operator_place=place,
        classification=0,
        area_count=1,
        area_radius_m=0,
        area_ceiling=None,
        area_floor=None,
        category_eu=0,
        class_eu=0,
        t_claimed_s=None,
    )


def zone(zone_id: str, version: int = 1, **said: Any) -> ZoneEnacted:
    circle = Circle(lat_e7=500_000_000, lon_e7=300_000_000, radius_mm=1_000_000)
    volume = Volume(outline=circle, floor=Altitude(0, Datum.AGL), ceiling="unlimited")
    given: dict[str, Any] = {
        "zone_id": zone_id, "version": version, "supersedes": None, "name": zone_id.title(), "rule": Rule.PROHIBITED,
        "exemptions": (), "volumes": (volume,), "buffer_mm": None, "severity": None, "announced_at_ns": T0_NS,
        "effective_from_ns": T0_NS + 10 * SECOND_NS, "end_ns": None, "periods": (), "applicability": None,
        "applicability_span": None, "hours_unread": None, "issuing_body": "the city", "legal_basis": None,
        "reason": None, "conditions": None, "contact": None, "appeal_contact": None, "authorities": (), "texts": (),
        "country": None, "carried": (), "source_format": "ed318", "source_sha256": "00", "native": "", "doubts": (),
    }  # fmt: skip
    return ZoneEnacted(**given | said)


def began(record_id: str = "r") -> Began:
    return Began(
        record_id=record_id,
        program_version="0.2",
        program_sha256="00",
        settings="{}",
        settings_sha256="11",
        inputs=(),
        resumed_after_tick=None,
    )


def sensor(sensor_id: str) -> SensorDeclared:
    return plain_sensor(
        sensor_id=sensor_id, modality="radar", pos_accuracy_mm=30_000, alt_accuracy_mm=90_000, simulated=True
    )


def presence(presence_id: int, *, holds: bool, t_ns: int = T0_NS) -> PresenceHeld:
    return PresenceHeld(
        presence_id=presence_id,
        t_ns=t_ns,
        holds=holds,
        modality="rf",
        sensors=("rf-1",),
        transmitter="tx:p",
        uas_id=None,
        lat_e7=None,
        lon_e7=None,
        radius_mm=None,
        bearing_urad=None,
        bearing_sigma_urad=None,
        reports=3,
        evidence=(),
    )


def existence(track_id: int | None, presence_id: int | None = None, rung: Rung = Rung.SUSPECTED) -> ExistenceMoved:
    return ExistenceMoved(
        track_id=track_id,
        presence_id=presence_id,
        t_ns=T0_NS,
        rung=rung,
        existence_ppm=900_000,
        modalities=("radar",),
        absent=(),
        not_covered=(),
        explained=(("permitted", "P-1", 900_000),),
        evidence=(),
    )


def hour(seed: int = 1, ticks: int = 400, step_ns: int = 9 * SECOND_NS) -> Ticks:
    """Return the ticks of an hour in which everything happens, by chance but the same for the same seed."""
    chance = random.Random(seed)
    made: Ticks = [
        (At(0, 0, T0_NS), [], [(0, began())], []),
        (At(1, 1, T0_NS), [], [(0, LawDeclared(complete=True, t_ns=T0_NS)), (1, sensor("radar-1"))], []),
    ]
    for number in range(2, ticks):
        now_ns = T0_NS + number * step_ns
        names = [Name(f"uas:{number}", NameKind.UAS_ID, f"1596F{number}")] if chance.random() < 0.2 else []
        facts = list(enumerate(_facts(chance, now_ns)))
        made.append((At(number, number, now_ns), names, facts, list(_told(chance, now_ns))))
    return made


def _facts(chance: random.Random, now_ns: int) -> Iterator[object]:
    number = chance.randint(1, 6)
    if chance.random() < 0.5:
        yield system(f"tx:{chance.randint(1, 4)}", f"place:{chance.randint(1, 3)}", now_ns)
    if chance.random() < 0.1:
        yield zone(f"zone-{number}", chance.randint(1, 2), announced_at_ns=now_ns)
    if chance.random() < 0.05:
        yield ZoneWithdrawn(zone_id=f"zone-{number}", version=1, t_ns=now_ns, reason="over")
        yield PermitRevoked(permit_id="P-1", t_ns=now_ns, reason="x", officer=None)
    if chance.random() < 0.05:
        yield ZoneOverridden(
            zone_id="zone-1", active=True, start_ns=now_ns, end_ns=None, t_ns=now_ns, reason="x", officer=None
        )
        yield SiteProtected(
            site_id="s", version=number, name="S", lat_e7=1, lon_e7=2, radius_mm=3, from_ns=now_ns, until_ns=None
        )
    if chance.random() < 0.1:
        yield done(chance.choice(("zone.emergency", "zone.confirm", "person.enrol")), f"zone:zone-{number}", now_ns)
        yield health(acted.Health.SENSOR_SILENT, well=chance.random() < 0.5, t_ns=now_ns)
    if chance.random() < 0.2:
        yield incident_act(chance.randint(0, 5), chance.choice(list(acted.IncidentDeed)), "text:n", now_ns)
        yield alarm_act(number, chance.choice(list(acted.AlarmDeed)), now_ns)
    if chance.random() < 0.01:
        yield began()


def _told(chance: random.Random, now_ns: int) -> Iterator[object]:
    ids = sorted(chance.sample(range(1, 9), chance.randint(1, 4)))
    one, number = chance.choice(ids), chance.randint(1, 6)
    if chance.random() < 0.6:
        yield estimated(now_ns, *ids, phase=chance.choice((0, 1, 1, 2)), lat_e7=chance.randint(1, 10**8))
    yield from chance.sample(
        [
            identified(one, f"tx:{number}", now_ns),
            TrackClassified(track_id=one, t_ns=now_ns, ppm=(("bird", 900_000),), why=(), evidence=()),
            TrackFlagged(
                track_id=one, t_ns=now_ns, flag="rid_offset", up=chance.random() < 0.5, log_odds_milli=9, evidence=()
            ),
            existence(one),
            existence(None, number),
            presence(number, holds=chance.random() < 0.5, t_ns=now_ns),
            verdict(one, chance.choice(list(Verdict)), chance.choice((None, "A", "B")), t_ns=now_ns),
            verdict(one, Verdict.NO_RULE, "A", clause="left_zone", t_ns=now_ns),
            EntryForeseen(
                track_id=one, t_ns=now_ns, zone_id="A", zone_version=1, entry_ns=now_ns, entry_sigma_ns=1, evidence=REF
            ),
            GroupMoved(group_id=number, t_ns=now_ns, track_ids=tuple(ids) if chance.random() < 0.6 else ()),
            alarm(number, one, chance.choice(("unacknowledged", "normal", "shelved")), now_ns),
            incident(
                number, chance.choice(("open", "closed")), now_ns, alarm_ids=(number,), track_ids=tuple(ids),
                about=chance.choice(("by_hand", "not_permitted")),
            ),
            LateIgnored(sensor_id="radar-1", t_ns=now_ns, late_ns=5, evidence=REF),
            TrackLost(track_id=one, t_ns=now_ns, last_heard_ns=now_ns),
            TrackMerged(track_id=one, into_track_id=9, t_ns=now_ns, evidence=REF),
        ],
        chance.randint(0, 4),
    )  # fmt: skip
