"""Door-bells for the outside world. The ledger is the truth: a missed tick loses nothing."""

from datetime import datetime, time, timedelta
from typing import Any

import dagster as dg

from assets.publishing import overdue_verdict
from domain.errors import NetworkError
from orchestration.jobs import answer_comments, finish_media, prepare_day, send_due_posts
from publishing.alerts import tell_late, tell_matters
from publishing.watchdog import watch
from runtime.settings import Settings
from storage.ledger import agenda, commissions
from storage.ledger.database import Ledger

LOOK_AHEAD = timedelta(seconds=60)
MORNING = timedelta(hours=4)
RUNNING = dg.DefaultSensorStatus.RUNNING
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dg.sensor(
    job=send_due_posts,
    minimum_interval_seconds=15,
    default_status=RUNNING,
    description="Rings when a delivery falls due, may be tried again, or must be looked up.",
)
def due_posts(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
) -> dg.RunRequest | dg.SkipReason:
    """Rings when a delivery falls due within a minute, may be tried again, or must be looked up."""
    with ledger.reading() as connection:
        now, call = ledger.now(connection), agenda.next_call(connection)
    if call is None:
        return dg.SkipReason("nothing is planned and nothing is under way")
    if call.at > now + LOOK_AHEAD:
        return dg.SkipReason(f"the next delivery is due at {call.at:%a %d %b %H:%M} UTC")
    return _ring(context, send_due_posts, run_key=f"{call.name}:{_minute(now)}")


@dg.sensor(
    job=answer_comments,
    minimum_interval_seconds=15,
    default_status=RUNNING,
    description="Rings once for every batch of messages that nobody has decided about.",
)
def new_comments(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
) -> dg.RunRequest | dg.SkipReason:
    """Rings once for every batch of messages that nobody has decided about."""
    with ledger.reading() as connection:
        now, (count, newest) = ledger.now(connection), agenda.unread(connection)
    if not count:
        return dg.SkipReason(f"no new message at {now:%H:%M} UTC")
    return _ring(context, answer_comments, run_key=f"{newest}:{count}:{_minute(now)}")


@dg.sensor(
    job=prepare_day,
    minimum_interval_seconds=30,
    default_status=RUNNING,
    description="Rings from 04:00 UTC on, once an hour, until the day is planned.",
)
def new_day(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
) -> dg.RunRequest | dg.SkipReason:
    """Rings by the ledger's clock, not by this machine's, so that the sandbox has mornings too."""
    with ledger.reading() as connection:
        now = ledger.now(connection)
        morning = datetime.combine((now - MORNING).date(), time(), tzinfo=now.tzinfo) + MORNING
        is_planned = agenda.is_planned_since(connection, morning)
    if is_planned:
        return dg.SkipReason(f"{morning:%A %d %B} is planned")
    day = f"{now:%Y-%m-%d}"
    return _ring(context, prepare_day, run_key=f"{now:%Y%m%d%H}", partition_key=day)


@dg.sensor(
    job=finish_media,
    minimum_interval_seconds=30,
    default_status=RUNNING,
    description="Rings when a picture, clip or batch of texts in the making is to be looked at.",
)
def open_commissions(
    context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]
) -> dg.RunRequest | dg.SkipReason:
    """Rings when a job is to be looked at, or the answer to a request counts as lost."""
    with ledger.reading() as connection:
        now, at = ledger.now(connection), commissions.next_look(connection)
    if at is None:
        return dg.SkipReason("no model of others is at work")
    if at > now:
        return dg.SkipReason(f"the next look is due at {at:%H:%M:%S} UTC")
    return _ring(context, finish_media, run_key=f"{at.isoformat()}:{_minute(now)}")


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=RUNNING,
    description="Tells within two minutes what is late, and what waits for a person.",
)
def watchdog(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    settings: dg.ResourceParam[Settings],
) -> dg.SensorResult | dg.SkipReason:
    """Marks the check on `publications` when something is late without a reason.

    The cursor says that something was. What AMSEL_ALERT_URL was told of is in the ledger.
    """
    url = settings.alert_url.get_secret_value()
    found, now = watch(ledger, actor="watchdog")
    try:
        tell_late(ledger, url, found, now=now)
        tell_matters(ledger, url)
    except NetworkError as exc:
        context.log.warning(str(exc))
    if not (found.count or context.cursor):
        return dg.SkipReason(found.words(now))
    if found.count:
        context.log.error(found.words(now))
    return dg.SensorResult(
        skip_reason=dg.SkipReason(found.words(now)),
        cursor="late" if found.count else "",
        asset_events=[overdue_verdict(found, now)],
    )


def _ring(
    context: dg.SensorEvaluationContext,
    job: Any,
    *,
    run_key: str,
    partition_key: str | None = None,
) -> dg.RunRequest | dg.SkipReason:
    # one that has not finished may still do what is rung for: a second would only wait behind it
    under_way = dg.RunsFilter(job_name=job.name, statuses=UNDER_WAY)
    if context.instance.get_runs_count(under_way):
        return dg.SkipReason(f"a run of {job.name} is under way")
    return dg.RunRequest(run_key=run_key, partition_key=partition_key)


def _minute(now: datetime) -> str:
    # a run key is spent for ever even if its run failed, so it must be new again a minute later
    return now.strftime("%Y%m%d%H%M")


automation = dg.AutomationConditionSensorDefinition(
    "automation",
    target=dg.AssetSelection.all(),
    default_status=RUNNING,
    description="Rebuilds an asset when its inputs changed and passed their checks, or it is time.",
)

sensors = [new_day, due_posts, new_comments, open_commissions, watchdog, automation]
