"""The words that say that somebody said something: verbs with their forms, fixed phrases, nouns.

The frames of a verb, by letter:

    c   a clause, a quotation, or a sentence before it: "X said (that) …", "…, X said"
    t   a clause only after "that" or a colon, or a quotation: "X found that …"
    o   an object: "X denied the claim"
    v   an infinitive: "X vowed to …"
    x   an object with a complement: "X accused Y of …", "X called Y a …"
    a   somebody told first: "X told the paper that …"
"""

from __future__ import annotations

from typing import NamedTuple

from skykeep.account.tokens import listed

VERBS = {
    # to say, plainly
    "say": "c", "tell": "ca", "add": "c", "state": "c", "report": "c", "announce": "co", "declare": "c", "note": "c",
    "write": "c", "tweet": "c", "post": "t", "explain": "c", "remark": "c", "comment": "c", "observe": "c",
    "mention": "t", "reply": "c", "respond": "c", "answer": "c", "repeat": "c", "reiterate": "co", "continue": "q",
    "conclude": "c", "recall": "c", "relate": "t", "inform": "ca", "notify": "ta", "brief": "ta", "quip": "c",
    "joke": "c", "shout": "c", "yell": "c", "whisper": "c", "exclaim": "c", "ask": "q", "wonder": "q", "testify": "c",
    "summarise": "q", "summarize": "q", "reveal": "c", "disclose": "c", "signal": "t", "specify": "c", "clarify": "c",
    "read": "q",
    # to say with more or less certainty, or against somebody
    "claim": "cov", "allege": "co", "assert": "co", "maintain": "c", "contend": "c", "argue": "c", "insist": "c",
    "stress": "co", "emphasise": "co", "emphasize": "co", "underline": "t", "underscore": "t", "affirm": "co",
    "confirm": "co", "acknowledge": "co", "admit": "co", "concede": "c", "agree": "cv", "suggest": "co", "imply": "c",
    "hint": "c", "indicate": "t", "estimate": "c", "predict": "co", "warn": "cax", "caution": "cax", "promise": "cv",
    "vow": "cv", "pledge": "cv", "swear": "c", "threaten": "cvo", "complain": "c", "lament": "co", "boast": "c",
    "protest": "t", "counter": "c", "retort": "c", "object": "t", "stipulate": "t", "speculate": "c", "guess": "c",
    "deny": "co", "reject": "o", "dismiss": "o", "refute": "o", "dispute": "o", "condemn": "o", "denounce": "o",
    "criticise": "o", "criticize": "o", "slam": "o", "decry": "o", "deplore": "o", "blast": "o", "praise": "o",
    "hail": "o", "welcome": "o", "question": "o", "defend": "o", "echo": "o", "propose": "ct", "recommend": "to",
    "demand": "to", "urge": "x", "order": "v", "advise": "tx", "assure": "ca", "remind": "ta", "accuse": "x",
    "blame": "x", "brand": "k", "label": "k", "dub": "k", "describe": "s", "characterise": "s", "characterize": "s",
    "call": "k", "term": "k", "deem": "k",
    # to hold in mind
    "believe": "c", "think": "c", "fear": "t", "hope": "t", "expect": "t", "suspect": "t", "know": "t",
    "find": "t", "conclude that": "t", "rule": "t", "decide": "t", "discover": "t", "see": "s", "regard": "s",
    "view": "s", "show": "t", "laud": "o", "applaud": "o", "commend": "o",
}  # fmt: skip
STRONG = listed(
    """say tell add state report announce declare note write claim allege assert maintain contend argue insist stress
    deny confirm acknowledge admit concede warn explain reiterate conclude"""
)
_IRREGULAR = {
    "say": ("said", "said"), "tell": ("told", "told"), "write": ("wrote", "written"), "find": ("found", "found"),
    "think": ("thought", "thought"), "know": ("knew", "known"), "see": ("saw", "seen"), "swear": ("swore", "sworn"),
    "read": ("read", "read"),
}  # fmt: skip
_DOUBLING = frozenset({"admit", "slam", "dub", "quip", "refer", "brag", "rebut"})

BASE, PRESENT, PAST, GERUND = "base", "present", "past", "gerund"


class Form(NamedTuple):
    """What a word form may be."""

    lemma: str
    frames: str
    form: str


def _present(lemma: str) -> str:
    if lemma.endswith(("s", "sh", "ch", "x")):
        return lemma + "es"
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        return lemma[:-1] + "ies"
    return lemma + "s"


def _past(lemma: str) -> str:
    if lemma.endswith("e"):
        return lemma + "d"
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        return lemma[:-1] + "ied"
    return lemma + (lemma[-1] if lemma in _DOUBLING else "") + "ed"


def _gerund(lemma: str) -> str:
    if lemma.endswith("e") and not lemma.endswith("ee"):
        return lemma[:-1] + "ing"
    return lemma + (lemma[-1] if lemma in _DOUBLING else "") + "ing"


def _forms() -> dict[str, Form]:
    made: dict[str, Form] = {}
    for lemma, frames in VERBS.items():
        if " " in lemma:
            continue
        past, participle = _IRREGULAR.get(lemma, (_past(lemma), _past(lemma)))
        made.setdefault(lemma, Form(lemma, frames, BASE))
        made.setdefault(_present(lemma), Form(lemma, frames, PRESENT))
        made.setdefault(past, Form(lemma, frames, PAST))
        made.setdefault(participle, Form(lemma, frames, PAST))
        made.setdefault(_gerund(lemma), Form(lemma, frames, GERUND))
    return made


FORMS = _forms()

# Several words that are one cue: (words, lemma, frames); the first word stands in the form given.
_PHRASES = (
    ("call on", "call on", "x"), ("call upon", "call upon", "x"), ("call for", "call for", "o"),
    ("refer to", "refer to", "r"), ("point out", "point out", "c"), ("make clear", "make clear", "c"),
    ("go on to say", "say", "c"), ("speak of", "speak of", "o"), ("complain of", "complain of", "o"),
    ("warn of", "warn of", "o"), ("warn against", "warn against", "o"), ("put it", "put it", "c"),
    ("put", "put", ""), ("decline to", "decline to", "n"), ("refuse to", "refuse to", "n"),
    ("decline", "decline", ""), ("refuse", "refuse", ""), ("point to", "point to", "o"), ("hold", "hold", ""),
    ("express", "express", "e"), ("voice", "voice", "e"), ("reply to", "", ""), ("respond to", "", ""),
    ("announce plans", "announce", "o"), ("issue", "issue", "i"), ("apologise for", "apologise for", "o"),
    ("apologize for", "apologize for", "o"), ("insist on", "insist on", "o"), ("allude to", "allude to", "o"),
)  # fmt: skip
_PHRASE_VERBS = {
    "point": ("pointed", "pointed"), "make": ("made", "made"), "go": ("went", "gone"), "speak": ("spoke", "spoken"),
    "put": ("put", "put"), "hold": ("held", "held"),
}  # fmt: skip


def _phrases() -> dict[str, list[tuple[tuple[str, ...], Form]]]:
    made: dict[str, list[tuple[tuple[str, ...], Form]]] = {}
    for words, lemma, frames in _PHRASES:
        first, *rest = words.split()
        if not lemma or not frames:
            continue
        past, participle = _IRREGULAR.get(first) or _PHRASE_VERBS.get(first) or (_past(first), _past(first))
        for word, form in (
            (first, BASE), (_present(first), PRESENT), (past, PAST), (participle, PAST), (_gerund(first), GERUND)
        ):  # fmt: skip
            known = made.setdefault(word, [])
            if (tuple(rest), Form(lemma, frames, form)) not in known:
                known.append((tuple(rest), Form(lemma, frames, form)))
    for first, other, form in (
        ("confirmed", "denied", PAST),
        ("confirm", "deny", BASE),
        ("confirms", "denies", PRESENT),
    ):
        for joint in ("nor", "or"):
            made.setdefault(first, []).append(((joint, other), Form("neither confirm nor deny", "o", form)))
    for known in made.values():
        known.sort(key=lambda one: -len(one[0]))
    return made


PHRASES = _phrases()  # first word -> the rest of the phrase, and what it is

NOUNS = listed(
    """claim claims accusation accusations allegation allegations assertion assertions statement statements report
    reports warning warnings suggestion suggestions announcement insistence contention belief denial complaint
    acknowledgment argument confirmation"""
)
# Verb forms that are nouns as well: they count as verbs only where what follows can be said or objected to.
ALSO_NOUNS = listed(
    """questions claims reports calls states notes demands orders promises praise welcomes welcome blasts brands terms
    posts comments answers protests counters objects rules views question claim report call state note demand order
    promise blast brand term post comment answer protest counter object rule view signal signals warning estimates
    estimate threats boast boasts predicts shows show fears hopes fear hope label labels joke jokes address"""
)
EXPRESSED = listed(
    """concern concerns outrage alarm regret hope confidence doubt doubts condolences sympathy support scepticism
    skepticism fear fears condemnation dismay shock sorrow gratitude"""
)
HEDGES = listed(
    """purported purportedly alleged allegedly apparent apparently appears appear appeared reportedly reported seems
    seemed supposedly supposed unverified unconfirmed presumed presumably seemingly ostensibly claimed"""
)
