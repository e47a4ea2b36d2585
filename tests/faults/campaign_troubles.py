"""Cases of the campaign about what comes in and when: refusals, repeats, zones, skew."""

import math
import random
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from community.intake import receive
from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, Payload
from domain.zones import WALL, instant_of
from storage.brand_files import load_brands
from storage.ledger import deliveries
from tests.faults.campaign_judge import CONCURRENCY, ENDED, Book, Stuck
from tests.faults.campaign_stage import PLATFORMS, playing

TIMES = (1, 1, 2, 2, 3, 20)
"""How often a process may be told of one message."""
LONGEST_STORM = 10
"""Refusals in a row of whatever is asked: two hours of waits that grow, on LinkedIn ten days."""
THREADED = [one for one in PLATFORMS if one != "tiktok"]
"""Where something can be put below a post."""


def refusals(stage, n):
    """Case 3: a platform refuses as many requests as are a part of the posts, then for longer."""
    books = []
    width = 3 if stage.is_sample else 40
    for name, share, most in (("30 %", 0.3, width), ("100 %", 1.0, LONGEST_STORM)):
        book = Book(f"3 429 for {name}", stage)
        for number in range(n):
            chosen, refused = stage.pick(number), min(math.ceil(share * width), most)
            _open_sessions(book, chosen)
            ids = book.plan(*[stage.new(platform) for platform in chosen for _ in range(width)])
            for platform in chosen:
                stage.fault("reject_429", platform=platform, count=refused)
            book.finish(rounds=100)  # LinkedIn's window is a day
            _count_knocks(book, ids, width + refused)
        stage.calm()
        books += book.judge()
    return books


def _open_sessions(book, platforms):
    """Let each have a session, so that the refusals meet posts and not somebody's log-in."""
    book.plan(*[book.stage.new(platform) for platform in platforms])
    book.finish()


def _count_knocks(book, ids, wanted):
    """One knock a refusal, and one a post that gets through: nobody knocks at a closed door."""
    knocks = Counter()
    for row in book.stage.rows(ids):
        # a worker that had slept, on a busy machine, asks for nothing in its attempt
        knocks[row.platform] += sum(bool(one["exchanges"]) for one in book.stage.attempts(row.id))
    for platform, number in knocks.items():
        if number > wanted:
            book.of(platform).note("other", f"{number} knocks, {wanted} would do", number - wanted)


def take_in(variables, messages, tags, seed):
    """A process that is told of messages again and again, and plans an answer to each."""
    from runtime.build import open_ledger
    from runtime.settings import Settings

    with playing(variables):
        settings = Settings()
        _tell(open_ledger(settings), settings, messages, tags, seed)


def _tell(ledger, settings, messages, tags, seed):
    (brand,) = load_brands(settings.brands).values()
    chance = random.Random(seed)  # noqa: S311 - not a secret
    order = [one for one in messages for _ in range(chance.choice(TIMES))]
    chance.shuffle(order)
    for message in order:
        receive(ledger, [message], brand=brand, now=ledger.clock.now())
        with ledger.transaction() as connection:
            deliveries.plan(connection, tags[message.message_id], now=ledger.clock.now())


def repeated_messages(stage, n):
    """Case 4: messages come up to twenty times, in any order, to three processes at a time."""
    book, each_root = Book("4 messages told 3 to 60 times", stage), 2 if stage.is_sample else 40
    for number in range(n):
        chosen = stage.pick(0, THREADED)
        roots = [stage.new(platform) for platform in chosen]
        book.plan(*roots)
        book.finish()
        messages, answers = [], {}
        for root in stage.rows(book.ids[-len(roots) :]):
            for _ in range(each_root):
                message, answer = _message_below(stage, root)
                messages.append(message)
                answers[message.message_id] = answer
        tellers = [
            stage.start(
                target=take_in, arguments=(stage.variables, messages, answers, 3 * number + each)
            )
            for each in range(3)
        ]
        for teller in tellers:
            if stage.end_of(teller) != 0:
                raise Stuck(f"a process that is told ended with {teller.exitcode}: {stage.said()}")
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
        times = kept.count(message.message_id)
        if times != 1:
            words = f"{message.message_id} is kept {times} times"
            book.of(message.platform).note("other", words)


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


CLOCKS = (("ahead", 300, 0), ("behind", -300, 0), ("stepping back", 0, -3600))


def wrong_clocks(stage, n, clocks=CLOCKS):
    """Case 6: workers five minutes ahead or behind, and one whose clock steps back an hour."""
    books = []
    for number, (name, ahead, step) in enumerate(clocks):
        book = Book(f"6 a clock {name}", stage)
        for _ in range(n):
            chosen = stage.pick(number)
            instants = (2, 40, 90) if stage.is_sample else (2, 40, 90) * 3
            book.plan(*[stage.new(one, seconds=after) for one in chosen for after in instants])
            worker = stage.start((skew, ahead, step), concurrency=CONCURRENCY)
            if stage.end_of(worker) != 0:
                words = f"a worker with that clock ended with {worker.exitcode}: {stage.said()}"
                book.of(chosen[0]).note("other", words)
            book.finish()
        books += book.judge()
    return books
