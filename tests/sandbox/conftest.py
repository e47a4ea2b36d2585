"""A running sandbox per module, and the small clients that talk to it."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import process
from sandbox.process import SandboxProcess


class Wire:
    """HTTP to one sandbox, with its controls."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=20)

    def now(self) -> datetime:
        return datetime.fromisoformat(self.http.get("/_sandbox/clock").json()["now"])

    def pass_time(self, **span: float) -> datetime:
        later = self.now() + timedelta(**span)
        answer = self.http.post("/_sandbox/clock", json={"advance_to": later.isoformat()})
        assert answer.status_code == 200
        return later

    def ledger(self) -> list[dict[str, Any]]:
        return self.http.get("/_sandbox/ledger").json()["posts"]

    def x(
        self, method: str, path: str, *, handle: str = "bergquell", **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer sandbox-x-{handle}"}
        return self.http.request(method, f"/x/2{path}", headers=headers, **more)

    def tweet(self, text: str, **more: Any) -> str:
        answer = self.x("POST", "/tweets", json={"text": text, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    def session(self, handle: str = "bergquell.test") -> dict[str, Any]:
        secret = {"identifier": handle, "password": f"sandbox-bluesky-{handle}"}
        answer = self.http.post("/bluesky/xrpc/com.atproto.server.createSession", json=secret)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def bsky(
        self, nsid: str, body: Any = None, *, token: str | None = None, **params: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"/bluesky/xrpc/{nsid}"
        if body is None:
            return self.http.get(url, headers=headers, params=params)
        return self.http.post(url, headers=headers, json=body)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[SandboxProcess]:
    with process.start(home) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def wire(running: SandboxProcess) -> Iterator[Wire]:
    wire = Wire(running.url)
    yield wire
    wire.http.close()


@pytest.fixture
def x_spec(shared_specs: Path) -> dict[str, Any]:
    return json.loads((shared_specs / "x" / "openapi-2.166.json").read_text("utf-8"))


@pytest.fixture
def bluesky_spec(shared_specs: Path) -> dict[str, Any]:
    return json.loads((shared_specs / "atproto" / "openapi-bsky-docs.json").read_text("utf-8"))
