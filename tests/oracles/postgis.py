"""A PostGIS of one's own: made in a temporary folder, reached by a Unix socket alone, ended by its process id.

PostgreSQL refuses to run as root, so for root the server runs as the user `postgres` (by setpriv). Nothing listens
on the network, nothing outlives the `with`.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator

import psycopg

BINARIES = pathlib.Path("/usr/lib/postgresql")
EXTENSIONS = pathlib.Path("/usr/share/postgresql")
STARTS_WITHIN_S = 60.0


def why_not() -> str | None:
    """Say what is missing, or None where a server can be started."""
    if _folder() is None:
        return f"needs PostgreSQL's own programs in {BINARIES}/<version>/bin (Debian: postgresql)"
    if not list(EXTENSIONS.glob("*/extension/postgis.control")):
        return "needs PostGIS (Debian: postgresql-<version>-postgis-3)"
    if os.geteuid() == 0 and (shutil.which("setpriv") is None or _postgres() is None):
        return "needs the user postgres and setpriv, since PostgreSQL refuses to run as root"
    return None


@contextlib.contextmanager
def server(**settings: str) -> Iterator[psycopg.Connection]:
    """Yield a connection to a new, empty database with PostGIS; `settings` are those of postgresql.conf."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postgis-"))
    process = None
    try:
        _make(folder)
        process = _start(folder, settings)
        with _connected(folder, process) as connection:
            connection.execute("CREATE EXTENSION postgis")
            yield connection
    finally:
        if process is not None:
            process.terminate()  # a smart shutdown, which our closed connection lets end at once
            process.wait(timeout=STARTS_WITHIN_S)
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> pathlib.Path | None:
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


def _postgres() -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return None


def _command(*words: str) -> list[str]:
    if os.geteuid() != 0:
        return list(words)
    user = _postgres()
    assert user is not None, why_not()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *words]


def _make(folder: pathlib.Path) -> None:
    if os.geteuid() == 0:
        user = _postgres()
        assert user is not None, why_not()
        os.chown(folder, user.pw_uid, user.pw_gid)
    binaries = _folder()
    assert binaries is not None, why_not()
    initdb = _command(str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "oracle", "-A", "trust", "-N")
    made = subprocess.run(
        [*initdb, "--encoding=UTF8", "--locale=C"], capture_output=True, text=True, check=False, cwd=folder
    )
    assert made.returncode == 0, made.stderr


def _start(folder: pathlib.Path, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    asked = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "logging_collector": "off",
        "autovacuum": "off",
        **settings,
    }
    binaries = _folder()
    assert binaries is not None, why_not()
    words = [word for name, value in asked.items() for word in ("-c", f"{name}={value}")]
    command = _command(str(binaries / "postgres"), "-D", str(folder / "data"), *words)
    log = (folder / "log").open("wb")
    with log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)


def _connected(folder: pathlib.Path, process: subprocess.Popen[bytes]) -> psycopg.Connection:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            return psycopg.connect(host=str(folder), user="oracle", dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            assert process.poll() is None, (folder / "log").read_text(errors="replace")
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)
