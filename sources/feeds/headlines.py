"""The sensitive ones among the day's topics and headlines."""

import polars as pl

from domain.news import Headline
from domain.rules.themes import headline_of


def sensitive_headlines(topics: pl.DataFrame) -> list[Headline]:
    """What a brand should not come close to, of rows of the lake table `trends`."""
    rows = topics.select("topic", "source", "observed_at").iter_rows()
    found = (headline_of(text, source=source, seen_at=at) for text, source, at in rows)
    return [headline for headline in found if headline is not None]
