"""Statements and reports made by hand for tests: an invented town, nobody real."""

import pathlib

import msgspec

from skykeep.account.aliases import Aliases
from skykeep.facts import accounted, claimed
from skykeep.facts.claimed import Mode, Resolved, Span

ALIASES_FILE = pathlib.Path(__file__).resolve().parents[2] / "skykeep" / "accountdata" / "aliases.toml"
ALIASES = msgspec.toml.decode(ALIASES_FILE.read_bytes(), type=Aliases)


def statement(text, *, speaker="Harbour Office", cue="said", name="s1", source="a", start=0, **more):
    """One statement; `more` replaces any other field."""
    fields = {
        "statement_id": name, "t_recorded_ns": 0, "source_sha256": source, "spans": (Span(start, start + len(text)),),
        "text": text, "mode": Mode.INDIRECT, "cue": cue, "cue_span": None, "speaker": speaker, "speaker_words": speaker,
        "speaker_span": None, "role": None, "resolved": Resolved.NAMED, "candidates": (), "said_words": None,
        "said_at": (), "audience": None, "chain": (), "within": None, "hedges": (), "finder": "rules/1",
    }  # fmt: skip
    return claimed.StatementMade(**(fields | more))


def document(text, *, source="a", label="Gazette", day="2031-02-05"):
    """One report as it was taken in."""
    return accounted.Document(
        source=claimed.SourceKept(
            source_sha256=source, t_recorded_ns=0, frame=None, media_type="text/plain", text_sha256=source, label=label,
            title=None, publisher=label, reporters=(), dateline_place=None, dateline_words=None, dateline_day=day,
            language="en", doubts=(),
        ),
        text=text,
    )  # fmt: skip


def reported(*said, source="a", label="Gazette", day="2031-02-05"):
    """A report made of statements, (speaker, cue, words) each, and the statements at their places."""
    text, statements = "", []
    for n, (speaker, cue, words) in enumerate(said, start=1):
        text += f"{speaker} {cue} "
        statements.append(
            statement(words, speaker=speaker, cue=cue, name=f"{source}{n}", source=source, start=len(text))
        )
        text += f"{words}.\n"
    return document(text, source=source, label=label, day=day), statements
