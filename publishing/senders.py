"""A worker's hands: several sends at a time, each account's in order."""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Self

import structlog

from domain.allowances import allowance
from domain.deliveries import Delivery, DeliveryState
from domain.errors import NetworkError, Rejected, StoreError
from domain.preflight import Refusal, refusals
from publishing import claims, outcomes
from publishing.attempts import Attempt, Ending, Intent
from publishing.books import Books
from publishing.claims import Claimer
from publishing.diary import Diary
from publishing.leases import RENEW_EVERY, SEND_WITHIN
from publishing.outcomes import Outcome
from publishing.platforms import stopwatch
from publishing.platforms.base import Network, Optioned
from publishing.platforms.permit import Permit, held
from publishing.platforms.recording import recorded
from publishing.platforms.standing import heard
from publishing.wire import Wire
from publishing.workers import worker_name
from storage.ledger.database import Ledger
from storage.ledger.legibility import GARBLED, is_garbled

TROUBLED = (DeliveryState.WAITING, DeliveryState.UNKNOWN)
BETWEEN_CLAIMS = 0.02
"""Seconds between two claims of a worker that has enough to do."""
WHILE_SUPPLIED = 0.25
"""Seconds between two claims while more wait for their turn than are under way."""
OURS = (ValueError, TypeError, LookupError, AttributeError)
"""What adapters must not raise, and would where a step that was kept cannot be read."""
log = structlog.get_logger(__name__)
PER_ACCOUNT = 4
"""Rows of one account in one claim, where several accounts are served at a time."""


@dataclass(frozen=True, slots=True)
class Handled:
    """One delivery as the door left it; `late_seconds` is None where it was not sent."""

    delivery: Delivery
    late_seconds: float | None


class Senders:
    """Claims what is due and sends it, up to `concurrency` accounts at a time.

    Used as a context manager: at its end what is being sent comes to its end, and claims that
    were not used are given back.

    Args:
        ledger: where the deliveries are.
        networks: the adapters by account id; other accounts' rows are left alone.
        concurrency: requests under way at a time.
        books: where each send is written down; the ledger's by default.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        networks: Mapping[str, Network],
        concurrency: int = 1,
        books: Books | None = None,
    ) -> None:
        self.owner = worker_name()
        self._ledger, self._networks = ledger, networks
        self._books = books or Books.of(ledger)
        self._diary = Diary(self.owner)
        # while some requests are under way, the next intents and the last outcomes are written:
        # a commit waits for the disk, and serves the more the more hands wait with it
        hands = 1 if concurrency == 1 else 8 * concurrency
        self._wire = Wire(concurrency)
        self._enough = 3 * concurrency
        self._most = 1 if concurrency == 1 else 2 * hands
        self._per_account = 1 if concurrency == 1 else PER_ACCOUNT
        self._pool = ThreadPoolExecutor(hands, thread_name_prefix="sender")
        self._lanes: set[Future[list[Handled]]] = set()
        self._in_hand: dict[str, Delivery] = {}
        self._renewed_at = self._taken_at = time.monotonic()
        self._is_closing = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closing.set()
        self._pool.shutdown(wait=True)
        self._diary.close()
        try:
            self._give_back([*self._in_hand])
        except StoreError:
            return  # their leases run out

    @property
    def is_busy(self) -> bool:
        """Whether anything is claimed or under way."""
        return bool(self._lanes)

    def take(self) -> int:
        """Claim for the hands that are free, and start them; returns how many rows.

        Raises:
            StoreError: the ledger refused.
        """
        free = self._most - len(self._lanes)
        if free <= 0 or (len(self._lanes) >= self._enough and self._has_claimed_lately):
            return 0
        if self.is_busy:  # a claim for many costs little more than one for one
            time.sleep(max(0.0, self._taken_at + BETWEEN_CLAIMS - time.monotonic()))
        self._taken_at = time.monotonic()
        claimer = Claimer(self.owner, self._networks.keys(), free, self._per_account)
        rows = self._claim(claimer)
        if rows:
            self._diary.begin()
        self._in_hand |= {row.id: row for row in rows}
        for _, lane in groupby(rows, key=lambda row: row.account):
            self._lanes.add(self._pool.submit(self._send_lane, list(lane)))
        return len(rows)

    def _claim(self, claimer: Claimer) -> Sequence[Delivery]:
        with self._ledger.transaction() as connection:
            return claims.take(connection, self._ledger.now(connection), claimer)

    @property
    def _has_claimed_lately(self) -> bool:
        return time.monotonic() < self._taken_at + WHILE_SUPPLIED

    def wait(self, timeout: float | None = None) -> list[Handled]:
        """Wait until an account's rows are through; what was handled since the last call.

        Raises:
            StoreError: the ledger refused; what was being sent is unknown and looked up later.
        """
        give_up_at = None if timeout is None else time.monotonic() + timeout
        done: set[Future[list[Handled]]] = set()
        while self._lanes and not done:
            left = RENEW_EVERY if give_up_at is None else give_up_at - time.monotonic()
            if left <= 0:
                break
            done, self._lanes = wait(
                self._lanes, timeout=min(left, RENEW_EVERY), return_when=FIRST_COMPLETED
            )
            self._give_sign_of_life()
        return [handled for lane in done for handled in lane.result()]

    def _give_sign_of_life(self) -> None:
        if time.monotonic() - self._renewed_at < RENEW_EVERY:
            return
        self._renewed_at = time.monotonic()
        with self._ledger.transaction() as connection:
            now = self._ledger.now(connection)
            claims.renew(connection, now, [*self._in_hand], owner=self.owner)

    def _send_lane(self, lane: Sequence[Delivery]) -> list[Handled]:
        handled = []
        for number, claimed in enumerate(lane):
            if self._is_closing.is_set():
                break
            network = self._networks[claimed.account]
            try:
                finished = send(self._books, claimed, network, wire=self._wire, diary=self._diary)
            except GARBLED as exc:
                if not is_garbled(exc):
                    raise
                # whoever takes it back when its lease is over puts it aside
                log.warning(
                    "a row cannot be read any more", id=claimed.id, error=type(exc).__name__
                )
                finished = None
            self._in_hand.pop(claimed.id, None)
            if finished is None:
                continue
            handled.append(Handled(finished, _late(finished)))
            if finished.state in TROUBLED:  # what stopped this one would stop the next
                self._give_back([one.id for one in lane[number + 1 :]])
                break
        return handled

    def _give_back(self, unused: Sequence[str]) -> None:
        if not unused:
            return
        with self._ledger.transaction() as connection:
            claims.release(connection, self._ledger.now(connection), unused, owner=self.owner)
        for delivery_id in unused:
            self._in_hand.pop(delivery_id, None)


def send(
    books: Books,
    claimed: Delivery,
    network: Network,
    *,
    since: float | None = None,
    wire: Wire | None = None,
    diary: Diary | None = None,
) -> Delivery | None:
    """Make one attempt for a claimed delivery; None where it was held back or came too late.

    `since` is `stopwatch.seconds()` from before the intent: a worker that slept since then writes
    that nothing was sent instead of sending. `wire` bounds the requests under way; `diary` is the
    worker's, where it keeps one.
    """
    wire = wire or Wire(1)
    with wire.place():
        since = stopwatch.seconds() if since is None else since
        attempt = books.begin(Intent(claimed, network))
        if attempt is None:
            return None
        with wire.turn():
            outcome = _outcome(attempt, network, books, since=since, diary=diary)
    return books.finish(Ending(attempt, outcome))


def _outcome(
    attempt: Attempt, network: Network, books: Books, *, since: float, diary: Diary | None
) -> Outcome:
    forbidden = _forbidden(attempt, network, since=since)
    if forbidden is not None:
        return forbidden
    if diary is not None:
        diary.note(attempt.delivery.id, attempt.number, attempt.started_at)
    permit = Permit(partial(books.look, attempt), since=since, good_for=SEND_WITHIN)
    with recorded() as exchanges, heard() as standings, held(permit):
        try:
            result = network.publish(attempt.send(permit.kept(partial(books.keep, attempt))))
        except NetworkError as exc:
            outcome = outcomes.refused(exc, failures=attempt.failures, looks=attempt.looks)
        except OURS as exc:  # a fault that one post brings out must not end the worker
            log.warning("sending broke", id=attempt.delivery.id, error=type(exc).__name__)
            outcome = outcomes.broken(exc)
        else:
            outcome = outcomes.sent(result)
    return replace(outcome, exchanges=tuple(exchanges), heard=tuple(standings.values()))


def _forbidden(attempt: Attempt, network: Network, *, since: float) -> Outcome | None:
    """Why this attempt asks for nothing; None where it may ask."""
    delivery = attempt.delivery
    options = network.options if isinstance(network, Optioned) else None
    by = allowance(delivery.platform, options, can=network.capabilities)
    found = refusals(delivery.platform, attempt.payload, kind=delivery.kind, by=by)
    if found:
        refused = outcomes.refused(_rejected(delivery.account, found))
        return replace(refused, trouble=outcomes.UNASKED)
    if stopwatch.seconds() - since > SEND_WITHIN:
        why = "the worker slept before sending; nothing was sent"
        return outcomes.unasked(why, remedy="nothing: it is tried again")
    return None


def _rejected(account: str, found: Sequence[Refusal]) -> Rejected:
    evidence = "; ".join(one.evidence for one in found)
    return Rejected(f"{account} would refuse it ({evidence}); {found[0].remedy}")


def _late(delivery: Delivery) -> float | None:
    if delivery.sent_at is None:
        return None
    return (delivery.sent_at - delivery.due_at) / timedelta(seconds=1)
