"""The credentials and the status list of a permit office, made from its record and signed with its key.

Nothing of them is kept: the same record makes the same bytes each time, and none once a person in it was erased.
"""

from __future__ import annotations

from collections.abc import Iterable

from skykeep.errors import Refused
from skykeep.facts.granting import State
from skykeep.ledger.note import Signer
from skykeep.rules.lifecycle import article
from skykeep.station import credential
from skykeep.station.keys import Keys
from skykeep.station.office import Case, Office
from skykeep.wire.credential import Claims, S, shown
from skykeep.wire.statuslist import StatusList, packed

LIST_PREFIX = "urn:skykeep:status:"
_WITHDRAWN = (State.SUSPENDED, State.REVOKED, State.ENDED)


def text(office: Office, case: Case, keys: Keys) -> str:
    """Return the credential of a granted permit, as a QR code holds it."""
    return credential.issue(claims(office, case), signer(office, keys))


def jws(office: Office, case: Case, keys: Keys) -> str:
    """Return the same claims as a JWT."""
    return credential.as_jws(claims(office, case), signer(office, keys))


def status(office: Office, at_ns: int, keys: Keys) -> bytes:
    """Return the signed status list as of a moment; raises Refused for one before the office's last act."""
    if at_ns < office.now_ns:
        was = credential.moment(office.now_ns // S)
        raise Refused(f"this office acted at {was} already, and its time never runs backwards; set the clock right")
    return credential.issue_status(status_list(office, at_ns), signer(office, keys))


def signer(office: Office, keys: Keys) -> Signer:
    """Return the office's own key; raises Refused where these keys are another's."""
    found = keys.signer(office.name.rpartition("/")[2])
    if found.verifier.public_key != office.public_key:
        raise Refused(f"these keys do not sign for {office.name}; name the office's own with --keys")
    return found


def list_name(office: Office) -> str:
    """Return the name of an office's status list, which each of its credentials gives."""
    return LIST_PREFIX + office.name.rpartition("/")[2]


def status_list(office: Office, at_ns: int) -> StatusList:
    """Return which of the credentials issued so far are withdrawn, as of a moment."""
    flags = [True] * office.issued
    for case in office.cases.values():
        if case.granted is not None:
            flags[case.status_index] = case.state in _WITHDRAWN or office.replaced(case)
    return StatusList(name=list_name(office), issued_s=at_ns // S, bits=packed(flags))


def claims(office: Office, case: Case) -> Claims:
    """Return what the credential of a granted permit says; raises Refused before it is granted, or once erased."""
    permit = case.granted
    if permit is None:
        raise Refused(f"{case.permit_id} is {article(case.state)}: a credential is made when it is granted")
    volumes = tuple(shown(part) for part in permit.volumes)
    by = case.steps[0].public_key
    return Claims(
        issuer=office.name,
        permit_id=permit.permit_id,
        version=permit.version,
        expires_s=max(part.end_ns for part in volumes) // S,
        not_before_s=min(part.start_ns for part in volumes) // S,
        issued_s=permit.granted_at_ns // S,
        holder_key=by if by not in office.public_keys else None,
        status_index=case.status_index,
        status_list=list_name(office),
        operators=_values(office, permit.operators),
        pilots=_values(office, permit.pilots),
        aircraft=_values(office, permit.aircraft),
        sessions=_values(office, permit.sessions),
        holder=next(iter(_values(office, (permit.holder,) if permit.holder else ())), None),
        volumes=volumes,
        volumes_left_out=0,
        volumes_sha256=None,
        zones=tuple((pin.zone_id, pin.version) for pin in permit.zones),
        purpose=permit.purpose,
        condition_codes=permit.condition_codes,
        conditions_in_words=len(permit.conditions),
        state_flight=permit.state_flight,
        contact=next(iter(_values(office, (permit.contact,) if permit.contact else ())), None),
        log_index=case.granted_entry,
    )


def _values(office: Office, pseudonyms: Iterable[str]) -> tuple[str, ...]:
    values = [office.value(pseudonym) for pseudonym in pseudonyms]
    if None in values:
        raise Refused("somebody whom this permit names was erased from the record: no credential can be made of it")
    return tuple(value for value in values if value is not None)
