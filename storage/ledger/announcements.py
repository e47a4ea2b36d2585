"""Events about what is kept outside the ledger: written under ids that make a repeat harmless.

No transaction spans a file and the ledger. So each of these is announced again by the next run,
and an announcement that a crash swallowed comes then.
"""

from datetime import datetime
from hashlib import sha256

import polars as pl
import sqlalchemy as sa

from domain.events import DomainEvent, EventType
from domain.trends import TrendingTopic
from storage.ledger import events
from storage.models import ModelCard


def trends_detected(connection: sa.Connection, trends: pl.DataFrame, *, now: datetime) -> None:
    """Announce each observation of a topic, once; `trends` are rows of the lake's table."""
    topics = [TrendingTopic.model_validate(row) for row in trends.to_dicts()]
    told = [
        DomainEvent(
            id=_id("trend", topic.topic, topic.source, topic.observed_at.isoformat()),
            type=EventType.TREND_DETECTED,
            occurred_at=now,
            correlation=f"trend:{topic.topic}",
            actor=topic.source,
            payload=topic.model_dump(mode="json", exclude={"schema_version"}),
        )
        for topic in topics
    ]
    events.append(connection, *told)


def model_promoted(connection: sa.Connection, name: str, card: ModelCard, *, now: datetime) -> None:
    """Announce the version that serves, once; the event says by which decision."""
    payload = {
        "model": name,
        "version": card.version,
        "sha256": card.sha256,
        "data_hash": card.data_hash,
        "code_version": card.code_version,
        "decision": card.decision,
    }
    event = DomainEvent(
        id=_id("model", name, card.version),
        type=EventType.MODEL_PROMOTED,
        occurred_at=now,
        correlation=f"model:{name}",
        actor="amsel",
        payload=payload,
    )
    events.append(connection, event)


def model_rolled_back(
    connection: sa.Connection,
    name: str,
    *,
    left: str,
    serves: str | None,
    actor: str,
    now: datetime,
) -> None:
    """Announce that `serves` (None: nothing) serves again in place of the version that was left."""
    event = DomainEvent(
        id=_id("rollback", name, left, serves or "", now.isoformat()),
        type=EventType.MODEL_ROLLED_BACK,
        occurred_at=now,
        correlation=f"model:{name}",
        actor=actor,
        payload={"model": name, "left": left, "version": serves},
    )
    events.append(connection, event)


def _id(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:32]
