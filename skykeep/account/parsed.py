"""What an optional model of language adds: the grammar of a text, and how alike two texts are.

Both are answered by a library above the line (`station`). Without them everything here works by rules alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Word(NamedTuple):
    """One token of a text with its place in the sentence's tree (Universal Dependencies as spaCy names them)."""

    start: int  # code points of the text
    end: int
    lemma: str
    pos: str  # "VERB", "PROPN" ...
    dep: str  # "nsubj", "ccomp" ...
    head: int  # index of the word that it hangs on; its own: the root of its sentence
    entity: str  # "PERSON", "ORG", "GPE" ...; "": none


class Grammar(Protocol):
    """Reads the grammar of a text."""

    def words(self, text: str) -> list[Word]:
        """Return the words of a text in order."""
        ...


class Likeness(Protocol):
    """Says how alike sentences are in meaning."""

    def alike(self, ones: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
        """Return (n, m) cosines from -1 to 1."""
        ...
