"""Messages and decisions as tables that people read."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from domain.community import EngagementAction
from storage.ledger.inbox import Received

CLOCKS = timedelta(days=1)
"""How far a platform's clock may be ahead of ours."""
INSTANT = pl.Datetime("us", "UTC")


def inbox_frame(found: Sequence[Received]) -> pl.DataFrame:
    """One row per message, newest first."""
    rows = [
        (
            str(one.message.platform),
            one.message.account,
            one.message.message_id,
            one.message.author,
            one.message.created_at,
            str(one.status),
            str(one.triage.intent) if one.triage else None,
            one.triage.confidence if one.triage else None,
            one.message.text,
        )
        for one in found
    ]
    schema = {
        "platform": pl.String(),
        "account": pl.String(),
        "message_id": pl.String(),
        "author": pl.String(),
        "created_at": INSTANT,
        "status": pl.String(),
        "intent": pl.String(),
        "confidence": pl.Float64(),
        "text": pl.String(),
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.sort("created_at", descending=True)


def unread_frame(waiting: Sequence[Received]) -> pl.DataFrame:
    """One row per message as a platform gave it, with the latest instant that it may name."""
    rows = [
        (
            str(one.message.platform),
            one.message.account,
            one.message.message_id,
            one.message.created_at,
            one.message.received_at + CLOCKS,
            one.message.text,
        )
        for one in waiting
    ]
    schema = {
        "platform": pl.String(),
        "account": pl.String(),
        "message_id": pl.String(),
        "created_at": INSTANT,
        "created_latest": INSTANT,
        "text": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def actions_frame(found: Sequence[EngagementAction]) -> pl.DataFrame:
    """One row per decision, newest first."""
    rows = [
        (
            action.message_id,
            str(action.kind),
            action.automatic,
            action.confidence,
            action.reason,
            action.text,
            action.decided_at,
        )
        for action in found
    ]
    schema = {
        "message_id": pl.String(),
        "kind": pl.String(),
        "automatic": pl.Boolean(),
        "confidence": pl.Float64(),
        "reason": pl.String(),
        "text": pl.String(),
        "decided_at": INSTANT,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.sort("decided_at", descending=True)
