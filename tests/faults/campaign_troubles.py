"""Cases of the campaign in which nobody is killed: refusals, skew, poison, races, restores."""

import os
import random
import resource
import signal
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import sqlalchemy as sa

from community.intake import receive
from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, DeliveryState, Payload
from domain.errors import AmselError, StateError
from domain.media import Attachment
from domain.zones import WALL, instant_of
from publishing import interventions
from storage.brand_files import load_brands
from storage.ledger import deliveries
from tests.faults.campaign_judge import ENDED, Book
from tests.faults.campaign_points import plant
from tests.faults.campaign_stage import PLATFORMS

CONCURRENCY = 7
PAUSE = 4.5
"""Seconds of a pause: longer than a worker trusts its own intent."""
THREADED = [one for one in PLATFORMS if one != "tiktok"]
"""Where something can be put below a post."""


def refusals(stage, n):
    """Case 3: a platform refuses for too many, for a part of the posts and then for all."""
    books = []
    for name, share in (("30 %", 2), ("100 %", 4)):
        book = Book(f"3 429 for {name}", stage)
        for _ in range(n):
            chosen = stage.pick(share)
            book.plan(*[stage.new(platform) for platform in chosen for _ in range(3)])
            for platform in chosen:
                stage.fault("reject_429", platform=platform, count=share)
            book.finish()
            for row in book.rows():  # one knock a refusal, and one that gets through
                tries = len(stage.attempts(row.id))
                book.of(row.platform).other += tries > 1 + share
        stage.calm()
        books += book.judge()
    return books


def take_in(variables, messages, tags, seed):
    """A process that is told of messages again and again, and plans an answer to each."""
    from runtime.build import open_ledger
    from runtime.settings import Settings

    os.environ.update(variables)
    settings = Settings()
    ledger = open_ledger(settings)
    (brand,) = load_brands(settings.brands).values()
    order = [one for one in messages for _ in range(1 + seed % 20)]
    random.Random(seed).shuffle(order)  # noqa: S311 - not a secret
    for message in order:
        receive(ledger, [message], brand=brand, now=ledger.clock.now())
        with ledger.transaction() as connection:
            deliveries.plan(connection, tags[message.message_id], now=ledger.clock.now())


def repeated_messages(stage, n):
    """Case 4: messages come up to twenty times, in any order, to three processes at a time."""
    book = Book("4 messages told 3 to 60 times", stage)
    for _ in range(n):
        chosen = stage.pick(0, THREADED)
        roots = [stage.new(platform) for platform in chosen]
        book.plan(*roots)
        book.finish()
        messages, answers = [], {}
        for root in stage.rows(book.ids[-len(roots) :]):
            for _ in range(2):
                message, answer = _message_below(stage, root)
                messages.append(message)
                answers[message.message_id] = answer
        tellers = [
            stage.start(
                target=take_in, arguments=(stage.variables, messages, answers, 7 * each + 3)
            )
            for each in range(3)
        ]
        for teller in tellers:
            teller.join()
            assert 0 == teller.exitcode
        book.plan(*answers.values())
        book.finish()
        _count_inbox(stage, book, messages)
    return book.judge()


def _message_below(stage, root):
    tag = stage.tag()
    message = InboundMessage(
        platform=root.platform,
        account=root.account,
        message_id=f"told {tag}",
        platform_ref=root.platform_id,
        author="somebody",
        text="Is it fresh?",
        created_at=stage.clock.now(),
        received_at=stage.clock.now(),
    )
    answer = stage.new(
        root.platform,
        key=f"reply:{root.platform}:{message.message_id}",
        kind=DeliveryKind.REPLY,
        payload=Payload(text=tag),
        after=root.key,
    )
    return message, answer


def _count_inbox(stage, book, messages):
    with stage.ledger.reading() as connection:
        query = sa.text("select message_id from inbox where message_id like 'told %'")
        kept = list(connection.scalars(query))
    for message in messages:
        book.of(message.platform).other += kept.count(message.message_id) != 1


def wall_clock_times(stage, n):
    """Case 5: posts in a skipped hour and in one that comes twice go out once, at the first."""
    book = Book("5 a gap and a fold", stage)
    berlin = ZoneInfo("Europe/Berlin")
    for year in range(stage.clock.now().year + 1, stage.clock.now().year + 1 + n):
        for platform in stage.pick(5):
            for local in _gap_and_fold(year):
                due_at = instant_of(local, berlin)
                wall = {"local_time": local.strftime(WALL), "time_zone": "Europe/Berlin"}
                new = stage.new(platform, **wall).model_copy(update={"due_at": due_at})
                book.plan(new)
        for due_at in sorted(row.due_at for row in book.rows() if row.state not in ENDED):
            if stage.clock.now() < due_at - timedelta(minutes=1):
                stage.clock.wait_until(due_at - timedelta(minutes=1))
            stage.rescue()
        book.finish()
    return book.judge()


def _gap_and_fold(year):
    """Half past two on the last Sundays of March and October."""
    for month in (3, 10):
        last = datetime(year, month, 31, 2, 30)  # noqa: DTZ001 - a wall-clock time
        yield last - timedelta(days=(last.weekday() + 1) % 7)


class Skewed:
    """A machine's clock that stands beside the true one, and may step back once."""

    def __init__(self, clock, ahead, step):
        self._clock, self._ahead, self._step, self._looks = clock, ahead, step, 0

    def now(self):
        self._looks += 1
        if self._looks == 3:
            self._ahead += self._step
        return self._clock.now() + self._ahead

    def wait_until(self, instant):
        self._clock.wait_until(instant - self._ahead)


def skew(ahead, step):
    """Let this process's own clock be wrong; the ledger's stays."""
    from runtime import clock

    real = clock.make_clock
    clock.make_clock = lambda settings: Skewed(
        real(settings), timedelta(seconds=ahead), timedelta(seconds=step)
    )


def wrong_clocks(stage, n):
    """Case 6: workers five minutes ahead or behind, and one whose clock steps back an hour."""
    books = []
    for number, (name, ahead, step) in enumerate(
        [("ahead", 300, 0), ("behind", -300, 0), ("stepping back", 0, -3600)]
    ):
        book = Book(f"6 a clock {name}", stage)
        for _ in range(n):
            chosen = stage.pick(number)
            book.plan(*[stage.new(one, seconds=after) for one in chosen for after in (2, 40, 90)])
            worker = stage.start((skew, ahead, step), concurrency=CONCURRENCY)
            worker.join(60)
            worker.kill()
            book.of(chosen[0]).other += worker.exitcode != 0
            book.finish()
        books += book.judge()
    return books


def poison(stage, n):
    """Case 7: what cannot be sent ends with a reason, and what stands beside it goes out."""
    good, bad = Book("7 good beside poison", stage), Book("7 poison", stage)
    for _ in range(n):
        for platform in stage.pick(0):
            for made in _poisons(stage, platform):
                good.plan(stage.new(platform))
                try:
                    bad.plan(stage.new(platform, payload=made))
                except (AmselError, ValueError, sa.exc.SQLAlchemyError):
                    bad.of(platform).runs += 1  # it never came in
        good.finish()
        for row in bad.rows():
            sent_or_told = row.state in (DeliveryState.SENT, DeliveryState.FAILED) and (
                row.state == DeliveryState.SENT or (row.reason and row.remedy)
            )
            bad.of(row.platform).other += not sent_or_told or row.attempts > 5
    return good.judge() + bad.judge()


def _poisons(stage, platform):
    missing = Attachment(
        sha256="0" * 64, mime_type="image/jpeg", bytes=9, width=64, height=64, alt_text="gone"
    )
    broken = missing.model_copy(update={"sha256": stage.blobs.put(b"no picture"), "bytes": 10})
    yield Payload(text=f"{stage.tag()} {'long ' * 20_000}", media=stage.media(platform))
    yield Payload(text=stage.tag(), media=(missing,))
    yield Payload(text=stage.tag(), media=(broken,))
    yield Payload(text=f"{stage.tag()} a\x00b", media=stage.media(platform))
    yield Payload(text="", media=())


def outages(stage, n):
    """Case 9: the database throws workers out, or is locked, while they send."""
    book = Book("9 the database goes away", stage)
    for number in range(n):
        chosen = stage.pick(number)
        book.plan(*[stage.new(platform) for platform in chosen for _ in range(3)])
        worker = stage.start(concurrency=CONCURRENCY)
        for _ in range(3):
            time.sleep(0.15)
            _disturb(stage)
        worker.join(60)
        book.of(chosen[0]).restarts += worker.exitcode != 0
        book.finish()
    return book.judge()


def _disturb(stage):
    if stage.database == "sqlite":
        with closing(sqlite3.connect(stage.ledger.url.database, isolation_level=None)) as other:
            other.execute("pragma busy_timeout = 15000")
            other.execute("begin immediate")
            time.sleep(0.3)
            other.execute("rollback")
        return
    with psycopg.connect(maintenance(stage), autocommit=True) as other:
        name = stage.ledger.url.database
        other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )


def maintenance(stage):
    url = stage.ledger.url.set(drivername="postgresql", database="postgres")
    return url.render_as_string(hide_password=False)


def fill(path):
    """Let no file grow beyond what the ledger's log has now: the disk is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = Path(f"{path}-wal")
    size = log.stat().st_size if log.exists() else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, resource.RLIM_INFINITY))


def full_disks(stage, n):
    """Case 10: nothing can be written; nothing goes out without its row, and all of it later."""
    book = Book("10 nothing can be written", stage)
    for number in range(n):
        chosen = stage.pick(number)
        ids = book.plan(*[stage.new(platform) for platform in chosen])
        before = stage.accepted_count()
        _try_without_room(stage)
        rows = stage.rows(ids)
        tried = sum(row.attempts for row in rows)
        book.of(chosen[0]).unlogged += max(0, stage.accepted_count() - before - tried)
        book.finish()
    return book.judge()


def _try_without_room(stage):
    if stage.database == "sqlite":
        worker = stage.start((fill, stage.ledger.url.database))
        worker.join(20)
        worker.kill()
        worker.join()
        return
    name = stage.ledger.url.database
    with psycopg.connect(maintenance(stage), autocommit=True) as other:
        other.execute(f"alter database {name} set default_transaction_read_only = on")
        worker = stage.start()
        worker.join(20)
        worker.kill()
        worker.join()
        other.execute(f"alter database {name} reset default_transaction_read_only")


def split_brains(stage, n):
    """Case 11: a worker is paused in a send, another takes over, and the first one goes on."""
    books = []
    for number, point in enumerate(("intent committed", "answer read")):
        book = Book(f"11 paused: {point}", stage)
        for _ in range(n):
            paused = []
            for platform in stage.pick(number):
                book.plan(stage.new(platform))
                sleeper = stage.start((plant, point, str(platform), signal.SIGSTOP))
                _wait_until_stopped(sleeper)
                paused.append(sleeper)
            stopped_at = time.monotonic()
            book.finish()
            time.sleep(max(0.0, stopped_at + PAUSE - time.monotonic()))
            for sleeper in paused:
                os.kill(sleeper.pid, signal.SIGCONT)
            for sleeper in paused:
                sleeper.join(60)
            book.finish()
        books += book.judge()
    return books


def _wait_until_stopped(process):
    give_up_at = time.monotonic() + 60
    stat = Path(f"/proc/{process.pid}/stat")
    while time.monotonic() < give_up_at:
        assert process.is_alive(), process.exitcode
        if stat.read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.01)
    raise AssertionError("the worker never came to its pause")


def cancels(stage, n):
    """Case 12: posts are taken back while they are sent; who came in time wins."""
    book = Book("12 taken back in the race", stage)
    for number in range(n):
        chosen = stage.pick(number)
        ids = book.plan(*[stage.new(platform) for platform in chosen for _ in range(6)])
        worker = stage.start(concurrency=CONCURRENCY)
        time.sleep(0.3)
        for delivery_id in ids[::-1]:
            with_luck(stage, delivery_id)
        worker.join(60)
        book.finish()
    return book.judge()


def with_luck(stage, delivery_id):
    try:
        interventions.cancel(stage.ledger, delivery_id, actor="anna", reason="no")
    except StateError:
        return False
    return True
