"""Schedules in the ledger: when and where each post is meant to go out, and why then."""

from datetime import datetime

import sqlalchemy as sa

from domain.schedule import ScheduleTask
from storage.ledger.documents import to_document, upsert
from storage.ledger.tables import schedule_tasks


def save(connection: sa.Connection, task: ScheduleTask, *, now: datetime) -> None:
    """Keep one schedule; the same id replaces it."""
    upsert(
        connection,
        schedule_tasks,
        key=("id",),
        id=task.id,
        post_id=task.post_id,
        brand=task.brand,
        document=to_document(task),
        created_at=now,
    )


def load(connection: sa.Connection, *, post_id: str) -> list[ScheduleTask]:
    """The schedules of one post, oldest first; empty where it has none."""
    query = sa.select(schedule_tasks.c.document).where(schedule_tasks.c.post_id == post_id)
    rows = connection.scalars(query.order_by(schedule_tasks.c.created_at, schedule_tasks.c.id))
    return [ScheduleTask.model_validate(document) for document in rows]
