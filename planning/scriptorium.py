"""The scriptorium: orders that can wait are written in batches, at half the price, paid once.

What is ordered is written down with its money before the request, as pictures and clips are
(`planning.commissioning`), and a batch whose confirmation was lost is looked for before anybody
orders again. What fails, or does not come in time, is written at once by somebody else.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

import polars as pl
import structlog

from content.providers.batches import MOST, Batches, Outcome, key_of, seed_of_key
from content.providers.orders import Order, read_answer
from domain.brand import Brand
from domain.commissions import Commission, CommissionState, NewCommission
from domain.errors import PolicyError, WriterError, WriterUnavailable
from domain.writing import Brief, Written
from planning.commissioning import ASKED_BY, LOST_AFTER, MOST_REQUESTS, REMEDY
from storage.ledger import brands, briefs, commissions, stops
from storage.ledger.database import Ledger

POLL = timedelta(minutes=10)
NEVER_DONE = timedelta(hours=26)
"""Both providers end a batch within 24 hours."""
UNMANNED = timedelta(hours=1)
"""After so long it is looked whether the writer is set up again."""
_log = structlog.get_logger(__name__)
_TEXT = ("text",)
State = CommissionState


@dataclass(frozen=True, slots=True)
class Sorted:
    """Orders by what is to be done about them.

    Attributes:
        ready: written in a batch.
        now: to be written at once.
        failed: of those, the writer that has failed already.
    """

    ready: list[tuple[Brief, Written]] = field(default_factory=list)
    now: list[Brief] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scriptorium:
    """Batch interfaces by their writer's name, with the ledger that remembers for them."""

    ledger: Ledger
    batches: Mapping[str, Batches]

    def order(self, orders: Sequence[Brief], brand: Brand, *, writers: Sequence[str]) -> None:
        """Hand in what can wait to the first of `writers` that takes batches.

        What the brand's budget does not cover is left to be written at once.
        """
        wire = next((self.batches[name] for name in writers if name in self.batches), None)
        if brand.batch.when_due_in is None or wire is None:
            return
        with self.ledger.reading() as connection:
            urgent_until = self.ledger.now(connection) + brand.batch.when_due_in
            fresh = [
                brief
                for brief in orders
                if brief.due_at >= urgent_until
                and commissions.find(connection, f"{brief.id}:text") is None
            ]
        for at in range(0, len(fresh), MOST):
            begun = self._begin(fresh[at : at + MOST], brand, wire)
            if begun:
                self._ask(begun, wire)

    def go_on(self) -> None:
        """Look at every batch that is due, and look for every one whose confirmation was lost."""
        with self.ledger.reading() as connection:
            now = self.ledger.now(connection)
            due = commissions.due(connection, now=now, kinds=_TEXT)
        at_work: dict[tuple[str, str], list[Commission]] = defaultdict(list)
        asked: dict[tuple[str, str, datetime], list[Commission]] = defaultdict(list)
        for one in due:
            if one.state is State.AT_WORK:
                at_work[one.maker, str(one.job)].append(one)
            else:
                asked[one.maker, one.brand, one.asked_at].append(one)
        for (maker, job), parts in at_work.items():
            self._look(job, parts, self.batches.get(maker))
        for (maker, *_), parts in asked.items():
            self._look_up(parts, self.batches.get(maker))

    def sort(self, orders: Sequence[Brief]) -> Sorted:
        """What is ready and what is to be written now; the rest waits for its batch."""
        found = Sorted()
        with self.ledger.reading() as connection:
            now = self.ledger.now(connection)
            for brief in orders:
                one = commissions.find(connection, f"{brief.id}:text")
                if one is not None and one.result is not None:
                    found.ready.append((brief, Written.model_validate(one.result)))
                elif one is None or not one.is_open or one.wait_until <= now:
                    found.now.append(brief)
                    if one is not None and one.state is State.FAILED:
                        found.failed[brief.id] = one.maker
        return found

    def _begin(self, orders: Sequence[Brief], brand: Brand, wire: Batches) -> list[Commission]:
        begun = []
        with self.ledger.transaction() as connection:
            if stops.active(connection, brand.name):
                return []
            now = self.ledger.now(connection)
            for brief in orders:
                new = _new(brief, brand, wire)
                try:
                    one = commissions.begin(connection, new, now=now, until=now + LOST_AFTER)
                except PolicyError as error:
                    _log.warning("not ordered in a batch", brief=brief.id, why=str(error))
                    break
                if one is not None:
                    begun.append(one)
        return begun

    def _ask(self, parts: Sequence[Commission], wire: Batches) -> None:
        """The request that costs money; who slept since it was written down lets it be."""
        orders = self._orders(parts, wire)
        if not self._may_ask(parts):
            return
        try:
            job = wire.submit(
                {key_of(one.brief_id): orders[one.brief_id] for one in parts}, group=_group(parts)
            )
        except WriterError as error:
            if error.cost_cents is None:
                self._later(parts, LOST_AFTER)
            else:
                self._end(parts, State.FAILED, error, cents=0.0)
            return
        self._later(parts, POLL, job=job)

    def _may_ask(self, parts: Sequence[Commission]) -> bool:
        with self.ledger.reading() as connection:
            now = self.ledger.now(connection)
            return all(
                commissions.may_be_asked(connection, one, by=one.asked_at + ASKED_BY, now=now)
                for one in parts
            )

    def _look(self, job: str, parts: Sequence[Commission], wire: Batches | None) -> None:
        if wire is None:
            self._later(parts, UNMANNED)
            return
        try:
            outcomes = wire.look(job)
        except WriterError as error:
            self._look_later(job, parts, str(error))
            return
        if outcomes is None:
            self._look_later(job, parts, "it is still at work")
            return
        orders = self._briefs(parts)
        for one in parts:
            self._take(one, orders[one.brief_id], outcomes, wire)

    def _look_later(self, job: str, parts: Sequence[Commission], why: str) -> None:
        if self._age(parts) > NEVER_DONE:
            lost = WriterUnavailable(f"batch {job} does not come to an end: {why}")
            self._end(parts, State.UNKNOWN, lost, cents=None)
        else:
            self._later(parts, POLL)

    def _take(
        self, one: Commission, brief: Brief, outcomes: Mapping[str, Outcome], wire: Batches
    ) -> None:
        """Keep what came of one order and settle what it cost."""
        missing = WriterUnavailable(
            f"batch {one.job} says nothing of it", cost_cents=None if outcomes else 0.0
        )
        outcome = outcomes.get(key_of(one.brief_id), missing)
        if isinstance(outcome, WriterError):
            self._fail(one, outcome)
            return
        cents = wire.writer.cents(outcome) * wire.share
        try:
            variants = wire.writer.read(
                outcome, lambda text: read_answer(text, brief=brief), billed=outcome
            )
        except WriterError as error:
            error.cost_cents = cents
            self._fail(one, error)
            return
        written = wire.writer.written(variants, outcome, seed=seed_of_key(key_of(one.brief_id)))
        kept = written.model_copy(update={"cost_cents": cents}).model_dump(mode="json")
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            commissions.close(connection, one, State.MADE, now=now, cents=cents, result=kept)

    def _fail(self, one: Commission, error: WriterError) -> None:
        state = State.UNKNOWN if error.cost_cents is None else State.FAILED
        self._end([one], state, error, cents=error.cost_cents)

    def _look_up(self, parts: Sequence[Commission], wire: Batches | None) -> None:
        """Whether a batch whose confirmation was lost has arrived; nobody pays before it is known.

        A list may lag behind: orders that are not there are handed in again no sooner than lost.
        """
        if wire is None:
            self._later(parts, UNMANNED)
            return
        with self.ledger.reading() as connection:
            known = commissions.jobs(connection, maker=wire.writer.name)
        keys = [key_of(one.brief_id) for one in parts]
        since = min(one.asked_at for one in parts)
        try:
            job = wire.find(keys, group=_group(parts), since=since, known=known)
        except WriterError as error:
            self._look_up_later(parts, str(error))
            return
        if job is not None:
            self._later(parts, timedelta(0), job=job)
            with self.ledger.reading() as connection:
                found = commissions.of_job(connection, job)
            self._look(job, found, wire)
        elif self._age(parts) < LOST_AFTER:
            self._later(parts, LOST_AFTER)
        elif max(one.attempts for one in parts) >= MOST_REQUESTS:
            never = WriterUnavailable(f"{wire.writer.name} never took the batch")
            self._end(parts, State.FAILED, never, cents=0.0)
        else:
            self._ask_again(parts, wire)

    def _look_up_later(self, parts: Sequence[Commission], why: str) -> None:
        if self._age(parts) > NEVER_DONE:
            lost = WriterUnavailable(f"nobody can say whether the batch arrived: {why}")
            self._end(parts, State.UNKNOWN, lost, cents=None)
        else:
            self._later(parts, LOST_AFTER)

    def _ask_again(self, parts: Sequence[Commission], wire: Batches) -> None:
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            until = now + LOST_AFTER
            if stops.active(connection, parts[0].brand):
                for one in parts:
                    commissions.look_later(connection, one, at=until, now=now)
                return
            mine = [
                one for one in parts if commissions.ask_again(connection, one, now=now, until=until)
            ]
            again = [commissions.find(connection, one.id) for one in mine]
        if taken := [one for one in again if one is not None]:
            self._ask(taken, wire)

    def _end(
        self,
        parts: Iterable[Commission],
        state: State,
        error: WriterError,
        *,
        cents: float | None,
    ) -> None:
        told = {"reason": str(error), "remedy": REMEDY if cents is None else ""}
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            for one in parts:
                commissions.close(connection, one, state, now=now, cents=cents, **told)

    def _later(
        self, parts: Iterable[Commission], wait: timedelta, *, job: str | None = None
    ) -> None:
        """Look again after a while, and when the post stops waiting at the latest."""
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            for one in parts:
                at = min(now + wait, one.wait_until) if now < one.wait_until else now + wait
                commissions.look_later(connection, one, at=at, now=now, job=job)

    def _age(self, parts: Sequence[Commission]) -> timedelta:
        with self.ledger.reading() as connection:
            now: datetime = self.ledger.now(connection)
        return now - min(one.asked_at for one in parts)

    def _briefs(self, parts: Iterable[Commission]) -> dict[str, Brief]:
        with self.ledger.reading() as connection:
            return briefs.load_all(connection, [one.brief_id for one in parts])

    def _orders(self, parts: Sequence[Commission], wire: Batches) -> dict[str, Order]:
        with self.ledger.reading() as connection:
            brand = brands.load(connection, parts[0].brand)
        return {
            key: wire.writer.order_for(brief, brand=brand)
            for key, brief in self._briefs(parts).items()
        }


def _new(brief: Brief, brand: Brand, wire: Batches) -> NewCommission:
    return NewCommission(
        brand=brief.brand,
        brief_id=brief.id,
        kind="text",
        maker=wire.writer.name,
        prompt=wire.writer.prompt,
        seed=seed_of_key(key_of(brief.id)),
        cents=wire.writer.once_cents(wire.writer.order_for(brief, brand=brand)) * wire.share,
        wait_until=brief.due_at - brand.batch.until_before,
    )


def _group(parts: Sequence[Commission]) -> str:
    """Our name of a batch: what was asked at one instant for one brand, of one writer."""
    first = parts[0]
    told = f"{first.brand}|{first.maker}|{first.asked_at.isoformat()}"
    return sha256(told.encode()).hexdigest()[:32]


def batches_frame(ledger: Ledger) -> pl.DataFrame:
    """One row per batch: how many orders, what came of them, what they cost."""
    with ledger.reading() as connection:
        rows = commissions.texts(connection)
    schema = {
        "brand": pl.String(),
        "writer": pl.String(),
        "batch": pl.String(),
        "orders": pl.Int64(),
        "written": pl.Int64(),
        "failed": pl.Int64(),
        "cents": pl.Float64(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
