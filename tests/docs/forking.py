"""`skykeep` as a process of its own that need not be loaded anew: a server forks itself for each command.

Loading numba and all rooms takes two to three seconds of a core, and the pages call for a hundred commands. The server
has loaded them once; the program called `skykeep` in the folder `programs` hands it its arguments, its folder, its
environment and its three streams, and ends with the exit code of the process that was forked.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import pathlib
import pkgutil
import socket
import subprocess
import sys
import tempfile
import threading
import traceback

from skykeep import cli, sim, station, views
from skykeep.station import warming
from tests.waiting import until

CALLER = """#!{python} -IS
import array, json, os, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
    server.connect({address!r})
    told = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode()
    streams = array.array("i", [0, 1, 2])
    server.sendmsg([len(told).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    server.sendall(told)
    code = server.recv(1)
sys.exit(code[0] if code else 70)
"""
LOADED = (cli, sim, station, views)


@contextlib.contextmanager
def programs():
    """Give a folder with a program `skykeep`, to be put first in PATH."""
    with tempfile.TemporaryDirectory(prefix="skykeep-", dir="/tmp") as folder:
        place = pathlib.Path(folder)
        address = place / "forking.sock"
        program = place / "skykeep"
        program.write_text(CALLER.format(python=sys.executable, address=str(address)), "utf-8")
        program.chmod(0o700)
        command = [sys.executable, "-m", "tests.docs.forking", str(address)]
        environment = {**os.environ, "PYTHONUTF8": "1"}
        with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as server:
            try:
                until(lambda: address.exists() or server.poll() is not None, "the server of processes")
                assert server.poll() is None
                yield place
            finally:
                server.kill()


def serve(address):
    """Fork for each caller, for ever."""
    for package in LOADED:
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    warming.warm(print, 1)
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(f"{address}.new")
        server.listen(64)
        pathlib.Path(f"{address}.new").rename(address)  # whoever sees it finds it listening
        while True:
            caller, _ = server.accept()
            if os.fork() == 0:
                server.close()
                _answer(caller)
            caller.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _answer(caller):
    """Run the command in a fork of this fork, which ends as any process does; tell its exit code."""
    size, held, _, _ = socket.recv_fds(caller, 4, 3)
    told = b""
    while len(told) < int.from_bytes(size, "big"):
        told += caller.recv(1 << 20)
    child = os.fork()
    if child == 0:
        caller.close()
        sys.argv, folder, environment = json.loads(told)
        sys.modules["__main__"].__spec__ = None  # so that it calls itself `skykeep`, by its argument
        for number, stream in enumerate(held):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        _end(_run())
    for stream in held:
        os.close(stream)
    _, status = os.waitpid(child, 0)
    caller.sendall(bytes([os.waitstatus_to_exitcode(status) & 255]))
    os._exit(0)


def _run():
    """Run the command on streams that are made as those of a new process are; returns its exit code."""
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    try:
        cli.main()
    except SystemExit as ended:
        return ended.code or 0
    except BaseException:  # noqa: BLE001 - as the interpreter itself does
        traceback.print_exc()
        return 1
    return 0


def _end(code):
    """End as an interpreter does, but for taking apart all that was loaded, which takes a second."""
    threading._shutdown()
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
