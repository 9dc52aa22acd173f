"""`skykeep replay`: identical, another version, a difference, erased facts, and facts that nobody knows yet."""

import json
import shutil

import msgspec
import pytest

import skykeep
from skykeep.facts import codec
from skykeep.facts.concluded import VerdictReached
from skykeep.facts.enacted import Began
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station import program
from skykeep.station.keys import Keys
from skykeep.station.store import Store
from tests.cli.calling import ANAFI, ZONES, call, rows


def rewritten(source, target, change):
    """Write a record anew with every row's leaves as `change(row)` gives them, and seal it."""
    with (
        Store.open(source, read_only=True) as old,
        Store.create(target, meta={"record_id": old.meta["record_id"]}) as new,
    ):
        for row in old.rows():
            entry = row.entry
            leaves = change(row)
            if row.state_sha256 is not None:
                assert new.put_snapshot(old.get_snapshot(row.state_sha256)) == row.state_sha256
            new.append(
                row.kind, row.tick, row.now_ns, leaves, entry.settings_sha256, entry.program_sha256, row.state_sha256
            )
        new.wait_durable(new.entries_count)
        new.seal(Keys().signer(new.meta["record_id"]))
    return target


def with_program(sha256, version="0.0.7"):
    def change(row):
        if row.kind != EntryKind.BEGAN:
            return row.leaves
        began = codec.decode_trusted(row.leaves[0].body)
        assert isinstance(began, Began)
        changed = msgspec.structs.replace(began, program_sha256=sha256, program_version=version)
        return [Leaf(LeafKind.FACT, codec.encode(changed))]

    return change


def worse(row):
    """The first verdict that a tick concludes, with another clause."""
    leaves = list(row.leaves)
    for number, leaf in enumerate(leaves):
        fact = codec.decode_trusted(leaf.body) if leaf.kind == LeafKind.CONCLUSION else None
        if isinstance(fact, VerdictReached):
            leaves[number] = Leaf(leaf.kind, codec.encode(msgspec.structs.replace(fact, clause="no_rule_at_all")))
            break
    return leaves


@pytest.mark.capability("Replay a record: every conclusion recomputed, identical to the byte, or the first difference")
def test_a_record_replays_identically_in_words_and_as_json(record):
    words = call("replay", record)
    (said,) = rows(call("replay", record, "--json"))
    assert words.exit_code == 0
    assert words.stdout.startswith(f"identical sha256:{said['sha256']}\n")
    assert (said["identical"], said["differing"], said["other_version"]) == (True, 0, None)
    assert said["conclusions"] > 10


def test_the_same_conclusions_of_another_version_are_identical(record, tmp_path):
    other = rewritten(record, tmp_path / "other", with_program("ab" * 32))
    result = call("replay", other)
    assert (result.exit_code, "(recorded by another version: 0.0.7)" in result.stdout) == (0, True)


def test_what_another_program_recorded_is_of_another_version_not_corrupt(tmp_path, small, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(program, "sha256", lambda: bytes(32))
        assert call("run", "--record", tmp_path / "record", small).exit_code == 0
    result = call("replay", tmp_path / "record")
    same = f"(recorded by another program of the same version: {skykeep.__version__})"
    assert (result.exit_code, same in result.stdout) == (0, True)
    assert call("verify", tmp_path / "record").exit_code == 0
    refused = call("run", "--record", tmp_path / "record", small)
    assert (refused.exit_code, "other program" in refused.stderr) == (2, True)


def test_other_conclusions_of_another_version_say_so_and_name_the_install(record, tmp_path):
    other = rewritten(record, tmp_path / "other", with_program("ab" * 32))
    changed = rewritten(other, tmp_path / "changed", worse)
    result = call("replay", changed)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("other version: ")
    assert lines[0].endswith(" conclusions differ (recorded by 0.0.7)")
    assert "pip install skykeep==0.0.7" in lines[1]
    assert call("verify", changed).exit_code == 0


def test_other_conclusions_of_another_program_of_this_version_name_its_hash_and_no_install(record, tmp_path):
    other = rewritten(record, tmp_path / "other", with_program("ab" * 32, skykeep.__version__))
    changed = rewritten(other, tmp_path / "changed", worse)
    first, second, *_ = call("replay", changed).stdout.splitlines()
    assert first.startswith("other program of the same version: ")
    assert f"its hash is {'ab' * 32}, here it is {program.sha256().hex()}" in second
    assert "pip install" not in second


def test_a_changed_conclusion_of_this_version_is_shown(record, tmp_path):
    changed = rewritten(record, tmp_path / "changed", worse)
    result = call("replay", changed)
    assert result.exit_code == 1
    assert result.stdout.startswith("NOT identical: ")
    assert "first difference: tick " in result.stdout
    recorded, recomputed = (line for line in result.stdout.splitlines() if line.startswith("  rec"))
    assert "no_rule_at_all" in recorded
    assert "no_rule_at_all" not in recomputed
    (said,) = rows(call("replay", changed, "--json"))
    assert said["first_difference"]["recorded"]["clause"] == "no_rule_at_all"
    # The page of such a record says it first.
    assert call("report", changed, "-o", tmp_path / "page.html").exit_code == 0
    assert "NOT identical" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize("how", ["missing", "added"])
def test_a_conclusion_missing_or_added_is_shown_as_nothing(record, tmp_path, how):
    def change(row):
        concluded = [leaf for leaf in row.leaves if leaf.kind == LeafKind.CONCLUSION]
        return (
            [*row.leaves, *concluded[:1]] if how == "added" else [leaf for leaf in row.leaves if leaf not in concluded]
        )

    result = call("replay", rewritten(record, tmp_path / "changed", change))
    assert result.exit_code == 1
    side = "recomputed: nothing" if how == "added" else "recorded:   nothing"
    assert side in result.stdout


@pytest.fixture
def long(tmp_path):
    """A record that keeps a state every 5 seconds."""
    (tmp_path / "settings.toml").write_text("snapshot_interval_s = 5\n")
    path = tmp_path / "long"
    call("run", "--zones", ZONES, "--settings", tmp_path / "settings.toml", "--record", path, ANAFI)
    return path


def erase_facts(path, first, after):
    with Store.open(path) as store:
        store.erase(lambda entry, _leaf, leaf: first <= entry < after and leaf.kind == LeafKind.FACT)


def test_after_erased_facts_replay_goes_on_from_the_next_state_kept(long):
    (whole,) = rows(call("replay", long, "--json"))
    erase_facts(long, 100, 120)
    result = call("replay", long)
    assert (result.exit_code, result.stdout.startswith("identical sha256:")) == (0, True)
    (said,) = rows(call("replay", long, "--json"))
    assert 20 <= said["skipped_ticks"] < 120
    assert said["ticks"] == whole["ticks"] - said["skipped_ticks"]
    assert f"{said['skipped_ticks']} ticks hold erased facts" in result.stdout
    assert call("verify", long).exit_code == 0
    assert call("report", long, "-o", long.parent / "page.html").exit_code == 0


def test_a_record_of_which_nothing_can_be_replayed_is_not_called_identical(record):
    erase_facts(record, 1, 10_000)
    result = call("replay", record)
    assert (result.exit_code, result.stdout.startswith("cannot tell: ")) == (1, True)
    assert json.loads(call("replay", record, "--json").stdout)["ticks"] == 0


def test_facts_of_kinds_that_nobody_knows_yet_are_carried(record, tmp_path):
    new = [Leaf(LeafKind.FACT, msgspec.msgpack.encode(["observed.smell/1", 7, "kerosene"])),
           Leaf(LeafKind.NAME, msgspec.msgpack.encode(["personal.nose/1", "x"]))]  # fmt: skip

    def change(row):
        if row.tick % 10 != 5:
            return row.leaves
        # Behind the facts that are there: conclusions, and the states kept, name those by their number in the tick.
        names = [leaf for leaf in row.leaves if leaf.kind <= LeafKind.NAME]
        known = [leaf for leaf in row.leaves if leaf.kind <= LeafKind.FACT]
        return [*names, new[1], *known[len(names) :], new[0], *row.leaves[len(known) :]]

    future = rewritten(record, tmp_path / "future", change)
    before, after = (rows(call("replay", path, "--json"))[0] for path in (record, future))
    assert (after["identical"], after["sha256"]) == (True, before["sha256"])
    assert after["facts"] > before["facts"]
    for arguments in (
        ("verify", future),
        ("explain", future, "--track", 1),
        ("report", future, "-o", tmp_path / "page"),
    ):
        assert call(*arguments).exit_code == 0
    shutil.copyfile(record.parent / "small.pcap", tmp_path / "same.pcap")
    assert call("run", "--zones", ZONES, "--record", future, tmp_path / "same.pcap").exit_code == 0
