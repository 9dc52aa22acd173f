"""What `skykeep doctor` looks at: machine, disk, clock, secrets, ports, certificates, law, record."""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import errno
import os
import shutil
import socket
import sqlite3
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography import x509

from skykeep.errors import Corrupt, Refused
from skykeep.station import pseudonymkey, rotating
from skykeep.station.config import Home
from skykeep.station.database import DATABASE
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.keeping import named
from skykeep.station.keeping.checkup import Check, Found, Looked, fail, ok, others_may, warn
from skykeep.station.keeping.copying import made_at_ns, made_copies
from skykeep.station.keeping.groundcheck import ground
from skykeep.station.keeping.hearing import hearing
from skykeep.station.keeping.officecheck import office
from skykeep.station.keys import NEXT, PSEUDONYMS, SIGNING, Keys
from skykeep.station.store import Store
from skykeep.station.verify import check as verify_record

PYTHON_MIN = (3, 11)
FSYNC_TRIES = 20
FSYNC_SLOW_MS = 50.0  # a commit waits for it ten times a second
FILES_MIN = 1024  # descriptors: a socket for each client and sensor
CERTIFICATE_WARN_DAYS = 30
SILENT_DAYS = 1.0
AHEAD_S = 60  # the station writes while it is looked at
_STA_UNSYNC = 0x40  # linux/timex.h
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def python(_looked: Looked) -> Iterator[Found]:
    """The interpreter, and whether the record's database is new enough."""
    version = sys.version_info[:3]
    text = f"Python {'.'.join(map(str, version))}, SQLite {sqlite3.sqlite_version}"
    if version < PYTHON_MIN:
        yield fail("python", text, "install Python 3.11 or later")
    elif sqlite3.sqlite_version_info < (3, 37):
        yield fail("python", text, "its SQLite lacks STRICT tables: install a Python with SQLite 3.37 or later")
    else:
        yield ok("python", text)


def disk(looked: Looked) -> Iterator[Found]:
    """Room on the record's disk, and how long it takes to keep a thing for certain."""
    free = shutil.disk_usage(looked.home.path).free
    least = looked.config.health.disk_min_bytes
    text = f"{free / 1e9:.1f} GB free"
    if free < least:
        yield fail("disk space", f"{text}, less than {least / 1e9:.1f} GB", "free some, or move the record")
    elif free < 5 * least:
        yield warn("disk space", text, "see what a day takes (`skykeep doctor` again tomorrow), make room in time")
    else:
        yield ok("disk space", text)
    yield _synced(looked.home.path)


def _synced(path: Path) -> Found:
    took_ms = []
    with tempfile.NamedTemporaryFile(dir=path, prefix=".doctor-") as file:
        for _ in range(FSYNC_TRIES):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took_ms.append((time.perf_counter() - began) * 1e3)
    median = sorted(took_ms)[FSYNC_TRIES // 2]
    text = f"fsync takes {median:.1f} ms (median of {FSYNC_TRIES}), {max(took_ms):.1f} ms at most"
    if median > FSYNC_SLOW_MS:
        return warn("disk speed", text, "ten commits a second will wait for it: use a local SSD, no network share")
    return ok("disk speed", text)


def clock(_looked: Looked) -> Iterator[Found]:
    """Whether the system keeps its clock to a reference: adjtimex(2), as NTP and PTP daemons tell the kernel."""
    remedy = "run chrony or another NTP: evidence is only as good as its time"
    state = _kept_clock()
    if state is None:
        yield warn("clock", "cannot tell whether it is kept to a reference on this system", remedy)
    elif state[0]:
        yield ok("clock", f"kept to a reference, off by {state[1] / 1e3:.0f} ms at most")
    else:
        yield warn("clock", "not kept to a reference", remedy)


def _kept_clock() -> tuple[bool, int] | None:
    """Return (kept to a reference, greatest error in microseconds) by the kernel of a 64-bit Linux; else None."""
    if not sys.platform.startswith("linux") or struct.calcsize("l") != 8:  # noqa: PLR2004  # bytes of a C long
        return None
    timex = ctypes.create_string_buffer(512)  # struct timex, all zero: modes 0 only asks
    if ctypes.CDLL(None).adjtimex(timex) < 0:
        return None
    error_us, _, status = struct.unpack_from("=qqi", timex.raw, 24)
    return not status & _STA_UNSYNC, error_us


def secrets(looked: Looked) -> Iterator[Found]:
    """Keys and secrets: there, readable, and by nobody else."""
    home = looked.home
    if lacking := _lacking(home):
        yield fail("keys", f"{lacking} is not there", "put it back from where keys are kept apart")
        return
    keys = Keys(home.keys)
    keys.signer("doctor")
    keys.pseudonym_key("doctor")
    if (home.record / DATABASE).exists() and (others := _another(home)):
        yield fail("keys", others, _WITHOUT_OWN)
        return
    if keys.next_signer("doctor") is not None:
        remedy = f"start the station, or run `skykeep keys rotate {home.path}` again; do not lose {home.keys / NEXT}"
        yield warn("keys", "the record's key is being changed, and was not handed over yet", remedy)
    places = [path for root in (home.keys, home.secrets, home.tls) for path in [root, *root.rglob("*")]]
    secret = [path for path in places if path.suffix != ".pem" or path.name.endswith(".key.pem")]
    open_ones = [path for path in secret if path.exists() and others_may(path)]
    if open_ones:
        yield fail("keys", f"others on this machine may read {open_ones[0]}", f"chmod go= {open_ones[0]}")
    else:
        yield ok("keys", "there, and readable by their owner only")


_WITHOUT_OWN = "put the record's own back; the station does not begin with another"


def _lacking(home: Home) -> Path | None:
    """Return the first key that a station needs and that is not there."""
    return next((home.keys / name for name in (SIGNING, PSEUDONYMS) if not (home.keys / name).exists()), None)


def _another(home: Home) -> str:
    """Return which key is not the one that the record was written with; "" where none is told."""
    try:
        with Store.open(home.record, read_only=True) as store:
            pseudonymkey.of(store, Keys(home.keys))
            _required_vkey(store, Keys(home.keys))
    except Refused as error:
        return str(error)
    return ""


def _own_vkey(home: Home) -> str | None:
    """Return the station's own verification key; None where the key is missing or another, which is told."""
    try:
        with Store.open(home.record, read_only=True) as store:
            return _required_vkey(store, Keys(home.keys))
    except Refused:
        return None


def _required_vkey(store: Store, keys: Keys) -> str:
    signer = keys.signer(store.meta.get("record_id", ""))
    if keys.next_signer("doctor") is None:  # else a rotation is under way, which is told
        rotating.require_holder(store, keys, signer)
    return signer.verifier.vkey


def named_files(looked: Looked) -> Iterator[Found]:
    """Every file that the configuration names as a secret, a certificate or law."""
    wanted = sorted(named.files(looked.config))
    missing = [(key, name) for key, name in wanted if not _readable(looked.home.at(name))]
    for key, name in missing:
        yield fail(
            "files", f"{key} = {name!r} cannot be read", f"put {looked.home.at(name)} there, or take the key out"
        )
    if not missing:
        yield ok("files", f"{len(wanted)} files that the configuration names can be read")


def _readable(path: Path) -> bool:
    return os.access(path, os.R_OK)


def ports(looked: Looked) -> Iterator[Found]:
    """Whether the web's address is free, and whether what goes over it can be read by others."""
    web = looked.config.web
    where = f"{web.host}:{web.port}"
    if _running(looked.home):
        yield ok("port", f"{where}: the station is running")
    elif taken := _taken(web.host, web.port):
        yield fail("port", f"{where}: {taken}", "stop who holds it, or give another [web] port")
    else:
        yield ok("port", f"{where} is free")
    if web.host not in _LOOPBACK and not web.certificate_file and not web.public_url.startswith("https://"):
        yield fail(
            "TLS", f"{where} is open to others without TLS", "`skykeep tls DIR --host NAME`, or a proxy that does"
        )


def _taken(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return "taken by another program" if error.errno == errno.EADDRINUSE else str(error.strerror)
    return ""


def _running(home: Home) -> bool:
    """Whether a station serves its socket here."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(home.socket))
        except OSError:
            return False
    return True


def certificates(looked: Looked) -> Iterator[Found]:
    """How long each certificate of ours holds."""
    files = [name for key, name in named.files(looked.config) if key.endswith("certificate_file")]
    for path in sorted({looked.home.at(name) for name in files} | set(looked.home.tls.rglob("*.pem"))):
        if path.exists() and not path.name.endswith(".key.pem"):
            yield _lasting(path, looked.now_s)


def _lasting(path: Path, now_s: float) -> Found:
    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except ValueError as error:
        return fail("certificate", f"{path} is none: {error}", "put the right file there")
    days = (ends - dt.datetime.fromtimestamp(now_s, dt.UTC)).total_seconds() / 86_400
    text = f"{path.name} holds until {ends:%Y-%m-%d}"
    remedy = "make a new one: `skykeep tls DIR --host NAME --renew`"
    if days < 0:
        return fail("certificate", f"{path.name} ended on {ends:%Y-%m-%d}", remedy)
    return warn("certificate", text, remedy) if days < CERTIFICATE_WARN_DAYS else ok("certificate", text)


def limits(_looked: Looked) -> Iterator[Found]:
    """How many files and sockets a process may have open."""
    if sys.platform == "win32":
        return
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    text = f"{most} files and sockets may be open at once"
    if most < FILES_MIN:
        yield warn("limits", text, f"allow {FILES_MIN} or more: `ulimit -n`, LimitNOFILE= in the unit")
    else:
        yield ok("limits", text)


def record(looked: Looked) -> Iterator[Found]:
    """Whether the record verifies under the station's own key."""
    home = looked.home
    if not (home.record / DATABASE).exists():
        yield ok("record", "not made yet: it is at the first `skykeep serve`")
        return
    with Store.open(home.record, read_only=True) as store:
        last_ns = max((row.now_ns for row in store.rows(max(0, store.entries_count - 1))), default=0)
    sealed = (home.record / "checkpoint").exists()
    try:
        vkey = _own_vkey(home) if sealed else None
        held = verify_record(home.record, vkey)
    except Corrupt as error:
        yield fail("record", str(error), "seal it away, begin a new one, tell the officer; never repair it")
        return
    by = " without the key that signed it" if sealed and vkey is None else ""
    yield ok("record", f"verified{by}: {held.n_entries} entries, {held.n_unsealed} of them not sealed yet")
    age_days = looked.now_s / 86_400 - last_ns / 86_400e9
    if age_days > SILENT_DAYS:
        yield warn("sensors", f"the last tick is {age_days:.0f} days old", "see whether the station and its feeds run")
    elif age_days < -AHEAD_S / 86_400:
        yield warn(
            "clock", "the record is ahead of the clock", "set the clock; time in the record never runs backwards"
        )


def feeds(looked: Looked) -> Iterator[Found]:
    """The configuration of feeds and of what goes out, as far as it can be seen without running."""
    given = looked.config.feed
    names = [feed.name for feed in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield fail("feeds", f"two feeds are named {twice[0]!r}", "give each a name of its own")
    elif not given:
        yield warn("feeds", "there is none: the station will hear nothing", "add a [[feed]]; docs: connect a receiver")
    else:
        yield ok("feeds", f"{len(given)}: {', '.join(names)}")
    for feed in given:
        if feed.anonymous:
            yield warn("feeds", f"{feed.name} hears whoever can reach it", _closer(feed))


def _closer(feed: FeedConfig) -> str:
    """Return how fewer can reach an anonymous feed; by UDP and ZeroMQ nobody can prove who they are."""
    if feed.kind == "udp" and not feed.allow:
        return "nobody can prove who sent a datagram: name the networks that senders have in allow"
    if feed.kind in {"udp", "zmq"}:
        return "nobody can prove who sent it: keep it on a cable of its own or in a tunnel"
    return "give its sensors keys, take anonymous out"


def views(looked: Looked) -> Iterator[Found]:
    """How far the database of views has come; it is derived, and may be made anew."""
    home = looked.home
    if not home.views.exists() or not (home.record / DATABASE).exists():
        yield ok("views", "not made yet: the web process makes them from the record")
        return
    remedy = f"stop the web process, then `skykeep rebuild {home.path}`"
    try:
        with contextlib.closing(sqlite3.connect(f"{home.views.absolute().as_uri()}?mode=ro", uri=True)) as db:
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            meta = dict(db.execute("SELECT key, value FROM meta"))
    except sqlite3.Error as error:
        yield warn("views", f"{home.views.name} cannot be read: {error}", remedy)
        return
    yield _come_so_far(home, meta, remedy) if found == "ok" else warn("views", f"damaged: {found}", remedy)


def _come_so_far(home: Home, meta: dict[str, bytes], remedy: str) -> Found:
    """Hold the views against the record that they are made of."""
    with Store.open(home.record, read_only=True) as store:
        record_id, entries = store.meta.get("record_id", ""), store.entries_count
    made_of = msgspec.json.decode(meta["at"], type=list[int])[0] + 1 if "at" in meta else 0
    if meta.get("record_id", record_id.encode()) != record_id.encode():
        return warn("views", "they are made of another record", remedy)
    if made_of > entries:
        return warn("views", f"they are made of {made_of} entries, and the record has {entries}", remedy)
    return ok("views", f"can be read; made of {made_of} of {entries} entries")


def outbound(looked: Looked) -> Iterator[Found]:
    """What leaves the station by itself: said plainly, because whoever gets tracks may use them for engagement."""
    given = looked.config
    for each in given.cot:
        text = f"tracks go to {each.name} ({each.address}); who receives them may use them for engagement"
        if each.tls:
            yield ok("outbound", text)
        else:
            yield warn("outbound", f"{text}; without TLS anybody on the way can read and change them", "set tls = true")
    for hook in given.notify.webhook:
        if not hook.url.startswith("https://"):
            yield warn("outbound", "a webhook is told of incidents without TLS", "give it an https:// address")
    if given.notify.email is not None and given.notify.email.tls == "none":
        yield warn("outbound", "e-mail about incidents goes without TLS", 'set tls = "starttls" under [notify.email]')
    if not (given.cot or given.notify.webhook or given.notify.email or given.notify.web_push):
        yield warn("outbound", "nobody is told of incidents unless they look", "set up [notify]; see notify people")


def emergency_zones(looked: Looked) -> Iterator[Found]:
    """Whether the bans that an officer calls say by which law they are, and where to appeal."""
    said = looked.config.law
    fields = {"emergency_legal_basis": "a legal basis", "appeal_contact": "where to appeal"}
    missing = [name for name in fields if not getattr(said, name).strip()]
    if missing:
        without = " and ".join(f"without {fields[name]}" for name in missing)
        yield warn("emergency zones", f"each is public {without}", f"set {' and '.join(missing)} under [law]")
    else:
        yield ok("emergency zones", "each says by which law it is, and where to appeal")


def backups(looked: Looked) -> Iterator[Found]:
    """Whether copies are made, and how old the newest is."""
    given = looked.config.backup
    if not given.directory:
        yield warn("backup", "none are made", "set [backup] directory, best on another disk; or run `skykeep backup`")
        return
    copies = made_copies(looked.home.at(given.directory))
    if not copies:
        yield warn("backup", f"no copy in {given.directory} yet", "see whether the station runs, and may write there")
        return
    age_h = looked.now_s / 3_600 - made_at_ns(copies[-1]) / 3_600e9
    text = f"{len(copies)} copies, the newest {age_h:.0f} hours old"
    yield ok("backup", text) if age_h < 2 * given.interval_h else warn("backup", text, "see why none are made")


CHECKS: tuple[Check, ...] = (
    python, disk, clock, limits, secrets, named_files, emergency_zones, feeds, hearing, ports, certificates, outbound,
    backups, record, office, views, ground,
)  # fmt: skip
