"""Posts whose likes look bought, as evidence of the models that do not believe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import polars as pl

from ml.poisoning import flags

SHOWN = 20
TITLE = "likes that look bought"


@dataclass(frozen=True, slots=True)
class Oddities:
    """How many posts stood out, in words, and the newest of them."""

    facts: Mapping[str, str]
    tables: Mapping[str, pl.DataFrame]

    @classmethod
    def of(cls, posts: pl.DataFrame, zones: Mapping[str, str]) -> Self:
        """Those of prepared posts; a table only where one stood out."""
        odd = flags(posts, zones=zones)
        if odd.is_empty():
            return cls({f"{TITLE}: how many": f"none of {posts.height:,} posts"}, {})
        told = (
            f"{odd.height:,} of {posts.height:,} posts, the newest {min(SHOWN, odd.height)} below; "
            "the model learns from counted_as instead of likes, comments and shares, and "
            "experiments leave out posts that stand out by themselves"
        )
        day = pl.col("published_at").dt.date().alias("day")
        shown = odd.head(SHOWN).select("account", "post_id", day, pl.all().exclude(
            "account", "post_id", "published_at"
        ))  # fmt: skip
        return cls({f"{TITLE}: how many": told}, {TITLE: shown})
