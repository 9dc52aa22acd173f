"""The report: one page, offline and complete in itself, the answer first, for whoever asks what happened.

It needs no script and may load nothing: its own content security policy forbids it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from skykeep.facts.concluded import Verdict
from skykeep.views import lanes, page, style, words
from skykeep.views.background import law, sensors, unknowns
from skykeep.views.chart import Flight
from skykeep.views.figures import maps, timelines
from skykeep.views.findings import set_aside
from skykeep.views.markup import Html, tag
from skykeep.views.picture import Picture
from skykeep.views.presences import presences
from skykeep.views.summary import TrackSummary, rows
from skykeep.views.verdicts import verdicts


def render(
    picture: Picture,
    *,
    title: str,
    checkpoint_text: str,
    vkey: str | None,
    replayed: str | None,
    verified: str | None,
    reveal: bool = False,
) -> str:
    """Return the page; identities are masked unless revealed, wherever they would stand."""
    found = rows(picture, reveal=reveal)
    flights = [Flight(picture.whole(picture.tracks[row.track_id]), row) for row in found[:FLIGHTS_MAX]]
    body = [
        _answer(picture, found, title, verified=verified, replayed=replayed),
        tag("main", *_sections(picture, flights, reveal=reveal), _check(checkpoint_text, vkey)),
        _footer(),
    ]
    return page.whole(
        body,
        title=f"{title} – Skykeep report",
        css=style.CSS,
        script=style.SCRIPT,
        brand="Skykeep report",
        pill="RECORD · not live",
        skip="verdicts",
    )


FLIGHTS_MAX = 2000  # drawn and listed; the gravest come first, so that the others are the least grave


def answer(found: Sequence[TrackSummary]) -> str:
    """Return what was found, the gravest first: "1 flight was not permitted. 2 were permitted."."""
    counted = Counter(row.verdict for row in found)
    said: list[str] = []
    for verdict in reversed(words.GRAVITY):
        count = counted[verdict.value]
        if count:
            one, many = _SAID[verdict]
            noun = "" if said else " flight" if count == 1 else " flights"
            said.append(f"{count}{noun} {one if count == 1 else many}.")
    return " ".join(said)


_SAID = {
    Verdict.NOT_PERMITTED: ("was not permitted", "were not permitted"),
    Verdict.CANNOT_TELL: ("could not be told", "could not be told"),
    Verdict.PERMITTED: ("was permitted", "were permitted"),
    Verdict.EXEMPT: ("was exempt", "were exempt"),
    Verdict.NO_RULE: ("met no rule", "met no rule"),
}


def nothing(picture: Picture) -> str:
    """Return the answer of a record without flights; it says how many ears it had, and never more than they heard."""
    heard = sum(sensor.facts > 0 for sensor in picture.sensors.values())
    if picture.presences:
        return f"Something was heard, place unknown. {words.number(heard, 'sensor')} heard."
    return f"No drones in the air. {words.number(heard, 'sensor')} heard."


def _answer(
    picture: Picture, found: Sequence[TrackSummary], title: str, *, verified: str | None, replayed: str | None
) -> Html:
    heard, simulated = [row for row in found if not row.simulated], [row for row in found if row.simulated]
    parts = [tag("h1", title)]
    if not found:
        parts.append(tag("p", nothing(picture), class_="lead"))
    if heard:
        parts.append(tag("p", answer(heard), class_="lead"))
    if simulated:
        label = tag("span", "SIMULATED", class_="simtag")
        parts.append(tag("p", label, Html(" "), answer(simulated), class_="lead more" if heard else "lead"))
        parts.append(tag("p", "Simulated flights are invented: they are never evidence of a real one.", class_="note"))
    if len(found) > FLIGHTS_MAX:
        left = f"The {FLIGHTS_MAX} gravest are shown here; `skykeep run --json` lists all {len(found)}."
        parts.append(tag("p", left, class_="note"))
    parts += [tag("p", text, class_="note") for text in set_aside(picture)]
    failed = [text for text in (verified, replayed) if text is not None and _fails(text)]
    alarm = [tag("p", f"This record does not hold: {text}", class_="failed", role="alert") for text in failed]
    return tag("header", *alarm, *parts, _facts(picture, found, verified, replayed), class_="answer")


def _fails(text: str) -> bool:
    lowered = text.casefold()
    return "does not verify" in lowered or "differ" in lowered


def _facts(picture: Picture, found: Sequence[TrackSummary], verified: str | None, replayed: str | None) -> Html:
    given = {True: "declared complete for this place", False: "not declared complete: there may be other rules"}
    lines: list[tuple[str, str]] = [("When", _when(picture, found))]
    if picture.began:
        began = picture.began[0]
        lines.append(("Record", began.record_id))
        lines.append(("Made by", f"Skykeep {began.program_version}, program sha256:{began.program_sha256[:16]}…"))
        inputs = [f"{what} sha256:{sha256[:12]}…" for what, sha256 in began.inputs if what != "simulated"]
        lines.append(("From", ", ".join(inputs) or "no inputs"))
        invented = [words.shown(sensor, 60) for what, sensor in began.inputs if what == "simulated"]
        lines += [("SIMULATED", f"what these sensors heard: {', '.join(invented)}")] if invented else []
    lines.append(("Law given", given.get(picture.law_complete or False, "")))
    lines.append(("Verified", verified or "not when this page was made; see below"))
    lines.append(("Replayed", replayed or "not when this page was made; see below"))
    if picture.finished is None:
        lines.append(("Incomplete", "the run that wrote this record did not read its inputs to their end"))
    return tag("dl", *(Html(tag("dt", name) + tag("dd", value)) for name, value in lines), class_="facts")


def _when(picture: Picture, found: Sequence[TrackSummary]) -> str:
    if not found:
        if picture.first_ns is None or picture.last_ns is None:
            return "nothing was recorded"
        return words.period(picture.first_ns, picture.last_ns)
    spans: list[list[int]] = []
    for first, last in sorted((row.first_ns, row.last_ns) for row in found):
        if spans and first <= spans[-1][1] + lanes.GAP_NS:
            spans[-1][1] = max(spans[-1][1], last)
        else:
            spans.append([first, last])
    told = "; ".join(words.period(first, last) for first, last in spans[:4])
    return told + (f"; and {len(spans) - 4} more" if len(spans) > 4 else "") + " (local time is not in the record)"  # noqa: PLR2004


def _sections(picture: Picture, flights: Sequence[Flight], *, reveal: bool) -> list[Html]:
    if not flights:
        quiet = tag("p", nothing(picture), class_="quiet", id="verdicts")
        return [
            tag("section", quiet),
            *presences(picture, reveal=reveal),
            law(picture),
            unknowns(picture, []),
            sensors(picture),
        ]
    return [
        maps(picture, flights),
        verdicts([flight.row for flight in flights], reveal=reveal),
        timelines(picture, flights),
        *presences(picture, reveal=reveal),
        unknowns(picture, [flight.row for flight in flights]),
        law(picture),
        sensors(picture),
    ]


def _check(checkpoint_text: str, vkey: str | None) -> Html:
    key = f"'{vkey}'" if vkey is not None else "KEY"
    commands = f"skykeep verify RECORD --key {key}\nskykeep replay RECORD\nskykeep explain RECORD --track ID"
    parts = [
        tag("h2", "Check it yourself", id="check"),
        tag("p", "With a copy of the record and the program (RECORD is the record's directory):", class_="note"),
        tag("pre", commands),
    ]
    if vkey is None:
        parts.append(
            tag("p", "KEY is the signer's public key. Get it from the authority, not from this page.", class_="note")
        )
    else:
        said = "The key above came with this page: compare it with the one that the authority publishes."
        parts.append(tag("p", said, class_="note"))
    parts.append(tag("h3", "Checkpoint"))
    parts.append(tag("pre", checkpoint_text.rstrip("\n") or "The record was not sealed when this page was made."))
    parts += [
        tag("p", "Anyone who kept an older checkpoint can see whether the record was changed since.", class_="note"),
        tag(
            "p",
            "Tamper-evident means unchanged, not true: sensors err, and what a drone says of itself is a claim.",
            class_="note",
        ),
    ]
    return tag("section", *parts, aria_labelledby="check")


def _footer() -> Html:
    said = (
        "Skykeep is not certified; a person decides. It never fires, jams or takes control of an aircraft.",
        "A verdict is what the rules given say about what the sensors told; it proves neither guilt nor innocence.",
        "It says \u201ccannot tell\u201d when it cannot.",
        "Identities are masked unless this page was made to reveal them. The page is complete and loads nothing.",
    )
    return tag("footer", *(tag("p", text) for text in said))
