"""The graph as Dagster loads it, and a small world of real stores for its assets."""

import os
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from domain.deliveries import DeliveryKind, DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from storage.ledger import deliveries
from storage.ledger.database import Ledger

X = "x:bergquell"


def load_graph(home: Path) -> dg.Definitions:
    """The definitions; dbt's manifest is looked for under `home` where they load the first time."""
    before = dict(os.environ)
    os.environ["AMSEL_HOME"] = str(home)
    try:
        with warnings.catch_warnings():
            # what libraries say to one another while they are imported is not ours to mend
            warnings.simplefilter("ignore", DeprecationWarning)
            from orchestration.definitions import defs
    finally:
        os.environ.clear()
        os.environ.update(before)
    return defs


def own_assets(graph: dg.Definitions) -> list[dg.AssetSpec]:
    """The assets that are written in Python, not in dbt."""
    return [spec for spec in graph.resolve_all_asset_specs() if spec.group_name != "warehouse"]


def plan_delivery(
    ledger: Ledger,
    key: str,
    *,
    due_at: datetime,
    kind: DeliveryKind = DeliveryKind.POST,
    account: str = X,
    post_id: str | None = None,
) -> str:
    """A delivery that is planned; returns its id."""
    planned = NewDelivery(
        key=key,
        kind=kind,
        brand="bergquell",
        platform=Platform(account.partition(":")[0]),
        account=account,
        payload=Payload(text=f"text of {key}"),
        due_at=due_at,
        post_id=post_id,
    )
    with ledger.transaction() as connection:
        return deliveries.plan(connection, planned, now=ledger.now(connection))


def move_delivery(ledger: Ledger, delivery_id: str, *states: DeliveryState, **changes: Any) -> None:
    """Move a delivery along these states; `changes` are written with the last one."""
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        for state in states:
            found = deliveries.load(connection, delivery_id, lock=True)
            last = changes if state is states[-1] else {}
            deliveries.move(connection, found, state, now=now, actor="test", **last)


SENT: Sequence[DeliveryState] = (
    DeliveryState.DUE,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
)
