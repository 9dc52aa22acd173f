"""Which law cannot be judged by height, because the ground below it is not known."""

import pytest

from skykeep.geo.altitude import Datum
from skykeep.rules.aboveground import unlevelled
from tests.rules import examples as ex
from tests.rules.levels import geoid, surface

LOW = ex.volume(ceiling=ex.metres(120))
T0, S = ex.T0, ex.S


@pytest.mark.requirement("LAW-7")
@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        ([], []),
        ([ex.zone("Z", LOW)], ["Z"]),
        ([ex.zone("Z", ex.volume(floor=ex.metres(50)))], ["Z"]),
        ([ex.zone("Z", ex.volume(floor=ex.metres(0), ceiling="unlimited"))], []),
        ([ex.zone("Z", ex.volume(ceiling=ex.metres(500, Datum.AMSL)))], []),
        ([ex.zone("Z", LOW), surface()], []),
        ([ex.zone("Z", LOW), geoid()], ["Z"]),
        ([ex.zone("Z", LOW), surface(unknown=True)], ["Z"]),
        ([ex.zone("Z", LOW), ex.zone("FAR", ex.volume(ex.square(east_m=5_500), ceiling=ex.metres(120))), surface()], ["FAR"]),
        ([ex.zone("Z", LOW), ex.withdrawn(t_ns=T0)], []),
        ([ex.zone("Z", LOW), ex.withdrawn(t_ns=T0 + S)], ["Z"]),
        ([ex.zone("Z", LOW, end=T0)], []),
        ([ex.zone("Z", LOW, times=((T0 - 9 * S, T0 - S),))], []),
        ([ex.zone("Z", LOW, times=((T0 + S, T0 + 9 * S),))], ["Z"]),
        ([ex.permit("P", LOW)], ["P"]),
        ([ex.permit("P", LOW), surface()], []),
        ([ex.permit("P", LOW, end=T0)], []),
        ([ex.permit("P", LOW), ex.revoked(t_ns=T0)], []),
    ],
)  # fmt: skip
def test_law_above_the_ground_is_named_where_the_ground_is_not_known(facts, lacking):
    assert unlevelled(ex.law(*facts), T0) == lacking
