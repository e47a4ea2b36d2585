"""The sandbox's own controls under /_sandbox: clock, ledger, history, faults, planted truths."""

import os
from typing import Any

from fastapi import APIRouter, HTTPException, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from sandbox.clock import iso
from sandbox.faults import Fault
from sandbox.store import Entry
from sandbox.world import World

PREFIX = "/_sandbox"
_POSTS = ("post", "reply")


class Advance(BaseModel):
    """Body of POST /_sandbox/clock."""

    model_config = ConfigDict(extra="forbid")

    advance_to: AwareDatetime


def control_router(world: World) -> APIRouter:
    """The routes; none of them is part of a platform, and no product code needs `truth`."""
    router = APIRouter(prefix=PREFIX)

    @router.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "now": iso(world.clock.now()), "pid": os.getpid()}

    @router.get("/clock")
    async def tell() -> dict[str, str]:
        return {"now": iso(world.clock.now())}

    @router.post("/clock")
    async def advance(wanted: Advance) -> dict[str, str]:
        try:
            return {"now": iso(world.clock.advance_to(wanted.advance_to))}
        except ValueError as exc:
            raise HTTPException(400, str(exc)) from exc

    @router.get("/ledger")
    async def ledger() -> dict[str, Any]:
        entries = world.store.entries()
        return {
            "posts": [_line(e) for e in entries if e.kind in _POSTS],
            "actions": [_line(e) for e in entries if e.kind not in _POSTS],
        }

    @router.get("/history/{platform}/{handle}.csv")
    async def history(platform: str, handle: str) -> Response:
        account = world.audience.account(platform, handle)
        if account is None:
            planted = ", ".join(a.key for a in world.audience.accounts)
            raise HTTPException(404, f"no account {platform}:{handle}; there are {planted}")
        return Response(world.history(account), media_type="text/csv; charset=utf-8")

    @router.get("/faults")
    async def faults() -> dict[str, Any]:
        return {"faults": world.faults.open()}

    @router.post("/faults", status_code=201)
    async def order(fault: Fault) -> dict[str, Any]:
        world.faults.add(fault)
        return {"faults": world.faults.open()}

    @router.delete("/faults")
    async def forget() -> dict[str, Any]:
        world.faults.clear()
        return {"faults": []}

    @router.get("/truth/comments")
    async def comments() -> dict[str, Any]:
        rows = world.seen("source = 'audience'", (), tail="order by created_us, id")
        return {
            "comments": [
                {
                    "platform": p.platform,
                    "account": f"{p.platform}:{p.subject}",
                    "id": p.id,
                    "text": p.text,
                    "category": p.category,
                    "created_at": iso(p.created),
                    "in_reply_to": p.parent,
                }
                for p in rows
            ]
        }

    return router


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "platform": entry.platform,
        "account": entry.account,
        "id": entry.id,
        "text": entry.text,
        "created_at": iso(entry.accepted),
        "kind": entry.kind,
        "in_reply_to": entry.in_reply_to,
    }
