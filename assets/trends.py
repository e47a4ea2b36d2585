"""What the world talks about: topics from files, measured against the brands."""

import dagster as dg

from assets.conditions import DATA, fresh_daily, hourly
from assets.evidence import evidence
from assets.expectations import expectation_check
from domain.clock import Clock
from runtime.settings import Settings
from sources.expectations import trends_suite
from sources.feeds.folder import read_trend_folder
from sources.feeds.headlines import sensitive_headlines
from storage.lake import Lake
from storage.lake_tables import DAY_COLUMNS, KEYS
from storage.ledger import news
from storage.ledger.announcements import trends_detected
from storage.ledger.database import Ledger


@dg.asset(
    kinds={"polars", "parquet"},
    owners=DATA,
    automation_condition=hourly,
    freshness_policy=fresh_daily,
)
def trends(
    lake: dg.ResourceParam[Lake],
    ledger: dg.ResourceParam[Ledger],
    clock: dg.ResourceParam[Clock],
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult:
    """One row per topic, source and observation: how much it is talked about, and how it grows.

    The topics come from files in `AMSEL_HOME/trends`. Their text is data from outside: it is
    fenced wherever a writer sees it. Headlines of disasters, crimes and deaths are kept in the
    ledger too, and posts that come close to them wait for a person.
    """
    now = clock.now()
    topics = read_trend_folder(settings.trends, now=now)
    sensitive = sensitive_headlines(topics)
    with ledger.transaction() as connection:
        trends_detected(connection, topics, now=now)
        news.record(connection, sensitive)
    lake.merge("trends", topics, key=KEYS["trends"], day_column=DAY_COLUMNS["trends"])
    return evidence(lake.read("trends"), facts={"sensitive news": len(sensitive)})


trends_expectations = expectation_check(trends, "trends", trends_suite())
