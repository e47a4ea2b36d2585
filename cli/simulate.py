"""`amsel simulate`: policies for posting hours, played against an invented audience at speed."""

import json
import time
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.errors import InputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from ml.simulated import Run

OURS = "amsel"
DEFAULT_POLICIES = "amsel,amsel_best,fixed,most_used,aggregation,epsilon_greedy,random,oracle"
LEGEND = (
    "gain: expected engagement against an average allowed hour; share: of what the oracle, who "
    "knows the truth, gains; late: in the last quarter of the days; regret: log engagement lost to "
    "the oracle over all posts of an account; engagement: per post, as drawn; proven: accounts "
    "with a proven hour in the end. Intervals are 90 % over seeds. Everything is invented."
)

FORMS = {
    "gain": "{:+.1%}",
    "share": "{:.0%}",
    "late_share": "{:.0%}",
    "regret": "{:.1f}",
    "engagement": "{:.1f}",
    "proven": "{:.0%}",
}
"""Which figures are printed, and how."""


def simulate(  # noqa: PLR0913 - a command has its options
    audience: Annotated[Path, typer.Option(help="Audience file; docs/simulator.md.")],
    days: Annotated[int, typer.Option(min=2, max=3650, help="How many days are played.")] = 60,
    policies: Annotated[str, typer.Option(help="Which, by commas.")] = DEFAULT_POLICIES,
    seeds: Annotated[int, typer.Option(min=1, help="How many times, with other luck.")] = 20,
    posts: Annotated[int, typer.Option(min=1, max=4, help="Posts a day on each account.")] = 2,
    gap: Annotated[int, typer.Option(min=1, max=12, help="Least hours between them.")] = 2,
    past: Annotated[
        int | None,
        typer.Option(min=0, max=3650, help="Days of a past at random hours, for the file's own."),
    ] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Where figures go.")] = None,
) -> None:
    """Play policies for posting hours against an audience whose truth is known."""
    from cli.season import Season
    from ml.simulated import figures
    from sandbox.audience import read_audience

    started = time.perf_counter()
    names = _names(policies)
    season = Season.of(read_audience(audience), days=days, posts=posts, gap=gap, past=past)
    runs = [run for seed in range(seeds) for run in season.play(names, seed)]
    report = {
        "audience": audience.name,
        "accounts": len(season.crowd.names),
        "days": days,
        "past_days": season.crowd.past,
        "posts_a_day": posts,
        "seeds": seeds,
        "policies": _nested(figures(runs)),
        "regret_ratios": _ratios(runs),
        "seconds": round(time.perf_counter() - started, 1),
    }
    if json_path is not None:
        _write(json_path, report)
    _show(report)


def _names(wanted: str) -> list[str]:
    from ml.hour_policies import POLICIES
    from ml.simulated import ORACLE

    names = [name.strip() for name in wanted.split(",") if name.strip()]
    known = [*POLICIES, ORACLE]
    strange = [name for name in names if name not in known]
    if strange or not names:
        raise InputError(
            f"no policy is named {', '.join(strange) or 'in --policies'}; choose from "
            f"{', '.join(known)}"
        )
    return list(dict.fromkeys(names))


def _nested(scores: "pl.DataFrame") -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for policy, figure, *numbers in scores.iter_rows():
        if not isnan(numbers[0]):
            known = (None if isnan(number) else round(number, 4) for number in numbers)
            found.setdefault(policy, {})[figure] = dict(
                zip(("value", "lower", "upper"), known, strict=True)
            )
    return found


def _ratios(runs: "Sequence[Run]") -> dict[str, dict[str, float]]:
    """Our regret over that of each rival; none where we did not play."""
    from ml.simulated import ORACLE, regret_ratio

    names = dict.fromkeys(run.policy for run in runs)
    if OURS not in names:
        return {}
    rivals = [name for name in names if not name.startswith(OURS) and name != ORACLE]
    numbers = {rival: regret_ratio(runs, OURS, rival) for rival in rivals}
    return {
        rival: dict(zip(("value", "lower", "upper"), (round(n, 3) for n in three), strict=True))
        for rival, three in numbers.items()
    }


def _write(path: Path, report: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(report, indent=2), "utf-8")
    except OSError as error:
        raise StoreError(f"could not write {path}: {error}; name another place") from error


def _show(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    title = "{audience}: {accounts} accounts, {days} days of {posts_a_day}, {seeds} seeds"
    table = Table(title=title.format(**report))
    for column in ("policy", *FORMS):
        table.add_column(
            column.replace("_", " "), justify="left" if column == "policy" else "right"
        )
    for policy, numbers in report["policies"].items():
        cells = [_cell(form, numbers.get(figure)) for figure, form in FORMS.items()]
        table.add_row(policy, *cells, style="bold" if policy == OURS else None)
    console = Console()
    console.print(table)
    for rival, ratio in report["regret_ratios"].items():
        words = "{value:.2f} of the regret of {rival} [{lower:.2f}, {upper:.2f}]"
        console.print(f"{OURS}: " + words.format(rival=rival, **ratio), highlight=False)
    console.print(LEGEND, style="dim")


def _cell(form: str, numbers: dict[str, float | None] | None) -> str:
    if numbers is None:
        return "-"
    value = form.format(numbers["value"])
    if numbers["lower"] is None:
        return value
    return f"{value} [{form.format(numbers['lower'])}, {form.format(numbers['upper'])}]"
