"""Facts put back on air are heard again as the same facts."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    AuthHeard,
    BasicIdHeard,
    FlightStatus,
    IdKind,
    LinkTrust,
    LocationHeard,
    OperatorIdHeard,
    OperatorPlaceKind,
    SelfIdHeard,
    SystemHeard,
)
from skykeep.facts.personal import PlainNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import remote_id
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire.remote_id_air import on_air

MAC = b"\x02SIM\x00\x01"
HEARD = {
    "sensor_id": "s", "transmitter": MAC.hex(":"), "t_event_ns": 5, "t_arrival_ns": 6, "link_trust": LinkTrust.OPEN,
    "frame": 3,
}  # fmt: skip


def heights(*datums):
    value = st.integers(-1999, 60_000).map(lambda half: half * 500)
    return st.none() | st.builds(Altitude, value, st.sampled_from(datums))


def steps(step, low, high):
    return st.none() | st.integers(low // step, high // step).map(lambda count: count * step)


LOCATIONS = st.builds(
    LocationHeard,
    **{key: st.just(value) for key, value in HEARD.items()},
    status=st.sampled_from([status for status in FlightStatus if status is not FlightStatus.RESERVED]),
    lat_e7=st.integers(-900_000_000, 900_000_000).filter(bool),
    lon_e7=st.integers(-1_800_000_000, 1_800_000_000),
    altitude=heights(Datum.HAE),
    pressure_altitude=heights(Datum.STD),
    height=heights(Datum.AGL, Datum.TAKEOFF),
    speed_mmps=steps(250, 0, 63_750),
    vspeed_mmps=steps(500, -62_000, 62_000),
    heading_mdeg=steps(1000, 0, 359_000),
    pos_accuracy_mm=st.sampled_from(quantity.POS_ACCURACY_MM),
    alt_accuracy_mm=st.sampled_from(quantity.ALT_ACCURACY_MM),
    pressure_accuracy_mm=st.sampled_from(quantity.ALT_ACCURACY_MM),
    speed_accuracy_mmps=st.sampled_from(quantity.SPEED_ACCURACY_MMPS),
    t_claimed_ds=st.none() | st.integers(0, 36_000),
    t_accuracy_ds=st.none() | st.integers(1, 15),
)
STATIC = (
    BasicIdHeard(**HEARD, id_kind=IdKind.SERIAL, ua_type=2, uas_id="S1M08SURVEY01"),
    SystemHeard(
        **HEARD, operator_place_kind=OperatorPlaceKind.TAKEOFF, operator_place="-35.2000001,-0.0000090,20.5",
        classification=1, area_count=1, area_radius_m=0, area_ceiling=None, area_floor=None, category_eu=2, class_eu=3,
        t_claimed_s=1_777_629_600,
    ),
    OperatorIdHeard(**HEARD, id_type=0, operator_id="XSMsurvey000001l"),
    SelfIdHeard(**HEARD, text_type=0, text="SIMULATED FLIGHT"),
)  # fmt: skip


def heard(data):
    frame = Frame("remote-id", 105, "s", 5, 6, LinkTrust.OPEN, data)
    return remote_id.decode(frame, 3, PlainNames())


@given(LOCATIONS)
def test_a_location_is_heard_as_it_was_said(fact):
    assert heard(on_air(MAC, 7, [fact], "SIMULATED")) == [fact]


@pytest.mark.parametrize("fact", STATIC, ids=lambda fact: type(fact).__name__)
def test_what_does_not_change_is_heard_as_it_was_said(fact):
    assert heard(on_air(MAC, 7, [fact], "")) == [fact]


@given(LOCATIONS)
def test_a_pack_is_heard_as_it_was_said(fact):
    assert heard(on_air(MAC, 7, [fact, *STATIC], "SIMULATED")) == [fact, *STATIC]


@pytest.mark.parametrize(
    "fact",
    [
        BasicIdHeard(**HEARD, id_kind=IdKind.SESSION, ua_type=0, uas_id="ab" * 20),
        BasicIdHeard(**HEARD, id_kind=IdKind.UTM, ua_type=0, uas_id="00112233-4455-6677-8899-aabbccddeeff"),
        BasicIdHeard(**HEARD, id_kind=IdKind.NONE, ua_type=0, uas_id=None),
        msgspec.structs.replace(STATIC[1], operator_place=None),
        msgspec.structs.replace(STATIC[1], operator_place="-0.5000000,179.9999999"),
    ],
)
def test_odd_ids_and_places_are_heard_as_they_were_said(fact):
    assert heard(on_air(MAC, 7, [fact], "SIMULATED")) == [fact]


def test_what_no_message_can_say_is_refused():
    auth = AuthHeard(**HEARD, auth_type=1, page=1, last_page=None, length=None, t_claimed_s=None, data=bytes(23))
    with pytest.raises(Refused, match="AuthHeard"):
        on_air(MAC, 7, [auth], "")
    with pytest.raises(Refused, match="decimals"):
        on_air(MAC, 7, [msgspec.structs.replace(STATIC[1], operator_place="-35.2,1")], "")
