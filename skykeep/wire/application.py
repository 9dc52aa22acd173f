"""An application for a permit: a JSON file with one object, told as a permit is, before anybody has granted it.

    {"application": {"holder": "Bridge inspection office", "pilots": ["A. Example"],
      "aircraft": ["1581F4BRDGE000000001"], "operators": ["FIN87astrdge12k8-xyz"], "volumes": [...],
      "category": "specific", "mode": "vlos", "uas_class": "C2", "identification_technologies": ["direct Remote ID"],
      "connectivity": ["cellular"], "endurance_min": 28, "emergency_procedure": "Returns to where it took off"}}

The keys are those of a permit (docs/reference/formats/permits.md) without what only an office can say: id, version,
grant, consents, issuer, revocation. Here a serial number that is not CTA-2063-A, and an operator id whose form or check
character is not EN 4709-002's, are refused: whoever applies is still there to correct them.

EU 2021/664 Annex IV asks for more than the law needs to give a verdict. What is not stated of it does not refuse the
file; `lacking` names it, so that an officer can ask.
"""

from __future__ import annotations

import dataclasses
import hashlib

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import PermitEnacted
from skykeep.facts.personal import Names
from skykeep.wire.jsontext import BOM, Json, kind, read_object
from skykeep.wire.permits import ASKED_KEYS, PermitFault, PermitReport, annex, asked_permit, identity_doubts, object_of

BYTES_MAX = 5_000_000

_WHERE = "application"
ANNEX_IV = (  # each number of Annex IV, and the keys of which one answers it
    ("serial number of the aircraft", ("aircraft", "registrations")),
    ("mode of operation (vlos, bvlos)", ("mode",)),
    ("category of operation", ("category",)),
    ("class or type certificate of the aircraft", ("uas_class", "type_certificate")),
    ("identification technology", ("identification_technologies",)),
    ("connectivity methods", ("connectivity",)),
    ("endurance", ("endurance_min",)),
    ("procedure for a lost command and control link", ("emergency_procedure",)),
    ("registration number of the operator", ("operators",)),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Application:
    """An application as it was read."""

    asked: PermitEnacted  # what would be granted, with the id, version and moment that the office gave it
    annex: dict[str, Json]  # the Annex IV keys that the permit does not hold: skykeep.wire.permits.ANNEX_KEYS
    lacking: tuple[str, ...]  # what Annex IV asks for and the application does not say, in words
    doubts: tuple[PermitReport, ...]


def read(data: bytes, names: Names, *, permit_id: str, version: int, received_ns: int) -> Application:
    """Return the application of a file under the id that the office gives it; Malformed with the place of a fault.

    Until it is granted, `asked.granted_at_ns` is the moment of receipt; `asked.application_sha256` is the file's.
    """
    if len(data) > BYTES_MAX:
        raise Malformed(f"{len(data)} bytes; an application may have {BYTES_MAX}")
    file = read_object(data.removeprefix(BOM), unique=True)
    object_of("the file", file, ("application", "$schema"))
    if not isinstance(file.get(_WHERE), dict):
        raise Malformed(f'{kind(file.get(_WHERE))} where {{"application": {{…}}}} belongs')
    of = object_of(_WHERE, file[_WHERE], ASKED_KEYS)
    for where, doubt in identity_doubts(_WHERE, of):
        raise PermitFault(where, f"{where}: {doubt}")
    doubts: list[PermitReport] = []
    try:
        asked = asked_permit(_WHERE, permit_id, of, names, doubts)
    except PermitFault as error:
        raise PermitFault(error.where, f"{error.where}: {error}") from error
    asked = msgspec.structs.replace(
        asked, version=version, granted_at_ns=received_ns, application_sha256=hashlib.sha256(data).hexdigest()
    )
    lacking = tuple(what for what, keys in ANNEX_IV if not any(of.get(key) for key in keys))
    return Application(asked=asked, annex=annex(_WHERE, of), lacking=lacking, doubts=tuple(doubts))
