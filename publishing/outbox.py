"""The one door: the only place that lets anything out, each delivery once."""

import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from domain.clock import Clock
from domain.deliveries import Delivery, DeliveryState
from domain.errors import NetworkError, Rejected, Unreachable
from domain.preflight import Refusal, refusals
from publishing import attempts, claims, outcomes
from publishing.attempts import Attempt
from publishing.platforms.base import Network
from publishing.platforms.recording import recorded
from storage.ledger.database import Ledger

SEND_WITHIN = 30.0
"""Seconds from the claim in which the request must start; past them the lease is not trusted."""
AHEAD = (DeliveryState.PLANNED, DeliveryState.WAITING)


@dataclass(frozen=True, slots=True)
class Handled:
    """One delivery as the door left it; `late_seconds` is None where it was not sent."""

    delivery: Delivery
    late_seconds: float | None


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
    owner = worker_name()
    handled: list[Handled] = []
    while len(handled) < limit:
        claimed_at = time.monotonic()
        claimed = claims.claim(ledger, accounts=networks.keys(), owner=owner)
        if claimed is not None:
            done = send(ledger, claimed, networks[claimed.account], claimed_at=claimed_at)
            handled += [] if done is None else [done]
        elif not _hold(ledger, networks=networks, clock=clock, until=until):
            break
    return handled


def send(
    ledger: Ledger, claimed: Delivery, network: Network, *, claimed_at: float
) -> Handled | None:
    """Make one attempt for a claimed delivery; None where it was held back or came too late.

    `claimed_at` is `time.monotonic()` from before the claim: a worker that slept since then
    writes that nothing was sent instead of sending.
    """
    attempt = attempts.begin(ledger, claimed, network=network)
    if attempt is None:
        return None
    outcome = _outcome(ledger, attempt, network, claimed_at=claimed_at)
    finished = attempts.finish(ledger, attempt, outcome)
    return None if finished is None else Handled(finished, _late(finished))


def worker_name() -> str:
    """A name for this process that no other has: host, process and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def _outcome(
    ledger: Ledger, attempt: Attempt, network: Network, *, claimed_at: float
) -> outcomes.Outcome:
    if time.monotonic() - claimed_at > SEND_WITHIN:
        slept = Unreachable("the worker slept before sending; nothing was sent, it is tried again")
        return outcomes.refused(slept, attempts=attempt.number)
    delivery = attempt.delivery
    refused = refusals(delivery.platform, attempt.payload, kind=delivery.kind)
    if refused:
        return outcomes.refused(_rejected(delivery.account, refused), attempts=attempt.number)
    with recorded() as exchanges:
        try:
            result = network.publish(attempt.send(partial(attempts.keep, ledger, attempt)))
        except NetworkError as exc:
            outcome = outcomes.refused(exc, attempts=attempt.number)
        else:
            outcome = outcomes.sent(result)
    return replace(outcome, exchanges=tuple(exchanges))


def _rejected(account: str, refused: Sequence[Refusal]) -> Rejected:
    evidence = "; ".join(one.evidence for one in refused)
    return Rejected(f"{account} would refuse it ({evidence}); {refused[0].remedy}")


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


def wait_by(clock: Clock, instant: datetime, *, ledger_now: datetime) -> None:
    """Wait until the ledger's clock, which decides what is due, has come to `instant`."""
    difference = clock.now() - ledger_now
    clock.wait_until(instant + difference)


def _late(delivery: Delivery) -> float | None:
    if delivery.sent_at is None:
        return None
    return (delivery.sent_at - delivery.due_at) / timedelta(seconds=1)
