"""What the suite's sandboxes are asked as X, and what they answer: kept for Prism to judge.

`make test` writes it, an exchange of each shape once, and `make peers` has it judged.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sandbox.bans import SAID
from sandbox.gate import GARBAGE
from sandbox.x_wire import PREFIX

FOLDER = Path(__file__).parent.parent / ".pytest_cache" / "overheard"
TEXTS = ("text", "description", "title", "detail", "name")
"""Fields of which any value is as good as another."""


class Overheard:
    """An ASGI application whose exchanges under X's prefix are kept in a folder."""

    def __init__(self, app: Any, folder: Path) -> None:
        self._app, self._folder = app, folder
        folder.mkdir(parents=True, exist_ok=True)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass it on, and listen."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
            return
        asked, told, head = bytearray(), bytearray(), {}

        async def hear() -> Any:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def tell(message: dict[str, Any]) -> None:
            head.update(message if message["type"] == "http.response.start" else {})
            told.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, hear, tell)
        # what is broken on purpose is no answer of X's
        is_bomb = b"content-encoding" in dict(head.get("headers", ()))
        if head and not is_bomb and bytes(told) not in (GARBAGE, SAID):
            self._keep(scope, bytes(asked), head, bytes(told))

    def _keep(self, scope: dict[str, Any], asked: bytes, head: Any, told: bytes) -> None:
        target = scope["path"].removeprefix(PREFIX)
        if query := scope["query_string"].decode():
            target += f"?{query}"
        exchange = {
            "method": scope["method"],
            "target": target,
            "headers": _texts(scope["headers"]),
            "asked": base64.b64encode(asked).decode(),
            "status": head["status"],
            "answer_headers": _texts(head.get("headers", ())),
            "told": base64.b64encode(told).decode(),
        }
        shape = json.dumps(shape_of(exchange), sort_keys=True)
        place = self._folder / f"{hashlib.sha256(shape.encode()).hexdigest()[:24]}.json"
        if not place.exists():
            place.write_text(json.dumps(exchange), "utf-8")


def exchanges() -> Iterator[dict[str, Any]]:
    """What was kept last, with the bodies as bytes."""
    for place in sorted(FOLDER.glob("*.json")):
        found = json.loads(place.read_text("utf-8"))
        yield found | {name: base64.b64decode(found[name]) for name in ("asked", "told")}


def shape_of(exchange: dict[str, Any]) -> list[Any]:
    """Two exchanges of one shape differ in ids, instants and texts alone."""
    path, _, query = exchange["target"].partition("?")
    bodies = [base64.b64decode(exchange[name]) for name in ("asked", "told")]
    kind = exchange["headers"].get("content-type", "").partition(";")[0]
    return [
        exchange["method"],
        re.sub(r"\d+", "N", path),
        [[name, re.sub(r"\d+", "N", value)] for name, value in parse_qsl(query)],
        kind,
        [_skeleton(_parsed(body)) for body in bodies],
        exchange["status"],
    ]


def _skeleton(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _skeleton(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(_skeleton(one, name), sort_keys=True) for one in value})
    is_word = isinstance(value, str) and value.isalpha() and name not in TEXTS
    return value if is_word else type(value).__name__


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return bool(body)


def _texts(headers: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
