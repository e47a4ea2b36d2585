"""`amsel backtest`: our models beside every baseline, on posts that none of them has seen."""

import json
import time
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import backtest_policy
from cli.planted import play_planted
from domain.brand import Zone
from domain.errors import InputError, StoreError

if TYPE_CHECKING:
    import polars as pl

    from ml.backtest import Backtest


class Kind(StrEnum):
    """What is judged."""

    ENGAGEMENT = "engagement"
    TIMING = "timing"
    POLICY = "policy"
    VARIANTS = "variants"
    EXPERIMENTS = "experiments"
    """Invented ones whose truth is known; needs no table."""


class Age(StrEnum):
    """Those of `ml.training`, which takes long to import."""

    DAY = "24h"
    WEEK = "7d"


LEGEND = {
    Kind.ENGAGEMENT: (
        "Higher is better for spearman (within accounts), lower for errors. lead: how far its "
        "spearman lies above ours, with an interval that holds for all rivals at once; where all "
        "of it is above zero the rival serves in our place."
    ),
    Kind.TIMING: (
        "delivered: what posts at the chosen hours then brought against the account's other posts; "
        "claimed: what the past promised for them; claimed_shuffled: what it promises where hours "
        "are dealt out at random; ours_above: what ours delivered more than that policy. "
        "A dash: no judged post stands in a chosen hour."
    ),
    Kind.VARIANTS: (
        "pairs, significant_pairs: whose order the text foretold. uplift: the click rate of the "
        "variants that score highest against their tests' means. regret: the share of the best "
        "variant's clicks that is lost when the tests are played again; lower is better."
    ),
}
FORMS = {
    Kind.ENGAGEMENT: ("{:.3f}", "{:.2f}"),
    Kind.TIMING: ("{:+.1%}", "{:+.1%}"),
    Kind.VARIANTS: ("{:.1%}", "{:.1%}"),
}
DECIDES = {Kind.ENGAGEMENT: "spearman", Kind.TIMING: "delivered", Kind.VARIANTS: "pairs"}
INTERVALS = (
    "90 % intervals held {coverage:.1%} of the outcomes (fixed at the end of training: "
    "{static_coverage:.1%}) at {width:.2f} times the width; a test at 1 % refuses the promise for "
    "{accounts_refused:.1%} of the accounts."
)


def backtest(  # noqa: PLR0913 - each is an option of the command
    kind: Annotated[Kind, typer.Argument(help="What to judge.")],
    json_path: Annotated[Path, typer.Option("--json", help="Where the figures go.")],
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Posts, or variants: canonical Parquet or CSV, or a known export; folders. For "
            "policy: logged choices, or none for the ledger's own.",
        ),
    ] = None,
    train: Annotated[
        list[Path] | None,
        typer.Option(help="Earlier posts or tests to learn from; else the first 70 %."),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Where each judged row goes (Parquet).")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="IANA zone of the audience.")] = "UTC",
    target: Annotated[
        backtest_policy.Target, typer.Option(help="For policy: which one is judged.")
    ] = backtest_policy.Target.LOGGED,
    age: Annotated[
        Age | None,
        typer.Option(help="For posts: count each so long after it went out; else as last known."),
    ] = None,
    meaning: Annotated[
        bool,
        typer.Option(
            "--meaning", help="For engagement: also read what English posts mean; takes longer."
        ),
    ] = False,
) -> None:
    """Judge a model on posts or tests it has not seen, beside every baseline."""
    started = time.perf_counter()
    if kind is Kind.POLICY:
        judged = backtest_policy.judge(inputs or [], target)
        _write(json_path, json.dumps(judged, indent=2).encode())
        backtest_policy.show(judged)
        return
    if kind is Kind.EXPERIMENTS:
        _write(json_path, json.dumps(play_planted(inputs), indent=2).encode())
        return
    if not inputs:
        raise InputError(f"name a file of what to judge by: amsel backtest {kind} INPUT.parquet …")
    if kind is Kind.VARIANTS:
        result, facts = _run_variants(inputs, train)
    else:
        result, facts = _run(kind, inputs, train, time_zone, age, meaning)
    report = (
        _report(kind, result.scores)
        | _intervals(result)
        | facts
        | {
            "input": [path.name for path in inputs],
            "seconds": round(time.perf_counter() - started, 1),
        }
    )
    _write(json_path, json.dumps(report, indent=2).encode())
    if predictions is not None:
        rows = BytesIO()
        result.predictions.write_parquet(rows)
        _write(predictions, rows.getvalue())
    _show(kind, report)


def _run(
    kind: Kind,
    inputs: list[Path],
    train: list[Path] | None,
    time_zone: str,
    age: Age | None,
    meaning: bool,
) -> tuple["Backtest", dict[str, Any]]:
    from pydantic import TypeAdapter, ValidationError

    from cli.post_tables import read_posts
    from domain.errors import ConfigError
    from ml.backtest import backtest_engagement
    from ml.timing_backtest import backtest_timing
    from ml.training import Age as TrainedAge
    from ml.training import observed_at_age

    try:
        zone = TypeAdapter(Zone).validate_python(time_zone)
    except ValidationError as error:
        raise ConfigError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error
    now = datetime.now(UTC)
    table = read_posts(inputs, now=now)
    for note in table.notes:
        typer.secho(note, err=True)
    posts, earlier = table.posts, read_posts(train, now=now).posts if train else None
    if age is not None:
        at_age = TrainedAge(age)
        posts = observed_at_age(posts, at_age)
        earlier = observed_at_age(earlier, at_age) if earlier is not None else None
    accounts = posts["account"].unique().to_list()
    zones = dict.fromkeys(accounts, zone)
    if kind is Kind.TIMING:
        return backtest_timing(posts, train=earlier, zones=zones), {"rows": posts.height}
    judged = backtest_engagement(posts, train=earlier, zones=zones, thorough=True, meant=meaning)
    return judged, {"rows": posts.height}


def _run_variants(
    inputs: list[Path], train: list[Path] | None
) -> tuple["Backtest", dict[str, Any]]:
    from cli.variant_tables import read_variants
    from ml.variant_backtest import backtest_variants
    from ml.variant_tests import prepare_tests, split_tests

    table = read_variants(inputs)
    earlier = prepare_tests(read_variants(train)) if train else None
    split = split_tests(prepare_tests(table), earlier)
    facts = {
        "rows": table.height,
        "tests_taught": split.train["test_id"].n_unique(),
        "tests_judged": split.test["test_id"].n_unique(),
        "forward_in_time": split.forward,
    }
    return backtest_variants(split), facts


def _report(kind: Kind, scores: "pl.DataFrame") -> dict[str, Any]:
    import polars as pl

    from ml.backtest import OURS, promote
    from ml.timing_backtest import verdict

    models: dict[str, dict[str, Any]] = {}
    for row in scores.to_dicts():
        models.setdefault(row.pop("model"), {})[row.pop("metric")] = row
    ours = pl.col("model") == OURS
    metric = DECIDES[kind]
    decision = promote(scores.filter(ours), None, scores.filter(~ours), metric=metric)
    report: dict[str, Any] = {
        "kind": str(kind),
        "models": models,
        "promoted": decision.promoted,
        "reason": decision.reason,
    }
    if kind is Kind.TIMING:
        report["verdict"] = verdict(scores)
    if kind is Kind.ENGAGEMENT:
        report["would_serve"] = decision.kind
    return report


def _intervals(result: "Backtest") -> dict[str, Any]:
    """Nothing where too few posts taught: such an interval is the whole line."""
    figures = {name: round(value, 4) for name, value in result.intervals.items()}
    return {"intervals": figures} if figures and all(map(isfinite, figures.values())) else {}


def _show(kind: Kind, report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    models: dict[str, dict[str, Any]] = report["models"]
    metrics = list(dict.fromkeys(name for figures in models.values() for name in figures))
    table = Table(title=f"back-test: {kind}")
    table.add_column("model")
    for metric in metrics:
        table.add_column(metric, justify="right")
    for model, figures in models.items():
        cells = [_cell(kind, figures.get(metric)) for metric in metrics]
        table.add_row(model, *cells, style="bold" if model == "amsel" else None)
    console = Console()
    console.print(table)
    # "no evidence" is an answer, not a failure: whoever asked must see it
    console.print(_spoken(report))
    if "intervals" in report:
        console.print(INTERVALS.format(**report["intervals"]))
    console.print(LEGEND[kind], style="dim")


def _spoken(report: dict[str, Any]) -> str:
    """The verdict, where the reason does not begin with it, and the reason."""
    verdict, reason = report.get("verdict", ""), report["reason"]
    return reason if not verdict or reason.startswith(verdict) else f"{verdict}: {reason}"


def _cell(kind: Kind, figure: dict[str, Any] | None) -> str:
    if figure is None or figure["value"] is None or not figure["posts"]:
        return "-"
    form, edge = FORMS[kind]
    value = form.format(figure["value"])
    if figure["lower"] is None:
        return value
    return f"{value} [{edge.format(figure['lower'])}, {edge.format(figure['upper'])}]"


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"could not write {path}: {error}; name another place") from error
