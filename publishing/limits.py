"""What platforms say of their limits, and what follows: nobody asks again before they may."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.errors import NetworkError, RateLimited
from domain.platforms import Platform
from publishing.outcomes import DOWN, LONGEST_WAIT, READ, THROTTLED, Outcome, refused
from publishing.platforms.standing import ACCOUNT, APP, Standing
from publishing.policies import Policy, place_of, policies
from storage.ledger import limits
from storage.ledger.limits import Limit, fresh

BREAKER = "breaker"
READS = "reads"
BY_CALL = (Platform.X, Platform.LINKEDIN, Platform.TIKTOK)
"""Platforms that limit each kind of call by itself: a read they refuse closes reads, not posts."""
BREAKS_AT = 5
"""Failures in a row, over all accounts of a place, after which it is left alone for a while."""
FIRST_BREAK = timedelta(seconds=30)
FIRST_PAUSE = timedelta(seconds=15)
FULL_FOR = timedelta(minutes=5)
"""How long a share in percent counts where the platform does not say when it falls."""
COSTS = {Platform.BLUESKY: 3}
"""Points of one post where calls are not counted one by one: a created record is three."""
REPLIES_KEEP, READS_KEEP = 0.1, 0.25
"""Shares of a window that replies, and metrics, leave to posts."""
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class News:
    """What one attempt, or one read, told about limits."""

    account: str
    outcome: Outcome
    is_read: bool = False


def note(connection: sa.Connection, news: Sequence[News], *, now: datetime) -> None:
    """Write down what attempts told, for all workers.

    A refusal for too many calls closes the account, or all accounts of the app where it was that
    which called too often, until the platform's instant, or longer each time; an answer of any
    other kind opens them. Breakdowns in a row close the place.
    """
    known = policies(connection)
    before = limits.read(connection, owners_of({one.account for one in news}, known))
    after: dict[Key, Limit] = dict(before)
    for one in news:
        _note_throttle(after, one, now)
        if one.is_read:  # its window is not the one that posts come out of
            continue
        _note_standings(after, one, now)
        _note_breaker(after, one, place_of(one.account, known), now)
    changed = [limit for key, limit in after.items() if before.get(key) != limit]
    limits.write(connection, [replace(limit, updated_at=now) for limit in changed])


def note_reads(
    connection: sa.Connection, heard: Mapping[str, NetworkError | None], *, now: datetime
) -> None:
    """Write down what reads came to, by account; None where the platform answered.

    Only a refusal for too many calls says something of limits, and an answer that it is over.
    """
    news = [
        News(account, refused(error) if error else READ, is_read=True)
        for account, error in heard.items()
        if error is None or isinstance(error, RateLimited)
    ]
    note(connection, news, now=now)


def known_limits(
    connection: sa.Connection, accounts: Sequence[str], known: Mapping[str, Policy], now: datetime
) -> dict[Key, Limit]:
    """What counts now for these accounts; windows that have ended are full again."""
    return fresh_all(limits.read(connection, owners_of(accounts, known)), now)


def owners_of(accounts: Iterable[str], known: Mapping[str, Policy]) -> set[str]:
    """Whose limits count for these accounts: their own, their apps' and their places'."""
    return {owner for account in accounts for owner in _owners(account, known)}


def fresh_all(known: Mapping[Key, Limit], now: datetime) -> dict[Key, Limit]:
    """Limits with what is over forgotten."""
    return {key: fresh(limit, now) for key, limit in known.items()}


def closed_until(connection: sa.Connection, account: str, *, now: datetime) -> datetime | None:
    """When the account, its app or its place may be read again; None where it may be now."""
    known = known_limits(connection, [account], policies(connection), now)
    until = [one.closed_until for one in known.values() if one.closed_until is not None]
    return max((at for at in until if at > now), default=None)


def why_unread(
    connection: sa.Connection, account: str, *, now: datetime, keep: float = READS_KEEP
) -> str | None:
    """Why nothing may be read of the account now; None where it may be.

    Metrics come last, after posts and replies; `keep` is the share of a window left to those.
    """
    closed = closed_until(connection, account, now=now)
    if closed is not None:
        return f"left alone until {closed:%Y-%m-%d %H:%M:%S} UTC"
    known = known_limits(connection, [account], policies(connection), now)
    scarce = next((limit for limit in known.values() if is_scarce(limit, keep)), None)
    return f"the last calls of {scarce.owner} are kept for posts" if scarce else None


def is_scarce(limit: Limit, keep: float) -> bool:
    """Whether so little of the window is left that it is kept for what matters more."""
    if limit.remaining is None or limit.size is None:
        return False
    return limit.remaining <= keep * limit.size


def _owners(account: str, known: Mapping[str, Policy]) -> tuple[str, str, str]:
    return account, account.partition(":")[0], place_of(account, known)


def _note_standings(after: dict[Key, Limit], one: News, now: datetime) -> None:
    for standing in one.outcome.heard:
        is_app = standing.scope == APP
        key = (one.account.partition(":")[0] if is_app else one.account, standing.scope)
        old = after.get(key) or Limit(*key, now)
        after[key] = _heard(old, standing, now)


def _heard(old: Limit, standing: Standing, now: datetime) -> Limit:
    resets_at = standing.resets_at or (now + FULL_FOR if standing.in_percent else None)
    closed = now + standing.closed_for if standing.closed_for else old.closed_until
    return replace(
        old,
        size=standing.limit,
        remaining=standing.remaining if resets_at is not None else None,
        in_percent=standing.in_percent,
        resets_at=resets_at,
        closed_until=closed,
    )


def _note_throttle(after: dict[Key, Limit], one: News, now: datetime) -> None:
    platform = one.account.partition(":")[0]
    is_apart = one.is_read and platform in BY_CALL
    mine = (one.account, READS if is_apart else ACCOUNT)
    of_app = (platform, READS if is_apart else APP)
    if one.outcome.trouble == THROTTLED:
        key = of_app if one.outcome.of_app else mine
        old = after.get(key) or Limit(*key, now)
        wait = min(FIRST_PAUSE * 2 ** min(old.failures, 20), LONGEST_WAIT)
        until = one.outcome.until or now + wait
        after[key] = replace(
            old,
            closed_until=max(until, now + timedelta(seconds=1)),
            failures=old.failures + 1,
            reason=one.outcome.reason,
        )
    elif one.outcome.trouble is None:
        known = ((key, after[key]) for key in (mine, of_app) if key in after)
        after |= {k: replace(one, failures=0, reason=None) for k, one in known if one.failures}


def _note_breaker(after: dict[Key, Limit], one: News, place: str, now: datetime) -> None:
    key = (place, BREAKER)
    old = after.get(key)
    if one.outcome.trouble == DOWN:
        old = old or Limit(*key, now)
        failures = old.failures + 1
        pause = min(FIRST_BREAK * 2 ** min(max(failures - BREAKS_AT, 0), 20), LONGEST_WAIT / 2)
        closed = now + pause if failures >= BREAKS_AT else None
        after[key] = replace(old, failures=failures, closed_until=closed, reason=one.outcome.reason)
    elif old is not None and old.failures and one.outcome.has_answered:
        after[key] = replace(old, failures=0, closed_until=None, reason=None)
