"""Case 9 once more: how soon after an outage a standing worker is as fast as before."""

import os
import signal
import sqlite3
import time
from contextlib import closing

from domain.platforms import Platform
from tests.faults.campaign_judge import CONCURRENCY, Book
from tests.faults.campaign_races import crash, keep_commits, throw_out
from tests.faults.campaign_stage import playing

PLATFORMS = (Platform.X, Platform.BLUESKY, Platform.MASTODON, Platform.LINKEDIN)
"""Where a post is out with one request: no clip is worked on while the clock stands."""
WINDOW = 3.0
"""Seconds of real time over which a speed is measured."""
WITHIN, PART = 30.0, 0.9
"""So soon so much of the speed must be back."""
ANY = 0.01
"""How much of it in a sample, whose few posts tell no more than that they flow again."""
LOCKED = 2.0
STOCK, LITTLE, FEW = 1_500, 600, 40
"""Posts that are there at first, and below which as many are added: it must not run dry. In a
sample both are few."""
OUTAGES = 3


def stand(variables):
    """A worker that ends when it is told to."""
    from cli.worker import worker

    with playing(variables):
        worker(until_idle=False, concurrency=CONCURRENCY)


def returns(stage, n):
    """Case 9: the database goes away under load, three times a worker, and the speed comes back."""
    keep_commits(stage)
    book = Book("9 the speed after an outage", stage)
    for _ in range(n):
        chosen, window = stage.pick(0), 0.5 if stage.is_sample else WINDOW
        load = _Load(book, chosen)
        load.refill()
        worker = stage.start(target=stand, arguments=(stage.variables,))
        load.flows(worker)
        for number in range(1 if stage.is_sample else OUTAGES):
            load.refill()
            before = load.speed(window)
            _go_away(stage, number)
            _come_back(book.of(chosen[0]), load, before, window)
        os.kill(worker.pid, signal.SIGTERM)
        if stage.end_of(worker) != 0:
            words = f"a standing worker ended with {worker.exitcode}: {stage.said()}"
            book.of(chosen[0]).note("other", words)
        book.finish()
    return book.judge()


class _Load:
    """Enough to do, and how fast it is done."""

    def __init__(self, book, platforms):
        self._book, self._stage, self._platforms = book, book.stage, platforms
        self.is_sample = book.stage.is_sample
        self._planned, self._out = 0, book.stage.accepted_count()

    def refill(self):
        out = self._stage.accepted_count() - self._out
        if self._planned - out < (FEW if self.is_sample else LITTLE):
            each = (FEW if self.is_sample else STOCK) // len(self._platforms)
            new = [self._stage.new(one) for _ in range(each) for one in self._platforms]
            self._book.plan(*new)
            self._planned += len(new)

    def flows(self, worker):
        before = self._stage.accepted_count()
        self._stage.wait_for(lambda: self._stage.accepted_count() > before, worker)

    def speed(self, seconds):
        """Posts a second that are accepted, over so many of them."""
        begun, before = time.monotonic(), self._stage.accepted_count()
        time.sleep(seconds)
        return (self._stage.accepted_count() - before) / (time.monotonic() - begun)


def _go_away(stage, number):
    if stage.database != "sqlite":
        (crash, throw_out)[number % 2](stage)
        return
    with closing(sqlite3.connect(stage.ledger.url.database, isolation_level=None)) as other:
        other.execute("pragma busy_timeout = 15000")
        other.execute("begin immediate")
        time.sleep(LOCKED)
        other.execute("rollback")


def _come_back(count, load, before, window):
    count.met += 1
    part = ANY if load.is_sample else PART
    give_up_at, best = time.monotonic() + WITHIN, 0.0
    while best < part and time.monotonic() < give_up_at:
        best = max(best, load.speed(window) / before if before else 1.0)
        load.refill()
    count.ratios.append(round(best, 3))
    if best < part:
        count.note("other", f"{best:.2f} of the speed was back after {WITHIN:.0f} s")
