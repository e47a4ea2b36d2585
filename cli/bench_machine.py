"""Where a benchmark ran: figures mean nothing without it."""

import os
import platform
from typing import Any


def machine() -> dict[str, Any]:
    """Cores that this process may use, load over the last minute, processor and Python."""
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "load_1m": round(os.getloadavg()[0], 2),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def in_words(figures: dict[str, Any]) -> str:
    """The machine's part of some figures as the end of a printed line."""
    return "{cores} cores, load {load_1m}, {machine}, Python {python}".format_map(figures)
