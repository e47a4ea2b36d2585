"""Cases 2 and 7 once more: answers that come too late for the client, unpack without end, or lead
in a circle."""

import resource
from itertools import count

import httpx

from tests.faults.campaign_judge import CONCURRENCY, Book
from tests.faults.campaign_stage import REFUSED

LISTENS = 0.3
"""Seconds for which a worker listens here, in the place of 20."""
SILENT = 30.0
"""Seconds for which the platform says nothing: it never ends the silence first."""
WIDTH = 4
"""Lost answers in a row on each platform: with more of them it would count as down."""
MEMORY = 256 * 2**20
"""Bytes that a worker may take beside what it has at its start."""
UNUSABLE = ("accept_then_bomb", "circle")


def impatient():
    """Let this process's clients give up reading after a moment."""
    from publishing.platforms import base

    usual = base.TIMEOUT
    base.TIMEOUT = httpx.Timeout(
        connect=usual.connect, read=LISTENS, write=usual.write, pool=usual.pool
    )


def silences(stage, n):
    """Case 2: the platform accepts and says nothing, until the client's own time-out runs out."""
    book = Book("2 accept then silence, the client gives up", stage)
    for number in range(n):
        chosen, width = stage.pick(number), 1 if stage.is_sample else WIDTH
        ids = book.plan(*[stage.new(platform) for platform in chosen for _ in range(width)])
        for platform in chosen:
            order = {"platform": platform, "seconds": SILENT, "count": width}
            stage.fault("accept_then_timeout", **order)
        _end_well(book, chosen, impatient)
        _count_given_up(book, ids)
        stage.calm()
        book.finish()
    return book.judge()


def _count_given_up(book, ids):
    for row in book.stage.rows(ids):
        details = [one["detail"] or "" for one in book.stage.attempts(row.id)]
        book.of(row.platform).met += sum("ReadTimeout" in words for words in details)


def ration():
    """Let this process take no more memory than a worker may need."""
    with open("/proc/self/statm", encoding="ascii") as told:  # noqa: PTH123 - it is no real file
        now = int(told.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, resource.RLIM_INFINITY))


def unusable_answers(stage, n):
    """Case 7: an answer of half a mebibyte that unpacks to 512, and one that leads to itself."""
    books = [Book(f"7 answers: {effect.replace('_', ' ')}", stage) for effect in UNUSABLE]
    turns = count()
    for _ in range(n):
        for effect, book in zip(UNUSABLE, books, strict=True):
            chosen = stage.pick(next(turns))
            book.plan(*[stage.new(platform) for platform in chosen])
            for platform in chosen:
                stage.fault(effect, platform=platform)
            _end_well(book, chosen, ration)
            stage.calm()
            book.finish()
    return [one for book in books for one in book.judge()]


def _end_well(book, chosen, prepare):
    code = book.stage.end_of(book.stage.start((prepare,), concurrency=CONCURRENCY))
    book.of(chosen[0]).restarts += code == REFUSED
    if code != 0:
        words = f"a worker ended with {code}: {book.stage.said()}"
        book.of(chosen[0]).note("other", words)
