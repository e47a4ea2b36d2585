"""The graph benchmark: a 1,000-post day through Dagster against the same functions in plain Python.

Fifty brands of two accounts each, made from the two example brands, with the last fifty posts of
the sandbox's invented history each. No model serves, so that as little work as possible stands
against Dagster's share.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from cli.bench_folder import bench_folder
from cli.bench_machine import in_words, machine

GUIDE = 15.0
"""The most that Dagster may add, in per cent of the plain day's wall time."""

_CHECKOUT = Path(__file__).parents[1]
_PLATFORMS = ("x", "bluesky")
"""Those on which the examples have a year behind them."""

_PAST_ROWS = 150
_TIMES = [f"{hour:02}:{minute:02}" for hour, minute in zip(range(8, 18), [0, 20] * 5, strict=True)]


def bench_graph(*, brands: int = 50, posts_per_day: int = 10, rounds: int = 3) -> dict[str, Any]:
    """Time a day of `brands` x 2 accounts x `posts_per_day`, on both sides by turns.

    Every run has a process, a home and a SQLite DAGSTER_HOME of its own; imports, definitions,
    the parsing of the dbt project and the import of the past lie outside the time. What both sides
    do: look for files, pull counts (nothing is out yet, so no platform is asked), judge by Great
    Expectations, build the dbt project, features, slots, briefs, drafts, verdicts, schedule.

    Returns:
        `overhead_percent`, `ratio` (Dagster over plain), medians of seconds and CPU seconds on
        both sides, of the seconds of each part, and the machine.
    """
    from sandbox.process import start

    runs: dict[str, list[dict[str, Any]]] = {"plain": [], "dagster": []}
    with bench_folder() as folder, start(folder / "sandbox") as sandbox:
        _lay_brands(folder / "brands", brands, posts_per_day)
        _lay_history(folder / "files", folder / "brands", sandbox.url)
        for turn in range(rounds):
            # whoever comes second finds warm disk caches: each side is second at times
            for side in sorted(runs, reverse=turn % 2 == 0):
                runs[side].append(_day(side, folder, sandbox.url))
    return _figures(runs) | machine()


def in_a_line(figures: dict[str, Any]) -> str:
    """What a person reads."""
    return (
        f"graph  Dagster adds {figures['overhead_percent']} % (guide {GUIDE:.0f} %) to a day of "
        f"{figures['posts']:,} posts: {figures['seconds']} s against {figures['plain_seconds']} s "
        f"in plain Python, CPU {figures['cpu_seconds']} s against {figures['plain_cpu_seconds']}; "
        f"{in_words(figures)}"
    )


def _lay_brands(folder: Path, count: int, posts_per_day: int) -> None:
    from storage.brand_files import load_brands

    folder.mkdir()
    examples = list(load_brands(_CHECKOUT / "brands").values())
    for number in range(count):
        brand = examples[number % len(examples)].model_dump(mode="json", exclude_defaults=True)
        brand["name"] += f"-{number}"
        brand["accounts"] = [one for one in brand["accounts"] if one["platform"] in _PLATFORMS]
        brand.pop("duties", None)  # they name platforms that these have no account on
        for account in brand["accounts"]:
            account |= {"handle": _numbered(account["handle"], number), "daily_cap": posts_per_day}
        brand["posting"] |= {
            "posts_per_day": posts_per_day,
            "default_times": _TIMES[:posts_per_day],
            "min_gap_minutes": 30,
        }
        (folder / f"{brand['name']}.yaml").write_text(yaml.safe_dump(brand, allow_unicode=True))


def _numbered(handle: str, number: int) -> str:
    name, dot, domain = handle.partition(".")
    return f"{name}{number}{dot}{domain}"


def _lay_history(folder: Path, brands: Path, url: str) -> None:
    """Bring the end of each example account's past in, as the past of every copy of it."""
    import httpx
    import polars as pl

    from sources.exports import ingest
    from sources.exports.request import Request
    from storage.lake import Lake

    copies = []
    pasts: dict[str, pl.DataFrame] = {}
    for file in sorted(brands.glob("*.yaml")):
        for account in yaml.safe_load(file.read_text())["accounts"]:
            platform, handle = account["platform"], account["handle"]
            example = re.sub(r"\d+", "", handle)
            if example not in pasts:
                address = f"{url}/_sandbox/history/{platform}/{example}.csv"
                answer = httpx.get(address, timeout=60, trust_env=False).raise_for_status()
                past = pl.read_csv(answer.content, infer_schema=False)
                pasts[example] = past.tail(_PAST_ROWS)
            copies.append(pasts[example].with_columns(account=pl.lit(f"{platform}:{handle}")))
    folder.mkdir()
    pl.concat(copies).write_csv(folder / "history.csv")
    now = httpx.get(f"{url}/_sandbox/clock", trust_env=False).raise_for_status().json()["now"]
    request = Request(None, "bench", datetime.fromisoformat(now))
    ingest("posts", [folder / "history.csv"], request, Lake(folder / "lake"))
    trends = folder / "trends"
    trends.mkdir()
    shutil.copy(_CHECKOUT / "sources" / "feeds" / "examples" / "trends.yaml", trends)


def _day(side: str, folder: Path, url: str) -> dict[str, Any]:
    from cli.demo import environment

    home = folder / "home"
    shutil.copytree(folder / "files", home)
    try:
        variables = environment(home, url) | {"AMSEL_BRANDS": str(folder / "brands")}
        _play([side, str(home / "figures.json")], variables)
        return json.loads((home / "figures.json").read_text())
    finally:
        shutil.rmtree(home)


def _play(words: list[str], variables: dict[str, str]) -> None:
    subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "orchestration.bench_graph", *words],
        cwd=_CHECKOUT,
        env=variables,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _figures(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    def median(side: str, name: str) -> float:
        return statistics.median(run[name] for run in runs[side])

    def parts(side: str) -> dict[str, float]:
        names = runs[side][0]["parts"]
        return {n: round(statistics.median(r["parts"][n] for r in runs[side]), 3) for n in names}

    planned = {run["posts"] for side in runs.values() for run in side}
    if len(planned) != 1:
        raise RuntimeError(f"the two sides did not do the same work: {planned}; report this")
    ratio = median("dagster", "seconds") / median("plain", "seconds")
    return {
        "benchmark": "graph",
        "posts": planned.pop(),
        "rounds": len(runs["plain"]),
        "ratio": round(ratio, 3),
        "overhead_percent": round(100 * (ratio - 1), 1),
        "seconds": round(median("dagster", "seconds"), 2),
        "plain_seconds": round(median("plain", "seconds"), 2),
        "cpu_seconds": round(median("dagster", "cpu_seconds"), 2),
        "plain_cpu_seconds": round(median("plain", "cpu_seconds"), 2),
        "seconds_by_run": [round(run["seconds"], 2) for run in runs["dagster"]],
        "plain_seconds_by_run": [round(run["seconds"], 2) for run in runs["plain"]],
        "parts": parts("dagster"),
        "plain_parts": parts("plain"),
    }
