"""A source's words made fit for a proposition: who speaks instead of "we", loaded words in quotation marks.

The program's own wording takes no side: what judges stays visible as somebody's word.
"""

from __future__ import annotations

import re

LOADED = re.compile(
    r"(?<![“\"\w])(?:regimes?|terror(?:ist|ists|ism)?(?: (?:act|attack|strike)s?)?|acts? of terror(?:ism)?"
    r"|so[ -]called|plots?"
    r"|aggress(?:ion|ors?)|provocations?|massacres?|barbari\w*|coward\w*|heinous|brutal\w*|evil|nazis?|fascists?|thugs?"
    r"|puppets?|militants?|murder\w*|slaughter\w*|genocid\w*|hoax\w*|tricks?|lies|propaganda|bandits?"
    r"|criminals?|cynical\w*"
    r"|shameful\w*|reckless\w*|outrageous\w*|unprovoked|enem(?:y|ies)|traitors?|martyrs?|hero(?:es|ic)?"
    r"|savage\w*)(?![\w”\"])",
    re.IGNORECASE,
)
_FIRST = (
    (r"\bwe have\b|\bI have\b", "{name} has"), (r"\bwe are\b|\bI am\b", "{name} is"),
    (r"\bwe were\b|\bI was\b", "{name} was"), (r"\bwe do\b|\bI do\b", "{name} does"),
    (r"\bwe\b|\bI\b", "{name}"), (r"\bour\b|\bmy\b", "{name}’s"),
    (r"\bours?elves\b|\bmyself\b", "itself"), (r"\bus\b|\bme\b", "{name}"),
)  # fmt: skip
_FIRST_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in _FIRST)
_OPENING = re.compile(r"^(?:it|he|she|they)\b(?=['’]?\s)", re.IGNORECASE)
_LEAD = re.compile(r"^(?:but|and|so|also|however|meanwhile|adding that|that|while|although)[, ]+", re.IGNORECASE)
_AS_SAID = re.compile(r"^as [^,]{1,120}, ", re.IGNORECASE)
_LONGEST = 220  # characters


def _closed(text: str) -> str:
    """Close a quotation that was cut before its end; take away a mark that closes what was never opened."""
    for opening, closing in (("“", "”"), ("«", "»")):
        if text.count(opening) > text.count(closing):
            text += closing
        elif text.count(opening) < text.count(closing):
            text = text[::-1].replace(closing, "", 1)[::-1]
    return text + '"' if text.count('"') % 2 else text


def neutral(text: str, speaker: str | None) -> str:
    """Word a unit as a proposition: without the words around it, "we" by the speaker's name, loaded words in quotes."""
    plain = " ".join(text.split()).strip(" .,;:—-\"“”'‘’")
    plain = _AS_SAID.sub("", _LEAD.sub("", _LEAD.sub("", plain)))
    name = speaker or "the speaker"
    plain = _OPENING.sub(name, plain) if speaker else plain
    for pattern, instead in _FIRST_PATTERNS:
        plain = pattern.sub(instead.format(name=name).replace("\\", r"\\"), plain)
    plain = LOADED.sub(lambda match: f"“{match.group()}”", plain)
    plain = _closed(plain[:1].upper() + plain[1:])
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST].rsplit(" ", 1)[0] + " …"


def quoted(text: str) -> str:
    """Quote words as they were said; quotation marks in them become single ones."""
    plain = " ".join(text.split()).strip(" .,;:")
    plain = re.sub(r"[\"“”]([^\"“”]*)[\"“”]", r"‘\1’", plain)
    plain = re.sub(r"[\"“”]", "", plain)
    return f"“{plain if len(plain) <= _LONGEST else plain[:_LONGEST].rsplit(' ', 1)[0] + ' …'}”"


def accused(text: str, speaker: str | None) -> str:
    """Word what somebody is accused of, "X of Y", as Y laid to X."""
    who, of, what = text.partition(" of ")
    if not of or len(who) > 60:
        return neutral(text, speaker)
    plain = neutral(re.split(r", (?:including|when|which|where|after)\b|;", what)[0], speaker)
    return f"{plain}, laid to {who.strip()}"


def plainness(text: str) -> tuple[int, int, str]:
    """Order wordings, the plainest first: few loaded words and first persons, then short."""
    first = sum(len(pattern.findall(text)) for pattern, _ in _FIRST_PATTERNS[4:6])
    return len(LOADED.findall(text)) + first, len(text), text
