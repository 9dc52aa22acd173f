"""The table of verdicts in a report: a row a flight, a card each on a phone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skykeep.facts.concluded import Verdict
from skykeep.views import words
from skykeep.views.markup import Html, tag
from skykeep.views.summary import TrackSummary
from skykeep.views.symbols import icon, kind
from skykeep.views.table import margins

NAMED_MAX = 4  # sensors or tracks in one cell
_COLUMNS = (
    ("Track", "c-track"),
    ("Verdict", "c-verdict"),
    ("Where and why", "c-why"),
    ("Identity it gave", "c-id"),
    ("Seen (UTC)", "c-seen"),
    ("Margin", "c-margin"),
)


def verdicts(found: Sequence[TrackSummary], *, reveal: bool) -> Html:
    shown = "as they were given" if reveal else "masked"
    caption = f"{words.number(len(found), 'flight')}, the gravest first; identities {shown}"
    heads = (tag("th", name, class_=class_ or None, scope="col", role="columnheader") for name, class_ in _COLUMNS)
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *heads, role="row"), role="rowgroup"),
        tag("tbody", *(_row(row) for row in found), role="rowgroup"),
        class_="cards verdicts",
        role="table",
    )
    return tag(
        "section",
        tag("h2", "Verdicts", id="verdicts"),
        tag("p", "What the rules given say about what the sensors told. A person decides.", class_="note"),
        tag("div", table, class_="wrap"),
        aria_labelledby="verdicts",
    )


def _row(row: TrackSummary) -> Html:
    name = [Html(f"Track {row.track_id}")]
    if row.simulated:
        name += [Html(" "), tag("span", "SIMULATED", class_="simtag")]
    name += [sub("manned aircraft")] if row.manned else []
    name += [sub("tentative: too little heard")] if not row.established else []
    name += [sub(row.kind_words)] if row.kind_words and not row.manned else []
    name += [sub(row.rung)] if row.rung is not None else []
    name += [sub(f"with track {', '.join(map(str, row.merged_tracks))}")] if row.merged_tracks else []
    cells = [
        tag("th", *name, scope="row", role="rowheader"),
        cell("Verdict", *_verdict_cell(row)),
        cell("Why", *_why(row)),
        cell("Identity", *_identity(row)),
        cell("Seen", *_seen(row)),
        cell("Margin", *(tag("p", text) for text in margins(row) or ("–",))),
    ]
    return tag("tr", *cells, role="row", data_track=str(row.track_id))


def cell(label: str, *parts: Html) -> Html:
    return tag("td", tag("div", *parts), role="cell", data_label=label)


def sub(text: str) -> Html:
    return tag("span", text, class_="sub")


def _verdict_cell(row: TrackSummary) -> list[Html]:
    shape = kind(Verdict(row.verdict), manned=row.manned)
    parts = [tag("span", icon(shape, 20), tag("span", row.verdict_words.capitalize()), class_="vw")]
    if row.verdict_last != row.verdict:
        parts.append(sub(f"when last heard: {row.verdict_last_words}"))
    where = f", incident {_few(row.incidents)}" if row.incidents else ""
    return parts + ([sub(words.number(row.alarms, "alarm") + where)] if row.alarms else [])


def _why(row: TrackSummary) -> list[Html]:
    parts = [tag("p", row.sentence)]
    where = [
        text
        for text in (
            _versioned("zone", row.zone_id, row.zone_version),
            _versioned("permit", row.permit_id, row.permit_version),
        )
        if text
    ]
    parts.append(tag("span", "clause ", tag("code", row.clause), *(f" · {text}" for text in where), class_="sub"))
    parts += _missing(row.missing)
    for zone in row.zones:
        if zone.zone_id != row.zone_id:
            said = words.VERDICT[Verdict(zone.verdict)]
            parts.append(tag("p", tag("b", f"Also {said}: "), zone.sentence))
            parts.append(tag("span", "clause ", tag("code", zone.clause), class_="sub"))
            parts += _missing(zone.missing)
    parts += [tag("p", f"{site.sentence[0].upper()}{site.sentence[1:]}.") for site in row.sites]
    parts += [sub(f"may be {text}") for text in row.explained]
    parts += [sub(text) for text in row.foreseen]
    parts += [sub(f"moved together with track {_few(row.together_with)}")] if row.together_with else []
    if row.coming_zone_id is not None:
        coming = row.coming_zone_name or row.coming_zone_id
        parts.append(tag("p", f"Announced, not yet in force: {words.shown(coming)} from {row.coming_from_utc}."))
    return parts


def _versioned(what: str, name: str | None, version: int | None) -> str:
    if name is None:
        return ""
    return f"{what} {words.shown(name, 80)}" + ("" if version is None else f" v{version}")


def _missing(missing: Iterable[str]) -> list[Html]:
    text = ", ".join(words.shown(each) for each in missing)
    return [tag("p", tag("b", "Missing to tell: "), text, ".")] if text else []


def _identity(row: TrackSummary) -> list[Html]:
    if row.identity_state == "none_heard":
        parts = [tag("p", "None heard")]
    else:
        parts = [tag("p", row.identity), sub(row.id_kind)]
    parts += [sub(f"operator {row.operator}")] if row.operator else []
    parts += [sub(row.trust_words)] if row.trust != "none" else []
    return parts + [sub(text) for text in row.flags_words]


def _seen(row: TrackSummary) -> list[Html]:
    times = tag("span", f"{words.clock(row.first_ns)} – {words.clock(row.last_ns)}", class_="nw")
    parts = [tag("p", times), sub(words.day(row.first_ns)), sub(words.number(row.reports, "report"))]
    parts += [sub(f"by {_few(row.sensors)}")] if row.sensors else []
    parts += [sub(f"not by {_few(row.absent)}, though covered")] if row.absent else []
    return parts + ([sub("then lost")] if row.lost else [])


def _few(names: Sequence[object]) -> str:
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return f"{', '.join(str(name) for name in names[:NAMED_MAX])}{more}"
