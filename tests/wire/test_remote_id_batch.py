"""A batch says what the single decoder says."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts.personal import PlainNames
from skykeep.geo.altitude import Datum
from skykeep.wire import remote_id, remote_id_batch
from skykeep.wire import remote_id_quantity as quantity
from tests.wire import odid

COLUMNS = {
    "altitude": "altitude_mm",
    "pressure_altitude": "pressure_altitude_mm",
    "height": "height_mm",
}


def assert_same(messages):
    decoded = remote_id_batch.locations(messages)
    assert len(decoded) == len(messages)
    for row, message in zip(decoded, messages, strict=True):
        (fact,) = remote_id.decode(odid.frame(message.tobytes()), 0, PlainNames())
        for name in set(fact.__struct_fields__) - odid.COMMON - {"status"}:
            value = getattr(fact, name)
            if value is not None and name in COLUMNS:
                value = value.value_mm
            got = int(row[COLUMNS.get(name, name)])
            assert got == (remote_id_batch.ABSENT if value is None else value), name
        assert quantity.STATUS[row["status"]] is fact.status
        if fact.height is not None:
            assert fact.height.datum is (Datum.AGL if row["height_agl"] else Datum.TAKEOFF)


def test_all_location_vectors():
    known = [v["hex"] for v in odid.vectors("messages") if v["kind"] == "location"]
    assert_same(np.frombuffer(bytes.fromhex("".join(known)), dtype=np.uint8).reshape(-1, 25))


@given(hnp.arrays(np.uint8, st.tuples(st.integers(0, 20), st.just(25))), st.integers(0x10, 0x1F))
def test_any_location(messages, head):
    messages[:, 0] = head
    assert_same(messages)


def test_more_rows_than_one_pass_takes():
    messages = np.tile(np.frombuffer(bytes.fromhex("12203d03faa8343a1ca08b05054b0eae0b1908193037150600"), np.uint8), (9000, 1))
    decoded = remote_id_batch.locations(messages)
    assert (decoded == decoded[0]).all()


def test_a_view_with_gaps_is_read_right():
    wide = np.zeros((8, 50), dtype=np.uint8)
    wide[:, 0] = 0x12
    wide[:, 5:13] = np.arange(8)[:, None]
    assert_same(wide[::2, :25])


@pytest.mark.parametrize("shape", [(25,), (2, 24), (2, 26), (1, 25, 1)])
def test_other_shapes_are_malformed(shape):
    with pytest.raises(Malformed, match="it takes uint8"):
        remote_id_batch.locations(np.zeros(shape, dtype=np.uint8))


def test_a_row_of_another_type_is_named():
    messages = np.zeros((3, 25), dtype=np.uint8)
    messages[:2, 0] = 0x10
    with pytest.raises(Malformed, match=r"row 2 is no Location \(1 of 3 rows\)"):
        remote_id_batch.locations(messages)
    assert remote_id_batch.is_location(messages).tolist() == [True, True, False]


def test_no_rows_are_no_rows():
    assert remote_id_batch.locations(np.zeros((0, 25), dtype=np.uint8)).shape == (0,)
