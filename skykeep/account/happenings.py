"""Readers of what happened: how many, when, where, who it is laid to, with what intent.

Each says nothing where it is not sure. Gaps in patterns are bounded, so reading takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from skykeep.account import placenames
from skykeep.account.aliases import side_pattern, sides_by_word
from skykeep.account.reading import LIKELY, SURE, Part, Reading, turned, under_not
from skykeep.account.stems import folded
from skykeep.facts.claimed import Aspect

# ---- how many --------------------------------------------------------------------------------------------------

NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50",
    "a pair of": "2", "a couple of": "2", "both": "2", "a dozen": "12",
    "a single": "1", "dozens of": "dozens of", "several": "several", "a few": "several", "hundreds of": "hundreds of",
    "a swarm of": "several", "no": "0",
}  # fmt: skip
_NUMBER = r"\d{1,4}|" + "|".join(NUMBERS)
_NO_ADJECTIVE = (
    (
        r"a|an|the|of|in|on|at|and|or|to|by|saw|with|for|after|when|as|because|before|while|than|from|into|that|which|who"
        r"|were|was|are|is|has|have|had|injured|killed|hurt|wounded|dead|missing|not|but|if|since|until|over|near|"
        r"january|february|march|april|may|june|july|august|september|october|november|december|percent|per|cent|euros?"
        r"|kilomet(?:re|er)s?|km|miles?|metres?|years?|hours?|minutes?|days?|times?|"
    )
    + "|".join(name for name in NUMBERS if " " not in name)
    + r"|\d[\d.,:]*"
)
_BOUND = r"at least|about|around|approximately|some|up to|more than|over|nearly|almost|fewer than"
_COUNT_BEFORE = re.compile(
    rf"(?:\b({_BOUND}) )?(?<![\w.,:-])({_NUMBER})((?: (?!(?:{_NO_ADJECTIVE})\b)[\w-]{{1,20}}){{0,3}}) $"
)
# Who has, builds or buys drones says nothing of how many came.
_OWNING = re.compile(
    r"\b(?:has|have|had|owns?|owned|operates?|possess\w*|b(?:ought|uys?|uying)|order(?:ed|s)?|needs?|acquir\w*"
    r"|purchas\w*|produc\w*|buil[dt]s?|building|makes?|made|s(?:old|ells?|elling)|receiv\w*|deliver\w*|donat\w*"
    r"|lost|stock\w*|supply|supplied) (?:(?:at least|about|around|up to|more than|over|nearly|some|its|the|another"
    r"|around|approximately) )?$"
)
# "lying about two drones", "information on some drones": no bound, but what is talked of.
_TALKED_OF = re.compile(
    r"\b(?:lie[ds]?|lying|talk\w*|sp(?:eak|oke|oken|eaking)|sa(?:id|ys?|ying)|told|tell\w*|know\w*|knew|ask\w*|claims?"
    r"|claim(?:ed|ing)|reports?|information|details?|statements?|words?|question\w*|complain\w*|warn\w*|joke[ds]?|wr[io]te"
    r"|written|inform(?:ed)?|concerns?|concerned|worried|false|stor(?:y|ies)|news|rumou?rs?|nothing|something|thing)"
    r" (?:\w+ )?$"
)
# "One drone was shot down" does not say that there was but one.
_ONE_ONLY = re.compile(
    r"\b(?:there (?:was|had been|has been) (?:just |only )?(?:one|a single)|only one|just one) (?:[\w-]+ )?$"
)
_THINGS = {"drone": "drone", "missile": "missile"}
_BOUND_IS = {
    "about": "about", "around": "about", "approximately": "about", "some": "about", "nearly": "about",
    "almost": "about", "at least": "at least", "up to": "up to", "more than": "more than", "over": "more than",
    "fewer than": "fewer than",
}  # fmt: skip


def _how_many(unit: Reading) -> Iterator[Part]:
    for start, end, name in unit.concepts:
        thing = _THINGS.get(name)
        word = unit.low[start:end]
        if thing and not word.endswith(("s", "aircraft")):
            alone = _ONE_ONLY.search(unit.low, max(0, start - 40), start)
            if alone and not under_not(unit, alone.start()) and not re.match(r"[ -]\w", unit.low[end : end + 2]):
                yield Part(("how_many", thing, "1"), Aspect.HOW_MANY, True, SURE, alone.start(), end)
            continue
        if thing is None or re.match(r" (?:flight|ban|attack|strike)", unit.low[end : end + 8]):
            continue
        count = _counted(unit.low[:start])
        if count and count[0] != "0" and not under_not(unit, count[1]):
            yield Part(("how_many", thing, count[0]), Aspect.HOW_MANY, True, SURE, count[1], end)


def _counted(before: str) -> tuple[str, int] | None:
    """Return the number that stands before a thing, with its bound, and where it begins."""
    low = max(0, len(before) - 90)
    match = _COUNT_BEFORE.search(before, low)
    if not match or any(word.endswith("s") and word != "russias" for word in match.group(3).split()):
        return None
    if _OWNING.search(before, low, match.start()):
        return None
    number = NUMBERS.get(match.group(2), match.group(2))
    talked = match.group(1) in {"about", "over", "some"} and _TALKED_OF.search(before, low, match.start())
    bound = "" if talked else _BOUND_IS.get(match.group(1) or "", "")
    return f"{bound} {number}".strip(), match.start(2)


# ---- when ------------------------------------------------------------------------------------------------------

_EVENT = ("attack", "drone", "missile", "fall", "explode", "fire", "seen", "stopped")
_TIMES = (
    ("night", (r"\bover ?night\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day night\b|\b(?:at|by|last"
               r"|during the|in the|that|of the) night\b|\btonight\b"
              r"|\bnight(?:-?time)? (?=(?:attack|strike|raid|assault|flight|drone|incident)s?\b)")),
    ("early morning", (r"\b(?:in the )?(?:early|small) hours\b|\bbefore dawn\b|\bat dawn\b|\bpre-dawn\b"
                      r"|\bearly (?:in the|this) morning\b")),
    ("morning", r"(?<!early )\b(?:in the|this|that) morning\b"),
    ("midday", r"\bat (?:noon|midday)\b"),
    ("afternoon", r"\b(?:in the|this|that) afternoon\b"),
    ("evening", r"\b(?:in the|this|that|last|at) (?:evening|dusk)\b"),
    ("midnight", r"\bat midnight\b"),
)  # fmt: skip
_TIME_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _TIMES)
_CLOCK = re.compile(
    r"\b(?:at|around|about|shortly (?:after|before)) (?:about |around )?"
    r"(?:(\d{1,2})[:.](\d{2})\s?(am|pm|a\.m\.|p\.m\.)?|(\d{1,2})\s?(am|pm|a\.m\.|p\.m\.))(?![\w%])"
)
_NOT_OF_EVENT = re.compile(
    r"\b(?:call(?:ed|s)?|alert\w*|arriv\w*|open(?:ed|s)?|reopen\w*|until|clos\w+|resum\w*|from)\b"
)
# What is mocked, or told of what goes on now, tells nothing of when it happened.
_SCORN = re.compile(
    r"\b(?:theatre|theater|circus|farce|comedy|spectacle|show|fairy ?tales?|nonsense|fantas\w+|what we see)\b"
)
_EVE = re.compile(r"\b(?:on|at|for) the eve of (?:the )?|\bthe (?:day|night) before (?:the )?|\bahead of (?:the )?")


def _when(unit: Reading) -> Iterator[Part]:
    if unit.has(*_EVENT):
        for name, pattern in _TIME_PATTERNS:
            match = pattern.search(unit.low)
            if match and not under_not(unit, match.start()):
                yield Part(("when", name), Aspect.WHEN, True, SURE, match.start(), match.end())
        if not _NOT_OF_EVENT.search(unit.low):
            yield from _clock(unit)
    for match in _EVE.finditer(unit.low) if not _SCORN.search(unit.low) else ():
        end, words = placenames.occasion_at(unit.text, match.end())
        if words:
            yield Part(("eve", *words), Aspect.WHEN, True, SURE, match.start(), end)


def _clock(unit: Reading) -> Iterator[Part]:
    match = _CLOCK.search(unit.low)
    if not match:
        return
    hour, minute = int(match[1] or match[4]), int(match[2] or 0)
    half = (match[3] or match[5] or "").replace(".", "")
    if hour > (12 if half else 23) or minute > 59:
        return
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    yield Part(("clock", f"{hour:02}:{minute:02}"), Aspect.WHEN, True, LIKELY, match.start(), match.end())


# ---- where -----------------------------------------------------------------------------------------------------

_AIMED = re.compile(
    r"\b(?:fl(?:y|ew|own|ying)|sen(?:t|d|ding)|fir(?:e|ed|ing)|launch\w*) (?:[\w-]+ ){1,4}?(?:at|against|into) |"
    r"\b(?:aimed|directed|targeted|targeting|aiming) (?:at )?|\btowards? |"
    r"\b(?:attack|strike|raid|assault)s? (?:on|against|at|over) |(?<!can )(?<!could )(?<!to )\b(?:struck"
    r"|attacked|hit) (?=the )"
)
_OVER = re.compile(r"\b(?:over|above) ")
_NEAR = re.compile(r"\b(?:near|close to|in the vicinity of|next to|beside|not far from|outside) ")


def _where(unit: Reading) -> Iterator[Part]:
    if not unit.has("drone", "missile", "attack", "fly") or unit.has("ban"):
        return
    for name, pattern in (("aimed", _AIMED), ("over", _OVER), ("near", _NEAR)):
        if name != "aimed" and not unit.has("drone", "missile", "fly", "fall", "explode"):
            continue
        for match in pattern.finditer(unit.low):
            end, words = placenames.place_at(unit.text, match.end(), unit.people.aliases)
            on_life = any(at <= match.start() < stop for at, stop, name in unit.concepts if name == "life")
            if words and not on_life and not under_not(unit, match.start()):
                thing = "drone" if unit.has("drone") else "missile" if unit.has("missile") else ""
                yield Part((name, thing, *words), Aspect.WHERE, True, SURE, match.start(), end)


# ---- who -------------------------------------------------------------------------------------------------------

_BODY = r"(?:['’]s)?(?: regime| government| authorities| side| forces| army| military| troops| air force| navy)?"
_DOES = (
    r" (?:has |had |have )?(?:deliberately )?(?:flew|flown|attempt(?:ed)?|tried|launch(?:ed)?|sent"
    r"|attack(?:ed)?|struck|fired|carried out"
    r"|directed|order(?:ed)?|(?:was|were|is|are) (?:behind|responsible for))\b"
)
_DID = re.compile(rf"^{_BODY}{_DOES}")
_DID_NOT = re.compile(
    rf"^{_BODY} (?:did not|didn['’]t|has not|had not|never|was not|were not|is not) "
    r"(?:fl(?:y|own)|attack(?:ed)?|launch(?:ed)?|sen[dt]|carr(?:y|ied) out|str(?:ike|uck)|order(?:ed)?|behind"
    r"|involved|responsible)\b"
)
_ORDERED = re.compile(r"^-(?:ordered|backed|led|launched|directed|sponsored)\b")
_BY = re.compile(
    r"\b(?:attack\w*|strike|raid|assault|launched|flown|sent|carried out|operated|directed|ordered) by (?:the )?$"
)
_NOT_BY = re.compile(
    r"(?:\b(?:not|never)|n['’]t) (?:been )?(?:\w+ly )?"
    r"(?:attack\w*|struck|launched|flown|sent|fired|carried out|operated|directed|ordered) by (?:the )?$"
)
_DENIED_DEED = re.compile(
    r"^\W*(?:having |ever |being )?(?:(?:sending|firing|launching|flying|attacking|striking|carrying out"
    r"|ordering|directing)\b"
    r"|(?:that )?(?:it|they|we|(?:its|their|our) [\w-]+) (?:had |has |have |ever |was |were |been ){0,3}"
    r"(?:sent|fired|launched|fl[eo]wn?|attacked|struck|carried out|ordered|behind|responsible)\b)"
)
_NOT_INVOLVED = re.compile(
    r"\b(?:we|our (?:forces|army|troops|military|side|country)) (?:did not|didn['’]t|have not|had not|never) "
    r"(?:attack|launch|fly|flown|send|sent|strike|struck|fire|order)\w*\b"
    r"|\b(?:had|has|have) nothing to do with\b|\b(?:not|n['’]t|never) (?:been )?(?:involved|behind|responsible)\b"
)
_INVOLVED = re.compile(
    r"\b(?:any |all )?(?:involvement|responsibility)\b|\b(?:play(?:ed|ing)?|ha[ds]|have|took|taken"
    r"|taking) (?:\w+ ){0,2}part in\b"
    r"|\b(?:was|were|is|are|being|been) (?:involved|behind|responsible)\b"
)
_OWN = re.compile(r"\b(?:we|our|us|its?|his|her|their|they|he|she|i|my)\b")


def _who(unit: Reading) -> Iterator[Part]:
    flat = folded(unit.text)
    if len(flat) == len(unit.text):
        for match in side_pattern(unit.people.aliases).finditer(flat):
            yield from _of_side(unit, flat, match)
    by = unit.speaker_side or unit.speaker  # "the Free Union of Lode denied that it had sent …" is its own side
    apart, involved = _NOT_INVOLVED.search(unit.low), _INVOLVED.search(unit.low)
    done = _DENIED_DEED.search(unit.low) if re.search(r"\bden(?:y|ie|ial)", unit.cue) else None
    if done and by and not apart:
        yield Part(("who", by), Aspect.WHO, True, SURE, *done.span())
    elif not unit.speaker_side:
        return
    elif apart:
        yield Part(("who", unit.speaker_side), Aspect.WHO, False, SURE, *apart.span())
    elif involved and (re.search(r"den|reject|dismiss|claim", f"{unit.cue} {unit.low}") and _own_side(unit, involved)):
        yield Part(("who", unit.speaker_side), Aspect.WHO, True, SURE, *involved.span())


def _own_side(unit: Reading, involved: re.Match[str]) -> bool:
    """Whether it is the speaker's own side that is involved, or not: "any involvement", "our country had a part in"."""
    return involved.group().endswith(("involvement", "responsibility")) or bool(
        _OWN.search(unit.low, 0, involved.start())
    )


def _of_side(unit: Reading, flat: str, match: re.Match[str]) -> Iterator[Part]:
    side = sides_by_word(unit.people.aliases)[match.group()]
    after, before = flat[match.end() : match.end() + 80], flat[max(0, match.start() - 40) : match.start()]
    place = (match.start(), match.end())
    if unit.has("attack", "drone", "missile"):
        if _DID_NOT.search(after) or _NOT_BY.search(before):
            yield Part(("who", side), Aspect.WHO, False, SURE, *place)
        elif under_not(unit, match.start()):
            pass  # "not by Denmark but by Sweden", "nobody thinks that Denmark …": of what is under it nothing is sure
        elif _ORDERED.search(after) or _BY.search(before) or (_DID.search(after) and _own(unit, after)):
            yield Part(("who", side), Aspect.WHO, True, SURE, *place)
        elif re.match(r" (?:(?:attack|combat|military|attempted) )?(?:drone|uav|missile|rocket)s?\b", after):
            yield Part(("whose", "drone" if unit.has("drone") else "missile", side), Aspect.WHO, True, SURE, *place)
    deed = unit.has("attack", "drone", "missile", "explode", "fire", "fall") or not after or after.startswith(" for ")
    if deed and match.start() == 0 and re.search(r"\b(?:blam|accus)\w*", unit.cue):
        yield Part(("who", side), Aspect.WHO, True, SURE if "blam" in unit.cue else LIKELY, *place)


def _own(unit: Reading, after: str) -> bool:
    """Whether the deed is one with drones or an attack: "attempted a drone strike", not "attempted to land"."""
    return bool(re.search(r"\b(?:drone|uav|strike|attack|raid|missile|rocket|it)", after)) or unit.has("attack")


# ---- intent ----------------------------------------------------------------------------------------------------

_TERROR = re.compile(r"\bacts? of terror(?:ism)?\b|\bterror(?:ist|ism)? (?:act|attack|strike)s?\b|\bterrorism\b")
_PREDICATE = re.compile(
    r"\b(?:as|is|was|be|been|being|constitutes?|call(?:ed|s|ing)?|an?|this|it|these)[\s\"“‘'’”,]+(?:\w+ ){0,2}[\"“‘']?$"
)
_SUBJECT = re.compile(r"^[\"”’']? (?:is|are|would be|means)\b")
_INTENTS = (
    ("planned", r"\b(?:a|was|were|is|carefully|well) (?:planned|premeditated)\b"),
    ("deliberate", r"\bdeliberate(?:ly)?\b|\bon purpose\b|\bintentional(?:ly)?\b"),
    ("accident", (r"\b(?:an accident|no accident|accidental(?:ly)?|by accident|by mistake|inadvertent(?:ly)?"
                 r"|unintentional(?:ly)?)\b")),
    ("provocation", r"\bprovocation\b"),
    ("staged", r"\b(?:false flag|staged)\b"),
    ("exercise", r"\bpart of (?:an?|the) (?:planned |military )?(?:exercise|drill|test)\b"),
)  # fmt: skip
_INTENT_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _INTENTS)


def _intent(unit: Reading) -> Iterator[Part]:
    for start, end, name in unit.concepts:
        if name == "life":
            victims = [key for at, _, key in unit.people.mentions(unit.text) if at + 40 >= start]
            yield turned(unit, ("life", *victims[:1]), Aspect.INTENT, SURE, start, end)
    for match in _TERROR.finditer(unit.low):
        before = unit.low[max(0, match.start() - 60) : match.start()]
        said_of = _PREDICATE.search(before) and match.start() > 2
        if said_of and not _SUBJECT.search(unit.low[match.end() : match.end() + 12]):
            yield turned(unit, ("terror",), Aspect.INTENT, SURE, match.start(), match.end())
    for kind, pattern in _INTENT_PATTERNS:
        found = pattern.search(unit.low)
        if found and (
            kind in {"accident", "exercise"}
            or unit.has("attack", "terror", "drone", "explode", "fire")
            or unit.follows_flight
        ):
            yield turned(unit, (kind,), Aspect.INTENT, LIKELY, found.start(), found.end())


READERS: tuple[Callable[[Reading], Iterator[Part]], ...] = (_how_many, _when, _where, _who, _intent)
