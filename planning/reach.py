"""Where an order goes: everywhere, or to as many platforms as the brand wants, drawn and logged."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import combinations
from math import prod

import polars as pl

from domain.brand import Brand
from domain.platforms import Platform
from domain.writing import Brief
from planning.draws import SOFTMAX, draw, odds_by
from planning.slots import PlannedSlot
from storage.ledger.choices import Choice

KIND = "platforms"


def platform_results(past: pl.DataFrame, brand: Brand) -> dict[str, list[float]]:
    """What posts brought on each platform of the brand: the log of their engagement.

    `past` holds rows of the lake table `engagement_features` or none. None where every post goes
    to all platforms.
    """
    if brand.posting.platforms_per_post is None:
        return {}
    found: dict[str, list[float]] = {account.platform: [] for account in brand.accounts}
    for account in brand.accounts if past.width else ():
        own = past.filter(pl.col("account") == account.id).drop_nulls(["y", "level"])
        found[account.platform] += (own["y"] + own["level"]).to_list()
    return found


def draw_platforms(
    brief: Brief,
    results: Mapping[str, Sequence[float]],
    *,
    brand: Brand,
    slots: Sequence[PlannedSlot],
    now: datetime,
) -> tuple[Brief, Choice | None]:
    """The brief for the platforms that it is meant for, and the draw as it is logged.

    What is drawn is the whole set: its odds follow the product of what its platforms brought, and
    the brand's exploration is spread evenly over all sets. A duty's platforms are in each of them.
    Where the order reaches no more platforms than are wanted there is nothing to draw.
    """
    wanted, duty = brand.posting.platforms_per_post, brand.duty(brief.duty)
    needed = set(duty.platforms) if duty else set()
    size = max(wanted or 0, len(needed))
    if not results or size >= len(brief.platforms):
        return brief, None
    sets = [each for each in combinations(brief.platforms, size) if needed <= set(each)]
    weight = odds_by({name: results[name] for name in brief.platforms}, exploration=0.0)
    whole = sum(prod(weight[name] for name in each) for each in sets)
    explore = brand.posting.exploration
    odds = {
        "+".join(each): explore / len(sets)
        + (1 - explore) * prod(weight[name] for name in each) / whole
        for each in sets
    }
    choice = draw(brief, KIND, odds, policy=SOFTMAX, at=now)
    chosen = next(each for each in sets if "+".join(each) == choice.chosen)
    why = (
        f"{brief.why} It goes to {' and '.join(chosen)}, {len(chosen)} of "
        f"{len(brief.platforms)} platforms, at odds of {choice.propensity:.0%}."
    )
    due_at = min(slot.schedule.due_at for slot in reached(slots, chosen))
    update = {"platforms": chosen, "due_at": due_at, "why": why}
    return brief.model_copy(update=update), choice


def reached(slots: Sequence[PlannedSlot], platforms: Sequence[Platform]) -> list[PlannedSlot]:
    """Those of an order's slots that are on its platforms; the others stay empty."""
    return [slot for slot in slots if slot.schedule.platform in platforms]
