"""Where features of a zone file are: lines and sketches, whatever the file holds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.station import zonewhere
from skykeep.wire.zonefile import ZoneReport

ONE = '{"geometry": {"coordinates": [[[8.5, 47.0], [8.6, 47.1]]]}}'


@pytest.mark.requirement("ZONES-6")
def test_two_features_alike_have_a_line_each_and_a_sketch():
    data = f"[\n{ONE},\n\n{ONE}\n]".encode()
    reports = [ZoneReport(0, None, ("bad",), ONE), ZoneReport(1, None, ("bad",), ONE)]
    first, second = zonewhere.faults(data, reports, [], {})
    assert (first.line, second.line) == (2, 4)
    assert first.outline == [(470_000_000, 85_000_000), (471_000_000, 86_000_000)]
    assert not first.used


def test_what_is_not_found_again_has_no_line_and_what_was_used_no_sketch():
    (gone,) = zonewhere.faults(b"<kml/>", [ZoneReport(0, "A", ("bad",), "not in it")], [], {})
    assert (gone.line, gone.outline) == (None, [])
    (used,) = zonewhere.faults(ONE.encode(), [], [ZoneReport(0, "A", ("doubt",))], {"A": ONE})
    assert (used.line, used.outline, used.used) == (1, [], True)


def test_what_stands_before_the_last_one_found_has_its_line_too():
    data = b"first\nsecond\nthird\n"
    reports = [
        ZoneReport(at, None, ("bad",), native) for at, native in enumerate(("second", "third", "first", "third"))
    ]
    assert [fault.line for fault in zonewhere.faults(data, reports, [], {})] == [2, 3, 1, 3]


class Counted(bytes):
    """Bytes that count how often they are searched."""

    searched = 0

    def find(self, *given):
        self.searched += 1
        return super().find(*given)


@pytest.mark.requirement("ZONES-6")
@pytest.mark.parametrize("head", [b"", b"PK"])
def test_a_file_whose_features_are_not_found_again_is_not_searched_for_ever(head):
    data = Counted(head + b"x" * 100)
    reports = [ZoneReport(at, None, ("bad",), f"<Placemark {at}>") for at in range(1_000)]
    assert {fault.line for fault in zonewhere.faults(data, reports, [], {})} == {None}
    assert data.searched == (0 if head else 2 * zonewhere.AGAIN_MAX)


def test_a_sketch_is_short_however_long_the_feature():
    assert len(zonewhere.sketch(json.dumps([[8.0, 47.0]] * 5_000))) == zonewhere.CORNERS_MAX


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(_JSON)
def test_a_sketch_holds_places_only(said):
    for lat_e7, lon_e7 in zonewhere.sketch(json.dumps(said)):
        assert abs(lat_e7) <= 900_000_000
        assert abs(lon_e7) <= 1_800_000_000


@given(st.text())
def test_any_text_has_a_sketch(text):
    assert isinstance(zonewhere.sketch(text), list)


@given(st.binary(), st.lists(st.text(max_size=8), max_size=4))
def test_lines_are_those_of_the_file(data, natives):
    reports = [ZoneReport(at, None, ("x",), native) for at, native in enumerate(natives)]
    starts = [len(b"\n".join(data.split(b"\n")[:line])) for line in range(data.count(b"\n") + 2)]
    for fault, native in zip(zonewhere.faults(data, reports, [], {}), natives, strict=True):
        if fault.line is not None:
            found = data.find(native.encode(), max(0, starts[fault.line - 1]))
            assert 0 <= found <= starts[fault.line], "it begins on that line"
