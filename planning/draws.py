"""A draw for an order among several ways, with the odds of each as they are logged."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from domain.writing import Brief
from planning.slots import seed_of
from storage.ledger.choices import Choice


def draw(
    brief: Brief, kind: str, odds: Mapping[str, float], *, policy: str, at: datetime
) -> Choice:
    """One of the ways, drawn by `odds` (sum 1). The same order and odds draw the same."""
    dice = np.random.default_rng(seed_of(f"{brief.id}:{kind}"))
    chosen = [*odds][int(dice.choice(len(odds), p=[*odds.values()]))]
    return Choice(
        id=f"{brief.id}:{kind}",
        kind=kind,
        brand=brief.brand,
        account="",
        chosen=chosen,
        propensity=odds[chosen],
        policy=policy,
        candidates=[{kind: way, "probability": chance} for way, chance in odds.items()],
        decided_at=at,
    )
