"""The published schema of facts is the one that the structs make, and what `decode --json` writes fits it."""

import json
from importlib import resources

import jsonschema
import pytest

from skykeep.facts import codec, schema
from skykeep.station.decode import decoded


def test_the_published_schema_is_the_one_of_today():
    published = resources.files("skykeep").joinpath("schemas", "fact.schema.json").read_text("utf-8")
    assert json.loads(published) == schema.json_schema()


@pytest.mark.parametrize(
    ("form", "name"),
    [("remote-id", "parrot_anafi_flight_part1.pcap"), ("readsb", "readsb_snapshots_rega_zurich.jsonl.gz")],
)
def test_what_decode_writes_fits_the_schema(form, name, root):
    validator = jsonschema.Draft202012Validator(schema.json_schema())
    facts = list(decoded(form, str(root / "skykeep" / "demo_data" / name), pytest.fail))
    assert len(facts) > 300
    for fact in facts[::29]:
        validator.validate(json.loads(codec.to_json(fact)))


def test_what_is_no_fact_does_not_fit(root):
    validator = jsonschema.Draft202012Validator(schema.json_schema())
    first = next(
        iter(decoded("remote-id", str(root / "skykeep/demo_data/parrot_anafi_flight_part1.pcap"), pytest.fail))
    )
    plain = json.loads(codec.to_json(first))
    for broken in (plain | {"extra": 1}, plain | {"lat_e7": "47"}, {k: v for k, v in plain.items() if k != "frame"}):
        assert not validator.is_valid(broken)
