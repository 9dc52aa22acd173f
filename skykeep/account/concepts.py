"""Words of this field that come to the same: attack and strike, drone and unmanned aircraft, respond and retaliate.

A table of alternatives, each a pattern over lower-case words. Patterns of several words stand before single ones. Every
gap is bounded, so reading takes time in proportion to the text.
"""

from __future__ import annotations

import re

TABLE: tuple[tuple[str, str], ...] = (
    # ---- several words -----------------------------------------------------------------------------------------
    ("life", (r"(?:attempt|attack|assault)(?:s|ed)? (?:on|against) (?:the )?(?:[\w'’-]{1,20} ){0,4}?(?:life|lives)\b"
             r"|attempt(?:s|ed)? to (?:kill|murder|assassinate)|tried to (?:kill|murder|assassinate)"
             r"|assassinat\w*(?: attempt)?")),
    ("terror", r"acts? of terror(?:ism)?|terror(?:ist|ism)? (?:act|attack|strike)s?|terror(?:ism|ists?)?"),
    ("nobody", r"no[ -]?one|nobody|no (?:people|persons?|casualties|injuries|deaths|victims|fatalities)|none"),
    ("unknown", (r"no (?:information|knowledge|idea|details?|data)|(?:do|does|did) ?n[o'’]t (?:have )?(?:any )?"
                r"(?:information|knowledge|know)|not (?:been )?(?:aware|informed|known)"
                r"|unaware|unknown|unclear|not clear"
                r"|(?:can ?not|could not|unable to) (?:confirm|verify)")),
    ("comment", r"no comment|(?:declin|refus)\w* to comment|not comment\w*"),
    ("stopped", (r"sh(?:ot|oot|ooting) down|brought down|taken down|took down|destroy\w*|foil\w*|intercept\w*"
                 r"|downed|warded off"
                r"|repel\w*|thwart\w*|neutrali[sz]\w*|avert\w*|disabled|suppress\w*|jammed")),
    ("unauthorised", (r"without (?:a |any )?(?:permission|permit|authori[sz]ation|licen[cs]e)"
                     r"|unauthori[sz]ed|unlicen[cs]ed|illegal\w*|unlawful\w*")),
    ("permit", r"permits?|permission|permitted|authori[sz]\w*|licen[cs]e\w*|approv\w*|exempt\w*|exceptions?"),
    ("eve", r"on the eve of|the day before|ahead of"),
    ("absent", (r"(?:was|were|is|been)(?: not|n[o'’]t) (?:in|at|on|there|present|inside|home)|not present|absent"
               r"|absence|away from")),
    ("drone", (r"unmanned (?:aerial |air |aircraft )?(?:aircraft|vehicles?|systems?)"
              r"|remotely piloted (?:aircraft|vehicles?)"
              r"|drones?|uavs?|uass?|rpas|quad(?:ro)?copters?|multi(?:ro|co)\w{2,6}")),
    ("police", r"law[ -]enforcement|police\w*|security services?"),
    ("fall", r"came down|come down|fell|fall|falls|falling|fallen|crash\w*|plunge\w*"),
    ("authorities", r"(?:government|state|public) (?:authorit|bod)\w+|authorit\w+|officials?"),
    # ---- one word ----------------------------------------------------------------------------------------------
    ("attack", r"(?:air)?strikes?|struck|striking|attack\w*|raid\w*|assault\w*|bombard\w*|hits?|hitting"),
    ("missile", r"missiles?|rockets?|projectiles?|shells?|munitions?"),
    ("know", r"information|knowledge|aware\w*|inform(?:ed|s)?|knows?|knew|known"),
    ("respond", r"respon[ds]\w*|retaliat\w*|repris\w*|counter-?measures?|counter-?attack\w*|answer\w*"),
    ("killed", r"kill\w*|dead|die[ds]?|deaths?|fatal\w*|slain|murder\w*"),
    ("hurt", r"injur\w*|hurt|wound\w*|casualt\w*|victims?|hospitali[sz]ed"),
    ("ban", r"bans?|bann\w*|prohibit\w*|forbid\w*|forbade|outlaw\w*|restrict\w*|ground(?:ed|ing)|suspen\w*"),
    ("deny", r"den(?:y|ies|ied|ying|ials?)|reject\w*|dismiss\w*|refut\w*|disput\w*|rebut\w*"),
    ("accuse", r"accus\w*|blam\w*|alleg\w*|claim\w*"),
    ("night", r"nights?|nightly|overnight|tonight|nighttime"),
    ("fragments", r"fragments?|debris|wreckage|shrapnel|remnants|remains"),
    ("fly", r"fl(?:y|ies|ew|own|ight|ights|ying|yovers?)|hover\w*|overfl\w*|airborne"),
    ("aim", r"aim\w*|target\w*|towards?"),
    ("free", r"free[ds]?|freeing|liberat\w*"),
    ("territory", r"territor\w*|lands?|soil"),
    ("other", r"others?|another|elsewhere"),
    ("explode", r"explo\w*|blasts?|detonat\w*|bangs?"),
    ("fire", r"fires?|blazes?|flames?|burn\w*|ablaze"),
    ("airport", r"airports?|airfields?|aerodromes?|runways?"),
    ("close", r"clos(?:e|es|ed|ing|ures?)|shut\w*|halt\w*"),
    ("seen", r"saw|see|seen|sight\w*|spott\w*|observ\w*|witness\w*|notic\w*|detect\w*"),
    ("search", r"investigat\w*|inquir\w*|enquir\w*|prob(?:e|es|ed|ing)|search\w*"),
    ("building", r"buildings?|residences?|palaces?|premises"),
    ("plan", r"plann\w*|deliberate\w*|intention\w*|premeditated"),
    ("use", r"us(?:e|es|ed|ing)|direct(?:s|ed|ing)?|employ(?:s|ed|ing)?"),
    ("damage", r"damag\w*|harm\w*|shatter\w*"),
    ("accident", r"accident\w*|mistak\w*|inadvertent\w*|unintention\w*"),
    ("passenger", r"passengers?|travell?ers?"),
    ("cancel", r"cancel\w*|divert\w*|delay\w*|postpon\w*|resched\w*"),
)  # fmt: skip

# One pattern with a named group for each concept: one pass over a text finds them all.
_ALL = re.compile(r"\b(?:" + "|".join(rf"(?P<{name}>(?:{pattern})\b)" for name, pattern in TABLE) + ")")


def lowered(text: str) -> str:
    """Lower case, each character in its place: "İ" would become two, and is left."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def found(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, concept) of every word or phrase of the table, in order and without overlap."""
    return [(m.start(), m.end(), m.lastgroup or "") for m in _ALL.finditer(lowered(text))]


def concepts(text: str) -> list[str]:
    """Return the concepts of a text in order."""
    return [name for _, _, name in found(text)]
