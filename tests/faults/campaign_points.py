"""The points of a send at which a worker of the campaign dies, stops, or stands."""

import os
import signal
import threading
import time
from functools import wraps
from itertools import count
from pathlib import Path

import httpx

from planning import batch, drafting, illustrating
from publishing import books, claims, reconcile, senders
from publishing.tokens import TokenKeeper
from storage.ledger import approvals, deliveries

NO_UPLOAD = ("Session", "creator_info", "query", "oauth")
"""Requests that prepare nothing of a post."""
BEFORE, AFTER = "before", "after"
STANDS = 10.0
"""Seconds after which who was told to stand goes on anyway."""


def _of_claimed(given, found):  # noqa: ARG001
    return [row.platform for row in found]


def _of_second(given, _found):
    return [given[1].platform]


def _of_attempt(given, _found):
    return [given[0].delivery.platform]


def _of_intents(given, _found):
    return [one.claimed.platform for one in given[2]]


def _of_endings(given, _found):
    return [one.attempt.delivery.platform for one in given[2]]


def _of_later_part(given, _found):
    delivery = given[0].delivery
    return [delivery.platform] if delivery.after else []


def _of_keeper(given, _found):
    return [given[0]._holder.account.platform]


def _of_any(_given, _found):
    return [ANY]


ANY = "any"
POINTS = {
    "claimed, not committed": (claims, "take", AFTER, _of_claimed),
    "claim committed": (senders, "send", BEFORE, _of_second),
    "intent written, not committed": (books, "begin_all", AFTER, _of_intents),
    "intent committed": (senders, "_outcome", BEFORE, _of_attempt),
    "answer read": (senders, "_outcome", AFTER, _of_attempt),
    "outcome written, not committed": (books, "finish_all", AFTER, _of_endings),
    "outcome committed": (senders, "send", AFTER, _of_second),
    "looked up, nothing written": (reconcile, "_settle", BEFORE, _of_second),
    "looked up, not committed": (reconcile, "_settle", AFTER, _of_second),
    "second part sent, not written": (senders, "_outcome", AFTER, _of_later_part),
}
REFRESHES = {
    "renewal begun, not asked": (TokenKeeper, "_carry_out", BEFORE, _of_keeper),
    "new pair got, not written": (TokenKeeper, "_kept", BEFORE, _of_keeper),
    "new pair written": (TokenKeeper, "_kept", AFTER, _of_keeper),
}
FOUND_OVER = "token found over"
PLANS = {
    "drafts written": (drafting, "write_drafts", AFTER, _of_any),
    "picture drawn, not kept": (illustrating, "_keep", BEFORE, _of_any),
    "picture kept": (illustrating, "_keep", AFTER, _of_any),
    "one decision written": (approvals, "decide", AFTER, _of_any),
    "one delivery written": (deliveries, "plan", AFTER, _of_any),
    "batch written, not committed": (batch, "settle_batch", AFTER, _of_any),
}
ALL = {FOUND_OVER: (TokenKeeper, "_renewed", BEFORE, _of_keeper)} | POINTS | REFRESHES | PLANS
ON_THE_WIRE = ("middle of the body", "first request answered")


def die(by=signal.SIGKILL):
    if by == signal.SIGSTOP:
        time.sleep(0.5)  # a pause inside a transaction of SQLite would hold all others up
        # sent to the process it may stop another thread first, and this one runs on into its next
        signal.pthread_kill(threading.get_ident(), by)
        return
    os.kill(os.getpid(), by)


def plant(point, platform, by=signal.SIGKILL):
    """Let this process die (or stop) at a point of a send to that platform."""
    if point in ON_THE_WIRE:
        _plant_on_wire(point, platform)
        return
    once = count(1)  # who was stopped and goes on is not stopped again
    at(point, platform, lambda: next(once) == 1 and die(by))


def hold(point, platform, folder, most=1):
    """Let this process stand at a point until a file says go; another file tells that it stands."""
    numbers = count(1)

    def stand():
        number = next(numbers)
        if number > most:
            return
        Path(folder, f"met-{number}").touch()
        give_up_at = time.monotonic() + STANDS
        while not Path(folder, f"go-{number}").exists() and time.monotonic() < give_up_at:
            time.sleep(0.002)

    at(point, platform, stand)


def at(point, platform, act):
    """Let this process act at a point of a send to that platform (or to any)."""
    owner, name, when, whose = ALL[point]
    real = getattr(owner, name)

    def is_meant(given, found):
        platforms = whose(given, found)
        return bool(platforms) if platform == ANY else platform in platforms

    @wraps(real)
    def armed(*given, **more):
        if when == BEFORE and is_meant(given, None):
            act()
        result = real(*given, **more)
        if when == AFTER and is_meant(given, result):
            act()
        return result

    setattr(owner, name, armed)


class _Half(httpx.SyncByteStream):
    """A body of which the first half goes out."""

    def __init__(self, content):
        self._content = content

    def __iter__(self):
        yield self._content[: len(self._content) // 2]
        die()


def _plant_on_wire(point, platform):
    real = httpx.HTTPTransport.handle_request

    def armed(self, request):
        is_write = request.method in ("POST", "PUT", "PATCH")
        is_meant = f"/{platform}/" in request.url.path and is_write
        if not is_meant or any(words in request.url.path for words in NO_UPLOAD):
            return real(self, request)
        if point == "middle of the body":
            request.stream = _Half(request.read())
        response = real(self, request)
        response.read()
        die()
        return response

    httpx.HTTPTransport.handle_request = armed
