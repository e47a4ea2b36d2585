"""Experiments in the ledger: what a brand tries, and what came of it."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.ledger.documents import insert_new
from storage.ledger.tables import experiments


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment of a brand.

    Attributes:
        factor: what is varied: `angle`, how a post opens.
        horizon: measured orders after which it ends without a winner.
        stopped: arms that are not tried any more, for what people wrote under them.
        answer: what it said in the end; None while it runs.
    """

    id: str
    brand: str
    factor: str
    arms: tuple[str, ...]
    horizon: int
    started_at: datetime
    stopped: tuple[str, ...] = ()
    answer: str | None = None
    winner: str | None = None
    reason: str | None = None
    decided_at: datetime | None = None


def start(connection: sa.Connection, experiment: Experiment) -> bool:
    """Keep a new experiment; False where its id is here already."""
    row = asdict(experiment) | {"arms": [*experiment.arms], "stopped": [*experiment.stopped]}
    return insert_new(connection, experiments, **row)


def latest(connection: sa.Connection, *, brand: str, factor: str) -> Experiment | None:
    """The brand's newest experiment on that factor; None where it has none."""
    query = (
        sa.select(experiments)
        .where(experiments.c.brand == brand, experiments.c.factor == factor)
        .order_by(experiments.c.started_at.desc(), experiments.c.id.desc())
    )
    row = connection.execute(query.limit(1)).mappings().first()
    if row is None:
        return None
    return Experiment(**{**row, "arms": (*row["arms"],), "stopped": (*row["stopped"],)})


def stop_arms(connection: sa.Connection, experiment: Experiment, arms: tuple[str, ...]) -> None:
    """Try these arms no more, beside those that were stopped before."""
    stopped = [arm for arm in experiment.arms if arm in (*experiment.stopped, *arms)]
    mine = experiments.c.id == experiment.id
    connection.execute(sa.update(experiments).where(mine).values(stopped=stopped))


def conclude(
    connection: sa.Connection,
    experiment_id: str,
    *,
    answer: str,
    reason: str,
    winner: str | None,
    now: datetime,
) -> bool:
    """End a running experiment with its answer; False where it has ended before."""
    running = sa.and_(experiments.c.id == experiment_id, experiments.c.answer.is_(None))
    ended = sa.update(experiments).where(running).values(
        answer=answer, reason=reason, winner=winner, decided_at=now
    )  # fmt: skip
    return connection.execute(ended).rowcount == 1
