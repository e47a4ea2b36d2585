"""The memory benchmark: what a process holds that leads many orders through the content path."""

import gc
from pathlib import Path
from typing import Any

from cli.bench_content_path import Night, lay_brands, walk
from cli.bench_folder import bench_folder
from cli.bench_generate import Stub
from cli.bench_machine import in_words, machine

GUIDE_KB = 2.0
"""Most kilobytes that the process may grow by for an order, once it is warm."""


def bench_memory(*, orders: int = 2000, step: int = 250) -> dict[str, Any]:
    """Resident memory after every `step` orders, all in one ledger and one process.

    Each step are other brands, led from slots to the batch with their pictures and clips. The first
    step warms the process: dictionaries are read, fonts loaded, what rules remember fills.

    Returns:
        `steps` (orders so far, MiB resident, drafts so far), `kb_an_order` between the end of the
        first half and the end, and the machine.
    """
    from storage.ledger.database import Ledger

    steps: list[dict[str, int]] = []
    with bench_folder() as folder:
        ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}", clock=Night())
        ledger.upgrade()
        done = drafts = first = 0
        while done < orders:
            brands, days = lay_brands(step, first=first)
            walked = walk(ledger, folder, brands=brands, days=days, writer=Stub())
            first += len(brands)
            done += walked.counts["decided"]
            drafts += walked.counts["drafts"]
            gc.collect()
            steps.append({"orders": done, "drafts": drafts, "resident_kb": resident_kb()})
        ledger.close()
    middle, last = steps[(len(steps) - 1) // 2], steps[-1]
    grown = last["resident_kb"] - middle["resident_kb"]
    return {
        "benchmark": "memory",
        "steps": steps,
        "kb_an_order": round(grown / max(1, last["orders"] - middle["orders"]), 2),
        "guide_kb_an_order": GUIDE_KB,
    } | machine()


def in_a_line(figures: dict[str, Any]) -> str:
    """What a person reads."""
    curve = ", ".join(
        f"{one['orders']:,} orders {one['resident_kb'] // 1024} MiB" for one in figures["steps"]
    )
    return (
        f"memory    {curve}; {figures['kb_an_order']} kB an order in the second half (guide "
        f"{GUIDE_KB:g}); {in_words(figures)}"
    )


def resident_kb() -> int:
    """Kilobytes of this process that are in memory now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])
