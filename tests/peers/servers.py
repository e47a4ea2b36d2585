"""Starting the peers: other people's programs, each on a loopback port of its own, then gone."""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy import peers

HERE = Path(__file__).parent
PATIENCE = 90.0
"""Seconds for a server to answer; a quiet machine needs 5 to 15."""


@dataclass(frozen=True, slots=True)
class Bluesky:
    """Where the real servers are; `jwt_secret` signs the PDS's tokens."""

    pds: str
    appview: str
    jwt_secret: str


@contextmanager
def bluesky(folder: Path, postgres_port: int) -> Iterator[Bluesky]:
    """PLC, PDS and AppView as Bluesky publishes them, on a database and a Valkey of their own."""
    with valkey(folder) as cache:
        environment = {
            "NODE_PATH": str(peers.folder() / "node_modules"),
            "NODE_ENV": "test",
            "LOG_ENABLED": "false",
            "TMPDIR": str(folder),
            "DB_POSTGRES_URL": f"postgresql://postgres@127.0.0.1:{postgres_port}/postgres",
            "DB_POSTGRES_SCHEMA": "peers",
            "REDIS_HOST": f"127.0.0.1:{cache}",
        }
        command = ["node", "-r", str(HERE / "loopback.cjs"), str(HERE / "bluesky.cjs")]
        with _running(command, folder / "bluesky.log", environment) as server:
            yield Bluesky(**json.loads(_said(server, folder / "bluesky.log", r"^{.*}$")))


@contextmanager
def valkey(folder: Path) -> Iterator[int]:
    """A Valkey that keeps nothing on disk; gives its port."""
    (binary,) = (peers.folder() / "python").glob("lib/*/site-packages/*/_binaries/*/valkey-server")
    port = free_port()
    command = [str(binary), "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    with _running(command, folder / "valkey.log", {}) as server:
        _wait(server, folder / "valkey.log", lambda: _listens(port))
        yield port


@contextmanager
def seaweedfs(folder: Path, *, key: str, secret: str) -> Iterator[str]:
    """SeaweedFS as an S3 server that checks signatures; gives its address."""
    credentials = [{"accessKey": key, "secretKey": secret}]
    rights = ["Admin", "Read", "Write", "List"]
    identity = {"name": "amsel", "credentials": credentials, "actions": rights}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    listening = [f"-{name}.port={port}" for name, port in ports.items()]
    listening += [f"-{name}.port.grpc={free_port()}" for name in ports]
    program = str(peers.folder() / "python" / "bin" / "weed")
    command = [program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}"]
    command += ["-filer", "-s3", f"-s3.config={config}", "-volume.max=8", *listening]
    log = folder / "weed.log"
    with _running(command, log, {}) as server:
        _wait(server, log, lambda: _listens(ports["s3"]) and _listens(ports["filer"]))
        yield f"http://127.0.0.1:{ports['s3']}"


@contextmanager
def mastodon(folder: Path) -> Iterator[str]:
    """The independent mock of Mastodon 4.6; gives its address."""
    port = free_port()
    program = str(peers.folder() / "python" / "bin" / "mastodon_mock")
    command = [program, "serve", "--in-memory", "--demo", "--host", "127.0.0.1"]
    url = f"http://127.0.0.1:{port}"
    log = folder / "mastodon.log"
    with _running([*command, "--port", str(port)], log, {}) as server:
        _wait(server, log, lambda: _answers(f"{url}/api/v2/instance"))
        yield url


@contextmanager
def prism(folder: Path, spec: Path, upstream: str) -> Iterator[str]:
    """Prism as a proxy: it compares what passes with the spec and names violations in a header."""
    port = free_port()
    program = str(peers.folder() / "node_modules" / ".bin" / "prism")
    command = [program, "proxy", "-h", "127.0.0.1", "-p", str(port), str(spec), upstream]
    log = folder / "prism.log"
    with _running(command, log, {}) as server:
        _wait(server, log, lambda: _listens(port))
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(
    command: list[str], log: Path, environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=log.parent,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    try:
        yield server
    finally:
        server.stdin.close()
        server.terminate()
        try:
            server.wait(1)  # nothing of theirs is kept: who says long good-byes is killed
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _said(server: Any, log: Path, pattern: str) -> str:
    """The first line of a server's output that matches, waited for."""
    found: list[str] = []

    def look() -> bool:
        found[:] = re.findall(pattern, log.read_text(errors="replace"), re.MULTILINE)
        return bool(found)

    _wait(server, log, look)
    return found[0]


def _wait(server: Any, log: Path, ready: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no {log.stem}: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(url, trust_env=False).is_success
    return False


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
