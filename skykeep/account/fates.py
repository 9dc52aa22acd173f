"""What a sentence says befell the things that it counts, and whether it tells so of the event at hand.

"Two drones were shot down" and "two drones were seen" count different things, and so do flights that were diverted and
flights that were late. A figure whose sentence names no such fate is left without one. What somebody has or makes, what
might be, and what was so in another year or before is no figure of the event, nor is what it denies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from skykeep.account import nearby

_WINDOW_CHARS = 60
_WERE = (
    r"(?:(?:was|were|is|are|been|being|be|got|get)[ ]"
    r"(?:(?:also|later|then|both|all|reportedly|reported|soon|safely|quickly|allegedly|to|have|been)[ ]){0,3})"
)
_AT_ONCE = r"(?=[ ]*(?:$|(?:over|near|on|in|by|at|from|after|during|before|so|when|early|late)\b))"
_NEVER = r"(?!)"
_SHOT = r"shot[ ]down|downed|intercepted|destroyed|brought[ ]down|neutrali[sz]ed|stopped|disabled|jammed|warded[ ]off"
_SEEN = r"seen|spotted|sighted|observed|detected|noticed|tracked"
_SENT = r"launched|fired|sent|aimed|flown|used|directed|dispatched|deployed"
_HIT = r"hit|struck|attacked|targeted|rammed"
_WRECKED = r"destroyed|burned[ ]down|burnt[ ]down|levelled|leveled|gutted"
_CANCELLED = r"cancell?ed|scrapped|called[ ]off|axed"
_DELAYED = r"delayed|held[ ]up|postponed"
_DIVERTED = r"diverted|rerouted|re-routed|redirected|turned[ ](?:away|back|around)"
_AGAINST = r"(?:attack(?:ed|ing|s)?|strike|hit|struck|raid(?:ed)?|targeted)[ ](?:with|by|using|of)"
# A fate: the participle behind "were", the verb whose doer is what is counted, the verb whose object it is.
_FATES: dict[str, tuple[str, str, str]] = {
    "shot down": (_SHOT, _NEVER, rf"{_SHOT}|(?:shooting|bringing)[ ]down|downing|destroying"),
    "seen": (_SEEN, r"hovered|appeared", rf"saw|{_SEEN}|seeing|spotting|there[ ](?:was|were)"),
    "hit": (_HIT, r"hit|struck|attacked|targeted|slammed[ ]into|crashed[ ]into", rf"{_HIT}|hitting|striking"),
    "sent": (
        _SENT,
        r"flew|came|took[ ]off|approached|entered",
        rf"{_SENT}|flew|flying|sending|firing|launching|{_AGAINST}",
    ),
    "come down": (_NEVER, r"crashed|fell|came[ ]down", _NEVER),
    "damaged": (r"damaged", _NEVER, r"damaged|damaging"),
    "destroyed": (_WRECKED, r"burned[ ]down", rf"{_WRECKED}|destroying"),
    "cancelled": (_CANCELLED, _NEVER, rf"{_CANCELLED}|cancell?ing|scrapping"),
    "delayed": (_DELAYED, r"ran[ ]late", rf"{_DELAYED}|delaying"),
    "diverted": (_DIVERTED, r"landed[ ]elsewhere", rf"{_DIVERTED}|diverting|rerouting"),
    "grounded": (r"grounded", _NEVER, r"grounded|grounding"),
    "told of": (
        r"heard|reported|recorded|put[ ]out|extinguished",
        r"broke[ ]out|rocked|shook|rang[ ]out|occurred",
        r"heard|caused|causing|sparked|started|there[ ](?:was|were)|set[ ]off",
    ),
}
_FLOWN = ("shot down", "seen", "hit", "sent", "come down")
_STANDING = ("damaged", "destroyed", "hit")
_PUT_OFF = ("cancelled", "delayed", "diverted", "grounded")
_MEANT = {  # the fates that are told apart for a thing
    "drones": _FLOWN,
    "missiles": _FLOWN,
    "rockets": _FLOWN,
    "aircraft": (*_PUT_OFF, *_FLOWN, "damaged"),
    "helicopters": (*_FLOWN, "damaged"),
    "flights": _PUT_OFF,
    "explosions": ("told of",),
    "fires": ("told of",),
    "buildings": _STANDING,
    "vehicles": _STANDING,
    "ships": _STANDING,
}
_CLAUSE = re.compile(r"[.;:!?\n“”\"()—–]|,[ ]|\b(?:while|but|which|who|that|and|after|when|before|because|as)\b")
_LEADS = r"(?:[ ](?:all|both|the|a|another|its|least|at|about|some|more|than|over|up|to|only|just|nearly)){0,4}"
_NUMBERED = re.compile(
    r"(?:\b(?:jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|since|flight|route|gate|page|aged?|number|no\.|highway|runway|terminal|the[ ]year"
    r"|brigade|unit|boeing|airbus)[ ]|\b\d{1,4}[ ](?:and|or|to)[ ])$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_IN = re.compile(r"\b(?:in|by|from|during|of|the)[ ]$", re.IGNORECASE)
_OWNED = re.compile(
    r"\b(?:has|have|had|owns?|owned|operates?|operated|possess(?:es|ed)?|produces?|produced|makes?|made|builds?|built"
    r"|buys?|bought|orders?|ordered|sells?|sold|carries|holds?|keeps?|runs?|serves?|fleet[ ]of|stock[ ]of|arsenal[ ]of"
    rf"|deliver(?:y|ed)|supply|supplied|receive[sd]?|purchase[ds]?|donate[ds]?){_LEADS}[ ]$",
    re.IGNORECASE,
)
_ELSEWHEN = re.compile(
    r"\b(?:(?:last|past)[ ](?:year|month|week|spring|summer|autumn|winter|fall|season|time)|earlier[ ](?:this|in)"
    r"|previous(?:ly)?|in[ ](?:19|20)\d\d|since|so[ ]far|(?:years?|months?|weeks?|days)[ ](?:ago|earlier|before)"
    r"|per[ ]day|a[ ](?:day|week|month|year)\b(?![ ]after)|daily|each|every|annual(?:ly)?|this[ ](?:year|month)"
    r"|before[ ]that|in[ ](?:january|february|march|april|june|july|august|september|october|november|december)"
    r"|usually|normally|until[ ]now|during[ ]the[ ]war|to[ ]date)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|reject(?:s|ed)?|dismiss(?:es|ed)?|refut(?:es|ed)|did[ ]not|not[ ]true"
    r"|no[ ]evidence)\b",
    re.IGNORECASE,
)
_OF_WHOLE = re.compile(
    r"\bof[ ](?:(?:the|its|their|these|those|all|about|some)[ ]){0,2}$", re.IGNORECASE
)  # "two of three"
_NOT_YET = re.compile(r"\b(?:would|could|might|can|will|may|shall|plans?[ ]to|capable|if|able[ ]to|expected[ ]to)\b")


def numbered(text: str, start: int, figure: str) -> bool:
    """Tell whether the number at a place is a day, a year or the name of something ("May 3", "flight 12")."""
    if not figure[:1].isdigit():
        return False
    names = _NUMBERED.search(text, max(0, start - 20), start)
    return bool(names or (_YEAR.fullmatch(figure) and _IN.search(text, max(0, start - 20), start)))


def of_this_event(text: str, start: int, end: int) -> bool:
    """Tell whether the sentence does not say that its figure is of something held, of another time, or not yet so."""
    left, right = nearby.sentence(text, start, end)
    if _DENIED.search(text, left, start):
        return False
    if _OWNED.search(text, max(left, start - _WINDOW_CHARS), start):
        return False
    if _NOT_YET.search(_before(text, left, start)) or _NOT_YET.search(_after(text, end, right)):
        return False
    return not _ELSEWHEN.search(text, left, right)


def of(thing: str, text: str, start: int, end: int) -> str:
    """Return what befell the things that are counted at a place; empty where the clause does not say."""
    left, right = nearby.sentence(text, start, end)
    after, before = _after(text, end, right), _before(text, left, start)
    if _OF_WHOLE.search(before):
        return ""
    for fate in _MEANT[thing]:
        if told := _AFTER[fate].match(after):
            return "" if _ALSO.match(text, end + told.end()) else fate
    return next((fate for fate in _MEANT[thing] if _BEFORE[fate].search(before)), "")


def _before(text: str, left: int, start: int) -> str:
    """Return the clause before a figure."""
    return _CLAUSE.split(text[max(left, start - _WINDOW_CHARS) : start])[-1]


def _after(text: str, end: int, right: int) -> str:
    """Return the clause behind what is counted."""
    return _CLAUSE.split(text[end : min(right, end + _WINDOW_CHARS)], maxsplit=1)[0]


def _compiled(patterns: Iterable[tuple[str, str]]) -> dict[str, re.Pattern[str]]:
    return {fate: re.compile(pattern, re.IGNORECASE) for fate, pattern in patterns}


_GAP = r"(?:[ ][a-z'’-]{1,20}){0,5}?"
_BEEN = rf"(?:(?:had|have|has)[ ]been[ ]|{_WERE})"
_AFTER = _compiled(
    (fate, rf"{_GAP}[ ]{_BEEN}(?:{passive})\b|[ ](?:{passive})\b{_AT_ONCE}|[ ](?:{active})\b")
    for fate, (passive, active, _) in _FATES.items()
)
_ANY_FATE = "|".join(passive for passive, _, _ in _FATES.values() if passive != _NEVER)
_ALSO = re.compile(
    rf",?[ ](?:or|and|and/or)[ ](?:[a-z]{{1,12}}[ ])?(?:{_ANY_FATE})\b", re.IGNORECASE
)  # of two fates, none
_BEFORE = _compiled((fate, rf"\b(?:{verb}){_LEADS}[ ]$") for fate, (_, _, verb) in _FATES.items())
