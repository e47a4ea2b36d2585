"""One account's tokens as all workers share them: read, renewed early by one, durable before use.

A pair that was got is written before anybody uses it. A lost answer leaves the row in doubt: the
old refresh token is tried once more when the access token is over, and the platform's word decides
whether a person must connect the account again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import httpx

from domain.errors import (
    AuthExpired,
    FateUnknown,
    Forbidden,
    NetworkError,
    RateLimited,
    StoreError,
    Unreachable,
)
from domain.tokens import Tokens
from publishing.oauth.dialect import App, Renewer
from publishing.oauth.wire import TokenWire
from publishing.platforms.base import Grant
from publishing.workers import is_gone, worker_name
from storage.ledger import tokens as ledger_tokens
from storage.ledger.database import Ledger
from storage.ledger.tokens import Holder, Kept, Keys, Matter

LEASE = timedelta(seconds=60)
"""Longer than a token call may take: who holds it longer was killed or paused."""
ASKED_BY = LEASE / 2
"""How much of the lease must be left when the platform is asked: who slept on it lets it be. From
then on nobody waits for a process that is certainly gone."""
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=10)
PATIENCE = 3.0
"""Seconds to wait, once, for another process that renews the same tokens."""
LOOK_AGAIN = timedelta(seconds=10)
"""How soon a post that waits for such a renewal asks again."""
PAUSE = 0.05
FRESH = timedelta(seconds=60)
"""A token refused so soon after it was got may only not be known everywhere yet."""
TRUSTED = 5.0
"""Seconds for which what was read is used again without a look into the ledger."""


class Turn(StrEnum):
    """Whose turn it is to renew."""

    OURS = "ours"
    THEIRS = "theirs"
    DONE = "done"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Vault:
    """Where tokens are: the ledger, and the keys that open them, read anew at each need."""

    ledger: Ledger
    keys: Keys

    def find(self, account: str) -> Kept | None:
        """The row of an account. Raises StoreError."""
        with self.ledger.reading() as connection:
            return ledger_tokens.find(connection, account, keys=self.keys)

    def read(self, account: str) -> tuple[Kept | None, datetime]:
        """The row of an account, and the ledger's instant. Raises StoreError."""
        with self.ledger.reading() as connection:
            kept = ledger_tokens.find(connection, account, keys=self.keys)
            return kept, self.ledger.now(connection)

    def now(self) -> datetime:
        """The ledger's instant. Raises StoreError."""
        with self.ledger.reading() as connection:
            return self.ledger.now(connection)

    def user_ids(self) -> dict[str, str]:
        """Account id to the platform's own name of it, where one is known. Raises StoreError."""
        with self.ledger.reading() as connection:
            return ledger_tokens.user_ids(connection)


@dataclass(frozen=True, slots=True)
class Way:
    """How an account's tokens come about.

    Attributes:
        renewer: the platform's way.
        app: the operator's app there.
        fallback: gives what the environment holds where nothing is kept; raises ConfigError where
            it holds nothing either.
        opens_sessions: whether that is a password, which only opens sessions (Bluesky).
    """

    renewer: Renewer
    app: App
    fallback: Callable[[], str]
    opens_sessions: bool = False


class TokenKeeper:
    """The tokens of one account; a Keeper. `transport` is for tests."""

    def __init__(
        self,
        vault: Vault,
        holder: Holder,
        way: Way,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._vault, self._holder, self._way, self._transport = vault, holder, way, transport
        self._owner = worker_name()
        self._waited_for: str | None = None
        self._trusted: tuple[Grant, float] | None = None

    def __repr__(self) -> str:
        return f"TokenKeeper({self._holder.account.id!r})"

    def current(self) -> Grant:
        """The token to use now, renewed where its end is near.

        Raises:
            AuthExpired: a person must connect the account; the message has the command.
            Unreachable: it is over, and the platform cannot be asked now.
            RateLimited: it is over, and renewed soon, by another or at the next try.
            StoreError: the ledger or the keys refuse.
        """
        if self._trusted and time.monotonic() < self._trusted[1]:
            return self._trusted[0]
        kept = self._vault.find(self._holder.account.id)
        if kept is None or kept.tokens is None:
            if not self._way.opens_sessions:
                return self._trust(Grant(self._way.fallback()))
            return self._renewed(kept, is_over=True)
        if kept.renew_at is None:
            return self._trust(_grant(kept.tokens))
        now = self._vault.now()
        if now < kept.renew_at:
            return self._trust(_grant(kept.tokens), left=kept.renew_at - now)
        return self._renewed(kept, is_over=_is_over(kept.tokens, now))

    def renewed(self, refused: str) -> Grant | None:
        """Another token than the one that was refused; None where waiting may help.

        Raises:
            AuthExpired: a person must connect the account; the message has the command.
            Unreachable, RateLimited: it cannot be renewed at once.
        """
        self._trusted = None
        kept, now = self._vault.read(self._holder.account.id)
        if kept is None or kept.tokens is None:
            why = "the platform refuses the token of the environment"
            self._open_matter(why, kept, is_over=False)
            raise self._helpless(why)
        if kept.tokens.access != refused:
            return self.current()
        if kept.obtained_at and now - kept.obtained_at < FRESH and not kept.tokens.refresh:
            return None
        return self._renewed(kept, is_over=True)

    def keep_fresh(self) -> None:
        """Renew what is due though nobody uses it; what goes wrong is for the next use to say."""
        kept, now = self._vault.read(self._holder.account.id)
        if kept is not None and kept.tokens is not None and kept.renew_at and kept.renew_at <= now:
            try:
                self._renewed(kept, is_over=_is_over(kept.tokens, now))
            except NetworkError:
                return

    def _trust(self, grant: Grant, *, left: timedelta | None = None) -> Grant:
        """Use it again for a while; a simulated clock may jump over the end of what is `left`."""
        if left is None or self._vault.ledger.clock is None:
            seconds = TRUSTED if left is None else min(left / timedelta(seconds=1), TRUSTED)
            self._trusted = (grant, time.monotonic() + seconds)
        return grant

    def _renewed(self, seen: Kept | None, *, is_over: bool) -> Grant:
        give_up_at = time.monotonic() + PATIENCE
        while True:
            turn, kept, now = self._take_turn(seen, is_over=is_over)
            if turn is Turn.OURS:
                return self._carry_out(kept, now, is_over=is_over)
            if turn is Turn.DONE and kept.tokens is not None:
                return _grant(kept.tokens)
            if not is_over and kept.tokens is not None:
                return _grant(kept.tokens)  # it is good for a while yet
            if turn is Turn.NEVER or (turn is Turn.LATER and kept.attention):
                raise AuthExpired(f"{kept.account}: {kept.attention}; {kept.remedy}")
            is_known = kept.lease_owner == self._waited_for  # no post waits for the same one again
            if turn is Turn.LATER or is_known or time.monotonic() > give_up_at:
                self._waited_for = kept.lease_owner
                raise _wait(kept, now)
            time.sleep(PAUSE)

    def _take_turn(self, seen: Kept | None, *, is_over: bool) -> tuple[Turn, Kept, datetime]:
        generation = seen.generation if seen else 0
        kept, now = self._vault.read(self._holder.account.id)
        if kept is not None:  # a look costs less than a lock, and mostly says enough
            turn = self._turn(kept, generation, now, is_over=is_over)
            if turn is not Turn.OURS:
                return turn, kept, now
        with self._vault.ledger.transaction() as connection:
            now = self._vault.ledger.now(connection)
            kept = ledger_tokens.lock(connection, self._holder, keys=self._vault.keys, now=now)
            turn = self._turn(kept, generation, now, is_over=is_over)
            if turn is Turn.OURS:
                ledger_tokens.take_lease(
                    connection, kept, owner=self._owner, until=now + LEASE, now=now
                )
        return turn, kept, now

    def _turn(self, kept: Kept, generation: int, now: datetime, *, is_over: bool) -> Turn:
        if kept.generation != generation:
            return Turn.DONE
        if _is_held(kept, now):
            return Turn.THEIRS
        if kept.retry_at is not None and kept.retry_at > now:
            return Turn.LATER
        if kept.attention and kept.retry_at is None and kept.tokens is not None:
            return Turn.NEVER
        if _is_in_doubt(kept) and self._way.renewer.rotates and not is_over:
            return Turn.LATER  # a spent token, shown again, may end what is still good
        return Turn.OURS

    def _carry_out(self, kept: Kept, now: datetime, *, is_over: bool) -> Grant:
        row, looked_at = self._vault.read(kept.account)
        if row is not None and not self._may_ask(row, looked_at):
            if row.tokens is not None and row.generation != kept.generation:
                return _grant(row.tokens)
            return self._or_raise(kept, _wait(row, looked_at), is_over=is_over)
        wire = TokenWire(self._holder.account, self._transport)
        try:
            old = kept.tokens or Tokens("", password=self._way.fallback())
            new = self._way.renewer.renew(wire, self._app_for(old), old, now=now)
        except AuthExpired as exc:
            return self._refused(kept, exc, now, is_over=is_over)
        except Forbidden as exc:
            retry_at = now + LONGEST_RETRY
            newer = self._open_matter(str(exc), kept, is_over=is_over, retry_at=retry_at)
            return _grant(newer) if newer else self._or_raise(kept, exc, is_over=is_over)
        except NetworkError as exc:
            self._put_off(kept, is_doubtful=isinstance(exc, FateUnknown))
            late = Unreachable(f"{kept.account}: its token could not be renewed ({exc})")
            return self._or_raise(kept, late, is_over=is_over)
        finally:
            wire.close()
        return self._kept(kept, new)

    def _may_ask(self, row: Kept, now: datetime) -> bool:
        """Whether it is still our turn: a spent token, shown again, may end all that is good."""
        is_ours = row.lease_owner == self._owner
        return is_ours and row.lease_until is not None and now <= row.lease_until - ASKED_BY

    def _kept(self, kept: Kept, new: Tokens) -> Grant:
        """Write the new pair down; it exists nowhere else, so the ledger is asked three times."""
        for chance in (2, 1, 0):
            try:
                with self._vault.ledger.transaction() as connection:
                    now = self._vault.ledger.now(connection)
                    keys = self._vault.keys
                    row = ledger_tokens.lock(connection, self._holder, keys=keys, now=now)
                    if row.generation == kept.generation:
                        row = ledger_tokens.keep(connection, self._holder, new, keys=keys, now=now)
            except StoreError:
                if not chance:
                    raise
                time.sleep(PAUSE)
            else:
                break
        assert row.tokens is not None  # noqa: S101 - this or a later pair was written
        return _grant(row.tokens)

    def _refused(self, kept: Kept, exc: AuthExpired, now: datetime, *, is_over: bool) -> Grant:
        said = str(exc).removeprefix(f"{kept.account}: ")
        reason = said.replace(f"{kept.account} refuses", "the platform refuses", 1)
        if _is_in_doubt(kept):
            reason = f"the answer to a renewal was lost, and the token before is spent ({reason})"
        if not is_over and kept.tokens and kept.tokens.expires_at:
            reason = f"its token ends at {kept.tokens.expires_at.isoformat()} ({reason})"
        retry_at = None if kept.tokens else now + LONGEST_RETRY
        newer = self._open_matter(reason, kept, is_over=is_over, retry_at=retry_at)
        return (
            _grant(newer)
            if newer
            else self._or_raise(kept, self._helpless(reason), is_over=is_over)
        )

    def _helpless(self, reason: str) -> AuthExpired:
        return AuthExpired(f"{self._holder.account.id}: {reason}; {self.remedy}")

    def _open_matter(
        self, reason: str, seen: Kept | None, *, is_over: bool, retry_at: datetime | None = None
    ) -> Tokens | None:
        """Tell a person, unless another one, which came back late, has the next pair: that pair."""
        generation = seen.generation if seen else 0
        with self._vault.ledger.transaction() as connection:
            now, keys = self._vault.ledger.now(connection), self._vault.keys
            row = ledger_tokens.lock(connection, self._holder, keys=keys, now=now)
            if row.generation != generation:
                return row.tokens
            matter = Matter(reason, self.remedy, is_over, retry_at)
            ledger_tokens.need_attention(connection, self._holder, matter, now=now)
        return None

    def _put_off(self, kept: Kept, *, is_doubtful: bool) -> None:
        wait = min(FIRST_RETRY * 2 ** min(kept.failures, 10), LONGEST_RETRY)
        with self._vault.ledger.transaction() as connection:
            now = self._vault.ledger.now(connection)
            ledger_tokens.drop_lease(
                connection,
                kept,
                in_doubt=is_doubtful or _is_in_doubt(kept),
                retry_at=now + wait,
                now=now,
            )

    def _or_raise(self, kept: Kept, error: NetworkError, *, is_over: bool) -> Grant:
        """The old token while it is good; the error afterwards."""
        if is_over or kept.tokens is None:
            raise error
        return _grant(kept.tokens)

    def _app_for(self, tokens: Tokens) -> App:
        own = App(tokens.client_id, tokens.client_secret)
        return own if tokens.client_id else self._way.app

    @property
    def remedy(self) -> str:
        """The command that mends it."""
        account = self._holder.account
        return (
            f"run `amsel connect {account.platform} --brand {self._holder.brand} "
            f"--account {account.handle}`"
        )


def _wait(kept: Kept, now: datetime) -> RateLimited:
    until = kept.retry_at
    if kept.lease_owner and kept.lease_until:  # it is mostly done long before its lease is over
        until = min(kept.lease_until, now + LOOK_AGAIN)
    return RateLimited(f"{kept.account}: its token is renewed first; nothing to do", until=until)


def _grant(tokens: Tokens) -> Grant:
    return Grant(tokens.access, tokens.user_id)


def _is_over(tokens: Tokens, now: datetime) -> bool:
    return tokens.expires_at is not None and tokens.expires_at <= now


def _is_held(kept: Kept, now: datetime) -> bool:
    """Whether somebody may still come back with a new pair, or their request still arrive."""
    if kept.lease_until is None or kept.lease_until <= now:
        return False
    has_asked = kept.lease_until - now <= ASKED_BY
    return not (has_asked and kept.lease_owner is not None and is_gone(kept.lease_owner))


def _is_in_doubt(kept: Kept) -> bool:
    """A lost answer, or somebody who took the lease and never came back."""
    return kept.in_doubt or kept.lease_owner is not None
