"""The story of the town gets exactly the verdicts that its cast names, through the real station."""

import hashlib
import json

import pytest

from skykeep.facts.columns import estimates
from skykeep.facts.concluded import TracksEstimated, Trust, Verdict
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, SelfIdHeard, Unreadable
from skykeep.facts.personal import PlainNames
from skykeep.ledger.tick import LeafKind
from skykeep.sim import cast, town
from skykeep.station.replay import replay
from skykeep.station.simulated import lay_out, story
from skykeep.wire import ed269, identity, pcap, permits, remote_id
from tests.sim.telling import RECORD_ID, START_NS, Told, conclusions, leaves, run_job

SEEDS = (1, 2, 3)
SHA256 = {
    "sim-north.pcap": "b17070375de5d3a13039f84530c2692578401ae6ba2c06fdb0fa60eb523b191d",
    "sim-south.pcap": "4865205f59626c773c8007a832034f02736947d321869b6350373613d9ce46f2",
    "sim-adsb.jsonl": "ae93e5e1fc07dd7dfb9b467ded9c5660be142e97b6419e397788dda63e512571",
    "zones": "253e9ea4738f0a9487478a71611a64a1d4aafe5761251a014c16d964ea5ead47",
    "permits": "faa2205975743b6faf087341e6b80fe401d17616d0da3d6d1a837f456bdc35be",
}


@pytest.fixture(scope="module")
def stories():
    return {seed: story(seed, START_NS) for seed in SEEDS}


@pytest.fixture(scope="module")
def records(stories, tmp_path_factory):
    made = {}
    for seed, of in stories.items():
        folder = tmp_path_factory.mktemp(f"town-{seed}")
        laid = lay_out(of, folder)
        done = run_job(laid.job(folder / "record", record_id=RECORD_ID))
        assert (done.faults, done.not_ours) == ((), 0)
        made[seed] = folder / "record"
    return made


@pytest.fixture(scope="module")
def told(stories, records):
    return {seed: Told(records[seed], stories[seed].cast) for seed in SEEDS}


def after(seconds):
    return START_NS + round(seconds * 1e9)


def test_the_same_seed_gives_the_committed_bytes(stories):
    of = stories[1]
    files = of.files | {"zones": of.zones, "permits": of.permits}
    assert {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} == SHA256
    assert story(1, START_NS) == of


def test_another_seed_or_start_gives_another_story(stories):
    assert stories[1].files["sim-north.pcap"] != stories[2].files["sim-north.pcap"]
    assert story(1, START_NS + 10**9).files["sim-north.pcap"] != stories[1].files["sim-north.pcap"]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_flight_gets_the_verdicts_that_its_role_names(stories, told, seed):
    expected = {
        role.name: [(row.zone_id, row.verdict.value, row.clause) for row in role.expected]
        for role in stories[seed].cast
    }
    assert {name: told[seed].rows(name) for name in expected} == expected, f"seed {seed}"
    assert sorted(told[seed].verdicts) == sorted(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_flight_ends_with_the_identity_that_its_role_names(stories, told, seed):
    for role in stories[seed].cast:
        last = told[seed].identities[role.name][-1]
        assert (last.trust, last.flags, last.manned) == (role.trust, role.flags, role.manned), (seed, role.name)
        heard = told[seed].values.get(last.uas_id), told[seed].values.get(last.operator_id)
        assert heard == (("SIMRESQ", None) if role.manned else (role.serial, role.operator)), (seed, role.name)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flight_is_one_track_whatever_it_does(stories, told, seed):
    names = list(told[seed].name_of.values())
    assert sorted(names) == sorted(role.name for role in stories[seed].cast)
    assert told[seed].merged == ["courier"]


@pytest.mark.parametrize("seed", SEEDS)
def test_alarms_sound_for_those_who_must_not_fly_and_for_the_lie(told, seed):
    assert told[seed].alarms == {
        "mapper": ["identity_contradicted"],
        "copy": ["identity_contradicted"],
        "visitor": ["not_permitted"],
        "delivery": ["not_permitted"],
        "filmer": ["not_permitted"],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_revocation_rules_from_the_next_tick_on(told, seed):
    now_ns, fact = told[seed].verdicts["delivery"][-1]
    assert (fact.verdict, fact.clause, fact.permit_id) == (Verdict.NOT_PERMITTED, "permit_revoked", town.DELIVERY)
    assert after(cast.REVOKED_S) <= now_ns <= after(cast.REVOKED_S + 0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_coming_rule_is_named_before_it_rules(told, seed):
    first, *_, last = told[seed].verdicts["filmer"]
    assert (first[1].coming_zone_id, first[1].coming_from_ns) == (town.PARADE, after(cast.PARADE_S))
    assert (last[0], last[1].zone_id, last[1].coming_zone_id) == (after(cast.PARADE_S), town.PARADE, None)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_copied_serial_is_found_within_two_seconds(told, seed):
    for name in ("mapper", "copy"):
        now_ns = next(now_ns for now_ns, fact in told[seed].verdicts[name] if fact.trust is Trust.CONTRADICTED)
        assert after(cast.COPIED_S) <= now_ns <= after(cast.COPIED_S + 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_cannot_tell_says_what_is_missing(told, seed):
    missing = {name: told[seed].verdicts[name][-1][1].missing for name in ("hilltop", "silent", "copy")}
    assert missing == {
        "hilltop": ("ground height at take-off",),
        "silent": ("identity",),
        "copy": ("an identity that can be true",),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_replay_is_identical(records, seed):
    found = replay(records[seed])
    assert found.identical
    assert found.conclusions == len(conclusions(records[seed])) > 900
    assert (found.other_version, found.skipped_ticks) == (None, 0)


def test_every_line_says_that_it_is_simulated(stories, records):
    trusts = [fact.link_trust for _, fact in leaves(records[1], LeafKind.FACT) if hasattr(fact, "link_trust")]
    assert len(trusts) > 1_000
    assert set(trusts) == {LinkTrust.SIMULATED}
    told = [fact for _, fact in conclusions(records[1]) if isinstance(fact, TracksEstimated)]
    shown = [row for fact in told for row in estimates(fact)]
    assert len(shown) > 500
    assert all(row.simulated for row in shown)
    of = stories[1]
    assert all(zone["name"].startswith("Invented: ") for zone in json.loads(of.zones)["features"])
    for permit in json.loads(of.permits)["permits"]:
        assert permit["id"].startswith("SIM-P-")
        assert "SIMULATED" in permit["holder"]
    assert all(name.startswith("sim-") for name in (*of.files, *of.sensors))
    assert b"SIMRESQ" in of.files["sim-adsb.jsonl"].splitlines()[0]


def test_every_frame_says_that_it_is_simulated(stories):
    spoken = set()
    for record in pcap.records([stories[1].files["sim-north.pcap"]]):
        assert b"\x00\x09SIMULATED" in record.data  # the network's name
        frame = Frame("remote-id", record.link, "sim-north", 0, 0, LinkTrust.SIMULATED, record.data)
        facts = remote_id.decode(frame, 0, PlainNames())
        assert facts
        assert not any(isinstance(fact, Unreadable) for fact in facts)
        spoken |= {(fact.transmitter, fact.text) for fact in facts if isinstance(fact, SelfIdHeard)}
    addresses = {address for role in stories[1].cast if not role.manned for address in role.transmitters}
    assert spoken == {(address, "SIMULATED FLIGHT") for address in addresses}
    assert all(bytes.fromhex(address.replace(":", ""))[0] & 2 for address in addresses)  # locally administered


def test_the_law_is_read_without_a_doubt(stories):
    zones = ed269.read(stories[1].zones, source_sha256="")
    read = permits.read(stories[1].permits, PlainNames())
    assert (zones.refused, zones.doubted, zones.doubts, read.refused, read.doubted) == ([], [], [], [], [])
    assert (len(zones.zones), len(read.permits), len(read.revocations)) == (4, 5, 1)


def test_invented_identities_have_the_form_of_real_ones():
    for aircraft in cast.FLEET.values():
        assert identity.serial_doubt(aircraft.serial) is None
        assert identity.operator_doubt(aircraft.operator) is None
        assert len(aircraft.operator) == 20


def test_captions_tell_the_story_in_order(stories):
    captions = stories[1].captions
    assert list(captions) == sorted(captions)
    assert all(START_NS <= caption.t_ns <= stories[1].end_ns for caption in captions)
    assert len(captions) == len(stories[1].cast) + 5
