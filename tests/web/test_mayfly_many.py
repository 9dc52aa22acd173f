"""May I fly here, where hundreds of zones lie over one another: the answer of the slow way, and not its work."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.facts.enacted import Circle, Exemption, Interval, Polygon, PressureSet, Rule, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules import inside
from skykeep.rules.law import FOREVER_NS, enact
from skykeep.web import mayfly
from skykeep.web.lawbook import LawBook, acts
from skykeep.web.mayfly import Question
from tests.rules import levels
from tests.web import asked_singly
from tests.web.law_of_a_city import CENTRE, HOUR_NS, T_NS, circle, live, zone

AT = {"south_e7": CENTRE[0] - 500_000, "west_e7": CENTRE[1] - 500_000}
SURFACES = [msgspec.structs.replace(each, **AT) for each in (levels.surface(metres=40.0), levels.geoid())]
QNH = PressureSet(place="here", qnh_pa=101_900, sigma_pa=100, t_ns=0, until_ns=FOREVER_NS)


def law_of(*facts, complete=True):
    kept = live(*facts, complete=complete).law
    return LawBook().take(kept, 0, acts(kept))


def square(south_m, west_m, side_m=200):
    corners = [(0, 0), (0, side_m), (side_m, side_m), (side_m, 0), (0, 0)]
    places = [
        (CENTRE[0] + round((south_m + n) / 111_000 * 1e7), CENTRE[1] + round((west_m + e) / 91_000 * 1e7))
        for n, e in corners
    ]
    return Polygon(rings=(tuple(places),))


HEIGHTS = st.builds(Altitude, st.integers(-20, 150).map(lambda metres: metres * 1_000), st.sampled_from(list(Datum)))
LIMITS = st.one_of(HEIGHTS, HEIGHTS, st.sampled_from([None, "unlimited"]))
OUTLINES = st.one_of(
    st.builds(circle, st.integers(-60, 60), st.integers(-60, 60), st.sampled_from([1, 20, 60, 1_000])),
    st.builds(square, st.sampled_from([-200, -100, 0, 30]), st.sampled_from([-200, -100, 0, 30])),
)
EXEMPTIONS = st.lists(
    st.builds(
        Exemption,
        mass_max_g=st.sampled_from([None, 100, 250, 900]),
        height_max=st.one_of(st.none(), HEIGHTS),
        categories=st.sampled_from([(), ("open",)]),
        missions=st.sampled_from([(), ("private",), ("police",)]),
        words=st.sampled_from([None, "with a licence"]),
    ),
    max_size=2,
)
TIMES = st.sampled_from(
    [
        {}, {"effective_from_ns": T_NS + HOUR_NS}, {"effective_from_ns": T_NS + 2 * HOUR_NS}, {"end_ns": T_NS + HOUR_NS},
        {"hours_unread": "at night"}, {"applicability": (Interval(start_ns=T_NS + HOUR_NS, end_ns=None),)},
    ]
)  # fmt: skip


@st.composite
def volumes(draw):
    """One volume, or two: of one outline, one on the other, or side by side between the same limits, or any."""
    outline, floor, ceiling = draw(OUTLINES), draw(LIMITS), draw(LIMITS)
    first = Volume(outline=outline, floor=floor, ceiling=ceiling)
    second = draw(
        st.sampled_from(
            [
                None, Volume(outline=outline, floor=ceiling, ceiling=draw(LIMITS)),
                Volume(outline=square(0, 0), floor=floor, ceiling=ceiling),
                Volume(outline=draw(OUTLINES), floor=draw(LIMITS), ceiling=draw(LIMITS)),
            ]
        )
    )  # fmt: skip
    return (first,) if second is None else (first, second)


@st.composite
def laws(draw):
    facts = [
        zone(f"Z{number}", volumes=draw(volumes()), rule=draw(st.sampled_from(list(Rule))),
             exemptions=tuple(draw(EXEMPTIONS)), **draw(TIMES))
        for number in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return law_of(*facts, complete=draw(st.booleans()))


@settings(max_examples=40, deadline=None)
@given(
    laws(), st.sampled_from([0.0, 1e-300, 1e-4, 1.0, 30.0, 400.0]), st.sampled_from([1, 60, 120]),
    st.sampled_from([None, 90, 300]), st.booleans(), st.booleans(),
)  # fmt: skip
def test_the_quick_way_answers_as_the_slow_one(law, accuracy_m, height_m, mass_g, surfaces, fresh):
    def with_levels(known):
        return enact(known, [*SURFACES, QNH]) if surfaces else known

    question = Question(*CENTRE, accuracy_m, height_m, mass_g)
    given = {"now_ns": T_NS, "fresh": fresh, "with_levels": with_levels}
    assert mayfly.ask(question, law, **given) == asked_singly.ask(question, law, **given)


@pytest.mark.requirement("PUBLIC-1")
def test_hundreds_of_zones_over_one_place_are_ruled_a_few_times_each(monkeypatch):
    """The slow way compares a height of each zone 200,000 times here."""
    many = [
        zone(f"Z{number}", circle(radius_m=1_000 + number), floor=number % 100, ceiling=100 + number % 90)
        for number in range(400)
    ]
    law, compared = law_of(*many), []
    known = inside.compare_heights
    monkeypatch.setattr(inside, "compare_heights", lambda *said, **more: compared.append(1) or known(*said, **more))
    told = mayfly.ask(Question(*CENTRE, 10.0, 120), law, now_ns=T_NS, fresh=True, with_levels=lambda known: known)
    assert len(told.zones) == 400
    assert len(compared) < 400 * 8


@pytest.mark.requirement("PUBLIC-2")
@pytest.mark.parametrize("accuracy_m", [0.0, 5e-324, 1.0, 10_000.0])
@pytest.mark.parametrize("radius_mm", [0, 1, 50_000_000])
def test_no_circle_is_too_small_nor_too_large_for_an_answer(radius_mm, accuracy_m):
    odd = zone("ODD", Circle(lat_e7=0, lon_e7=0, radius_mm=radius_mm), ceiling="unlimited")
    for lat_e7, lon_e7 in ((0, 0), (900_000_000, 0), (0, -1_800_000_000), (1, 1)):
        question = Question(lat_e7, lon_e7, accuracy_m, 120)
        told = mayfly.ask(question, law_of(odd), now_ns=T_NS, fresh=True, with_levels=lambda known: known)
        assert told.answers
