"""The gate: a new version serves only if it beats the serving one and every plain baseline."""

from dataclasses import dataclass

import polars as pl

from domain.errors import ModelError

MIN_JUDGED = 30
"""Fewer judged posts than this prove no hour: a bootstrap over so few is too sure of itself."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the candidate may serve, and why in one sentence."""

    promoted: bool
    reason: str


def promote(
    candidate_scores: pl.DataFrame,
    serving_scores: pl.DataFrame | None,
    baselines: pl.DataFrame,
    *,
    metric: str = "spearman",
) -> Decision:
    """Decide from score rows (model, metric, value, lower, ...) of one and the same back-test.

    The candidate must beat each baseline and, where one serves, the serving version by `metric`
    (higher is better). For `delivered` (timing) its interval must also lie above zero and
    rest on at least 30 posts. Raises
    ModelError where the candidate was not judged by that metric.
    """
    ours = candidate_scores.filter(pl.col("metric") == metric)
    if ours.height != 1:
        raise ModelError(f"the candidate has {ours.height} scores for {metric}; back-test it first")
    value, lower = float(ours["value"][0]), float(ours["lower"][0])
    if metric == "delivered" and int(ours["posts"][0]) < MIN_JUDGED:
        return Decision(
            False, f"no evidence: only {ours['posts'][0]} judged posts stand in the slots"
        )
    if metric == "delivered" and not lower > 0:
        return Decision(False, f"no evidence: {metric} {value:+.3f}, interval from {lower:+.3f}")
    rivals = baselines.filter(pl.col("metric") == metric).sort("value", descending=True)
    if rivals.height and value <= rivals["value"][0]:
        return Decision(
            False,
            f"{metric} {value:.3f} does not beat {rivals['model'][0]} ({rivals['value'][0]:.3f})",
        )
    if serving_scores is not None:
        serving = serving_scores.filter(pl.col("metric") == metric)
        if serving.height and value <= serving["value"][0]:
            best = serving["value"][0]
            return Decision(False, f"{metric} {value:.3f} does not beat the serving {best:.3f}")
    best = f" (best: {rivals['model'][0]}, {rivals['value'][0]:.3f})" if rivals.height else ""
    served = "" if serving_scores is None else " and the serving version"
    return Decision(True, f"{metric} {value:.3f} beats every baseline{best}{served}")
