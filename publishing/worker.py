"""The standing sender: due, send, reconcile, until it is stopped or has nothing left to do."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.deliveries import DeliveryState
from publishing import claims
from publishing.outbox import deliver_due, wait_by
from publishing.platforms.base import Network
from publishing.reconcile import reconcile
from publishing.zones import follow_zones
from storage.ledger.database import Ledger

POLL = timedelta(seconds=1)
SHORTEST_WAIT = timedelta(milliseconds=50)
BATCH = 50
PATIENCE = timedelta(minutes=16)
"""How long `until_idle` waits for a row under way: a little more than X's rate-limit window."""
LOOK_AHEAD = timedelta(minutes=2)
"""How far ahead `until_idle` still waits for a planned row."""
UNDER_WAY = (
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
)


def run_worker(
    ledger: Ledger,
    *,
    networks: Mapping[str, Network],
    clock: Clock,
    until_idle: bool = False,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Send what falls due and settle what is unknown; returns how many deliveries were sent.

    Args:
        ledger: where the deliveries are.
        networks: the adapters by account id; other accounts' rows are left alone.
        clock: waits for the next row.
        until_idle: end when nothing is due within two minutes and nothing under way can be
            settled within 16 minutes; what waits for a person or a token stays in the ledger.
        is_stopped: asked between two rounds; true ends the loop.

    Raises:
        StoreError: the ledger refused.
    """
    follow_zones(ledger)
    sent = 0
    while not is_stopped():
        with ledger.reading() as connection:
            now = ledger.now(connection)
        handled = deliver_due(ledger, networks=networks, clock=clock, until=now, limit=BATCH)
        settled = reconcile(ledger, networks=networks)
        ended = [one.delivery for one in handled] + settled
        sent += sum(delivery.state == DeliveryState.SENT for delivery in ended)
        if ended:
            continue
        wake_at = _wake_at(ledger, networks)
        if until_idle and wake_at is None:
            break
        until = wake_at if until_idle and wake_at else min(wake_at or now + POLL, now + POLL)
        wait_by(clock, max(until, now + SHORTEST_WAIT), ledger_now=now)
    return sent


def _wake_at(ledger: Ledger, networks: Mapping[str, Network]) -> datetime | None:
    """The next instant worth waiting for; None where there is none soon enough."""
    with ledger.reading() as connection:
        now = ledger.now(connection)
        planned = claims.next_instant(
            connection, accounts=networks.keys(), states=(DeliveryState.PLANNED,)
        )
        under_way = claims.next_instant(connection, accounts=networks.keys(), states=UNDER_WAY)
    soon = []
    if planned is not None and planned <= now + LOOK_AHEAD:
        soon.append(planned)
    if under_way is not None and under_way <= now + PATIENCE:
        # a lease is over only when its instant has passed
        soon.append(under_way + timedelta(milliseconds=1))
    return min(soon, default=None)
