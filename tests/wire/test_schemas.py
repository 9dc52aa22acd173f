"""The published schemas say what the decoders do, and every example in the docs validates and decodes."""

import json
import pathlib
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.conditions import CONDITIONS
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, Unreadable
from skykeep.facts.personal import PlainNames
from skykeep.wire import adsb_rows, application, ed269, ed318, permits, readsb, sbs, tracks

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs/reference/formats"
SCHEMAS = {
    name: jsonschema.Draft202012Validator(json.loads((ROOT / f"skykeep/schemas/{name}.schema.json").read_text()))
    for name in ("track-line", "permits", "application")
}


def examples(page, language):
    text = (DOCS / page).read_text()
    found = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found, f"{page} shows no {language} example"
    return found


def facts(module, line):
    return module.decode(Frame("x", None, "s", 1, 1, LinkTrust.OPEN, line.encode()), 0, PlainNames())


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name].schema)


def test_the_track_schema_names_the_keys_of_the_decoder():
    assert sorted(SCHEMAS["track-line"].schema["properties"]) == sorted(tracks.KEYS)
    assert SCHEMAS["track-line"].schema["properties"]["modality"]["enum"] == [*tracks.MODALITIES, None]


def test_the_permit_schema_names_the_keys_of_the_reader():
    schema = SCHEMAS["permits"].schema
    assert sorted(schema["properties"]["permits"]["items"]["properties"]) == sorted(permits.KEYS)
    assert sorted(schema["$defs"]["volume"]["properties"]) == sorted(permits.VOLUME_KEYS)


def test_the_application_schema_names_the_keys_of_the_reader():
    keys = SCHEMAS["application"].schema["properties"]["application"]["properties"]
    assert sorted(keys) == sorted(permits.ASKED_KEYS)
    permit = SCHEMAS["permits"].schema["properties"]["permits"]["items"]["properties"]
    assert keys == {key: permit[key] for key in keys}
    assert keys["condition_codes"]["items"]["enum"] == list(CONDITIONS)


def test_examples_of_tracks():
    for block in examples("tracks.md", "json"):
        for line in block.strip().splitlines():
            SCHEMAS["track-line"].validate(json.loads(line))
            assert not isinstance(facts(tracks, line)[0], Unreadable)


def test_examples_of_permits():
    asked, *shown = sorted(examples("permits.md", "json"), key=lambda text: '"application"' not in text)
    SCHEMAS["application"].validate(json.loads(asked))
    done = application.read(asked.encode(), PlainNames(), permit_id="A", version=1, received_ns=0)
    assert (done.lacking, done.doubts) == ((), ())
    for document in [*shown, (ROOT / "tests/vectors/permits/permits.json").read_text()]:
        SCHEMAS["permits"].validate(json.loads(document))
        done = permits.read(document.encode(), PlainNames())
        assert done.permits
        assert (done.refused, done.doubted) == ([], [])


@pytest.mark.parametrize(
    ("page", "language", "module"),
    [("readsb.md", "json", readsb), ("adsb-rows.md", "json", adsb_rows), ("sbs.md", "text", sbs)],
)
def test_examples_of_lines(page, language, module):
    for line in (line for block in examples(page, language) for line in block.strip().splitlines()):
        assert facts(module, line)
        assert not isinstance(facts(module, line)[0], Unreadable)


@pytest.mark.parametrize(("page", "module"), [("ed269.md", ed269), ("ed318.md", ed318)])
def test_examples_of_zones(page, module):
    for document in examples(page, "json"):
        done = module.read(document.encode(), source_sha256="x")
        assert (len(done.zones), done.refused, done.doubted) == (1, [], [])


def test_vectors_agree_with_the_track_schema():
    for vector in json.loads((ROOT / "tests/vectors/tracks/vectors.json").read_text()):
        readable = "reason" not in vector["facts"][0]
        if readable:
            SCHEMAS["track-line"].validate(json.loads(vector["data"]))
        elif "NaN" not in vector["data"] and vector["note"] != "two keys alike":
            assert not SCHEMAS["track-line"].is_valid(json.loads(vector["data"])), vector["note"]


VALUES = st.sampled_from(
    [None, 0, 1, -1, 0.5, 90, 91, 181, 360, 361, 1000.5, -999, -1000, 2e5, True, False, "", "a", "1", "radar",
     "2026-05-01T10:00:00Z", "2026-05-01T10:00:00", [], {}]
)  # fmt: skip


@given(st.fixed_dictionaries({"time": st.just(1)}, optional={"lat": st.just(1), "lon": st.just(2)}),
       st.dictionaries(st.sampled_from(tracks.KEYS), VALUES, max_size=3))  # fmt: skip
def test_decoder_and_schema_agree(base, more):
    line = json.dumps(base | more)
    readable = not isinstance(facts(tracks, line)[0], Unreadable)
    assert SCHEMAS["track-line"].is_valid(json.loads(line)) == readable, facts(tracks, line)
