"""The sandbox as one process: its platforms and its controls over HTTP on the loopback address."""

import fcntl
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

import uvicorn
from fastapi import FastAPI

from domain.errors import ConfigError
from sandbox.bluesky_wire import PREFIX as BLUESKY
from sandbox.bluesky_wire import BlueskyWire
from sandbox.control import Control
from sandbox.facebook_wire import FacebookWire
from sandbox.gate import Protocol
from sandbox.instagram_wire import InstagramWire
from sandbox.linkedin_wire import PREFIX as LINKEDIN
from sandbox.linkedin_wire import LinkedInWire
from sandbox.mastodon_wire import PREFIX as MASTODON
from sandbox.mastodon_wire import MastodonWire
from sandbox.oauth_control import oauth_routers
from sandbox.tiktok_wire import PREFIX as TIKTOK
from sandbox.tiktok_wire import TikTokWire
from sandbox.webhooks import Webhooks
from sandbox.world import World
from sandbox.x_wire import XWire

HOST = "127.0.0.1"
ADDRESS_FILE = "server.json"
LOG_FILE = "sandbox.log"
MEDIA = "media"
"""The folder beside the home whose files are served to platforms that fetch them."""
PATIENCE = 3.0
"""Seconds for the one before, which may have lost its parent this moment, to be gone."""


def create_app(world: World, *, base_url: str, media: Path) -> FastAPI:
    """The application over one world, reached at `base_url`; it serves the files under `media`."""
    app = FastAPI(title="Amsel sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(Control(world, media=media).router())
    app.include_router(Webhooks(world).router())
    for router in oauth_routers(world):
        app.include_router(router)
    app.include_router(XWire(world).router())
    app.include_router(BlueskyWire(world, endpoint=f"{base_url}{BLUESKY}").router())
    app.include_router(MastodonWire(world, base_url=f"{base_url}{MASTODON}").router())
    app.include_router(FacebookWire(world, endpoint=f"{base_url}/facebook").router())
    app.include_router(InstagramWire(world, endpoint=f"{base_url}/instagram").router())
    app.include_router(LinkedInWire(world, base_url=f"{base_url}{LINKEDIN}").router())
    app.include_router(TikTokWire(world, base_url=f"{base_url}{TIKTOK}").router())
    return app


def serve(
    home: Path,
    port: int,
    audience: Path,
    speed: float = 0,
    *,
    start: datetime | None = None,
    limit_factor: float = 1,
) -> None:
    """Run until SIGTERM or SIGINT; the address is written to `server.json` in the home.

    Args:
        home: the sandbox's folder; a home used before goes on where it stopped.
        port: 0 for a free one.
        audience: the audience file.
        speed: 0 for a clock moved by hand, else sandbox seconds per real second.
        start: the first instant, at the first start of a home; default from the audience file.
        limit_factor: multiplies every documented rate limit.

    Raises:
        ConfigError: the home is in use, the port is taken, or the audience file is wrong.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _only_one(home):
        _log_to(home / LOG_FILE)
        world = World(home, audience=audience, speed=speed, start=start, limit_factor=limit_factor)
        listener = _listen(port)
        address = {"port": listener.getsockname()[1], "pid": os.getpid()}
        app = create_app(
            world, base_url=f"http://{HOST}:{address['port']}", media=home.resolve().parent / MEDIA
        )
        config = uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        _write(home / ADDRESS_FILE, json.dumps(address))
        uvicorn.Server(config).run(sockets=[listener])
        world.store.close()


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    with (home / "lock").open("a+") as lock:
        give_up_at = time.monotonic() + PATIENCE
        while not _taken(lock):
            if time.monotonic() >= give_up_at:
                raise ConfigError(
                    f"another sandbox runs on {home} (see {ADDRESS_FILE} there): stop it, or use"
                    " another --home"
                )
            time.sleep(0.05)
        yield


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as exc:
        listener.close()
        raise ConfigError(
            f"port {port} cannot be used ({exc.strerror}): give another, or 0 for a free one"
        ) from exc
    listener.listen(512)
    return listener


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)


def fail(message: str) -> int:
    """Tell a person what is wrong; the exit status that goes with it."""
    sys.stderr.write(f"sandbox: {message}\n")
    return 2
