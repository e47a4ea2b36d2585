"""Bought likes and bots: likes out of proportion to what people said, and what is made of them."""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm

from ml.features import add_local_time

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

REACH = 4.0
"""Deviations from the account's own proportion beyond which a post is flagged."""

MIN_POSTS = 20
"""An account with fewer posts has no proportion of its own yet; nothing of it is flagged."""

ALONE_P = 0.02

HOUR_REACH = 3.0
"""Deviations by which an hour's posts stand out from what the account's hours differ anyway."""

_LEAST_SPREAD = 0.1
_NEAR = 101
_HOUR_POSTS = 5
_FEW_HOURS = 4
_MEDIAN_SQUARE = 0.4549
"""Of a normal deviate."""


class Sign(StrEnum):
    """What stood out."""

    POST = "this post's likes"
    HOUR = "likes of all posts at this hour of the day"


FLAG_SCHEMA = pl.Schema(
    {
        "account": pl.String(),
        "post_id": pl.String(),
        "published_at": pl.Datetime("us", "UTC"),
        "likes": pl.Int64(),
        "comments_and_shares": pl.Int64(),
        "stood_out": pl.String(),
        "counted_as": pl.Int64(),
    }
)


def proportion(counts: pl.DataFrame) -> Floats:
    """Log of likes against comments and shares, one per row: likes are the cheapest to buy."""
    likes = counts["likes"].fill_null(0).cast(pl.Float64).to_numpy()
    return np.asarray(np.log1p(likes) - said(counts))


def said(counts: pl.DataFrame) -> Floats:
    """Log of one plus comments and shares, one per row."""
    both = counts["comments"].fill_null(0) + counts["shares"].fill_null(0)
    return np.asarray(np.log1p(both.cast(pl.Float64).to_numpy()))


def bought(counts: pl.DataFrame) -> Flags:
    """Whether each post's likes exceed what its account's comments and shares go with.

    `counts` holds account, likes, comments, shares, an account's posts in order of time: a
    proportion drifts over the years. A flag is a reason to look, not a proof; a flagged post
    teaches no experiment, and models as many likes as its words go with.
    """
    return _apart(counts).select("odd").to_series().to_numpy()


def leads_in_likes_alone(proportions: Floats, leads: Flags) -> bool:
    """Whether the leading arm's posts carry more likes to each word than the others' by 2 %.

    A crowd that is bought for an arm a little at a time moves no single post enough to be flagged;
    it moves this mean, which differs far less from post to post than engagement does.
    """
    if min(leads.sum(), (~leads).sum()) < MIN_POSTS // 2:
        return False
    gap, error = _gaps(proportions, leads.astype(np.int64), 2)
    return bool(norm.sf(gap[1] / error[1]) < ALONE_P)


def off_words(counts: pl.DataFrame) -> Floats:
    """How far each post's likes lie from what its account's words go with (log), as in `bought`.

    Cut where a post becomes odd; nan where an account has too few posts or words to tell.
    """
    cut = pl.col("off").clip(-pl.col("reach"), pl.col("reach"))
    told = _apart(counts).select(pl.when(pl.col("reach").is_not_null()).then(cut))
    return told.to_series().cast(pl.Float64).to_numpy()


def without_bought(posts: pl.DataFrame, *, zones: Mapping[str, str]) -> pl.DataFrame:
    """Prepared posts, their `y` made of the likes that their comments and shares go with.

    Lowered are the y of flagged posts, and of the posts of an hour of the day whose likes stand
    out from the account's other hours (`HOUR_REACH`, five posts or more): a crowd that is bought
    for an hour a little at a time. `engagement` and `level` stay as they were counted. Where most
    posts of an account got neither a comment nor a share nothing can be told.
    """
    told = _with_excess(posts, zones)
    lowered = _believed().log1p() - pl.col("engagement").log1p()
    y = pl.when(pl.col("excess") > 0).then(pl.col("y") + lowered).otherwise("y")
    return told.with_columns(y=y).select(posts.columns)


def flags(posts: pl.DataFrame, *, zones: Mapping[str, str]) -> pl.DataFrame:
    """One row per prepared post whose likes stood out, the newest first.

    `stood_out` says what was odd (`Sign`), and `counted_as` is the engagement that models learn
    from instead of the sum of likes, comments and shares.
    """
    odd = _with_excess(posts, zones).filter(pl.col("excess") > 0)
    sign = pl.when("odd").then(pl.lit(Sign.POST)).otherwise(pl.lit(Sign.HOUR))
    return (
        odd.sort("published_at", descending=True)
        .with_columns(
            comments_and_shares=pl.col("engagement") - pl.col("likes"),
            stood_out=sign,
            counted_as=_believed().round(),
        )
        .select(FLAG_SCHEMA.names())
        .cast(FLAG_SCHEMA)
    )


def _believed() -> pl.Expr:
    """Engagement with likes lowered by `excess` (log)."""
    likes = ((1 + pl.col("likes")) * (-pl.col("excess")).exp() - 1).clip(0)
    return pl.col("engagement") - pl.col("likes") + likes


def _with_excess(posts: pl.DataFrame, zones: Mapping[str, str]) -> pl.DataFrame:
    """The rows with `odd` and `excess`: log likes above what their words go with, where flagged."""
    told = _apart(posts)
    local = add_local_time(posts, zones=zones)["local_at"].dt.hour()
    timed = posts.select("account", hour=local).with_columns(told)
    apart = [_by_the_hour(rows) for rows in timed.partition_by("account", maintain_order=True)]
    # rows of an account stand together in prepared posts, so the parts are in their order
    hours = np.concatenate(apart) if apart else np.zeros(0)
    excess = pl.when("odd").then("off").otherwise(pl.Series(hours, dtype=pl.Float64))
    return posts.with_columns(timed.select("odd", excess=excess.clip(0.0)))


def _apart(counts: pl.DataFrame) -> pl.DataFrame:
    """Per row `off`, how far its proportion is from the account's posts around it, and `odd`.

    `reach` is where a post becomes odd: further where so few words go with its likes that chance
    moves them. Null, as `off` may be, in an account that has too few posts or words.
    """
    words = pl.sum_horizontal("comments", "shares").median().over("account")
    speaks = (words > 0) & (pl.len().over("account") >= MIN_POSTS)
    near = pl.col("p").rolling_median(_NEAR, min_samples=MIN_POSTS // 2, center=True)
    told = counts.select(
        "account",
        likes=pl.col("likes").fill_null(0) + 1,
        speaks=speaks,
        p=pl.Series(proportion(counts)),
    ).with_columns(near=near.over("account"))
    off = told.with_columns(off=pl.col("p") - pl.col("near"))
    spread = 1.4826 * pl.col("off").abs().median().over("account")
    chance = pl.col("near").exp() / pl.col("likes")
    reach = REACH * (spread.clip(_LEAST_SPREAD) ** 2 + chance).sqrt()
    return off.with_columns(reach=pl.when("speaks").then(reach)).select(
        "off", "reach", odd=(pl.col("off") > pl.col("reach")).fill_null(value=False)
    )


def _by_the_hour(rows: pl.DataFrame) -> Floats:
    """Of each row of one account, what its hour's likes have too much (log); mostly 0."""
    plain = rows.filter(pl.col("reach").is_not_null() & ~pl.col("odd"))
    off = plain.select(pl.col("off").clip(-pl.col("reach"), pl.col("reach"))).to_series()
    hour = plain["hour"].to_numpy().astype(np.int64)
    posts = np.bincount(hour, minlength=24)
    known = (posts >= _HOUR_POSTS) & (posts < plain.height)
    if known.sum() < _FEW_HOURS:
        return np.zeros(rows.height)
    gap, error = (each[known] for each in _gaps(off.to_numpy(), hour, 24))
    above = gap - np.median(gap)
    # hours differ for honest reasons too: what most of them do is no sign
    usual = max(0.0, float(np.median(above**2 / _MEDIAN_SQUARE - error**2)))
    excess = np.zeros(24)
    excess[known] = np.where(above > HOUR_REACH * np.sqrt(error**2 + usual), above, 0.0)
    return np.asarray(excess[rows["hour"].to_numpy()])


def _gaps(values: Floats, group: Places, number: int) -> tuple[Floats, Floats]:
    """By group how far its mean lies above that of all others, and the error of that."""
    own, total = np.bincount(group, minlength=number), np.bincount(group, values, number)
    others = len(group) - own
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(own > 0, total / own, 0.0)
        within = max(len(group) - int((own > 0).sum()), 1)
        variance = (values @ values - own @ mean**2) / within
        gap = mean - (values.sum() - total) / others
        error = np.sqrt(np.maximum(variance, 0.0) * (1 / own + 1 / others)) + 1e-9
    return gap, error
