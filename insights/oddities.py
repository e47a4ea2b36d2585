"""What looked bought in a period, in sentences for the report."""

from datetime import datetime

import polars as pl

from domain.brand import Brand
from ml.frame import prepare_posts
from ml.poisoning import flags
from ml.training import at_comparable_age

SHOWN = 5


def bought_in_words(
    performance: pl.DataFrame, brand: Brand, *, since: datetime, until: datetime
) -> list[str]:
    """A sentence on how many posts of the period look bought, and one for each of the latest five.

    `performance` are rows of the mart `fct_post_performance`; no sentence where none stands out.
    """
    own = performance.filter(pl.col("account").is_in([one.id for one in brand.accounts]))
    posts = prepare_posts(at_comparable_age(own))
    odd = flags(posts, zones={one.id: one.time_zone for one in brand.accounts})
    found = odd.filter(pl.col("published_at").is_between(since, until))
    if found.is_empty():
        return []
    many = "1 post" if found.height == 1 else f"{found.height} posts"
    head = (
        f"Likes of {many} look bought: far more than their comments and shares go with. Models "
        "learn from as many likes as go with these, and experiments leave out posts that stand out "
        "by themselves. It is a reason to look, not a proof."
    )
    return [head, *map(_in_words, found.head(SHOWN).iter_rows(named=True))]


def _in_words(row: dict[str, object]) -> str:
    return (
        f"{row['account']}, post {row['post_id']} of {row['published_at']:%d %b}: {row['likes']} "
        f"likes beside {row['comments_and_shares']} comments and shares ({row['stood_out']}), "
        f"learnt from as {row['counted_as']} in all."
    )
