"""A copy of a station that goes on writing: whole, verified, without a key, and a station again."""

import json
import shutil
import threading

import pytest

from skykeep.errors import Corrupt, Refused
from skykeep.facts.granting import State, Step
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station import officeacts, officecases, officedesk
from skykeep.station.config import Home, load
from skykeep.station.keeping import copying, initial, restoring
from skykeep.station.keys import Keys
from skykeep.station.office import reading
from skykeep.station.replay import replay
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.cli.calling import call, rows
from tests.station.keeping.records import small_record
from tests.waiting import PATIENCE_S

NOW_NS = 1_790_000_000 * 10**9


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A station with a sealed record."""
    path = tmp_path_factory.mktemp("made") / "station"
    initial.make(path, initial.Asked(demo=True), NOW_NS)
    return Home(path), small_record(path / "record", Keys(path / "keys"))


@pytest.fixture
def home(made, tmp_path):
    shutil.copytree(made[0].path, tmp_path / "station")
    return Home(tmp_path / "station")


@pytest.fixture
def vkey(made):
    return made[1].vkey


@pytest.mark.parametrize("named", ["{home}/law/zones.json", "law/../law/zones.json", "../station/law/zones.json"])
def test_a_file_of_the_station_is_copied_to_its_place_however_it_is_named(home, tmp_path, named):
    text = home.file.read_text()
    assert '"law/zones.json"' in text
    home.file.write_text(text.replace('"law/zones.json"', f'"{named.format(home=home.path)}"'))
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS)
    assert copied.manifest.left_out == []
    assert (copied.path / "law" / "zones.json").read_bytes() == (home.path / "law" / "zones.json").read_bytes()


@pytest.mark.requirement("STATION-BACKUP-1")
def test_a_restored_station_verifies_replays_to_the_byte_and_goes_on(home, vkey, tmp_path):
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS, keys_to=tmp_path / "apart")
    restored = restoring.restore(copied.path, tmp_path / "again", keys_from=tmp_path / "apart")
    assert restored.checked.signer_proved
    assert restored.missing == []
    again = restored.home
    assert check(again.record, vkey).signer_proved
    assert replay(again.record).sha256 == replay(home.record).sha256
    assert again.file.read_bytes() == home.file.read_bytes()
    assert again.at("law/zones.json").read_bytes() == home.at("law/zones.json").read_bytes()
    before = (again.record / "checkpoint").read_bytes()
    with Store.open(again.record) as store:
        store.append(EntryKind.TICK, 10**6, NOW_NS, [Leaf(LeafKind.FACT, b"\x91\xa1x")], b"s" * 32, b"p" * 32)
        store.wait_durable(store.entries_count)
        store.seal(Keys(again.keys).signer(store.meta["record_id"]))
    assert check(again.record, vkey, before).n_entries == copied.manifest.entries + 1


@pytest.mark.requirement("STATION-BACKUP-5")
def test_what_the_configuration_names_and_the_copy_does_not_hold_is_named_and_nothing_else(home, tmp_path):
    (home.path / "night.jsonl").write_text("{}\n")
    (home.secrets / "hook").write_text("swordfish")
    (tmp_path / "far.pcap").write_bytes(b"")
    home.file.write_text(
        f"""{home.file.read_text()}
[[feed]]
name = "night"
kind = "replay"
address = "night.jsonl"
[[feed]]
name = "far"
kind = "replay"
address = "{tmp_path / "far.pcap"}"
[[feed]]
name = "broker"
kind = "mqtt"
format = "readsb"
address = "mqtt://127.0.0.1:1"
password_file = "secrets/hook"
"""
    )
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS, keys_to=tmp_path / "apart")
    assert (copied.path / "night.jsonl").read_text() == "{}\n"
    assert copied.manifest.left_out == [str(tmp_path / "far.pcap")]
    outside = f"{tmp_path / 'far.pcap'}, which was not copied"
    with_keys = restoring.restore(copied.path, tmp_path / "again", keys_from=tmp_path / "apart")
    assert with_keys.missing == [outside]
    without = restoring.restore(copied.path, tmp_path / "keyless")
    number = next(number for number, each in enumerate(load(home).feed) if each.name == "broker")
    named = f"{tmp_path / 'keyless' / 'secrets' / 'hook'}, which the configuration names as feed[{number}].password_file"
    keys, of_office, *others = without.missing
    assert keys.startswith("the keys: ")
    assert of_office.startswith("the keys of the office ")
    assert others == [outside, named]


@pytest.mark.requirement("STATION-BACKUP-2")
def test_no_key_is_in_a_copy(home, tmp_path):
    (home.secrets / "hook").write_text("swordfish")
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS)
    of_office = list((home.path / "office-keys").iterdir())
    assert [path.name for path in sorted(of_office)] == ["officers.key", "pseudonyms.key", "signing.key"]
    secrets = [path.read_bytes().strip() for path in [*home.keys.iterdir(), *of_office, home.secrets / "hook"]]
    kept = b"".join(path.read_bytes() for path in copied.path.rglob("*") if path.is_file())
    assert [secret in kept for secret in secrets] == [False] * 6
    with pytest.raises(Refused, match="lies with the copies"):
        copying.back_up(home, tmp_path / "copies", NOW_NS + 10**9, keys_to=tmp_path / "copies" / "keys")
    with pytest.raises(Refused, match="own directory"):
        copying.back_up(home, home.path / "copies", NOW_NS)


def _office_acts(home, now_ns):
    """Let a pilot apply and an officer of the station recommend; returns where that stands."""
    keys = Keys(home.path / "office-keys")
    with officeacts.writing(home.path / "office", keys, now_ns) as office:
        data = officecases.document(home.path / "office", office.case("P-2026-001"))
        permit_id = office.apply(data, brought_by="pilot").case.permit_id
        signer = keys.officer("town", "permits")
        office.attest(signer.verifier, "skykeep.local/station")
        return office.step(permit_id, Step.RECOMMEND, signer=signer, reason="Crew known")


@pytest.mark.requirement("STATION-BACKUP-5")
def test_a_restored_office_verifies_under_its_key_and_goes_on(home, tmp_path):
    vkey = Keys(home.path / "office-keys").signer("town").verifier.vkey
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS, keys_to=tmp_path / "apart")
    told = copied.manifest.office
    assert (told.record, told.keys, told.name, told.vkey) == ("office", "office-keys", "skykeep.local/town", vkey)
    restored = restoring.restore(copied.path, tmp_path / "again", keys_from=tmp_path / "apart")
    assert (restored.office.signer_proved, restored.office.n_entries) == (True, told.entries)
    again = restored.home
    before = (again.path / "office" / "checkpoint").read_bytes()
    with reading(home.path / "office") as old, reading(again.path / "office") as new:
        assert list(old.cases) == list(new.cases)
        assert old.names == new.names
    desk = officedesk.required(again, load(again), station="skykeep.local/station", watched=lambda: None)
    assert desk.holds("P-2026-001")
    case = _office_acts(again, NOW_NS + 10**9)
    assert (case.permit_id, case.state) == ("P-2026-006", State.RECOMMENDED)
    held = check(again.path / "office", vkey, before)
    assert held.signer_proved
    assert held.n_entries > told.entries


@pytest.mark.requirement("STATION-BACKUP-5")
def test_without_its_keys_an_office_is_restored_and_said_to_lack_them(home, tmp_path):
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS)
    restored = restoring.restore(copied.path, tmp_path / "again")
    assert restored.office.signer_proved is False
    place = tmp_path / "again" / "office-keys"
    assert f"the keys of the office skykeep.local/town: put them into {place}" in restored.missing
    assert not place.exists()
    shutil.rmtree(home.path / "office-keys")
    keyless = copying.back_up(home, tmp_path / "copies", NOW_NS + 10**9)
    assert keyless.manifest.office.vkey == ""
    assert not (home.path / "office-keys").exists()


@pytest.mark.requirement("STATION-BACKUP-5")
def test_an_office_that_lies_elsewhere_is_named_and_not_copied(home, tmp_path):
    shutil.move(home.path / "office", tmp_path / "elsewhere")
    text = home.file.read_text()
    home.file.write_text(text.replace('record = "office"', f'record = "{tmp_path / "elsewhere"}"'))
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS)
    assert (copied.manifest.office, copied.manifest.left_out) == (None, [str(tmp_path / "elsewhere")])
    restored = restoring.restore(copied.path, tmp_path / "again")
    assert f"{tmp_path / 'elsewhere'}, which was not copied" in restored.missing


@pytest.mark.requirement("STATION-BACKUP-5")
def test_a_copy_made_before_there_were_offices_in_it_is_restored(home, tmp_path):
    shutil.rmtree(home.path / "office")
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS)
    manifest = json.loads((copied.path / "backup.json").read_text())
    assert manifest.pop("office") is None
    (copied.path / "backup.json").write_text(json.dumps(manifest))
    assert restoring.restore(copied.path, tmp_path / "again").office is None


def test_a_key_is_copied_only_to_a_place_of_its_own(home, tmp_path):
    (tmp_path / "apart").mkdir()
    (tmp_path / "apart" / "x").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        copying.copy_keys(home, load(home), tmp_path / "apart")


@pytest.mark.requirement("STATION-BACKUP-3")
def test_a_copy_is_made_while_the_record_is_being_written_and_sealed(home, vkey, tmp_path):
    go_on, written = threading.Event(), threading.Event()
    failed = []
    with Store.open(home.record) as store:
        before = store.entries_count
        signer = Keys(home.keys).signer(store.meta["record_id"])

        def write():
            tick = 10**6
            try:
                while not go_on.is_set():
                    tick += 1
                    leaf = Leaf(LeafKind.FACT, b"\xa1x" * 500)
                    store.append(EntryKind.TICK, tick, NOW_NS + tick, [leaf], b"s" * 32, b"p" * 32)
                    store.wait_durable(store.entries_count)
                    if tick % 20 == 0:
                        store.seal(signer)
                        written.set()
            except Exception as error:  # noqa: BLE001  # told by the test below
                failed.append(error)
                written.set()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert written.wait(PATIENCE_S)
            copies = [copying.back_up(home, tmp_path / "copies", NOW_NS + n * 10**9) for n in range(3)]
        finally:
            go_on.set()
            writer.join()
        after = store.entries_count
    assert failed == []
    sizes = [copied.manifest.entries for copied in copies]
    assert sizes == sorted(sizes)
    assert before < sizes[0] <= sizes[-1] <= after
    for copied in copies:
        held = check(copied.path / "record", vkey)
        assert (held.signer_proved, held.n_entries) == (True, copied.manifest.entries)
        assert copied.manifest.checkpoint_size >= before


def test_a_copy_that_fails_leaves_nothing(home, tmp_path):
    (home.record / "checkpoint").write_bytes((home.record / "checkpoint").read_bytes().replace(b"\n", b"\n1", 1))
    with pytest.raises(Corrupt):
        copying.back_up(home, tmp_path / "copies", NOW_NS)
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_station_without_a_record_is_copied_too(home, tmp_path):
    shutil.rmtree(home.record)
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS)
    assert copied.manifest.record_id is None
    assert restoring.restore(copied.path, tmp_path / "again").checked is None


def test_only_the_newest_copies_are_kept(home, tmp_path):
    shutil.rmtree(home.record)
    made = [copying.back_up(home, tmp_path / "copies", NOW_NS + n * 10**9).path for n in range(4)]
    (tmp_path / "copies" / "holiday").mkdir()
    assert copying.prune(tmp_path / "copies", 0) == []
    assert copying.prune(tmp_path / "copies", 3) == made[:1]
    assert copying.made_copies(tmp_path / "copies") == made[1:]
    assert [copying.made_at_ns(path) for path in made[1:]] == [NOW_NS + n * 10**9 for n in (1, 2, 3)]
    with pytest.raises(Refused, match="this very second"):
        copying.back_up(home, tmp_path / "copies", NOW_NS + 10**9)


def _row_gone(copy):
    import sqlite3

    with sqlite3.connect(copy / "record" / "record.sqlite") as db:
        db.execute("DELETE FROM ticks WHERE entry_index = (SELECT max(entry_index) FROM ticks)")


def _accounts_changed(copy):
    with (copy / "people.db").open("r+b") as file:
        file.seek(200)
        file.write(b"x")


def _tile_changed(copy):
    (tile,) = (copy / "record" / "tile" / "0").glob("000")
    tile.write_bytes(bytes(tile.stat().st_size))


def _office_row_gone(copy):
    import sqlite3

    with sqlite3.connect(copy / "office" / "record.sqlite") as db:
        db.execute("DELETE FROM ticks WHERE entry_index = (SELECT max(entry_index) FROM ticks)")


def _office_gone(copy):
    shutil.rmtree(copy / "office")


def _record_gone(copy):
    shutil.rmtree(copy / "record")


def _law_gone(copy):
    (copy / "law" / "zones.json").unlink()


@pytest.mark.requirement("STATION-BACKUP-4")
@pytest.mark.parametrize("harm", [_row_gone, _accounts_changed, _tile_changed, _record_gone, _law_gone, _office_row_gone, _office_gone])
def test_a_copy_that_was_damaged_is_not_restored(home, tmp_path, harm):
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS)
    harm(copied.path)
    with pytest.raises(Corrupt):
        restoring.restore(copied.path, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_only_a_copy_is_restored_and_only_into_a_new_directory(home, tmp_path):
    with pytest.raises(Refused, match="no backup"):
        restoring.restore(home.path, tmp_path / "again")
    copied = copying.back_up(home, tmp_path / "copies", NOW_NS)
    with pytest.raises(Refused, match="not empty"):
        restoring.restore(copied.path, home.path)
    with pytest.raises(Refused, match="holds no keys"):
        restoring.restore(copied.path, tmp_path / "again", keys_from=tmp_path)
    manifest = copied.path / "backup.json"
    text = manifest.read_text()
    manifest.write_text(text.replace("people.db", "../../people.db"))
    with pytest.raises(Refused, match="outside the copy"):
        restoring.restore(copied.path, tmp_path / "again")
    manifest.write_text(text.replace("backup/1", "backup/2").replace('"form"', '"other"'))
    with pytest.raises(Refused, match="none of ours"):
        restoring.restore(copied.path, tmp_path / "again")


def test_the_commands_say_what_was_copied_and_what_is_missing(home, vkey, tmp_path):
    result = call("backup", home.path, tmp_path / "copies", "--json")
    assert result.exit_code == 0
    (told,) = rows(result)
    assert told["manifest"]["vkey"] == vkey
    restored = call("restore", told["path"], tmp_path / "again", "--key", vkey)
    assert restored.exit_code == 0
    assert "verified" in restored.output
    assert "missing: the keys" in restored.output
    assert "office skykeep.local/town" in restored.output
    assert "revoke again what was revoked since" in restored.output
    unproved = call("restore", told["path"], tmp_path / "unproved", "--json")
    assert rows(unproved)[0]["signer_proved"] is False
    assert rows(unproved)[0]["office"]["signer_proved"] is False
    assert call("restore", told["path"], tmp_path / "unproved").exit_code == 2
    plain = call("backup", home.path, tmp_path / "others", "--with-keys", tmp_path / "apart", "--keep", "1")
    assert plain.exit_code == 0
    assert "verified" in plain.output
