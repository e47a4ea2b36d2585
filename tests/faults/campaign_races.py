"""Cases of the campaign that meet a send in progress: outages, pauses, cancels."""

import os
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from domain.errors import StateError
from domain.platforms import Platform
from publishing import interventions
from publishing.leases import LEASE
from tests.faults.campaign_judge import CONCURRENCY, Book, Stuck
from tests.faults.campaign_points import ANY, hold, plant
from tests.faults.campaign_proxy import wire_to
from tests.faults.campaign_stage import REFUSED

PAUSE = 4.5
"""Seconds of a pause: longer than a worker trusts its own intent."""
OUTSIDE = ("intent committed", "answer read")
NOTICED = 90.0
"""Seconds of real time after which a worker must have noticed that nothing comes back."""
UNDEFENDED = (Platform.TIKTOK, Platform.INSTAGRAM, Platform.FACEBOOK)
"""They take the same post twice: nothing but the door keeps the second one in."""
INSIDE = ("intent written, not committed", "outcome written, not committed")


class Held:
    """A worker that stands at a point of its sends, up to so many times."""

    def __init__(self, stage, point, *, most=1, concurrency=CONCURRENCY, ledger_url=None):
        self.stage = stage
        self.folder = Path(mkdtemp(dir=stage.home))
        told = {"AMSEL_LEDGER_URL": ledger_url} if ledger_url else {}
        prepare = (hold, point, ANY, str(self.folder), most)
        self.worker = stage.start(arguments=(stage.variables | told, prepare, concurrency))

    def meets(self, number):
        """Whether it came to stand for the `number`th time."""
        met = self.folder / f"met-{number}"
        try:
            self.stage.wait_for(met.exists, self.worker)
        except Stuck:
            return met.exists()
        return True

    def go(self, number):
        (self.folder / f"go-{number}").touch()

    def end(self):
        return self.stage.end_of(self.worker)


def outages(stage, n):
    """Case 9: the database throws workers out, crashes, or is locked, while they send."""
    keep_commits(stage)
    points = OUTSIDE if stage.database == "sqlite" else (*OUTSIDE, *INSIDE)
    books = []
    for place, point in enumerate(points[:1] if stage.is_sample else points):
        book = Book(f"9 the database goes away: {point}", stage)
        for number in range(n):
            chosen = stage.pick(number + place)
            book.plan(*[stage.new(platform) for platform in chosen for _ in range(3)])
            held, count = Held(stage, point, most=3), book.of(chosen[0])
            for each in (1, 2, 3):
                if held.meets(each):
                    count.met += 1
                    _disturb(stage, held, each)
            code = held.end()
            count.restarts += code != 0
            if code not in (0, REFUSED):
                count.note("other", f"the worker ended with {code}: {stage.said()}")
            book.finish()
        books += book.judge()
    if stage.database == "sqlite" or stage.is_sample:
        return books
    return books + [one for point in points for one in dead_networks(stage, n, point)]


def keep_commits(stage):
    """The server of the tests forgets the last commits in a crash; here it must not."""
    if stage.database != "sqlite":
        with psycopg.connect(maintenance(stage), autocommit=True) as other:
            name = stage.ledger.url.database
            other.execute(f"alter database {name} set synchronous_commit = on")
        stage.ledger.close()


def dead_networks(stage, n, point):
    """Case 9 once more: the network to the database dies and nobody is told."""
    book = Book(f"9 the network to the database dies: {point}", stage)
    for number in range(n):
        chosen = stage.pick(number)
        book.plan(*[stage.new(platform) for platform in chosen for _ in range(2)])
        with wire_to(stage.ledger.url.port) as wire:
            url = stage.ledger.url.set(port=wire.port).render_as_string(hide_password=False)
            held, count = Held(stage, point, ledger_url=url), book.of(chosen[0])
            if held.meets(1):
                count.met += 1
                wire.swallow()
            held.go(1)
            begun = time.monotonic()
            code = held.end()
            if code != REFUSED or time.monotonic() - begun > NOTICED:
                seconds = time.monotonic() - begun
                count.note("other", f"after {seconds:.0f} s the worker ended with {code}")
            count.restarts += 1
        book.finish()
    return book.judge()


def _disturb(stage, held, number):
    if stage.database != "sqlite":
        (throw_out, crash)[number % 2](stage)
        held.go(number)
        return
    with closing(sqlite3.connect(stage.ledger.url.database, isolation_level=None)) as other:
        other.execute("pragma busy_timeout = 15000")
        other.execute("begin immediate")
        held.go(number)
        time.sleep(0.3)
        other.execute("rollback")


def throw_out(stage):
    """End every connection to the ledger."""
    with psycopg.connect(maintenance(stage), autocommit=True) as other:
        name = stage.ledger.url.database
        other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )


def crash(stage):
    """Kill one server process by SIGKILL: the whole server recovers as after a crash."""
    with psycopg.connect(maintenance(stage), autocommit=True) as other:
        found = other.execute(
            "select pid from pg_stat_activity where datname = %s", [stage.ledger.url.database]
        ).fetchone()
    if found is None:
        return
    os.kill(found[0], signal.SIGKILL)
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        with suppress(psycopg.OperationalError):
            psycopg.connect(maintenance(stage)).close()
            return
        time.sleep(0.05)
    raise Stuck("the server did not come back within a minute")


def maintenance(stage):
    url = stage.ledger.url.set(drivername="postgresql", database="postgres")
    return url.render_as_string(hide_password=False)


def split_brains(stage, n):
    """Case 11: a worker is paused in a send, another takes over, and the first one goes on."""
    books = [Book(f"11 paused: {point}", stage) for point in OUTSIDE]
    for _ in range(n):
        sleepers = []
        for number, (point, book) in enumerate(zip(OUTSIDE, books, strict=True)):
            for platform in stage.pick(number):
                book.plan(stage.new(platform))
                sleepers.append(_paused(book, point, platform))
        stopped_at = time.monotonic()
        books[0].finish()
        _wake(stage, sleepers, stopped_at)
        books[0].finish()
    counts = [one for book in books for one in book.judge()]
    return counts + ([] if stage.is_sample else two_pauses(stage, n))


def asleep(stage, n):
    """Case 11 once more: a worker sleeps through its leases, and claims what it still has in hand.

    Both hands of a delivery then come to its intent at the same moment.
    """
    book = Book("11 claimed twice by one that slept", stage)
    for number in range(n):
        chosen = stage.pick(number, among=UNDEFENDED)
        book.plan(*[stage.new(platform) for platform in chosen])
        most = 2 * len(chosen)
        held = Held(stage, "claim committed", most=most, concurrency=most)
        if held.meets(len(chosen)):
            stage.clock.wait_until(stage.clock.now() + LEASE + timedelta(seconds=1))
            book.of(chosen[0]).met += held.meets(most)
        for each in range(most):
            held.go(each + 1)
        if (code := held.end()) != 0:
            book.of(chosen[0]).note("other", f"the worker ended with {code}: {stage.said()}")
        book.finish()
    return book.judge()


def two_pauses(stage, n):
    """Case 11 once more: the one that took over is paused too, and the first one comes back."""
    book = Book("11 paused, and the next one too", stage)
    for _ in range(n):
        first, second = [], []
        for platform in stage.pick(0):
            book.plan(stage.new(platform))
            first.append(_paused(book, OUTSIDE[0], platform))
            stopped_at = time.monotonic()
            second.append(_paused(book, OUTSIDE[1], platform))
        _wake(stage, first, stopped_at)
        _wake(stage, second, 0.0)
        book.finish()
    return book.judge()


def _paused(book, point, platform):
    stage = book.stage
    sleeper = stage.start((plant, point, str(platform), signal.SIGSTOP))
    stat = Path(f"/proc/{sleeper.pid}/stat")
    stage.wait_for(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", sleeper)
    book.of(platform).met += 1
    return sleeper


def _wake(stage, sleepers, stopped_at):
    time.sleep(max(0.0, stopped_at + PAUSE - time.monotonic()))
    for sleeper in sleepers:
        os.kill(sleeper.pid, signal.SIGCONT)
    for sleeper in sleepers:
        stage.end_of(sleeper)


def cancels(stage, n):
    """Case 12: posts are taken back while they are sent; who came in time wins."""
    points = ("claimed, not committed", "claim committed", "intent committed")
    books = []
    for place, point in enumerate(points):
        book = Book(f"12 taken back: {point}", stage)
        for number in range(n):
            chosen = stage.pick(number + place)
            width = 6 if stage.is_sample else 20
            ids = book.plan(*[stage.new(platform) for platform in chosen for _ in range(width)])
            held = Held(stage, point)
            is_met = held.meets(1)
            by_hand = threading.Thread(target=_take_back, args=(stage, ids))
            by_hand.start()
            time.sleep(0.1)
            held.go(1)
            by_hand.join(60)
            held.end()
            book.of(chosen[0]).met += is_met
            book.finish()
        books += book.judge()
    return books


def _take_back(stage, ids):
    for delivery_id in ids:
        with suppress(StateError):  # a worker has it, or it is out
            interventions.cancel(stage.ledger, delivery_id, actor="anna", reason="no")
