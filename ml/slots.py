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
from ml.week import SLOTS, Shape, week_kernel

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
    evidence, the brand's next free default time mostly takes the place of the best one
    (`Knowledge.sources`).
    """
    random = np.random.default_rng(seed)
    own = effects.filter(pl.col("account") == constraints.account).sort("slot")
    known = Knowledge.of(own, joint_noise(random))
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
            chosen.append(_choose(open_slots, own, known, constraints, random))
    return sorted(chosen, key=lambda choice: choice.due_at)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known about one account's hours.

    Attributes:
        proven: which of the 168 hours are proven.
        chance: the probability that hours do anything at all.
        draws: DRAWS x 168 joint draws of the effects if they do; neighbouring hours move together
            as their prior does.
    """

    proven: NDArray[np.bool_]
    chance: float
    draws: Floats

    @classmethod
    def of(cls, own: pl.DataFrame, noise: Floats) -> "Knowledge":
        """From the 168 rows of an account (`ml.timing.fit_slots`), or from none; `joint_noise`."""
        if own.height != SLOTS:
            return cls(np.zeros(SLOTS, dtype=bool), 0.0, np.zeros((0, SLOTS)))
        rows, chance = own.sort("slot"), max(float(own["chance"][0]), 1e-9)
        effect = rows["effect"].to_numpy()
        spread = (rows["upper"] - rows["lower"]).to_numpy() / (2 * _Z90)
        # the rows average over "no effect at all"; without it they are larger
        mean = effect / chance
        variance = np.clip((spread**2 + effect**2) / chance - mean**2, 1e-12, None)
        return cls(rows["evidence"].to_numpy(), chance, mean + noise * np.sqrt(variance))

    def is_proven(self, slots: Sequence[int]) -> bool:
        """Whether one of these slots is proven to differ."""
        return bool(self.proven[slots].any())

    def sources(
        self, slots: Sequence[int], *, default: Floats, exploration: float
    ) -> tuple["Source", ...]:
        """Where a choice among these slots may come from.

        `exploration` of all choices is random, for good: they are the hold-out against which the
        others are judged. The rest is Thompson sampling where a slot is
        proven; where none is, only as often as `chance` says that hours matter, and otherwise the
        brand's `default`. A brand that explores nothing keeps to it until an hour is proven.
        """
        random = max(exploration, MIN_EXPLORATION)
        proven = self.is_proven(slots)
        known = 1.0 if proven else self.chance if exploration > 0 else 0.0
        found = [
            Source(Strategy.TEST, random, np.full(len(slots), 1 / len(slots))),
            Source(Strategy.FIXED, (1 - random) * (1 - known), default),
        ]
        if known:
            best = np.argmax(self.draws[:, slots], axis=1)
            likely = np.bincount(best, minlength=len(slots)) / DRAWS
            found.append(Source(Strategy.OPTIMAL, (1 - random) * known, likely))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Source:
    """One of the ways in which a slot is chosen: how often, and with which odds."""

    strategy: Strategy
    share: float
    odds: Floats


def odds_of(sources: Sequence[Source]) -> Floats:
    """The odds with which each slot is chosen in the end, which are logged; sum 1, none 0."""
    return np.asarray(np.sum([each.share * each.odds for each in sources], axis=0))


def slot_propensities(own: pl.DataFrame, *, exploration: float, seed: int) -> Floats:
    """The 168 odds of one account's effects where every hour of the week is open; sum 1, none 0."""
    known = Knowledge.of(own, joint_noise(np.random.default_rng(seed)))
    anywhere = np.full(SLOTS, 1 / SLOTS)
    return odds_of(known.sources(range(SLOTS), default=anywhere, exploration=exploration))


def joint_noise(random: np.random.Generator) -> Floats:
    """DRAWS x 168 normal draws of variance 1 that are alike where hours are close."""
    return np.asarray(random.standard_normal((DRAWS, SLOTS)) @ _correlation_root().T)


@cache
def _correlation_root() -> Floats:
    kernel = week_kernel(Shape.WEEK)
    scale = np.sqrt(np.diag(kernel))
    values, vectors = np.linalg.eigh(kernel / np.outer(scale, scale))
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))


def _choose(
    open_slots: Sequence[Opening],
    own: pl.DataFrame,
    known: Knowledge,
    constraints: Constraints,
    random: np.random.Generator,
) -> SlotChoice:
    slots = [opening.slot for opening in open_slots]
    sources = known.sources(
        slots, default=_next_default(open_slots), exploration=constraints.exploration
    )
    odds = odds_of(sources)
    source = sources[int(random.choice(len(sources), p=[each.share for each in sources]))]
    taken = int(random.choice(len(slots), p=source.odds))
    opening = open_slots[taken]
    return SlotChoice(
        account=constraints.account,
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
