"""Rows that nobody can read are put aside; those that only a newer version can are left to it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from domain.deliveries import DeliveryState
from publishing.gate import lock_free_posts
from publishing.posts import settle_posts
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger import legibility
from storage.ledger.tables import deliveries, in_state

REMEDY = "plan it again under another key"
NEWER = "a newer Amsel has written it, and this worker cannot read it: it is left to newer workers"
UPDATE = "update Amsel on the machines of older workers, or start a worker of the newer version"
PUT_OFF = timedelta(minutes=1)
"""How long an older worker leaves an unknown row alone that a newer one can look up."""
log = structlog.get_logger(__name__)


def set_aside(
    connection: sa.Connection, unread: Mapping[str, Exception], *, now: datetime
) -> frozenset[str]:
    """Let due rows fail that the caller holds and nobody can read, each with its reason.

    Returns the ids of those that stay due: a newer version can read them, or their post is being
    changed at this moment.
    """
    if not unread:
        return frozenset()
    left = _newer(connection, unread)
    _tell(connection, left, next_at=None)
    for delivery_id in unread.keys() - left:
        reason = legibility.mend(connection, delivery_id, now=now)
        row = ledger_deliveries.load(connection, delivery_id)
        documents, changing = lock_free_posts(connection, [row])
        if reason is None or row.post_id in changing:
            left.add(delivery_id)  # one that is lost says so, and the gate fails it later
            continue
        ledger_deliveries.move(
            connection,
            row,
            DeliveryState.FAILED,
            now=now,
            actor="door",
            reason=reason,
            remedy=REMEDY,
        )
        settle_posts(connection, documents, now=now)
    return frozenset(left)


def give_to_a_person(
    connection: sa.Connection, unread: Mapping[str, Exception], *, now: datetime
) -> None:
    """Keep rows of unknown fate unknown that nobody can read: what they sent may be public.

    Those that a newer version can read are put off for a minute or two.
    """
    newer = _newer(connection, unread)
    # at any instant of the second minute, so that no older worker is always the first
    _tell(connection, newer, next_at=now + PUT_OFF * (1 + now.microsecond / 1e6))
    for delivery_id in _held(connection, unread.keys() - newer):
        reason = legibility.mend(connection, delivery_id, now=now)
        if reason is None:
            continue
        row = ledger_deliveries.load(connection, delivery_id)
        words = (
            f"nobody but a person can tell whether it is out: {reason}. Look at {row.account}, "
            f"then `amsel deliveries settle {row.id} --sent ID`, or `--absent` to give it up"
        )
        ledger_deliveries.note(connection, row, words, next_at=None)


def mended(
    connection: sa.Connection, unread: Mapping[str, Exception], *, now: datetime
) -> frozenset[str]:
    """Mend those rows that the caller holds and no version can read; their ids."""
    broken = frozenset(unread.keys() - _newer(connection, unread))
    for one in broken:
        log.warning("a row is mended", id=one, why=legibility.mend(connection, one, now=now))
    return broken


def _newer(connection: sa.Connection, unread: Mapping[str, Exception]) -> set[str]:
    if unread and legibility.is_ledger_newer(connection):
        return set(unread)
    return {one for one, error in unread.items() if legibility.is_newer(error)}


def _held(connection: sa.Connection, ids: Iterable[str]) -> list[str]:
    """Those that are still unknown and that nobody else is moving."""
    mine = sa.select(deliveries.c.id).where(
        deliveries.c.id.in_([*ids]), in_state(DeliveryState.UNKNOWN)
    )
    return list(connection.scalars(mine.with_for_update(skip_locked=True)))


def _tell(connection: sa.Connection, newer: Iterable[str], *, next_at: datetime | None) -> None:
    """Say in the rows for what they wait; once in the log."""
    ids = deliveries.c.id.in_([*newer])
    fresh = sa.or_(deliveries.c.remedy.is_(None), deliveries.c.remedy != UPDATE)
    told = {"reason": NEWER, "remedy": UPDATE}
    free = sa.select(deliveries.c.id).where(ids, fresh).with_for_update(skip_locked=True)
    done = connection.execute(
        deliveries.update().where(deliveries.c.id.in_(free)).values(**told)
    ).rowcount
    if done:
        log.warning("deliveries are left to a newer version", deliveries=done, remedy=UPDATE)
    if next_at is not None:
        later = sa.select(deliveries.c.id).where(ids).with_for_update(skip_locked=True)
        connection.execute(
            deliveries.update().where(deliveries.c.id.in_(later)).values(next_at=next_at)
        )
