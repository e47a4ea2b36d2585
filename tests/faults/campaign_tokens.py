"""Case 8 of the campaign: tokens that end while many processes send, and kills in a renewal."""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from domain.deliveries import DeliveryState
from domain.events import EventType
from domain.platforms import Platform
from publishing import tokens
from storage.ledger import events
from tests.faults.campaign_judge import Book, Stuck
from tests.faults.campaign_points import FOUND_OVER, REFRESHES, at, hold, plant
from tests.faults.campaign_stage import playing

LIVES = {Platform.X: 3, Platform.TIKTOK: 25, Platform.BLUESKY: 3}
"""Hours after which an access token is over, where a renewal spends the token that it uses."""
RACERS, BATCH = 8, 20
ALL_THERE = 180.0
"""Seconds within which all racers have found the token over, also on a busy machine."""


def connect(variables, platform):
    """What `amsel connect` does: a log-in at the sandbox, and what it gave is kept."""
    import httpx

    from runtime.build import open_vault
    from runtime.connecting import account_of, begin, keep, log_in
    from runtime.settings import Settings

    with playing(variables):
        settings = Settings()
        vault = open_vault(settings)
        holder = account_of(settings, platform, brand="bergquell", handle=None)
        if platform is Platform.BLUESKY:
            password = f"sandbox-bluesky-{holder.account.handle}"
            keep(vault, holder, log_in(holder.account, password))
            return
        flow = begin(settings, holder, redirect_uri="http://127.0.0.1:1/callback")
        address = f"{flow.address}&auto=1&account={holder.account.handle}"
        back = httpx.get(address, trust_env=False)
        connected = flow.finish(flow.code_in(back.headers["location"]), now=vault.now())
        keep(vault, holder, connected.tokens)


def line_up(platform, folder):
    """Let this process wait, where it finds the token over, until all do."""
    # the clock leaps while a busy machine lets a renewal wait: nobody may take that for a pause
    tokens.LEASE, tokens.ASKED_BY = timedelta(hours=1), timedelta(minutes=30)
    ready, go = Path(folder, f"ready-{os.getpid()}"), Path(folder, "go")

    def stand():
        ready.touch()
        give_up_at = time.monotonic() + ALL_THERE
        while not go.exists() and time.monotonic() < give_up_at:
            time.sleep(0.002)

    at(FOUND_OVER, platform, stand)


def renewals(stage, n):
    """Case 8: many workers find a token over, and workers die at each point of its renewal."""
    platforms = [one for one in stage.pick(0, [*LIVES]) if one in LIVES]
    for platform in platforms:
        stage.run(connect, platform)
    found = races(stage, n, platforms) + _kills(stage, n, platforms)
    if stage.is_sample:
        return found
    return found + amid_batches(stage, n, platforms) + withdrawals(stage, n, platforms)


def races(stage, n, platforms):
    """Workers that find a token over at the same moment: one renews it, all send."""
    book = Book("8 a token is over, many workers", stage)
    for _ in range(n):
        for platform in platforms:
            _race(book, platform)
    return book.judge()


def _race(book, platform):
    stage, count = book.stage, book.of(platform)
    _outlive(stage, platform)
    book.plan(*[stage.new(platform) for _ in range(6 if stage.is_sample else BATCH)])
    before, folder = _calls(stage, platform), mkdtemp(dir=stage.home)
    racers = [
        stage.start((line_up, str(platform), folder))
        for _ in range(2 if stage.is_sample else RACERS)
    ]
    stage.wait_for(lambda: _lined_up(folder) + _gone(racers) == len(racers), patience=ALL_THERE)
    met = _lined_up(folder)
    if met < 2:
        raise Stuck(f"{met} of {len(racers)} found the token of {platform} over: {stage.said()}")
    Path(folder, "go").touch()
    _end_well(book, platform, *racers)
    count.met += met
    _count_renewals(book, platform, before)
    book.finish(rounds=3 if stage.is_sample else 20)
    _count_waiting(book, platform)


def _lined_up(folder):
    return len([*Path(folder).glob("ready-*")])


def _gone(racers):
    """Those who found all posts claimed by others, and ended."""
    return sum(not one.is_alive() for one in racers)


def _end_well(book, platform, *processes):
    for one in processes:
        if book.stage.end_of(one) != 0:
            words = f"a worker ended with {one.exitcode}: {book.stage.said()}"
            book.of(platform).note("other", words)


def _count_renewals(book, platform, before):
    now = _calls(book.stage, platform)
    asked = {name: number - before.get(name, 0) for name, number in now.items()}
    renewed, refused = asked.get("refresh", 0), asked.get("refused", 0)
    if (renewed, refused) != (1, 0):
        words = f"{renewed} renewals asked for, {refused} refused"
        book.of(platform).note("other", words)


def _count_waiting(book, platform):
    waiting = [row for row in book.rows() if row.state != DeliveryState.SENT]
    if waiting:
        words = f"{len(waiting)} did not go out: {waiting[0].reason}"
        book.of(platform).note("other", words, len(waiting))


def amid_batches(stage, n, platforms):
    """Tokens that end while a worker is in the middle of a batch: one renewal, all go out."""
    book = Book("8 a token ends amid a batch", stage)
    for _ in range(n):
        for platform in platforms:
            book.plan(*[stage.new(platform) for _ in range(BATCH)])
            folder = mkdtemp(dir=stage.home)
            held = stage.start((hold, "answer read", str(platform), folder))
            stage.wait_for(Path(folder, "met-1").exists, held)
            before = _calls(stage, platform)  # what was near its end it has renewed by now
            _order(stage, platform, "expire")
            other = stage.start()
            Path(folder, "go-1").touch()
            _end_well(book, platform, held, other)
            book.of(platform).met += 1
            _count_renewals(book, platform, before)
            book.finish()
            _count_waiting(book, platform)
    return book.judge()


def withdrawals(stage, n, platforms):
    """Access taken away: the posts wait, one alert, and they go out once somebody logs in again."""
    book = Book("8 access is taken away", stage)
    for _ in range(n):
        for platform in platforms:
            ids, told = (
                book.plan(*[stage.new(platform) for _ in range(6)]),
                _alerts(stage, platform),
            )
            _order(stage, platform, "close")
            book.finish(rounds=3)
            parked = sum(row.state == DeliveryState.WAITING for row in stage.rows(ids))
            alerts = _alerts(stage, platform) - told
            book.of(platform).met += 1
            if (parked, alerts) != (len(ids), 1):
                words = f"{parked} of {len(ids)} wait, {alerts} alerts"
                book.of(platform).note("other", words)
            _order(stage, platform, "reopen")
            stage.run(connect, platform)
            book.finish()
            _count_waiting(book, platform)
    return book.judge()


def _order(stage, platform, what):
    wanted = {"platform": str(platform), "account": stage.handles[platform], "do": what}
    answer = stage.http.post("/_sandbox/tokens", json=wanted)
    assert 201 == answer.status_code, answer.text


def _outlive(stage, platform):
    stage.clock.wait_until(stage.clock.now() + timedelta(hours=LIVES[platform]))


def _calls(stage, platform):
    return stage.http.get("/_sandbox/tokens").json()["calls"].get(str(platform), {})


def _kills(stage, n, platforms):
    books = [Book(f"1 kill -9: {point}", stage) for point in REFRESHES]
    for _ in range(n):
        for book, point in zip(books, REFRESHES, strict=True):
            for platform in platforms:
                _kill_once(book, point, platform)
    return [one for book in books for one in book.judge()]


def _kill_once(book, point, platform):
    stage, count = book.stage, book.of(platform)
    _outlive(stage, platform)
    ids = book.plan(stage.new(platform), stage.new(platform))
    told = _alerts(stage, platform)
    victim = stage.start((plant, point, str(platform)))
    code = stage.end_of(victim)
    if code != -signal.SIGKILL:
        rows = "; ".join(f"{row.state} ({row.reason})" for row in stage.rows(ids))
        raise Stuck(f"nobody came to {point!r} on {platform} ({code}; {rows}): {stage.said()}")
    for delivery_id in ids:
        book.note_kill(delivery_id, platform, stage.clock.now())
        count.kills -= delivery_id != ids[0]
    book.finish(rounds=4)
    waiting = [row for row in stage.rows(ids) if row.state != DeliveryState.SENT]
    alerts = _alerts(stage, platform) - told
    if alerts != bool(waiting):
        count.note("other", f"{alerts} alerts, {len(waiting)} wait")
    if waiting:  # the new pair died with its only holder: a person logs in once more
        count.by_hand += len(waiting)
        book.killed = {key: at for key, at in book.killed.items() if key not in ids}
        stage.run(connect, platform)
        book.finish()


def _alerts(stage, platform):
    name = stage.account(platform)
    with stage.ledger.reading() as connection:
        found = [one.event for one in events.read_since(connection, 0, limit=10**9)]
    wanted = [one for one in found if one.type == EventType.ACCOUNT_NEEDS_ATTENTION]
    return sum(name in str(one) for one in wanted)
