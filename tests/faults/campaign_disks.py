"""Case 10 of the campaign: the disk is full or fails, or the memory is over."""

import resource
import signal
from contextlib import contextmanager

import psycopg

from tests.faults import campaign_kernel as kernel
from tests.faults.campaign_judge import Book, Stuck
from tests.faults.campaign_points import ANY, at
from tests.faults.campaign_races import Held, maintenance, throw_out
from tests.faults.campaign_stage import REFUSED

WITHOUT_INTENT, WITHOUT_OUTCOME = "claim committed", "intent committed"
"""Points from which the next commit is that of the intent, or that of the outcome."""
EFFECTS = {
    "a sync fails": kernel.fail_syncs,
    "no space is left": kernel.fail_writes,
    "no memory is left": kernel.end_memory,
}


def full_disks(stage, n):
    """Case 10: nothing can be written; nothing goes out without its row, and all of it later."""
    tries = {
        "nothing can be written from the start": _without_room,
        "nothing can be written amid a send": _losing_room,
    }
    if not stage.is_sample:
        tries |= _kernel_tries(stage)
    books = []
    for name, try_it in tries.items():
        book = Book(f"10 {name}", stage)
        for number in range(n):
            _try(book, stage.pick(number), try_it)
        books += book.judge()
    return books


def _try(book, chosen, try_it):
    stage = book.stage
    ids = book.plan(*[stage.new(platform) for platform in chosen])
    before = stage.accepted_count()
    code, count = try_it(stage), book.of(chosen[0])
    # without memory it ends as it can; all else it must say in words
    is_met = code != 0 if "memory" in book.case else code == REFUSED
    count.met += is_met
    if not is_met:
        count.note("other", f"a worker that could write nothing ended with {code}: {stage.said()}")
    tried = sum(row.attempts for row in stage.rows(ids))
    untried = stage.accepted_count() - before - tried
    if untried > 0:
        count.note("unlogged", f"{untried} accepted without a row", untried)
    book.finish()


def _kernel_tries(stage):
    """What the kernel refuses: of the disk where the ledger is a file of this process."""
    effects = [*EFFECTS] if stage.database == "sqlite" else ["no memory is left"]
    effects = effects if kernel.is_able() else []
    return {
        f"{effect}: {point}": lambda stage, given=(effect, point): stage.end_of(
            stage.start((refuse, *given))
        )
        for effect in effects
        for point in (WITHOUT_INTENT, WITHOUT_OUTCOME)
    }


def refuse(effect, point):
    """Let the kernel refuse this process something from a point of its sends on."""
    at(point, ANY, EFFECTS[effect])


def fill(point=None):
    """Let this process write no file beyond its first page, at once or from a point on."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if point is None:
        _fill()
    else:
        at(point, ANY, _fill)


def _fill():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))


def _without_room(stage):
    if stage.database == "sqlite":
        return stage.end_of(stage.start((fill,)))
    with _read_only(stage):
        return stage.end_of(stage.start())


def _losing_room(stage):
    if stage.database == "sqlite":
        return stage.end_of(stage.start((fill, "intent committed")))
    held = Held(stage, "intent committed", concurrency=1)
    if not held.meets(1):
        raise Stuck(f"the worker never came to its send: {stage.said()}")
    with _read_only(stage):
        throw_out(stage)
        held.go(1)
        return held.end()


@contextmanager
def _read_only(stage):
    name = stage.ledger.url.database
    with psycopg.connect(maintenance(stage), autocommit=True) as other:
        other.execute(f"alter database {name} set default_transaction_read_only = on")
        try:
            yield
        finally:
            other.execute(f"alter database {name} reset default_transaction_read_only")
    throw_out(stage)
