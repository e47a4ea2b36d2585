"""Case 14: a standing worker through days of the sandbox's clock, its memory and lateness watched.

`python -m tests.faults.soak --thousands 10` sends ten thousand posts, 144,000 to a simulated day;
`--thousands 1000` is the week of a million. What was measured goes to var/faults/soak.json.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from cli.fault_audit import sandbox_ledger
from runtime.locks import only_one
from tests.faults.campaign import DATABASES, databases_in_a_folder, patiently_staged
from tests.faults.campaign_judge import OPEN, Stuck
from tests.faults.campaign_report import say
from tests.faults.campaign_stage import playing

BATCH, AT_ONCE, APART = 1_000, 50, 30
"""Posts that are planned at a time, how many of them are due at the same instant, and the seconds
of the sandbox's clock from one such instant to the next."""
AHEAD = 200
"""So few are still to go out when the next are planned."""
WARM = 0.3
"""The part of the samples in which a process still comes to its size."""
PATIENCE = 900.0
"""Seconds without one post less to go out after which it counts as stuck."""
LATENESS = (50, 99)


def stand(variables):
    """The body of the worker: what `amsel worker` does."""
    from cli.worker import worker

    with playing(variables):
        worker(until_idle=False, concurrency=8)


def soak(stage, thousands):
    """What became of so many posts, and of the worker that sent them."""
    begun, due_in = time.monotonic(), 5.0
    samples, late = [], []
    worker = stage.start(target=stand, arguments=(stage.variables,))
    start = stage.clock.now()
    for number in range(thousands):
        passed = (stage.clock.now() - start).total_seconds()
        due_in = max(due_in, passed + 5.0)
        ids = _plan(stage, due_in - passed)
        due_in += BATCH / AT_ONCE * APART
        rows = _wait(stage, worker, ids, AHEAD if number + 1 < thousands else 0)
        late += [(row.sent_at - row.due_at).total_seconds() for row in rows if row.sent_at]
        samples.append(_resident(worker.pid))
    worker.terminate()
    stage.end_of(worker)
    return {
        "database": stage.database,
        "posts": thousands * BATCH,
        "simulated_hours": round((stage.clock.now() - start).total_seconds() / 3600, 2),
        "seconds": round(time.monotonic() - begun, 1),
        "rss_kib": samples,
        "rss_kib_per_1000_posts": slope(samples),
        **_judged(stage, thousands * BATCH),
        **_spread(late),
    }


def _plan(stage, first):
    platforms = stage.platforms
    return stage.plan(
        *(
            stage.new(platforms[each % len(platforms)], seconds=first + each // AT_ONCE * APART)
            for each in range(BATCH)
        )
    )


def _wait(stage, worker, ids, most):
    """Their rows, once no more than so many of them are open."""
    fewest, give_up_at = len(ids) + 1, 0.0
    while True:
        rows = stage.rows(ids)
        left = sum(row.state in OPEN for row in rows)
        if left <= most:
            return rows
        if left < fewest:
            fewest, give_up_at = left, time.monotonic() + PATIENCE
        if not worker.is_alive() or time.monotonic() > give_up_at:
            raise Stuck(f"the standing worker sent nothing more: {stage.said()}")
        time.sleep(1)


def _resident(pid):
    """The memory that a process holds, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


def slope(samples):
    """KiB by which each thousand posts made a process larger, once it was warm."""
    warm = samples[int(WARM * len(samples)) :]
    if len(warm) < 2:
        return None
    return round(float(np.polyfit(range(len(warm)), warm, 1)[0]), 1)


def _judged(stage, planned):
    with sandbox_ledger(stage.home) as judge:
        accepted, texts = judge.execute(
            "select count(*), count(distinct platform || account || text) from ledger "
            "where kind in ('post', 'reply')"
        ).fetchone()
    return {"doubled": accepted - texts, "lost": planned - texts}


def _spread(late):
    """Lateness in seconds of the sandbox's clock, of the first quarter and of the last."""
    quarter = max(1, len(late) // 4)
    parts = {"first": late[:quarter], "last": late[-quarter:]}
    return {
        f"late_p{part}_s_{name}": round(float(np.percentile(some, part)), 3)
        for name, some in parts.items()
        for part in LATENESS
    }


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thousands", type=int, default=1, help="thousands of posts")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--out", type=Path, default=Path("var/faults"))
    given = parser.parse_args(words)
    with (
        only_one(given.out, what="a campaign"),
        databases_in_a_folder(given.database, given.out) as (home, another),
        patiently_staged(home / "soak", another()) as stage,
    ):
        found = soak(stage, given.thousands)
    (given.out / "soak.json").write_text(json.dumps(found, indent=1), "utf-8")
    say(json.dumps({name: value for name, value in found.items() if name != "rss_kib"}))
    return int(bool(found["doubled"] or found["lost"]))


if __name__ == "__main__":
    sys.exit(main())
