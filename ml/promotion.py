"""The gate: a new version serves only if it beats the serving one and every plain baseline."""

from dataclasses import dataclass

import polars as pl

from domain.errors import ModelError

MIN_JUDGED = 30
"""Fewer judged posts than this prove no hour: a bootstrap over so few is too sure of itself."""

SERVING = "serving"
"""The version that serves, in the rows of a back-test."""

SINCE = "amsel_since"
"""Ours, judged by the posts that judge the serving version: those that it never saw."""


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
    """Decide from score rows (model, metric, value, lower, ...) of a back-test.

    The candidate must beat each baseline on the same posts by `metric` (higher is better). For
    `delivered` (timing) its interval must also lie above zero and rest on at least 30 posts.
    Where a version serves, `serving_scores` holds rows of the models `serving` and `amsel_since`,
    and ours must beat it on at least 30 posts that it never saw. Raises ModelError where the
    candidate was not judged by that metric.
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
    best = f" (best: {rivals['model'][0]}, {rivals['value'][0]:.3f})" if rivals.height else ""
    beats = f"{metric} {value:.3f} beats every baseline{best}"
    return _against_serving(serving_scores, metric=metric, beats=beats)


def _against_serving(serving_scores: pl.DataFrame | None, *, metric: str, beats: str) -> Decision:
    if serving_scores is None:
        return Decision(True, beats)
    rows = serving_scores.filter(pl.col("metric") == metric)
    judged = {row["model"]: row for row in rows.to_dicts()}
    ours, serving = judged[SINCE], judged[SERVING]
    if ours["posts"] < MIN_JUDGED:
        return Decision(
            False,
            f"{beats}, but the serving version stays: {ours['posts']} posts that it never saw "
            f"are too few to tell them apart, {MIN_JUDGED} are needed",
        )
    fresh = (
        f"({ours['value']:.3f} against {serving['value']:.3f} on {ours['posts']} posts "
        "that the latter never saw)"
    )
    if ours["value"] <= serving["value"]:
        return Decision(False, f"{beats}, but not the serving version {fresh}")
    return Decision(True, f"{beats} and the serving version {fresh}")
