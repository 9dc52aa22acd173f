"""Where an aircraft said last that it stands on the ground, with its height above take-off there."""

from __future__ import annotations

import numpy as np

from skykeep.rules.flight import Stood
from skykeep.watch.identify import later_stood
from skykeep.watch.reports import DATUMS, Pairs, Reports
from skykeep.watch.state import State

_TAKEOFF = DATUMS.index("takeoff")


def note_stood(state: State, reports: Reports, pairs: Pairs) -> None:
    """Remember it for the tracks that the reports of a tick surely are of."""
    tells = (reports.on_ground[pairs.report] == 1) & (reports.above_datum[pairs.report] == _TAKEOFF)
    for k in np.flatnonzero(tells & (pairs.probability > 0.5)).tolist():
        track_id, j = int(pairs.track_id[k]), int(pairs.report[k])
        state.stood[track_id] = later_stood(state.stood.get(track_id), _stood(reports, j))  # type: ignore[assignment]  # one is given


def _stood(reports: Reports, j: int) -> Stood:
    above_mm = int(reports.above_mm[j])
    return Stood(
        int(reports.t_ns[j]),
        int(reports.lat_e7[j]),
        int(reports.lon_e7[j]),
        round(float(reports.sigma_m[j]) * 1e3),
        above_takeoff_mm=above_mm,
        # Height 0 is what heights above take-off are measured from, so it has no error of its own.
        sigma_mm=int(reports.above_sigma_mm[j]) if above_mm else 0,
    )
