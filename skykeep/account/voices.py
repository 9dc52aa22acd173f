"""Who speaks in an account: statements gathered under one speaker for all the names that count as theirs.

Names are one at once where the alias table says so, where they differ in case or article only, and where a short name
is the last name of one full name alone. Whatever is only likely is left to a person (`aliases.suggest_same`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from skykeep.account.aliases import (
    BODIES,
    Aliases,
    bare,
    names_of_sides,
    office_of,
    office_pattern,
    person_words,
    transliterated,
)
from skykeep.account.persons import People, side_of
from skykeep.account.stems import folded
from skykeep.facts.accounted import Speaker
from skykeep.facts.claimed import Resolved, SpeakerNamed, StatementMade

_NOBODY = re.compile(r"(?:nobody|no[ -]one|none|neither|no|few|nothing|unclear|unknown)\b(?! [A-Z]?\.)", re.IGNORECASE)
_PARTICLES = frozenset(
    {"de", "van", "von", "der", "den", "al", "bin", "el", "la", "du", "di", "da", "ten", "ter", "le"}
)
COMMON = BODIES | frozenset(
    """witnesses residents officials officers medics doctors prosecutors experts authorities investigators analysts
    sources neighbours villagers locals passengers campaigners critics rescuers firefighters soldiers pilots""".split()  # noqa: SIM905
)


class Voices(NamedTuple):
    """All speakers in the order of the sources, and whose each statement is."""

    speakers: tuple[Speaker, ...]
    speaker_of: dict[str, str]  # statement_id -> speaker_id

    def name_of(self, statement_id: str) -> str | None:
        speaker_id = self.speaker_of.get(statement_id)
        return next((speaker.name for speaker in self.speakers if speaker.speaker_id == speaker_id), None)

    def side_of(self, statement_id: str) -> str:
        speaker_id = self.speaker_of.get(statement_id)
        return next((speaker.side or "" for speaker in self.speakers if speaker.speaker_id == speaker_id), "")


def gather(
    statements: Sequence[StatementMade], acts: Sequence[SpeakerNamed], aliases: Aliases, people: People
) -> Voices:
    """Gather statements under speakers; what a person said of names goes before everything else."""
    by_key: dict[str, list[StatementMade]] = {}
    names = [_name(statement) for statement in statements]
    fulls = _full_names([name for name in names if name], aliases)
    confirmed = _confirmed(acts, aliases)
    offices = _offices(statements, aliases)
    proper = frozenset(_key(name, aliases, {}) for name in names if name and not _common(name, aliases))
    for statement, name in zip(statements, names, strict=True):
        if name is not None:
            key = _key(name, aliases, fulls if _fits(statement, name, offices, aliases, fulls) else {})
            apart = f"{key}\x1f{statement.source_sha256}" if key not in proper and _common(name, aliases) else key
            by_key.setdefault(confirmed.get(key, confirmed.get(bare(name), apart)), []).append(statement)
    speakers: list[Speaker] = []
    speaker_of: dict[str, str] = {}
    for n, (key, said) in enumerate(by_key.items(), start=1):
        speakers.append(_speaker(f"p{n}", key, said, acts, aliases, people))
        speaker_of |= {statement.statement_id: f"p{n}" for statement in said}
    return Voices(tuple(speakers), speaker_of)


def _name(statement: StatementMade) -> str | None:
    name = (statement.speaker or statement.speaker_words or "").strip()
    if _NOBODY.match(name):
        return None
    return name if name and statement.resolved is not Resolved.NOBODY else None


def _common(name: str, aliases: Aliases) -> bool:
    """Whether a name is nobody's own, "a witness", "the airport": in two sources it may be two."""
    words = re.sub(r"^(?:the|an?|one|another|some)\s+", "", name.strip(), flags=re.IGNORECASE).split()
    if not words or any(word[:1].isupper() for word in words[1:]):
        return False
    first = words[0].casefold()
    return not words[0][:1].isupper() or first in office_of(aliases) or first in COMMON


def _office(statement: StatementMade, aliases: Aliases) -> str:
    words = folded(" ".join(word for word in (statement.speaker_words, statement.speaker, statement.role) if word))
    match = office_pattern(aliases).search(words)
    return office_of(aliases)[match.group()] if match else ""


def _offices(statements: Sequence[StatementMade], aliases: Aliases) -> dict[str, frozenset[str]]:
    """Return for each full name the offices and the sources that it stands with."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        name = _name(statement)
        words = _person(name, aliases) if name else ""
        if len(words.split()) > 1:
            found.setdefault(words, set()).update((_office(statement, aliases), f"in:{statement.source_sha256}"))
    return {name: frozenset(words) for name, words in found.items()}


def _fits(
    statement: StatementMade, name: str, offices: dict[str, frozenset[str]], aliases: Aliases, fulls: dict[str, str]
) -> bool:
    """Whether a last name may be that of the full name that ends in it: in one source, or no office is against it."""
    full = fulls.get(_person(name, aliases), "")
    known = offices.get(full, frozenset())
    office = _office(statement, aliases)
    return not office or office in known or f"in:{statement.source_sha256}" in known


def _key(name: str, aliases: Aliases, fulls: dict[str, str]) -> str:
    """Return what names of one speaker have in common."""
    plain = bare(name)
    side = names_of_sides(aliases).get(plain)
    if side:
        return f"side:{side}"
    return fulls.get(_person(name, aliases), _person(name, aliases)) or plain


def _person(name: str, aliases: Aliases) -> str:
    """Return the bare name of a person without office; "": the name is no person's ("the Kremlin press service")."""
    words = person_words(name, aliases)
    plain = bare(name)
    if not words or not name.rsplit(maxsplit=1)[-1][:1].isupper():
        return ""
    own = {bare(word) for word in name.split() if word[:1].isupper()}
    if any(word not in own and word not in _PARTICLES for word in words.split()):
        return ""  # "the defence ministry of Veldania"
    return words if office_pattern(aliases).search(plain) or words == plain else plain


def _full_names(names: Sequence[str], aliases: Aliases) -> dict[str, str]:
    """Return for each last name the one full name that ends in it; none where two do."""
    full = dict.fromkeys(words for name in names if len((words := _person(name, aliases)).split()) > 1)
    found: dict[str, str] = {}
    for words in full:
        last = words.rsplit(maxsplit=1)[-1]
        found[last] = "" if last in found else words
    return {last: words for last, words in found.items() if words}


def _confirmed(acts: Sequence[SpeakerNamed], aliases: Aliases) -> dict[str, str]:
    """Return the key of every name that a person laid to a speaker; the later act goes before the earlier."""
    keys: dict[str, str] = {}
    for act in acts:
        for name in (act.name, *act.also):
            keys[bare(name)] = keys[_key(name, aliases, {})] = f"named:{act.act_id}"
    return keys


def _speaker(
    speaker_id: str, key: str, said: Sequence[StatementMade], acts: Sequence[SpeakerNamed], aliases: Aliases,
    people: People,
) -> Speaker:  # fmt: skip
    act = next((act for act in acts if key == f"named:{act.act_id}"), None)
    names = list(dict.fromkeys(_shown(name) for statement in said if (name := _name(statement))))
    side = key.removeprefix("side:") if key.startswith("side:") else None
    name = act.name if act else side or max(names, key=lambda name: (len(name.split()), -names.index(name)))
    others = [*(act.also if act else ()), *names]
    role = next((statement.role for statement in said if statement.role), None)
    return Speaker(
        speaker_id=speaker_id, name=name, also=tuple(dict.fromkeys(other for other in others if other != name)),
        role=role, side=act.side if act and act.side else side or _side(name, said, aliases, people),
        confirmed_by=act.by if act else None,
    )  # fmt: skip


def _shown(name: str) -> str:
    return name[4:] if name.startswith(("The ", "the ")) and name[4:5].isupper() else name


def _side(name: str, said: Sequence[StatementMade], aliases: Aliases, people: People) -> str | None:
    key = transliterated(name.rsplit(maxsplit=1)[-1], aliases) if name else ""
    person = next((person for person in people.persons if person.key == key), None)
    if person and person.side:
        return person.side
    words = [word for statement in said for word in (statement.role, statement.speaker_words, statement.speaker)]
    return side_of([name, *words], aliases)
