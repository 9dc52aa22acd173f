"""The existence ladder: what confirms, what does not, what refutes, and that it never moves unsaid."""

import copy
import itertools

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.concluded import FactRef, Rung
from skykeep.watch import ladder, laddermemory, senses, weigh
from skykeep.watch.benign import PRIOR, Benign, enact
from skykeep.watch.reports import AZIMUTH
from skykeep.watch.supports import Support
from skykeep.watch.table import LOST, MODALITIES, append_rows, keep_rows
from tests.watch import existence as made
from tests.watch.existence import NS, T0

EVERYBODY = tuple(MODALITIES)


class Watch:
    """One ladder over one table of tracks."""

    def __init__(self, rows, sensors=None, benign=None):
        self.rows, self.sensors = rows, sensors or made.table()
        self.memory, self.benign, self.told = laddermemory.LadderMemory(), benign or Benign(), []

    def look(self, heard=None, t_s=0.0, permitted=None, supported=()):
        reports, pairs = heard or made.nothing_heard()
        told = weigh.weigh(
            self.memory,
            self.rows,
            self.sensors,
            reports,
            pairs,
            self.benign,
            T0 + round(t_s * NS),
            permitted=permitted or {},
            supported=supported,
        )
        self.told += told
        return told

    def see(self, *modalities, t_s=0.0, count=1):
        for modality in modalities:
            made.sighted(self.rows, 0, modality, T0 + round(t_s * NS), count)
        self.look(t_s=t_s)
        return self

    def miss(self, modality, nats, t_s=0.0):
        made.in_vain(self.rows, 0, modality, nats)
        self.look(t_s=t_s)
        return self

    @property
    def rungs(self):
        return [fact.rung for fact in self.told]


def watch(*, r=0.99, **kinds):
    return Watch(made.tracks(r=r, **kinds))


# ---- the table -----------------------------------------------------------------------------------

STAYS = {
    (rung, event)
    for rung, event in itertools.product(range(6), range(len(ladder.EVENTS)))
    if (rung, event) not in ladder.NEXT
}


def test_each_move_of_the_table_leads_elsewhere_and_no_rung_is_left_for_nothing():
    assert all(rung != after for (rung, _), after in ladder.NEXT.items())
    assert not any(event == ladder.NOTHING for _, event in ladder.NEXT)
    assert ladder.NONE not in ladder.NEXT.values()
    assert set(ladder.NEXT.values()) == {1, 2, 3, 4, 5}


@pytest.mark.requirement("WATCH-15")
def test_only_a_pair_confirms_and_only_looks_in_vain_take_away():
    assert {event for (_, event), after in ladder.NEXT.items() if after == ladder.CONFIRMED} == {ladder.PAIR}
    down = {event for (rung, event), after in ladder.NEXT.items() if after == ladder.REFUTED or 0 < after < rung < 5}
    assert down == {ladder.DISPUTED, ladder.UNSEEN, ladder.GONE}


def test_what_was_refuted_can_come_back_to_any_rung():
    assert {after for (rung, _), after in ladder.NEXT.items() if rung == ladder.REFUTED} == {1, 2, 3, 4}


def test_what_was_confirmed_is_never_refuted_at_once():
    assert (ladder.CONFIRMED, ladder.UNSEEN) in STAYS
    assert (ladder.CONFIRMED, ladder.GONE) in STAYS


# ---- independence --------------------------------------------------------------------------------


def confirms(*modalities, r=0.99):
    return watch(r=r).see(*modalities, count=20).rungs[-1] is Rung.CONFIRMED


@pytest.mark.parametrize("pair", list(itertools.combinations(MODALITIES, 2)), ids="+".join)
def test_which_pairs_confirm(pair):
    one, other = (senses.CAUSE[senses.family_of(modality)] for modality in pair)
    assert confirms(*pair) == (one != other and senses.NO_CAUSE not in (one, other))


@pytest.mark.parametrize("modality", MODALITIES)
def test_one_modality_never_confirms(modality):
    assert not confirms(modality)


def test_the_table_of_senses_says_what_the_page_says():
    independent = {pair for pair in itertools.combinations(EVERYBODY, 2) if confirms(*pair)}
    assert ("remote_id", "radar") in independent
    assert ("rf", "camera") in independent
    assert ("radar", "witness") in independent
    assert ("remote_id", "adsb") not in independent
    assert ("remote_id", "rf") not in independent
    assert ("camera", "witness") not in independent
    assert ("radar", "tracks") not in independent


@pytest.mark.requirement("WATCH-15")
def test_ten_receivers_of_one_broadcast_are_one():
    sensors = made.table(*(made.sensor(f"rid-{k}", "remote_id", 100.0 * k) for k in range(10)))
    alone = Watch(made.tracks(), sensors)
    for k in range(10):
        made.sighted(alone.rows, 0, "remote_id", T0 + k * NS)
        alone.look(made.report(sensors, f"rid-{k}", 1, index=k), t_s=k)
    assert alone.rungs == [Rung.SUSPECTED]
    assert alone.told[0].modalities == ("remote_id",)


def test_two_modalities_far_apart_in_time_confirm_nothing():
    far = watch().see("radar").see("remote_id", t_s=ladder.WINDOW_NS / NS + 1)
    assert far.rungs == [Rung.SUSPECTED, Rung.SUSPECTED]  # told again: another family
    near = watch().see("radar").see("remote_id", t_s=ladder.WINDOW_NS / NS)
    assert near.rungs == [Rung.SUSPECTED, Rung.CONFIRMED]


@pytest.mark.parametrize(("r", "rung"), [(0.94, Rung.CORROBORATED), (0.96, Rung.CONFIRMED), (0.7, Rung.REPORTED)])
def test_two_modalities_confirm_only_what_is_sure(r, rung):
    assert watch(r=r).see("radar", "camera").rungs == [rung]


def test_a_witness_alone_stays_reported():
    alone = watch()
    for t_s in range(20):
        alone.see("witness", t_s=t_s)
    assert alone.rungs == [Rung.REPORTED]
    assert alone.see("radar", t_s=20).rungs == [Rung.REPORTED, Rung.CONFIRMED]


def test_one_radar_again_and_again_corroborates_and_a_sender_never_does():
    assert watch().see("radar").see("radar", count=4, t_s=4).rungs == [Rung.SUSPECTED, Rung.CORROBORATED]
    assert watch().see("remote_id").see("remote_id", count=1000, t_s=4).rungs == [Rung.SUSPECTED]


@pytest.mark.parametrize(("r", "rungs"), [(0.49, []), (0.5, [Rung.REPORTED]), (0.8, [Rung.SUSPECTED])])
def test_a_plot_that_is_likelier_false_is_not_told(r, rungs):
    assert watch(r=r).see("radar").rungs == rungs


# ---- absence -------------------------------------------------------------------------------------

ENOUGH = ladder.IN_VAIN_NATS - 0.1


@pytest.mark.parametrize("sender", ["remote_id", "adsb", "rf", "witness"])
def test_what_only_talks_is_refuted_by_a_radar_that_covers_it_and_sees_nothing(sender):
    spoof = watch().see(sender)
    assert spoof.miss("radar", ladder.IN_VAIN_NATS + 0.1).rungs[1:] == []
    assert spoof.miss("radar", -0.2).rungs[-1] is Rung.REFUTED
    assert spoof.see(sender, t_s=1).rungs[-1] is Rung.REFUTED  # more of the same word changes nothing
    assert len(spoof.told) == 2


def test_looks_of_what_cannot_see_a_body_refute_nothing():
    silent = watch().see("radar", count=9)
    for modality in ("remote_id", "adsb", "rf", "witness", "tracks", "other"):
        silent.miss(modality, 100 * ENOUGH)
    assert silent.rungs == [Rung.CORROBORATED]


def test_a_camera_that_sees_nothing_disputes_what_radar_and_sender_confirm_and_takes_it_back_when_it_sees():
    disputed = watch().see("radar", "remote_id", count=9).miss("camera", ENOUGH)
    assert disputed.rungs == [Rung.CONFIRMED, Rung.CORROBORATED]
    disputed.see("radar", "remote_id", t_s=1)
    assert len(disputed.told) == 2
    assert disputed.see("camera", t_s=2).rungs[2:] == [Rung.CONFIRMED]


@pytest.mark.parametrize(
    ("modalities", "count", "rungs"),
    [
        (("radar",), 1, [Rung.SUSPECTED, Rung.REFUTED]),
        (("radar",), 9, [Rung.CORROBORATED]),
        (("radar", "remote_id"), 9, [Rung.CONFIRMED]),
    ],
)
def test_what_is_seen_no_more_is_refuted_only_if_it_was_hardly_seen(modalities, count, rungs):
    gone = watch().see(*modalities, count=count)
    gone.rows.seen_ns[0, MODALITIES.index("radar")] += 1
    assert gone.miss("radar", ENOUGH).rungs == rungs


def test_a_track_given_up_needs_fewer_looks_in_vain():
    gone = watch().see("radar").miss("radar", -4.1)
    assert gone.rungs == [Rung.SUSPECTED]
    gone.rows.phase[0] = LOST
    gone.look()
    assert gone.rungs == [Rung.SUSPECTED, Rung.REFUTED]


def test_what_one_sense_loses_and_another_still_has_is_not_gone():
    seen = watch().see("camera").see("radar", t_s=1).miss("camera", ENOUGH)
    assert Rung.REFUTED not in seen.rungs


def test_what_was_refuted_comes_back_with_new_evidence():
    back = watch().see("remote_id").miss("radar", ENOUGH).see("radar", t_s=1)
    assert back.rungs == [Rung.SUSPECTED, Rung.REFUTED, Rung.CONFIRMED]


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(MODALITIES), st.sampled_from(["see", "miss"]), st.floats(0.0, 1.0), st.integers(0, 40)
        ),
        max_size=30,
    )
)
def test_it_never_moves_unsaid_and_every_move_is_of_the_table(steps):
    tried, t_s, before = watch(), 0, ladder.NONE
    for modality, what, r, later_s in steps:
        t_s += later_s
        tried.rows.r[0] = r
        told = len(tried.told)
        if what == "see":
            tried.see(modality, t_s=t_s)
        else:
            tried.miss(modality, -4.0, t_s=t_s)
        after = int(tried.rows.rung[0])
        assert after == before or (before in {rung for rung, _ in ladder.NEXT} and len(tried.told) == told + 1)
        if after != before:
            assert tried.told[-1].rung is tuple(Rung)[after - 1]
            assert after in [end for (begin, _), end in ladder.NEXT.items() if begin == before]
        again = len(tried.told)
        tried.look(t_s=t_s)
        tried.look(t_s=t_s + 100)  # nothing heard: nothing moves, however long
        assert len(tried.told) == again
        before = after
    assert len(tried.rows) == 1


# ---- what is told --------------------------------------------------------------------------------


@pytest.mark.requirement("WATCH-14")
def test_who_looked_in_vain_and_who_could_not_have_seen_it():
    sensors = made.table(
        made.sensor("near", "radar", range_m=2_000),
        made.sensor("far", "radar", 50_000, range_m=5_000),
        made.sensor("seldom", "camera", range_m=2_000, pd=0.1),
        made.sensor("eye", "camera", 100, range_m=2_000, pd=0.8),
        made.sensor("slow", "camera", range_m=2_000, period_s=60.0),
        made.sensor("unknown", "radar"),
        made.sensor("unrated", "radar", range_m=2_000, pd=None),
        made.sensor("heard", "remote_id", range_m=2_000),
        made.sensor("north", "camera", range_m=2_000, sector=(5_000_000, TURN_MORE)),
    )
    seen = Watch(made.tracks(east=500.0), sensors)
    made.sighted(seen.rows, 0, "remote_id", T0 + 5 * NS)
    [told] = seen.look(made.report(sensors, "heard", 1, tick=7, index=3), t_s=5)
    assert told.absent == ("eye", "near")
    assert told.not_covered == ("far", "north")
    assert told.evidence == (FactRef(7, 3),)


TURN_MORE = 6_283_185 + 500_000


def test_a_sensor_that_saw_it_is_not_said_to_have_missed_it_and_one_that_saw_it_long_ago_is():
    sensors = made.table(made.sensor("a", "radar", range_m=2_000), made.sensor("b", "camera", range_m=2_000))
    seen = Watch(made.tracks(east=500.0), sensors)
    made.sighted(seen.rows, 0, "radar", T0)
    assert seen.look(made.report(sensors, "a", 1), t_s=3)[0].absent == ("b",)
    made.sighted(seen.rows, 0, "camera", T0 + 9 * NS)
    assert seen.look(made.report(sensors, "b", 1), t_s=9)[0].absent == ()
    made.sighted(seen.rows, 0, "remote_id", T0 + 60 * NS)
    assert seen.look(t_s=60)[0].absent == ("a", "b")


def test_a_report_that_is_likelier_of_another_track_is_no_sighting():
    sensors = made.table(made.sensor("a", "radar", range_m=2_000))
    seen = Watch(made.tracks(east=500.0), sensors)
    made.sighted(seen.rows, 0, "witness", T0)
    [told] = seen.look(made.report(sensors, "a", 1, probability=0.4), t_s=9)
    assert told.absent == ("a",)
    assert told.evidence == ()


def test_the_evidence_is_the_latest_report_of_each_family():
    sensors = made.table(made.sensor("a", "radar"), made.sensor("b", "rf"), made.sensor("c", "radar"))
    seen = Watch(made.tracks(r=0.9), sensors)
    for name, modality, tick, index in (("a", "radar", 1, 5), ("c", "radar", 2, 6), ("b", "rf", 3, 2)):
        made.sighted(seen.rows, 0, modality, T0)
        seen.look(made.report(sensors, name, 1, tick=tick, index=index))
    assert seen.told[-1].evidence == (FactRef(2, 6), FactRef(3, 2))
    assert seen.told[-1].modalities == ("radar", "rf")


def test_more_than_62_sensors_are_told_apart():
    sensors = made.table(*(made.sensor(f"s{k:03}", "radar", range_m=2_000) for k in range(70)))
    seen = Watch(made.tracks(east=500.0), sensors)
    for k in range(70):
        if k not in (3, 65):
            made.sighted(seen.rows, 0, "radar", T0)
            seen.rows.rung[0] = 0
            seen.look(made.report(sensors, f"s{k:03}", 1), t_s=5)
    assert seen.told[-1].absent == ("s003", "s065")


def test_a_witness_who_points_at_venus_is_explained_and_the_report_stays():
    sensors = made.table(made.sensor("w", "witness"))
    benign = Benign()
    enact(benign, made.sky(("Venus", -4.2, 1.5, 0.2)))
    seen = Watch(made.tracks(east=1_000.0, sigma_m=300.0), sensors, benign)
    made.sighted(seen.rows, 0, "witness", T0)
    [told] = seen.look(made.report(sensors, "w", 1, z=made.at(1_000, 0), sigma_m=150.0, said_datum=-1))
    assert told.rung is Rung.REPORTED
    assert told.explained[0][:2] == ("planet", "Venus")
    assert told.explained[0][2] > 500_000
    west = Watch(made.tracks(east=-1_000.0, sigma_m=300.0), sensors, benign)
    made.sighted(west.rows, 0, "witness", T0)
    [told] = west.look(made.report(sensors, "w", 1, z=made.at(-1_000, 0), sigma_m=150.0, said_datum=-1))
    assert told.explained == ()


def test_a_camera_explains_by_its_bearing_but_not_by_a_place_it_gives():
    sensors = made.table(made.sensor("c", "camera"))
    benign = Benign()
    enact(benign, made.sky(("Venus", -4.2, 1.5, 0.2)))
    found = []
    for kind, z in ((0, made.at(1_000, 0)), (AZIMUTH, (1.5, 0.0, 0.0))):
        seen = Watch(made.tracks(east=1_000.0, r=0.6), sensors, benign)
        made.sighted(seen.rows, 0, "camera", T0)
        [told] = seen.look(made.report(sensors, "c", 1, kind=kind, z=z, cov=(1e-4, 0, 0, 0, 0, 0), sigma_m=50.0))
        found.append([kind for kind, _, _ in told.explained])
    assert found == [[], ["planet"]]


@pytest.mark.requirement("WATCH-23")
def test_a_permit_explains_and_moves_nothing():
    for permitted in ({}, {1: "P-7"}):
        seen = watch()
        made.sighted(seen.rows, 0, "remote_id", T0)
        [told] = seen.look(permitted=permitted)
        assert told.rung is Rung.SUSPECTED
        assert [each[:2] for each in told.explained] == [("permitted", name) for name in permitted.values()]


def test_a_sound_that_can_only_be_of_one_track_counts_as_seen_by_that_sense_for_good():
    sensors = made.table(made.sensor("ear", "acoustic", range_m=2_000), made.sensor("rid", "remote_id"))
    seen = Watch(made.tracks(3, east=500.0), sensors)
    made.sighted(seen.rows, 1, "remote_id", T0)
    made.in_vain(seen.rows, 1, "acoustic", -5.0)
    seen.look(made.report(sensors, "rid", 2, tick=1))
    sound = Support(2, "acoustic", FactRef(2, 9), 0, T0 + 3 * NS)
    [told] = seen.look(t_s=3, supported=[sound])
    assert (told.track_id, told.rung, told.modalities) == (2, Rung.CONFIRMED, ("remote_id", "acoustic"))
    assert (told.evidence, told.absent) == ((FactRef(1, 0), FactRef(2, 9)), ())
    assert seen.look(t_s=4) == []
    made.sighted(seen.rows, 1, "radar", T0 + 5 * NS)
    assert seen.look(t_s=5)[0].modalities == ("remote_id", "radar", "acoustic")


# ---- memory --------------------------------------------------------------------------------------


def scene():
    sensors = made.table(made.sensor("a", "radar", range_m=5_000), made.sensor("b", "rf"), made.sensor("w", "witness"))
    return Watch(made.tracks(5), sensors)


def play(seen, first, last):
    """Some sightings of five tracks, as a function of the second."""
    names = {"a": "radar", "b": "rf", "w": "witness"}
    for t_s in range(first, last):
        name = "abw"[t_s % 3]
        row = t_s * 7 % 5
        made.sighted(seen.rows, row, names[name], T0 + t_s * NS)
        made.in_vain(seen.rows, (row + 1) % 5, "camera", -1.0)
        heard = made.report(
            seen.sensors, name, int(seen.rows.id[row]), tick=t_s, z=made.at(500, 10.0 * t_s), sigma_m=9.0
        )
        seen.look(heard, t_s=t_s)


def test_a_snapshot_goes_on_as_if_nothing_had_happened():
    whole, cut = scene(), scene()
    play(whole, 0, 90)
    play(cut, 0, 40)
    data = msgspec.msgpack.encode(cut.memory)
    cut.memory = msgspec.msgpack.decode(data, type=laddermemory.LadderMemory)
    cut.rows, kept = copy.deepcopy(cut.rows), copy.deepcopy(cut.memory)
    assert msgspec.msgpack.encode(kept) == data
    play(cut, 40, 90)
    assert cut.told == whole.told
    assert msgspec.msgpack.encode(cut.memory) == msgspec.msgpack.encode(whole.memory)
    assert msgspec.msgpack.encode(kept) == data


def test_ticks_in_which_nothing_was_heard_change_nothing():
    quiet, busy = scene(), scene()
    play(quiet, 0, 60)
    for t_s in range(60):
        busy.look(t_s=t_s - 0.5)
        play(busy, t_s, t_s + 1)
        busy.look(t_s=t_s + 0.2)
    assert busy.told == quiet.told


def test_memory_follows_the_tracks():
    seen = scene()
    play(seen, 0, 30)
    full = len(msgspec.msgpack.encode(seen.memory))
    keep_rows(seen.rows, np.isin(seen.rows.id, [2, 4]))
    append_rows(seen.rows, made.tracks(3, first=6))
    play(seen, 30, 31)
    assert len(msgspec.msgpack.encode(seen.memory)) == full
    laddermemory.forget(seen.memory, [2, 6, 7, 8, 99])
    assert len(msgspec.msgpack.encode(seen.memory)) < full / 3
    keep_rows(seen.rows, seen.rows.id == 4)
    made.sighted(seen.rows, 0, "acoustic", T0 + 31 * NS)
    [last] = seen.look(t_s=31)
    assert last.evidence == (FactRef(19, 0), FactRef(24, 0), FactRef(29, 0))  # those that `play` gave track 4 last
    laddermemory.forget(seen.memory, [4])
    assert len(seen.memory.ids) == 0
    seen.look(t_s=32)


def test_no_tracks_no_sensors_nothing():
    assert Watch(made.tracks(0)).look() == []


# ---- the page ------------------------------------------------------------------------------------


def page_rows(root, header):
    """The cells of the table on the page that begins with this header."""
    lines = (root / "docs" / "explanation" / "existence.md").read_text(encoding="utf-8").splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith(header))
    table = itertools.takewhile(lambda line: line.startswith("|"), lines[start:])
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_page_draws_the_table_that_the_program_has(root):
    header, _, *rows = page_rows(root, "| | WORD")
    names = ["not told yet", *(rung.value for rung in Rung)]
    events = [ladder.EVENTS.index(name) for name in header[1:]]
    assert events == list(range(1, len(ladder.EVENTS)))
    drawn = {
        (names.index(row[0]), event): names.index(cell)
        for row in rows
        for event, cell in zip(events, row[1:], strict=True)
        if cell != "–"
    }
    assert drawn == ladder.NEXT


def test_the_page_names_the_senses_that_the_program_has(root):
    _, _, *rows = page_rows(root, "| Modality | Rests on")
    for modality, _, cause, looks in rows:
        family = senses.family_of(modality)
        assert (senses.CAUSES[senses.CAUSE[family]], "yes" if senses.BODY[family] else "no") == (cause, looks)
    assert {row[0] for row in rows} == set(MODALITIES)


def test_the_page_has_the_odds_that_the_program_has(root):
    _, _, *rows = page_rows(root, "| Kind | Named when")
    odds = {kind.strip(): cell for kinds, _, cell in rows for kind in kinds.split(",")}
    assert odds.pop("nothing")
    assert {kind: eval(cell) for kind, cell in odds.items()} == {kind: prior for kind, (prior, _) in PRIOR.items()}  # noqa: S307
