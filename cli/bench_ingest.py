"""The ingest benchmark: our import of a canonical file against a bare Polars read and write."""

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from cli.bench_folder import bench_folder
from cli.bench_machine import in_words, machine

_END = datetime(2024, 1, 1, 12, tzinfo=UTC)
_SENTENCE = (
    "wandern im Allgäu water wool spring light home care craft story morning yarn lake trail "
    "recipe lemon bottle soft warm blue new today über wärmt weiß 🌿"
)


def bench_ingest(rows: int, json_path: Path | None = None, *, rounds: int = 3) -> dict[str, Any]:
    """Measure the import of a synthetic canonical Parquet file and print the figures.

    The file is read and written bare, and imported into a fresh lake, by turns; the median of
    the rounds counts. The import checks every row, drops repeats, and writes both the posts and
    their long snapshots, each file flushed to the disk. Memory is that of one import in a process
    of its own.

    Args:
        rows: posts in the file, from 1.
        json_path: where to leave the figures.
        rounds: how often each side is measured.

    Returns:
        `ratio` (seconds of the bare round over ours), `cpu_ratio` (the same in CPU seconds, which
        other load on the machine disturbs less), `rows_per_s`, `peak_rss_mib` and the machine.
    """
    with bench_folder() as folder:
        source = folder / "posts.parquet"
        _synthetic(rows, source)
        bare, ours = [], []
        for turn in range(rounds):
            bare.append(_timed(lambda: _bare(source, folder / "bare.parquet")))
            ours.append(_timed(lambda n=turn: _import(source, folder / f"lake-{n}", rows)))
        peak = _peak_in_own_process(source, folder / "lake-memory", rows)
    figures = _figures(rows, bare, ours, peak)
    if json_path:
        Path(json_path).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    _show(figures)
    return figures


def _synthetic(rows: int, path: Path) -> None:
    """Write canonical posts of 500 accounts over a year, seen once, in the order of time."""
    import numpy as np
    import polars as pl

    random = np.random.default_rng(20260101)
    words = _SENTENCE.split()
    texts = pl.Series(
        [" ".join(random.choice(words, size=n)) for n in random.integers(8, 30, 5000)]
    )
    account = random.integers(0, 500, rows)
    end = int(_END.timestamp())
    published = np.sort(random.integers(end - 365 * 86_400, end, rows)).astype("int64")
    instant = pl.Datetime("us", "UTC")
    counts = {"impressions": 800, "likes": 20, "comments": 3, "shares": 2, "clicks": 5}
    pl.DataFrame(
        {
            "platform": pl.Series(np.where(account % 2 == 0, "x", "bluesky")),
            "account": pl.Series(account).cast(pl.String),
            "post_id": pl.Series(np.arange(rows) + 1_600_000_000_000_000_000).cast(pl.String),
            "published_at": pl.Series(published * 1_000_000).cast(instant),
            "text": texts.gather(pl.Series(random.integers(0, 5000, rows)))
            + pl.Series(np.arange(rows)).cast(pl.String),
            "media_type": pl.Series(random.choice(["text", "image", "video", "link"], rows)),
            "language": pl.Series(random.choice(["de", "en"], rows)),
            "followers": pl.Series(random.integers(100, 100_000, rows)),
            **{name: pl.Series(random.poisson(mean, rows)) for name, mean in counts.items()},
            "observed_at": pl.Series(np.full(rows, end * 1_000_000)).cast(instant),
        }
    ).write_parquet(path)


def _bare(source: Path, target: Path) -> None:
    import polars as pl

    pl.read_parquet(source).write_parquet(target)


def _import(source: Path, lake: Path, rows: int) -> None:
    from sources.exports import ingest
    from sources.exports.request import Request
    from storage.lake import Lake

    summary = ingest("posts", [source], Request(None, "bench", _END), Lake(lake))
    if (summary.new_posts, summary.quarantined) != (rows, 0):
        raise RuntimeError(f"the benchmark lost rows: {summary}; report this as a fault")


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    cpu, start = sum(os.times()[:2]), perf_counter()
    work()
    return perf_counter() - start, sum(os.times()[:2]) - cpu


def _peak_in_own_process(source: Path, lake: Path, rows: int) -> float:
    program = (
        "import sys; from pathlib import Path; from cli.bench_ingest import _import, peak_mib; "
        "_import(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])); print(peak_mib())"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program, str(source), str(lake), str(rows)],
        cwd=Path(__file__).parents[1],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def peak_mib() -> float:
    """The most that this process ever had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _figures(
    rows: int, bare: list[tuple[float, float]], ours: list[tuple[float, float]], peak: float
) -> dict[str, Any]:
    bare_s, bare_cpu = (statistics.median(column) for column in zip(*bare, strict=True))
    ours_s, ours_cpu = (statistics.median(column) for column in zip(*ours, strict=True))
    return {
        "benchmark": "ingest",
        "rows": rows,
        "rounds": len(ours),
        "ratio": round(bare_s / ours_s, 3),
        "cpu_ratio": round(bare_cpu / ours_cpu, 3),
        "rows_per_s": round(rows / ours_s),
        "seconds": round(ours_s, 3),
        "bare_seconds": round(bare_s, 3),
        "peak_rss_mib": round(peak),
    } | machine()


def _show(figures: dict[str, Any]) -> None:
    from rich.console import Console

    Console().print(
        f"ingest  ratio [bold]{figures['ratio']}[/] of a bare read and write (guide 0.35), "
        f"{figures['cpu_ratio']} in CPU time; {figures['rows_per_s']:,} rows/s (guide 300,000); "
        f"{figures['rows']:,} rows in {figures['seconds']} s; peak {figures['peak_rss_mib']:,} "
        f"MiB; {in_words(figures)}",
        highlight=False,
    )
