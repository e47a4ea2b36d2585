"""Faults on order: what the sandbox shall do wrong for the next calls of an account."""

import json
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.platforms import Platform
from sandbox.store import Store


class Effect(StrEnum):
    """What goes wrong.

    `accept_…` does the work first and then hides the answer; the quirks from `ghost` on are played
    by the wires that know them, each in its platform's own way.
    """

    ACCEPT_THEN_RESET = "accept_then_reset"
    ACCEPT_THEN_TIMEOUT = "accept_then_timeout"
    ACCEPT_THEN_500 = "accept_then_500"
    ACCEPT_THEN_GARBAGE = "accept_then_garbage"
    ACCEPT_THEN_BOMB = "accept_then_bomb"
    REJECT_429 = "reject_429"
    DOWN = "down"
    CIRCLE = "circle"
    GHOST = "ghost"
    SLOW = "slow"
    PROCESSING_FAILS = "processing_fails"
    EXPIRES = "expires"
    NO_PUBLIC_ID = "no_public_id"
    MISSING_COUNTS = "missing_counts"
    QUOTA_USED = "quota_used"
    APP_LIMIT = "app_limit"
    BLOCKED = "blocked"
    UNAUDITED = "unaudited"
    VERSION_GONE = "version_gone"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105


EVERYWHERE = (
    Effect.ACCEPT_THEN_RESET,
    Effect.ACCEPT_THEN_TIMEOUT,
    Effect.ACCEPT_THEN_500,
    Effect.ACCEPT_THEN_GARBAGE,
    Effect.ACCEPT_THEN_BOMB,
    Effect.REJECT_429,
    Effect.DOWN,
    Effect.CIRCLE,
)
"""The effects that the gate plays, the same for every wire."""


class Fault(BaseModel):
    """One order. `account` is a handle or `platform:handle`; none means any.

    `on`: a `write` makes something public, a `step` prepares it (a container, an upload) on the
    platforms that publish by steps.
    """

    model_config = ConfigDict(extra="forbid")

    platform: Platform | None = None
    account: str | None = None
    effect: Effect
    count: int = Field(default=1, ge=1)
    on: Literal["write", "step", "read", "token", "any"] = "write"
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
            " and \"on\" in (?, 'any') and effect in (select value from json_each(?))"
            " order by id limit 1",
            (platform, handle, kind, json.dumps(EVERYWHERE)),
        ).fetchone()
        return (row[0], Effect(row[1]), row[2]) if row else None

    def quirk(self, platform: str, handle: str | None, effect: Effect) -> float | None:
        """Play a quirk that is on order: its seconds, counted as played; None where there is none.

        `on` is not looked at: a quirk says by itself which calls it touches.
        """
        row = self._store.execute(
            "select id, seconds from faults where remaining > 0 and effect = ?"
            " and (platform is null or platform = ?) and (account is null or account = ?)"
            " order by id limit 1",
            (effect, platform, handle),
        ).fetchone()
        if row is None:
            return None
        self.spend(row[0])
        return float(row[1])

    def spend(self, number: int) -> None:
        """Count one as played."""
        self._store.execute("update faults set remaining = remaining - 1 where id = ?", (number,))
