"""The sandbox's own controls under /_sandbox: clock, ledger, past, media, faults, truths."""

import os
import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import FileResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict

from sandbox.bans import Ban
from sandbox.clock import iso
from sandbox.faults import Fault
from sandbox.store import Entry, Post
from sandbox.world import World

PREFIX = "/_sandbox"
_BLOB = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}")
_POSTS = ("post", "reply")


class Advance(BaseModel):
    """Body of POST /_sandbox/clock."""

    model_config = ConfigDict(extra="forbid")

    advance_to: AwareDatetime


class Control:
    """The handlers; none is part of a platform, and no product code needs the truths."""

    def __init__(self, world: World, *, media: Path) -> None:
        self._world = world
        self._media = media

    def router(self) -> APIRouter:
        """The routes under /_sandbox."""
        router = APIRouter(prefix=PREFIX)
        router.get("/health")(self.health)
        router.get("/clock")(self.clock)
        router.post("/clock")(self.advance)
        router.get("/ledger")(self.ledger)
        router.get("/history/{platform}/{handle}.csv")(self.history)
        router.get("/media/{folder}/{sha256}")(self.media)
        router.get("/faults")(self.faults)
        router.post("/faults", status_code=201)(self.order)
        router.delete("/faults")(self.forget)
        router.post("/bans", status_code=201)(self.ban)
        router.delete("/bans")(self.lift)
        router.get("/truth/comments")(self.comments)
        return router

    async def health(self) -> dict[str, Any]:
        """That it runs."""
        return {"status": "ok", "now": iso(self._world.clock.now()), "pid": os.getpid()}

    async def clock(self) -> dict[str, str]:
        """The present instant."""
        return {"now": iso(self._world.clock.now())}

    async def advance(self, wanted: Advance) -> dict[str, str]:
        """Move the clock on; 400 for an instant that is past."""
        try:
            return {"now": iso(self._world.clock.advance_to(wanted.advance_to))}
        except ValueError as exc:
            raise HTTPException(400, str(exc)) from exc

    async def ledger(self) -> dict[str, Any]:
        """Everything ever accepted: posts and replies, and what was done besides."""
        entries = self._world.store.entries()
        return {
            "posts": [_line(e) for e in entries if e.kind in _POSTS],
            "actions": [_line(e) for e in entries if e.kind not in _POSTS],
        }

    async def history(self, platform: str, handle: str) -> Response:
        """An account's past as a canonical posts CSV."""
        account = self._world.audience.account(platform, handle)
        if account is None:
            planted = ", ".join(a.key for a in self._world.audience.accounts)
            raise HTTPException(404, f"no account {platform}:{handle}; there are {planted}")
        return Response(self._world.history(account), media_type="text/csv; charset=utf-8")

    async def media(self, folder: str, sha256: str) -> Response:
        """A file of the product, as its own server would give it to a platform that fetches."""
        path = self._media / folder / sha256
        if not _BLOB.fullmatch(f"{folder}/{sha256}") or not path.is_file():
            raise HTTPException(404, f"no such file in {self._media.name}")
        return FileResponse(path)

    async def faults(self) -> dict[str, Any]:
        """The faults still on order."""
        return {"faults": self._world.faults.open()}

    async def order(self, fault: Fault) -> dict[str, Any]:
        """Order a fault."""
        self._world.faults.add(fault)
        return {"faults": self._world.faults.open()}

    async def forget(self) -> dict[str, Any]:
        """Forget all faults."""
        self._world.faults.clear()
        return {"faults": []}

    async def ban(self, ban: Ban) -> dict[str, Any]:
        """Order a ban."""
        self._world.bans.add(ban)
        return {"until": iso(ban.until)}

    async def lift(self) -> dict[str, Any]:
        """Forget all bans."""
        self._world.bans.clear()
        return {"bans": []}

    async def comments(self) -> dict[str, Any]:
        """The visible comments with what each was meant to be: for judging a triage."""
        posts = self._world.seen("source = 'audience'", (), tail="order by created_us, id")
        return {"comments": [_comment(post) for post in posts]}


def _comment(post: Post) -> dict[str, Any]:
    return {
        "platform": post.platform,
        "account": f"{post.platform}:{post.subject}",
        "id": post.id,
        "text": post.text,
        "category": post.category,
        "created_at": iso(post.created),
        "in_reply_to": post.parent,
    }


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
