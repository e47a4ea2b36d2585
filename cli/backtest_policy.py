"""`amsel backtest policy`: what a policy would have brought, judged on logged choices."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from domain.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from ml.policy_evaluation import Verdict

OPEN_BANDIT = {"item_id": "action", "click": "reward", "propensity_score": "propensity"}
"""The columns of the public Open Bandit logs, by our names."""

LEGEND = (
    "ips, snips, dr: what the target policy would have brought per choice, with 95 % intervals; "
    "effective: what the logged choices are worth for judging it."
)


class Target(StrEnum):
    """Which policy is judged."""

    LOGGED = "logged"
    UNIFORM = "uniform"
    BEST = "best"


SPOKEN = {
    Target.LOGGED: "the policy of the column target",
    Target.UNIFORM: "every action alike",
    Target.BEST: "always what did best in the first half",
}


def judge(inputs: list[Path], target: Target) -> dict[str, Any]:
    """The report on the logs of these files, or on the ledger's slot choices where none is named.

    There `logged` is a policy that takes every open slot alike.

    Raises:
        InputError: a file is missing, unreadable or no log; nothing was chosen yet.
    """
    from ml.policy_evaluation import best_target, evaluate_policy, uniform_target

    log, actions = _read(inputs) if inputs else _from_ledger(), None
    if target is Target.BEST:
        log, actions = best_target(log)
    elif target is Target.UNIFORM or "target" not in log.columns:
        target = Target.UNIFORM
        log, actions = uniform_target(log)
    spoken = SPOKEN[target] if inputs or target is not Target.LOGGED else "every open slot alike"
    return _report(evaluate_policy(log, actions=actions), spoken)


def show(report: dict[str, Any]) -> None:
    """Print what can be said, or why nothing can."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=f"off-policy: {report['target']}, on {report['choices']} logged choices")
    table.add_column("estimator")
    table.add_column("value", justify="right")
    for row in report["estimates"]:
        words = "{value:.4f} [{lower:.4f}, {upper:.4f}]".format(**row)
        table.add_row(row["estimator"], words)
    table.add_row("logged", f"{report['logged']:.4f}", style="dim")
    console.print(table)
    console.print(f"effective choices: {report['effective']:.0f}")
    console.print(f"no answer: {report['refusal']}" if report["refusal"] else report["decision"])
    console.print(LEGEND, style="dim")


def _read(inputs: list[Path]) -> "pl.DataFrame":
    import polars as pl

    tables = []
    for path in inputs:
        read = pl.read_csv if path.suffix == ".csv" else pl.read_parquet
        try:
            table = read(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise InputError(
                f"{path} cannot be read as a log of choices ({error}); name a Parquet or CSV file "
                "with the columns action, reward, propensity and, if you have it, target"
            ) from error
        foreign = {name: ours for name, ours in OPEN_BANDIT.items() if name in table.columns}
        tables.append(table.rename(foreign if len(foreign) == len(OPEN_BANDIT) else {}))
    return pl.concat(tables, how="diagonal_relaxed")


def _from_ledger() -> "pl.DataFrame":
    from insights.decisions import slot_decisions
    from runtime.build import open_ledger, open_warehouse
    from runtime.settings import Settings

    settings = Settings()
    performance = open_warehouse(settings).read("fct_post_performance")
    with open_ledger(settings).reading() as connection:
        found = slot_decisions(connection, performance)
    if found.is_empty():
        raise InputError(
            f"no slot that was chosen under {settings.home} has a post of a day's age yet; "
            "name a log, or come back when posts are out"
        )
    drawn = found.filter(~found["placed"])
    if drawn.is_empty():
        raise InputError(
            f"on all days of the {found.height} posts that are a day old slots were given by "
            "priority, which hides what hours do; come back when days without are out"
        )
    typer.echo(
        f"{drawn['random'].sum()} of {drawn.height} slots were drawn at random; left out are "
        f"{found.height - drawn.height} of days on which slots were given by priority",
        err=True,
    )
    return drawn


def _report(verdict: "Verdict", target: str) -> dict[str, Any]:
    found = asdict(verdict) | {"kind": "policy", "target": target, "decision": verdict.decision}
    return found | {"estimates": verdict.estimates.to_dicts()}
