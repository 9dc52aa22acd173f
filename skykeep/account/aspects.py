"""The table of what can be read of an incident: all readers, and the neutral wording of what each of them reads.

A wording says what is claimed as something that may hold or not; it takes no word of a source that judges, except in
quotation marks. Keys of one thing named at different lengths ("the Holm bridge", "the bridge at Holm") are brought
together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from skykeep.account import consequences, happenings, placenames
from skykeep.account.persons import People
from skykeep.account.reading import Key, Part, Reading

READERS = (*happenings.READERS, *consequences.READERS)


def parts(unit: Reading) -> list[Part]:
    """Return what all readers read in a unit, the surest of each key."""
    found: dict[Key, Part] = {}
    for reader in READERS:
        for part in reader(unit):
            known = found.get(part.key)
            found[part.key] = part if known is None or part.score > known.score else known
    return list(found.values())


# ---- keys of one thing brought together --------------------------------------------------------------------------

_NAMED_AFTER = {"aimed": 2, "over": 2, "near": 2, "eve": 1, "ban": 1, "life": 1}  # how many words stand before the name
_PLACED = frozenset({"aimed", "over", "near"})
_THING_AT = {"aimed": 1, "over": 1, "near": 1, "whose": 1, "what": 2}  # where "" stands for whatever it was


class Merging(NamedTuple):
    """How the keys of one account are brought together."""

    things: tuple[str, ...]  # "drone" where that is what is mostly spoken of; empty: nothing is
    names: dict[Key, Key]  # by key: the shortest key that means the same

    def key(self, key: Key) -> Key:
        """Return the key under which something is laid."""
        filled = _filled(key, self.things)
        return self.names.get(filled, filled)


def merging(keys: Sequence[Key]) -> Merging:
    """Learn from all keys of an account how they are brought together."""
    counted: dict[str, int] = {}
    for key in keys:
        at = _THING_AT.get(key[0])
        if at is not None and len(key) > at and key[at] in {"drone", "missile"}:
            counted[key[at]] = counted.get(key[at], 0) + 1
    things = tuple(sorted(counted, key=lambda thing: (-counted[thing], thing))[:1])
    filled = sorted(dict.fromkeys(_filled(key, things) for key in keys), key=lambda key: (len(key), key))
    return Merging(things, {key: _shortest(key, filled) for key in filled})


def _filled(key: Key, things: tuple[str, ...]) -> Key:
    if key[0] == "stopped":
        return key[:1]
    if key[:2] == ("what", "attack") or key[0] in {"aimed", "over", "near"}:
        at = _THING_AT[key[0]]
        return (*key[:at], key[at] or (things or ("",))[0], *key[at + 1 :])
    return key


def name_at(key: Key) -> int | None:
    """Return where in a key the words of a name begin; None: it has none."""
    return 2 if key[0] == "what" and key[1] != "attack" else _NAMED_AFTER.get(key[0])


def _shortest(key: Key, keys: Sequence[Key]) -> Key:
    """Return the shortest key that a longer name is a closer name of; a key without a name meets the only named one."""
    skip = name_at(key)
    if skip is None:
        return key
    same = [other for other in keys if other[:skip] == key[:skip]]
    if key[0] in _PLACED:
        same += [
            (*key[:skip], *other[name_at(other) :]) for other in keys if other[0] in _PLACED and other[0] != key[0]
        ]
    named = sorted((other for other in same if len(other) > skip), key=lambda other: (len(other), other))
    if len(key) == skip:
        return next((other for other in named if _all_meet(other, named, skip)), key)
    return next((other for other in named if placenames.meets(other[skip:], key[skip:])), key)


def _all_meet(key: Key, named: Sequence[Key], skip: int) -> bool:
    return all(placenames.meets(key[skip:], other[skip:]) for other in named)


# ---- wordings ----------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """What a wording may draw on: the key, all keys that were brought together under it, and names as they stand."""

    key: Key
    keys: tuple[Key, ...]
    named: str  # a place or an occasion as the sources name it: "the Holm bridge"; "": none
    target: str  # what the attacks of the account were said to be on; "": nothing
    people: People


_FEW = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
        "9": "nine", "10": "ten", "11": "eleven", "12": "twelve"}  # fmt: skip
_HAPPENED = {
    "explosion": "There was an explosion", "fire": "There was a fire", "crash": "An aircraft or a drone came down",
    "sighting": "A drone, or something like one, was seen", "near miss": "There was a near miss",
    "collision": "There was a collision",
}  # fmt: skip
_INTENTS = {
    "planned": "It was planned", "deliberate": "It was deliberate", "accident": "It was an accident",
    "provocation": "It was a “provocation”", "staged": "It was “staged”", "exercise": "It was part of an exercise",
    "terror": "It was a “terrorist act”",
}  # fmt: skip
_DOING = {
    "investigation": "It is being investigated", "arrest": "There was an arrest", "evacuation": "People were evacuated",
    "search": "There was a search for those who did it",
}  # fmt: skip


def _count(number: str) -> tuple[str, bool]:
    """Return a number in words, and whether it is one only."""
    *bound, last = number.split() if not number.endswith(" of") else [number]
    return " ".join([*bound, _FEW.get(last, last)]), last == "1"


def _how_many(told: Told) -> str:
    number, one = _count(told.key[2])
    return f"There {'was' if one else 'were'} {number} {told.key[1]}{'' if one else 's'}"


def _hurt(told: Told) -> str:
    number, one = _count(told.key[2])
    words = f"{number} {'person was' if one else 'people were'} {'killed' if told.key[1] == 'killed' else 'hurt'}"
    return words[:1].upper() + words[1:]


def _attack(told: Told) -> str:
    thing = f"{told.key[2]} " if told.key[2] else ""
    on = f" on {told.target}" if told.target else ""
    article = "A" if thing else "An"
    return f"{article} {thing}attack{on} was made or attempted"


def _what(told: Told) -> str:
    return (
        _attack(told)
        if told.key[1] == "attack"
        else _HAPPENED[told.key[1]] + (f" at {told.named}" if told.named else "")
    )


def _thing(told: Told) -> str:
    return f"The {told.key[1]}s" if told.key[1] else "The attack"


def _were(told: Told) -> str:
    return "were" if told.key[1] else "was"


def _life(told: Told) -> str:
    whose = told.people.titled(told.key[1]) if len(told.key) > 1 else "a person"
    return f"It was an attempt on the life of {whose}"


def _stopped(told: Told) -> str:
    said = ", ".join(f"“{word}”" for word in dict.fromkeys(key[1] for key in told.keys if len(key) > 1))
    return f"The attack, or what flew, was stopped: {said}" if said else "The attack, or what flew, was stopped"


def _absent(told: Told) -> str:
    who = told.people.titled(told.key[1])
    return f"{who[:1].upper()}{who[1:]} was not there at the time"


def _right(told: Told) -> str:
    return f"{told.key[1] or 'The speaker'} reserves the right to respond, or announces a response"


WORDINGS: dict[str, Callable[[Told], str]] = {
    "what": _what,
    "how_many": _how_many,
    "flights": lambda told: f"{_count(told.key[1])[0].capitalize()} flights or services were {told.key[2]}",
    "when": lambda told: (
        f"It happened {'at ' if told.key[1] in {'night', 'midday', 'midnight'} else 'in the '}{told.key[1]}"
    ),
    "clock": lambda told: f"It happened at about {told.key[1]}",
    "eve": lambda told: f"It happened on the eve of {told.named}",
    "aimed": lambda told: f"{_thing(told)} {_were(told)} aimed at {told.named}",
    "over": lambda told: f"{_thing(told)} {_were(told)} over {told.named}",
    "near": lambda told: f"{_thing(told)} {_were(told)} near {told.named}",
    "who": lambda told: f"{told.key[1]} was behind it",
    "whose": lambda told: f"The {told.key[1]}s belonged to {told.key[2]}",
    "life": _life,
    "stopped": _stopped,
    "fragments": lambda _: "Fragments fell",
    "damage": lambda told: f"There was {told.key[1] + ' ' if len(told.key) > 1 else ''}damage",
    "nobody": lambda told: f"Nobody was {told.key[1]}",
    "hurt": _hurt,
    "absent": _absent,
    "right": _right,
    "halted": lambda _: "Flights were halted",
    "closed": lambda told: f"The {told.key[1]} was closed",
    "doing": lambda told: _DOING[told.key[1]],
    "ban": lambda told: "Drone flights are banned or restricted" + (f" over {told.named}" if told.named else ""),
    "except": lambda _: "A permit makes an exception to the ban",
    "reason": lambda told: f"The ban has this reason: {told.named}",
    **{name: (lambda told: _INTENTS[told.key[0]]) for name in _INTENTS},
}
"""How each reader's key is worded: what is claimed, so that it can hold or not."""


def worded(told: Told) -> str:
    return WORDINGS[told.key[0]](told)
