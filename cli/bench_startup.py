"""The start-up benchmark: `amsel --help` against an interpreter that does nothing."""

import os
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from cli.bench_machine import in_words, machine

_HELP = "from cli.main import run; import sys; sys.argv = ['amsel', '--help']; run()"


def bench_startup(*, rounds: int = 7) -> dict[str, Any]:
    """Wall time of the help and of a bare interpreter, by turns; the median of `rounds` counts.

    Returns:
        `seconds` (the help), `bare_seconds`, `ratio` (help over bare) and the machine.
    """
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(_timed("pass"))
        ours.append(_timed(_HELP))
    return {
        "benchmark": "startup",
        "rounds": rounds,
        "ratio": round(statistics.median(ours) / statistics.median(bare), 1),
        "seconds": round(statistics.median(ours), 3),
        "bare_seconds": round(statistics.median(bare), 3),
    } | machine()


def in_a_line(figures: dict[str, Any]) -> str:
    """What a person reads."""
    return (
        f"startup  `amsel --help` {figures['seconds']} s (guide 1 s), {figures['ratio']} times a "
        f"bare interpreter; {in_words(figures)}"
    )


def _timed(program: str) -> float:
    # a colour terminal or a wide one must not change what is measured
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "80"}
    start = perf_counter()
    subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[1],
        env=environment,
        check=True,
        capture_output=True,
    )
    return perf_counter() - start
