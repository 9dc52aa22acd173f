"""Permit offices for the tests: the invented town's zones, officers with keys, applications, acts at given hours."""

import json

from skykeep.facts.granting import Step
from skykeep.ledger.note import Signer
from skykeep.sim import town
from skykeep.station import officeacts
from skykeep.station.keys import Keys

S = 1_000_000_000
HOUR = 3_600 * S
T0 = 1_780_000_000 * S
AUTHORITY = "Invented: Office for the Town's Sky (SIMULATED)"
HARBOUR_MASTER = "Invented: Harbour Master (SIMULATED)"
SERIAL, OPERATOR = "S1M08PARCEL03", "XSMparcel0000033-s3m"
OTHER_SERIAL = "S1M08SURVEY01"


def signer(name):
    return Signer.from_seed(name, name.encode().ljust(32, b".")[:32])


ANNA, BORIS, CLARA, ALICE = (signer(f"{name}.example") for name in ("anna", "boris", "clara", "alice"))


def zones(path, change=lambda _features: None):
    """Write the town's zones, changed, as an ED-269 file."""
    document = json.loads(town.zones(T0 + 400 * 24 * HOUR))
    change(document["features"])
    path.write_text(json.dumps(document))
    return path


def of_harbour_master(features):
    for feature in features:
        if feature["identifier"] == town.HARBOUR:
            feature["zoneAuthority"][0]["name"] = HARBOUR_MASTER


def volume(east_m=1350, north_m=150, radius_m=320, start_h=1, end_h=3):
    lat_e7, lon_e7 = town.place_e7(east_m, north_m)
    return {
        "area": {"center": [lon_e7 / 1e7, lat_e7 / 1e7], "radius_m": radius_m},
        "floor": {"value_m": 0, "datum": "agl"},
        "ceiling": {"value_m": 120, "datum": "agl"},
        "from": town.iso(T0 + start_h * HOUR),
        "until": town.iso(T0 + end_h * HOUR),
    }


def application(*volumes, **changed):
    said = {
        "holder": "Parcel trial", "pilots": ["Pia Pilot"], "aircraft": [SERIAL], "operators": [OPERATOR],
        "purpose": "delivery", "contact": "+00 123456", "volumes": list(volumes) or [volume()],
    }  # fmt: skip
    return json.dumps({"application": said | changed}, ensure_ascii=False).encode()


class Desk:
    """An office in a directory, acted in hour by hour; negative hours lie before the story's start."""

    def __init__(self, place, change=lambda _features: None, authority=AUTHORITY):
        self.path, self.keys = place / "office", Keys(place / "keys")
        self.vkey = officeacts.found(self.path, self.keys, T0 - 48 * HOUR, name="town", authority=authority)
        with self.at(-47) as office:
            office.publish([zones(place / "zones.json", change)])
            for officer in (ANNA, BORIS):
                office.enrol(officer.verifier.vkey, authority)

    def at(self, hour):
        return officeacts.writing(self.path, self.keys, T0 + round(hour * HOUR))

    def apply(self, data=None, hour=-24, **rest):
        with self.at(hour) as office:
            return office.apply(data or application(), **rest)

    def step(self, step, by, permit_id="P-2026-001", hour=-12, reason="because"):
        with self.at(hour) as office:
            return office.step(permit_id, step, signer=by, reason=reason)

    def granted(self, data=None, hour=-24, **rest):
        """Apply, recommend and grant; return the case."""
        permit_id = self.apply(data, hour, **rest).case.permit_id
        self.step(Step.RECOMMEND, ANNA, permit_id, hour)
        return self.step(Step.GRANT, BORIS, permit_id, hour)
