"""The keys by which a station signs for officers: of one secret, held against the office's record."""

from __future__ import annotations

from skykeep.errors import Refused
from skykeep.ledger.note import Signer
from skykeep.station.keys import OFFICERS, PUT_BACK, Keys
from skykeep.station.office import Office


def signer(office: Office, keys: Keys, person: str) -> Signer:
    """Return the key of a person. The secret is made where no officer of the office signs by it.

    Raises Refused where it is not there, or is another, and an officer does.
    """
    if not living(office):
        keys.make(OFFICERS)
    require_own(office, keys)
    return keys.officer(_record_id(office), person)


def living(office: Office) -> dict[str, bytes]:
    """Return the public keys by which the station signs for officers now, by name; "" where a name was erased."""
    found = {}
    for public_key, fact in office.attested.items():
        if public_key not in office.dismissed:
            name = office.names.get(fact.officer)
            found["" if name is None else name.value] = public_key
    return found


def require_own(office: Office, keys: Keys) -> None:
    """Raise Refused where the secret is another than the one by which the station signs for officers of the office."""
    for person, public_key in living(office).items():
        if person and keys.officer(_record_id(office), person).verifier.public_key != public_key:
            raise Refused(
                f"{keys.directory / OFFICERS} is not the key by which the station signs for the officers of "
                f"{office.name}. {PUT_BACK}"
            )


def _record_id(office: Office) -> str:
    return office.name.rpartition("/")[2]
