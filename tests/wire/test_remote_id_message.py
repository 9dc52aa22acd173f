"""Messages and packs against the C reference, and against themselves."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed, Refused
from skykeep.facts.observed import FlightStatus, OperatorPlaceKind
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import remote_id_message as m
from skykeep.wire import remote_id_quantity as q
from tests.wire import odid

MESSAGES = odid.vectors("messages")
MALFORMED = odid.vectors("malformed")
SINGLE = [vector for vector in MESSAGES if vector["kind"] != "pack"]
PACKS = [vector for vector in MESSAGES if vector["kind"] == "pack"]


def near(value):
    return pytest.approx(value, abs=2e-3)


def as_c(message):
    """A message as the C reference shows it, by the formulas of the standard."""
    match message:
        case m.BasicId():
            return {"basic_id": [{"UAType": message.ua_type, "IDType": message.id_type, "UASID_hex": message.uas_id.hex()}]}
        case m.Location():
            speed = message.speed_code * (0.75 if message.speed_multiplier else 0.25)
            return {
                "location": {
                    "Status": message.status,
                    "Direction": message.direction_code + 180 * message.east_west,
                    "SpeedHorizontal": speed + (63.75 if message.speed_multiplier else 0),
                    "SpeedVertical": message.vspeed_code / 2,
                    "Latitude": near(message.lat_e7 / 1e7),
                    "Longitude": near(message.lon_e7 / 1e7),
                    "AltitudeBaro": message.pressure_altitude_code / 2 - 1000,
                    "AltitudeGeo": message.altitude_code / 2 - 1000,
                    "HeightType": message.height_type,
                    "Height": message.height_code / 2 - 1000,
                    "HorizAccuracy": message.pos_accuracy_code,
                    "VertAccuracy": message.alt_accuracy_code,
                    "BaroAccuracy": message.pressure_accuracy_code,
                    "SpeedAccuracy": message.speed_accuracy_code,
                    "TSAccuracy": message.t_accuracy_ds,
                    "TimeStamp": 0xFFFF if message.t_ds == 0xFFFF else near(message.t_ds / 10),
                }
            }
        case m.Auth():
            shown = {"DataPage": message.page, "AuthType": message.auth_type, "AuthData_hex": message.data.hex()}
            if message.page == 0:
                shown |= {"LastPageIndex": message.last_page, "Length": message.length, "Timestamp": message.t_s}
            return {"auth": [shown]}
        case m.SelfId():
            return {"self_id": {"DescType": message.text_type, "Desc_hex": message.text.hex()}}
        case m.System():
            return {
                "system": {
                    "OperatorLocationType": message.operator_place_type,
                    "ClassificationType": message.classification,
                    "OperatorLatitude": near(message.lat_e7 / 1e7),
                    "OperatorLongitude": near(message.lon_e7 / 1e7),
                    "AreaCount": message.area_count,
                    "AreaRadius": message.area_radius_dam * 10,
                    "AreaCeiling": message.area_ceiling_code / 2 - 1000,
                    "AreaFloor": message.area_floor_code / 2 - 1000,
                    "CategoryEU": message.category_eu,
                    "ClassEU": message.class_eu,
                    "OperatorAltitudeGeo": message.operator_altitude_code / 2 - 1000,
                    "Timestamp": message.t_s,
                }
            }
        case m.OperatorId():
            return {"operator_id": {"OperatorIdType": message.id_type, "OperatorId_hex": message.operator_id.hex()}}


def without_text(expected):
    """C's own text fields stop at a NUL; the message layer holds the bytes, which are compared as hexadecimal."""
    dropped = {"UASID", "Desc", "OperatorId"}

    def keep(value):
        return {key: item for key, item in value.items() if key not in dropped}

    return {k: [keep(each) for each in v] if isinstance(v, list) else keep(v) for k, v in expected.items()}


def test_the_vectors_are_all_here():
    assert (len(MESSAGES), len(MALFORMED), len(odid.vectors("frames")), len(odid.vectors("encoder_refusals"))) == (
        150, 82, 20, 12,
    )  # fmt: skip


@pytest.mark.parametrize("vector", SINGLE, ids=lambda vector: vector["id"])
def test_a_message_says_what_the_reference_reads(vector):
    data = bytes.fromhex(vector["hex"])
    message = m.decode_message(data)
    assert as_c(message) == without_text(vector["expected"])
    assert_written_again(message, data)


def assert_written_again(message, data):
    """The same bytes again, or a refusal where the standard does not allow them."""
    if out_of_range(message):
        with pytest.raises(Refused, match=r"F3411-22a (operator )?(latitude|longitude|direction|vertical speed|time)"):
            m.encode_message(message)
    else:
        assert m.encode_message(message) == data


def out_of_range(message):
    if not isinstance(message, (m.Location, m.System)):
        return False
    off = abs(message.lat_e7) > 900_000_000 or abs(message.lon_e7) > 1_800_000_000
    if isinstance(message, m.System):
        return off
    direction, vspeed = message.direction_code + 180 * message.east_west, message.vspeed_code
    return off or direction > 361 or (abs(vspeed) > 124 and vspeed != 126) or 36_000 < message.t_ds < 0xFFFF


def test_only_values_out_of_range_are_not_written_again():
    refused = [v["id"] for v in SINGLE if out_of_range(m.decode_message(bytes.fromhex(v["hex"])))]
    assert refused == ["s11-086", "s11-087", "s11-088", "s11-089", "s11-090"]


@pytest.mark.parametrize("vector", PACKS, ids=lambda vector: vector["id"])
def test_a_pack_says_what_the_reference_reads(vector):
    data = bytes.fromhex(vector["hex"])
    pack = m.decode_pack(data)
    assert [as_c(message) for message in pack.messages] == [without_text(each) for each in vector["expected_in_order"]]
    assert m.encode_pack(pack) == data


@pytest.mark.parametrize("vector", MALFORMED, ids=lambda vector: vector["id"])
def test_what_the_reference_rejects_is_malformed_and_nothing_else(vector):
    data = bytes.fromhex(vector["hex"])
    decode = m.decode_pack if data[:1] and data[0] >> 4 == m.PACK else m.decode_message
    if vector["c_result"] != "accepted":
        with pytest.raises(Malformed, match="Remote ID"):
            decode(data)
    elif decode is m.decode_message:
        message = m.decode_message(data)
        assert as_c(message) == without_text(vector["c_decoded"])
        assert_written_again(message, data)
    else:
        pack = m.decode_pack(data)
        sound = [message for message in pack.messages if not isinstance(message, m.Unsound)]
        shown = {}
        for each in map(as_c, sound):
            for key, value in each.items():
                shown[key] = shown[key] + value if key in shown else value
        assert shown == without_text(vector["c_decoded"])
        if len(sound) == len(pack.messages):
            assert m.encode_pack(pack) == data


def test_a_bad_auth_page_spoils_itself_not_its_pack():
    (vector,) = (v for v in MALFORMED if v["id"] == "m11-047")
    (unsound,) = m.decode_pack(bytes.fromhex(vector["hex"])).messages
    assert unsound == m.Unsound(
        bytes.fromhex(vector["hex"])[3:],
        "Remote ID Auth page 0: length 64 (byte 3) does not fit the 63 bytes of 3 pages (byte 3 of a pack)",
    )
    with pytest.raises(Refused, match="unsound"):
        m.encode_pack(m.Pack(2, (unsound,)))


# ---- the encoder ---------------------------------------------------------------------------------


def mm(value_m):
    return round(value_m * 1000)


def height(value_m, datum):
    return None if value_m == -1000 else Altitude(mm(value_m), datum)


def built(kind, given_):
    """The message that C's encoder was asked for, through our builders where they can say it."""
    match kind:
        case "basic_id":
            text = bytes.fromhex(given_["UASID"])
            if given_["IDType"] == 1:  # C copies a serial as text: what follows a NUL is not sent
                text = text.partition(b"\0")[0]
            text = text.ljust(20, b"\0")
            return m.BasicId(2, given_["IDType"], given_["UAType"], text)
        case "self_id":
            return q.self_id(bytes.fromhex(given_["Desc"]), text_type=given_["DescType"])
        case "operator_id":
            return q.operator_id(bytes.fromhex(given_["OperatorId"]), id_type=given_["OperatorIdType"])
        case "auth":
            page = given_["DataPage"]
            first = (given_["LastPageIndex"], given_["Length"], given_["Timestamp"]) if page == 0 else (None,) * 3
            data = bytes.fromhex(given_["AuthData"]).ljust(23 if page else 17, b"\0")
            return m.Auth(2, given_["AuthType"], page, *first, data)
        case "location":
            return built_location(given_)
        case "system":
            return q.system(
                operator_place_kind=list(OperatorPlaceKind)[given_["OperatorLocationType"]],
                lat_e7=round(given_["OperatorLatitude"] * 1e7),
                lon_e7=round(given_["OperatorLongitude"] * 1e7),
                operator_altitude=height(given_["OperatorAltitudeGeo"], Datum.HAE),
                classification=given_["ClassificationType"],
                area_count=given_["AreaCount"],
                area_radius_m=given_["AreaRadius"],
                area_ceiling=height(given_["AreaCeiling"], Datum.HAE),
                area_floor=height(given_["AreaFloor"], Datum.HAE),
                category_eu=given_["CategoryEU"],
                class_eu=given_["ClassEU"],
                t_claimed_s=given_["Timestamp"] + m.EPOCH_S,
            )
    raise AssertionError(kind)


def built_location(given_):
    time = given_["TimeStamp"]
    message = q.location(
        status=FlightStatus.AIRBORNE,
        lat_e7=round(given_["Latitude"] * 1e7),
        lon_e7=round(given_["Longitude"] * 1e7),
        altitude=height(given_["AltitudeGeo"], Datum.HAE),
        pressure_altitude=height(given_["AltitudeBaro"], Datum.STD),
        height=height(given_["Height"], Datum.AGL if given_["HeightType"] else Datum.TAKEOFF),
        speed_mmps=None if given_["SpeedHorizontal"] == 255 else mm(given_["SpeedHorizontal"]),
        vspeed_mmps=None if given_["SpeedVertical"] == 63 else mm(given_["SpeedVertical"]),
        heading_mdeg=None if given_["Direction"] == 361 else mm(given_["Direction"]),
        t_claimed_ds=None if time == 0xFFFF else int(time * 10 + 0.5),
    )
    # Classes as the vector says them: some are reserved ones, which no quantity asks for.
    return msgspec.structs.replace(
        message,
        status=given_["Status"],
        height_type=given_["HeightType"],
        pos_accuracy_code=given_["HorizAccuracy"],
        alt_accuracy_code=given_["VertAccuracy"],
        pressure_accuracy_code=given_["BaroAccuracy"],
        speed_accuracy_code=given_["SpeedAccuracy"],
        t_accuracy_ds=given_["TSAccuracy"],
    )


@pytest.mark.parametrize("vector", [v for v in SINGLE if "encoder_input" in v], ids=lambda vector: vector["id"])
def test_the_encoder_writes_the_bytes_of_the_reference(vector):
    assert m.encode_message(built(vector["kind"], vector["encoder_input"])).hex() == vector["hex"]


@pytest.mark.parametrize("vector", odid.vectors("encoder_refusals"), ids=str)
def test_the_encoder_refuses_what_the_reference_refuses(vector):
    with pytest.raises(Refused, match="F3411-22a"):
        m.encode_message(built(vector["kind"], vector["input"]))


@pytest.mark.parametrize(
    "pack",
    [
        m.Pack(2, ()),
        m.Pack(2, (m.SelfId(2, 0, bytes(23)),) * 2),
        m.Pack(2, tuple(m.Auth(2, 0, page, None, None, None, bytes(23)) for page in range(1, 11))),
        m.Pack(16, (m.SelfId(2, 0, bytes(23)),)),
    ],
)
def test_packs_that_no_receiver_would_take_are_refused(pack):
    with pytest.raises(Refused):
        m.encode_pack(pack)


@pytest.mark.parametrize("heading", [-1, 360_001])
def test_the_builder_names_field_and_range(heading):
    with pytest.raises(Refused, match=r"direction: .* 0 to 360000; None is unknown"):
        q.location(status=FlightStatus.GROUND, lat_e7=None, lon_e7=None, heading_mdeg=heading)


def test_a_height_above_the_wrong_datum_is_refused():
    with pytest.raises(Refused, match="height above amsl, it is above hae"):
        q.location(status=FlightStatus.GROUND, lat_e7=None, lon_e7=None, altitude=Altitude(1, Datum.AMSL))


def test_the_narrowest_class_that_holds_an_accuracy_is_sent():
    for accuracy, code in ((1, 12), (1_000, 12), (1_001, 11), (10_000, 10), (18_520_000, 1), (18_520_001, 0), (None, 0)):
        message = q.location(status=FlightStatus.GROUND, lat_e7=None, lon_e7=None, pos_accuracy_mm=accuracy)
        assert message.pos_accuracy_code == code


def test_a_long_signature_becomes_pages():
    signature = bytes(range(110))
    pages = q.auth(signature, auth_type=1, t_claimed_s=m.EPOCH_S + 7)
    assert [page.page for page in pages] == [0, 1, 2, 3, 4, 5]
    assert (pages[0].last_page, pages[0].length, pages[0].t_s) == (5, 110, 7)
    again = [m.decode_message(m.encode_message(page)) for page in pages]
    assert b"".join(page.data for page in again)[:110] == signature


# ---- properties ----------------------------------------------------------------------------------

NIBBLE, BYTE, CODE = st.integers(0, 15), st.integers(0, 255), st.integers(0, 0xFFFF)
LAT, LON = st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000)


def octets(size):
    return st.binary(min_size=size, max_size=size)


DIRECTION = st.one_of(
    st.tuples(st.just(0), BYTE), st.tuples(st.just(1), st.integers(0, 181))
)  # east-west, direction code
LOCATIONS = st.builds(
    lambda direction, **rest: m.Location(east_west=direction[0], direction_code=direction[1], **rest),
    direction=DIRECTION,
    version=NIBBLE,
    status=NIBBLE,
    height_type=st.integers(0, 1),
    speed_multiplier=st.integers(0, 1),
    speed_code=BYTE,
    vspeed_code=st.one_of(st.just(126), st.integers(-124, 124)),
    lat_e7=LAT,
    lon_e7=LON,
    pressure_altitude_code=CODE,
    altitude_code=CODE,
    height_code=CODE,
    alt_accuracy_code=NIBBLE,
    pos_accuracy_code=NIBBLE,
    pressure_accuracy_code=NIBBLE,
    speed_accuracy_code=NIBBLE,
    t_ds=st.one_of(st.just(0xFFFF), st.integers(0, 36_000)),
    t_accuracy_ds=NIBBLE,
    reserved=st.builds(lambda a, b, c: bytes((a & 8, b & 0xF0, c)), BYTE, BYTE, BYTE),
)
AUTH_FIRST = st.builds(
    lambda v, t, last, length, t_s, data: m.Auth(v, t, 0, last, min(length, 17 + 23 * last), t_s, data),
    NIBBLE, NIBBLE, NIBBLE, BYTE, st.integers(0, 2**32 - 1), octets(17),
)  # fmt: skip
AUTH_NEXT = st.builds(
    lambda v, t, page, data: m.Auth(v, t, page, None, None, None, data), NIBBLE, NIBBLE, st.integers(1, 15), octets(23)
)
SYSTEMS = st.builds(
    m.System,
    version=NIBBLE,
    operator_place_type=st.integers(0, 3),
    classification=st.integers(0, 7),
    lat_e7=LAT,
    lon_e7=LON,
    area_count=CODE,
    area_radius_dam=BYTE,
    area_ceiling_code=CODE,
    area_floor_code=CODE,
    category_eu=NIBBLE,
    class_eu=NIBBLE,
    operator_altitude_code=CODE,
    t_s=st.integers(0, 2**32 - 1),
    reserved=st.builds(lambda a, b: bytes((a & 0xE0, b)), BYTE, BYTE),
)
ALL = st.one_of(
    st.builds(m.BasicId, NIBBLE, NIBBLE, NIBBLE, octets(20), octets(3)),
    LOCATIONS,
    AUTH_FIRST,
    AUTH_NEXT,
    st.builds(m.SelfId, NIBBLE, BYTE, octets(23)),
    SYSTEMS,
    st.builds(m.OperatorId, NIBBLE, BYTE, octets(20), octets(3)),
)


@given(ALL)
def test_what_is_written_is_read_again(message):
    data = m.encode_message(message)
    assert len(data) == m.SIZE
    assert m.decode_message(data) == message


@given(octets(25))
def test_what_is_read_is_written_again_or_refused(data):
    try:
        message = m.decode_message(data)
    except Malformed:
        return
    assert_written_again(message, data)


@given(st.lists(ALL, min_size=1, max_size=9, unique_by=type), NIBBLE, st.binary(max_size=9))
def test_packs_round_trip_with_their_padding(messages, version, trailing):
    pack = m.Pack(version, tuple(messages), trailing)
    assert m.decode_pack(m.encode_pack(pack)) == pack


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_a_pack_or_malformed(data):
    for decode in (m.decode_message, m.decode_pack):
        with contextlib.suppress(Malformed):
            decode(data)


@given(st.sampled_from([v["hex"] for v in SINGLE]), st.integers(0, 24))
def test_a_message_cut_anywhere_is_malformed(text, size):
    with pytest.raises(Malformed, match=f"{size} bytes, a message has 25"):
        m.decode_message(bytes.fromhex(text)[:size])
