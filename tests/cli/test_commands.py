"""The other commands: decode, explain, prove, report, schema, config, completion; and how they take bad words."""

import gzip
import json
import re
import shutil
import subprocess
import sys

import jsonschema
import pytest

from skykeep.cli import main
from skykeep.ledger import factproof
from tests.cli.calling import ANAFI, REGA, ROOT, SERIAL, call, command, process

VECTORS = ROOT / "tests" / "vectors"


@pytest.fixture(scope="module")
def fact_schema():
    """What `schema fact` publishes; that it is a schema is asked once: it takes longer than all that is decoded."""
    published = json.loads(call("schema", "fact").stdout)
    jsonschema.Draft202012Validator.check_schema(published)
    return jsonschema.Draft202012Validator(published)


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("remote-id", ANAFI.read_bytes()),
        ("remote-id", gzip.compress(ANAFI.read_bytes())),
        ("readsb", REGA.read_bytes()),
        ("odid-hex", b"02" + b"00" * 24 + b"\n" + b"junk\n"),
        ("adsb-rows", b'{"icao24": "4b4437", "t": 1558732719, "lat": 47.4, "lon": 8.5}\n{\n'),
        (
            "sbs",
            b"MSG,3,1,1,4B4437,1,2019/05/24,21:18:39.000,2019/05/24,21:18:39.000,,1500,,,47.4,8.5,,,0,0,0,0\nnonsense\n",
        ),
        ("mavlink", (VECTORS / "mavlink" / "two_vehicles.tlog").read_bytes()),
        ("tracks", b'{"time": "2026-05-01T10:00:00Z", "lat": 47.0, "lon": 8.0, "serial": "1581F4BRDGE000000001"}\n'),
    ],
)
@pytest.mark.capability("Decode a recording of any format into facts, one a line")
def test_decode_shows_a_fact_a_line_from_a_file_or_standard_input(tmp_path, fact_schema, form, data, as_json):
    path = tmp_path / "input"
    path.write_bytes(data)
    options = ["--json"] if as_json else []
    result = call("decode", form, path, *options)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines
    if as_json:
        for line in lines[:50]:
            fact = json.loads(line)
            assert fact["fact"].startswith("observed.")
            fact_schema.validate(fact)
    if len(data) < 1000:
        from_stdin = process("decode", form, "-", *options, stdin=data, check=0)
        assert from_stdin.stdout.decode().splitlines() == lines


def test_decode_says_where_a_capture_breaks_off_after_what_came_before(tmp_path):
    (tmp_path / "cut.pcap").write_bytes(ANAFI.read_bytes()[:50_000])
    result = call("decode", "remote-id", tmp_path / "cut.pcap")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 10
    assert "cut.pcap: capture truncated at byte" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pcap", "x"), "there is no format 'pcap'; the formats are remote-id"),
        (("remote-id", "nothing-here"), "there is no such file"),
        (("remote-id", "."), "is a directory"),
        (("remote-id", str(ROOT / "LICENSE")), "not a capture"),
    ],
)
def test_decode_refuses_in_words(arguments, words):
    result = call("decode", *arguments)
    assert (result.exit_code, result.stdout, words in result.stderr) == (2, "", True), result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a broken pipe is another thing on Windows")
@pytest.mark.parametrize(
    "arguments", [("decode", "remote-id", ANAFI, "--json"), ("schema", "fact"), ("config", "explain")]
)
def test_a_reader_that_has_had_enough_is_no_noise(arguments):
    with subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as child:
        child.stdout.read(1)
        child.stdout.close()
        err = child.stderr.read()
    assert (child.returncode, err) == (0, b"")


def test_explain_says_why_in_words_and_json(record):
    words = call("explain", record, "--track", 1)
    assert words.exit_code == 0
    assert "NOT PERMITTED" in words.stdout
    assert SERIAL not in words.stdout
    assert SERIAL in call("explain", record, "--track", 1, "--reveal").stdout
    said = json.loads(call("explain", record, "--track", 1, "--json").stdout)
    assert said["facts"]
    early = call("explain", record, "--track", 1, "--at", "2023-04-01T16:15:31Z", "--json")
    assert len(json.loads(early.stdout)["facts"]) < len(said["facts"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("explain", "--track", "77"), "there is no track 77"),
        (("explain", "--track", "1", "--at", "yesterday"), "is no moment such as"),
        (("prove", "--entry", "9999", "--leaf", "0", "-o", "x"), "there is no durable entry 9999"),
        (("prove", "--entry", "-1", "--leaf", "0", "-o", "x"), "there is no durable entry -1"),
        (("prove", "--entry", "3", "--leaf", "99", "-o", "x"), "none is number 99"),
        (("report", "--key", "hello", "-o", "x"), "not a verification key"),
    ],
)
def test_what_is_not_in_the_record_is_refused_in_words(record, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    result = call(arguments[0], record, *arguments[1:])
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("arguments", [("report",), ("prove", "--entry", 3, "--leaf", 0)])
def test_a_place_where_nothing_can_be_written(record, tmp_path, arguments):
    result = call(arguments[0], record, *arguments[1:], "-o", tmp_path / "nowhere" / "x")
    assert (result.exit_code, "cannot be written" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    "name", ["replay", "verify", "report", "explain --track 1", "prove --entry 0 --leaf 0 -o x", "erase X"]
)
def test_what_is_no_record_is_refused_in_words(tmp_path, name):
    words = name.split()
    for place in (tmp_path, tmp_path / "nothing-here", ANAFI):
        arguments = [words[0], place, *words[1:]]
        result = call(*arguments)
        assert (result.exit_code, "holds no record" in result.stderr) == (2, True), result.stderr


@pytest.mark.requirement("RECORD-6")
def test_a_proof_shows_one_fact_and_holds_under_the_records_key(record, vkey, tmp_path):
    assert call("prove", record, "--entry", 5, "--leaf", 0, "-o", tmp_path / "proof").exit_code == 0
    proved = factproof.parse((tmp_path / "proof").read_bytes())
    proved.verify(vkey)
    assert SERIAL.encode() not in (tmp_path / "proof").read_bytes()


@pytest.mark.requirement("RECORD-6")
def test_a_fact_that_explain_names_can_be_proved_and_the_proof_checked(record, vkey, tmp_path):
    cited = json.loads(call("explain", record, "--track", 1, "--json").stdout)["facts"][0]
    file = tmp_path / "fact.tlog-proof"
    made = call("prove", record, "--tick", cited["tick"], "--fact", cited["index"], "-o", file)
    assert made.exit_code == 0, made.stderr
    checked = call("verify", file, "--key", vkey)
    assert checked.exit_code == 0, checked.stderr
    first, shown = checked.stdout.splitlines()
    assert first.startswith(f"proved: this fact stands in tick {cited['tick']} of ")
    assert json.loads(shown) == {name: value for name, value in cited.items() if name not in {"tick", "index"}}
    assert call("verify", file).exit_code == 2, "without a key a proof proves nothing"
    broken = bytearray(file.read_bytes())
    broken[len(broken) // 2] ^= 1
    file.write_bytes(broken)
    assert call("verify", file, "--key", vkey).exit_code == 1


@pytest.mark.parametrize("options", [(), ("--tick", 3), ("--tick", 3, "--leaf", 0), ("--entry", 3, "--fact", 0)])
def test_a_fact_is_named_in_one_of_two_ways(record, tmp_path, options):
    result = call("prove", record, *options, "-o", tmp_path / "x")
    assert (result.exit_code, "say which fact" in result.stderr) == (2, True)
    assert call("prove", record, "--tick", 99_999, "--fact", 0, "-o", tmp_path / "x").exit_code == 2


def test_the_page_masks_who_it_was(record, tmp_path):
    for reveal in ([], ["--reveal"]):
        assert call("report", record, "-o", tmp_path / "page.html", *reveal).exit_code == 0
        page = (tmp_path / "page.html").read_text("utf-8")
        assert (SERIAL in page) == bool(reveal)
        assert not re.search(r'(src|href)="(https?:)?//', page), "offline"


@pytest.mark.parametrize(
    "name", ["run-output", "permit-output", "fact", "permits", "application", "explanation", "track-line", "plot-line", "account"]
)
def test_a_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(json.loads(call("schema", name).stdout))


def test_config_explains_where_each_value_comes_from(tmp_path):
    (tmp_path / "s.toml").write_text("tick_ms = 50\n[watch]\nlag_s = 1.5\n")
    lines = call("config", "explain", "--settings", tmp_path / "s.toml").stdout.splitlines()
    assert f"tick_ms = 50  # {tmp_path / 's.toml'}" in lines
    assert f"watch.lag_s = 1.5  # {tmp_path / 's.toml'}" in lines
    assert "reorder_window_s = 5.0  # default" in lines


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_scripts_of_that_shell(shell):
    script = call("completion", shell).stdout
    assert "_SKYKEEP_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n", "/dev/stdin"], input=script, text=True, check=True)


def test_every_command_says_what_its_exit_codes_mean_or_has_none_of_its_own():
    for name in ("run", "replay", "verify"):
        assert re.search(r"\bexit\b", call(name, "--help").stdout, re.IGNORECASE), name
    for name in main.commands:
        assert call(name, "--help").exit_code == 0
