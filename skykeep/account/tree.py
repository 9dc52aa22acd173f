"""The words of a text as trees: what hangs on a word, and where all of it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from skykeep.account.parsed import Word
from skykeep.facts.claimed import Span

_LOOSE = frozenset(" \t\r\n\f\v,;:.!?\"“”„«»'‘’–—-(")  # what a statement neither begins nor ends with


class Tree:
    """The sentences of one text; words are named by their index, and heads are indices of words."""

    def __init__(self, text: str, words: Sequence[Word]) -> None:
        self.text = text
        self.words = _uncircled(words)
        self.children = _children(self.words)

    def shown(self, number: int) -> str:
        """Return a word as it stands in the text."""
        return self.text[self.words[number].start : self.words[number].end]

    def of(self, number: int, *deps: str) -> list[int]:
        """Return what hangs on a word by one of these relations, in order."""
        return [each for each in self.children[number] if self.words[each].dep in deps]

    def below(self, number: int, without: Collection[int] = ()) -> list[int]:
        """Return a word and all that hangs on it, in order; words `without` are left out, with what hangs on them."""
        found: list[int] = []
        waiting = [number]
        while waiting:
            each = waiting.pop()
            if each not in without:
                found.append(each)
                waiting += self.children[each]
        return sorted(found)

    def spans(self, numbers: Iterable[int]) -> list[Span]:
        """Return where words stand: neighbours make one stretch, without the marks around it."""
        runs: list[list[int]] = []
        for number in numbers:
            if runs and runs[-1][1] == number - 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        stretches = [self.stretch(self.words[first].start, self.words[last].end) for first, last in runs]
        return [span for span in stretches if span is not None]

    def stretch(self, start: int, end: int) -> Span | None:
        """Return a stretch of the text without the marks around it; None: it is nothing but marks."""
        while start < end and self.text[start] in _LOOSE:
            start += 1
        while end > start and self.text[end - 1] in _LOOSE:
            end -= 1
        return Span(start, end) if start < end else None


def _children(words: Sequence[Word]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in words]
    for number, word in enumerate(words):
        if word.head != number:
            found[word.head].append(number)
    return found


def _uncircled(words: Sequence[Word]) -> list[Word]:
    """Return the words, those that hang on no root made roots: so nobody who climbs goes round in a circle."""
    children = _children(words)
    waiting = [number for number, word in enumerate(words) if word.head == number]
    hung = [False] * len(words)
    while waiting:
        number = waiting.pop()
        hung[number] = True
        waiting += children[number]
    return [word if hung[number] else word._replace(head=number) for number, word in enumerate(words)]
