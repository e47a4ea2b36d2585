"""What is known of an account's hours, and the odds that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.schedule import Strategy
from ml.best_sets import CROWDING, REACH_MINUTES, Sequel, best_sets
from ml.week import SLOTS, Shape, week_basis

Floats = NDArray[np.float64]

DRAWS = 400
"""Posterior draws behind the probabilities; the choice is made from these very probabilities."""

MIN_EXPLORATION = 0.01
"""Share of random choices below which nothing new would ever be learnt."""

_TEMPER = 0.5
"""Draws stray half as far as the posterior; over some hundred posts that loses less."""

_SURELY = 0.2
"""Below this chance that hours matter the brand's default times come back."""

_Z90 = 1.6449


@dataclass(frozen=True, slots=True)
class Day:
    """What bears on a choice: when each slot is, in minutes, and which posts stand beside it.

    `posts` are still to be placed on that day, this one included; `taken` are there already.
    """

    minutes: Floats
    posts: int = 1
    gap: float = 0.0
    taken: tuple[float, ...] = ()

    def sequel(self, closeness: float) -> Sequel:
        """Which slots may follow which."""
        return Sequel.of(self.minutes, gap=self.gap, closeness=closeness)

    def crowding(self, closeness: float) -> Floats:
        """What each slot loses to the posts that are there already."""
        near = [np.maximum(0, 1 - np.abs(self.minutes - at) / REACH_MINUTES) for at in self.taken]
        return closeness * np.sum(near, axis=0) if near else np.zeros(len(self.minutes))


@dataclass(frozen=True, slots=True)
class Source:
    """One of the ways in which a slot is chosen: how often, and with which odds."""

    strategy: Strategy
    share: float
    odds: Floats


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known about one account's hours.

    Attributes:
        proven: which of the 168 hours are proven.
        chance: the probability that hours do anything at all.
        draws: draws x 168, joint draws of the effects if they do; neighbouring hours move together
            as their prior does.
        closeness: what two posts in the same minute take from each other.
    """

    proven: NDArray[np.bool_]
    chance: float
    draws: Floats
    closeness: float = CROWDING

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
        # a version that was stored before closeness was learnt does not say
        learnt = own["closeness"][0] if "closeness" in own.columns else None
        return cls(
            rows["evidence"].to_numpy(),
            chance,
            mean + _TEMPER * noise * np.sqrt(variance),
            CROWDING if learnt is None else learnt,
        )

    def is_proven(self, slots: Sequence[int]) -> bool:
        """Whether one of these slots is proven to differ."""
        return bool(self.proven[slots].any())

    def sources(
        self, slots: Sequence[int], *, default: Floats, exploration: float, day: Day | None = None
    ) -> tuple[Source, ...]:
        """Where a choice among these slots may come from; `day` tells what else is to come on it.

        `exploration` of all choices is random, for good: they are the hold-out against which the
        others are judged. The rest is Thompson sampling where a slot is proven. Where none is, it
        gives way to the brand's `default` as it looks as if hours did nothing: in the proportion in
        which `chance` falls below a fifth. A brand that explores nothing keeps to its default until
        an hour is proven.
        """
        random = max(exploration, MIN_EXPLORATION)
        proven = self.is_proven(slots)
        known = 1.0 if proven else min(1.0, self.chance / _SURELY) if exploration > 0 else 0.0
        found = [
            Source(Strategy.TEST, random, np.full(len(slots), 1 / len(slots))),
            Source(Strategy.FIXED, (1 - random) * (1 - known), default),
        ]
        if known:
            likely = self._likely(slots, day or Day(60.0 * np.arange(len(slots), dtype=np.float64)))
            found.append(Source(Strategy.OPTIMAL, (1 - random) * known, likely))
        return tuple(found)

    def _likely(self, slots: Sequence[int], day: Day) -> Floats:
        """How often each slot belongs to the best set of a draw, sum 1."""
        values = self.draws[:, slots] - day.crowding(self.closeness)
        wanted = best_sets(values, day.sequel(self.closeness), posts=day.posts)
        return np.asarray((wanted / wanted.sum(axis=1, keepdims=True)).mean(axis=0))


def odds_of(sources: Sequence[Source]) -> Floats:
    """The odds with which each slot is chosen in the end, which are logged; sum 1, none 0."""
    return np.asarray(np.sum([each.share * each.odds for each in sources], axis=0))


def joint_noise(random: np.random.Generator, *, draws: int = DRAWS) -> Floats:
    """Draws x 168, normal of variance 1 and alike where hours are close."""
    root = _correlation_root()
    return np.asarray(random.standard_normal((draws, root.shape[1])) @ root.T)


@cache
def _correlation_root() -> Floats:
    basis = week_basis(Shape.WEEK)
    return np.asarray(basis / np.linalg.norm(basis, axis=1, keepdims=True))
