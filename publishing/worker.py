"""The standing sender: due, send, reconcile, until it is stopped or has nothing left to do."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Self

from domain.clock import Clock
from domain.deliveries import Delivery, DeliveryState
from domain.errors import StoreError
from publishing import claims, orphans
from publishing.outbox import wait_by
from publishing.platforms.base import Network
from publishing.reconcile import reconcile
from publishing.refusals import TRIES, Refusals
from publishing.senders import Senders
from publishing.zones import follow_zones
from storage.ledger.database import Ledger
from storage.ledger.deliveries import ENDED

POLL = timedelta(seconds=1)
POLL_SECONDS = POLL / timedelta(seconds=1)
SHORTEST_WAIT = timedelta(milliseconds=50)
PATIENCE = timedelta(minutes=16)
"""How long `until_idle` waits for a row under way: a little more than X's rate-limit window."""
FRUITLESS = 2 * PATIENCE
"""How long `until_idle` goes on where nothing comes to an end: rows of a place that is down hand
the next try on to each other, so that one of them is always soon enough."""
LOOK_AHEAD = timedelta(minutes=2)
"""How far ahead `until_idle` still waits for a planned row."""
UNDER_WAY = (
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
)
LOOKED_UP = (DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.UNKNOWN)
ASKING = (DeliveryState.PLANNED, DeliveryState.DUE, *UNDER_WAY)


def run_worker(
    ledger: Ledger,
    *,
    networks: Mapping[str, Network],
    clock: Clock,
    concurrency: int = 1,
    until_idle: bool = False,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Send what falls due and settle what is unknown; returns how many deliveries were sent.

    Args:
        ledger: where the deliveries are.
        networks: the adapters by account id; other accounts' rows are left alone.
        clock: waits for the next row.
        concurrency: sends under way at a time, one an account.
        until_idle: end when nothing is due within two minutes and nothing under way can be
            settled within 16 minutes, or nothing of it was for twice as long; what waits for a
            person, a token or a platform that is down stays in the ledger.
        is_stopped: asked between two rounds; true ends the loop.

    A ledger that refuses amid the work is waited for: one second, doubling to a minute. What was
    being sent is then taken for unknown, as after a death, once its lease is over.

    Raises:
        StoreError: the ledger refused before anything came through, or `until_idle` four times in
            a row.
    """
    follow_zones(ledger)
    sent, refusals = 0, Refusals(tries=TRIES if until_idle else None)
    while not is_stopped():
        worker = _Worker(ledger, networks=networks, concurrency=concurrency, refusals=refusals)
        try:
            with worker:
                worker.run(clock, until_idle=until_idle, is_stopped=is_stopped)
        except StoreError as exc:
            sent += worker.sent
            refusals.wait(exc, is_stopped=is_stopped)
        else:
            return sent + worker.sent
    return sent


class _Worker:
    """One worker: its hands, and a thread beside them that looks up what is unknown."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        networks: Mapping[str, Network],
        concurrency: int,
        refusals: Refusals,
    ) -> None:
        self._ledger, self._networks, self._refusals = ledger, networks, refusals
        self._senders = Senders(ledger, networks=networks, concurrency=concurrency)
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="look-up")
        self._looking: Future[list[Delivery]] | None = None
        self._asked_at = -1e9
        self._asks: Mapping[DeliveryState, datetime] = {}
        self._has_orphans = False
        self._ended_at: datetime | None = None
        self.now = datetime.min.replace(tzinfo=UTC)
        self.has_acted = False
        self.sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._senders.__exit__(*error)
        self._beside.shutdown(wait=True)

    @property
    def is_busy(self) -> bool:
        """Whether anything is claimed, under way or being looked up."""
        return self._senders.is_busy or self._looking is not None

    def run(self, clock: Clock, *, until_idle: bool, is_stopped: Callable[[], bool]) -> None:
        """Round after round, until stopped or idle."""
        while not is_stopped():
            ended = self.go_round()
            self._refusals.over()
            self.sent += sum(delivery.state == DeliveryState.SENT for delivery in ended)
            if ended or self.has_acted or self.is_busy:
                continue
            wake_at = self.wake_at()
            if until_idle and wake_at is None:
                break
            # a simulated clock may jump; in real time another worker may bring news any moment
            jumps = until_idle and self._ledger.clock is not None
            latest = self.now + POLL
            until = wake_at if jumps and wake_at else min(wake_at or latest, latest)
            wait_by(clock, max(until, self.now + SHORTEST_WAIT), ledger_now=self.now)

    def go_round(self) -> list[Delivery]:
        """Take what is due, and give back what has come to an end since the last round."""
        if not self.is_busy or time.monotonic() - self._asked_at > POLL_SECONDS:
            self._ask()
            if self._looking is None and (self._has_orphans or self._is_due(*LOOKED_UP)):
                self._looking = self._beside.submit(
                    reconcile, self._ledger, networks=self._networks
                )
        is_asked = self._senders.is_busy or self._is_due(*ASKING)
        self.has_acted = is_asked and self._senders.take() > 0
        if self.has_acted:  # rows are claimed: from here on a refusal is one amid the work
            self._refusals.begin()
        sent = [one.delivery for one in self._senders.wait(POLL_SECONDS)]
        found = sent + self._looked_up()
        if self._ended_at is None or any(one.state in ENDED for one in found):
            self._ended_at = self.now
        return found

    def wake_at(self) -> datetime | None:
        """The next instant worth waiting for; None where there is none soon enough."""
        soon = []
        is_fruitless = self._ended_at is not None and self.now > self._ended_at + FRUITLESS
        for state, at in self._asks.items():
            if is_fruitless and state in UNDER_WAY:
                continue
            # a lease is over only when its instant has passed
            wake_at = at + timedelta(milliseconds=1) if state in orphans.HELD else at
            ahead = LOOK_AHEAD if state == DeliveryState.PLANNED else PATIENCE
            if state != DeliveryState.DUE and at <= self.now + ahead:
                soon.append(wake_at)
        return min(soon, default=None)

    def _ask(self) -> None:
        self._asked_at = time.monotonic()
        with self._ledger.reading() as connection:
            self.now = self._ledger.now(connection)
            self._asks = claims.instants(connection, accounts=self._networks.keys(), states=ASKING)
            is_any_held = not self._asks.keys().isdisjoint(orphans.HELD)
            self._has_orphans = is_any_held and bool(orphans.dead(connection))

    def _is_due(self, *states: DeliveryState) -> bool:
        return any(state in states and at <= self.now for state, at in self._asks.items())

    def _looked_up(self) -> list[Delivery]:
        if self._looking is None or (self._senders.is_busy and not self._looking.done()):
            return []
        looking, self._looking = self._looking, None
        found = looking.result()
        # what was taken back asks for something at once
        self.has_acted, self._has_orphans = self.has_acted or self._has_orphans, False
        return found
