"""Posts that must not see each other, forecast in one pass: lanes that share their past."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

LANE = "lane"
"""The column of posts to be forecast that tells their lane; without it all are in one."""

_MARK = "\x1f"


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of each account that is asked about, each under a name that no account has.

    `names` holds account, lane, name and first: whether it is the first lane of its account.
    """

    names: pl.DataFrame

    @classmethod
    def of(cls, posts: pl.DataFrame) -> "Lanes":
        """The lanes of the posts to be forecast; an account of one lane keeps its name."""
        lane = pl.col(LANE) if LANE in posts.columns else pl.lit(0)
        pairs = posts.select("account", lane.cast(pl.String).alias(LANE)).unique().sort("*")
        first = pl.int_range(pl.len()).over("account") == 0
        apart = pl.concat_str("account", pl.lit(_MARK), LANE)
        named = pairs.with_columns(
            first=first, name=pl.when(first).then("account").otherwise(apart)
        )
        return cls(named)

    def named(self, posts: pl.DataFrame) -> pl.DataFrame:
        """The posts under the names of their lanes."""
        if LANE not in posts.columns:
            return posts
        cast = posts.with_columns(pl.col(LANE).cast(pl.String))
        joined = cast.join(self.names, on=["account", LANE], how="left", maintain_order="left")
        return joined.with_columns(account=pl.col("name")).select(pl.exclude(LANE, "name", "first"))

    def copied(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of accounts that are asked about, once for each of their lanes, under its name."""
        names = self.names.select("account", "name")
        return (
            rows.join(names, on="account", how="inner", maintain_order="left")
            .with_columns(account=pl.col("name"))
            .drop("name")
        )

    def others(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of first lanes, once for each further lane of their account."""
        return Lanes(self.names.filter(~pl.col("first"))).copied(rows)

    def is_first(self) -> pl.Expr:
        """Whether a row, under its lane's name, is of the first lane of its account."""
        return pl.col("account").is_in(self.names.filter("first")["name"].implode())

    def zones(self, zones: Mapping[str, str]) -> dict[str, str]:
        """By name the zone of its account."""
        rows = self.names.select("account", "name").iter_rows()
        return {name: zones[account] for account, name in rows if account in zones}


def owner() -> pl.Expr:
    """The account behind the name of a lane."""
    return pl.col("account").str.split(_MARK).list.first()
