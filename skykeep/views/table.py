"""A row of the summary as cells for a terminal: plain text, without anything that could steer one."""

from __future__ import annotations

from collections.abc import Iterable

from skykeep.views.summary import TrackSummary
from skykeep.views.words import clock, day, duration, metres, number, shown

HEADINGS = ("Track", "Verdict", "Why", "Identity", "Seen (UTC)", "Margin")
SIMULATED = "SIMULATED"
NO_MARGIN = "–"


def lines(rows: Iterable[TrackSummary]) -> list[tuple[str, ...]]:
    """Return the cells of each row, in the order of HEADINGS."""
    return [cells(row) for row in rows]


def cells(row: TrackSummary) -> tuple[str, ...]:
    """Return one row's cells; a cell may hold several lines. They are plain text, not markup of any kind."""
    return tuple(
        "\n".join(shown(line, 400) for line in cell)
        for cell in (_track(row), _verdict(row), _why(row), _identity(row), _seen(row), _margin(row))
    )


def _track(row: TrackSummary) -> list[str]:
    kind = "manned" if row.manned else row.kind_words
    found = [text for text in (kind, row.rung_words) if text]
    return [str(row.track_id), *([SIMULATED] if row.simulated else []), *found]


def _verdict(row: TrackSummary) -> list[str]:
    changed = row.verdict_last != row.verdict
    return [row.verdict_words.upper(), *([f"at the end: {row.verdict_last_words}"] if changed else [])]


def _why(row: TrackSummary) -> list[str]:
    said = [f"{row.sentence} (clause {row.clause})"]
    if row.missing:
        said.append(f"missing: {', '.join(row.missing)}")
    for zone in row.zones:
        if zone.zone_id != row.zone_id and zone.verdict in {"not_permitted", "cannot_tell"}:
            said.append(f"{zone.verdict.replace('_', ' ')}: {zone.sentence} (clause {zone.clause})")
            said += [f"missing: {', '.join(zone.missing)}"] if zone.missing else []
    said += [site.sentence for site in row.sites]
    said += [f"may be {text}" for text in row.explained]
    said += list(row.foreseen)
    if row.coming_zone_id is not None:
        said.append(f"coming: {row.coming_zone_name or row.coming_zone_id} from {row.coming_from_utc}")
    return said


def _identity(row: TrackSummary) -> list[str]:
    if row.identity_state == "none_heard":
        return [row.identity]
    said = [f"{row.id_kind} {row.identity}", row.trust_words]
    return [*said, *([f"operator {row.operator}"] if row.operator else []), *row.flags_words]


def _seen(row: TrackSummary) -> list[str]:
    by = [f"by {', '.join(row.sensors)}"] if len(row.sensors) > 1 else []
    return [day(row.first_ns), f"{clock(row.first_ns)}–{clock(row.last_ns)}", number(row.reports, "report"), *by]


def _margin(row: TrackSummary) -> list[str]:
    return list(margins(row)) or [NO_MARGIN]


def margins(row: TrackSummary) -> tuple[str, ...]:
    """Return the margins to the zone in words: across, in height, in time."""
    said = []
    if row.margin_m is not None:
        said.append(f"{metres(abs(row.margin_m))} {'inside' if row.margin_m >= 0 else 'outside'} the border")
    if row.margin_height_m is not None:
        side = "inside" if row.margin_height_m >= 0 else "outside"
        said.append(f"{metres(abs(row.margin_height_m))} {side} the heights")
    if row.margin_time_s is not None:
        said.append(f"law or permit changes in {duration(round(row.margin_time_s * 1e9))}")
    return tuple(said)
