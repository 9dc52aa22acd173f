"""Columns: what goes in comes out, what does not fit is the nearest that does, what is too short is refused."""

import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts import codec, columns
from skykeep.facts.concluded import FactRef, Phase, TrackEstimated
from skykeep.geo.altitude import Altitude, Datum

INT32 = st.integers(-(2**31) + 1, 2**31 - 1)
NOT_KNOWN = np.iinfo(np.int64).min
LACK = ("existence_ppm", "alt_mm", "up_sigma_mm", "vel_up_mmps", "said_mm", "said_sigma_mm", "above_mm")
NOW = 1_795_536_000_000_000_000


def row(**changes):
    said = {name: number for number, name in enumerate(columns.WIDE)} | {
        "track_id": 7, "phase": 1, "said_datum": 0, "above_datum": 0, "marks": 0, "mode": 0,
    }  # fmt: skip
    return said | changes


def told(*rows, tick=0):
    fact = columns.fold(NOW, **{name: np.array([each[name] for each in rows]) for name in rows[0]})
    return columns.unfold(codec.decode(codec.encode(fact)), tick)


rows = st.fixed_dictionaries(
    {name: st.one_of(INT32, st.just(NOT_KNOWN)) if name in LACK else INT32 for name in columns.WIDE}
    | {"track_id": st.integers(-(2**63), 2**63 - 1), "phase": st.integers(0, 2), "marks": st.integers(0, 7)}
    | {"said_datum": st.integers(-1, 2), "above_datum": st.integers(-1, 1), "mode": st.integers(0, 2)}
)


def known(value):
    return None if value == NOT_KNOWN else value


@given(st.lists(rows, min_size=1, max_size=5), st.integers(0, 2**40))
def test_each_row_comes_back_as_it_was_given(given_rows, tick):
    back = told(*given_rows, tick=tick)
    assert len(back) == len(given_rows)
    for said, one in zip(given_rows, back, strict=True):
        assert (one.track_id, one.t_ns) == (said["track_id"], NOW - said["before_us"] * 1000)
        for name in ("lat_e7", "lon_e7", "pos_sigma_mm", "vel_east_mmps", "vel_north_mmps", "reports"):
            assert getattr(one, name) == said[name]
        for name in ("existence_ppm", "alt_mm", "up_sigma_mm", "vel_up_mmps"):
            assert getattr(one, name) == known(said[name])
        assert one.alt_sigma_mm == known(said["said_sigma_mm"])
        assert one.phase is (Phase.TENTATIVE, Phase.ESTABLISHED, Phase.LOST)[said["phase"]]
        assert one.mode == ("hovering", "smooth", "agile")[said["mode"]]
        assert one.pos_assumed + 2 * one.simulated + 4 * one.manned == said["marks"]
        assert one.evidence == FactRef(tick - said["evidence_tick"], said["evidence_index"])
        assert one.item == said["evidence_item"]
        assert one.altitude == height(said["said_mm"], said["said_datum"], (Datum.HAE, Datum.AMSL, Datum.STD))
        assert one.height == height(said["above_mm"], said["above_datum"], (Datum.AGL, Datum.TAKEOFF))


def height(value_mm, datum, datums):
    return None if datum < 0 or value_mm == NOT_KNOWN else Altitude(value_mm, datums[datum])


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_what_does_not_fit_is_the_nearest_that_does(value):
    (one,) = told(row(alt_mm=value))
    if np.isnan(value) or value <= -(2.0**63):
        assert one.alt_mm is None
    else:
        assert one.alt_mm == (2**31 - 1 if value == float("inf") else min(max(round(value), -(2**31) + 1), 2**31 - 1))


@given(st.lists(INT32, max_size=6))
def test_the_bytes_are_little_endian(values):
    given_rows = {name: np.zeros(len(values), np.int64) for name in row()} | {"lat_e7": np.array(values, np.int64)}
    given_rows["track_id"] = np.array(values, np.int64)
    fact = columns.fold(NOW, **given_rows)
    assert fact.lat_e7 == struct.pack(f"<{len(values)}i", *values)
    assert fact.track_id == struct.pack(f"<{len(values)}q", *values)
    assert fact.rows == len(values)


@pytest.mark.parametrize("name", ["track_id", *columns.WIDE, *columns.NARROW])
def test_a_column_of_another_length_is_malformed(name):
    fact = columns.fold(NOW, **{key: np.array([value]) for key, value in row().items()})
    for body in (b"", getattr(fact, name) + b"\0", getattr(fact, name)[:-1]):
        with pytest.raises(Malformed, match=name):
            columns.unfold(msgspec.structs.replace(fact, **{name: body}))


@pytest.mark.parametrize("rows_said", [-1, 0, 2, 2**60])
def test_another_number_of_rows_than_the_columns_hold_is_malformed(rows_said):
    fact = columns.fold(NOW, **{key: np.array([value]) for key, value in row().items()})
    with pytest.raises(Malformed, match="rows"):
        columns.unfold(msgspec.structs.replace(fact, rows=rows_said))


@pytest.mark.parametrize("name", ["phase", "said_datum", "above_datum", "mode"])
def test_a_number_that_stands_for_nothing_is_malformed(name):
    with pytest.raises(Malformed, match="none has"):
        told(row(**{name: 9}))


@pytest.mark.parametrize("name", [name for name in columns.WIDE if name not in LACK])
def test_a_track_has_a_place_and_evidence(name):
    with pytest.raises(Malformed, match=name):
        told(row(**{name: NOT_KNOWN}))


def test_one_estimate_of_the_older_kind_reads_the_same():
    fact = TrackEstimated(
        track_id=3, t_ns=NOW, phase=Phase.LOST, lat_e7=1, lon_e7=2, pos_sigma_mm=3, pos_assumed=True,
        altitude=Altitude(4, Datum.STD), height=Altitude(5, Datum.AGL), alt_sigma_mm=6, vel_east_mmps=7,
        vel_north_mmps=8, reports=9, simulated=True, evidence=FactRef(10, 11),
    )  # fmt: skip
    (one,) = columns.estimates(fact)
    assert {name: getattr(one, name) for name in fact.__struct_fields__} == msgspec.structs.asdict(fact)
    assert (one.existence_ppm, one.alt_mm, one.mode, one.manned, one.item) == (None, None, None, False, 0)
    assert one.heights == (Altitude(4, Datum.STD), Altitude(5, Datum.AGL))


def test_an_estimated_height_counts_where_none_was_said():
    (one,) = told(row(said_datum=-1, above_datum=-1, alt_mm=31_400))
    assert one.heights == (Altitude(31_400, Datum.HAE),)
