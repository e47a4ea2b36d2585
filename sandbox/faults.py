"""Faults on order: what the sandbox shall do wrong for the next calls of an account."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.store import Store


class Effect(StrEnum):
    """What goes wrong. `accept_…` does the work first and then hides the answer."""

    ACCEPT_THEN_RESET = "accept_then_reset"
    ACCEPT_THEN_TIMEOUT = "accept_then_timeout"
    ACCEPT_THEN_500 = "accept_then_500"
    REJECT_429 = "reject_429"
    DOWN = "down"


class Fault(BaseModel):
    """One order. `account` is a handle or `platform:handle`; none means any."""

    model_config = ConfigDict(extra="forbid")

    platform: Literal["x", "bluesky"] | None = None
    account: str | None = None
    effect: Effect
    count: int = Field(default=1, ge=1)
    on: Literal["write", "read", "any"] = "write"
    seconds: float = Field(default=60, ge=0, le=3600)


class Faults:
    """The orders that are still open; kept durably."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, fault: Fault) -> None:
        """Take an order."""
        account = fault.account.split(":", 1)[-1] if fault.account else None
        self._store.execute(
            'insert into faults (platform, account, effect, "on", remaining, seconds)'
            " values (?, ?, ?, ?, ?, ?)",
            (fault.platform, account, fault.effect, fault.on, fault.count, fault.seconds),
        )

    def open(self) -> list[dict[str, object]]:
        """What is still to go wrong, oldest order first."""
        rows = self._store.execute(
            'select platform, account, effect, remaining, "on", seconds from faults'
            " where remaining > 0 order by id"
        )
        names = ("platform", "account", "effect", "count", "on", "seconds")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def clear(self) -> None:
        """Forget all orders."""
        self._store.execute("delete from faults")

    def find(
        self, platform: str, handle: str | None, kind: str
    ) -> tuple[int, Effect, float] | None:
        """The fault that fits this call, if there is one: its number, effect and seconds."""
        row = self._store.execute(
            "select id, effect, seconds from faults where remaining > 0"
            " and (platform is null or platform = ?) and (account is null or account = ?)"
            " and \"on\" in (?, 'any') order by id limit 1",
            (platform, handle, kind),
        ).fetchone()
        return (row[0], Effect(row[1]), row[2]) if row else None

    def spend(self, number: int) -> None:
        """Count one as played."""
        self._store.execute("update faults set remaining = remaining - 1 where id = ?", (number,))
