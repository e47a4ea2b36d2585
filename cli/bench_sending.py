"""Sending, measured: against a bare httpx loop, and held over minutes."""

import statistics
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import httpx
import sqlalchemy as sa

from cli.bench_stage import TEXT, Stage
from publishing.worker import run_worker
from storage.ledger.tables import deliveries


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
    sent = _sent(stage, "held")
    late = sorted((sent_at - due_at) / timedelta(seconds=1) for due_at, sent_at in sent)
    last = max(sent_at for _, sent_at in sent)
    doubled, lost = stage.judged("held", count)
    return {
        "minutes": minutes,
        "due_per_s": per_second,
        "sent": len(sent),
        "posts_per_h": round(len(sent) / ((last - start) / timedelta(hours=1))),
        "late_p50_s": round(quantile(late, 0.5), 3),
        "late_p99_s": round(quantile(late, 0.99), 3),
        "doubled": doubled,
        "lost": lost,
    }


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


def _sent(stage: Stage, tag: str) -> list[tuple[datetime, datetime]]:
    """When each post of that tag was due, and when it was sent."""
    columns = (deliveries.c.due_at, deliveries.c.sent_at)
    query = sa.select(*columns).where(
        deliveries.c.key.startswith(f"{tag} "), deliveries.c.sent_at.is_not(None)
    )
    with stage.ledger.reading() as connection:
        return [(due_at, sent_at) for due_at, sent_at in connection.execute(query)]


def quantile(values: Sequence[float], share: float) -> float:
    """Of sorted values the one below which that share of them lies; 0 where there are none."""
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0
