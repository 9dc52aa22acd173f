"""Who speaks in an account: statements gathered under one speaker for all the names that count as theirs.

Names are one at once where the alias table says so, where they differ in case or article only, and where a short name
is the last name of one full name alone. Whatever is only likely is left to a person (`aliases.suggest_same`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skykeep.account.aliases import Aliases, bare, names_of_sides, office_pattern, person_words, transliterated
from skykeep.account.persons import People, side_of
from skykeep.facts.accounted import Speaker
from skykeep.facts.claimed import Resolved, SpeakerNamed, StatementMade


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
    for statement, name in zip(statements, names, strict=True):
        if name is not None:
            key = _key(name, aliases, fulls)
            by_key.setdefault(confirmed.get(key, confirmed.get(bare(name), key)), []).append(statement)
    speakers: list[Speaker] = []
    speaker_of: dict[str, str] = {}
    for n, (key, said) in enumerate(by_key.items(), start=1):
        speakers.append(_speaker(f"p{n}", key, said, acts, aliases, people))
        speaker_of |= {statement.statement_id: f"p{n}" for statement in said}
    return Voices(tuple(speakers), speaker_of)


def _name(statement: StatementMade) -> str | None:
    name = (statement.speaker or statement.speaker_words or "").strip()
    return name if name and statement.resolved is not Resolved.NOBODY else None


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
