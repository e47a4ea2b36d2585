"""Door-bells for the outside world. The ledger is the truth: a missed tick loses nothing."""

from datetime import datetime, timedelta

import dagster as dg

from orchestration.jobs import answer_comments, send_due_posts
from storage.ledger import agenda
from storage.ledger.database import Ledger

LOOK_AHEAD = timedelta(seconds=60)
RUNNING = dg.DefaultSensorStatus.RUNNING


@dg.sensor(job=send_due_posts, minimum_interval_seconds=15, default_status=RUNNING)
def due_posts(ledger: dg.ResourceParam[Ledger]) -> dg.RunRequest | dg.SkipReason:
    """Rings when a delivery falls due within a minute, may be tried again, or must be looked up."""
    with ledger.reading() as connection:
        now, call = ledger.now(connection), agenda.next_call(connection)
    if call is None:
        return dg.SkipReason("nothing is planned and nothing is under way")
    if call.at > now + LOOK_AHEAD:
        return dg.SkipReason(f"the next delivery is due at {call.at:%a %d %b %H:%M} UTC")
    return dg.RunRequest(run_key=f"{call.name}:{_minute(now)}")


@dg.sensor(job=answer_comments, minimum_interval_seconds=15, default_status=RUNNING)
def new_comments(ledger: dg.ResourceParam[Ledger]) -> dg.RunRequest | dg.SkipReason:
    """Rings once for every batch of messages that nobody has decided about."""
    with ledger.reading() as connection:
        now, (count, newest) = ledger.now(connection), agenda.unread(connection)
    if not count:
        return dg.SkipReason(f"no new message at {now:%H:%M} UTC")
    return dg.RunRequest(run_key=f"{newest}:{count}:{_minute(now)}")


def _minute(now: datetime) -> str:
    # a run key is spent for ever even if its run failed, so it must be new again a minute later
    return now.strftime("%Y%m%d%H%M")


automation = dg.AutomationConditionSensorDefinition(
    "automation", target=dg.AssetSelection.all(), default_status=RUNNING
)

sensors = [due_posts, new_comments, automation]
