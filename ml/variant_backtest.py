"""Would the text have told which variant wins? Ours beside plain rivals on tests none has seen."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.errors import ModelError
from ml import replay
from ml.backtest import OURS, Backtest, Decision, promote
from ml.hashing import hash_words
from ml.headlines import form_of
from ml.judging import RESAMPLES, SCORE_SCHEMA
from ml.replay import Policy
from ml.text import TextRidge
from ml.variant_tests import VariantSplit, outcomes, prepare_tests, split_tests
from ml.variants import VariantModel, fit_columns

Floats = NDArray[np.float64]
Row = tuple[str, str, float, float, float, int, int]

PAIRS, SIGNIFICANT, UPLIFT, REGRET = "pairs", "significant_pairs", "uplift", "regret"

_Z95 = 1.96
_FORM_PENALTY = 2000.0
_POLICIES: dict[str, Policy] = {
    "uniform": replay.uniform,
    "epsilon_first": replay.epsilon_first,
    "greedy_posterior": replay.greedy,
    "thompson": replay.thompson,
    OURS: replay.informed,
}


def backtest_variants(split: VariantSplit, *, seed: int = 0) -> Backtest:
    """Judge the variant model on tests that it has not seen.

    Metrics with a 90 % bootstrap over tests: `pairs`, the share of pairs of different texts
    whose order in click rate the score foretold (a tie counts half); `significant_pairs`, the
    same for pairs that differ at 5 %; `uplift`, the click rate of the variants that score highest
    against the mean of their tests; `regret`, the share of the best variant's clicks that is lost
    when the test is played again (ours begins with the scores). `predictions` holds test_id,
    variant_id, score. Raises ModelError where too few tests teach.
    """
    model = VariantModel.fit(split.train)
    ours = model.score(split.test["text"].to_list())
    rows = [
        row
        for name, scores in {OURS: ours, **_rivals(split)}.items()
        for row in _choosing(split.test, name, scores, seed)
    ]
    world = replay.world_of(split.test, ours, spread=model.spread, base=model.base)
    for name, policy in _POLICIES.items():
        lost = replay.replay(world, policy, seed=seed)
        rows.append(_row(name, REGRET, np.column_stack([lost, np.ones(len(lost))]), seed, 0))
    scores = pl.DataFrame(rows, SCORE_SCHEMA, orient="row")
    return Backtest(scores, split.test.select("test_id", "variant_id", score=pl.Series(ours)))


@dataclass(frozen=True, slots=True)
class Taught:
    """A model fitted on all tests, how the later ones judged it, and whether it may serve."""

    model: VariantModel | None
    scores: pl.DataFrame
    decision: Decision


def teach_variants(table: pl.DataFrame) -> Taught:
    """Judge and fit on all finished tests; without enough of them nothing, and the reason."""
    nothing = pl.DataFrame(schema=SCORE_SCHEMA)
    if table.is_empty():
        why = "no finished tests are here; `amsel import variants FILE` brings some"
        return Taught(None, nothing, Decision(False, why))
    try:
        tests = prepare_tests(table)
        scores = backtest_variants(split_tests(tests)).scores
    except ModelError as error:
        return Taught(None, nothing, Decision(False, str(error)))
    ours = pl.col("model") == OURS
    decision = promote(scores.filter(ours), None, scores.filter(~ours), metric=PAIRS)
    return Taught(VariantModel.fit(tests), scores, decision)


def _rivals(split: VariantSplit) -> dict[str, Floats]:
    """What is said without meaning: nothing, length, wording, wording and form."""
    before, texts = split.train["text"].to_list(), split.test["text"].to_list()
    y, _ = outcomes(split.train)
    wording = TextRidge.fit(hash_words(before), y).predict(hash_words(texts))
    form = form_of(texts) @ fit_columns(form_of(before), split.train, penalty=_FORM_PENALTY)
    return {
        "coin": np.zeros(len(texts)),
        "longest": np.array([float(len(text)) for text in texts]),
        "tfidf_ridge": wording,
        "tfidf_and_form": wording / (wording.std() + 1e-9) + form / (form.std() + 1e-9),
    }


def _choosing(tests: pl.DataFrame, model: str, scores: Floats, seed: int) -> list[Row]:
    """The three metrics that need the scores alone."""
    rate = pl.col("clicks") / pl.col("impressions")
    judged = tests.with_columns(score=pl.Series(scores), rate=rate)
    top = pl.col("score") == pl.col("score").max()
    by_test = judged.group_by("test_id", maintain_order=True)
    chosen = by_test.agg(pl.col("rate").filter(top).mean().alias("chosen"), pl.col("rate").mean())
    pairs = _pairs(judged)
    return [
        _row(model, PAIRS, _counted(pairs), seed, 0),
        _row(model, SIGNIFICANT, _counted(pairs.filter("significant")), seed, 0),
        _row(model, UPLIFT, chosen.select("chosen", "rate").to_numpy(), seed, 1),
    ]


def _pairs(judged: pl.DataFrame) -> pl.DataFrame:
    """One row per pair of different texts of a test whose rates differ: right, significant."""
    numbered = judged.with_row_index("place")
    both = numbered.join(numbered, on="test_id", suffix="_b", maintain_order="left").filter(
        pl.col("place") < pl.col("place_b"),
        pl.col("text") != pl.col("text_b"),
        pl.col("rate") != pl.col("rate_b"),
    )
    shown, shown_b = pl.col("impressions"), pl.col("impressions_b")
    pooled = (pl.col("clicks") + pl.col("clicks_b")) / (shown + shown_b)
    error = (pooled * (1 - pooled) * (1 / shown + 1 / shown_b)).sqrt()
    ahead = (pl.col("rate") - pl.col("rate_b")).sign()
    foretold = (pl.col("score") - pl.col("score_b")).sign()
    return both.select(
        "test_id",
        right=pl.when(foretold == 0).then(0.5).otherwise((foretold == ahead).cast(pl.Float64)),
        significant=(pl.col("rate") - pl.col("rate_b")).abs() > _Z95 * error,
    )


def _counted(pairs: pl.DataFrame) -> Floats:
    counts = pairs.group_by("test_id", maintain_order=True).agg(pl.col("right").sum(), pl.len())
    return counts.select("right", "len").to_numpy().astype(np.float64)


def _row(model: str, metric: str, parts: Floats, seed: int, offset: float) -> Row:
    """The sum of the first column over that of the second, minus `offset`; rows are tests."""
    if not len(parts):
        return model, metric, float("nan"), float("nan"), float("nan"), 0, 0
    picks = np.random.default_rng(seed).integers(0, len(parts), (RESAMPLES, len(parts)))
    sums = parts[picks].sum(axis=1)
    lower, upper = np.quantile(sums[:, 0] / sums[:, 1], [0.05, 0.95]) - offset
    value = float(parts[:, 0].sum() / parts[:, 1].sum()) - offset
    judged = int(parts[:, 1].sum()) if metric in (PAIRS, SIGNIFICANT) else len(parts)
    return model, metric, value, float(lower), float(upper), len(parts), judged
