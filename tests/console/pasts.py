"""Eight minutes of a record that end now: a flight into a ban, its alarm and incident, and a time when nobody watched.

Around it a radar that falls silent, a school, a permit, and an operator of another flight, whose incident is open still.
"""

import math
import time

from msgspec.structs import replace

from skykeep.facts import acted
from skykeep.facts.concluded import TrackLost, Verdict
from skykeep.facts.enacted import LawDeclared
from skykeep.facts.personal import Name, NameKind
from skykeep.station.store import Store
from skykeep.views.live import At
from skykeep.web import marks
from skykeep.web.rebuilding import rebuild
from tests.console import around
from tests.console.scripted import LAT_E7, LON_E7, circle
from tests.rules.examples import permit
from tests.views.livefacts import (
    SECOND_NS,
    alarm,
    began,
    estimated,
    identified,
    incident,
    incident_act,
    system,
    verdict,
    zone,
)
from tests.web.recorded import appended

LONG_S = 480
SEEN_S, NAMED_S, ENTERS_S, ALARM_S, ACK_S, NOTE_S, LEAVES_S, OVER_S, LOST_S, CLOSED_S = (
    60, 70, 115, 120, 134, 150, 300, 305, 330, 350,
)  # fmt: skip
GAP_S = (460, 475)
MARK_S, MARKED_S = 100, 355
"""A moment, and when somebody wrote of it: after the incident was over."""
SITE_S, SILENT_S, HEARD_S = 90, 200, 260
OPERATOR = "-34.8700,-56.1500"
SERIAL, WORDS, MARKED = "1581F6Q8D23B0417", "Site security was called.", "it turns towards the palace"
NAMES = {
    "uas:1": (NameKind.UAS_ID, SERIAL),
    "uas:2": (NameKind.UAS_ID, "1588E040445A2231"),
    "person:anna": (NameKind.PERSON, "anna"),
    "place:2": (NameKind.PLACE, OPERATOR),
    "text:note": (NameKind.TEXT, WORDS),
    "text:end": (NameKind.TEXT, "Landed near its pilot; patrol 12 was there."),
}


def make(folder, ends_ns=None):
    """Write the record and the views of it; returns when it began, ms, and how many entries it has."""
    ends_ns = time.time_ns() // SECOND_NS * SECOND_NS if ends_ns is None else ends_ns
    ticks = list(story(ends_ns - LONG_S * SECOND_NS))
    with Store.create(folder / "record", meta={"record_id": "r"}) as store:
        appended(store, ticks)
    rebuild(folder / "record", folder / "views.db")
    return ticks[0][0].now_ns // 1_000_000, len(ticks)


def story(t0_ns):
    """Yield the ticks, one a second."""
    entry = 0
    for second in range(LONG_S + 1):
        if GAP_S[0] < second < GAP_S[1]:
            continue
        now_ns = t0_ns + second * SECOND_NS
        names = [Name(each, *what) for each, what in NAMES.items()] if second == 0 else []
        if second == MARKED_S:
            words = marks.written((t0_ns + MARK_S * SECOND_NS) // marks.MS, MARKED)
            names.append(Name("text:mark", NameKind.TEXT, words))
        facts, told = happens(second, now_ns)
        yield At(entry, entry, now_ns), names, list(enumerate(facts)), [*flying(second, now_ns), *told]
        entry += 1


def flying(second, now_ns):
    """Yield where the flights are."""
    yield estimated(
        now_ns, 2, lat_e7=LAT_E7 + 190_000 + 700 * second, lon_e7=LON_E7 + 160_000 - 900 * second,
        vel_east_mmps=-8_200, vel_north_mmps=7_700, above_mm=60_000, above_datum=0, marks=0,
    )  # fmt: skip
    yield estimated(
        now_ns, 5, lat_e7=LAT_E7 + 330_000, lon_e7=LON_E7 - 560_000 + 6_800 * second // 2, vel_east_mmps=31_000,
        vel_north_mmps=0, above_mm=300_000, above_datum=0, marks=4,
    )  # fmt: skip
    if SEEN_S <= second < LOST_S:
        lat, lon = path(second)
        yield estimated(
            now_ns, 1, lat_e7=lat, lon_e7=lon, vel_east_mmps=6_000, vel_north_mmps=5_500, above_mm=118_000,
            above_datum=0, pos_sigma_mm=6_000,
        )  # fmt: skip


def path(second):
    """Return where the flight into the ban is: from the south-west in, once round, and out."""
    turn = (second - SEEN_S) / 60
    return int(LAT_E7 - 130_000 + 45_000 * turn + 22_000 * math.sin(turn * 2)), int(
        LON_E7 - 140_000 + 60_000 * turn + 25_000 * math.cos(turn * 2)
    )


def happens(second, now_ns):
    """Return facts and conclusions of a second besides where the flights are."""
    facts, told = [], []
    palace = {
        "alarm_ids": (17,),
        "track_ids": (1,),
        "opened_ns": now_ns - (second - ALARM_S) * SECOND_NS,
        "t_ns": now_ns,
    }
    if second == 0:
        facts += [began(), LawDeclared(complete=True, t_ns=now_ns)]
        facts.append(zone("PALACE", volumes=(circle(),), name="Legislative Palace", announced_at_ns=now_ns - 10**15,
                          effective_from_ns=now_ns - 10**15))  # fmt: skip
        facts += [around.sensor("radar"), permit("P-2231", circle(), granted=0, start=0, end=now_ns + 240 * SECOND_NS)]
        facts.append(system("tx:2", "place:2", now_ns))
        told.append(incident(4, track_ids=(2,), opened_ns=now_ns, t_ns=now_ns, about="by_hand"))
        told += [identified(2, "tx:2", t_ns=now_ns), verdict(2, Verdict.PERMITTED, None, clause="permit", t_ns=now_ns)]
    if second == SITE_S:
        facts.append(around.site("school", "City school"))
    if second in {SILENT_S, HEARD_S}:
        facts.append(around.silent("radar", well=second == HEARD_S, t_ns=now_ns))
    if second % 20 == 0 and not SILENT_S - 30 < second < HEARD_S:
        facts.append(replace(system("tx:9", None, now_ns), sensor_id="radar"))
    if second == NAMED_S:
        told.append(identified(1, t_ns=now_ns))
    if second == ENTERS_S:
        told.append(verdict(1, Verdict.NOT_PERMITTED, "PALACE", t_ns=now_ns))
    if second == ALARM_S:
        told += [alarm(17, 1, "unacknowledged", now_ns), incident(3, **palace)]
    if second == ACK_S:
        facts.append(incident_act(3, acted.IncidentDeed.ACK, "", now_ns))
        told += [
            alarm(17, 1, "acknowledged", now_ns),
            incident(3, **palace, alarm_state="acknowledged", holder="person:anna"),
        ]
    if second == NOTE_S:
        facts.append(incident_act(3, acted.IncidentDeed.NOTE, "text:note", now_ns))
    if second == LEAVES_S:
        told.append(verdict(1, Verdict.NO_RULE, "PALACE", clause="left_zone", t_ns=now_ns))
    if second == OVER_S:
        told += [alarm(17, 1, "normal", now_ns), incident(3, **palace, alarm_state="normal")]
    if second == LOST_S:
        told.append(TrackLost(track_id=1, t_ns=now_ns, last_heard_ns=now_ns))
    if second == CLOSED_S:
        facts.append(incident_act(3, acted.IncidentDeed.CLOSE, "text:end", now_ns))
        told.append(incident(3, "closed", **palace, alarm_state="normal"))
    if second == MARKED_S:
        facts.append(incident_act(3, acted.IncidentDeed.NOTE, "text:mark", now_ns))
    if second == GAP_S[1]:
        facts.append(began())
    return facts, told
