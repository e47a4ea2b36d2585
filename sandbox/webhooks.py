"""Webhooks: who asked for which account's events, the handshake, and what is sent when."""

import asyncio
import json
import secrets
from typing import Any

import httpx
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from sandbox.clock import micros
from sandbox.fetched import is_loopback
from sandbox.store import Post
from sandbox.webhook_events import BATCHES, ECHOES, EVENTS, Happening
from sandbox.webhook_signatures import SIGNATURES, expected, question
from sandbox.world import World

KEPT = "webhooks"
TIMEOUT = 3.0
"""Seconds: LinkedIn's patience, the least of all."""


class Hook(BaseModel):
    """Body of POST /_sandbox/webhooks; `since_us` is up to when events were sent."""

    model_config = ConfigDict(extra="forbid")

    platform: str
    account: str
    url: str
    secret: str = Field(min_length=1)
    verify_token: str = ""
    since_us: int | None = None


class Sending(BaseModel):
    """Body of POST /_sandbox/webhooks/send.

    Attributes:
        times: how often each event comes.
        backwards: the last one first.
        batched: events of one account in one body, where the platform does so.
        own: what the account itself wrote below its posts is told too, as Meta and LinkedIn do.
        forged: signed by somebody who does not know the secret; what happened is sent again later.
        late_by: seconds ago that TikTok's signature says it was made.
    """

    model_config = ConfigDict(extra="forbid")

    times: int = Field(default=1, ge=1, le=20)
    backwards: bool = False
    batched: bool = False
    own: bool = False
    forged: bool = False
    late_by: int = Field(default=0, ge=0)


class Webhooks:
    """The senders of all platforms that have webhooks; `router` is part of the controls.

    Nothing is sent by itself: a test says when, how often, and in which order.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def router(self) -> APIRouter:
        """The routes under /_sandbox/webhooks."""
        router = APIRouter(prefix="/_sandbox/webhooks")
        router.post("", status_code=201)(self.subscribe)
        router.delete("")(self.forget)
        router.post("/send")(self.send)
        return router

    async def subscribe(self, hook: Hook) -> dict[str, Any]:
        """Shake hands as the platform does, and send events from now on."""
        account = self._world.audience.account(hook.platform, hook.account)
        if hook.platform not in SIGNATURES or account is None:
            raise HTTPException(404, f"{hook.platform}:{hook.account} sends no webhooks")
        if not is_loopback(hook.url):
            raise HTTPException(400, "the sandbox sends to this machine only")
        if why := await asyncio.to_thread(shake_hands, hook):
            raise HTTPException(400, why)
        hook = hook.model_copy(update={"since_us": micros(self._world.clock.now())})
        self._keep([*(one for one in self._hooks() if one.url != hook.url), hook])
        return {"webhooks": len(self._hooks())}

    async def forget(self) -> dict[str, Any]:
        """Nobody is told anything any more."""
        self._keep([])
        return {"webhooks": 0}

    async def send(self, wanted: Sending) -> dict[str, Any]:
        """Send what happened since the last time; the status of each answer, 0 where none came.

        A hook whose app did not answer 200 gets the same again the next time.
        """
        answers: list[int] = []
        left = []
        for hook in self._hooks():
            now = micros(self._world.clock.now())
            bodies = self._bodies(hook, now, wanted) * wanted.times
            signer = secrets.token_hex() if wanted.forged else hook.secret
            statuses = await asyncio.to_thread(
                deliver,
                hook.model_copy(update={"secret": signer}),
                bodies[::-1] if wanted.backwards else bodies,
                now // 1_000_000 - wanted.late_by,
            )
            done = not wanted.forged and all(status == httpx.codes.OK for status in statuses)
            left.append(hook.model_copy(update={"since_us": now}) if done else hook)
            answers += statuses
        self._keep(left)
        return {"answers": answers}

    def _bodies(self, hook: Hook, now: int, wanted: Sending) -> list[bytes]:
        brand = self._world.store.person(hook.platform, handle=hook.account)
        events = []
        for post in self._happened(hook, now, own=wanted.own and hook.platform in ECHOES):
            author = self._world.store.person(hook.platform, handle=post.author)
            if author is not None and brand is not None:
                happening = Happening(post, author, brand, now // 1_000_000)
                events.append(EVENTS[hook.platform](happening))
        if wanted.batched and events and hook.platform in BATCHES:
            events = [BATCHES[hook.platform](events)]
        # as Meta does: who writes the JSON anew gets other bytes and another signature
        return [json.dumps(event, separators=(",", ":")).encode() for event in events]

    def _happened(self, hook: Hook, now: int, *, own: bool) -> list[Post]:
        who = "subject = ? and source = 'audience'"
        if hook.platform == "tiktok":
            who = "author = ? and source = 'brand'"
        elif own:
            ours = "case when source = 'brand' and parent is not null then author end"
            who = f"? in (subject, {ours})"
        return self._world.seen(
            f"platform = ? and {who} and created_us > ? and created_us <= ?",
            (hook.platform, hook.account, hook.since_us or 0, now),
            tail="order by created_us, id",
        )

    def _hooks(self) -> list[Hook]:
        return [Hook.model_validate(one) for one in json.loads(self._world.store.get(KEPT) or "[]")]

    def _keep(self, hooks: list[Hook]) -> None:
        self._world.store.put(KEPT, json.dumps([hook.model_dump() for hook in hooks]))


def shake_hands(hook: Hook) -> str | None:
    """Ask the app what its platform asks; why it is not taken, None where it is."""
    nonce = str(secrets.randbelow(10**9))
    asked = question(hook.platform, nonce, hook.verify_token)
    if asked is None:
        return None
    try:
        answer = httpx.get(hook.url, params=asked, timeout=TIMEOUT, trust_env=False)
        right = expected(hook.platform, nonce, hook.secret)
        said = answer.text if isinstance(right, str) else answer.json()
    except (httpx.HTTPError, ValueError) as exc:
        return f"the app gave no usable answer to the handshake ({type(exc).__name__})"
    if answer.status_code != httpx.codes.OK or said != right:
        return "the app's answer to the handshake is wrong: see its secret and its verify token"
    return None


def deliver(hook: Hook, bodies: list[bytes], unix: int) -> list[int]:
    """POST each body, signed; the status of each answer, 0 where none came."""
    statuses = []
    for body in bodies:
        name, value = SIGNATURES[hook.platform](hook.secret, body, unix)
        headers = {name: value, "content-type": "application/json"}
        try:
            answer = httpx.post(
                hook.url, content=body, headers=headers, timeout=TIMEOUT, trust_env=False
            )
            statuses.append(answer.status_code)
        except httpx.HTTPError:
            statuses.append(0)
    return statuses
