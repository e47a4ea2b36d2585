"""Bans on order: an edge in front of a platform refuses whatever is asked, until an instant."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.types import Receive, Scope, Send

from domain.platforms import Platform
from sandbox.clock import instant, micros
from sandbox.store import Store

Told = Literal["seconds", "date", "nothing"]
SAID = b"Too Many Requests\n"
"""The body of an edge's refusal, which is no answer of the platform's."""


class Ban(BaseModel):
    """One order.

    Attributes:
        account: a handle or `platform:handle`; none bans the app, which is every account.
        until: by the sandbox's clock.
        told: how `Retry-After` says when it ends.
    """

    model_config = ConfigDict(extra="forbid")

    platform: Platform
    account: str | None = None
    until: AwareDatetime
    told: Told = "seconds"


class Edge(Response):
    """A 429 of the edge: what the platform behind it would say of its limits is not said."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(SAID, 429, headers, "text/plain")
        self._said = list(self.raw_headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, without any header that was added meanwhile."""
        self.raw_headers = self._said
        await super().__call__(scope, receive, send)


class Bans:
    """The bans that were ordered; kept durably, looked up in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        rows = store.execute("select platform, account, until_us, told from bans")
        self._all: list[tuple[str, str | None, datetime, str]] = [
            (platform, account, instant(until), told) for platform, account, until, told in rows
        ]

    def add(self, ban: Ban) -> None:
        """Take an order."""
        account = ban.account.split(":", 1)[-1] if ban.account else None
        until = ban.until.astimezone(UTC)
        self._store.execute(
            "insert into bans (platform, account, until_us, told) values (?, ?, ?, ?)",
            (ban.platform, account, micros(until), ban.told),
        )
        self._all.append((str(ban.platform), account, until, ban.told))

    def clear(self) -> None:
        """Forget all orders."""
        self._store.execute("delete from bans")
        self._all.clear()

    def refusal(self, platform: str, handle: str | None, *, now: datetime) -> Edge | None:
        """The edge's answer to a call; None where nothing bans it now."""
        for whose, account, until, told in self._all:
            if whose == platform and account in (None, handle) and now < until:
                return Edge(_retry_after(until - now, told))
        return None


def _retry_after(left: timedelta, told: str) -> dict[str, str]:
    seconds = math.ceil(left / timedelta(seconds=1))
    if told == "seconds":
        return {"Retry-After": str(seconds)}
    if told == "date":  # the `Date` beside it is real time, and what is left is counted from that
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
        return {"Retry-After": format_datetime(at, usegmt=True)}
    return {}
