"""`[[checklist]]` of a station's configuration: what an officer does when an alarm of one kind comes, step by step."""

from __future__ import annotations

import msgspec


class StepConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[checklist.step]]`: one thing to do; a tick is a note of the incident, so its words stand in the record."""

    words: str  # what is to be done
    detail: str = ""  # with whom, by which number: stands below it, and not in the record


class ChecklistConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[checklist]]`: the steps for alarms of some kinds; without any there are plain ones that fit every city."""

    about: list[str]  # reasons of alarms, such as "not_permitted" or "site_approach"; "" is every one that has no other
    name: str  # as people know it
    step: list[StepConfig] = []
