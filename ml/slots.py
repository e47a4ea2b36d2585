"""Which instants to post at: Thompson sampling over the open slots, every choice with its odds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.brand import WEEKDAYS
from domain.schedule import Strategy
from ml.openings import Constraints, Opening, openings
from ml.week import SLOTS, week_kernel

Floats = NDArray[np.float64]

DRAWS = 1000
"""Posterior draws behind the probabilities; the choice is made from these very probabilities."""

MIN_EXPLORATION = 0.01
"""Share of random choices below which nothing new would ever be learnt."""

_Z90 = 1.6449


@dataclass(frozen=True, slots=True)
class Candidate:
    """One open slot and the probability with which the policy would take it."""

    due_at: datetime
    slot: int
    probability: float


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """One chosen slot; `candidates` holds the whole set it was drawn from, itself included."""

    account: str
    due_at: datetime
    local_time: str
    time_zone: str
    slot: int
    strategy: Strategy
    propensity: float
    reasoning: str
    candidates: tuple[Candidate, ...]


def choose_slots(
    effects: pl.DataFrame, demand: Mapping[date, int], *, constraints: Constraints, seed: int
) -> list[SlotChoice]:
    """One choice per wanted post, in time order; fewer where the rules leave no room.

    `effects` are rows of `ml.timing.fit_slots` (other accounts' are ignored, none is fine);
    `demand` says how many posts each local day should get. A choice is drawn from
    (1 - e) * P(slot is best) + e / n over the n open slots, e being the brand's exploration
    and at least 0.01. P is counted over 1,000 joint draws from the posterior and then *is* the
    policy, so the logged propensity is exact given the seed and never 0. Where no slot has
    evidence, the brand's next free default time takes the place of the best one.
    """
    random = np.random.default_rng(seed)
    own = effects.filter(pl.col("account") == constraints.account).sort("slot")
    draws = _draw(own, random)
    chosen: list[SlotChoice] = []
    for day in sorted(demand):
        for _ in range(demand[day]):
            open_slots = openings(
                day,
                constraints=constraints,
                chosen=[choice.due_at for choice in chosen],
                seed=seed,
            )
            if not open_slots:
                break
            chosen.append(_choose(open_slots, own, draws, constraints, random))
    return sorted(chosen, key=lambda choice: choice.due_at)


def slot_propensities(own: pl.DataFrame, *, exploration: float, seed: int) -> Floats:
    """The 168 odds of one account's effects where every hour of the week is open; sum 1, none 0."""
    draws = _draw(own.sort("slot"), np.random.default_rng(seed))
    share = max(exploration, MIN_EXPLORATION)
    known = bool(len(draws)) and bool(own["evidence"].any())
    greedy = _chance_best(range(SLOTS), draws) if known else np.full(SLOTS, 1 / SLOTS)
    return np.asarray((1 - share) * greedy + share / SLOTS)


def _draw(own: pl.DataFrame, random: np.random.Generator) -> Floats:
    """DRAWS x 168 joint draws: neighbouring hours move together as their prior does."""
    if own.height != SLOTS:
        return np.zeros((0, SLOTS))
    noise = random.standard_normal((DRAWS, SLOTS)) @ _correlation_root().T
    spread = (own["upper"] - own["lower"]).to_numpy() / (2 * _Z90)
    return np.asarray(own["effect"].to_numpy() + noise * spread)


@cache
def _correlation_root() -> Floats:
    kernel = week_kernel()
    scale = np.sqrt(np.diag(kernel))
    values, vectors = np.linalg.eigh(kernel / np.outer(scale, scale))
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))


def _choose(
    open_slots: Sequence[Opening],
    own: pl.DataFrame,
    draws: Floats,
    constraints: Constraints,
    random: np.random.Generator,
) -> SlotChoice:
    slots = [opening.slot for opening in open_slots]
    known = bool(len(draws)) and bool(own["evidence"].gather(slots).any())
    greedy = _chance_best(slots, draws) if known else _next_default(open_slots)
    share = max(constraints.exploration, MIN_EXPLORATION)
    odds = (1 - share) * greedy + share / len(slots)
    odds /= odds.sum()
    explores = bool(random.random() < share)
    taken = int(random.choice(len(slots), p=None if explores else greedy))
    opening = open_slots[taken]
    strategy = Strategy.TEST if explores else Strategy.OPTIMAL if known else Strategy.FIXED
    return SlotChoice(
        account=constraints.account,
        due_at=opening.due_at,
        local_time=opening.local.strftime("%Y-%m-%dT%H:%M"),
        time_zone=constraints.time_zone,
        slot=opening.slot,
        strategy=strategy,
        propensity=float(odds[taken]),
        reasoning=_reason(opening, own, strategy, odds[taken], len(slots)),
        candidates=tuple(
            Candidate(each.due_at, each.slot, float(chance))
            for each, chance in zip(open_slots, odds, strict=True)
        ),
    )


def _chance_best(slots: Sequence[int], draws: Floats) -> Floats:
    best = np.argmax(draws[:, slots], axis=1)
    return np.bincount(best, minlength=len(slots)) / len(draws)


def _next_default(open_slots: Sequence[Opening]) -> Floats:
    """All on the first free default time; even where none is free."""
    defaults = [place for place, opening in enumerate(open_slots) if opening.default]
    odds = np.full(len(open_slots), 0.0 if defaults else 1 / len(open_slots))
    if defaults:
        odds[defaults[0]] = 1.0
    return odds


def _reason(
    opening: Opening, own: pl.DataFrame, strategy: Strategy, chance: float, among: int
) -> str:
    when = f"{WEEKDAYS[opening.local.weekday()].capitalize()} {opening.local:%H:%M}"
    odds = f"probability {chance:.2f} among {among} open hours"
    if strategy is Strategy.TEST:
        return f"{when} was drawn at random to keep learning: {odds}."
    if strategy is Strategy.FIXED:
        what = "one of the brand's default times" if opening.default else "an open hour"
        return f"No hour has proven better than another yet, so {when} is {what}: {odds}."
    effect, lower, upper = (
        100 * np.expm1(own[name][opening.slot]) for name in ("effect", "lower", "upper")
    )
    claim = "" if effect >= 1 else "may yet be the best of the hours left open: it "
    return (
        f"{when} {claim}has brought {effect:+z.0f} % engagement against this account's average "
        f"post (90 % interval {lower:+z.0f} to {upper:+z.0f} %): {odds}."
    )
