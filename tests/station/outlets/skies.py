"""Durable ticks for the tests of outlets: tracks, verdicts and incidents as the watch would tell them."""

import time

import msgspec

from skykeep.facts import codec, concluded
from skykeep.facts.concluded import FactRef, IncidentMoved, Phase, Rung, Trust, Verdict
from skykeep.facts.observed import LinkTrust, OperatorPlaceKind, SystemHeard
from skykeep.facts.personal import Name, NameKind
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station.link import Ticked

NOW_NS = time.time_ns()
HERE = FactRef(1, 0)


def ticked(*concluded_facts, facts=(), names=(), tick=1, now_ns=None):
    return Ticked(
        entry_index=tick,
        tick=tick,
        now_ns=NOW_NS if now_ns is None else now_ns,
        names=[codec.encode(each) for each in names],
        facts=[(index, codec.encode(each)) for index, each in enumerate(facts)],
        concluded=[codec.encode(each) for each in concluded_facts],
    )


def track(
    track_id=1, *, t_ns=None, lat_e7=-349_000_000, lon_e7=-562_000_000, simulated=False, phase=Phase.ESTABLISHED, **more
):
    return concluded.TrackEstimated(
        track_id=track_id,
        t_ns=time.time_ns() if t_ns is None else t_ns,
        phase=phase,
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        **{
            "pos_sigma_mm": 3_000,
            "pos_assumed": False,
            "altitude": Altitude(80_000, Datum.HAE),
            "height": None,
            "alt_sigma_mm": 3_000,
            "vel_east_mmps": 3_000,
            "vel_north_mmps": 4_000,
            "reports": 9,
            "evidence": HERE,
            **more,
        },
        simulated=simulated,
    )


def verdict(track_id=1, said=Verdict.NOT_PERMITTED, *, clause="no_permit", zone_id="HARBOUR", t_ns=None, **more):
    settings = {
        "zone_version": 1,
        "permit_id": None,
        "permit_version": None,
        "trust": Trust.SELF_DECLARED,
        "law_complete": True,
        "probability_inside_ppm": 999_000,
        "margin_mm": 80_000,
        "margin_height_mm": 20_000,
        "margin_time_ns": None,
        "missing": (),
        "coming_zone_id": None,
        "coming_from_ns": None,
        "evidence": HERE,
    } | more
    at_ns = NOW_NS if t_ns is None else t_ns
    return concluded.VerdictReached(
        track_id=track_id, t_ns=at_ns, verdict=said, clause=clause, zone_id=zone_id, **settings
    )


def identified(track_id=1, *, manned=False, transmitter="tx:aaaa", uas_id="uas:bbbb", **more):
    settings = {
        "id_kind": "serial",
        "operator_id": None,
        "session_id": None,
        "trust": Trust.SELF_DECLARED,
        "flags": (),
        "evidence": (HERE,),
    } | more
    return concluded.TrackIdentified(
        track_id=track_id, t_ns=NOW_NS, transmitter=transmitter, uas_id=uas_id, manned=manned, **settings
    )


def lost(track_id=1):
    return concluded.TrackLost(track_id=track_id, t_ns=NOW_NS, last_heard_ns=NOW_NS)


def existence(track_id=1, rung=Rung.CORROBORATED, modalities=("remote_id", "radar")):
    return concluded.ExistenceMoved(
        track_id=track_id, presence_id=None, t_ns=NOW_NS, rung=rung, existence_ppm=970_000, modalities=modalities,
        absent=(), not_covered=(), explained=(), evidence=(HERE,),
    )  # fmt: skip


def classified(track_id=1, *, kind="multirotor"):
    return concluded.TrackClassified(
        track_id=track_id, t_ns=NOW_NS, ppm=((kind, 900_000), ("unknown", 100_000)), why=(), evidence=(HERE,)
    )


OPENED = IncidentMoved(
    incident_id=7, t_ns=NOW_NS, state="open", alarm_state="unacknowledged", priority=1, about="not_permitted",
    alarm_ids=(4,), track_ids=(1,), opened_ns=NOW_NS, events=1, grouped="", escalation=0,
    escalates_ns=NOW_NS + 60_000_000_000, merged_into=None, holder=None, rung=Rung.CORROBORATED, notes=0,
)  # fmt: skip


def incident(**changed):
    return msgspec.structs.replace(OPENED, **changed)


PLACES = [Name("place:cccc", NameKind.PLACE, "-34.95,-56.25,12.0")]


def operator_at(place, transmitter="tx:aaaa"):
    """A Remote ID System message with the place that an operator claims."""
    return SystemHeard(
        sensor_id="roof", transmitter=transmitter, t_event_ns=NOW_NS, t_arrival_ns=NOW_NS, link_trust=LinkTrust.OPEN,
        frame=0, operator_place_kind=OperatorPlaceKind.RESERVED, operator_place=place, classification=1, area_count=1,
        area_radius_m=0, area_ceiling=None, area_floor=None, category_eu=0, class_eu=0, t_claimed_s=None,
    )  # fmt: skip
