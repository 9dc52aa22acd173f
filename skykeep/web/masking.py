"""Who sees which personal value: pseudonyms as whoever asks may see them, by power and by what was revealed.

    identity   serial, operator, session   watch: masked ("1588…18"), whole once revealed; others: the pseudonym;
                                           of manned aircraft the callsign is whole for the watch
    radio      address of the sender       the pseudonym, whole once revealed
    place      where an operator stands    the pseudonym, whole once revealed
    person     who acted                   staff: the name of the account; others: the pseudonym
    words      what people wrote           staff: the words; others: the pseudonym
    contact    who reported a drone        duty officers, auditors: whole; others: the pseudonym
    permit     holder, pilots, aircraft    permit officers: whole; watch: masked; others: the pseudonym

Revealing (`skykeep.web.revealed`) is by track: nothing that stands outside of a track is ever revealed. A value that
was erased from the record is a pseudonym for everybody.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from skykeep.facts.personal import Name, masked
from skykeep.rules.powers import Role
from skykeep.views import livemodels as models
from skykeep.web.caller import Caller

Names = Callable[[Iterable[str]], Mapping[str, Name]]
"""Gives what pseudonyms stand for, as far as the record still says so."""


CALLSIGN = "callsign"


class Sort(enum.Enum):
    """What kind of personal value a field holds."""

    IDENTITY = "identity"
    RADIO = "radio"
    PLACE = "place"
    PERSON = "person"
    WORDS = "words"
    PERMIT = "permit"
    CONTACT = "contact"


WATCH = frozenset({Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.SITE_SECURITY, Role.AUDITOR})
STAFF = WATCH | {Role.PUBLISHER, Role.PERMIT_OFFICER, Role.ADMIN}
CONTACTS = frozenset({Role.DUTY_OFFICER, Role.AUDITOR})
PERMITS = frozenset({Role.PERMIT_OFFICER})
FIELDS: dict[tuple[type[msgspec.Struct], str], Sort] = {
    (models.IdentityNow, "transmitter"): Sort.RADIO,
    (models.IdentityNow, "uas_id"): Sort.IDENTITY,
    (models.IdentityNow, "operator_id"): Sort.IDENTITY,
    (models.IdentityNow, "session_id"): Sort.IDENTITY,
    (models.PilotNow, "transmitter"): Sort.RADIO,
    (models.PilotNow, "place"): Sort.PLACE,
    (models.PresenceNow, "transmitter"): Sort.RADIO,
    (models.PresenceNow, "uas_id"): Sort.IDENTITY,
    (models.AlarmActNow, "person"): Sort.PERSON,
    (models.AlarmActNow, "reason"): Sort.WORDS,
    (models.IncidentActNow, "person"): Sort.PERSON,
    (models.IncidentActNow, "words"): Sort.WORDS,
    (models.IncidentActNow, "to_person"): Sort.PERSON,
    (models.IncidentNow, "holder"): Sort.PERSON,
    (models.SightingNow, "what"): Sort.WORDS,
    (models.SightingNow, "place"): Sort.WORDS,
    (models.SightingNow, "place_words"): Sort.WORDS,
    (models.SightingNow, "contact"): Sort.CONTACT,
    (models.ActNow, "person"): Sort.PERSON,
    (models.ActNow, "subject"): Sort.PERSON,  # where it is a person's
    (models.ActNow, "reason"): Sort.WORDS,
    (models.OverrideNow, "officer"): Sort.PERSON,
    (models.PermitNow, "holder"): Sort.PERMIT,
    (models.PermitNow, "pilots"): Sort.PERMIT,
    (models.PermitNow, "aircraft"): Sort.PERMIT,
    (models.PermitNow, "operators"): Sort.PERMIT,
    (models.PermitNow, "sessions"): Sort.PERMIT,
    (models.PermitNow, "contact"): Sort.PERMIT,
}
"""Every field of the interfaces that holds a pseudonym."""


class View(enum.Enum):
    """How much of a value somebody sees."""

    PSEUDONYM = "pseudonym"
    MASKED = "masked"
    WHOLE = "whole"


def view(sort: Sort, roles: Iterable[Role], *, revealed: bool) -> View:
    """Return how much somebody with these powers sees of a value."""
    held = frozenset(roles)
    if sort in {Sort.PERSON, Sort.WORDS}:
        return View.WHOLE if held & STAFF else View.PSEUDONYM
    if sort is Sort.CONTACT:
        return View.WHOLE if held & CONTACTS else View.PSEUDONYM
    if sort is Sort.PERMIT:
        return View.WHOLE if held & PERMITS else View.MASKED if held & WATCH else View.PSEUDONYM
    if not held & WATCH:
        return View.PSEUDONYM
    if revealed:
        return View.WHOLE
    return View.MASKED if sort is Sort.IDENTITY else View.PSEUDONYM


def is_public(who: models.IdentityNow) -> bool:
    """Whether a name is no secret: the callsign of a manned aircraft is made to be heard by everybody around."""
    return who.manned and who.id_kind == CALLSIGN


class Masking:
    """Shows things of the views as a caller may see them."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __call__(self, caller: Caller, thing: Any) -> Any:  # noqa: ANN401  # gives back what it gets
        """Return a thing as the caller may see it: the same struct, or itself where nothing in it is personal."""
        return self._shown(thing, caller, revealed=False)

    def pilot(self, caller: Caller, track_id: int, pilot: models.PilotNow) -> models.PilotNow:
        """Return where a track's operator says to be, as the caller may see it."""
        shown: models.PilotNow = self._shown(pilot, caller, revealed=track_id in caller.unmasked)
        return shown

    def _shown(self, thing: Any, caller: Caller, *, revealed: bool) -> Any:  # noqa: ANN401  # gives back what it gets
        if isinstance(thing, tuple | list):
            shown = [self._shown(each, caller, revealed=revealed) for each in thing]
            return thing if all(a is b for a, b in zip(shown, thing, strict=True)) else type(thing)(shown)
        if not isinstance(thing, msgspec.Struct):
            return thing
        if isinstance(thing, models.TrackNow):
            revealed = thing.track_id in caller.unmasked
        changed = {}
        for name in thing.__struct_fields__:
            before = getattr(thing, name)
            sort = FIELDS.get((type(thing), name))
            if sort is None:
                after = self._shown(before, caller, revealed=revealed)
            else:
                whole = name == "uas_id" and isinstance(thing, models.IdentityNow) and is_public(thing)
                after = self._valued(before, view(sort, caller.roles, revealed=revealed or whole))
            if after is not before:
                changed[name] = after
        return msgspec.structs.replace(thing, **changed) if changed else thing

    def _valued(self, held: str | tuple[str, ...] | None, how: View) -> str | tuple[str, ...] | None:
        """Return pseudonyms as what they stand for, or a part of it."""
        if not held or how is View.PSEUDONYM:
            return held
        known = self._names([held] if isinstance(held, str) else held)

        def value(pseudonym: str) -> str:
            name = known.get(pseudonym)
            if name is None:
                return pseudonym
            return name.value if how is View.WHOLE else masked(name.value)

        return value(held) if isinstance(held, str) else tuple(value(each) for each in held)
