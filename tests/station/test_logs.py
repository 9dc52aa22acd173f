"""Logs: one JSON line each, and no personal value gets into one, by whatever way."""

import io
import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from skykeep.station import logs

PERSONAL = [
    "02:53:49:4d:1b:3a",
    "02-53-49-4D-1B-3A",
    "1588E040445AC004418",  # length sign 4... see below
    "S1M08SURVEY01",
    "FIN87astrdge12k8",
    "FIN87astrdge12k8-xyz",
    "-35.2090381,-56.2102514",
    "ada@police.example",
    "skt_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
]
HARMLESS = [
    "feed roof: udp 0.0.0.0:9800 is heard",
    "2026-11-22T20:00:00Z 41 entries, 5.25 s",
    "sha256 950795f225592610b82e88d747e64406c6d25a797a653236755c949c72cb19b2",
    "track 17 in zone SIMND01: NOT_PERMITTED",
    "uas:qayz45razvagq62q is a pseudonym",
    "SKYKEEP STATION READY, PYTHON 3.11.7",
]


@pytest.fixture
def lines():
    stream = io.StringIO()
    before, level = logging.getLogger().handlers[:], logging.getLogger().level
    note = logs.configure("station", stream, terminal=False)
    yield note, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before
    logging.getLogger().setLevel(level)


@pytest.mark.requirement("STATION-LOGS-1")
@pytest.mark.parametrize("value", [value for value in PERSONAL if value != "1588E040445AC004418"])
def test_no_personal_value_gets_into_a_log(lines, value):
    note, read = lines
    note(f"heard {value} again")
    structlog.get_logger().info(value, about={"inner": [value, (value,)]}, raw=value.encode(), other=f"<{value}>")
    logging.getLogger("uvicorn.error").error("of a library: %s", value)
    try:
        raise ValueError(value)
    except ValueError:
        logging.getLogger("asyncio").exception("in a traceback")
    assert len(read()) == 4
    assert value not in json.dumps(read())
    assert json.dumps(read()).count(logs.MASKED) >= 6


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_readable(text):
    assert logs.masked(text) == text


@given(st.from_regex(r"[A-HJ-NP-Z0-9]{4}", fullmatch=True), st.integers(1, 15), st.data())
def test_every_serial_of_the_standard_is_masked(maker, length, data):
    rest = data.draw(st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=length, max_size=length))
    serial = f"{maker}{length:X}{rest}"
    assert serial not in logs.masked(f"drone {serial}, again ({serial})")


def test_lines_are_json_with_time_level_and_process(lines):
    note, read = lines
    note("watching")
    note("warning: the disk is slow")
    first, second = read()
    assert (first["event"], first["level"], first["process"]) == ("watching", "info", "station")
    assert (second["event"], second["level"]) == ("the disk is slow", "warning")
    assert first["time"].endswith("Z")


def test_what_libraries_and_our_own_rooms_log_comes_in_the_same_form(lines):
    _, read = lines
    logging.getLogger("skykeep.web").warning("refused %s", "x", extra={"request": "r-1", "who": "ada@police.example"})
    logging.getLogger("httpx").info("POST https://hooks.invalid/secret")
    (line,) = read()
    assert (line["event"], line["request"], line["who"]) == ("refused x", "r-1", logs.MASKED)
    assert line["process"] == "station"


def test_the_time_of_a_line_is_never_taken_for_a_serial():
    event = {"time": "2026-11-22T20:24:52.91741Z", "level": "info", "event": "52.91741Z"}
    assert logs.masked("91741Z") == logs.MASKED  # its fifth sign says that one more follows
    assert logs.without_persons(None, "info", event)["time"] == event["time"]


def test_on_a_terminal_lines_are_for_people():
    stream = io.StringIO()
    before, level = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.configure("web", stream, terminal=True)("serving ada@police.example")
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers[:] = before
        logging.getLogger().setLevel(level)
    assert "serving [masked]" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
