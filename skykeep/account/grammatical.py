"""Who says what by the tree of a sentence: the subject of a cue, and the clause or the object that hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from skykeep.account import attributions, cues
from skykeep.account.tree import Tree

_CLAUSES = ("ccomp",)
_SUBJECTS = ("nsubj", "csubj")
_RELATIVE = frozenset({"who", "whom", "which", "that", "what"})
_CLIMB_MAX = 8
_BODIES = frozenset({"PERSON", "ORG", "GPE", "NORP"})
_PEOPLE = frozenset({"he", "she", "they", "who"})
_APART_MAX = 2  # words from a verb to the "for" that makes it "call for"
_UNDONE = frozenset({"fail", "decline", "refuse", "forget", "neglect"})
_BY_NOBODY = attributions.NOBODY_VERBS | {
    *("expect", "know", "see", "view", "regard", "deem", "fear", "hope", "understand", "consider", "rumour", "rumor"),
}
_NOUNS = cues.NOUNS | {"remark", "comment", "promise", "pledge", "threat", "demand", "admission", "hint", "message"}
_WAYS = frozenset({"as", "of", "for", "with", "on"})
_IF = frozenset({"if", "unless"})
_ABOUT = frozenset({"about", "over", "at", "for", "of", "against", "with"})
_MORE = {  # frames that only a tree makes safe
    "ask": "v", "order": "v", "tell": "v", "promise": "o", "pledge": "o", "vow": "o", "announce": "g", "report": "g",
    "deny": "g", "admit": "g", "recall": "g", "describe": "g", "acknowledge": "g", "suggest": "g", "recommend": "g",
    "understand": "p", "consider": "p", "rumour": "p", "rumor": "p",
}  # fmt: skip
_NO_CLAIM = frozenset(
    {"mean", "show", "ensure", "prove", "make", "require", "see", "find", "feel", "help", "let", "have"}
)
FRAMES = {form.lemma: form.frames for known in cues.PHRASES.values() for _, form in known} | cues.VERBS
THOUGHT = frozenset({"believe", "think", "fear", "hope", "expect", "suspect", "know", "see", "decide"})  # not spoken


class Found(NamedTuple):
    """A statement as a tree shows it; all of it indices of words."""

    cue: tuple[int, ...]
    lemma: str
    content: tuple[int, ...]
    speaker: int | None  # the head of its phrase
    way: str  # by which pattern


def find(tree: Tree) -> Iterator[Found]:
    """Yield what the trees of a text show to be said, in the order of their cues."""
    for number, word in enumerate(tree.words):
        if word.pos in {"VERB", "AUX"}:
            yield from _verb(tree, number)
        if word.lemma in _NOUNS and word.pos == "NOUN":
            yield from _noun(tree, number)
        if tree.shown(number).lower() == "according":
            yield from _according(tree, number)


def _verb(tree: Tree, verb: int) -> Iterator[Found]:
    if _is_undone(tree, verb):
        return
    for lemma, frames, extra in _readings(tree, verb):
        passive = _is_passive(tree, verb)
        content, way = _of_passive(tree, verb, frames) if passive else _content(tree, verb, frames, extra)
        speaker = _agent(tree, verb) if passive else subject(tree, verb)
        if content and (passive or speaker is not None):  # who is to condemn it is not said to have done so
            yield Found((verb, *extra), lemma, tuple(content), speaker, way)
            return


def _is_undone(tree: Tree, verb: int) -> bool:
    """Return whether it is only asked of somebody ("asked about it, …"), or they fail or decline to say it."""
    form = cues.FORMS.get(tree.shown(verb).lower())
    loose = tree.words[verb].dep in {"advcl", "acl", "amod"} and not tree.of(verb, *_SUBJECTS, "aux")
    if loose and form is not None and form.form == cues.PAST:
        return True
    bare = form is not None and form.form == cues.BASE and not tree.of(verb, *_SUBJECTS, "aux")
    if bare and tree.words[verb].dep == "conj" and tree.words[tree.words[verb].head].lemma in _UNDONE:
        return True
    while tree.words[verb].dep == "conj" and tree.words[verb].head < verb:
        verb = tree.words[verb].head
    head = tree.words[tree.words[verb].head]
    return tree.words[verb].dep == "xcomp" and head.lemma in _UNDONE


def _readings(tree: Tree, verb: int) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield the cues that a verb may be, with what of its children belongs to it: "call for" before "call"."""
    lemma = tree.words[verb].lemma.lower()
    for child in tree.of(verb, "prep", "prt", "acomp", "dobj"):
        phrase = f"{lemma} {tree.shown(child).lower()}"
        if phrase in FRAMES and child - verb <= _APART_MAX:
            yield phrase, FRAMES[phrase], (child,)
    frames = FRAMES.get(lemma, "") + _MORE.get(lemma, "")
    if frames:
        yield lemma, frames, ()
    elif lemma not in _NO_CLAIM and _says_that(tree, verb):
        yield lemma, "t", ()


def _says_that(tree: Tree, verb: int) -> bool:
    """Return whether any verb at all has a subject that can speak and a clause with "that"."""
    who = [tree.words[each] for each in tree.of(verb, "nsubj")]
    clauses = [mark for each in tree.of(verb, *_CLAUSES) for mark in tree.of(each, "mark")]
    able = any(each.entity in _BODIES or each.lemma in _PEOPLE or each.pos == "NOUN" for each in who)
    return able and any(tree.shown(each).lower() == "that" for each in clauses)


def _content(tree: Tree, verb: int, frames: str, extra: tuple[int, ...]) -> tuple[list[int], str]:
    """Return what a verb says was said, and by which pattern: the first that its frames allow and that is there."""
    for allowed, pattern, way in _PATTERNS:
        content = pattern(tree, verb, extra) if any(frame in frames for frame in allowed) else []
        if content:
            return content, way
    return [], ""


def _clauses(tree: Tree, verb: int, _: tuple[int, ...]) -> list[int]:
    """Return the clauses that hang on a verb, without other statements that the parser hung on their end."""
    own = [one for one in tree.of(verb, *_CLAUSES) if not any(tree.shown(each) == ";" for each in range(one, verb))]
    return sorted(word for one in own for word in _clause(tree, verb, one))


def _clause(tree: Tree, verb: int, clause: int) -> list[int]:
    """Return a clause from its "that" on, if it has one: what stands before says how it was said."""
    words = tree.below(clause, without=_other_statements(tree, verb, clause))
    that = next((each for each in tree.of(clause, "mark") if tree.shown(each).lower() == "that"), None)
    return words if that is None else [each for each in words if each >= that]


def _other_statements(tree: Tree, verb: int, clause: int) -> Collection[int]:
    return [
        each
        for each in tree.of(clause, "conj")
        if each > verb and tree.words[each].lemma in FRAMES and (_has_clause(tree, each) or _goes_on(tree, each))
    ]


def _has_clause(tree: Tree, verb: int) -> bool:
    return bool(tree.of(verb, *_SUBJECTS) and tree.of(verb, *_CLAUSES))


def _goes_on(tree: Tree, verb: int) -> bool:
    """Return whether a cue without a subject goes on from the one above it: "warned" of "said it was so and warned"."""
    head = tree.words[tree.words[verb].head]
    form = cues.FORMS.get(tree.shown(verb).lower())
    alone = tree.words[verb].dep == "conj" and not tree.of(verb, *_SUBJECTS, "aux", "auxpass")
    past = form is not None and form.form == cues.PAST
    return alone and past and head.dep == "ccomp" and tree.words[head.head].lemma in FRAMES


def _around(tree: Tree, verb: int, _: tuple[int, ...]) -> list[int]:
    """Return all of a sentence in which a verb stands as an aside: "…, he said, …", "…, as he put it"."""
    word = tree.words[verb]
    as_he = any(tree.shown(each).lower() == "as" for each in tree.of(verb, "mark", "advmod"))
    aside = word.dep == "parataxis" or (word.dep == "advcl" and as_he)
    apart = any(tree.shown(each) == ";" for each in range(min(verb, word.head), max(verb, word.head)))
    return tree.below(word.head, without={verb}) if aside and not apart and tree.of(verb, *_SUBJECTS) else []


def _expressed(tree: Tree, verb: int, _: tuple[int, ...]) -> list[int]:
    """Return about what somebody voices outrage, hope and the like."""
    felt = [each for each in tree.of(verb, "dobj") if tree.words[each].lemma in cues.EXPRESSED | cues.NOUNS]
    ways = [way for each in (*felt, verb) for way in tree.of(each, "prep") if tree.shown(way).lower() in _ABOUT]
    clauses = [each for one in felt for each in tree.of(one, "acl", "ccomp")]
    about = [each for way in ways for each in tree.of(way, "pobj", "pcomp")] if felt else []
    return sorted({word for each in (*about, *clauses) for word in tree.below(each)})


def _infinitive(tree: Tree, verb: int, extra: tuple[int, ...]) -> list[int]:
    """Return "to do so" of "vowed to do so", and "the town to do so" of "urged, or called on, the town to do so"."""
    if not tree.of(verb, "xcomp"):
        return []
    asked = [word for one in extra for each in tree.of(one, "pobj") for word in tree.below(each)]
    return sorted([*asked, *_behind(tree, verb, ("dobj", "xcomp", "dative"))])


def _gerund(tree: Tree, verb: int, _: tuple[int, ...]) -> list[int]:
    """Return "hearing a blast" of "reported hearing a blast"."""
    heard = [each for each in tree.of(verb, "xcomp") if tree.shown(each).lower().endswith("ing")]
    return sorted(word for each in heard for word in tree.below(each))


def _named(tree: Tree, verb: int, _: tuple[int, ...]) -> list[int]:
    """Return what something is called, or of what somebody is accused; not of "a place called Quay"."""
    objects = tree.of(verb, "dobj")
    ways = [each for each in tree.of(verb, "prep") if each > verb and tree.shown(each).lower() in _WAYS]
    only_name = tree.words[verb].dep == "acl" and not tree.shown(verb).lower().endswith("ing")
    itself = any(tree.shown(each).lower().endswith(("self", "selves")) for each in objects)
    accused = bool(ways and objects) and tree.words[verb].lemma != "call"  # not "called a meeting for noon"
    taken_as = tree.words[verb].lemma not in {"see", "regard", "view"} and tree.of(verb, "oprd", "ccomp")
    if only_name or itself or not (accused or taken_as or len(objects) > 1):
        return []
    words = [word for each in ways for word in tree.below(each)]
    return sorted([*words, *_behind(tree, verb, ("dobj", "oprd", "ccomp", "xcomp"))])


def _objects(tree: Tree, verb: int, extra: tuple[int, ...]) -> list[int]:
    """Return what somebody condemns, denies, calls for; of "what he claims was …" all but the claiming."""
    objects = [each for one in extra for each in tree.of(one, "pobj", "pcomp")] or tree.of(verb, "dobj")
    ways = [each for each in tree.of(verb, "prep") if tree.shown(each).lower() in {"as", "with"}]
    if not objects or (tree.words[verb].lemma == "threaten" and not ways):
        return []
    if all(tree.shown(each).lower() in _RELATIVE for each in objects):
        return tree.below(tree.words[verb].head, without={verb}) if tree.words[verb].dep == "csubj" else []
    provided = [each for each in tree.of(verb, "advcl") if any(tree.shown(one) in _IF for one in tree.of(each, "mark"))]
    return sorted({word for each in (*objects, *ways, *provided) for word in tree.below(each)})


def _behind(tree: Tree, verb: int, deps: tuple[str, ...]) -> list[int]:
    """Return what hangs on a verb, behind it, by any of these relations."""
    return sorted(word for each in tree.of(verb, *deps) if each > verb for word in tree.below(each))


_PATTERNS = (  # frames of `cues`, what of the tree they ask for, its name
    ("ctqax", _clauses, "clause"),
    ("c", _around, "inserted"),
    ("e", _expressed, "expressed"),
    ("vxn", _infinitive, "infinitive"),
    ("g", _gerund, "gerund"),
    ("xks", _named, "names"),
    ("o", _objects, "object"),
)


def _is_passive(tree: Tree, verb: int) -> bool:
    return bool(tree.of(verb, "auxpass", "nsubjpass"))


def _of_passive(tree: Tree, verb: int, frames: str) -> tuple[list[int], str]:
    """Return what of "it was reported that …", "the attack was condemned by …", "they are thought to …" was said."""
    subjects = tree.of(verb, "nsubjpass")
    it = bool(subjects) and all(tree.shown(each).lower() == "it" for each in subjects)
    if any(frame in frames for frame in "cta") and (it or any(each > verb for each in tree.of(verb, *_CLAUSES))):
        return _clauses(tree, verb, ()), "passive clause"
    agent = _agent(tree, verb) is not None
    whole = tree.of(verb, "xcomp", "oprd") or "x" in frames or (agent and "o" in frames)
    if subjects and whole and (agent or tree.words[verb].lemma in _BY_NOBODY):
        return sorted([*tree.below(subjects[0]), *_behind(tree, verb, ("xcomp", "oprd", "prep"))]), "passive"
    return [], ""


def _agent(tree: Tree, verb: int) -> int | None:
    return next((one for agent in tree.of(verb, "agent") for one in tree.of(agent, "pobj")), None)


def subject(tree: Tree, verb: int) -> int | None:
    """Return the head of the phrase that says who does what a verb says; None: it is not said."""
    for step in range(_CLIMB_MAX):
        word = tree.words[verb]
        own = tree.of(verb, *_SUBJECTS) or (tree.of(verb, "nsubjpass") if step else [])
        if own:
            return word.head if tree.words[own[0]].lemma in _RELATIVE and word.dep == "relcl" else own[0]
        if word.head == verb:
            return None
        if word.dep in {"acl", "relcl"}:
            return _author(tree, word.head)
        if word.dep == "xcomp" and tree.of(word.head, "dobj"):
            return tree.of(word.head, "dobj")[0]
        if _goes_on(tree, verb):
            verb = word.head
        quoted = _quoted(tree, verb)
        if quoted is not None:
            return quoted
        if word.dep not in {"conj", "xcomp", "advcl", "pcomp", "prep", "dep", "ccomp"}:
            return None
        verb = tree.words[verb].head
    return None


def _quoted(tree: Tree, verb: int) -> int | None:
    """Return whom somebody cites "as saying" it."""
    way = tree.words[verb].head
    if tree.words[verb].dep != "pcomp" or tree.shown(way).lower() != "as":
        return None
    return next(iter(tree.of(tree.words[way].head, "dobj", "nsubjpass")), None)


def _author(tree: Tree, noun: int) -> int:
    """Return who issued "a statement calling …", where the sentence says so, else the statement itself."""
    word = tree.words[noun]
    if word.dep == "dobj" and word.head != noun:
        return subject(tree, word.head) or noun
    return noun


def _noun(tree: Tree, noun: int) -> Iterator[Found]:
    """Yield "X's claim that …"."""
    owners = tree.of(noun, "poss")
    clause = [each for each in tree.of(noun, "acl", "ccomp") if tree.of(each, "mark")]
    about = [each for each in tree.of(noun, "prep") if tree.shown(each).lower() in {"of", "about", "against"}]
    if clause:
        yield Found(
            (noun,), tree.words[noun].lemma, tuple(tree.below(clause[0])), owners[0] if owners else None, "noun"
        )
    elif owners and about:
        content = [word for each in about for one in tree.of(each, "pobj", "pcomp") for word in tree.below(one)]
        yield Found((noun,), tree.words[noun].lemma, tuple(sorted(content)), owners[0], "noun about")


def _according(tree: Tree, number: int) -> Iterator[Found]:
    """Yield "according to X, …": all of its clause but that."""
    to = next((each for each in tree.children[number] if tree.shown(each).lower() == "to"), None)
    who = [] if to is None else tree.of(to, "pobj")
    head = tree.words[number].head
    for _ in range(_CLIMB_MAX):
        if tree.words[head].pos not in {"VERB", "AUX"}:
            head = tree.words[head].head
    if to is not None and who and head != number:
        yield Found((number, to), "according to", tuple(tree.below(head, without={number})), who[0], "according to")
