"""An account made by hand: three invented reports on an invented event, read as an extractor would read them."""

import hashlib

import msgspec

from skykeep.facts.accounted import (
    Account,
    Cell,
    Check,
    Difference,
    Document,
    Figure,
    Match,
    Measured,
    Proposition,
    Reading,
    Speaker,
    SpeakerSuggested,
    Standing,
    Suggested,
    Unit,
)
from skykeep.facts.claimed import (
    Aspect,
    Mode,
    Moment,
    Resolved,
    Retracted,
    SourceKept,
    Span,
    Stance,
    StatementMade,
)

HOSTILE = (
    "</script><script>alert('x')</script><!-- \u202egnp.exe\u2066 \x1b[2J\u2028 &amp; \"><img src=x onerror=alert(1)>"
)

FIRST = """PORT ALMAR, 12 May (Almar Courier) – Two small drones crossed the harbour wall of Port Almar in the night to Tuesday, the harbour authority said on Tuesday.

“Both came from the sea, and neither carried a permit,” said Ida Morven, spokeswoman of the harbour authority. She added that nobody was injured. One drone fell into basin four, where divers found a battery and a burnt frame.

Veland rejected the account. “We had nothing in the air that night,” Foreign Minister Olen Tarsk told the Courier, and called the report an invention. Tarsk said Almar's claim that Veland had sent the drones was “theatre before the regatta”.

The regatta committee said it had no information on drones. The Almar navy declined to comment.

According to the harbour authority, the drones were launched 862 kilometres from the port. Mayor Lise Ander said drones are banned over the old town until Sunday, except with a permit of the city, “because the crowd cannot see what falls”.

Almar has the right to answer, President Joran Hale's office said, adding that the President was not in Port Almar during the night. Last autumn Almar had accused Veland of flying over its lighthouses, which Veland denied at the time.
"""
SECOND = """Drones over Almar: what is known

By Tomas Ried and Hanna Folk
Veland City, Wednesday

Veland said on Wednesday that it had no part in the flight of drones over Port Almar overnight. Foreign Minister Olen Tarsk said he did not know of any drone from Veland, the state agency VNA reported.

The harbour authority of Almar speaks of two aircraft. A purported video, seen by this paper, shows one flash over the water. “There were three of them, I counted,” fisherman Abel Roum said. He further stated that the last one turned back to sea.

Harbour spokesperson Ida Morwen said the drones came from the north-east, 757 km away, as President Hale has stated. Asked whether anybody was hurt, the Almar health service said it knew of no injured people.

It was reported that flights were halted for two hours. “Flights went on as planned, an airport spokesman said.
"""
THIRD = "RADIO VELAND \u2013 \u202eA listener\u202c wrote: “No drone flew.” \x1b[2JThe editors could not confirm it.\n\n<script>alert('x')</script> is what the caller said his name was.\n"

PEOPLE = {
    "p1": ("Harbour authority of Port Almar", ("the harbour authority",), None, "Almar", None),
    "p2": ("Ida Morven", ("She", "Ida Morwen"), "spokeswoman of the harbour authority", "Almar", "A. Pereira"),
    "p3": ("Olen Tarsk", ("Foreign Minister Olen Tarsk",), "Foreign Minister", "Veland", None),
    "p4": ("Regatta committee", (), None, None, None),
    "p5": ("Almar navy", (), None, "Almar", None),
    "p6": ("Lise Ander", (), "Mayor", "Port Almar", None),
    "p7": ("Office of President Joran Hale", ("President Hale",), None, "Almar", None),
    "p8": ("Veland", (), None, "Veland", None),
    "p9": ("Abel Roum", (), "fisherman", None, None),
    "p10": ("Almar health service", (), None, "Almar", None),
    "p11": ("an airport spokesman", (), None, None, None),
    "p12": ("A listener\u202e" + HOSTILE, (), None, None, None),
}
SPEAKERS = tuple(
    Speaker(speaker_id=key, name=name, also=also, role=role, side=side, confirmed_by=by)
    for key, (name, also, role, side, by) in PEOPLE.items()
)


def sha(text):
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def source(text, label, **changes):
    given = {
        "source_sha256": sha(label + text),
        "t_recorded_ns": 1_747_300_000_000_000_000,
        "frame": 0,
        "media_type": "text/plain",
        "text_sha256": sha(text),
        "label": label,
        "title": None,
        "publisher": None,
        "reporters": (),
        "dateline_place": None,
        "dateline_words": None,
        "dateline_day": None,
        "language": "en",
        "doubts": (),
    }
    return Document(source=SourceKept(**(given | changes)), text=text)


DOCUMENTS = (
    source(FIRST, "courier.txt", publisher="Almar Courier", title="Two drones cross the harbour wall",
           dateline_place="Port Almar", dateline_words="12 May", dateline_day="2026-05-12"),
    source(SECOND, "evening.html", publisher="The Evening Standard of Veland", title="Drones over Almar: what is known",
           reporters=("Tomas Ried", "Hanna Folk"), dateline_place="Veland City", dateline_words="Wednesday",
           dateline_day="2026-05-13", media_type="text/html",
           doubts=("the year of the dateline is not stated; taken from the day it was taken in",)),
    source(THIRD, "radio.txt", frame=None, language=None, doubts=("no dateline was found", HOSTILE)),
)  # fmt: skip


def place(document, words, nth=0):
    at = -1
    for _ in range(nth + 1):
        at = document.text.index(words, at + 1)
    return Span(at, at + len(words))


def night():
    return Moment(
        start_ns=1_778_536_800_000_000_000, end_ns=1_778_565_600_000_000_000, how="the night to the dateline's day"
    )


def said(name, at, speaker, *words, cue="said", **changes):
    """One statement of source `at` (0 ...), of the stretches `words`."""
    document = DOCUMENTS[at]
    known = PEOPLE.get(speaker)
    given = {
        "statement_id": name,
        "t_recorded_ns": 1_747_300_000_000_000_000,
        "source_sha256": document.source.source_sha256,
        "spans": tuple(place(document, each) for each in words),
        "text": " … ".join(words),
        "mode": Mode.INDIRECT,
        "cue": cue,
        "cue_span": None,
        "speaker": known[0] if known else None,
        "speaker_words": None,
        "speaker_span": None,
        "role": known[2] if known else None,
        "resolved": Resolved.NAMED if known else Resolved.NOBODY,
        "candidates": (),
        "said_words": None,
        "said_at": (),
        "audience": None,
        "chain": (),
        "within": None,
        "hedges": (),
        "finder": "rules/1",
    }
    for part in ("cue_span", "speaker_span"):
        if isinstance(changes.get(part), str):
            changes[part] = place(document, changes[part])
    return StatementMade(**(given | changes))


STATEMENTS = (
    said("s01", 0, "p1", "Two small drones crossed the harbour wall of Port Almar in the night to Tuesday",
         speaker_words="the harbour authority", speaker_span="the harbour authority", said_words="on Tuesday",
         said_at=(night(), Moment(start_ns=1_778_544_000_000_000_000, end_ns=1_778_630_400_000_000_000,
                                  how="the Tuesday of the dateline"))),
    said("s02", 0, "p2", "Both came from the sea, and neither carried a permit", mode=Mode.DIRECT,
         speaker_words="Ida Morven, spokeswoman of the harbour authority", speaker_span="Ida Morven",
         cue_span="neither carried a permit,” said"),
    said("s03", 0, "p2", "nobody was injured", cue="added", cue_span="added", speaker_words="She",
         resolved=Resolved.REFERRED, speaker_span="She"),
    said("s04", 0, "p3", "We had nothing in the air that night", mode=Mode.DIRECT, cue="told", cue_span="told",
         audience="the Courier", speaker_words="Foreign Minister Olen Tarsk", speaker_span="Foreign Minister Olen Tarsk",
         chain=("Olen Tarsk", "Almar Courier")),
    said("s05", 0, "p3", "the report an invention", cue="called", cue_span="called"),
    said("s06", 0, "p3", "Almar's claim that Veland had sent the drones was “theatre before the regatta”", mode=Mode.MIXED,
         speaker_words="Tarsk", resolved=Resolved.REFERRED),
    said("s07", 0, "p1", "Veland had sent the drones", cue="claim", cue_span="claim", within="s06", speaker_words="Almar",
         resolved=Resolved.UNCERTAIN, candidates=("Harbour authority of Port Almar", "Office of President Joran Hale")),
    said("s08", 0, "p4", "it had no information on drones"),
    said("s09", 0, "p5", "declined to comment", cue="declined", cue_span="declined"),
    said("s10", 0, "p1", "the drones were launched 862 kilometres from the port", cue="According to",
         cue_span="According to"),
    said("s11", 0, "p6", "drones are banned over the old town until Sunday, except with a permit of the city",
         "because the crowd cannot see what falls", mode=Mode.MIXED, speaker_span="Mayor Lise Ander"),
    said("s12", 0, "p7", "Almar has the right to answer"),
    said("s13", 0, "p7", "the President was not in Port Almar during the night", cue="adding", cue_span="adding",
         resolved=Resolved.CONTINUED),
    said("s14", 0, "p1", "Veland of flying over its lighthouses", cue="accused", cue_span="accused",
         said_words="Last autumn", speaker_words="Almar"),
    said("s15", 0, "p8", "denied at the time", cue="denied", cue_span="denied", speaker_words="Veland"),
    said("s16", 1, "p8", "it had no part in the flight of drones over Port Almar overnight", speaker_words="Veland",
         said_words="on Wednesday", said_at=()),
    said("s17", 1, "p3", "he did not know of any drone from Veland", chain=("Olen Tarsk", "VNA", "The Evening Standard"),
         speaker_words="Foreign Minister Olen Tarsk"),
    said("s18", 1, "p1", "two aircraft", cue="speaks of", cue_span="speaks of"),
    said("s19", 1, "p9", "There were three of them, I counted", mode=Mode.DIRECT, speaker_span="fisherman Abel Roum"),
    said("s20", 1, "p9", "the last one turned back to sea", cue="further stated", cue_span="further stated",
         speaker_words="He", resolved=Resolved.UNCERTAIN, candidates=("Abel Roum", "Olen Tarsk"), speaker_span="He"),
    said("s21", 1, "p2", "the drones came from the north-east, 757 km away, as President Hale has stated",
         speaker_words="Ida Morwen", speaker_span="Ida Morwen"),
    said("s22", 1, "p7", "the drones came from the north-east, 757 km away", cue="stated", within="s21",
         speaker_words="President Hale", speaker_span="President Hale"),
    said("s23", 1, "p10", "it knew of no injured people"),
    said("s24", 1, None, "flights were halted for two hours", cue="reported", cue_span="reported"),
    said("s25", 1, "p11", "Flights went on as planned", mode=Mode.DIRECT, finder="nlp/1"),
    said("s26", 2, "p12", "No drone flew.", mode=Mode.DIRECT, cue="wrote", cue_span="wrote", hedges=("could not confirm",)),
)  # fmt: skip
RETRACTED = (
    said(
        "s27",
        1,
        "p9",
        "shows one flash over the water",
        cue="shows",
        speaker_words="A purported video",
        hedges=("purported",),
    ),
    said("s28", 0, None, "divers found a battery and a burnt frame", cue="found"),
)
RETRACTIONS = (
    Retracted(
        act_id="a90", retracts="s27", t_recorded_ns=3, by="A. Pereira", reason="a video says nothing; it is shown"
    ),
)


def worded(name, aspect, wording, *, by=None, scope="event"):
    return Proposition(proposition_id=name, aspect=aspect, wording=wording, worded_by=by, scope=scope)


PROPOSITIONS = (
    worded("q01", Aspect.WHAT, "Drones flew over Port Almar in the night to 12 May", by="A. Pereira"),
    worded("q02", Aspect.HOW_MANY, "There were two drones"),
    worded("q03", Aspect.HOW_MANY, "There were three drones"),
    worded("q04", Aspect.WHERE, "They were launched 862 km from the port"),
    worded("q05", Aspect.WHERE, "They came from the north-east"),
    worded("q06", Aspect.WHEN, "It was at night"),
    worded("q07", Aspect.WHO, "Veland sent the drones", by="A. Pereira"),
    worded("q08", Aspect.CASUALTIES, "Somebody was injured", by="B. Sosa"),
    worded("q09", Aspect.RESPONSE, "Flights were halted"),
    worded("q10", Aspect.RULE, "Drones are banned over the old town until Sunday, except with a permit"),
    worded("q11", Aspect.RULE, "Almar has the right to answer"),
    worded("q12", Aspect.WHO, "Veland flew over Almar's lighthouses last autumn", scope="earlier"),
    worded("q13", Aspect.RULE, "Crowds cannot see what falls", scope="general"),
    worded("q14", Aspect.WHAT, f"A drone flew {HOSTILE}"),
)


def cell(proposition, speaker, *standings):
    return Cell(
        proposition_id=proposition,
        speaker_id=speaker,
        standings=tuple(
            Standing(
                statement_id=statement,
                stance=stance,
                attributed_to=None if stance is not Stance.ATTRIBUTES else "Office of President Joran Hale",
                act_id=f"act-{proposition}-{statement}" if by else None,
                confirmed_by=by,
            )
            for statement, stance, by in standings
        ),
    )


CELLS = (
    cell("q01", "p1", ("s01", Stance.AFFIRMS, "A. Pereira")),
    cell("q01", "p3", ("s04", Stance.DENIES, "A. Pereira"), ("s17", Stance.DOES_NOT_KNOW, None)),
    cell("q01", "p4", ("s08", Stance.DOES_NOT_KNOW, "B. Sosa")),
    cell("q01", "p5", ("s09", Stance.NO_COMMENT, "B. Sosa")),
    cell("q01", "p2", ("s02", Stance.AFFIRMS, None)),
    cell("q02", "p1", ("s01", Stance.AFFIRMS, "A. Pereira"), ("s18", Stance.AFFIRMS, "A. Pereira")),
    cell("q02", "p9", ("s19", Stance.DENIES, None)),
    cell("q03", "p9", ("s19", Stance.AFFIRMS, None)),
    cell("q04", "p1", ("s10", Stance.AFFIRMS, "A. Pereira")),
    cell("q05", "p2", ("s21", Stance.ATTRIBUTES, "B. Sosa")),
    cell("q05", "p7", ("s22", Stance.AFFIRMS, None)),
    cell("q06", "p1", ("s01", Stance.AFFIRMS, None)),
    cell("q07", "p1", ("s07", Stance.AFFIRMS, None)),
    cell("q07", "p3", ("s06", Stance.DENIES, "A. Pereira"), ("s17", Stance.DOES_NOT_KNOW, None)),
    cell("q07", "p8", ("s16", Stance.DENIES, "A. Pereira")),
    cell("q08", "p2", ("s03", Stance.DENIES, "B. Sosa")),
    cell("q08", "p10", ("s23", Stance.DOES_NOT_KNOW, None)),
    cell("q09", "p11", ("s25", Stance.DENIES, None)),
    cell("q10", "p6", ("s11", Stance.AFFIRMS, "A. Pereira")),
    cell("q11", "p7", ("s12", Stance.AFFIRMS, None)),
    cell("q12", "p1", ("s14", Stance.AFFIRMS, None)),
    cell("q12", "p8", ("s15", Stance.DENIES, None)),
    cell("q13", "p6", ("s11", Stance.AFFIRMS, None)),
    cell("q14", "p12", ("s26", Stance.DENIES, None)),
)
READINGS = {
    "q01": (Reading.MEASURED, ("radar and Remote ID of the record saw 2 tracks over the harbour "
            "between 01:10 and 01:32 UTC, and again one of them from 01:40 on, going out to sea; the tower said so"), (4, 7)),
    "q02": (Reading.MEASURED, "2 tracks at the same time at most", (4, 7)),
    "q03": (Reading.MEASURED, "2 tracks at the same time at most", (4, 7)),
    "q06": (Reading.MEASURED, "01:10 to 01:32 UTC; the sun was 24° below the horizon", (4, 7)),
    "q07": (Reading.NOT_MEASURABLE, "no sensor measures who sends", ()),
    "q08": (Reading.NOT_MEASURABLE, "no sensor measures it", ()),
    "q10": (Reading.NOT_MEASURABLE, "a rule", ()),
    "q11": (Reading.NOT_MEASURABLE, "a right", ()),
    "q13": (Reading.NOT_MEASURABLE, "nothing that a sensor measures", ()),
}  # fmt: skip
MEASURED = tuple(
    Measured(proposition_id=each.proposition_id, reading=reading, words=words, tracks=tracks)
    for each in PROPOSITIONS
    for reading, words, tracks in [
        READINGS.get(each.proposition_id, (Reading.NOT_COVERED, "no sensor of the record looked there and then", ()))
    ]
)


def match(proposition, statement, stance, score, *why):
    return Match(proposition_id=proposition, unit_id=f"{statement}.1", stance=stance, score=score, why=why)


SUGGESTED = (
    Suggested(statement_id="s02", matches=(
        match("q01", "s02", Stance.AFFIRMS, 0.8, "in common: sea, drones", "affirms: no word that denies"),
        match("q05", "s02", Stance.AFFIRMS, 0.4, "in common: came from"),
        match("q10", "s02", Stance.AFFIRMS, 0.2, "in common: permit"))),
    Suggested(statement_id="s23", matches=(
        match("q08", "s23", Stance.DOES_NOT_KNOW, 0.7, "in common: injured", "does not know: “knew of no”"),)),
    Suggested(statement_id="s24", matches=(match("q09", "s24", Stance.AFFIRMS, 0.6, "in common: flights, halted"),)),
)  # fmt: skip


def figure(at, words):
    document = DOCUMENTS[at]
    return Figure(source_sha256=document.source.source_sha256, span=place(document, words), words=words)


CHECKS = (
    Check(kind="distance", outcome="differs", words="The first report says 862 kilometres. Between the two named places it is 757 km.",
          figures=(figure(0, "862 kilometres"), figure(1, "757 km")), stated=862.0, computed=757.3, unit="km",
          basis="WGS 84 geodesic between GeoNames points, ±5 km"),
    Check(kind="date", outcome="agrees", words="12 May 2026 was a Tuesday.", figures=(figure(0, "12 May"),), stated=None,
          computed=None, unit=None, basis="Gregorian calendar"),
    Check(kind="count", outcome="differs", words="Two in one report, three in the other.",
          figures=(figure(0, "Two"), figure(1, "three")), stated=2.0, computed=3.0, unit=None, basis="the numbers as worded"),
    Check(kind="record", outcome="cannot_check", words="No sensor of the record looked at the airport.", figures=(),
          stated=None, computed=None, unit=None, basis="coverage of the record"),
)  # fmt: skip
DIFFERENCES = (
    Difference(kind="count", words="Source A says two drones; in source B a fisherman says three.",
               figures=(figure(0, "Two small drones"), figure(1, "three"))),
    Difference(kind="worded", words="“nothing in the air” in A; “no part in the flight” in B.", figures=()),
    Difference(kind="only_in", words="Only source A tells of the ban over the old town.", figures=()),
    Difference(kind="speaker", words="The direction is the spokeswoman's in B, and the President's as well.", figures=()),
    Difference(kind="changed", words="Olen Tarsk said on Tuesday that nothing flew, on Wednesday that he did not know of any.",
               figures=(figure(0, "We had nothing in the air"), figure(1, "he did not know"))),
)  # fmt: skip


def account(**changes):
    """The whole of it."""
    given = Account(
        title="Drones over Port Almar, 12 May 2026 (invented)",
        documents=DOCUMENTS,
        statements=STATEMENTS,
        retracted=RETRACTED,
        speakers=SPEAKERS,
        speaker_of={each.statement_id: key for each in STATEMENTS for key, (name, *_) in PEOPLE.items() if name == each.speaker},
        same_speaker=(
            SpeakerSuggested(name="Ida Morven", other="Ida Morwen", why="spelt alike; both speak for the harbour authority"),
            SpeakerSuggested(name="Veland", other="Olen Tarsk", why="the minister speaks for Veland"),
        ),
        units=tuple(
            Unit(unit_id=f"{each.statement_id}.1", statement_id=each.statement_id, spans=each.spans, text=each.text)
            for each in STATEMENTS
        ),
        propositions=PROPOSITIONS,
        suggested=SUGGESTED,
        cells=CELLS,
        measured=MEASURED,
        checks=CHECKS,
        differences=DIFFERENCES,
        unplaced=("s05", "s13", "s20", "s24"),
        record="the record “almar-night” of 12 May 2026, 00:00–06:00 UTC, two radars and one Remote ID receiver",
        finder="rules/1 + nlp/1",
        retractions=RETRACTIONS,
    )  # fmt: skip
    return msgspec.structs.replace(given, **changes)


def empty():
    """An account of one source in which nothing was found."""
    return account(documents=DOCUMENTS[:1], statements=(), retracted=(), speakers=(), speaker_of={}, same_speaker=(),
                   units=(), propositions=(), suggested=(), cells=(), measured=(), checks=(), differences=(), unplaced=(),
                   record=None, retractions=())  # fmt: skip


def crowded(speakers=14, propositions=44):
    """As many speakers and propositions as a long story has, and a statement for every third cell."""
    people = tuple(
        Speaker(speaker_id=f"p{at}", name=f"Speaker {at} of the long list", also=(), role="spokesperson", side=f"Side {at // 4}",
                confirmed_by=None)
        for at in range(speakers)
    )  # fmt: skip
    aspects = list(Aspect)
    worded_ = tuple(
        worded(f"q{at}", aspects[at % len(aspects)], f"Proposition {at}: something happened at place number {at} before noon",
               scope="event" if at % 9 else "earlier")
        for at in range(propositions)
    )  # fmt: skip
    stances = list(Stance)
    cells = tuple(
        cell(f"q{row}", f"p{column}", (STATEMENTS[(row + column) % 26].statement_id, stances[(row + column) % 5],
                                       "A. Pereira" if row % 2 else None))
        for row in range(propositions)
        for column in range(speakers)
        if (row * 7 + column * 5) % 3 == 0
    )  # fmt: skip
    measured = tuple(
        Measured(proposition_id=f"q{at}", reading=list(Reading)[at % 3], words="as the record has it", tracks=())
        for at in range(propositions)
    )
    return account(speakers=people, propositions=worded_, cells=cells, measured=measured, suggested=(), speaker_of={})
