"""Readers of what came of it: what happened at all, damage, people, who was there, answers and rules.

Each says nothing where it is not sure. Gaps in patterns are bounded, so reading takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from skykeep.account import placenames
from skykeep.account.aliases import side_pattern, sides_by_word
from skykeep.account.happenings import NUMBERS
from skykeep.account.reading import LIKELY, SURE, WEAK, Part, Reading, turned
from skykeep.account.stems import folded, stems
from skykeep.facts.claimed import Aspect

# ---- what ------------------------------------------------------------------------------------------------------

_ATTACK = r"(?:attack|strike|raid|assault|bombardment)s?"
_THING = r"(?:drone|uav|unmanned aircraft|missile|rocket)"
_ATTACKED = re.compile(
    rf"(\b(?:an?|any|the|this|that|these|such|no|attempted) (?:[\w-]+ ){{0,3}}?"
    rf"|^)(?:attempted )?(?:{_THING} )?{_ATTACK}\b"
    rf"|\b{_THING} {_ATTACK}\b|\bnight {_ATTACK}\b"
)
_FLOWN = re.compile(
    rf"\b(?:flew|launched|sent|directed|fired) (?:[\w-]+ ){{0,4}}?{_THING}s? (?:toward|at|against|on|over|into)"
    rf"|\b{_THING}s? (?:[\w-]+ ){{0,4}}?(?:were|was|had been) (?:aimed|directed|flown|launched|sent)\b"
)
_DEFINITE = re.compile(
    r"^(?:the|this|that|these|such)?\s*$|^(?:the|this|that|these|such) |\b(?:alleged|purported|reported|so-called) "
)
_HAPPENED: tuple[tuple[str, str], ...] = (
    ("explosion", r"\b(?:explosions?|blasts?|detonations?)\b|\bexploded\b|\bloud bangs?\b"),
    ("fire", (r"\b(?:fires?|blazes?) (?:\w+ )?(?:broke out|started|was|were|had|at|in|on|followed|burned)\b"
              r"|\bcaught fire\b"
             r"|\b(?:a|the|small|large|no|any) (?:fire|blaze)\b|\bset (?:\w+ ){1,4}(?:on fire|ablaze)\b|\bon fire\b")),
    ("crash", (r"\b(?:drone|uav|quadcopter|aircraft|helicopter|plane)s? (?:\w+ ){0,4}?(?:crashed|fell|came down"
               r"|plunged|hit the)\b"
              r"|\bcrash of (?:a|the) (?:\w+ ){0,2}(?:drone|uav|aircraft|helicopter|plane)\b")),
    ("sighting", (r"\b(?:drone|uav|quadcopter|object|light)s? (?:\w+ ){0,3}?(?:sighted|spotted|seen|observed"
                  r"|detected|reported)\b"
                 r"|\b(?:saw|seen|spotted|sighted|observed|detected|noticed) (?:\w+ ){0,4}?(?:drone|uav"
                 r"|quadcopter|object)s?\b"
                 r"|\b(?:drone|uav|quadcopter)s? (?:was|were|had been|has been) (?:there|present|in the area"
                 r"|involved|over|near|above)\b"
            r"|\bsightings? of (?:\w+ ){0,3}(?:drone|uav|quadcopter|object)s?\b|\bdrone sightings?\b"
                 r"|\b(?:drone|uav|quadcopter)s? (?:had |were |was )?(?:hover\w*|fl(?:ew|own|ying)|circl\w+)\b")),
    ("near miss", r"\bnear[ -]miss\b|\bnearly collided\b|\bcame within\b"),
    ("collision", r"\bcollided with\b|\bcollision\b|\bhit (?:by )?a drone\b"),
)  # fmt: skip
_HAPPENED_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _HAPPENED)
# "No information about drones": what it is about is that there were any.
_BARE = re.compile(r"\b(?:about|of|on|regarding) (?:any |the |these |such |those )?(?:[\w-]+ )?(?:drones?|uavs?)\W*$")
_ON = re.compile(r"(?: \w+){0,2}? (?:on|against|at|in|near|over|above|outside|toward|towards) ")


def _what(unit: Reading) -> Iterator[Part]:
    flown = _FLOWN.search(unit.low)
    if flown and not unit.has("ban"):
        yield turned(unit, ("what", "attack", *_thing(unit)), Aspect.WHAT, LIKELY, flown.start(), flown.end())
    for match in _ATTACKED.finditer(unit.low):
        if re.match(r" (?:is|are|means|would be)\b", unit.low[match.end() : match.end() + 10]):
            continue  # what an attack is in general
        if unit.has("terror") and "terror" in unit.low[match.start() : match.end()]:
            continue
        # "The attack was foiled" takes it for granted that there was one; only "a strike was attempted" says so.
        score = WEAK if _DEFINITE.match((match.group(1) or "").strip() + " ") else LIKELY
        yield turned(unit, ("what", "attack", *_thing(unit)), Aspect.WHAT, score, match.start(), match.end())
    for name, pattern in _HAPPENED_PATTERNS:
        found = pattern.search(unit.low)
        if found and not unit.has("ban", "attack"):
            # Where fires and blasts were tells them apart; where drones were seen is read as what it is.
            place = _place_after(unit, found.end()) if name in {"explosion", "fire"} else ()
            yield turned(unit, ("what", name, *place), Aspect.WHAT, LIKELY, *found.span())

    bare = _BARE.search(unit.low)
    if bare:
        yield Part(("what", "sighting"), Aspect.WHAT, True, WEAK, *bare.span())


def _thing(unit: Reading) -> tuple[str, ...]:
    return ("drone",) if unit.has("drone") else ("missile",) if unit.has("missile") else ("",)


def _place_after(unit: Reading, at: int) -> tuple[str, ...]:
    on = _ON.match(unit.low, at)
    return placenames.place_at(unit.text, on.end(), unit.people.aliases)[1] if on else ()


# ---- damage ----------------------------------------------------------------------------------------------------

_STOPPING = (
    r"(?:shot down|warded off|fended off|fought off|stopped|brought down|taken down|downed|destroyed|foiled"
    r"|intercepted|repelled|thwarted"
    r"|neutrali[sz]ed|averted|disabled|jammed|suppressed)"
)
_TARGETS = rf"(?:drones?|uavs?|quadcopters?|missiles?|rockets?|aircraft|objects?|{_ATTACK}|they|both|all|it|attempt)"
_STOPPED = re.compile(
    rf"\b{_TARGETS} (?:(?!not)[\w-]+ ){{0,4}}?(?:was|were|been|being|be) (?:\w+ly )?{_STOPPING}\b"
    rf"|\b{_STOPPING} (?:\w+ ){{0,5}}?(?:[\w-]+-ordered )?{_TARGETS}\b"
    rf"|\b(?:shot|brought|took) (?:down (?:\w+ ){{0,4}}?{_TARGETS}|(?:(?!off|after)\w+ ){{0,4}}?{_TARGETS} down)\b"
)
_STOPPED_WORD = re.compile(rf"{_STOPPING}|\b(?:shot|brought|took)\b")
_PRONOUN = re.compile(r"\b(?:they|both|all|it|aircraft|objects?)\b")
_FRAGMENTS = re.compile(
    r"\b(?:fragments?|debris|wreckage|shrapnel|remnants) (?:\w+ ){0,4}?(?:fell|scattered|landed|came down|hit"
    r"|found|rained)\b"
    r"|\b(?:fall\w*|fell|scatter\w*)(?: \w+){0,3}? (?:of )?(?:\w+ )?(?:fragments?|debris|wreckage|shrapnel|remnants)\b"
)
_DAMAGE = re.compile(
    r"\bno (?:\w+ )?damage\b|\b(?:was|were|been) (?:not |never )?(?:\w+ly )?damaged\b|\bdamage (?:to|was|had|has)\b"
    r"|\bdamaged (?:the|a|an|two|several)\b"
    r"|\b(?:windows?|glass) (?:\w+ ){0,3}(?:shattered|broken|blown)\b|\bcaus(?:ed|ing) (?:\w+ )?damage\b"
    r"|\bsuffered (?:\w+ )?damage\b"
)


def _damage(unit: Reading) -> Iterator[Part]:
    stopped = _STOPPED.search(unit.low)
    if stopped and (
        unit.has("drone", "missile", "attack") or (_PRONOUN.search(stopped.group()) and unit.follows_flight)
    ):
        word = _STOPPED_WORD.search(stopped.group())
        said = word.group() if word else "stopped"
        said = {"shot": "shot down", "brought": "brought down", "took": "taken down"}.get(said, said)
        yield turned(unit, ("stopped", said), Aspect.DAMAGE, SURE, *stopped.span())
    fragments = _FRAGMENTS.search(unit.low)
    if fragments:
        # "Nobody was hurt when they fell" takes the fall for granted: it is the same words that say so.
        part = turned(unit, ("fragments",), Aspect.DAMAGE, LIKELY, *fragments.span())
        yield part._replace(score=LIKELY) if part.holds and _NOBODY.search(unit.low) else part
    damage = _DAMAGE.search(unit.low)
    if damage:
        none = damage.group().startswith("no ")
        plain = damage.group() in {"no damage", "no material damage", "no property damage"} or not none
        key = ("damage",) if plain else ("damage", damage.group().split()[1])
        if none:
            yield Part(key, Aspect.DAMAGE, False, SURE, *damage.span())
        else:
            yield turned(unit, key, Aspect.DAMAGE, SURE, *damage.span())


# ---- people hurt -----------------------------------------------------------------------------------------------

_HURT = r"(?:injured|hurt|wounded|hospitali[sz]ed|taken to hospital)"
_NOBODY = re.compile(
    rf"\b(?:no[ -]?one|nobody|no (?:people|persons?|passengers?|residents?|workers?|staff|civilians?)"
    rf"|none(?: of \w+(?: \w+)?)?)"
    rf" (?:\w+ ){{0,4}}?(?:({_HURT})|(killed|dead|died))\b"
    r"|\b(?:no|without|not any) (?:(casualties|injuries|victims)|(deaths|fatalities))\b|\bthere (?:are"
    r"|were) no (?:reported )?(casualties|injuries|victims)\b"
)
_BADLY = re.compile(r"\b(?:badly|seriously|severely|critically|gravely|serious|else|other)\b")
_WHO_HURT = (
    r"(?:people|persons?|passengers?|residents?|workers?|civilians?|soldiers?|children|child|women|men|woman"
    r"|man|girl|boy|employees?"
    r"|firefighters?|guards?|officers?|of them|others?|crew members?|fishermen|students?|staff|pedestrians?|drivers?)"
)
_NUMBER = r"\d{1,4}|" + "|".join(name for name in NUMBERS if name not in {"no", "both"}) + r"|an?"
_SOME_HURT = re.compile(
    rf"\b(?:(at least|about|around|up to|more than"
    rf"|over) )?(?<![\w.,:-])({_NUMBER}) (?:[\w-]+ ){{0,2}}?{_WHO_HURT} (?:\w+ ){{0,4}}?"
    rf"(?:({_HURT})|(killed|dead|died)|suffer(?:ed)? (?:\w+ ){{0,2}}injuries)\b"
    rf"|\b(?:injur|wound|kill)(?:ed|ing) (at least |about |up to )?({_NUMBER}) (?:[\w-]+ ){{0,2}}?{_WHO_HURT}\b"
)


def _casualties(unit: Reading) -> Iterator[Part]:
    nobody = _NOBODY.search(unit.low)
    if nobody and _BADLY.search(nobody.group()):
        return  # "nobody was badly hurt" leaves open whether anybody was
    if nobody:
        killed = bool(nobody.group(2) or nobody.group(4)) and "hurt" not in [name for _, _, name in unit.concepts]
        yield Part(("nobody", "killed" if killed else "hurt"), Aspect.CASUALTIES, True, SURE, *nobody.span())
        return
    for match in _SOME_HURT.finditer(unit.low):
        word = match.group(2) or match.group(6)
        number = {"a": "1", "an": "1"}.get(word, NUMBERS.get(word, word))
        bound = (match.group(1) or match.group(5) or "").strip()
        bound = {"around": "about", "over": "more than"}.get(bound, bound)
        killed = bool(match.group(4)) or match.group().startswith("kill")
        key = ("hurt", "killed" if killed else "hurt", f"{bound} {number}".strip())
        yield turned(unit, key, Aspect.CASUALTIES, SURE, *match.span())


# ---- who was there ---------------------------------------------------------------------------------------------

_ABSENT = re.compile(
    r"^(?:['’]s)? (?:himself |herself |themselves )?(?:was|were|is|had been|has been) "
    r"((?:not|n['’]t) (?:in|at|inside|on|there|present|near)\b(?! (?:risk|danger|fault))|absent\b|away\b|elsewhere\b)"
)
_PRESENT = re.compile(
    r"^ (?:was|were) (?:in|at|inside) (?:the|his|her|their) (?:\w+ )?(?:building|residence|palace|premises"
    r"|office|house)\b"
)


def _presence(unit: Reading) -> Iterator[Part]:
    for start, end, key in unit.people.mentions(unit.text):
        after = unit.low[end : end + 80]
        absent, present = _ABSENT.search(after), _PRESENT.search(after)
        if absent or present:
            yield Part(("absent", key), Aspect.WHERE, bool(absent), SURE, start, min(len(unit.text), end + 40))


# ---- answers ---------------------------------------------------------------------------------------------------

_RIGHT = re.compile(
    r"\breserv(?:es?|ed|ing) (?:\w+ ){0,3}?right to (?:\w+ ){0,2}?(respond|retaliat\w*|answer|take|react|reply"
    r"|defend)\b"
)
_THREAT = re.compile(r"\bretaliat\w*|\breprisals?\b|\bwill (?:respond|be answered|react)\b|\bcounter-?attack\w*")
_CLOSED = re.compile(
    r"\b(airport|runway|airspace|terminal|harbour|port|bridge|station|road|school|motorway"
    r"|railway line)s? (?:[\w']+ ){0,4}?"
    r"(?:was|were|is|are|been|be|remain(?:s|ed)?) (?:\w+ly )?(closed|shut|open)\b"
    r"|\b(clos(?:ed|ing)|shut) (?:down )?(?:the|its|his|their) (?:\w+ ){0,2}?(airport|runway|airspace|terminal"
    r"|harbour|port|bridge|station|road)s?\b"
)
_HALTED = re.compile(
    r"\b(?:flights|air traffic|landings|take-?offs|departures|operations)\b(?: [\w'’-]+){0,5}?"
    r" (?:was|were|been|be) (?:\w+ly )?(?:halted|suspended|stopped|interrupted|grounded)\b"
    r"|\b(?:halt|suspend|stopp)(?:ed|ing) (?:all |its )?(?:flights|air traffic|landings|take-?offs|departures"
    r"|operations)\b"
)
_FLIGHTS = re.compile(
    rf"\b({_NUMBER}|all) (?:[\w-]+ ){{0,2}}?(?:flights|trains|departures|arrivals|services) (?:\w+ ){{0,3}}?"
    r"(cancelled|canceled|diverted|delayed|suspended|halted|grounded)\b"
)
_DOING = (
    ("investigation", r"\binvestigat\w*|\binquiry\b|\bprobe\b"),
    ("arrest", r"\b(?:was|were|been) (?:arrested|detained)\b|\barrests?\b|\barrested (?:a|two|three|one)\b"),
    ("evacuation", r"\bevacuat\w*"),
    ("search", r"\bsearch(?:ing|ed|es)? for\b|\bmanhunt\b"),
)  # fmt: skip
_DOING_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _DOING)


def _response(unit: Reading) -> Iterator[Part]:
    right = _RIGHT.search(unit.low)
    threat = None if right else _THREAT.search(unit.low)
    if right:
        yield turned(unit, ("right", _side_in(unit, right.start())), Aspect.RESPONSE, SURE, *right.span())
    elif threat and re.search(r"threat|warn|vow|promis|pledg", unit.cue):
        yield turned(unit, ("right", unit.speaker_side), Aspect.RESPONSE, LIKELY, *threat.span())
    halted = _HALTED.search(unit.low)
    if halted:
        yield turned(unit, ("halted",), Aspect.RESPONSE, SURE, *halted.span())
    closed = _CLOSED.search(unit.low)
    if closed:
        what = closed.group(1) or closed.group(4)
        part = turned(unit, ("closed", what), Aspect.RESPONSE, SURE, *closed.span())
        yield part._replace(holds=part.holds != (closed.group(2) == "open"))
    flights = _FLIGHTS.search(unit.low)
    if flights:
        number = NUMBERS.get(flights.group(1), flights.group(1))
        word = flights.group(2).replace("canceled", "cancelled")
        part = turned(unit, ("flights", number, word), Aspect.HOW_MANY, SURE, *flights.span())
        # "Two flights were not cancelled" does not say how many were.
        yield part if part.holds else part._replace(score=WEAK)
    for name, pattern in _DOING_PATTERNS:
        found = pattern.search(unit.low)
        if found:
            yield turned(unit, ("doing", name), Aspect.RESPONSE, LIKELY, *found.span())


def _side_in(unit: Reading, before: int) -> str:
    """Return the last side named before a point of the unit; else the one that the speaker speaks for."""
    flat = folded(unit.text)
    sides = [m.group() for m in side_pattern(unit.people.aliases).finditer(flat) if m.end() <= before]
    return sides_by_word(unit.people.aliases)[sides[-1]] if sides else unit.speaker_side


# ---- rules -----------------------------------------------------------------------------------------------------

_RULED = (
    r"(?:bann\w*|prohibit\w*|forbid\w*|outlaw\w*|not (?:be )?(?:allowed|permitted)|illegal"
    r"|(?:may|can|must|shall) (?:no longer|not) (?:be )?(?:fl(?:y|own)|take off|operate)|restrict\w*|grounded)"
)
_BAN = re.compile(
    rf"\b(?:drones?|uavs?|quadcopters?|flights?|flying)\b(?: [\w'’-]+){{0,6}}? {_RULED}\b"
    rf"|\b(?:{_RULED}|bans?|a ban on|no-fly zone)\b(?: [\w'’-]+){{0,5}}? (?:drones?|uavs?|quadcopters?|flights?"
    rf"|flying)\b"
    r"|\bno (?:[\w-]+ ){0,2}?(?:drones?|uavs?|flights?) (?:may|can|shall|must|will be allowed|are allowed)\b"
    r"|\bno-(?:fly|drone) zone\b|\bthe ban\b"
)
_EXCEPT = re.compile(
    r"\b(?:unless|except(?:ion\w*)?|apart from|other than|excluding|only with|without)\b(?: [\w'’\"“”-]+){0,9}? "
    r"(?:permits?|permission|authori[sz]ation|licen[cs]es?|approval|clearance|exemptions?|authori[sz]ed|purposes)\b"
)
_REASON = re.compile(
    r"\b(?:is|was|are|were) (?:meant|intended|designed|imposed|introduced|needed|aimed|taken|made) (?:to|at"
    r"|in order to|so that|because|after)\b"
    r"|\b(?:in order|so as) to\b|\bbecause\b|\bto (?:prevent|avoid|protect|stop|ensure)\b"
    r"|\bas a (?:matter of )?precaution\w*"
)
_REASON_WORDS = 8
_OVER_PLACE = re.compile(r"\b(?:over|above|in|around|near) ")


def _rule(unit: Reading) -> Iterator[Part]:
    ban = _BAN.search(unit.low)
    if not ban or not (unit.has("drone", "fly") or unit.follows_flight) or _STRIKE.search(unit.low):
        return
    reason = _REASON.search(unit.low, max(0, ban.start()))
    if reason:
        words = tuple(stems(unit.text[reason.start() :]))[:_REASON_WORDS]
        yield Part(("reason", *words), Aspect.RULE, True, SURE, *reason.span())
    excepted = _EXCEPT.search(unit.low)
    if excepted:
        yield Part(("except",), Aspect.RULE, True, SURE, *excepted.span())
    if reason is None or ban.group() != "the ban":
        place = _OVER_PLACE.search(unit.low, ban.end())
        end, words = placenames.place_at(unit.text, place.end(), unit.people.aliases) if place else (0, ())
        lifted = re.search(r"\b(?:lift|end|eas|revok|cancel)\w*", unit.cue + " " + unit.low[: ban.start()])
        holds, open_still = _ban_holds(unit.low, ban)
        score = WEAK if lifted or open_still else SURE
        yield Part(("ban", *words), Aspect.RULE, holds, score, ban.start(), max(end, ban.end()))


_STRIKE = re.compile(
    r"\b(?:strikes?|walk-?outs?|weather|fog|snow|storm|volcan\w*|fault|outage)\b(?: [\w'’-]+){0,6}? ground(?:ed|ing)"
)
_NO_BAN = re.compile(r"\bno (?:[\w-]+ )?bans?\b|\b(?:not|n['’]t|never) (?:been |be )?(?:bann|prohibit|forbid|restrict)")
_OUTSIDE = re.compile(
    r"\b(?:not|n['’]t|never|no longer) (?:apply|applies|cover|include|extend|affect|concern|in force)\w*"
)
_NOT_YET = re.compile(
    r"\b(?:planned|considered|considering|proposed|proposal|demand\w*|calls? for|called for|wants?|urged?|discuss\w*"
    r"|would|could|might)\b"
)


def _ban_holds(low: str, ban: re.Match[str]) -> tuple[bool, bool]:
    """Return whether there is a ban, and whether that is left open: it is planned only, or does not reach drones."""
    none = bool(_NO_BAN.search(low))
    return not none, bool(_OUTSIDE.search(low, ban.start()) or _NOT_YET.search(low))


READERS: tuple[Callable[[Reading], Iterator[Part]], ...] = (
    _what, _damage, _casualties, _presence, _response, _rule,
)  # fmt: skip
