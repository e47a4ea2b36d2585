"""The version that serves against the one that would replace it, on posts the former never saw."""

from collections.abc import Mapping

import polars as pl

from ml.content import content_residuals
from ml.engagement import EngagementModel
from ml.forecaster import OURS
from ml.frame import prepare_posts
from ml.judging import SCORE_SCHEMA, TRAIN_SHARE, Split, score
from ml.promotion import MIN_JUDGED, SERVING, SINCE
from ml.timing import slot_effects
from ml.timing_backtest import delivered, mark_picked, pick_proven

STEPS = 3


def taught_until(prepared: pl.DataFrame) -> pl.DataFrame:
    """Per account the instant of the last post with a known outcome, as `trained_until`."""
    known = prepared.filter(pl.col("y").is_not_null())
    return known.group_by("account").agg(trained_until=pl.col("published_at").max())


def unseen_splits(
    prepared: pl.DataFrame, trained_until: pl.DataFrame, *, steps: int = STEPS
) -> list[Split]:
    """The posts that judge in a back-test and that training up to then never saw, in steps.

    An account's judged part begins after its first 70 %, or after its `trained_until` where that
    is later. In each step all earlier posts teach, so that a version fitted anew knows what it
    would have known; steps without a post to judge are left out.
    """
    seen = (pl.col("published_at") <= pl.col("trained_until")).fill_null(False)
    begin = pl.max_horizontal(
        (pl.len() * TRAIN_SHARE).ceil().cast(pl.Int64).over("account"),
        seen.sum().cast(pl.Int64).over("account"),
    )
    place, size = pl.int_range(pl.len()).over("account"), pl.len().over("account")
    # an account whose posts were all seen only teaches: its places end before its begin
    step = (place - begin) * steps // pl.max_horizontal(size - begin, 1)
    numbered = prepared.join(
        trained_until, on="account", how="left", maintain_order="left"
    ).with_columns(step=step)
    columns = prepared.columns
    splits = [
        Split(
            numbered.filter(pl.col("step") < number).select(columns),
            numbered.filter(pl.col("step") == number).select(columns),
        )
        for number in range(steps)
    ]
    return [split for split in splits if split.test.height]


def challenge_engagement(
    posts: pl.DataFrame,
    serving: EngagementModel | None,
    *,
    kind: str = OURS,
    zones: Mapping[str, str] | None = None,
    seed: int = 0,
    meant: bool = False,
) -> pl.DataFrame:
    """Scores of the serving model, as it was stored, and of one of `kind` fitted anew each step.

    Both judge the same posts (`unseen_splits`) and know the same history; what is fitted anew also
    reads what posts mean where they are `meant`. Rows as `score` gives, the models `serving` and
    `amsel_since` (or another kind with `_since`); with fewer than 30 posts their value is null and
    `posts` says how many there are. No rows where nothing serves.
    """
    if serving is None:
        return pl.DataFrame(schema=SCORE_SCHEMA)
    splits = unseen_splits(prepare_posts(posts), serving.trained_until)
    judged = sum(split.test["y"].count() for split in splits)
    if judged < MIN_JUDGED:
        return _too_few("spearman", judged, kind=kind)
    frames = []
    for split in splits:
        known = split.test.filter(pl.col("y").is_not_null())
        fresh = EngagementModel.fit(split.train, kind=kind, seed=seed, zones=zones, meant=meant)
        for name, model in ((kind + SINCE, fresh), (SERVING, serving)):
            said = model.predict(known, history=split.train)
            actual = known.select("account", "post_id", actual="y")
            both = said.join(actual, on=["account", "post_id"], maintain_order="left")
            frames.append(both.with_columns(model=pl.lit(name)))
    return score(pl.concat(frames), seed=seed)


def challenge_timing(
    posts: pl.DataFrame,
    serving: pl.DataFrame | None,
    trained_until: pl.DataFrame,
    *,
    zones: Mapping[str, str] | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """What the hours that serve delivered since they were learnt, and what new ones would have.

    `serving` are rows of `fit_slots`. Both pick as in `backtest_timing`, the new ones anew at each
    step. Rows `delivered` of the models `serving` and `amsel_since`, with nulls as in
    `challenge_engagement`.
    """
    if serving is None:
        return pl.DataFrame(schema=SCORE_SCHEMA)
    prepared = prepare_posts(posts)
    splits = unseen_splits(prepared, trained_until)
    judged = sum(split.test["y"].count() for split in splits)
    if judged < MIN_JUDGED:
        return _too_few("delivered", judged)
    key = ["account", "post_id"]
    # content is taken out by what the first step may know, for all steps alike
    taught = splits[0].train.select(*key, teach=True)
    teach = prepared.join(taught, on=key, how="left", maintain_order="left")["teach"]
    residuals = content_residuals(
        prepared, zones=zones or {}, seed=seed, train=teach.fill_null(False)
    )
    marked: dict[str, list[pl.DataFrame]] = {OURS + SINCE: [], SERVING: []}
    for split in splits:
        past = residuals.join(split.train.select(key), on=key, how="semi")
        test = residuals.join(split.test.select(key), on=key, how="semi")
        marked[OURS + SINCE].append(mark_picked(test, pick_proven(slot_effects(past))))
        marked[SERVING].append(mark_picked(test, pick_proven(serving)))
    rows = [(name, *_delivered(pl.concat(parts), seed=seed)) for name, parts in marked.items()]
    return pl.DataFrame(rows, schema=SCORE_SCHEMA, orient="row")


def _delivered(marked: pl.DataFrame, *, seed: int) -> tuple[object, ...]:
    accounts, posts = marked["account"].n_unique(), int(marked["picked"].sum())
    return ("delivered", *delivered(marked, seed=seed), accounts, posts)


def _too_few(metric: str, posts: int, *, kind: str = OURS) -> pl.DataFrame:
    names = (SERVING, kind + SINCE)
    rows = [(name, metric, None, None, None, None, posts) for name in names]
    return pl.DataFrame(rows, schema=SCORE_SCHEMA, orient="row")
