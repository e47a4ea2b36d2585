"""What is to go out, and what went out: the ledger's deliveries, turned by the one door."""

from datetime import datetime, timedelta

import dagster as dg
import polars as pl
from pydantic import Field

from assets import content
from assets.conditions import BRAND, when_inputs_change
from assets.evidence import evidence
from domain.clock import Clock
from domain.deliveries import DeliveryState
from ml.figures import lateness
from publishing.outbox import deliver_due
from publishing.reconcile import reconcile
from publishing.tables import read_standing, shown, summary
from publishing.watchdog import Overdue, watch
from runtime.build import Networks
from storage.ledger.database import Ledger

TOLD = (
    DeliveryState.SENT,
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
)
"""States whose deliveries `publications` names one by one."""


class SendConfig(dg.Config):
    """How far one run of the door reaches."""

    look_ahead_seconds: int = Field(
        default=60, ge=0, le=3600, description="Hold rows that fall due within so many seconds."
    )
    limit: int = Field(default=200, ge=1, le=10_000, description="Send at most so many.")


@dg.asset(
    deps=[content.content_batch],
    kinds={"python"},
    owners=BRAND,
    automation_condition=when_inputs_change,
)
def scheduled_posts(ledger: dg.ResourceParam[Ledger]) -> dg.MaterializeResult:
    """One row per delivery: which post goes to which account when, and where it stands."""
    standing = read_standing(ledger)
    tables = {"where they stand": summary(standing)}
    return evidence(standing.rows, tables=tables, rows=standing.number())


@dg.asset(deps=[scheduled_posts], kinds={"python"}, owners=BRAND, pool="networks")
def publications(
    config: SendConfig,
    ledger: dg.ResourceParam[Ledger],
    networks: dg.ResourceParam[Networks],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult:
    """One row per delivery that was sent, with its link; what is unknown is looked up first.

    Nothing is retried on a guess: a send whose fate is unknown is searched on the platform, adopted
    if it is there, sent again only when it is proven absent. How late they were is told of the
    last thousand.
    """
    reconcile(ledger, networks=networks)
    until = clock.now() + timedelta(seconds=config.look_ahead_seconds)
    handled = deliver_due(ledger, networks=networks, clock=clock, until=until, limit=config.limit)
    standing = read_standing(ledger, states=TOLD)
    sent = standing.rows.filter(pl.col("state") == "sent").sort("sent_at", descending=True)
    facts = {"handled in this run": len(handled)}
    late = {"how late": lateness(sent)} if sent.height else {}
    number = standing.number(DeliveryState.SENT)
    return evidence(sent, facts=facts, tables=shown(standing), pictures=late, rows=number)


@dg.asset_check(asset=publications)
def nothing_overdue(ledger: dg.ResourceParam[Ledger]) -> dg.AssetCheckResult:
    """Everything that was due is out, or has its reason; the `watchdog` sensor looks as well."""
    found, now = watch(ledger, actor="check")
    return dg.AssetCheckResult(passed=not found.count, description=found.words(now))


def overdue_verdict(found: Overdue, now: datetime) -> dg.AssetCheckEvaluation:
    """The same verdict from outside a run."""
    return dg.AssetCheckEvaluation(
        asset_key=publications.key,
        check_name="nothing_overdue",
        passed=not found.count,
        description=found.words(now),
    )
