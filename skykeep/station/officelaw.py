"""A permit office's permits for a watch: the same acts at the same times, persons under the watch's own pseudonyms.

A permit names persons by pseudonyms under the office's key. The values beside them are read and given the pseudonyms
of the record that the watch writes. Of somebody who was erased only the office's pseudonym is left, which matches
nothing that a watch hears: the permit stays, and permits that person nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import msgspec

from skykeep.facts import codec
from skykeep.facts.enacted import PermitEnacted, PermitRevoked
from skykeep.facts.personal import Name, Names
from skykeep.ledger.tick import LeafKind
from skykeep.station.office import reading
from skykeep.station.run import bodies
from skykeep.station.store import Store


@dataclasses.dataclass(frozen=True, slots=True)
class OfficeLaw:
    """What an office enacted, and a hash over it as it stands in the office's record."""

    permits: list[PermitEnacted]
    revocations: list[PermitRevoked]
    erased: list[str]  # permits of which somebody was erased
    sha256: str


def load(path: Path, names: Names) -> OfficeLaw:
    """Read an office's acts; raises Refused where it is none, Corrupt where a step in it does not hold."""
    with reading(path) as office:
        known = office.names
    with Store.open(path, read_only=True) as store:
        acts = [body for row in store.rows() for body in bodies(row, LeafKind.FACT) if _is_act(body)]
    told = OfficeLaw([], [], [], hashlib.sha256(b"".join(acts)).hexdigest())
    for act in map(codec.decode_trusted, acts):
        if isinstance(act, PermitEnacted):
            told.permits.append(_permit(act, known, names))
            if any(person not in known for person in _persons(act)):
                told.erased.append(act.permit_id)
        elif isinstance(act, PermitRevoked):
            officer = None if act.officer is None else _under(act.officer, known, names)
            told.revocations.append(msgspec.structs.replace(act, officer=officer))
    return told


def _is_act(body: bytes) -> bool:
    return isinstance(codec.decode_trusted(body), PermitEnacted | PermitRevoked)


def _persons(permit: PermitEnacted) -> tuple[str, ...]:
    return (*permit.pilots, *permit.aircraft, *permit.operators, *permit.sessions)


def _permit(permit: PermitEnacted, known: dict[str, Name], names: Names) -> PermitEnacted:
    def several(persons: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_under(person, known, names) for person in persons)

    return msgspec.structs.replace(
        permit,
        holder=None if permit.holder is None else _under(permit.holder, known, names),
        contact=None if permit.contact is None else _under(permit.contact, known, names),
        pilots=several(permit.pilots),
        aircraft=several(permit.aircraft),
        operators=several(permit.operators),
        sessions=several(permit.sessions),
        consents=tuple(
            msgspec.structs.replace(one, officer=_under(one.officer, known, names)) for one in permit.consents
        ),
    )


def _under(pseudonym: str, known: dict[str, Name], names: Names) -> str:
    """Return what stands for the same person in another record; the old pseudonym where the person was erased."""
    name = known.get(pseudonym)
    return pseudonym if name is None else names.pseudonym(name.kind, name.value)
