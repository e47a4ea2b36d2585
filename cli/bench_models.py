"""The models' benchmark: training and forecasts against a plain LightGBM on the same frame."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.bench_cost import Cost, timed
from cli.bench_ingest import peak_mib
from cli.bench_machine import in_words, machine

if TYPE_CHECKING:
    import polars as pl


GUIDES = {
    "seconds": 120,
    "ratio": 2.0,
    "forecasts_per_s": 20_000,
    "planning_seconds": 10,
    "peak_rss_mib": 2048,
}
"""The most that may be, of forecasts the least."""

_POSTS_EACH = 5000
_PART = "import json, sys; from cli.bench_models import {side}; print(json.dumps({side}({sizes})))"
_LATE_SHARE = 5
_LIBRARIES = ("lightgbm", "sklearn.linear_model")
"""What training loads when it is first asked for; loading is in nobody's time."""
_CHECKOUT = Path(__file__).parents[1]


def bench_models(accounts: int, posts: int, *, sizes: Sequence[int], brands: int) -> dict[str, Any]:
    """Train on `accounts` x `posts` invented posts, and on each of `sizes` posts in all.

    Training is timing and engagement from the canonical table on, features included. The reference
    is LightGBM at its defaults with one thread, as ours, on the features of every post, which it is
    given ready-made. Both have a process of their own, and ours keeps within one thread.

    Returns:
        `seconds` and `cpu_seconds` of training, `lightgbm_cpu_seconds`, `ratio` (CPU seconds of
        ours over those of the reference), `forecasts_per_s` (with a past behind them, in CPU time),
        `peak_rss_mib`, the same for each step of `growth`, `planning_seconds` and the machine.
    """
    from cli.bench_planning import plan_a_week

    whole = _ours(accounts, posts)
    plain = _in_own_process("plain", accounts, posts)["cpu_seconds"]
    growth = [_ours(*_shape(size)) for size in sizes]
    slots, planning = plan_a_week(brands)
    return whole | {
        "lightgbm_cpu_seconds": plain,
        "ratio": round(whole["cpu_seconds"] / plain, 2),
        "growth": growth,
        "brands": brands,
        "planned_slots": slots,
        "planning_seconds": planning["seconds"],
        "planning_cpu_seconds": planning["cpu_seconds"],
        **machine(),
    }


def in_a_line(figures: dict[str, Any]) -> str:
    """What a person reads."""
    steps = "; ".join(
        "{posts:,} posts {microseconds_a_post} µs each, {peak_rss_mib} MiB".format(**step)
        for step in figures["growth"]
    )
    return (
        f"models  {figures['posts']:,} posts trained in {figures['seconds']} s (guide "
        f"{GUIDES['seconds']}), {figures['ratio']} x LightGBM in CPU time (guide "
        f"{GUIDES['ratio']:.0f}), {figures['peak_rss_mib']} MiB; "
        f"{figures['forecasts_per_s']:,} forecasts/s (guide {GUIDES['forecasts_per_s']:,}); a week "
        f"of {figures['brands']} brands planned in {figures['planning_seconds']} s (guide "
        f"{GUIDES['planning_seconds']}); growth: {steps or 'not asked'}; {in_words(figures)}"
    )


def ours(accounts: int, posts: int) -> dict[str, Any]:
    """What training and forecasting so many posts took in this process."""
    from cli.invented_posts import invented_posts
    from ml.engagement import EngagementModel
    from ml.timing import fit_slots

    for library in _LIBRARIES:
        importlib.import_module(library)
    table = invented_posts(accounts, posts)
    engagement, spent = timed(lambda: EngagementModel.fit(table))
    _, timing = timed(lambda: fit_slots(table))
    late = _latest(table, max(1, posts // _LATE_SHARE))
    said, forecasting = timed(lambda: engagement.predict(late, history=table))
    cpu = spent["cpu_seconds"] + timing["cpu_seconds"]
    return {
        "accounts": accounts,
        "posts": table.height,
        "seconds": round(spent["seconds"] + timing["seconds"], 2),
        "cpu_seconds": round(cpu, 2),
        "engagement_cpu_seconds": spent["cpu_seconds"],
        "timing_cpu_seconds": timing["cpu_seconds"],
        "microseconds_a_post": round(1e6 * cpu / table.height),
        "forecasts_per_s": round(said.height / forecasting["cpu_seconds"]),
        "peak_rss_mib": round(peak_mib()),
    }


def plain(accounts: int, posts: int) -> Cost:
    """What LightGBM took for the features of the same posts."""
    import lightgbm

    from cli.invented_posts import invented_posts
    from ml.features import NUMBERS, build_features
    from ml.frame import prepare_posts
    from ml.matrix import Encoder

    features = build_features(prepare_posts(invented_posts(accounts, posts))).drop_nulls("y")
    table, y = Encoder.fit(features, columns=NUMBERS).matrix(features), features["y"].to_numpy()
    settings = {"num_threads": 1, "deterministic": True, "verbosity": -1}
    _, spent = timed(lambda: lightgbm.train(settings, lightgbm.Dataset(table, y, params=settings)))
    return spent


def _ours(accounts: int, posts: int) -> dict[str, Any]:
    return _in_own_process("ours", accounts, posts)


def _in_own_process(side: str, accounts: int, posts: int) -> dict[str, Any]:
    threads = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", _PART.format(side=side, sizes=f"{accounts}, {posts}")],
        cwd=_CHECKOUT,
        env=os.environ | dict.fromkeys(threads, "1"),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return dict(json.loads(done.stdout))


def _shape(size: int) -> tuple[int, int]:
    """So many posts as accounts of 5,000, or as one."""
    return (max(1, size // _POSTS_EACH), min(size, _POSTS_EACH))


def _latest(table: "pl.DataFrame", posts: int) -> "pl.DataFrame":
    return table.group_by("account", maintain_order=True).tail(posts)
