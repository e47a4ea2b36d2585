"""The counts of what was sent, pulled when each post reaches a set age."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from domain.deliveries import Delivery, DeliveryKind
from publishing.platforms.base import MetricRow, Network
from publishing.polling import Answers, ask_each
from storage.lake_tables import TABLES

AGES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168))
"""Ages at which posts are counted, so that they can be compared when equally old."""
MADE_UP_FOR = timedelta(days=30)
"""A count that was missed, in an outage say, is made up for until a post is so old."""


def posts_to_count(
    sent: Sequence[Delivery], observed: pl.DataFrame, *, now: datetime
) -> dict[str, list[str]]:
    """Account to the platform ids of its posts that passed an age since they were last counted.

    Replies are not counted: half of the platforms have no counts of comments, and X charges for
    them. `observed` are rows of `engagement_snapshots` (or none).
    """
    last = observed.group_by("account", "post_id").agg(pl.col("observed_at").max())
    seen = {(account, post_id): at for account, post_id, at in last.iter_rows()}
    wanted: dict[str, list[str]] = {}
    for post in sent:
        if post.kind is not DeliveryKind.POST or post.sent_at is None or post.platform_id is None:
            continue
        before = seen.get((post.account, post.platform_id), post.sent_at)
        if any(before < post.sent_at + age <= now for age in AGES):
            wanted.setdefault(post.account, []).append(post.platform_id)
    return wanted


def pull_counts(
    networks: Mapping[str, Network], wanted: Mapping[str, Sequence[str]]
) -> Answers[list[MetricRow]]:
    """What each account's platform tells of these posts."""
    return ask_each(wanted, lambda account: networks[account].metrics(wanted[account]))


def counts_frame(rows: Iterable[MetricRow]) -> pl.DataFrame:
    """One row per post and metric, in the shape of the lake's table.

    A metric that the platform does not give has no row.
    """
    return pl.DataFrame(
        [values for row in rows for values in _long(row)],
        schema=TABLES["engagement_snapshots"],
        orient="row",
    )


def _long(row: MetricRow) -> list[tuple[object, ...]]:
    head = (str(row.platform), row.account, row.post_id)
    return [
        (*head, metric, value, row.observed_at, source, row.api_version)
        for metric, (value, source) in row.counts.items()
        if value is not None
    ]
