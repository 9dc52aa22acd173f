"""The simulated town as a station's law, feeds and people: what `skykeep init --demo` adds."""

from __future__ import annotations

from pathlib import Path

from skykeep.errors import Unavailable
from skykeep.rules.powers import Role
from skykeep.sim import living_law, town
from skykeep.station.keeping import demooffice

SEED = 1
PARADE_AFTER_S = 600  # the parade's ban begins so long after the town was made
_S_NS = 1_000_000_000

PEOPLE: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("duty", (Role.DUTY_OFFICER,)),
    ("duty2", (Role.DUTY_OFFICER,)),  # the second pair of eyes
    ("field", (Role.FIELD_OFFICER,)),
    ("publisher", (Role.PUBLISHER,)),
    ("publisher2", (Role.PUBLISHER,)),
    ("permits", (Role.PERMIT_OFFICER,)),
    ("permits2", (Role.PERMIT_OFFICER,)),
    ("site", (Role.SITE_SECURITY,)),
    ("auditor", (Role.AUDITOR,)),
    ("pilot", (Role.PILOT,)),
)
"""Invented people, one or two for each power that a person can have."""

_TABLES = """
[law]
# All invented: town, zones, authority, permits. Nothing of this is law anywhere.
zones = ["law/zones.json"]
permits = ["law/permits.json"]
sensors = ["law/sensors.toml"]
emergency_legal_basis = "Invented Airspace Act, section 7 (SIMULATED)"
contact = "duty room of the invented town (SIMULATED)"
appeal_contact = "Invented Administrative Court, Example Street 1 (SIMULATED)"

[office]
record = "office"
keys = "office-keys"

[watch]
law_complete = true

[watch.watch.alarm_on_delays_s]
# Who lies about a serial number is heard twice before the radar has looked there in vain: a second or two decides.
identity_contradicted = 2.0

[web]
host = "127.0.0.1"
port = 8740
office_keys = ["{office_vkey}"]
status_lists = ["office.status"]
desk_phone = "ext. 4400 (invented)"

# What people can type instead of coordinates when they ask whether they may fly.
{places}
[[feed]]
name = "town"
kind = "simulator"
simulated = true

# What sensors send by HTTP, with a key: `skykeep people key DIR NAME` makes one, docs/how-to/use-the-api.md shows how.
[[feed]]
name = "pushed"
kind = "push"
"""


def tables() -> str:
    """Return what the configuration of such a station says of the town."""
    named = []
    for name, (east_m, north_m) in town.QUARTERS.items():
        lat_e7, lon_e7 = town.place_e7(east_m, north_m)
        place = f'name = "{name}"\nlat_deg = {lat_e7 / 1e7:.5f}\nlon_deg = {lon_e7 / 1e7:.5f}\n'
        named.append(f"[[public.place]]\n{place}")
    return _TABLES.replace("{places}", "\n".join(named))


def lay_out(home: Path, now_ns: int) -> str:
    """Lay the town's law and permit office into a station's directory; returns the key that `tables` names of it.

    What is there already is kept.
    """
    _lay_out_law(home / "law", now_ns)
    return demooffice.lay_out(home, home / "law" / "zones.json", now_ns)


def _lay_out_law(directory: Path, now_ns: int) -> None:
    """Write the town's zones, permits and sensors, in force from about now."""
    zones, permits = living_law.zones(now_ns + PARADE_AFTER_S * _S_NS), living_law.permits(now_ns)
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        for name, data in (("zones.json", zones), ("permits.json", permits), ("sensors.toml", living_law.sensors())):
            if not (directory / name).exists():
                (directory / name).write_bytes(data)
    except OSError as error:
        raise Unavailable(f"{directory} cannot be written: {error.strerror}") from error
