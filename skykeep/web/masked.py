"""What somebody may see of a thing: personal values stand as pseudonyms unless a power and a reason reveal them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from litestar import Request

from skykeep.web.admitting import caller_of
from skykeep.web.caller import Caller
from skykeep.web.masking import Masking

Thing = TypeVar("Thing")
Mask = Callable[[Caller, Any], Any]
"""Gives a thing as a caller may see it, as the same struct."""


def as_it_is(_caller: Caller, thing: Thing) -> Thing:
    """Return a thing as the views hold it: pseudonyms where something is personal."""
    return thing


def shown(request: Request[Any, Any, Any], thing: Thing) -> Thing:
    """Return a thing as whoever asks may see it."""
    mask: Mask = request.app.state.get("mask", as_it_is)
    found: Thing = mask(caller_of(request), thing)
    return found


def shown_pilot(request: Request[Any, Any, Any], track_id: int, thing: Thing) -> Thing:
    """Return a thing of a track, with its operator's place in a field `pilot`, as whoever asks may see it."""
    mask, pilot = request.app.state.get("mask", as_it_is), getattr(thing, "pilot", None)
    if pilot is None or not isinstance(mask, Masking):
        return thing
    seen = mask.pilot(caller_of(request), track_id, pilot)
    return msgspec.structs.replace(thing, pilot=seen)  # type: ignore[type-var]  # what has a pilot is a struct


def shown_all(request: Request[Any, Any, Any], things: Iterable[Thing]) -> list[Thing]:
    mask: Mask = request.app.state.get("mask", as_it_is)
    caller = caller_of(request)
    return [mask(caller, thing) for thing in things]
