"""Starting and stopping a sandbox as a process of its own."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from domain.errors import ConfigError

HOST = "127.0.0.1"
DEMO_AUDIENCE = Path(__file__).parent / "audiences" / "demo.yaml"
_ROOT = Path(__file__).parent.parent
_PATIENCE = 30.0
_PAUSE = 0.02


class SandboxProcess:
    """A running sandbox; as a context manager it stops at the end.

    Attributes:
        home: its folder.
        url: `http://127.0.0.1:PORT`; X lies under `/x`, Bluesky under `/bluesky`.
        port: the port.
        pid: the process.
    """

    def __init__(self, child: subprocess.Popen[bytes], *, home: Path, port: int) -> None:
        self._child = child
        self.home = home
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self.pid = child.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it politely, and by force where it does not end within five seconds."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(5)
            self._close()
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill -9: nothing gets tidied up."""
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._close()

    def _close(self) -> None:
        if self._child.stdin is not None:
            self._child.stdin.close()


def start(
    home: Path,
    *,
    audience: Path = DEMO_AUDIENCE,
    port: int = 0,
    speed: float = 0,
    start: datetime | None = None,
    limit_factor: float = 1,
) -> SandboxProcess:
    """Start a sandbox and wait until it answers; it ends with this process, even by kill -9.

    Raises:
        ConfigError: it could not start; the message holds what it said.
    """
    address = home / "server.json"
    command = [sys.executable, "-m", "sandbox", "--home", str(home), "--port", str(port)]
    command += ["--with-parent"]
    command += ["--audience", str(audience), "--speed", str(speed)]
    command += ["--limit-factor", str(limit_factor)]
    if start is not None:
        command += ["--start", start.isoformat()]
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with _opened(home / "start.log") as said:
        child = _launched(command, said, environment)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and child.poll() is None:
        found = _port(address, child.pid)
        if found is not None and is_healthy(found):
            return SandboxProcess(child, home=home, port=found)
        time.sleep(_PAUSE)
    SandboxProcess(child, home=home, port=0).kill()
    words = (home / "start.log").read_text("utf-8", errors="replace").strip()[-2000:]
    raise ConfigError(
        f"the sandbox did not start: {words or _refusal(home)}. See {home}/sandbox.log."
    )


def _launched(
    command: list[str], said: BinaryIO, environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own program, no shell
        command, stdin=subprocess.PIPE, stdout=said, stderr=subprocess.STDOUT, env=environment
    )


def is_healthy(port: int) -> bool:
    """Whether a sandbox answers on that port of this machine."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_sandbox/health")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def running(home: Path) -> str | None:
    """The URL of the sandbox that runs on a home, started by whomever; None if none answers."""
    port = _port(home / "server.json", None)
    return f"http://{HOST}:{port}" if port is not None and is_healthy(port) else None


def _opened(log: Path) -> BinaryIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("wb")
    except OSError as exc:
        raise ConfigError(
            f"the sandbox cannot write {log.parent} ({exc.strerror}): free space, mend its rights, "
            "or use another"
        ) from exc


def _refusal(home: Path) -> str:
    """Why nothing was said: on a full disk not even that can be written."""
    try:
        (home / "start.log").write_bytes(b"\n" * 4096)
    except OSError as exc:
        return f"{exc.strerror}; free space under {home} and start again"
    return "it said nothing"


def _port(address: Path, pid: int | None) -> int | None:
    try:
        told = json.loads(address.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return int(told["port"]) if pid in (None, told["pid"]) else None
