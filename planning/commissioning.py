"""Commissions: a model of others is asked once an order, whatever dies between money and ledger.

What is asked is written down with its price before the request, and the provider's job as soon as
it is named. A request whose answer was lost is looked up where the provider keeps a list; elsewhere
a person is asked, and nobody pays again.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from content.media.makers.base import Made, Maker, MediaOrder, Untold
from content.media.painting import clip_prompt, picture_prompt
from domain.brand import Brand
from domain.commissions import Commission, CommissionState, Kind, NewCommission
from domain.errors import WriterError, WriterUnavailable
from domain.writing import Brief
from planning.slots import seed_of
from storage.blobs import Blobs
from storage.ledger import commissions, stops
from storage.ledger.database import Ledger

LOST_AFTER = timedelta(minutes=5)
"""A request is answered by then, or its answer is lost; makers give up after two minutes."""
ASKED_BY = LOST_AFTER / 2
"""A request begins by then, or not at all."""
LAST_CALL = timedelta(minutes=30)
"""So long before it is due a post stops waiting."""
NEVER_DONE = timedelta(hours=24)
MOST_REQUESTS = 3
REMEDY = "look at the provider's bill, then: amsel commissions paid ID | amsel commissions free ID"


@dataclass(frozen=True)
class Atelier:
    """Makers of pictures and clips, with the ledger and the store that remember for them."""

    ledger: Ledger
    blobs: Blobs
    painter: Maker | None = None
    filmer: Maker | None = None

    def is_wanted(self, kind: Kind, brand: Brand) -> bool:
        """Whether there is a maker, and the brand's look says in which manner."""
        look, painted = brand.look, kind == "picture"
        maker = self.painter if painted else self.filmer
        return bool(maker and look and (look.painting if painted else look.filming))

    def picture(self, brief: Brief, brand: Brand) -> Commission | None:
        """The painted picture of an order, ordered now or before; None where none is wanted.

        Raises:
            PolicyError: the brand's budget does not cover it.
        """
        if self.painter is None or not self.is_wanted("picture", brand):
            return None
        prompt = picture_prompt(brief.facts[0], brand)
        return self._ordered(self.painter, brief, kind="picture", prompt=prompt)

    def clip(self, brief: Brief, brand: Brand) -> Commission | None:
        """The filmed clip of an order. As `picture`."""
        if self.filmer is None or not self.is_wanted("clip", brand):
            return None
        prompt = clip_prompt(brief.facts[0], brand)
        return self._ordered(self.filmer, brief, kind="clip", prompt=prompt)

    def go_on(self) -> list[Commission]:
        """Look at every job that is due, and look up every lost request; how each stands then."""
        with self.ledger.reading() as connection:
            due = commissions.due(connection, now=self.ledger.now(connection))
        for one in due:
            if (maker := self._maker_of(one)) is None:
                self._later(one, timedelta(hours=1))
            elif one.state is CommissionState.AT_WORK:
                self._look(one, maker)
            else:
                self._look_up(one, maker)
        return [self._now(one) for one in due]

    def content(self, one: Commission) -> Made:
        """What was made."""
        return Made(self.blobs.read(str(one.sha256)), one.maker, one.cents)

    def awaits(self, one: Commission) -> bool:
        """Whether the post should still wait for it."""
        with self.ledger.reading() as connection:
            return one.is_open and self.ledger.now(connection) < one.wait_until

    def _ordered(self, maker: Maker, brief: Brief, *, kind: Kind, prompt: str) -> Commission | None:
        new = NewCommission.model_validate(
            {
                "brand": brief.brand,
                "brief_id": brief.id,
                "kind": kind,
                "maker": maker.name,
                "prompt": prompt,
                "seed": seed_of(f"{brief.id}:{kind}"),
                "cents": maker.cents,
                "wait_until": brief.due_at - LAST_CALL,
            }
        )
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            begun = commissions.begin(connection, new, now=now, until=now + LOST_AFTER)
            known = commissions.find(connection, new.id)
        if begun is not None:
            self._ask(begun, maker)
            return self._now(begun)
        return known

    def _ask(self, one: Commission, maker: Maker) -> None:
        """The request that costs money; who slept since it was written down lets it be."""
        if not self._may_ask(one):
            return
        try:
            came = maker.order(_order(one))
        except WriterError as error:
            self._refused(one, maker, error)
            return
        if isinstance(came, Made):
            self._keep(one, came)
            return
        self._later(one, timedelta(seconds=maker.poll), job=came)
        self._wait_for(self._now(one), maker)

    def _may_ask(self, one: Commission) -> bool:
        with self.ledger.reading() as connection:
            now = self.ledger.now(connection)
            return commissions.may_be_asked(connection, one, by=one.asked_at + ASKED_BY, now=now)

    def _wait_for(self, one: Commission, maker: Maker) -> None:
        until = time.monotonic() + maker.patience
        while one.state is CommissionState.AT_WORK and time.monotonic() < until:
            time.sleep(maker.poll)
            self._look(one, maker)
            one = self._now(one)

    def _refused(self, one: Commission, maker: Maker, error: WriterError) -> None:
        if error.cost_cents is not None:
            self._end(one, CommissionState.FAILED, error, cents=error.cost_cents)
            return
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            commissions.look_later(connection, one, at=now, now=now)
        self._look_up(self._now(one), maker)

    def _look(self, one: Commission, maker: Maker) -> None:
        try:
            came = maker.look(str(one.job))
        except WriterUnavailable as error:
            self._look_later(one, maker, str(error))
        except WriterError as error:
            self._end(one, CommissionState.FAILED, error, cents=error.cost_cents)
        else:
            if came is not None:
                self._keep(one, came)
            else:
                self._look_later(one, maker, "it is still at work")

    def _look_later(self, one: Commission, maker: Maker, why: str) -> None:
        if self._age(one) > NEVER_DONE:
            lost = WriterUnavailable(f"job {one.job} of {one.maker} does not come to an end: {why}")
            self._end(one, CommissionState.UNKNOWN, lost, cents=None)
        else:
            self._later(one, timedelta(seconds=maker.poll))

    def _look_up(self, one: Commission, maker: Maker) -> None:
        """Whether a request whose answer was lost has arrived: nothing is paid before it is known.

        A list may lag behind; a request that is not there is made again no sooner than it was lost.
        """
        try:
            job = maker.find(_order(one), since=one.asked_at)
        except Untold as error:
            self._end(one, CommissionState.UNKNOWN, error, cents=None)
            return
        except WriterUnavailable:
            self._later(one, LOST_AFTER)
            return
        if job is not None:
            self._later(one, timedelta(0), job=job)
            self._look(self._now(one), maker)
        elif self._age(one) < LOST_AFTER:
            self._later(one, LOST_AFTER)
        elif one.attempts >= MOST_REQUESTS:
            never = WriterUnavailable(f"{maker.name} never took it; try another maker")
            self._end(one, CommissionState.FAILED, never, cents=0.0)
        else:
            self._ask_again(one, maker)

    def _ask_again(self, one: Commission, maker: Maker) -> None:
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            if stops.active(connection, one.brand):
                commissions.look_later(connection, one, at=now + LOST_AFTER, now=now)
                return
            is_mine = commissions.ask_again(connection, one, now=now, until=now + LOST_AFTER)
        if is_mine:
            self._ask(self._now(one), maker)

    def _keep(self, one: Commission, made: Made) -> None:
        sha256 = self.blobs.put(made.content)
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            made_ = CommissionState.MADE
            commissions.close(connection, one, made_, now=now, cents=made.cost_cents, sha256=sha256)

    def _end(
        self, one: Commission, state: CommissionState, error: WriterError, *, cents: float | None
    ) -> None:
        told = {"reason": str(error), "remedy": REMEDY if cents is None else ""}
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            commissions.close(connection, one, state, now=now, cents=cents, **told)

    def _later(self, one: Commission, wait: timedelta, *, job: str | None = None) -> None:
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            commissions.look_later(connection, one, at=now + wait, now=now, job=job)

    def _age(self, one: Commission) -> timedelta:
        with self.ledger.reading() as connection:
            now: datetime = self.ledger.now(connection)
        return now - one.asked_at

    def _now(self, one: Commission) -> Commission:
        with self.ledger.reading() as connection:
            found = commissions.find(connection, one.id)
        return found or one

    def _maker_of(self, one: Commission) -> Maker | None:
        makers = [maker for maker in (self.painter, self.filmer) if maker is not None]
        return next((maker for maker in makers if maker.name == one.maker), None)


def _order(one: Commission) -> MediaOrder:
    return MediaOrder(one.prompt, seed=one.seed)


def commissions_frame(ledger: Ledger) -> pl.DataFrame:
    """One row per commission that is open or unknown: what a person may want to know of."""
    with ledger.reading() as connection:
        every = commissions.all_of(connection)
    names = ("id", "maker", "state", "job", "reason", "remedy")
    rows = [
        tuple(getattr(one, name) for name in names)
        for one in every
        if one.is_open or one.state is CommissionState.UNKNOWN
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")
