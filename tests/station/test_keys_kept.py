"""A key that a record was written with: where it is missing or another, nothing goes on and none is made anew."""

import shutil
import sqlite3

import pytest

from skykeep.errors import Refused
from skykeep.facts.granting import OfficerDismissed
from skykeep.station import caseacts, officeacts, officedesk, officerkeys, pseudonymkey, rotating
from skykeep.station.config import Home, load
from skykeep.station.erasing import erase_value
from skykeep.station.keeping import checks, initial
from skykeep.station.keeping.checkup import Level, check_up
from skykeep.station.keeping.copying import back_up
from skykeep.station.keeping.restoring import restore
from skykeep.station.keys import CHECK, OFFICERS, PSEUDONYMS, SIGNING, Keys
from skykeep.station.office import reading
from skykeep.station.serving import Station
from skykeep.station.store import Store
from tests.station.keeping.records import small_record

NOW_NS = 1_790_000_000 * 10**9
HELICOPTER = "4B43AC"
RECORD_OF = {"keys": "record", "office-keys": "office", "case-keys": "case"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A station with a record, the demo's permit office and a case of the account, each with keys."""
    path = tmp_path_factory.mktemp("made") / "station"
    initial.make(path, initial.Asked(demo=True), NOW_NS)
    small_record(path / "record", Keys(path / "keys"))
    with caseacts.opening(path / "case", Keys(path / "case-keys"), NOW_NS):
        pass
    return path


@pytest.fixture
def home(made, tmp_path):
    shutil.copytree(made, tmp_path / "station")
    return Home(tmp_path / "station")


def _serve(home):
    Station(home, lambda _text: None)


def _run(home):
    small_record(home.record, Keys(home.keys))


def _erase(home):
    erase_value(home.record, HELICOPTER, Keys(home.keys))


def _rotate(home):
    rotating.rotate(home.record, Keys(home.keys), NOW_NS)


def _office(home):
    with officeacts.writing(home.path / "office", Keys(home.path / "office-keys"), NOW_NS + 10**9):
        pass


def _desk(home):
    officedesk.required(home, load(home), station="skykeep.local/station", watched=lambda: None)


def _case(home):
    with caseacts.opening(home.path / "case", Keys(home.path / "case-keys"), NOW_NS + 10**9):
        pass


def _absent(path):
    path.unlink()


def _another(path):
    path.write_text("ab" * 32 + "\n", "ascii")


def _all(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.requirement("RECORD-12")
@pytest.mark.parametrize("harm", [_absent, _another])
@pytest.mark.parametrize(
    ("opens", "keys", "name"),
    [
        (_serve, "keys", SIGNING),
        (_serve, "keys", PSEUDONYMS),
        (_serve, "office-keys", SIGNING),
        (_serve, "office-keys", PSEUDONYMS),
        (_run, "keys", SIGNING),
        (_run, "keys", PSEUDONYMS),
        (_erase, "keys", PSEUDONYMS),
        (_rotate, "keys", SIGNING),
        (_office, "office-keys", SIGNING),
        (_office, "office-keys", PSEUDONYMS),
        (_desk, "office-keys", SIGNING),
        (_desk, "office-keys", PSEUDONYMS),
        (_case, "case-keys", SIGNING),
        (_case, "case-keys", PSEUDONYMS),
    ],
)
def test_nothing_goes_on_without_the_keys_of_a_record_and_none_is_made_anew(home, opens, keys, name, harm):
    path, record = home.path / keys / name, home.path / RECORD_OF[keys]
    kept = path.read_bytes()
    harm(path)
    before = _all(path.parent)
    with Store.open(record, read_only=True) as store:
        entries = store.entries_count
    with pytest.raises(Refused) as told:
        opens(home)
    assert str(path) in str(told.value) or "do not sign for" in str(told.value)
    assert _all(path.parent) == before
    with Store.open(record, read_only=True) as store:
        assert store.entries_count == entries
    path.write_bytes(kept)
    if opens is not _serve:
        opens(home)


@pytest.mark.requirement("RECORD-12")
def test_with_no_key_at_all_nothing_is_made(home):
    for directory in (home.keys, home.path / "office-keys"):
        shutil.rmtree(directory)
    with pytest.raises(Refused, match=r"signing\.key is not there"):
        _serve(home)
    assert [each.exists() for each in (home.keys, home.path / "office-keys")] == [False, False]


def test_another_name_for_the_wrong_place_leaves_no_next_key_there(home, tmp_path):
    with Store.open(home.record), pytest.raises(Refused, match=r"signing\.key is not there"):
        rotating.rotate_here_or_there(
            home.record, Keys(tmp_path / "wrong"), NOW_NS, runs=True, wait_s=0, say=lambda _text: None
        )
    assert not (tmp_path / "wrong").exists()


# ---- records from before ----------------------------------------------------------------------------------


def _from_before(record):
    with sqlite3.connect(record / "record.sqlite") as db:
        db.execute("DELETE FROM meta WHERE key = ?", (CHECK,))


@pytest.mark.requirement("RECORD-12")
def test_a_record_from_before_knows_its_key_by_a_name_in_it_and_keeps_the_check_value(home):
    _from_before(home.record)
    right = (home.keys / PSEUDONYMS).read_bytes()
    _another(home.keys / PSEUDONYMS)
    with Store.open(home.record) as store, pytest.raises(Refused, match="is not the key that"):
        pseudonymkey.of(store, Keys(home.keys))
    (home.keys / PSEUDONYMS).write_bytes(right)
    with Store.open(home.record, read_only=True) as store:
        pseudonymkey.of(store, Keys(home.keys))
        assert CHECK not in store.meta
    with Store.open(home.record) as store:
        pseudonymkey.of(store, Keys(home.keys))
        assert right.decode().strip() not in store.meta[CHECK]
    with Store.open(home.record, read_only=True) as store:
        assert CHECK in store.meta


def test_a_record_from_before_that_holds_no_name_goes_on_unchecked(tmp_path):
    keys = Keys(tmp_path / "keys")
    keys.begun("bare")
    with Store.create(tmp_path / "record", meta={"record_id": "bare"}) as store:
        assert pseudonymkey.of(store, keys) == keys.pseudonym_key("bare")
        assert CHECK not in store.meta, "no key is taken for the right one unproved"


# ---- the keys by which a station signs for officers -----------------------------------------------------------


@pytest.mark.requirement("RECORD-12")
@pytest.mark.parametrize("harm", [_absent, _another])
def test_a_station_signs_for_no_officer_without_its_own_key(home, harm):
    keys = Keys(home.path / "office-keys")
    with reading(home.path / "office") as office:
        assert officerkeys.signer(office, keys, "permits").verifier.public_key in office.attested
        harm(keys.directory / OFFICERS)
        before = _all(keys.directory)
        for person in ("permits", "somebody new"):
            with pytest.raises(Refused, match=OFFICERS):
                officerkeys.signer(office, keys, person)
        assert _all(keys.directory) == before
        for key in office.attested:
            office.dismissed[key] = OfficerDismissed(public_key=key, reason="its key was lost", t_ns=NOW_NS)
        assert officerkeys.signer(office, keys, "permits").name == "permits"


# ---- doctor, and a station that is restored ---------------------------------------------------------------------


def _failing(home):
    found = check_up(home.path, (checks.secrets, checks.record, checks.office))
    return [(each.what, each.said) for each in found if each.level is Level.FAIL]


@pytest.mark.requirement("STATION-DOCTOR-11")
@pytest.mark.parametrize("harm", [_absent, _another])
@pytest.mark.parametrize("name", [SIGNING, PSEUDONYMS])
def test_doctor_tells_a_key_of_the_station_that_is_missing_or_another(home, name, harm):
    assert _failing(home) == []
    harm(home.keys / name)
    ((what, said),) = _failing(home)
    assert (what, str(home.keys / name) in said) == ("keys", True)


@pytest.mark.requirement("STATION-DOCTOR-11")
@pytest.mark.parametrize("harm", [_absent, _another])
@pytest.mark.parametrize("name", [SIGNING, PSEUDONYMS, OFFICERS])
def test_doctor_tells_a_key_of_the_office_that_is_missing_or_another(home, name, harm):
    path = home.path / "office-keys" / name
    harm(path)
    ((what, said),) = _failing(home)
    assert what.startswith("office")
    assert str(path) in said or "do not sign for" in said


@pytest.mark.requirement("RECORD-12")
@pytest.mark.parametrize("place", ["keys", "office-keys"])
def test_restore_names_each_key_that_was_not_put_back(home, tmp_path, place):
    copied = back_up(home, tmp_path / "copies", NOW_NS, keys_to=tmp_path / "apart")
    (tmp_path / "apart" / place / PSEUDONYMS).unlink()
    restored = restore(copied.path, tmp_path / "again", keys_from=tmp_path / "apart")
    missing = tmp_path / "again" / place / PSEUDONYMS
    assert f"{missing}: put it back" in restored.missing
    assert not missing.exists()
    with pytest.raises(Refused, match="is not there: under a new one no permit would fit its aircraft"):
        _serve(restored.home)
    _another(tmp_path / "apart" / place / PSEUDONYMS)
    other = restore(copied.path, tmp_path / "other", keys_from=tmp_path / "apart")
    assert [each for each in other.missing if "is not the key that" in each]
