"""The one door: the only place that lets anything out, each delivery once."""

from collections.abc import Mapping
from datetime import datetime

from domain.clock import Clock
from domain.deliveries import DeliveryState
from publishing import claims
from publishing.platforms.base import Network
from publishing.senders import Handled, Senders
from publishing.workers import worker_name
from storage.ledger.database import Ledger

__all__ = ["Handled", "deliver_due", "wait_by", "worker_name"]
AHEAD = (DeliveryState.PLANNED, DeliveryState.WAITING)


def deliver_due(
    ledger: Ledger,
    *,
    networks: Mapping[str, Network],
    clock: Clock,
    until: datetime,
    limit: int,
) -> list[Handled]:
    """Send what is due and what falls due up to `until`, each row held until its instant.

    Returns at most `limit` handled rows, in order of sending.

    Raises:
        StoreError: the ledger refused; what was being sent is then unknown and looked up later.
    """
    handled: list[Handled] = []
    with Senders(ledger, networks=networks) as senders:
        while len(handled) < limit:
            if senders.take():
                handled += senders.wait()
            elif not _hold(ledger, networks=networks, clock=clock, until=until):
                break
    return handled


def wait_by(clock: Clock, instant: datetime, *, ledger_now: datetime) -> None:
    """Wait until the ledger's clock, which decides what is due, has come to `instant`."""
    difference = clock.now() - ledger_now
    clock.wait_until(instant + difference)


def _hold(
    ledger: Ledger, *, networks: Mapping[str, Network], clock: Clock, until: datetime
) -> bool:
    """Wait for the next row up to `until`; False where there is none."""
    with ledger.reading() as connection:
        instant = claims.next_instant(connection, accounts=networks.keys(), states=AHEAD)
        now = ledger.now(connection)
    if instant is None or instant > until:
        return False
    if instant > now:
        wait_by(clock, instant, ledger_now=now)
    return True
