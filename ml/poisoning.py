"""Bought likes and bots: posts and arms whose likes are out of proportion to what people said."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REACH = 4.0
"""Robust deviations from the account's own proportion beyond which a post is flagged."""

MIN_POSTS = 20
"""An account with fewer posts has no proportion of its own yet; nothing of it is flagged."""

ALONE_P = 0.02

_LEAST_SPREAD = 0.1


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

    `counts` holds account, likes, comments, shares. A flag is a reason to look, not a proof; a
    flagged post teaches no experiment.
    """
    table = counts.select("account", p=pl.Series(proportion(counts)))
    centre = pl.col("p").median().over("account")
    away = table.with_columns(off=pl.col("p") - centre)
    spread = 1.4826 * pl.col("off").abs().median().over("account")
    odd = pl.col("off") > REACH * spread.clip(_LEAST_SPREAD)
    return away.select(odd & (pl.len().over("account") >= MIN_POSTS)).to_series().to_numpy()


def leads_in_likes_alone(proportions: Floats, leads: Flags) -> bool:
    """Whether the leading arm's posts carry more likes to each word than the others' by 2 %.

    A crowd that is bought for an arm a little at a time moves no single post enough to be flagged;
    it moves this mean, which differs far less from post to post than engagement does.
    """
    own, others = proportions[leads], proportions[~leads]
    if min(len(own), len(others)) < MIN_POSTS // 2:
        return False
    error = np.sqrt(np.var(own) / len(own) + np.var(others) / len(others)) + 1e-9
    return bool(norm.sf((own.mean() - others.mean()) / error) < ALONE_P)


def liked_by_the_clock(posts: pl.DataFrame, effects: pl.DataFrame) -> list[str]:
    """Accounts whose best hours of the day lead in likes alone, as a crowd bought for them would.

    `posts` holds account, slot, likes, comments, shares; `effects` rows of `slot_effects`.
    The best hour and its neighbours stand against the rest of the account's posts. Where most posts
    got neither a comment nor a share nothing can be told.
    """
    hour = pl.col("slot") % 24
    best = effects.group_by("account", hour=hour).agg(pl.col("effect").mean())
    best = best.sort("effect").group_by("account").agg(best=pl.col("hour").last())
    timed = posts.join(best, on="account")
    marked = timed.with_columns(
        p=pl.Series(proportion(timed)),
        leads=((hour - pl.col("best") + 13) % 24).is_between(12, 14),
        words=pl.sum_horizontal("comments", "shares"),
    )
    return [
        str(rows["account"][0])
        for rows in marked.partition_by("account")
        if rows["words"].median() and leads_in_likes_alone(rows["p"].to_numpy(),
                                                           rows["leads"].to_numpy())
    ]  # fmt: skip
