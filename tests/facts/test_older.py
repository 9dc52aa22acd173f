"""Facts of earlier versions: their committed bytes are still read, as what they have become, with nothing made up."""

import json

import msgspec
import pytest

from skykeep.errors import Malformed
from skykeep.facts import codec, older
from skykeep.facts.claimed import Mode, Moment, Resolved, StatementMade
from skykeep.facts.enacted import PermitEnacted, SensorDeclared, ZoneEnacted, ZonePin
from tests.facts import kinds

COMMITTED = {
    tag: bytes.fromhex(body)
    for tag, body in json.loads((kinds.GOLDEN.parent / "facts_older.json").read_text(encoding="ascii")).items()
}
BECOME = {
    older.ZoneEnacted1: ZoneEnacted,
    older.PermitEnacted1: PermitEnacted,
    older.SensorDeclared1: SensorDeclared,
    older.StatementMade1: StatementMade,
}
TOLD_OTHERWISE = {"zones", "applicability", "t_said_ns"}
NOTHING = (None, (), False, 0, "", "each", "unknown", Mode.UNKNOWN, Resolved.UNKNOWN)


@pytest.mark.requirement("FACT-2")
@pytest.mark.parametrize("kind", codec.OLDER, ids=kinds.tag)
def test_the_committed_bytes_of_an_older_kind_are_read_as_what_it_has_become(kind):
    body, said = COMMITTED[kinds.tag(kind)], kinds.example(kind)
    fact = codec.decode(body)
    assert codec.decode_trusted(body) == fact == older.upcast(said)
    assert type(fact) is BECOME[kind]
    kept = [name for name in said.__struct_fields__ if name not in TOLD_OTHERWISE]
    assert {name: getattr(fact, name) for name in kept} == {name: getattr(said, name) for name in kept}
    made_up = {name: getattr(fact, name) for name in fact.__struct_fields__ if not hasattr(said, name)}
    made_up.pop("said_at", None)  # what t_said_ns has become
    assert all(value in NOTHING for value in made_up.values()), made_up


def test_no_older_kind_has_vanished():
    assert list(COMMITTED) == [kinds.tag(kind) for kind in codec.OLDER]


def test_zones_of_an_older_permit_are_pinned_to_no_version():
    fact = codec.decode(COMMITTED["enacted.permit/1"])
    named = kinds.example(older.PermitEnacted1).zones
    assert fact.zones == tuple(ZonePin(zone_id=zone_id, version=None) for zone_id in named)


def test_an_older_zone_without_dates_is_always_in_force():
    zone = kinds.example(older.ZoneEnacted1)
    bare = type(zone)(**{name: getattr(zone, name) for name in zone.__struct_fields__} | {"applicability": ()})
    assert older.upcast(bare).applicability is None
    assert older.upcast(zone).applicability == zone.applicability


def test_when_an_older_statement_was_said_is_kept():
    said = kinds.example(older.StatementMade1)
    moment = Moment(start_ns=said.t_said_ns, end_ns=said.t_said_ns + 1, how="as recorded")
    assert older.upcast(said).said_at == (moment,)
    assert older.upcast(msgspec.structs.replace(said, t_said_ns=None)).said_at == ()


def test_an_older_kind_in_another_than_its_canonical_form_is_refused():
    body = COMMITTED["enacted.zone/1"]
    with pytest.raises(Malformed):
        codec.decode(body + b"\x00")
    with pytest.raises(AssertionError, match="no older fact"):
        older.upcast(zone_of_today := kinds.example(ZoneEnacted))
    assert isinstance(zone_of_today, ZoneEnacted)
