"""What one tick changed in the views: the objects, which tracks moved, and what is there no longer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import numpy as np

from skykeep.facts.personal import Name
from skykeep.views.livepositions import COLUMNS, Ints

Key = tuple[str, str]
"""Kind of an object, and its id as text."""
Recall = Callable[[str, str], msgspec.Struct | None]
"""Gives an object that left memory, as it was changed last; None where there never was one."""


class At(NamedTuple):
    """Where in the record a tick stands, and its time."""

    entry_index: int
    tick: int
    now_ns: int


def no_rows() -> Ints:
    return np.zeros((0, len(COLUMNS)), np.int64)


@dataclasses.dataclass(slots=True)
class Changes:
    """What became of one tick; objects are the ones that are kept, so whoever stores them does so before the next."""

    at: At
    objects: dict[Key, msgspec.Struct] = dataclasses.field(default_factory=dict)
    removed: list[Key] = dataclasses.field(default_factory=list)
    moved: list[Ints] = dataclasses.field(default_factory=list)  # rows of `livepositions.COLUMNS`
    gone: list[int] = dataclasses.field(default_factory=list)  # tracks that left the live table
    names: list[Name] = dataclasses.field(default_factory=list)

    def put(self, kind: str, object_id: object, changed: msgspec.Struct) -> None:
        """Note that an object changed."""
        self.objects[kind, str(object_id)] = changed

    def remove(self, kind: str, object_id: object) -> None:
        """Note that an object is there no longer."""
        key = kind, str(object_id)
        self.objects.pop(key, None)
        self.removed.append(key)
