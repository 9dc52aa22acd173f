"""`skykeep init`, `doctor`, `config`: a station's directory as a person meets it."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import stat

import pytest

from skykeep.rules.powers import Role
from skykeep.station.config import Home, load
from skykeep.station.keys import Keys
from skykeep.views.live import At
from tests.cli.calling import call, rows


@pytest.fixture
def home(tmp_path):
    assert call("init", tmp_path / "station").exit_code == 0
    return Home(tmp_path / "station")


def found(home, *args):
    result = call("doctor", home.path, "--json", *args)
    return result, {(each["what"], each["level"]): each for each in rows(result)}


@pytest.mark.requirement("STATION-INIT-1")
def test_init_makes_what_a_station_needs_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "new" / "station"
    result = call("init", path, "--name", 'Zürich "West"', "--place", "a \\ lake")
    assert result.exit_code == 0
    config = load(Home(path))
    assert (config.name, config.place) == ('Zürich "West"', "a \\ lake")
    assert Keys(path / "keys").signer("x").verifier.vkey.startswith("skykeep.local/x+")
    closed = [path, *(path / name for name in ("keys", "secrets", "keys/signing.key", "keys/pseudonyms.key"))]
    assert [stat.S_IMODE(each.stat().st_mode) & 0o077 for each in closed] == [0] * 5
    assert "skykeep serve" in result.output
    assert "skykeep doctor" in result.output


def test_init_tells_each_password_once_and_keeps_it_nowhere(tmp_path):
    result = call("init", tmp_path / "s", "--admin", "ada", "--json")
    (ada,) = json.loads(result.stdout)["people"]
    assert (ada["name"], ada["roles"]) == ("ada", ["admin"])
    kept = b"".join(file.read_bytes() for file in (tmp_path / "s").rglob("*") if file.is_file())
    assert ada["password"].encode() not in kept


def test_init_names_every_directory_of_keys_for_no_backup_holds_them(tmp_path):
    plain = call("init", tmp_path / "plain").stdout
    assert f"keep a copy of {tmp_path / 'plain' / 'keys'} apart" in plain
    demo = call("init", tmp_path / "demo", "--demo").stdout
    assert f"keep a copy of {tmp_path / 'demo' / 'keys'} and of {tmp_path / 'demo' / 'office-keys'} apart" in demo


def test_a_password_that_was_given_is_not_shown(tmp_path):
    (tmp_path / "password").write_text("a long enough one\n")
    result = call("init", tmp_path / "s", "--password-file", tmp_path / "password")
    assert result.exit_code == 0
    assert "a long enough one" not in result.output
    asked = call("init", tmp_path / "t", "--password-file", "-", stdin="from a terminal\nfrom a terminal\n")
    assert asked.exit_code == 0
    assert "from a terminal" not in asked.output


@pytest.mark.parametrize("password", ["short", ""])
def test_a_short_password_is_refused_before_anything_is_made(tmp_path, password):
    (tmp_path / "password").write_text(password)
    assert call("init", tmp_path / "s", "--password-file", tmp_path / "password").exit_code == 2
    assert not (tmp_path / "s").exists()
    assert call("init", tmp_path / "s", "--password-file", tmp_path / "none").exit_code == 2


@pytest.mark.requirement("STATION-INIT-2")
def test_init_refuses_a_directory_that_holds_anything_else(tmp_path, home):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    before = home.file.read_bytes(), (home.keys / "signing.key").read_bytes()
    for path, words in ((tmp_path / "full", "thesis.txt"), (home.path, "station already"), (home.file, "a file")):
        result = call("init", path)
        assert result.exit_code == 2
        assert words in result.output
    assert (home.file.read_bytes(), (home.keys / "signing.key").read_bytes()) == before
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["thesis.txt"]


def test_an_interrupted_init_is_just_asked_again(home):
    key = (home.keys / "signing.key").read_bytes()
    home.file.unlink()  # it is written last
    assert call("init", home.path).exit_code == 0
    assert (home.keys / "signing.key").read_bytes() == key


def test_init_refuses_a_name_that_cannot_be_shown(tmp_path):
    assert call("init", tmp_path / "s", "--name", "a\x07b").exit_code == 2
    assert not (tmp_path / "s").exists()


def test_the_demo_brings_the_town_and_somebody_for_each_power(tmp_path):
    from skykeep.facts.personal import KeyedNames
    from skykeep.station import law

    result = call("init", tmp_path / "s", "--demo", "--json")
    people = json.loads(result.stdout)["people"]
    powers = {role for person in people for role in person["roles"]}
    assert powers == {role.value for role in Role} - {"sensor", "integrator", "public"}
    assert len({person["password"] for person in people}) == len(people)
    home = Home(tmp_path / "s")
    config = load(home)
    assert [(feed.kind, feed.simulated) for feed in config.feed] == [("simulator", True), ("push", False)]
    files = [[home.at(name) for name in names] for names in (config.law.zones, config.law.permits)]
    loaded = law.load(*files, KeyedNames(b"k" * 32))
    assert (len(loaded.zones), len(loaded.permits)) >= (4, 5)
    assert (loaded.refused, loaded.doubts) == ([], [])
    said = (config.law.emergency_legal_basis, config.law.contact, config.law.appeal_contact)
    assert all("SIMULATED" in each for each in said)


# ---- doctor --------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-DOCTOR-1")
def test_a_new_station_has_nothing_that_fails(home):
    result, by_what = found(home)
    assert result.exit_code == 0
    assert [key for key in by_what if key[1] == "fail"] == []
    assert {"python", "disk space", "disk speed", "clock", "keys", "port", "record"} <= {what for what, _ in by_what}
    assert all(each["remedy"] for (_, level), each in by_what.items() if level != "ok")
    assert "ok" in call("doctor", home.path).output


def _unreadable_toml(home):
    home.file.write_text("[web]\nport = 'x'\n")


def _keys_open(home):
    (home.keys / "signing.key").chmod(0o644)


def _keys_gone(home):
    (home.keys / "pseudonyms.key").unlink()


def _keys_broken(home):
    (home.keys / "signing.key").write_text("no key\n")


def _file_gone(home):
    home.file.write_text('[law]\nzones = ["nowhere.json"]\n')


def _secret_gone(home):
    home.file.write_text('[[notify.webhook]]\nurl = "https://a.invalid"\nsecret_file = "secrets/hook"\n')


def _open_without_tls(home):
    home.file.write_text('[web]\nhost = "0.0.0.0"\nport = 0\n')


def _certificate_broken(home):
    (home.tls / "server.pem").write_text("no certificate")
    home.file.write_text('[web]\nport = 0\ncertificate_file = "tls/server.pem"\n')


def _record_broken(home):
    home.record.mkdir()
    sqlite3.connect(home.record / "record.sqlite").execute("CREATE TABLE meta (x)")


def _disk_full(home):
    home.file.write_text("[health]\ndisk_min_bytes = 1000000000000000000\n")


def _two_feeds(home):
    home.file.write_text('[[feed]]\nname = "a"\nkind = "udp"\n[[feed]]\nname = "a"\nkind = "udp"\n')


@pytest.mark.requirement("STATION-DOCTOR-2")
@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (_unreadable_toml, "configuration"),
        (_keys_open, "keys"),
        (_keys_gone, "keys"),
        (_keys_broken, "secrets"),
        (_file_gone, "files"),
        (_secret_gone, "files"),
        (_open_without_tls, "TLS"),
        (_certificate_broken, "certificate"),
        (_record_broken, "record"),
        (_disk_full, "disk space"),
        (_two_feeds, "feeds"),
    ],
)
def test_doctor_finds_what_was_harmed_and_says_what_to_do(home, harm, what):
    if harm is _keys_open and os.name == "nt":
        pytest.skip("Windows has other permissions")
    harm(home)
    result, by_what = found(home)
    assert result.exit_code == 1
    assert by_what[what, "fail"]["remedy"]


def _cot_without_tls(home):
    home.file.write_text('[[cot]]\nname = "tak"\naddress = "tak.example:8087"\ntls = false\n')


def _hook_without_tls(home):
    (home.secrets / "hook").write_text("secret")
    home.file.write_text('[[notify.webhook]]\nurl = "http://a.invalid"\nsecret_file = "secrets/hook"\n')


def _no_copies(home):
    home.file.write_text('[backup]\ndirectory = "../copies"\n')


def _old_copies(home):
    copy = home.path.parent / "copies" / "20200101T000000Z"
    copy.mkdir(parents=True)
    (copy / "backup.json").write_text("{}")
    home.file.write_text('[backup]\ndirectory = "../copies"\n')


def _views_damaged(home):
    home.record.mkdir()
    sqlite3.connect(home.record / "record.sqlite").execute("CREATE TABLE meta (x)")
    home.views.write_bytes(b"no database" * 100)


def _heard_by_anybody(home):
    home.file.write_text('[[feed]]\nname = "a"\nkind = "udp"\nanonymous = true\n')


@pytest.mark.parametrize(
    ("harm", "what", "words"),
    [
        (_cot_without_tls, "outbound", "engagement"),
        (_hook_without_tls, "outbound", "without TLS"),
        (_no_copies, "backup", "no copy"),
        (_old_copies, "backup", "hours old"),
        (_views_damaged, "views", "views.db"),
        (_heard_by_anybody, "feeds", "whoever"),
    ],
)
def test_doctor_warns_of_what_somebody_should_look_at(home, harm, what, words):
    harm(home)
    _, by_what = found(home)
    assert words in by_what[what, "warn"]["said"]
    assert by_what[what, "warn"]["remedy"]


def test_doctor_warns_of_bans_that_say_no_law_until_what_the_template_shows_is_filled_in(home):
    said = found(home)[1]["emergency zones", "warn"]
    assert "without a legal basis and without where to appeal" in said["said"]
    assert "emergency_legal_basis and appeal_contact" in said["remedy"]
    text = home.file.read_text()
    home.file.write_text(text.replace("# appeal_contact", "appeal_contact"))
    assert found(home)[1]["emergency zones", "warn"]["said"] == "each is public without a legal basis"
    for name in ("emergency_legal_basis", "contact"):
        assert f"\n# {name} = " in text
    home.file.write_text(re.sub(r"(?m)^# ((?:emergency_legal_basis|contact|appeal_contact) =)", r"\1", text))
    assert ("emergency zones", "ok") in found(home)[1]
    assert ("files", "fail") not in found(home)[1]  # words of the law are no files


@pytest.fixture
def town(tmp_path):
    assert call("init", tmp_path / "town", "--demo").exit_code == 0
    return Home(tmp_path / "town")


def _office_gone(town):
    shutil.rmtree(town.path / "office")


def _office_broken(town):
    with sqlite3.connect(town.path / "office" / "record.sqlite") as db:
        db.execute("DELETE FROM ticks WHERE entry_index = 4")


def _office_keys_gone(town):
    shutil.rmtree(town.path / "office-keys")


def _officers_key_gone(town):
    (town.path / "office-keys" / "officers.key").unlink()


def _office_keys_open(town):
    (town.path / "office-keys" / "signing.key").chmod(0o640)


def _office_keys_of_another(town):
    shutil.copy(town.keys / "signing.key", town.path / "office-keys" / "signing.key")


@pytest.mark.requirement("STATION-DOCTOR-10")
@pytest.mark.parametrize(
    ("harm", "what", "words"),
    [
        (_office_gone, "office", "no permit office"),
        (_office_broken, "office", "office"),
        (_office_keys_gone, "office keys", "signing.key is not there"),
        (_officers_key_gone, "office keys", "officers.key is not there"),
        (_office_keys_open, "office keys", "may read"),
        (_office_keys_of_another, "office", "do not sign for skykeep.local/town"),
    ],
)
def test_doctor_finds_what_an_office_lacks_and_makes_nothing(town, harm, what, words):
    harm(town)
    before = sorted(path for path in town.path.rglob("*") if path.is_file())
    result, by_what = found(town)
    assert result.exit_code == 1
    assert words in by_what[what, "fail"]["said"]
    assert by_what[what, "fail"]["remedy"]
    left = sorted(path for path in town.path.rglob("*") if path.is_file() and path.suffix not in {".sqlite-wal", ".sqlite-shm"})  # fmt: skip
    assert set(left) <= set(before)


@pytest.mark.requirement("STATION-DOCTOR-10")
def test_doctor_verifies_the_office_and_says_by_what_its_codes_are_checked(town, home):
    result, by_what = found(town)
    assert result.exit_code == 0
    assert "every signed step holds; 3 applications wait" in by_what["office", "ok"]["said"]
    assert ("office", "warn") not in by_what
    text = town.file.read_text()
    town.file.write_text(text.replace('status_lists = ["office.status"]', ""))
    assert "too old" in found(town)[1]["office", "warn"]["said"]
    town.file.write_text("".join(line for line in text.splitlines(keepends=True) if not line.startswith("office_keys")))
    assert "cannot be checked" in found(town)[1]["office", "warn"]["said"]
    assert not [what for what, _ in found(home)[1] if what.startswith("office")]


def test_doctor_finds_a_port_that_is_taken(home):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        home.file.write_text(f"[web]\nport = {taken.getsockname()[1]}\n")
        result, by_what = found(home)
    assert result.exit_code == 1
    assert "taken" in by_what["port", "fail"]["said"]


def test_doctor_verifies_the_record_under_the_stations_own_key(home, tmp_path):
    from skykeep.station.keys import Keys
    from tests.station.keeping.records import small_record

    small_record(home.record, Keys(home.keys))
    result, by_what = found(home)
    assert result.exit_code == 0
    assert by_what["record", "ok"]["said"].startswith("verified")
    for of, entry, level, said in (
        ("kept", 2, "ok", "made of 3 of"),
        ("kept", 10**6, "warn", "the record has"),
        ("other", 2, "warn", "another record"),
    ):
        home.views.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(home.views)) as views:
            views.execute("CREATE TABLE meta (key TEXT, value BLOB)")
            at = json.dumps(At(entry, 1, 1)).encode()
            views.executemany("INSERT INTO meta VALUES (?, ?)", [("record_id", of.encode()), ("at", at)])
            views.commit()
        assert said in found(home)[1]["views", level]["said"]
    (home.keys / "signing.key").write_text("ab" * 32 + "\n")  # another key
    result, by_what = found(home)
    assert result.exit_code == 1
    assert "put the record's own back" in by_what["keys", "fail"]["remedy"]
    assert "without the key that signed it" in by_what["record", "ok"]["said"]


# ---- config --------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-CONFIG-1")
def test_the_reference_is_a_configuration_that_says_nothing_but_defaults(home):
    import tomllib

    import msgspec

    from skykeep.station.config import Config

    text = call("config", "reference").stdout
    assert tomllib.loads(text) == {}
    given = [
        line.removeprefix("# ")
        for line in text.splitlines()
        if " = " in line and " = ..." not in line and " =  # " not in line
    ]
    assert len(given) > 100
    for line in given:
        tomllib.loads(line)
    top = tomllib.loads("\n".join(line for line in given[:2]))
    assert msgspec.convert(top, Config) == Config()


def test_every_key_of_the_configuration_has_words():
    from skykeep.station.keeping.reference import tables

    named = [(table.name, key.name, key.meaning) for table in tables() for key in table.keys]
    assert len(named) > 100
    assert [name for *name, meaning in named if not meaning] == []
    assert all(table.words for table in tables())


def test_explain_says_where_each_value_comes_from(home):
    with home.file.open("a") as file:
        file.write('[[feed]]\nname = "roof"\nkind = "udp"\n')
    lines = call("config", "explain", home.path).stdout.splitlines()
    assert f'feed[0].kind = "udp"  # {home.file}' in lines
    assert "feed[0].speed = 1.0  # default" in lines
    assert "retention.incidents_days = not set  # default" in lines
    assert f"retention.ordinary_h = 24.0  # {home.file}" in lines
    assert call("config", "explain", home.path, "--settings", home.file).exit_code == 2
    assert "tick_ms = 100  # default" in call("config", "explain").stdout
