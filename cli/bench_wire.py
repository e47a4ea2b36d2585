"""X's wire with nothing behind it but a list: what a sender is measured against.

A bare ASGI application, run as a process of its own: `python -m cli.bench_wire FOLDER`.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

HOST = "127.0.0.1"
JSON = [(b"content-type", b"application/json")]
TALLY = "/tally/"
posts: list[dict[str, str]] = []
"""Every post that was accepted, in order; nothing is ever taken out."""


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Accept posts, list an account's own, tell how many there are of a tag."""
    body = await _body(receive)
    status, answer = _answer(scope, body)
    content = json.dumps(answer).encode()
    headers = [*JSON, (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _answer(scope: dict[str, Any], body: bytes) -> tuple[int, Any]:
    path, who = scope["path"], dict(scope["headers"]).get(b"authorization", b"").decode()
    if scope["method"] == "POST":
        post = {
            "id": str(10**18 + len(posts)),
            "text": json.loads(body)["text"],
            "created_at": datetime.now(UTC).isoformat(timespec="milliseconds")[:23] + "Z",
            "by": who,
        }
        posts.append(post)
        return 201, {"data": {"id": post["id"], "text": post["text"]}}
    if path.startswith(TALLY):
        tag = path.removeprefix(TALLY)
        texts = [post["text"] for post in posts if post["text"].startswith(f"{tag} ")]
        return 200, {"taken": len(texts), "different": len(set(texts))}
    if path == "/2/users/me":
        return 200, {"data": {"id": "7", "username": "bench"}}
    if path.endswith("/tweets"):
        return 200, {"data": [post for post in posts[::-1] if post["by"] == who], "meta": {}}
    return 404, {}


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def serve(folder: Path) -> None:
    """Listen on a free port and write it to `port` in the folder; until the process is ended."""
    config = uvicorn.Config(
        app, host=HOST, port=0, lifespan="off", access_log=False, log_level="error"
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    fresh = folder / "port.new"
    fresh.write_text(str(server.servers[0].sockets[0].getsockname()[1]))
    fresh.replace(folder / "port")
    await server.main_loop()
    await server.shutdown()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
