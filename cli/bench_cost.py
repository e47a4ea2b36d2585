"""What a piece of work costs, as the benchmarks of this process count it."""

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

Cost = dict[str, float]


def timed(work: Callable[[], Any]) -> tuple[Any, Cost]:
    """What it gives, and what it took in `seconds` and `cpu_seconds`."""
    cpu, start = sum(os.times()[:2]), perf_counter()
    result = work()
    return result, {
        "seconds": round(perf_counter() - start, 2),
        "cpu_seconds": max(round(sum(os.times()[:2]) - cpu, 2), 0.01),
    }
