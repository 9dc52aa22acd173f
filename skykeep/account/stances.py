"""How a speaker stands to what a unit is about, read from a table of phrases.

To have no information is not to deny: "we have no information about any drone" is DOES_NOT_KNOW, "there was no drone"
is DENIES. What is asked or supposed lays nothing; another's words ATTRIBUTE. Rows are tried in order, the first that
is found decides, and every answer names the words it was read from.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from skykeep.account.concepts import lowered
from skykeep.facts.claimed import Stance


class Read(NamedTuple):
    """A stance and the words it was read from; `stance` None: nothing may be laid."""

    stance: Stance | None
    words: str  # as they stand; "": nothing speaks against affirming
    start: int  # of what it reaches to, in the unit; what stands before is not under it
    doubt_at: int | None = None  # where the speaker hedges: "may", "possibly"
    attributed_to: str | None = None
    deed: bool = False  # what is denied is what the speaker is said to have done


# What the verb of saying alone tells ("denied", "declined to comment", "could not confirm").
_OF_CUES: tuple[tuple[Stance, str], ...] = (
    (Stance.NO_COMMENT, (r"(?:declin|refus)\w+ (?:to|any) (?:comment|answer|say|discuss|elaborate|speculate)"
                        r"|not comment\w*"
                        r"|no comment|(?:neither|not) confirm\w*(?: or| nor)(?: to)? den\w+")),
    (Stance.DOES_NOT_KNOW, (r"(?:can ?not|could not|couldn['’]t|can['’]t|unable to|not able to|did not|has not|have not"
                           r"|had not|does not|yet to|not been able to) (?:\w+ly )?(?:immediately )?"
                           r"(?:confirm|verif|establish|determin|say|know)\w*"
                           r"|(?:was|is|were|are|been) (?:un|not )(?:clear|aware|known)\w*")),
    (Stance.DENIES, (r"(?<!not )(?<!n['’]t )\b(?:den(?:y|ies|ied|ying|ials?)|reject(?:s|ed|ing)?|dismiss(?:es|ed|ing)?"
                    r"|refut(?:es|ed|e|ing)|rebut(?:s|ted)?|rebuff(?:s|ed)?|disput(?:es|ed|e|ing)|contest(?:s|ed)?"
                    r"|contradict(?:s|ed)?|disavow(?:s|ed)?|debunk(?:s|ed)?|rul(?:es|ed|e|ing) out"
                    r"|repudiat(?:es|ed|e)|den(?:ied|ies|y) (?:any|all))\b")),
)  # fmt: skip

# What the words said tell themselves.
_OF_WORDS: tuple[tuple[Stance, str], ...] = (
    (Stance.NO_COMMENT, (r"\bno comment\b|\b(?:(?:declin|refus)\w+ to|(?:will|would|can|could)(?:n['’]t| ?not)"
                        r"|not going to) comment\b"
                        r"|\b(?:can|will|could|would)(?: ?not|n['’]t)? ?(?:neither )?confirm (?:n?or) deny\b")),
    (Stance.DOES_NOT_KNOW,
     (r"\bno (?:\w+ )?(?:information|knowledge|idea|details?|data|word|indications?"
     r"|evidence|proof|reports?|confirmation|record)\b"
     r"|\b(?:do|does|did|had|has|have)(?: ?not|n['’]t) (?:yet )?(?:have |got |seen |received |had )?"
     r"(?:any |the |much )?(?:further |other |such )?"
     r"(?:information|knowledge|know|data|details|evidence|proof|idea|reports?|confirmation)\b"
     r"|\b(?:not|n['’]t|never) (?:yet )?(?:been |have been )?(?:made )?(?:aware|informed|told|notified|heard)\b"
     r"|\bunaware\b|\bin the dark\b"
     r"|\b(?:can|could)(?: ?not|n['’]t) (?:\w+ly )?(?:confirm|verify|say (?:if|whether|who|what|how|where|when))\b"
     r"|\b(?:unable|not able|not in a position|too early|too soon|yet|impossible) to (?:\w+ly )?"
     r"(?:confirm|verify|say|tell|know|establish|determine|be (?:confirmed|established|determined))\b"
     r"|\b(?:unclear|unknown|unconfirmed|not (?:yet |immediately |entirely |fully )?(?:clear|known|confirmed"
     r"|established|determined|certain|been (?:confirmed|established|determined)))\b"
     r"|\bnothing is known\b|\bknows? nothing (?:about|of)\b|\bremains? to be (?:seen|established|determined)\b")),
    (Stance.DENIES,
     (r"\b(?:we|i|they|he|she|it|who)?\s?(?:categorically |firmly |strongly |flatly |completely |totally )?"
     r"(?:den(?:y|ies|ied)|reject(?:s|ed)?|refut(?:es|ed|e)|dispute[sd]?|rule[sd]? out) "
     r"(?:any|all|this|that|these|those|the|such|having|being|involvement|responsibility|\w+ing|\w+ (?:claims?|reports?"
     r"|accusations?|allegations?|involvement|responsibility))\b"
     r"|\b(?:is|are|was|were) (?:\w+ly )?(?:untrue|false|not true|a lie|lies|fake|fiction|nonsense|rubbish|baseless"
     r"|unfounded|groundless|fabricated|a fabrication|invented|not correct|incorrect|a hoax)\b"
     r"|\b(?:false|baseless|unfounded|groundless|fabricated|untrue|fake) (?:claims?|accusations?|allegations?|reports?"
     r"|rumou?rs?|news)\b")),
)  # fmt: skip

# Words after which nothing is affirmed: questions, conditions, demands. What stands under them is nobody's claim.
_SUPPOSED = re.compile(r"\?\W*$|^\W*(?:if|whether|should|were|had|unless)\b|\bwhether\b|\bif (?:it|this|that|there)\b")
# "May" with a capital is a month.
# Words after which what follows is doubted, hoped, feared, taken back or told as a lie: nothing is laid by them.
_UNSURE = re.compile(
    r"\bdoubt(?:s|ed|ing|ful)?\b(?! (?:is|was|about it that))|\b(?:un|not )likely\b|\bimplausible\b|\bimprobable\b"
    r"|\b(?:wrong|incorrect|false|untrue|misleading|nonsense|absurd|ridiculous|mistaken|premature|too early) to "
    r"(?:say|claim|think|suggest|speak|believe|assume|conclude)\b|\bnot (?:true|correct|the case|right) that\b"
    r"|\b(?:hop(?:es?|ed|ing)|wish\w*|fear(?:s|ed|ing)?|wonder(?:s|ed|ing)?|suspect(?:s|ing)?|expect(?:s|ed|ing)?) "
    r"(?:that|to|no|two|if|whether|the|a|it|he|she|they|there)\b"
    r"|\bretract\w*|\bwithdr(?:ew|aws?|awn|awing)\b|\b(?:took|take[ns]?|taking) back\b|\bhardly\b|\bscarcely\b"
    r"|\b(?:lying|lied|lies|liars?) (?:about|when|that)\b|\b(?:invent(?:ed|ing|s)|fabricat(?:ing|es)|mak(?:es?|ing) up"
    r"|made up|exaggerat\w+|misle[ad]\w*|imagin\w+)\b"
)
_UNSURE_CUE = re.compile(
    r"\b(?:doubt\w*|hop(?:es?|ed|ing)|wish\w*|fear\w*|wonder\w*|retract\w*|withdr[ae]w\w*|suspect\w*|expect\w*|ask(?:s|ed|ing)?"
    r"|never|not|will|would|may|might|could|should|if|unless|whether|hardly)\b|n['’]t\b"
)
# ... and of a statement that is itself supposed, taken back or nobody's: "if she said that", "retracted his statement".
_LED = re.compile(
    r"^\W*(?:if|unless|had|nobody|no[ -]?one|none|neither|few|no \w+)\b|\b(?:whether|unclear|unknown|never|retract\w*"
    r"|withdr[ae]w\w*|took back|takes back)\b"
)
# ... and a denial of the speaker's own deed reaches who did it, not how many, when and where: "denied sending two".
_DEED = re.compile(
    r"(?:^\W*|\bden(?:y|ies|ied|ying)\W+)(?:ever )?(?:(?!\w+thing\b)\w{2,}ing\b|(?:that )?(?:it|he|she|they|we|i"
    r"|(?:its|his|her|their|our|my) [\w-]+)\b)"
)
_DOUBTFUL = re.compile(
    r"\b(?:may|(?i:might|could|would|possibl[ye]|perhaps|probabl[ye]|likely|apparently|appears? to|appeared to"
    r"|seems?|seemed|suspected|believed to|thought to|feared|presumed|allegedly"
    r"|reportedly|said to have|presumably|suggests?|purported(?:ly)?|we think|i think))\b"
)
_AS_SAID = re.compile(
    r"\b(?:as|like) ([^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,6}?)(?: (?:has|have|had))?(?: \w+ly)? "
    r"(?:stated|said|says|put it|noted|explained|stressed|announced|told|claimed|claims)\b"
    r"|\baccording to ([^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,6})"
)
_NOT_DENIED = re.compile(r"\b(?:not|n['’]t|never|without) (?:\w+ly )?(?:den|reject|disput|dismiss|rul)\w*")

_CUE_PATTERNS = tuple((stance, re.compile(pattern)) for stance, pattern in _OF_CUES)
_WORD_PATTERNS = tuple((stance, re.compile(pattern)) for stance, pattern in _OF_WORDS)


def read(text: str, cue: str = "", lead: str = "") -> Read:
    """Read the stance of one unit said with a cue ("denied"); what the words affirm or negate is for the readers.

    `lead`: the words of the sentence that lead up to the statement.
    """
    found = _read(text, cue, lead)
    denied = found.stance is Stance.DENIES and _DEED.search(lowered(text), found.start)
    return found._replace(deed=True) if denied else found


def _read(text: str, cue: str, lead: str) -> Read:
    low, low_cue = lowered(text), lowered(cue)
    led = _LED.search(lowered(lead))
    if led:
        return Read(None, led.group().strip(), 0)
    if _NOT_DENIED.search(low_cue):
        return Read(None, cue, 0)
    silent = _WORD_PATTERNS[0][1].search(f"{low_cue} {low}")  # "declined" | "to comment"
    if silent:
        return Read(Stance.NO_COMMENT, silent.group().strip(), 0)
    by_cue = _first(_CUE_PATTERNS, low_cue)
    unsure = _UNSURE.search(low)
    if by_cue and unsure:
        return Read(None, unsure.group(), 0)  # "denied that her office had invented two drones"
    if by_cue:
        return Read(by_cue[0], cue[by_cue[1].start() : by_cue[1].end()].strip(), 0)
    by_words = _of_words(text, low)
    if by_words.stance in {Stance.AFFIRMS, Stance.ATTRIBUTES} and (unsure or _UNSURE_CUE.search(low_cue)):
        return Read(None, (unsure.group() if unsure else cue).strip(), 0)
    return by_words


def _of_words(text: str, low: str) -> Read:
    by_words = _first(_WORD_PATTERNS, low)
    if by_words and not (by_words[0] is Stance.DENIES and _NOT_DENIED.search(low)):
        # "The claim is untrue" reaches back; "we reject the claim" and "no information about" reach forward.
        stance, match = by_words
        back = stance is Stance.DENIES and match.group().lstrip().startswith(("is ", "are ", "was ", "were "))
        back = back or match.group().startswith(("unclear", "unknown", "unconfirmed"))
        return Read(stance, text[match.start() : match.end()].strip(), 0 if back else match.start())
    if _SUPPOSED.search(low):
        return Read(None, "asked or supposed", 0)
    said = _AS_SAID.search(low)
    if said:
        who = text[said.start(said.lastindex or 0) : said.end(said.lastindex or 0)].strip()
        return Read(Stance.ATTRIBUTES, text[said.start() : said.end()], 0, attributed_to=who)
    doubt = _DOUBTFUL.search(text if len(text) == len(low) else low)
    words = doubt.group() if doubt else ""
    return Read(Stance.AFFIRMS, words, 0, doubt_at=doubt.start() if doubt else None)


def _first(table: tuple[tuple[Stance, re.Pattern[str]], ...], low: str) -> tuple[Stance, re.Match[str]] | None:
    for stance, pattern in table:
        match = pattern.search(low)
        if match:
            return stance, match
    return None


OPPOSITE = {Stance.AFFIRMS: Stance.DENIES, Stance.DENIES: Stance.AFFIRMS}


def towards(stance: Stance, *, holds: bool) -> Stance:
    """Turn a stance round for words that say the contrary of a proposition: denying "nobody was hurt" affirms hurt."""
    return stance if holds else OPPOSITE.get(stance, stance)
