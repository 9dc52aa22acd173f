"""Pictures of a score: where the truth, the tracks and the false ones are; GOSPA over time; how long things took.

Colours are those of Okabe and Ito (2008), which people with any colour vision tell apart; shapes differ besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from skykeep.sim.assignment import Floats
from skykeep.sim.shots import Matched
from skykeep.station.scoring import Scored

_BLUE, _ORANGE, _RED, _GREEN, _GREY = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#8A8A8A"
_DPI = 130
_FAR_M = 3000.0  # a wider map is drawn in kilometres


def draw(scored: Scored, folder: Path, title: str) -> list[Path]:
    """Write the pictures into a folder, made if need be; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [
        _written(_map(scored.run, title), folder / "map.png"),
        _written(_gospa(scored, title), folder / "gospa.png"),
    ]
    if scored.fates is not None and len(scored.fates.drone):
        made.append(_written(_latency(scored, title), folder / "latency.png"))
    return made


def _figure(width_in: float, height_in: float) -> Figure:
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _written(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=_DPI)
    return path


def _quiet(axes: Axes) -> None:
    """Take away what is not data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#E4E4E4", linewidth=0.6)
    axes.set_axisbelow(True)


# ---- the map -----------------------------------------------------------------------------------------


def _map(run: Sequence[Matched], title: str) -> Figure:
    figure = _figure(9.0, 9.4)
    axes = figure.add_subplot()
    truth, right, missed, false = (_places(run, pick) for pick in (_true, _right, _missed, _false))
    unit_m, unit = (1000.0, "km") if _span_m(truth) > _FAR_M else (1.0, "m")
    for places, style in (
        (truth, {"marker": "o", "s": 16, "color": "#D6D6D6", "linewidths": 0, "label": "truth", "zorder": 1}),
        (right, {"marker": "o", "s": 5, "color": _BLUE, "linewidths": 0, "label": "track on a drone", "zorder": 2}),
        (missed, {"marker": "o", "s": 14, "facecolors": "none", "edgecolors": _ORANGE, "linewidths": 0.7,
                  "label": "drone missed", "zorder": 3}),
        (false, {"marker": "x", "s": 26, "color": _RED, "linewidths": 1.1, "label": "false track", "zorder": 4}),
    ):  # fmt: skip
        style["label"] = f"{style['label']} ({len(places)})"
        axes.scatter(places[:, 0] / unit_m, places[:, 1] / unit_m, **style)  # type: ignore[arg-type]  # by keyword
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel(f"east, {unit}")
    axes.set_ylabel(f"north, {unit}")
    axes.set_title(f"{title}\none mark a moment, {run[0].shot.t_s:g} s to {run[-1].shot.t_s:g} s", fontsize=11)
    figure.legend(loc="outside lower center", ncols=4, frameon=False, markerscale=1.6)
    _quiet(axes)
    return figure


def _span_m(places: Floats) -> float:
    return float(np.ptp(places[:, :2], axis=0).max()) if len(places) else 0.0


def _places(run: Sequence[Matched], pick: object) -> Floats:
    assert callable(pick)
    return np.concatenate([np.zeros((0, 2)), *(pick(each)[:, :2] for each in run)])


def _true(each: Matched) -> Floats:
    return each.shot.truth_m


def _right(each: Matched) -> Floats:
    return np.asarray(each.shot.told_m[each.gospa.told_row])


def _missed(each: Matched) -> Floats:
    return np.delete(each.shot.truth_m, each.gospa.truth_row, axis=0)


def _false(each: Matched) -> Floats:
    return np.asarray(each.shot.told_m[np.setdiff1d(each.told, each.gospa.told_row)])


# ---- over time ---------------------------------------------------------------------------------------


def _gospa(scored: Scored, title: str) -> Figure:
    figure = _figure(9.0, 6.4)
    upper, lower = figure.subplots(2, 1, sharex=True)
    t_s = np.array([each.shot.t_s for each in scored.run])
    upper.plot(t_s, [each.gospa.distance for each in scored.run], color=_BLUE, linewidth=1.8, label="as told")
    others = ((scored.held, "as held", _GREEN, "-."), (scored.oracle, "oracle: association known", _GREY, "--"))
    for run, name, colour, line in others:
        if run:
            distance = [each.gospa.distance for each in run]
            upper.plot(t_s, distance, color=colour, linewidth=1.4, linestyle=line, label=name)
    upper.set_ylabel("GOSPA, m")
    upper.set_ylim(bottom=0)
    upper.set_title(title, fontsize=11)
    parts = [
        [each.gospa.localisation / 1e3 for each in scored.run],
        [each.gospa.missed / 1e3 for each in scored.run],
        [each.gospa.false / 1e3 for each in scored.run],
    ]
    labels = ("places", "missed", "false")
    drawn = lower.stackplot(t_s, parts, colors=(_BLUE, _ORANGE, _RED), labels=labels, alpha=0.9, linewidth=0)
    for area, hatch in zip(drawn, ("", "//", "xx"), strict=True):
        area.set_hatch(hatch)
        area.set_edgecolor("white")
    lower.set_ylabel("its square by parts, 1,000 m²")
    lower.set_xlabel("time, s")
    burn_in_s = float(scored.scores.of["burn_in_s"])
    for axes in (upper, lower):
        axes.axvspan(t_s[0], burn_in_s, color="#F0F0F0", zorder=0, label="not scored")
        axes.set_xlim(t_s[0], t_s[-1])
        _quiet(axes)
        axes.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none", fontsize=9)
    return figure


# ---- how long it took --------------------------------------------------------------------------------


def _latency(scored: Scored, title: str) -> Figure:
    figure = _figure(9.0, 4.8)
    axes = figure.add_subplot()
    fates = scored.fates
    assert fates is not None
    curves = (("told", fates.told_s, _GREY, "--"), ("established", fates.established_s, _BLUE, "-"))
    longest_s = max(1.0, *(float(np.nanmax(then_s - fates.first_s, initial=0.0)) for _, then_s, _, _ in curves)) * 1.08
    for name, then_s, colour, line in curves:
        took = np.sort((then_s - fates.first_s)[np.isfinite(then_s)])
        share = np.arange(1, len(took) + 1) / len(fates.first_s)
        never = len(fates.first_s) - len(took)
        label = f"{name} ({never} of {len(fates.first_s)} never)"
        at_s, share = np.r_[0.0, took, longest_s], np.r_[0.0, share, share[-1:] if len(took) else 0.0]
        axes.step(at_s, share, where="post", color=colour, linestyle=line, linewidth=1.8, label=label)
    _percentiles(axes, scored)
    axes.set_xlim(0, longest_s)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("time from a drone's first detection, s")
    axes.set_ylabel("share of drones")
    axes.set_title(title, fontsize=11)
    axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")
    _quiet(axes)
    return figure


def _percentiles(axes: Axes, scored: Scored) -> None:
    """Mark the percentiles of the time to an established track."""
    found = scored.scores.established
    assert found is not None
    for percent, at_s in ((50, found.p50_s), (90, found.p90_s), (99, found.p99_s)):
        if at_s is not None:
            axes.plot([at_s], [percent / 100], marker="o", color=_BLUE, markersize=6)
            axes.annotate(f"p{percent}: {at_s:.2f} s", (at_s, percent / 100), xytext=(8, -14),
                          textcoords="offset points", fontsize=9)  # fmt: skip
