"""Which instants to post at: Thompson sampling over the open slots, every choice with its odds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.brand import WEEKDAYS
from domain.schedule import Strategy
from ml.best_sets import REACH_MINUTES
from ml.knowledge import Day, Knowledge, joint_noise, odds_of
from ml.openings import Constraints, Opening, openings, room_on
from ml.week import SLOTS

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One open slot and the probability with which the policy would take it."""

    due_at: datetime
    slot: int
    probability: float


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """One chosen slot, `day` being the local day that asked for it.

    `candidates` holds the whole set it was drawn from, itself included.
    """

    account: str
    day: date
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
    (1 - e) * P(slot) + e / n over the n open slots, e being the brand's exploration and at least
    0.01. P says how often a slot belongs to the best set for what the day still wants
    (`ml.best_sets`), counted over 400 joint draws from the posterior; it *is* the policy, so
    the logged propensity is exact given the seed and never 0. Where no slot has
    evidence, the brand's next free default time mostly takes the place of the best one
    (`ml.knowledge`). With the same seed a day's draws are the same whether it is planned alone or
    with others.
    """
    own = effects
    if effects.height:
        own = effects.filter(pl.col("account") == constraints.account).sort("slot")
    known = _known(own, seed)
    chosen: list[SlotChoice] = []
    for day in sorted(demand):
        random = np.random.default_rng([seed, day.toordinal()])
        # what the cap leaves no room for bears on nothing: the best post is not one of the best two
        room = room_on(day, constraints, [choice.due_at for choice in chosen])
        for left in range(min(demand[day], room), 0, -1):
            before = [choice.due_at for choice in chosen]
            open_slots = openings(day, constraints=constraints, chosen=before, seed=seed)
            if not open_slots:
                break
            beside = _beside(open_slots, constraints, before, posts=left)
            chosen.append(_choose(open_slots, own, known, constraints, beside, random))
    return sorted(chosen, key=lambda choice: choice.due_at)


def slot_propensities(own: pl.DataFrame, *, exploration: float, seed: int) -> Floats:
    """The 168 odds of one account's effects where every hour of the week is open; sum 1, none 0."""
    known = _known(own, seed)
    anywhere = np.full(SLOTS, 1 / SLOTS)
    return odds_of(known.sources(range(SLOTS), default=anywhere, exploration=exploration))


def _known(own: pl.DataFrame, seed: int) -> Knowledge:
    """What is known of an account by its rows; where there are none, no noise is drawn for them."""
    noise = joint_noise(np.random.default_rng(seed)) if own.height else np.zeros((0, SLOTS))
    return Knowledge.of(own, noise)


def _beside(
    open_slots: Sequence[Opening],
    constraints: Constraints,
    before: Sequence[datetime],
    *,
    posts: int,
) -> Day:
    minutes = [each.due_at.timestamp() / 60 for each in open_slots]
    taken = [at.timestamp() / 60 for at in (*constraints.taken, *before)]
    near = [at for at in taken if minutes[0] - REACH_MINUTES < at < minutes[-1] + REACH_MINUTES]
    gap = constraints.least_gap.total_seconds() / 60
    return Day(np.array(minutes), posts, gap, tuple(near))


def _choose(
    open_slots: Sequence[Opening],
    own: pl.DataFrame,
    known: Knowledge,
    constraints: Constraints,
    beside: Day,
    random: np.random.Generator,
) -> SlotChoice:
    slots = [opening.slot for opening in open_slots]
    sources = known.sources(
        slots,
        default=_next_default(open_slots),
        exploration=constraints.exploration,
        day=beside,
    )
    odds = odds_of(sources)
    source = sources[int(random.choice(len(sources), p=[each.share for each in sources]))]
    taken = int(random.choice(len(slots), p=source.odds))
    opening = open_slots[taken]
    return SlotChoice(
        account=constraints.account,
        day=opening.day,
        due_at=opening.due_at,
        local_time=opening.local.strftime("%Y-%m-%dT%H:%M"),
        time_zone=constraints.time_zone,
        slot=opening.slot,
        strategy=source.strategy,
        propensity=float(odds[taken]),
        reasoning=_reason(opening, own, source.strategy, odds[taken], len(slots)),
        candidates=tuple(
            Candidate(each.due_at, each.slot, float(chance))
            for each, chance in zip(open_slots, odds, strict=True)
        ),
    )


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
    if not own["evidence"].any():
        return (
            f"No hour has proven better than another yet; {when} may be the best, and hours matter "
            f"with probability {own['chance'][0]:.2f}: {odds}."
        )
    claim = "" if effect >= 1 else "may yet be the best of the hours left open: it "
    return (
        f"{when} {claim}has brought {effect:+z.0f} % engagement against this account's average "
        f"post (90 % interval {lower:+z.0f} to {upper:+z.0f} %): {odds}."
    )
