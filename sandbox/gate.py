"""Where every wire call passes: faults on order are played here, and answers get lost."""

import asyncio
import socket
import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.faults import Effect
from sandbox.world import World

GARBAGE = b'{"id": "17\xff<html>'
BOMB_MEBIBYTES = 512
"""What an answer unpacks to that comes as half a mebibyte."""
_CONNECTIONS: dict[Any, asyncio.Transport] = {}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Protocol(H11Protocol):
    """Uvicorn's HTTP protocol that remembers its connections, so that one can be torn off."""

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Remember it."""
        _CONNECTIONS[transport.get_extra_info("peername")] = transport
        self._peer = transport.get_extra_info("peername")
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        _CONNECTIONS.pop(self._peer, None)
        super().connection_lost(exc)


class Lost(Response):
    """No answer: silence for some seconds, then the connection is reset."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Wait until the caller gives up or the seconds are over, then tear the connection off."""
        if self._seconds:
            try:
                async with asyncio.timeout(self._seconds):
                    while (await receive())["type"] != "http.disconnect":
                        pass
            except TimeoutError:
                pass
        transport = _CONNECTIONS.get(tuple(scope["client"]))
        if transport is not None:
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.abort()
        await asyncio.sleep(0.02)  # lets the server notice, or it would try to answer 500


def pass_gate(
    world: World,
    *,
    platform: str,
    handle: str | None,
    kind: str,
    work: Callable[[], Response],
    refuse: Callable[[int], Response],
) -> Response:
    """Do the work of a call, or play the fault that is on order for it.

    Args:
        world: whose faults.
        platform: which wire.
        handle: whose call; None where nobody is signed in.
        kind: `write`, `step` or `read`.
        work: does the call and commits.
        refuse: the platform's own answer for 429, 500 or 503.
    """
    banned = world.bans.refusal(platform, handle, now=world.clock.now())
    if banned is not None:
        return banned
    fault = world.faults.find(platform, handle, kind)
    if fault is None:
        return work()
    number, effect, seconds = fault
    if effect in (Effect.REJECT_429, Effect.DOWN):
        world.faults.spend(number)
        return refuse(429 if effect is Effect.REJECT_429 else 503)
    if effect is Effect.CIRCLE:
        world.faults.spend(number)
        return Response(status_code=307, headers={"Location": ""})  # where the request came from
    response = work()
    if response.status_code >= 300:  # refused anyway: there is no acceptance to hide
        return response
    world.faults.spend(number)
    return _hidden(effect, response.status_code, seconds, refuse)


def _hidden(
    effect: Effect, status: int, seconds: float, refuse: Callable[[int], Response]
) -> Response:
    """What comes in the place of the answer to a call that was accepted."""
    if effect is Effect.ACCEPT_THEN_500:
        return refuse(500)
    if effect is Effect.ACCEPT_THEN_GARBAGE:
        return Response(GARBAGE, status_code=status, media_type="application/json")
    if effect is Effect.ACCEPT_THEN_BOMB:
        return Response(bomb(), status, {"Content-Encoding": "gzip"}, "application/json")
    return Lost(seconds if effect is Effect.ACCEPT_THEN_TIMEOUT else 0)


@cache
def bomb() -> bytes:
    """Blanks, packed: a short answer that fills the memory of who unpacks it without a limit."""
    blanks, packer = b" " * 2**20, zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # behind a full flush a block leans on nothing before it, so one can stand for all
    block, check = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH), 0
    for _ in range(BOMB_MEBIBYTES):
        check = zlib.crc32(blanks, check)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    size = BOMB_MEBIBYTES * 2**20 % 2**32
    return head + block * BOMB_MEBIBYTES + packer.flush() + struct.pack("<II", check, size)
