"""What people did with our posts: files and counts from outside, one lake table each."""

from collections.abc import Mapping
from datetime import date
from itertools import chain

import dagster as dg

from assets.conditions import DATA, daily, fresh_daily, hourly
from assets.evidence import evidence
from assets.expectations import expectation_check
from domain.brand import Brand
from domain.clock import Clock
from domain.deliveries import DeliveryState
from publishing.counts import (
    MADE_UP_FOR,
    counts_frame,
    keep_measured,
    posts_to_count,
    pull_counts,
)
from publishing.published import published_posts, unkept_since
from runtime.build import Networks
from runtime.settings import Settings
from sources.accounts import accounts_of
from sources.expectations import posts_suite, snapshots_suite
from sources.exports.drop_folder import ingest_folder
from storage.lake import Lake
from storage.lake_tables import DAY_COLUMNS, KEYS
from storage.ledger import costs as ledger_costs
from storage.ledger import deliveries
from storage.ledger.database import Ledger


@dg.asset(
    kinds={"polars", "parquet"},
    owners=DATA,
    automation_condition=hourly,
    freshness_policy=fresh_daily,
)
def posts(
    lake: dg.ResourceParam[Lake],
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    clock: dg.ResourceParam[Clock],
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult:
    """One row per post and observation: files laid into the drop folder, and what we published.

    Rows that were there before stay as they are; refused rows stand in the lake's `quarantine`.
    """
    owners = {account.id: brand.name for brand in brands.values() for account in brand.accounts}
    summary = ingest_folder(settings.drop_folder, lake, ledger, brands=owners, now=clock.now())
    with ledger.reading() as connection:
        ours = published_posts(deliveries.sent_since(connection, unkept_since(lake)))
    lake.merge("posts", ours, key=KEYS["posts"], day_column=DAY_COLUMNS["posts"])
    facts = {
        "rows read from files": summary.rows,
        "new from files": summary.new_posts,
        "published by us": ours.height,
        "quarantined": summary.new_quarantined,
    }
    return evidence(lake.read("posts"), facts=facts)


@dg.asset(
    kinds={"polars", "parquet"},
    owners=DATA,
    partitions_def=daily,
    automation_condition=hourly,
    freshness_policy=fresh_daily,
    pool="networks",
)
def engagement_snapshots(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    ledger: dg.ResourceParam[Ledger],
    networks: dg.ResourceParam[Networks],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult:
    """One row per post, metric and observation: counts as each platform gave them at that instant.

    Our posts are counted 1 h, 6 h, 24 h, 3 days and 7 days after they went out. A metric that a
    platform does not give has no row. A past day holds what was seen then and is not asked again.
    """
    # the sandbox's day may lie before the one that Dagster counts
    now = clock.now()
    day = min(date.fromisoformat(context.partition_key), now.date())
    facts: dict[str, str] = {}
    if day == now.date():
        recent = now - MADE_UP_FOR
        with ledger.reading() as connection:
            sent = deliveries.list(connection, states=(DeliveryState.SENT,), since=recent)
        observed = lake.read("engagement_snapshots", since=recent.date())
        answers = pull_counts(ledger, networks, posts_to_count(sent, observed, now=now))
        fresh = counts_frame(chain.from_iterable(answers.told.values()))
        keep_measured(ledger, sent, observed, fresh)
        lake.merge(
            "engagement_snapshots",
            fresh,
            key=KEYS["engagement_snapshots"],
            day_column=DAY_COLUMNS["engagement_snapshots"],
        )
        answers.must_be_whole()
        facts = answers.in_words
    return evidence(lake.read("engagement_snapshots", since=day, until=day), facts=facts)


@dg.asset(kinds={"polars", "parquet"}, owners=DATA, automation_condition=hourly)
def accounts(
    lake: dg.ResourceParam[Lake],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult:
    """One row per account of a brand file: whose it is and in which zone its audience lives."""
    frame = accounts_of(brands.values(), loaded_at=clock.now())
    lake.replace("accounts", frame)
    return evidence(frame)


@dg.asset(kinds={"polars", "parquet"}, owners=DATA, automation_condition=hourly)
def costs(lake: dg.ResourceParam[Lake], ledger: dg.ResourceParam[Ledger]) -> dg.MaterializeResult:
    """One row per billed call: what was set aside before it, and what it cost."""
    with ledger.reading() as connection:
        frame = ledger_costs.frame(connection)
    lake.replace("costs", frame)
    spent = frame["settled_cents"].sum() if frame.height else 0.0
    return evidence(frame, facts={"spent, cents": float(spent or 0.0)})


posts_expectations = expectation_check(posts, "posts", posts_suite())
snapshots_expectations = expectation_check(
    engagement_snapshots, "engagement_snapshots", snapshots_suite()
)
