"""Great Expectations suites on what came from outside, as blocking asset checks."""

import dagster as dg
import polars as pl

from sources.expectations import Expectation, Outcome, validate
from storage.lake import Lake


def expectation_check(
    asset: dg.AssetsDefinition, table: str, suite: list[Expectation]
) -> dg.AssetChecksDefinition:
    """A blocking check that judges a lake table by a suite; a failure names rule and rows."""

    @dg.asset_check(
        asset=asset,
        name=f"{table}_expectations",
        blocking=True,
        description=f"The suite on `{table}`: a breach stops everything downstream.",
    )
    def check(lake: dg.ResourceParam[Lake]) -> dg.AssetCheckResult:
        return judged(lake.read(table), suite)

    return check


def judged(frame: pl.DataFrame, suite: list[Expectation]) -> dg.AssetCheckResult:
    """The result of a check: it passes where every rule of the suite holds of the frame."""
    outcomes = validate(frame, suite)
    broken = [outcome for outcome in outcomes if not outcome.success]
    return dg.AssetCheckResult(
        passed=not broken,
        metadata={"rules that hold": _listed(outcomes), "rows": frame.height}
        | {each.name: f"{each.unexpected_count} rows: {each.sample}" for each in broken},
    )


def _listed(outcomes: list[Outcome]) -> dg.MetadataValue:
    names = [f"- {outcome.name.replace('_', ' ')}" for outcome in outcomes if outcome.success]
    return dg.MetadataValue.md("\n".join(names))
