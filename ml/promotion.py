"""The gate: what is proven best by the back-test serves, if it also beats the serving version."""

from dataclasses import dataclass

import polars as pl

from domain.errors import ModelError
from ml.forecaster import OURS
from ml.judging import LEAD
from ml.rivals import RIVALS

MIN_JUDGED = 30
"""Fewer judged posts than this prove no hour: a bootstrap over so few is too sure of itself."""

SERVING = "serving"
"""The version that serves, in the rows of a back-test."""

SINCE = "_since"
"""Ends the name of what would serve, judged by the posts that judge the serving version."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the candidate may serve, of which kind it is, and why in one sentence."""

    promoted: bool
    reason: str
    kind: str = OURS


def contender(scores: pl.DataFrame) -> str:
    """What would serve by the scores of a back-test: ours, or a rival that is proven to lead.

    A rival is proven where the whole interval of its `lead` lies above zero, on 30 posts or more;
    of several the one that leads by most. Only those of `RIVALS` can serve.
    """
    proven = scores.filter(
        (pl.col("metric") == LEAD)
        & (pl.col("lower") > 0)
        & (pl.col("posts") >= MIN_JUDGED)
        & pl.col("model").is_in([*RIVALS])
    ).sort("value", "model", descending=[True, False])
    return str(proven["model"][0]) if proven.height else OURS


def promote(
    candidate_scores: pl.DataFrame,
    serving_scores: pl.DataFrame | None,
    baselines: pl.DataFrame,
    *,
    metric: str = "spearman",
) -> Decision:
    """Decide from score rows (model, metric, value, lower, ...) of a back-test.

    Where a rival is proven to lead ours (`contender`), it is the candidate in our place. Otherwise
    ours must beat each baseline on the same posts by `metric` (higher is better). For
    `delivered` (timing) its interval must also lie above zero and rest on at least 30 posts.
    Where a version serves, `serving_scores` holds rows of the models `serving` and of the candidate
    with `_since`, which must beat it on at least 30 posts that it never saw. Raises ModelError
    where the candidate was not judged by that metric.
    """
    kind = contender(baselines)
    beats = _leads(kind, baselines) if kind != OURS else None
    if beats is None:
        refused, beats = _ours(candidate_scores, baselines, metric=metric)
        if refused:
            return Decision(False, refused)
    return _against_serving(serving_scores, kind=kind, metric=metric, beats=beats)


def _leads(kind: str, baselines: pl.DataFrame) -> str:
    """What the rival that is proven to lead beat."""
    row = baselines.row(
        by_predicate=(pl.col("metric") == LEAD) & (pl.col("model") == kind), named=True
    )
    return (
        f"{kind} ranks posts better than ours: its spearman lies {row['value']:.3f} "
        f"[{row['lower']:.3f}, {row['upper']:.3f}] above"
    )


def _ours(ours: pl.DataFrame, baselines: pl.DataFrame, *, metric: str) -> tuple[str, str]:
    """Why ours is refused, or nothing, and then what it beat."""
    own = ours.filter(pl.col("metric") == metric)
    if own.height != 1:
        raise ModelError(f"the candidate has {own.height} scores for {metric}; back-test it first")
    value, lower, posts = float(own["value"][0]), float(own["lower"][0]), int(own["posts"][0])
    if metric == "delivered" and posts < MIN_JUDGED:
        return f"no evidence: only {posts} judged posts stand in the slots", ""
    if metric == "delivered" and not lower > 0:
        return f"no evidence: {metric} {value:+.3f}, interval from {lower:+.3f}", ""
    rivals = baselines.filter(pl.col("metric") == metric).sort("value", descending=True)
    if rivals.height and value <= rivals["value"][0]:
        lost = f"{metric} {value:.3f} does not beat {rivals['model'][0]} ({rivals['value'][0]:.3f})"
        return lost + _unproven(str(rivals["model"][0]), baselines), ""
    best = f" (best: {rivals['model'][0]}, {rivals['value'][0]:.3f})" if rivals.height else ""
    return "", f"{metric} {value:.3f} beats every baseline{best}"


def _unproven(rival: str, baselines: pl.DataFrame) -> str:
    """Why a rival that did better does not serve either; nothing of those that never could."""
    if baselines.filter((pl.col("metric") == LEAD) & (pl.col("model") == rival)).is_empty():
        return ""
    if rival not in RIVALS:
        return ", which cannot serve"
    return ", whose lead may be chance: neither replaces what serves"


def _against_serving(
    serving_scores: pl.DataFrame | None, *, kind: str, metric: str, beats: str
) -> Decision:
    if serving_scores is None:
        return Decision(True, beats, kind)
    rows = serving_scores.filter(pl.col("metric") == metric)
    judged = {row["model"]: row for row in rows.to_dicts()}
    ours, serving = judged[kind + SINCE], judged[SERVING]
    if ours["posts"] < MIN_JUDGED:
        return Decision(
            False,
            f"{beats}, but the serving version stays: {ours['posts']} posts that it never saw "
            f"are too few to tell them apart, {MIN_JUDGED} are needed",
            kind,
        )
    fresh = (
        f"({ours['value']:.3f} against {serving['value']:.3f} on {ours['posts']} posts "
        "that the latter never saw)"
    )
    if ours["value"] <= serving["value"]:
        return Decision(False, f"{beats}, but not the serving version {fresh}", kind)
    return Decision(True, f"{beats} and the serving version {fresh}", kind)
