"""Sending, measured: against a bare httpx loop, held over minutes, and after kill -9."""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

from cli.bench_stage import TEXT, Stage
from domain.deliveries import Delivery, DeliveryState
from publishing.worker import run_worker
from storage.ledger import deliveries

SENDER = """
import sys
from cli.bench_stage import networks
from publishing.worker import run_worker
from runtime.clock import SystemClock
from storage.ledger.database import Ledger

ledger, url, accounts, concurrency = sys.argv[1:]
with networks(url, int(accounts)) as found:
    run_worker(
        Ledger(ledger),
        networks=found,
        clock=SystemClock(),
        concurrency=int(concurrency),
        until_idle=True,
    )
"""


def against_a_bare_loop(
    stage: Stage, posts: int, *, concurrency: int, rounds: int
) -> dict[str, Any]:
    """Posts a second of the worker and of threads that only post, by turns; medians count."""
    bare, ours, doubled, lost = [], [], 0, 0
    for turn in range(rounds):
        order = ("bare", "ours") if turn % 2 == 0 else ("ours", "bare")
        for side in order:
            if side == "bare":
                bare.append(posts / _bare(stage.url, posts, concurrency, f"bare{turn}"))
                continue
            tag = f"ours{turn}"
            ours.append(posts / _ours(stage, posts, concurrency, tag))
            twice, never = stage.judged(tag, posts)
            doubled, lost = doubled + twice, lost + never
    bare_rate, rate = statistics.median(bare), statistics.median(ours)
    return {
        "posts": posts,
        "concurrency": concurrency,
        "rounds": rounds,
        "ratio": round(rate / bare_rate, 3),
        "posts_per_s": round(rate, 1),
        "bare_per_s": round(bare_rate, 1),
        "posts_per_h": round(rate * 3600),
        "doubled": doubled,
        "lost": lost,
    }


def held(stage: Stage, *, minutes: float, per_second: float, concurrency: int) -> dict[str, Any]:
    """Posts that fall due evenly over some minutes: how many went out an hour, and how late."""
    count = max(1, round(minutes * 60 * per_second))
    start = stage.clock.now() + timedelta(seconds=3)
    stage.plan("held", count, due_at=lambda n: start + timedelta(seconds=n / per_second))
    with stage.networks() as networks:
        run_worker(
            stage.ledger,
            networks=networks,
            clock=stage.clock,
            concurrency=concurrency,
            until_idle=True,
        )
    sent = [one for one in _rows(stage, "held") if one.sent_at is not None]
    late = sorted((one.sent_at - one.due_at) / timedelta(seconds=1) for one in sent)  # type: ignore[operator]
    last = max(one.sent_at for one in sent)  # type: ignore[type-var]
    doubled, lost = stage.judged("held", count)
    return {
        "minutes": minutes,
        "due_per_s": per_second,
        "sent": len(sent),
        "posts_per_h": round(len(sent) / ((last - start) / timedelta(hours=1))),  # type: ignore[operator]
        "late_p50_s": round(_quantile(late, 0.5), 3),
        "late_p99_s": round(_quantile(late, 0.99), 3),
        "doubled": doubled,
        "lost": lost,
    }


def after_a_kill(stage: Stage, *, kills: int, concurrency: int) -> dict[str, Any]:
    """Workers killed in the middle of their work: how long until what they held was settled."""
    seconds: list[float] = []
    doubled = lost = 0
    for turn in range(kills):
        tag, posts = f"kill{turn}", 400
        now = stage.clock.now()
        stage.plan(tag, posts, due_at=lambda _n, at=now: at)
        victim = _sender(stage, concurrency)
        while sum(row.state == DeliveryState.SENT for row in _rows(stage, tag)) < posts // 8:
            time.sleep(0.05)
        victim.kill()
        victim.wait()
        killed_at = stage.clock.now()
        under_way = (DeliveryState.CLAIMED, DeliveryState.SENDING)
        orphans = {row.id for row in _rows(stage, tag) if row.state in under_way}
        _sender(stage, concurrency).wait()
        rows = [row for row in _rows(stage, tag) if row.id in orphans]
        seconds += [_settled_after(row, killed_at) for row in rows]
        twice, never = stage.judged(tag, posts)
        doubled, lost = doubled + twice, lost + never
    seconds.sort()
    return {
        "kills": kills,
        "orphans": len(seconds),
        "recovery_p50_s": round(_quantile(seconds, 0.5), 1),
        "recovery_p95_s": round(_quantile(seconds, 0.95), 1),
        "doubled": doubled,
        "lost": lost,
    }


def _settled_after(row: Delivery, killed_at: datetime) -> float:
    """Seconds from the kill until it was known to be out (an adopted post was out before)."""
    return (row.updated_at - killed_at) / timedelta(seconds=1)


def _ours(stage: Stage, posts: int, concurrency: int, tag: str) -> float:
    now = stage.clock.now()
    stage.plan(tag, posts, due_at=lambda _: now)
    with stage.networks() as networks:
        start = perf_counter()
        run_worker(
            stage.ledger,
            networks=networks,
            clock=stage.clock,
            concurrency=concurrency,
            until_idle=True,
        )
        return perf_counter() - start


def _bare(url: str, posts: int, concurrency: int, tag: str) -> float:
    def post(thread: int) -> None:
        with httpx.Client(base_url=url, trust_env=False) as client:
            for number in range(thread, posts, concurrency):
                body = {"text": TEXT.format(name=f"{tag} {number}")}
                headers = {"authorization": f"Bearer token {thread}"}
                client.post("/2/tweets", json=body, headers=headers).raise_for_status().json()

    threads = [threading.Thread(target=post, args=(number,)) for number in range(concurrency)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return perf_counter() - start


def _sender(stage: Stage, concurrency: int) -> subprocess.Popen[bytes]:
    ledger = stage.ledger.url.render_as_string(hide_password=False)
    arguments = [ledger, stage.url, str(stage.accounts), str(concurrency)]
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", SENDER, *arguments], cwd=Path(__file__).parents[1]
    )


def _rows(stage: Stage, tag: str) -> list[Delivery]:
    with stage.ledger.reading() as connection:
        return [
            one
            for one in deliveries.list(connection, brand="bench")
            if one.key.startswith(f"{tag} ")
        ]


def _quantile(values: Sequence[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0
