"""Which hours were chosen with which odds, and what became of the posts."""

from collections.abc import Collection, Mapping
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from domain.deliveries import DeliveryState
from domain.schedule import Strategy
from ml.frame import prepare_posts
from ml.training import at_comparable_age
from storage.ledger import choices, deliveries
from storage.ledger.choices import Choice

SCHEMA: dict[str, pl.DataType] = {
    "account": pl.String(),
    "action": pl.Int64(),
    "reward": pl.Float64(),
    "propensity": pl.Float64(),
    "target": pl.Float64(),
    "random": pl.Boolean(),
    "placed": pl.Boolean(),
}


def slot_decisions(
    connection: sa.Connection,
    performance: pl.DataFrame,
    *,
    brand: str | None = None,
    since: datetime | None = None,
) -> pl.DataFrame:
    """One row per chosen slot whose post has been out for a day, oldest decision first.

    `action` is the hour of the week, `reward` log engagement against the account's trailing level,
    `propensity` the logged odds, `target` the odds of a policy that takes any open slot alike,
    `random` whether the slot was drawn that way: the hold-out. `placed` tells of a day on which
    posts were given their slots by priority: what an hour brought then is also what its post was
    worth, so odds alone do not set it right. With `since`, what was decided or fell due before is
    left out.
    """
    ids = {
        (one.account, one.due_at): one.platform_id
        for one in deliveries.list(
            connection, states=(DeliveryState.SENT,), brand=brand, since=since
        )
    }
    logged = choices.list(connection, kind="slot", brand=brand, since=since)
    placed = {
        one.id.removesuffix(":place") for one in choices.list(connection, kind="place", brand=brand)
    }
    rows = [row for choice in logged if (row := _row(choice, ids, placed)) is not None]
    chosen = pl.DataFrame(
        rows, schema={"post_id": pl.String(), **SCHEMA} | {"reward": pl.Null()}, orient="row"
    )
    known = prepare_posts(at_comparable_age(performance)).select("account", "post_id", reward="y")
    joined = chosen.drop("reward").join(
        known, on=["account", "post_id"], how="inner", maintain_order="left"
    )
    return joined.drop_nulls("reward").select(*SCHEMA)


def _row(
    choice: Choice, ids: Mapping[tuple[str, datetime], str | None], placed: Collection[str]
) -> tuple[object, ...] | None:
    taken = next(each for each in choice.candidates if "reasoning" in each)
    post_id = ids.get((choice.account, datetime.fromisoformat(choice.chosen)))
    if post_id is None:
        return None
    return (
        post_id,
        choice.account,
        taken["slot"],
        None,
        choice.propensity,
        1 / len(choice.candidates),
        taken["strategy"] == Strategy.TEST,
        f"{choice.brand}:{taken.get('day')}:{taken.get('rank')}" in placed,
    )
