"""Case 3 once more: an edge bans an app or one of its accounts; how long until all is out again."""

from datetime import UTC, datetime, timedelta
from itertools import product

from domain.deliveries import DeliveryState
from domain.platforms import Platform
from tests.faults.campaign_judge import Book
from tests.faults.campaign_stage import HANDLES

BAN = timedelta(minutes=10)
WAYS, APP, ACCOUNT = ("seconds", "date", "nothing"), "the app", "an account"
SAMPLE = (("date", APP), ("seconds", ACCOUNT))
NEIGHBOURS = tuple(
    (platform, handle.replace("bergquell", "northloom")) for platform, handle in HANDLES.items()
)
"""A second account on each platform, of the same app."""
LONG_ENOUGH = 1.2
"""How many times the least that is possible a drain may take."""
DOUBLING, MINUTES = 6, {Platform.TIKTOK: 10}
"""Knocks in ten minutes of who is told nothing: its wait doubles from 15 s; where all documented
windows are a minute, it asks in each of them."""
BESIDE = timedelta(minutes=1)
"""Within which posts of an account are out that is not banned."""
FACTOR = 0.1
QUOTAS = {Platform.X: (10, timedelta(minutes=15)), Platform.MASTODON: (30, timedelta(hours=3))}
"""Posts that a tenth of each documented limit allows, and the window they count in."""


def bans(stage, n):
    """Case 3: ten minutes of refusals, told in seconds, as a date or not at all; of the whole app,
    or of one of its two accounts."""
    books = []
    for way, whose in SAMPLE if stage.is_sample else product(WAYS, (APP, ACCOUNT)):
        told = "says nothing" if way == "nothing" else f"is told in {way}"
        book = Book(f"3 a ban of {whose} that {told}", stage)
        for number in range(n):
            _ban(book, stage.pick(number + len(books)), way, is_app=whose == APP)
        books.append(book)
    return [one for book in books for one in book.judge()]


def _ban(book, platforms, way, *, is_app):
    stage = book.stage
    accounts = {one: f"{one[0]}:{one[1]}" for one in NEIGHBOURS if one[0] in platforms}
    both = [(p, stage.account(p)) for p in platforms] + [(one[0], a) for one, a in accounts.items()]
    book.plan(*[stage.new(platform, account=account) for platform, account in both])
    book.finish()  # each has a session by then
    width = 3 if stage.is_sample else 10
    ids = book.plan(*[stage.new(p, account=account) for p, account in both for _ in range(width)])
    begun = stage.clock.now()
    for platform in platforms:
        order = {} if is_app else {"account": stage.account(platform)}
        forbid(stage, platform, until=begun + BAN, told=way, **order)
    book.finish(rounds=100)
    for platform, account in both:
        rows = [row for row in stage.rows(ids) if row.account == account]
        is_banned = is_app or account == stage.account(platform)
        _judge_ban(book, rows, begun, way if is_banned else None)


def forbid(stage, platform, *, until, told, **whose):
    order = {"platform": str(platform), "until": until.isoformat(), "told": told} | whose
    answer = stage.http.post("/_sandbox/bans", json=order)
    assert 201 == answer.status_code, answer.text


def _judge_ban(book, rows, begun, way):
    count = book.of(rows[0].platform)
    ends = [row.sent_at for row in rows if row.state == DeliveryState.SENT]
    if len(ends) < len(rows):
        return  # the book says of each what became of it
    if way is None:
        late = max(ends) - begun
        if late > BESIDE:
            story = _story(book.stage, rows, begun)
            count.note("other", f"{rows[0].account} was not banned and took {late}: {story}")
        return
    knocks = _knocks(book.stage, rows, begun)
    count.met += knocks
    most = MINUTES.get(rows[0].platform, DOUBLING) if way == "nothing" else 1
    if knocks > most:
        story = _story(book.stage, rows, begun)
        words = f"{rows[0].account}: {knocks} knocks in a ban, {most} would do: {story}"
        count.note("other", words, knocks - most)
    if way != "nothing":
        _judge_drain(count, (max(ends) - begun) / BAN)


def _knocks(stage, rows, begun):
    """How often an account asked for something while it was banned."""
    return sum(
        begun <= one["started_at"] < begun + BAN and bool(one["exchanges"])
        for row in rows
        for one in stage.attempts(row.id)
    )


def _story(stage, rows, begun):
    """When each attempt of an account began, from the ban on, and what it came to."""
    attempts = [one for row in rows for one in stage.attempts(row.id)]
    attempts.sort(key=lambda one: one["started_at"])
    return ", ".join(f"{one['started_at'] - begun} {one['outcome']}" for one in attempts)


def _judge_drain(count, ratio):
    count.ratios.append(round(ratio, 3))
    if ratio > LONG_ENOUGH:
        count.note("other", f"the drain took {ratio:.2f} times the least that is possible")


def drains(stage, n):
    """Case 3: after a ban, as many posts as several windows of the platform's own limit hold."""
    book = Book("3 a drain within a limit", stage)
    for _ in range(n):
        for platform in stage.pick(0, [*QUOTAS]):
            _drain(book, platform)
    return book.judge()


def _drain(book, platform):
    stage, (quota, window) = book.stage, QUOTAS[platform]
    width = 2 * quota + quota // 2
    book.plan(stage.new(platform))
    book.finish()
    back_at = stage.clock.now() + BAN
    used = _accepted_since(stage, platform, _begin_of(back_at, window))
    ids = book.plan(*[stage.new(platform) for _ in range(width)])
    forbid(stage, platform, until=back_at, told="seconds")
    book.finish(rounds=100)
    rows = stage.rows(ids)
    if any(row.state != DeliveryState.SENT for row in rows):
        return
    least = least_end(back_at, width, quota, window, used=used)
    count = book.of(platform)
    count.met += 1
    _judge_drain(count, (max(row.sent_at for row in rows) - back_at) / (least - back_at))


def _accepted_since(stage, platform, instant):
    return sum(
        one["platform"] == str(platform) and datetime.fromisoformat(one["created_at"]) >= instant
        for one in stage.accepted()
    )


def least_end(back_at, number, quota, window, *, used=0):
    """When the last of so many posts can be out at the earliest, by windows of a quota."""
    begin, left = _begin_of(back_at, window), number - (quota - used)
    while left > 0:
        begin, left = begin + window, left - quota
    return max(back_at, begin)


def _begin_of(instant, window):
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (instant - epoch) // window * window
