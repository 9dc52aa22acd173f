"""`skykeep keys` as a person calls it: rotate, list, then verify, prove, witness and replay as before."""

import json
import shutil

import pytest

from skykeep.ledger import checkpoint, note
from skykeep.station.keys import Keys
from skykeep.station.store import Store
from tests.cli.calling import ZONES, call, vkey_in


@pytest.fixture
def mine(record, finished, tmp_path, monkeypatch):
    """The finished record with keys of its own that a test may rotate; returns (record, keys, verification key)."""
    place, vkey = finished
    shutil.copytree(place / "keys", tmp_path / "keys")
    monkeypatch.setenv("SKYKEEP_KEYS", str(tmp_path / "keys"))
    return record, tmp_path / "keys", vkey


def rotate(record, *more):
    result = call("keys", "rotate", record, *more)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.mark.requirement("RECORD-9")
def test_a_finished_record_is_rotated_and_still_verifies_and_replays(mine, tmp_path):
    record, _, old = mine
    shutil.copyfile(record / "checkpoint", tmp_path / "kept")
    replayed = call("replay", record).stdout
    result = rotate(record)
    new = result.stdout.strip()
    assert vkey_in(result.stderr) == new != old
    by_new = call("verify", record, "--key", new)
    assert (by_new.exit_code, by_new.stdout.startswith("verified: ")) == (0, True)
    by_old = call("verify", record, "--key", old, "--since", tmp_path / "kept")
    assert by_old.exit_code == 0, by_old.stderr
    assert "the key given was rotated away at" in by_old.stdout
    assert f"{old} handed over to {new}" in by_old.stdout
    assert "nothing changed since the checkpoint of size" in by_old.stdout
    (told,) = json.loads(call("verify", record, "--key", old, "--json").stdout)["rotations"]
    assert (told["old_vkey"], told["new_vkey"]) == (old, new)
    assert call("replay", record).stdout.splitlines()[0] == replayed.splitlines()[0]
    listed = call("keys", "list", record).stdout.splitlines()
    assert [line.split()[0] for line in listed] == [old, new]
    assert listed[1].endswith("signs now")


def test_the_same_run_after_a_rotation_adds_nothing_and_names_the_new_key(mine, tmp_path):
    record, _, _ = mine
    new = rotate(record).stdout.strip()
    again = call("run", "--zones", ZONES, "--record", record, tmp_path / "small.pcap")
    assert again.exit_code == 0, again.stderr
    assert "is complete already" in again.stderr
    assert vkey_in(again.stderr) == new


def test_a_record_that_was_never_rotated_lists_its_one_key(mine):
    record, _, vkey = mine
    (line,) = call("keys", "list", record).stdout.splitlines()
    assert line.startswith("+".join(vkey.split("+", 2)[:2]))
    (told,) = [json.loads(line) for line in call("keys", "list", record, "--json").stdout.splitlines()]
    assert (told["from_size"], told["until_size"]) == (1, None)


def test_what_came_of_it_as_json(mine):
    record, _, old = mine
    done = json.loads(rotate(record, "--json").stdout)
    assert (done["old_vkey"], done["was_begun"]) == (old, False)
    assert call("verify", record, "--key", done["new_vkey"]).exit_code == 0


def test_what_cannot_be_rotated_is_wrong_usage(mine, tmp_path):
    record, _, _ = mine
    others = tmp_path / "others"
    missing = call("keys", "rotate", record, "--keys", others)
    assert (missing.exit_code, f"{others / 'signing.key'} is not there" in missing.stderr) == (2, True)
    Keys(others).begun("another record")
    elsewhere = call("keys", "rotate", record, "--keys", others)
    assert (elsewhere.exit_code, "was sealed with another key" in elsewhere.stderr) == (2, True)
    none = call("keys", "rotate", tmp_path)
    assert (none.exit_code, "holds no record" in none.stderr) == (2, True)
    with Store.open(record):
        held = call("keys", "rotate", record)
    assert (held.exit_code, "is being written by" in held.stderr) == (2, True)
    assert call("keys", "list", tmp_path).exit_code == 2


@pytest.mark.requirement("RECORD-9")
def test_a_proof_from_before_and_after_is_checked_with_the_old_key(mine, tmp_path):
    record, _, old = mine
    before, after = tmp_path / "before.tlog-proof", tmp_path / "after.tlog-proof"
    assert call("prove", record, "--entry", "3", "--leaf", "0", "-o", before).exit_code == 0
    first, second = rotate(record).stdout.strip(), rotate(record).stdout.strip()
    assert call("prove", record, "--entry", "3", "--leaf", "0", "-o", after).exit_code == 0
    rotations = [part for file in sorted((record / "rotation").iterdir()) for part in ("--rotation", file)]
    assert len(rotations) == 4
    assert call("verify", before, "--key", old).exit_code == 0
    assert call("verify", after, "--key", second).exit_code == 0
    for vkey in (old, first):
        alone = call("verify", after, "--key", old)
        assert (alone.exit_code, "no signature by a known key" in alone.stderr) == (1, True)
        followed = call("verify", after, "--key", vkey, *rotations)
        assert followed.exit_code == 0, followed.stderr
        assert f"signed by {second}, which took over from this key" in followed.stdout
    late = call("verify", before, "--key", second, *rotations)
    assert (late.exit_code, "a key from before the one given" in late.stderr) == (1, True)
    broken = call("verify", after, "--key", old, "--rotation", before)
    assert (broken.exit_code, "not the fact of a rotation" in broken.stderr) == (1, True)
    missing = call("verify", after, "--key", old, "--rotation", tmp_path / "none")
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (3, True)
    assert call("verify", record, "--key", old, *rotations).exit_code == 2


@pytest.mark.requirement("RECORD-9")
def test_a_witness_follows_a_rotation_and_believes_the_old_key_no_more(mine, tmp_path):
    record, keys, old = mine
    with Store.open(record, read_only=True) as store:
        thief = Keys(keys).signer(store.meta["record_id"])
    witness = ["witness", record, "--key", old, "--witness-key", tmp_path / "w.key", "--seen", tmp_path / "seen"]
    assert call(*witness).exit_code == 0
    new = rotate(record).stdout.strip()
    rotate(record)
    assert call(*witness).exit_code == 0
    shutil.rmtree(record / "rotation")
    head, _ = checkpoint.parse((record / "checkpoint").read_bytes())
    (record / "checkpoint").write_bytes(note.sign(head.text(), [thief]).to_bytes())
    for vkey in (old, new):
        refused = call("witness", record, "--key", vkey, *witness[4:])
        assert (refused.exit_code, "not cosigned" in refused.stderr) == (1, True)


@pytest.mark.requirement("RECORD-10")
def test_a_witness_does_not_follow_a_handover_of_another_log(mine, tmp_path):
    record, _, old = mine
    fork = shutil.copytree(record, tmp_path / "fork")
    shutil.copytree(tmp_path / "keys", tmp_path / "thief")
    rotate(record)
    assert call("keys", "rotate", fork, "--keys", tmp_path / "thief").exit_code == 0
    (mine_,) = (record / "rotation").iterdir()
    (theirs,) = (fork / "rotation").iterdir()
    shutil.copyfile(theirs, mine_)
    refused = call("witness", record, "--key", old, "--witness-key", tmp_path / "w.key", "--seen", tmp_path / "seen")
    assert refused.exit_code == 1
    assert not (tmp_path / "seen").exists()


def test_two_witness_keys_cosign_side_by_side(mine, tmp_path):
    """A witness changes its key: both cosign for a while, then whoever verifies asks for the new one alone."""
    record, _, vkey = mine
    theirs = []
    for name in ("first", "second"):
        told = call(
            "witness", record, "--key", vkey, "--witness-key", tmp_path / name, "--seen", tmp_path / f"{name}.json"
        )
        assert told.exit_code == 0, told.stderr
        theirs.append(told.stdout.rpartition("witness key: ")[2].strip())
    for asked in ([theirs[0]], [theirs[1]], theirs):
        wanted = [part for each in asked for part in ("--witness", each)]
        result = call("verify", record, "--key", vkey, *wanted)
        assert (result.exit_code, result.stdout.count("cosigned by")) == (0, len(asked)), result.stderr
