"""What a million stored posts cost: to plan, to look for what is due, to leave alone."""

import resource
import statistics
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import sqlalchemy as sa

from cli.bench_stage import Stage, in_an_hour
from domain.deliveries import PublishResult
from publishing import claims, orphans
from publishing.attempts import Attempt, Ending, Intent, begin_all, finish_all
from publishing.claims import Claimer
from publishing.outcomes import Outcome, sent
from publishing.worker import ASKING, run_worker

LOOKS = 100
DUE = 200


def growth(stage: Stage, sizes: Sequence[int], *, idle: float) -> dict[str, Any]:
    """The same work beside more and more stored posts; the last size is what is shown first.

    `idle` is for how many seconds a worker with nothing to do is watched.
    """
    steps, stored = [], 0
    for number, size in enumerate(sorted(sizes)):
        seconds = _plan(stage, f"stored{number}", size - stored)
        stored = size
        looks = sorted(_look(stage) for _ in range(LOOKS))
        steps.append(
            {
                "stored": size,
                "planned_in_s": round(seconds, 2),
                "due_scan_p50_ms": round(1000 * statistics.median(looks), 2),
                "due_scan_p99_ms": round(1000 * looks[int(LOOKS * 0.99) - 1], 2),
                "ms_per_due_post": round(1000 * _send_some(stage, f"due{number}") / DUE, 2),
            }
        )
    first, last = steps[0], steps[-1]
    return {
        "stored": last["stored"],
        "planned_per_s": round(
            sum(sizes and [last["stored"]]) / max(sum(s["planned_in_s"] for s in steps), 1e-9)
        ),
        "due_scan_p99_ms": last["due_scan_p99_ms"],
        "growth": round(last["ms_per_due_post"] / first["ms_per_due_post"], 2),
        "idle_queries_per_s": _idle(stage, idle),
        "worker_rss_mib": _worker_rss(stage),
        "bench_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "steps": steps,
    }


def _worker_rss(stage: Stage) -> int | None:
    """The most memory that `amsel worker` ever had, once it has sent what is due and waits on.

    None where the system does not tell it of another process.
    """
    now = stage.clock.now()
    stage.plan("worker", DUE, due_at=lambda _: now)
    with stage.worker() as process:
        while stage.judged("worker", DUE)[1] and process.poll() is None:
            sleep(0.2)
        sleep(2)
        status = Path(f"/proc/{process.pid}/status")
        if process.poll() is not None or not status.exists():
            return None
        lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines())
        return round(int(lines["VmHWM"].split()[0]) / 1024)


def _plan(stage: Stage, tag: str, count: int) -> float:
    start, now = perf_counter(), stage.clock.now()
    stage.plan(tag, count, due_at=lambda number: now + in_an_hour(number))
    return perf_counter() - start


def _look(stage: Stage) -> float:
    """What a worker asks when it looks whether anything is due."""
    start = perf_counter()
    with stage.ledger.transaction() as connection:
        now = stage.ledger.now(connection)
        claims.instants(connection, accounts=stage.names(), states=ASKING)
        orphans.expire(connection, now)
        claims.due(connection, now)
    return perf_counter() - start


def _send_some(stage: Stage, tag: str) -> float:
    """All that the ledger does for some due posts, from the claim to the outcome; no request."""
    now = stage.clock.now() - timedelta(seconds=1)
    stage.plan(tag, DUE, due_at=lambda _: now)
    claimer = Claimer("bench", stage.names(), 16, 4)
    with stage.networks() as networks:
        start, done = perf_counter(), 0
        while done < DUE:
            with stage.ledger.transaction() as connection:
                rows = claims.take(connection, stage.ledger.now(connection), claimer)
            with stage.ledger.transaction() as connection:
                intents = [Intent(row, networks[row.account]) for row in rows]
                begun = begin_all(connection, stage.ledger.now(connection), intents)
            with stage.ledger.transaction() as connection:
                at = stage.ledger.now(connection)
                endings = [Ending(one, _accepted(one, at)) for one in begun if one is not None]
                done += len(finish_all(connection, at, endings))
        return perf_counter() - start


def _accepted(attempt: Attempt, at: datetime) -> Outcome:
    return sent(
        PublishResult(
            platform=attempt.delivery.platform,
            account=attempt.delivery.account,
            platform_id=attempt.delivery.id,
            published_at=at,
        )
    )


def _idle(stage: Stage, seconds: float) -> float:
    """Statements a second, transactions' ends included, of a worker with nothing to do."""
    asked: list[str] = []
    engine = stage.ledger.engine
    over = threading.Event()
    threading.Timer(seconds, over.set).start()

    def count(*_: object) -> None:
        asked.append("statement")

    for name in ("before_cursor_execute", "commit", "rollback"):
        sa.event.listen(engine, name, count)
    with stage.networks() as networks:
        run_worker(stage.ledger, networks=networks, clock=stage.clock, is_stopped=over.is_set)
    for name in ("before_cursor_execute", "commit", "rollback"):
        sa.event.remove(engine, name, count)
    return round(len(asked) / seconds, 1)
