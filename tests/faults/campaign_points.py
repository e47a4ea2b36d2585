"""The points of a send at which a worker of the campaign kills itself with SIGKILL."""

import os
import signal
import threading
import time
from functools import wraps

import httpx

from publishing import books, claims, reconcile, senders

NO_UPLOAD = ("Session", "creator_info", "query", "oauth")
"""Requests that prepare nothing of a post."""
BEFORE, AFTER = "before", "after"


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
    module, name, when, whose = POINTS[point]
    real = getattr(module, name)

    @wraps(real)
    def armed(*given, **more):
        if when == BEFORE and platform in whose(given, None):
            die(by)
        result = real(*given, **more)
        if when == AFTER and platform in whose(given, result):
            die(by)
        return result

    setattr(module, name, armed)


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
