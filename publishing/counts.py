"""The counts of what was sent, pulled when each post reaches a set age."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from domain.deliveries import Delivery, DeliveryKind
from domain.engagement import EngagementMetrics, SentimentAnalysis
from domain.errors import NetworkError
from publishing.platforms.base import MetricRow, Network
from publishing.polling import Answers
from publishing.readings import read_each
from storage.lake_tables import TABLES
from storage.ledger import inbox, posts
from storage.ledger.database import Ledger

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
    ledger: Ledger, networks: Mapping[str, Network], wanted: Mapping[str, Sequence[str]]
) -> Answers[list[MetricRow]]:
    """What each account's platform tells of these posts.

    Accounts that are closed, or in the last quarter of their window, are left out. What one told
    before it refused is there all the same.
    """
    begun: dict[str, list[MetricRow]] = {}

    def ask(account: str) -> list[MetricRow]:
        try:
            return networks[account].metrics(wanted[account])
        except NetworkError as exc:
            begun[account] = [*exc.read]
            raise

    answers = read_each(ledger, wanted, ask)
    told = {account: rows for account, rows in begun.items() if rows}
    return replace(answers, told=told | answers.told)


def measured(
    sent: Sequence[Delivery], observed: pl.DataFrame, sentiments: Mapping[str, Sequence[int]]
) -> dict[str, EngagementMetrics]:
    """By post, its newest counts over all accounts that it went to, and how comments sound.

    `observed` are rows of `engagement_snapshots`; a post that has none there is left out. A metric
    that no platform gives is null. `sentiments` are by the platform's id of the post.
    """
    ours = pl.DataFrame(
        [
            (one.post_id, one.account, one.platform_id)
            for one in sent
            if one.kind is DeliveryKind.POST and one.post_id and one.platform_id
        ],
        schema={"ours": pl.String(), "account": pl.String(), "post_id": pl.String()},
        orient="row",
    )
    newest = (
        observed.join(ours, on=["account", "post_id"])
        .sort("observed_at")
        .group_by("ours", "account", "post_id", "metric")
        .agg(pl.col("value").last(), pl.col("observed_at").last())
    )
    sums = newest.group_by("ours", "metric").agg(pl.col("value").sum(), pl.col("observed_at").max())
    counts: dict[str, dict[str, int]] = {}
    instants: dict[str, datetime] = {}
    for post, metric, value, at in sums.iter_rows():
        counts.setdefault(post, {})[metric] = value
        instants[post] = max(at, instants.get(post, at))
    below: dict[str, list[int]] = {}
    for post, _, platform_id in ours.iter_rows():
        below.setdefault(post, []).extend(sentiments.get(platform_id, ()))
    return {
        post: EngagementMetrics(
            observed_at=instants[post], sentiment=SentimentAnalysis.of(below[post]), **counts[post]
        )
        for post in counts
    }


def keep_measured(
    ledger: Ledger, sent: Sequence[Delivery], observed: pl.DataFrame, fresh: pl.DataFrame
) -> None:
    """Write what posts have got into the ledger, for those that `fresh` counts are about.

    Called before the counts are stored in the lake: where a crash comes between, they are asked
    for again and announced again, and nothing is missed.
    """
    if fresh.is_empty():
        return
    counted = set(fresh.select("account", "post_id").unique().iter_rows())
    names = {one.post_id for one in sent if (one.account, one.platform_id) in counted}
    wanted = [one for one in sent if one.post_id in names and one.sent_at]
    began = [one.sent_at for one in wanted if one.sent_at]
    if not began:
        return
    with ledger.transaction() as connection:
        below = inbox.sentiments(
            connection, accounts={one.account for one in wanted}, since=min(began)
        )
        counts = measured(wanted, pl.concat([observed, fresh]), below)
        posts.measure(connection, counts, now=ledger.now(connection))


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
