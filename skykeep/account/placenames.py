"""The name of a place, or of an occasion, that begins at a given point of a text.

A place is capitalised words, and the words for what stands there ("the Holm power station"); its key is its words in
lower case, so that "the Holm bridge" and "Holm's bridge" meet.
"""

from __future__ import annotations

import re

from skykeep.account.aliases import Aliases, sides_by_word
from skykeep.account.stems import folded

_TOKEN = re.compile(r"\s*([^\W_][\w’'.-]*|,)")
FACILITIES = frozenset(
    """airport airfield aerodrome runway terminal airbase base barracks depot refinery plant station substation reactor
    harbour harbor port dock docks shipyard bridge dam tunnel stadium arena prison hospital school university
    factory warehouse works residence palace parliament embassy consulate building buildings headquarters tower
    hotel mall market square village town city capital district border centre center ministry cathedral church
    mosque museum railway quay pier beach island facility facilities site storage pipeline mill farm forest park
    street avenue house""".split()  # noqa: SIM905
)
_QUALIFYING = frozenset(
    """international central regional municipal northern southern eastern western north south east west oil gas power
    nuclear military naval air old new main residential government presidential state rail railway train bus fuel
    ammunition chemical water coal passenger ferry football concert shopping city town harbour port airport""".split()  # noqa: SIM905
)
_LINK = frozenset({"of", "de", "la", "al", "el", "del", "den", "der", "van", "am", "an"})
_NO_PLACE = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december president king queen mr mrs ms""".split()  # noqa: SIM905
)
# What is left when "the Holm region" is laid beside "Holm": another place, not a closer name for it.
_WIDER = frozenset(
    {
        "region",
        "oblast",
        "district",
        "area",
        "province",
        "county",
        "outskirts",
        "suburb",
        "suburbs",
        "territory",
        "border",
    }
)
# A thing of its own: what is near the Holm bridge need not be near Holm. A residence in a castle is the castle.
_APART = FACILITIES - {"residence", "palace", "building", "buildings", "house", "headquarters", "tower"}
_PLAIN = FACILITIES | _QUALIFYING | _LINK | _WIDER | {"the"}
_OCCASIONS = frozenset(
    {"parade", "election", "vote", "day", "holiday", "celebrations", "festival", "summit", "visit", "regatta"}
)
_LONGEST = 9  # words


def place_at(text: str, at: int, aliases: Aliases) -> tuple[int, tuple[str, ...]]:
    """Return where the place that begins at a point ends, and its key; an empty key: no place begins there."""
    words: list[str] = []
    end, named = at, False
    for start, stop, word in _tokens(text, at):
        bare = re.sub(r"['’]s?$", "", word)
        low = folded(bare)
        capital = bare[:1].isupper()
        if word == "," or (not capital and low not in _PLAIN):
            break
        if low in _NO_PLACE and not words and low != "president":
            break
        named = named or (capital and low not in _NO_PLACE) or low in FACILITIES
        if low not in _LINK and low != "the":
            words, end = [*words, low], stop
        if text[stop : stop + 1] in {".", "\n"} and text[start:stop].endswith("."):
            break
    key = tuple(dict.fromkeys(words)) if named else ()
    return (end, _capital(key, aliases)) if key else (at, ())


def _tokens(text: str, at: int) -> list[tuple[int, int, str]]:
    found = []
    for _ in range(_LONGEST):
        match = _TOKEN.match(text, at)
        if not match:
            break
        word = match.group(1).rstrip(".")
        found.append((match.start(1), match.start(1) + len(word), word))
        at = match.end()
        if match.group(1).endswith("."):
            break
    return found


def _capital(key: tuple[str, ...], aliases: Aliases) -> tuple[str, ...]:
    """Read "the Danish capital" as the capital's name."""
    if len(key) == 2 and key[1] == "capital" and key[0] in sides_by_word(aliases):
        side = next(side for side in aliases.side if side.name == sides_by_word(aliases)[key[0]])
        return (folded(side.capitals[0]),) if side.capitals else key
    return key


def occasion_at(text: str, at: int) -> tuple[int, tuple[str, ...]]:
    """Return where the occasion that begins at a point ends ("Harbour Day, the June 3 regatta"), and its key."""
    words: list[str] = []
    end = at
    for _, stop, word in _tokens(text, at):
        low = folded(re.sub(r"['’]s?$", "", word))
        named = word == "," or word[:1].isupper() or word[:1].isdigit() or low in {"the", "of"}
        if not (named or low in _OCCASIONS):
            break
        if low not in {",", "the", "of"}:
            words, end = [*words, low], stop
    return (end, tuple(words)) if words else (at, ())


def meets(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether a longer name is a closer name for what the shorter one means: "Holm" for "Holm power station"."""
    left = [word for word in long if word not in short]
    other = any(word in _WIDER or word in _APART for word in left)
    return bool(short) and all(word in long for word in short) and not other
