"""What `skykeep doctor` says of ground heights: law above the ground cannot be judged without them."""

from __future__ import annotations

from collections.abc import Iterator

from skykeep.facts.personal import PlainNames
from skykeep.rules.aboveground import unlevelled
from skykeep.rules.law import Law, enact
from skykeep.station import livelaw
from skykeep.station.housework import without_ground
from skykeep.station.keeping.checkup import Found, Looked, ok, warn

_REMEDY = "name terrain files (GeoTIFF, HGT) as `terrain` in [law]; docs: run a station, ground heights"


def ground(looked: Looked) -> Iterator[Found]:
    """Whether the law of the files can be judged by height. What was published at the station is told by its alarm."""
    now_ns = int(looked.now_s * 1e9)
    law = enact(Law(), livelaw.given(looked.home, looked.config, PlainNames(), now_ns).facts)
    lacking = unlevelled(law, now_ns)
    if lacking:
        yield warn("ground heights", without_ground(lacking), _REMEDY)
    else:
        yield ok("ground heights", "known wherever law is above the ground")
