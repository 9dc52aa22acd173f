"""The configuration of a station: `skykeep.toml` in its directory; unknown keys are refused, secrets are file names.

    DIR/skykeep.toml    this file
    DIR/record/         the record
    DIR/keys/           the record's keys, readable by the station's user only
    DIR/secrets/        other secrets, a file each
    DIR/people.db       accounts, tokens, devices, sessions: hashes, and the secrets of second factors
    DIR/views.db        made from the record, by `skykeep rebuild` once more
    DIR/run/            the local socket
    DIR/tls/            certificates
    DIR/quarantine/     ticks that the watch could not step, until they are in the record

Paths in the file are relative to its directory. Each table is told by the struct of its name here or in the module
that uses it; docs/reference/station-settings.md is made of them.
"""

from __future__ import annotations

import stat
import sys
import tomllib
from pathlib import Path

import msgspec

from skykeep.errors import Refused, Unavailable
from skykeep.station.checklistconfig import ChecklistConfig
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.keeping.config import BackupConfig, RetentionConfig
from skykeep.station.outlets.config import CotConfig, NotifyConfig
from skykeep.station.publicconfig import PublicConfig
from skykeep.station.settings import Settings, check
from skykeep.station.webconfig import OidcConfig, PeopleConfig, WebConfig

FILE = "skykeep.toml"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class LawConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[law]`: what is in force when the station begins; more is published while it runs."""

    zones: list[str] = []  # zone files, of any known format
    permits: list[str] = []  # permit files
    offices: list[str] = []  # records of permit offices: what they grant and revoke holds within a second
    terrain: list[str] = []  # ground heights, GeoTIFF or HGT
    sensors: list[str] = []  # sensor files: where sensors stand, what they see
    issuing_body: str = ""  # who issues emergency zones; "": the name of the station
    emergency_legal_basis: str = ""  # by which words of which law; stands in each of them
    contact: str = ""  # whom to ask about them
    appeal_contact: str = ""  # where to appeal against them


class OfficeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[office]`: a permit office in which people of this station act; the station signs for who is signed in."""

    record: str = ""  # directory of its record; "": none, and what offices in [law] grant is followed all the same
    keys: str = "office-keys"  # directory of its secret keys, readable by the station's user only
    status: str = "office.status"  # where its signed list of withdrawn permits is written


class HealthConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[health]`: from when on something is not well."""

    disk_min_bytes: int = 2_000_000_000  # less than this free on the record's disk
    silent_s: float = 30.0  # a sensor that sent before is silent for so long, unless its file gives a period
    clock_step_max_ms: int = 500  # the system's clock moved against our own by more than this
    overrun_ticks_max: int = 3  # ticks in a row that end later than the next begins
    terrain_expected: bool = True  # an alarm where law is above the ground and no ground heights are loaded for it
    verify_interval_s: float = 3600.0  # how often the record verifies itself, as far as it has grown


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `skykeep.toml`."""

    name: str = "Skykeep"  # of the station, as people know it
    place: str = ""  # what it keeps the sky over, in words
    law: LawConfig = LawConfig()
    office: OfficeConfig = OfficeConfig()
    watch: Settings = Settings()  # what a run can be set; docs/reference/settings.md
    health: HealthConfig = HealthConfig()
    feed: list[FeedConfig] = []
    web: WebConfig = WebConfig()
    people: PeopleConfig = PeopleConfig()
    oidc: OidcConfig | None = None
    public: PublicConfig = PublicConfig()
    notify: NotifyConfig = NotifyConfig()
    cot: list[CotConfig] = []
    retention: RetentionConfig = RetentionConfig()
    backup: BackupConfig = BackupConfig()
    checklist: list[ChecklistConfig] = []

    @property
    def offices(self) -> list[str]:
        """Records of all permit offices whose acts hold here, the station's own among them."""
        own = self.office.record
        return [*self.law.offices, *([own] if own and own not in self.law.offices else [])]


class Home:
    """A station's directory, and what lies where in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / FILE
        self.record = path / "record"
        self.keys = path / "keys"
        self.secrets = path / "secrets"
        self.people = path / "people.db"
        self.views = path / "views.db"
        self.run = path / "run"
        self.socket = path / "run" / "station.sock"
        self.tls = path / "tls"
        self.quarantine = path / "quarantine"

    def at(self, name: str) -> Path:
        """Return the path that the configuration names, relative to the directory."""
        return self.path / name

    def secret(self, name: str) -> str:
        """Return a secret from the file that the configuration names; raises Refused where it is not there."""
        try:
            if sys.platform != "win32" and self.at(name).stat().st_mode & _OTHERS:
                raise Refused(f"secret {self.at(name)} may be read by others than its owner; chmod 600 it, and make a "
                              "new one if it was")  # fmt: skip
            return self.at(name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"secret {self.at(name)} cannot be read: {error}; write it there, owner-readable") from error


def load(home: Home) -> Config:
    """Return the configuration of a station; raises Refused with the key that is wrong."""
    try:
        text = home.file.read_text("utf-8")
    except FileNotFoundError as error:
        raise Refused(
            f"{home.path} is no station, it has no {FILE}: make one with `skykeep init {home.path}`"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"{home.file} cannot be read: {error}") from error
    try:
        config = msgspec.convert(tomllib.loads(text), Config)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Refused(f"{home.file}: {error}") from error
    check(config.watch)
    return config
