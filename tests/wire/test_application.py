"""Applications: Annex IV whole, wrong identities refused, what is lacking named; field names as InterUSS writes them."""

import hashlib
import json
import re

import pytest

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.enacted import Thresholds, ZonePin
from skykeep.facts.personal import KeyedNames, NameKind, PlainNames
from skykeep.wire import application
from skykeep.wire.permits import ANNEX_KEYS, ASKED_KEYS

WHOLE = {
    "holder": "Bridge inspection office", "pilots": ["A. Example", "B. Example"], "aircraft": ["1581F4BRDGE000000001"],
    "registrations": ["OH-123"], "operators": ["FIN87astrdge12k8-xyz"], "sessions": ["ab12"],
    "volumes": [{"area": {"center": [24.95, 60.17], "radius_m": 400}, "floor": {"value_m": 0, "datum": "agl"},
                 "ceiling": {"value_m": 120, "datum": "agl"}, "from": "2026-05-01T08:00:00Z", "until": "2026-05-01T12:00:00Z"}],
    "thresholds": {"horizontal_m": 20, "vertical_m": 10.5, "time_s": 60}, "zones": ["CITY1", {"id": "PORT", "version": 3}],
    "state_flight": False, "standing": False, "priority": 2, "purpose": "survey", "category": "Specific", "mode": "BVLOS",
    "conditions": ["Not above the crowd"], "condition_codes": ["vlos_only", "remote_id_on"], "contact": "+358 1 234",
    "uas_class": "c2", "type_certificate": "EASA.1", "identification_technologies": ["direct Remote ID"],
    "connectivity": ["cellular"], "endurance_min": 28, "emergency_procedure": "Returns to where it took off",
}  # fmt: skip


def read(of, names=None):
    data = json.dumps({"application": of}).encode()
    return application.read(data, names or PlainNames(), permit_id="A-1", version=2, received_ns=7), data


def test_the_whole_of_annex_iv():
    done, data = read(WHOLE)
    asked = done.asked
    assert codec.decode(codec.encode(asked)) == asked
    assert set(WHOLE) == set(ASKED_KEYS)
    assert (asked.permit_id, asked.version, asked.granted_at_ns) == ("A-1", 2, 7)
    assert asked.application_sha256 == hashlib.sha256(data).hexdigest()
    assert (asked.pilots, asked.operators) == (("A. Example", "B. Example"), ("FIN87astrdge12k8",))
    assert asked.aircraft == ("1581F4BRDGE000000001", "OH-123")
    assert asked.thresholds == Thresholds(horizontal_mm=20_000, vertical_mm=10_500, time_ns=60 * 10**9)
    assert asked.zones == (ZonePin(zone_id="CITY1", version=None), ZonePin(zone_id="PORT", version=3))
    assert (asked.priority, asked.purpose, asked.category, asked.operation) == (2, "survey", "specific", "bvlos")
    assert asked.condition_codes == ("remote_id_on", "vlos_only")  # in the order of the closed list
    assert (asked.consents, asked.issuer, done.lacking, done.doubts) == ((), None, (), ())
    assert sorted(done.annex) == sorted(ANNEX_KEYS)
    assert (done.annex["uas_class"], done.annex["endurance_min"]) == ("C2", 28)


def test_names_are_pseudonyms_of_their_kinds():
    names = KeyedNames(b"k" * 32)
    asked = read(WHOLE, names)[0].asked
    assert [one.partition(":")[0] for one in asked.aircraft] == ["uas", "reg"]
    assert asked.contact == names.pseudonym(NameKind.TEXT, "+358 1 234")
    assert all(one.startswith("person:") for one in (asked.holder, *asked.pilots))


def test_what_annex_iv_asks_for_and_nobody_said_is_named():
    done, _ = read({key: WHOLE[key] for key in ("sessions", "volumes")})
    assert len(done.lacking) == 9
    assert "endurance" in done.lacking
    certified = {key: value for key, value in WHOLE.items() if key not in {"uas_class", "aircraft"}}
    assert read(certified)[0].lacking == ()  # a certificate instead of a class, a registration instead of a serial


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"aircraft": ["OH-XYZ"]}, "application.aircraft[0]", "CTA-2063-A"),
        ({"aircraft": ["1581F4BRDGE000000001", "ABCD2X"]}, "application.aircraft[1]", "2 characters follow; 1 do"),
        ({"operators": ["FIN87astrdge12k9-xyz"]}, "application.operators[0]", "8 was expected"),
        ({"operators": ["me"]}, "application.operators[0]", "operator id"),
        ({"operators": [], "aircraft": [], "registrations": [], "sessions": []}, "application", "no identity"),
        ({"volumes": []}, "application.volumes", "at least one"),
        ({"thresholds": {"horizontal_m": -1}}, "application.thresholds", "outside 0 to"),
        ({"thresholds": {"vertical": 1}}, "application.thresholds", 'did you mean "vertical_m"'),
        ({"zones": [{"version": 1}]}, "application.zones[0].id", "missing"),
        ({"zones": [{"id": "A", "version": 0}]}, "application.zones[0].version", "outside 1 to"),
        ({"zones": "A"}, "application.zones", "a list"), ({"zones": [7]}, "application.zones[0]", "text"),
        ({"category": "toy"}, "application.category", "open, specific, certified"),
        ({"mode": "fpv"}, "application.mode", "vlos, bvlos"), ({"uas_class": "C9"}, "application.uas_class", "C0"),
        ({"condition_codes": ["remote_id"]}, "application.condition_codes[0]", 'did you mean "remote_id_on"'),
        ({"endurance_min": "long"}, "application.endurance_min", "a number belongs"),
        ({"priority": 1001}, "application.priority", "outside 0 to 1000"), ({"priority": True}, "application.priority", "number"),
        ({"id": "P-1"}, "application", 'unknown key "id"'), ({"consents": []}, "application", "unknown key"),
        ({"uas_serial_number": "x"}, "application", 'write "aircraft"'), ({"operation_mode": "Vlos"}, "application", 'write "mode"'),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(change, where, words):
    with pytest.raises(Malformed) as caught:
        read(WHOLE | change)
    assert str(caught.value).startswith(f"{where}: ") or where == "application"
    assert words in str(caught.value)
    assert caught.value.where == where


@pytest.mark.parametrize("data", [b"", b"[]", b'{"application": 7}', b'{"permits": []}', b"\xff", b'{"a": ' * 9999,
                                  b'{"application": {}, "application": {}}', b" " * 5_000_001])  # fmt: skip
def test_what_is_no_application(data):
    with pytest.raises(Malformed) as caught:
        application.read(data, PlainNames(), permit_id="A-1", version=1, received_ns=0)
    assert len(str(caught.value)) < 300


def test_the_flight_authorisation_of_interuss_says_the_same_in_our_words(shared):
    """Apache-2.0, interuss/monitoring: the Annex IV data of a valid flight authorisation."""
    text = (shared / "data/zones/interuss/flight_auths.yaml").read_text()
    theirs = dict(re.findall(r"^  (\w+): (.+)$", text, re.MULTILINE))
    lists = dict(re.findall(r"^  (\w+):\n    - (\w+)$", text, re.MULTILINE))
    ours = {
        "aircraft": [theirs["uas_serial_number"]], "category": theirs["operation_category"], "mode": theirs["operation_mode"],
        "uas_class": theirs["uas_class"], "identification_technologies": [lists["identification_technologies"]],
        "connectivity": [lists["connectivity_methods"]], "endurance_min": int(theirs["endurance_minutes"]),
        "emergency_procedure": theirs["emergency_procedure_url"], "operators": [theirs["operator_id"]],
        "volumes": WHOLE["volumes"],
    }  # fmt: skip
    done, _ = read(ours)
    assert (done.lacking, done.asked.category, done.asked.operation) == ((), "open", "vlos")
    assert done.asked.aircraft == ("1AF49UL5CC5J6K",)
