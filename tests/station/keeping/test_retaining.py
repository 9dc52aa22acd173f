"""Retention: ordinary flights go, incidents stay, and what is left proves, replays and explains as before."""

import shutil

import msgspec
import pytest

from skykeep.facts import codec
from skykeep.facts.acted import ActDone
from skykeep.facts.concluded import AlarmChanged, IncidentMoved
from skykeep.facts.observed import Heard
from skykeep.facts.personal import KeyedNames, NameKind
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station.explaining import explain
from skykeep.station.keeping.config import RetentionConfig
from skykeep.station.keeping.retaining import Retention
from skykeep.station.keeping.stretches import Memory
from skykeep.station.keys import Keys
from skykeep.station.replay import replay
from skykeep.station.store import Store, TickRow
from skykeep.station.verify import check
from tests.station.keeping.records import PHASES, S_NS, T0_NS, three_nights

DAY_NS = 86_400 * S_NS
END_NS = T0_NS + (PHASES[2][1] + PHASES[2][2]) * S_NS
LATER_NS = END_NS + DAY_NS + 60 * S_NS
ALARMED = (T0_NS + PHASES[1][1] * S_NS, T0_NS + (PHASES[1][1] + PHASES[1][2]) * S_NS)
ALARMED_TRACK = 11


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("nights")
    return path, three_nights(path, Keys(path / "keys"))


@pytest.fixture
def record(made, tmp_path):
    shutil.copytree(made[0] / "record", tmp_path / "record")
    return tmp_path / "record"


def retain(record, now_ns=LATER_NS, steps=None, *, forget=lambda _: None, **policy):
    """One pass, or its first steps; returns the trail and what each step erased."""
    trail, erased = [], []
    with Store.open(record) as store:
        kept = Retention(store, RetentionConfig(**policy), record.parent / "memory", forget=forget, enact=trail.extend)
        for number, step in enumerate(kept.steps(now_ns)):
            erased += [step] if step else []
            if number == steps:
                break
    return trail, erased


def leaves(record):
    with Store.open(record, read_only=True) as store:
        return [
            (row.entry_index, index, row.now_ns, leaf) for row in store.rows() for index, leaf in enumerate(row.leaves)
        ]


def said(explained):
    return [line for section in explained.sections for line in section.lines]


def is_heard(leaf):
    return leaf.kind == LeafKind.FRAME or (
        leaf.kind == LeafKind.FACT and isinstance(codec.decode_trusted(leaf.body), Heard)
    )


@pytest.mark.requirement("STATION-RETENTION-1")
def test_ordinary_flights_go_and_incidents_stay(record):
    before = leaves(record)
    trail, erased = retain(record)
    after = leaves(record)
    gone = [(old, was) for (*_, old, was), (*_, is_) in zip(before, after, strict=True) if was.body and not is_.body]
    assert {was.kind for _, was in gone} == {LeafKind.FRAME, LeafKind.NAME, LeafKind.FACT}
    alarmed = [t for t, was in gone if ALARMED[0] - 60 * S_NS <= t <= ALARMED[1] + 60 * S_NS and is_heard(was)]
    assert alarmed == []
    heard = [t for _, _, t, was in before if is_heard(was)]
    around = [t for t in heard if ALARMED[0] - 70 * S_NS <= t <= ALARMED[1] + 70 * S_NS]
    assert len(around) > 1000
    assert sum(is_heard(was) for _, was in gone) == len(heard) - len(around) > 500
    assert sum(each.bytes for each in erased) == sum(len(was.body) for _, was in gone) > 50_000
    assert sum(each.leaves for each in erased) == len(gone)
    assert len(trail) == len(erased) > 3


@pytest.mark.requirement("STATION-RETENTION-2")
def test_law_acts_and_conclusions_are_never_erased(record):
    before = [(was, place) for *place, _, was in leaves(record)]
    retain(record, END_NS + 3_000 * DAY_NS, incidents_days=1.0)
    after = [is_ for *_, is_ in leaves(record)]
    kept = [
        (was.kind, place)
        for (was, place), is_ in zip(before, after, strict=True)
        if not is_heard(was) and was.kind != LeafKind.NAME and is_.body is None
    ]
    assert kept == []


@pytest.mark.requirement("STATION-RETENTION-3")
def test_what_is_left_verifies_proves_replays_and_explains(made, record):
    told = explain(record, ALARMED_TRACK)
    whole = replay(record)
    retain(record)
    held = check(record, made[1].vkey, (made[0] / "record" / "checkpoint").read_bytes())
    assert held.signer_proved
    assert held.n_erased > 500
    again = replay(record)
    assert again.identical
    assert again.holds
    assert again.skipped_ticks > 100
    assert again.ticks + again.skipped_ticks == whole.ticks
    explained = explain(record, ALARMED_TRACK)
    assert explained.trail.skipped_ticks > 0
    for part in ("summary", "identities", "verdicts", "facts"):
        assert getattr(explained, part) == getattr(told, part)
    assert [line for line in said(explained) if "hold erased facts" not in line] == said(told)
    with Store.open(record, read_only=True) as store:
        proved = 0
        for row in store.rows():
            for index in [index for index, leaf in enumerate(row.leaves) if leaf.body is not None][:1]:
                store.prove(row.entry_index, index)
                proved += 1
    assert 500 < proved <= held.n_entries


def test_replay_passes_over_the_whole_night_and_no_more(record):
    """The alarmed night is replayed from the state kept before it: not a tick of it is missing."""
    retain(record)
    found = replay(record)
    assert found.to_ns >= ALARMED[1]
    with Store.open(record, read_only=True) as store:
        ticks = [row for row in store.rows() if row.kind == EntryKind.TICK]
    in_night = [row for row in ticks if ALARMED[0] <= row.now_ns <= ALARMED[1]]
    assert found.ticks >= len(in_night)


@pytest.mark.requirement("STATION-RETENTION-4")
def test_each_erasure_leaves_a_trail_that_names_rule_and_counts(record):
    trail, erased = retain(record)
    assert {type(act) for act in trail} == {ActDone}
    assert {(act.action, act.role, act.person, act.t_ns) for act in trail} == {("record.erase", "admin", "", LATER_NS)}
    first = erased[0]
    assert trail[0].subject == (
        f"policy:ordinary entries:{first.first}-{first.stop - 1} leaves:{first.leaves} bytes:{first.bytes}"
    )


def test_a_second_pass_finds_nothing_with_memory_or_without(record):
    retain(record)
    state = leaves(record)
    assert retain(record) == ([], [])
    (record.parent / "memory").unlink()
    assert retain(record) == ([], [])
    (record.parent / "memory").write_bytes(b"no memory")
    assert retain(record) == ([], [])
    assert leaves(record) == state


def test_a_pass_that_was_interrupted_is_taken_up(made, record, tmp_path):
    retain(record)
    whole = leaves(record)
    shutil.copytree(made[0] / "record", tmp_path / "other" / "record")
    other = tmp_path / "other" / "record"
    for steps in (4, 6, 12, 200):
        retain(other, steps=steps)
    assert leaves(other) == whole


def test_nothing_goes_before_its_time(record):
    before = leaves(record)
    assert retain(record, END_NS + DAY_NS - 2000 * S_NS) == ([], [])
    assert retain(record, ordinary_h=1e6, names_h=1e6) == ([], [])
    assert leaves(record) == before


@pytest.mark.requirement("STATION-RETENTION-5")
def test_names_that_an_incident_needs_stay_and_the_others_are_recorded_again_when_heard_again(record):
    forgotten = []
    before = names(record)
    retain(record, forget=forgotten.append)
    after = names(record)
    gone = before.keys() - after.keys()
    assert gone
    assert set().union(*forgotten) == gone
    with Store.open(record, read_only=True) as store:
        night = b"".join(
            leaf.body
            for row in store.rows()
            if ALARMED[0] <= row.now_ns <= ALARMED[1]
            for leaf in row.leaves
            if leaf.body is not None
        )
    assert [pseudonym for pseudonym in sorted(gone) if pseudonym.encode() in night] == []
    assert any(pseudonym.encode() in night for pseudonym in after)


def names(record):
    bodies = [leaf.body for *_, leaf in leaves(record) if leaf.kind == LeafKind.NAME and leaf.body is not None]
    return {name.pseudonym: name for name in map(codec.decode_trusted, bodies)}


def test_a_forgotten_name_is_new_again():
    keyed = KeyedNames(b"k" * 32)
    one, other = (keyed.pseudonym(NameKind.UAS_ID, value) for value in ("S1", "S2"))
    assert keyed.pseudonym(NameKind.UAS_ID, " s1") == one
    keyed.take_new()
    keyed.forget({one})
    assert [keyed.pseudonym(NameKind.UAS_ID, value) for value in ("s1", "S2")] == [one, other]
    assert [name.pseudonym for name in keyed.take_new()] == [one]


def test_names_may_go_before_the_flights_do(record):
    heard_before = sum(is_heard(leaf) for *_, leaf in leaves(record) if leaf.body)
    before = names(record)
    _, erased = retain(record, END_NS + 2 * 3600 * S_NS, names_h=1.0)
    assert {each.rule for each in erased} == {"names"}
    assert len(names(record)) < len(before)
    assert sum(is_heard(leaf) for *_, leaf in leaves(record) if leaf.body) == heard_before
    retain(record, names_h=1.0)
    assert sum(is_heard(leaf) for *_, leaf in leaves(record) if leaf.body) < heard_before


def incident(state, t_ns, **fields):
    given = {
        "incident_id": 1, "t_ns": t_ns, "state": state, "alarm_state": "normal", "priority": 1, "about": "not_permitted",
        "alarm_ids": (), "track_ids": (), "opened_ns": ALARMED[0], "events": 1, "grouped": "", "escalation": 0,
        "escalates_ns": None, "merged_into": None, "holder": None, "rung": None, "notes": 0,
    }  # fmt: skip
    return IncidentMoved(**{**given, **fields})


def conclude(record, *facts):
    with Store.open(record) as store:
        tick = store.row(store.entries_count - 1).tick + 1
        told = [Leaf(LeafKind.CONCLUSION, codec.encode(fact)) for fact in facts]
        store.append(EntryKind.TICK, tick, END_NS, told, b"s" * 32, b"p" * 32)
        store.wait_durable(store.entries_count)


def closed(record, *, but=()):
    """Close every incident of the record."""
    told = [codec.decode_trusted(leaf.body) for *_, leaf in leaves(record) if leaf.kind == LeafKind.CONCLUSION]
    last = {fact.incident_id: fact for fact in told if isinstance(fact, IncidentMoved)}
    assert len(last) > 2
    return [
        incident("closed", END_NS, incident_id=at, alarm_ids=fact.alarm_ids, track_ids=fact.track_ids)
        for at, fact in last.items()
        if at not in but
    ]


@pytest.mark.requirement("STATION-RETENTION-6")
def test_an_incident_is_kept_until_it_is_released(record):
    conclude(record, *closed(record))
    kept = []
    for days, now_ns in ((None, END_NS + 3_000 * DAY_NS), (30.0, END_NS + 29 * DAY_NS), (30.0, END_NS + 31 * DAY_NS)):
        retain(record, now_ns, incidents_days=days)
        night = [leaf for _, _, t, leaf in leaves(record) if ALARMED[0] <= t <= ALARMED[1]]
        kept.append(sum(leaf.kind == LeafKind.FRAME and leaf.body is not None for leaf in night))
    assert kept[0] == kept[1] > 500
    assert kept[2] == 0


def test_an_incident_that_was_opened_again_or_merged_into_an_open_one_is_kept(record):
    others = closed(record, but=(1,))
    conclude(record, *others, incident("merged", END_NS, merged_into=99), incident("closed", END_NS, incident_id=99))
    conclude(record, incident("open", END_NS, incident_id=99))
    retain(record, END_NS + 100 * DAY_NS, incidents_days=1.0)
    night = [leaf for _, _, t, leaf in leaves(record) if ALARMED[0] + 60 * S_NS <= t <= ALARMED[1]]
    assert all(leaf.body is not None for leaf in night if leaf.kind == LeafKind.FRAME)
    conclude(record, incident("closed", END_NS, incident_id=99))
    retain(record, END_NS + 100 * DAY_NS, incidents_days=1.0)
    assert not [leaf for *_, leaf in leaves(record) if leaf.kind == LeafKind.FRAME and leaf.body is not None]


def test_an_incident_opened_by_hand_keeps_its_time_also_without_a_track(record):
    conclude(record, incident("open", END_NS, about="by_hand", opened_ns=T0_NS + 20 * S_NS))
    retain(record, around_s=0.0)
    frames = [(t, leaf.body) for _, _, t, leaf in leaves(record) if leaf.kind == LeafKind.FRAME]
    assert all(body is not None for t, body in frames if t > T0_NS + 20 * S_NS)
    assert any(body is None for t, body in frames if t < T0_NS + 10 * S_NS)


def release(record, incident_id):
    act = ActDone(
        action="incident.release", role="auditor", person="", subject=f"incident:{incident_id}", incident_id=incident_id,
        reason="", before_sha256=None, after_sha256=None, t_ns=END_NS,
    )  # fmt: skip
    with Store.open(record) as store:
        tick = store.row(store.entries_count - 1).tick + 1
        store.append(EntryKind.TICK, tick, END_NS, [Leaf(LeafKind.FACT, codec.encode(act))], b"s" * 32, b"p" * 32)
        store.wait_durable(store.entries_count)


def frames_of_the_night(record):
    night = [leaf for _, _, t, leaf in leaves(record) if ALARMED[0] <= t <= ALARMED[1]]
    return sum(leaf.kind == LeafKind.FRAME and leaf.body is not None for leaf in night)


@pytest.mark.requirement("STATION-RETENTION-6")
def test_what_a_person_released_is_ordinary_again_with_memory_or_without(record):
    told = closed(record)
    conclude(record, *told)
    retain(record)
    assert frames_of_the_night(record) > 500
    for each in told[1:]:
        release(record, each.incident_id)
    retain(record)
    assert frames_of_the_night(record) > 0
    release(record, told[0].incident_id)
    shutil.copytree(record, record.parent / "again" / "record")
    retain(record)
    assert frames_of_the_night(record) == 0
    retain(record.parent / "again" / "record")
    assert leaves(record.parent / "again" / "record") == leaves(record)


@pytest.mark.requirement("STATION-RETENTION-6")
def test_a_released_incident_that_is_opened_again_is_kept_again(record):
    told = closed(record)
    conclude(record, *told)
    for each in told:
        release(record, each.incident_id)
    conclude(record, *[msgspec.structs.replace(each, state="open") for each in told])
    conclude(record, *told)
    retain(record, END_NS + 3_000 * DAY_NS)
    assert frames_of_the_night(record) > 500


def test_what_is_said_of_a_closed_incident_does_not_put_off_its_end():
    memory = Memory("one")
    for t_ns in (END_NS, END_NS + 9 * DAY_NS):
        memory.take(told_at(t_ns, incident("closed", t_ns)))
    assert memory.released(1, END_NS + 10 * DAY_NS, 9.5)


def told_at(t_ns, *facts):
    told = [Leaf(LeafKind.CONCLUSION, codec.encode(fact)) for fact in facts]
    return TickRow(0, EntryKind.TICK, 1, t_ns, tuple(told), None, None)


def test_an_alarm_without_an_incident_keeps_its_flight_while_somebody_can_answer_it_and_no_longer():
    memory, terms = Memory("one"), {"alarm_id": 1, "track_id": 7, "reason": "not_permitted", "priority": 1}
    for state, kept in (("unacknowledged", 2), ("returned_unacknowledged", 2), ("normal", 0), ("unacknowledged", 2),
                        ("suppressed_by_design", 0)):  # fmt: skip
        memory.take(told_at(END_NS, AlarmChanged(state=state, t_ns=END_NS, **terms)))
        assert len(memory.needed(END_NS + DAY_NS, None, 0)) == kept
    memory.drop(END_NS + DAY_NS, END_NS + DAY_NS, None)
    assert (memory.alarms, memory.tracks) == ({}, {})


def test_alarms_of_health_keep_nothing():
    memory = Memory("one")
    health = AlarmChanged(
        alarm_id=1, track_id=0, reason="health:disk:/", state="unacknowledged", priority=2, t_ns=END_NS
    )
    memory.take(told_at(END_NS, health))
    assert memory.needed(END_NS, None, 0) == []


def test_nothing_is_remembered_of_what_was_merged_into_a_released_incident():
    memory = Memory("one")
    memory.take(told_at(END_NS, incident("open", END_NS, incident_id=2, track_ids=(7,))))
    memory.take(told_at(END_NS, incident("merged", END_NS, merged_into=2, track_ids=(7,))))
    memory.take(told_at(END_NS, incident("closed", END_NS, incident_id=2, track_ids=(7,))))
    memory.drop(END_NS + 9 * DAY_NS, END_NS + 9 * DAY_NS, 1.0)
    assert memory.incidents == {}
    assert memory.needed(END_NS + 9 * DAY_NS, 1.0, 0) == []
