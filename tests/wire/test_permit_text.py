"""A permit that is written and read again is the same permit, and validates against the published schema."""

import json
import pathlib

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.conditions import CONDITIONS
from skykeep.facts.enacted import (
    Circle,
    Consent,
    PermitEnacted,
    PermitRevoked,
    PermitVolume,
    Polygon,
    Thresholds,
    Volume,
    ZonePin,
)
from skykeep.facts.personal import KeyedNames, PlainNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import permits
from skykeep.wire.permit_text import moment, plain, write

ROOT = pathlib.Path(__file__).parents[2]
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "skykeep/schemas/permits.schema.json").read_text()))

words = st.text("abc XYZ-é", min_size=1, max_size=12).map(str.strip).filter(bool)
some = st.lists(words, max_size=3, unique=True).map(tuple)
moments = st.integers(0, 4_000_000_000_000_000_000)
lats, lons = st.integers(-899_999_999, 899_999_999), st.integers(-1_800_000_000, 1_800_000_000)
circles = st.builds(Circle, lat_e7=lats, lon_e7=lons, radius_mm=st.integers(1, 1_000_000_000))
polygons = st.builds(
    lambda lat, lon, size: Polygon(rings=(((lat, lon), (lat, lon + size), (lat + size, lon), (lat, lon)),)),
    st.integers(-800_000_000, 800_000_000), st.integers(-1_700_000_000, 1_700_000_000), st.integers(1, 90_000_000),
)  # fmt: skip
low = st.none() | st.just("unlimited") | st.builds(Altitude, st.integers(-1_000_000, 0), st.sampled_from(Datum))
high = st.none() | st.just("unlimited") | st.builds(Altitude, st.integers(1, 100_000_000), st.sampled_from(Datum))
parts = st.builds(
    lambda outline, floor, ceiling, start, long: PermitVolume(
        volume=Volume(outline=outline, floor=floor, ceiling=ceiling), start_ns=start, end_ns=start + long
    ),
    circles | polygons, low, high, moments, st.integers(1, 10**18),
)  # fmt: skip
consents = st.builds(
    Consent, zone_id=words, zone_version=st.integers(1, 9), authority=words, officer=words, t_ns=moments
)
granted = st.builds(
    PermitEnacted, permit_id=words, version=st.integers(1, 9), granted_at_ns=moments, holder=st.none() | words, pilots=some,
    aircraft=st.just(()), operators=some, sessions=st.lists(words, min_size=1, max_size=2, unique=True).map(tuple),
    volumes=st.lists(parts, min_size=1, max_size=3).map(tuple),
    thresholds=st.none() | st.builds(Thresholds, horizontal_mm=st.integers(0, 10_000_000), vertical_mm=st.integers(0, 1_000_000),
                                     time_ns=st.integers(0, 86_400).map(lambda s: s * 10**9)),
    zones=st.lists(st.builds(ZonePin, zone_id=words, version=st.none() | st.integers(1, 9)), max_size=3, unique=True).map(tuple),
    consents=st.lists(consents, max_size=2, unique=True).map(tuple), state_flight=st.booleans(), standing=st.booleans(),
    priority=st.integers(0, 1000), purpose=st.none() | words, category=st.sampled_from([None, *permits.CATEGORIES]),
    operation=st.sampled_from([None, *permits.MODES]), conditions=some,
    condition_codes=st.lists(st.sampled_from(list(CONDITIONS)), unique=True, max_size=4).map(
        lambda codes: tuple(code for code in CONDITIONS if code in codes)
    ),
    contact=st.none() | words, issuer=st.none() | words, application_sha256=st.sampled_from([None, "0a" * 32]),
)  # fmt: skip


@given(granted, st.booleans())
def test_what_is_written_is_read_the_same(permit, taken_back):
    revoked = PermitRevoked(permit_id=permit.permit_id, t_ns=5, reason="Wind", officer=None) if taken_back else None
    data = write([permit], [revoked] if revoked else [], lambda name: name)
    done = permits.read(data, PlainNames())
    assert done.refused == []
    assert done.permits == [permit]
    assert done.revocations == ([revoked] if revoked else [])
    SCHEMA.validate(json.loads(data))


def test_serials_and_registrations_go_back_to_their_lists():
    file = {"permits": [{"id": "P", "granted_at": "2026-01-01T00:00:00Z", "aircraft": ["ABCD1X"], "registrations": ["OH-1"],
                         "volumes": [{"area": {"center": [0, 0], "radius_m": 1}, "from": "2026-01-01T00:00:00Z",
                                      "until": "2026-01-02T00:00:00.5Z"}]}]}  # fmt: skip
    for names in (PlainNames(), KeyedNames(b"k" * 32)):
        (permit,) = permits.read(json.dumps(file).encode(), names).permits
        values = {name.pseudonym: name.value for name in names.take_new()} if isinstance(names, KeyedNames) else {}
        told = plain(permit, lambda name, values=values: values.get(name, name))
        assert (told["aircraft"], told["registrations"]) == (["ABCD1X"], ["OH-1"])
        assert "priority" not in told
        assert told["volumes"][0]["until"] == "2026-01-02T00:00:00.5Z"


def test_a_revocation_stands_with_the_last_version():
    permit = permits.read((ROOT / "tests/vectors/permits/permits.json").read_bytes(), PlainNames()).permits[0]
    older = type(permit)(**{name: getattr(permit, name) for name in permit.__struct_fields__} | {"version": 1})
    act = PermitRevoked(permit_id=permit.permit_id, t_ns=5, reason="Wind", officer="O")
    one, two = json.loads(write([permit, older], [act], str))["permits"]
    assert "revoked" in one
    assert "revoked" not in two


def test_moments_are_written_to_the_last_nanosecond():
    assert moment(0) == "1970-01-01T00:00:00Z"
    assert moment(1_777_629_600_000_000_001) == "2026-05-01T10:00:00.000000001Z"
    assert moment(1_777_629_600_500_000_000) == "2026-05-01T10:00:00.5Z"
