"""What orders brought, once their posts are a day old."""

from collections.abc import Callable, Collection

import polars as pl
import sqlalchemy as sa

from domain.brand import Brand
from domain.posts import ContentPost
from storage.ledger import deliveries, posts

SCHEMA = {
    "brief_id": pl.String(),
    "y": pl.Float64(),
    "known": pl.Float64(),
    "platform_ids": pl.List(pl.String),
}


def measured_orders(
    connection: sa.Connection,
    brand: Brand,
    past: pl.DataFrame,
    *,
    orders: Collection[str],
    counts: Callable[[ContentPost], bool] = lambda _: True,
) -> pl.DataFrame:
    """One row per measured order: brief_id, y, known, platform_ids; the mean over its posts.

    `past` holds rows of the lake table `engagement_features` or none. `known` is what the accounts'
    last posts did: it is known before the order, and owes nothing to it. A post that does not
    `count` is left out.
    """
    order_of = {
        post.id: post.brief_id
        for post in (posts.find(connection, brand=brand.name) if orders and past.width else ())
        if post.brief_id in orders and counts(post)
    }
    sent = [one for one in deliveries.of_posts(connection, [*order_of]) if one.platform_id]
    rows = [(order_of[str(one.post_id)], one.account, one.platform_id) for one in sent]
    names = ("brief_id", "account", "post_id")
    ours = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")
    if ours.is_empty() or not past.width:
        return pl.DataFrame(schema=SCHEMA)
    known = past.select("account", "post_id", "y", pl.col("last_5").fill_null(0).alias("known"))
    return (
        ours.join(known, on=["account", "post_id"], how="inner")
        .drop_nulls("y")
        .group_by("brief_id", maintain_order=True)
        .agg(pl.col("y").mean(), pl.col("known").mean(), pl.col("post_id").alias("platform_ids"))
    )
