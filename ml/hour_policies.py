"""Ways to pick hours day by day, ours beside what people and other tools do."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.frame import TRAILING_POSTS
from ml.knowledge import Day, Knowledge, joint_noise, odds_of
from ml.timing import slot_effects

Floats = NDArray[np.float64]
Hours = NDArray[np.int64]

_WEEKS = 16
_RANDOM_SHARE = 0.1
_REFIT_DAYS = 7
_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Terms:
    """What every policy must keep to: how many posts a day, which hours, how far apart."""

    accounts: tuple[str, ...]
    posts: int
    allowed: Hours
    usual: Hours
    gap: int
    exploration: float = _RANDOM_SHARE


@dataclass(slots=True)
class Past:
    """What was posted so far and what it brought: one entry per post, oldest first."""

    account: Hours
    day: Hours
    slot: Hours
    log: Floats

    def averages(self, accounts: int, keys: Hours, size: int) -> tuple[Floats, Floats]:
        """Mean log engagement against the account's own, and posts, per account and key."""
        place = self.account * size + keys
        count = np.bincount(place, minlength=accounts * size).reshape(accounts, size)
        total = np.bincount(place, self.log, minlength=accounts * size).reshape(accounts, size)
        level = total.sum(axis=1) / np.maximum(count.sum(axis=1), 1)
        mean = total / np.maximum(count, 1) - level[:, None]
        return np.where(count > 0, mean, 0.0), count.astype(np.float64)

    def since(self, day: int) -> "Past":
        """The part from that day on."""
        kept = self.day >= day
        return Past(self.account[kept], self.day[kept], self.slot[kept], self.log[kept])


class HourPolicy(Protocol):
    """Chooses the hours of one day for all accounts."""

    def choose(self, day: int, weekday: int, past: Past, random: np.random.Generator) -> Hours:
        """Accounts x posts, local hours."""
        ...


def spaced(scores: Floats, terms: Terms) -> Hours:
    """The best-scored allowed hours of each account (accounts x 24), `gap` hours apart."""
    left = np.full_like(scores, -np.inf)
    left[:, terms.allowed] = scores[:, terms.allowed]
    chosen = np.empty((len(scores), terms.posts), dtype=np.int64)
    for turn in range(terms.posts):
        chosen[:, turn] = left.argmax(axis=1)
        near = np.abs(np.arange(24) - chosen[:, turn, None]) < terms.gap
        left[near] = -np.inf
    return chosen


@dataclass(frozen=True, slots=True)
class FixedHours:
    """The brand's usual hours, whatever happens."""

    terms: Terms

    def choose(self, day: int, weekday: int, past: Past, random: np.random.Generator) -> Hours:
        """The first of them, as many as there are posts."""
        del day, weekday, past, random
        return np.tile(self.terms.usual[: self.terms.posts], (len(self.terms.accounts), 1))


@dataclass(frozen=True, slots=True)
class RandomHours:
    """Any allowed hour."""

    terms: Terms

    def choose(self, day: int, weekday: int, past: Past, random: np.random.Generator) -> Hours:
        """Drawn afresh every day."""
        del day, weekday, past
        return spaced(random.random((len(self.terms.accounts), 24)), self.terms)


@dataclass(frozen=True, slots=True)
class MostUsedHours:
    """Where the account posted most: habit."""

    terms: Terms

    def choose(self, day: int, weekday: int, past: Past, random: np.random.Generator) -> Hours:
        """Ties fall at random."""
        del day, weekday
        _, count = past.averages(len(self.terms.accounts), past.slot % 24, 24)
        return spaced(count + 1e-6 * random.random(count.shape), self.terms)


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Mean engagement per hour of the week over 16 weeks, as scheduling tools sell it.

    An hour where the account never posted takes the mean over all accounts, as they do too.
    """

    terms: Terms

    def choose(self, day: int, weekday: int, past: Past, random: np.random.Generator) -> Hours:
        """The highest means of today's hours."""
        recent = past.since(day - 7 * _WEEKS)
        mean, count = recent.averages(len(self.terms.accounts), recent.slot, 168)
        everywhere = (mean * count).sum(axis=0) / np.maximum(count.sum(axis=0), 1)
        today = slice(weekday * 24, weekday * 24 + 24)
        scores = np.where(count > 0, mean, everywhere)[:, today]
        return spaced(scores + 1e-6 * random.random(scores.shape), self.terms)


@dataclass(frozen=True, slots=True)
class EpsilonGreedy:
    """The account's best mean per hour of the day, and at random one time in ten."""

    terms: Terms

    def choose(self, day: int, weekday: int, past: Past, random: np.random.Generator) -> Hours:
        """Each account tosses for itself; an hour never tried counts as average."""
        del day, weekday
        mean, _ = past.averages(len(self.terms.accounts), past.slot % 24, 24)
        luck = random.random(mean.shape)
        tries = random.random((len(mean), 1)) < self.terms.exploration
        return spaced(np.where(tries, luck, mean + 1e-6 * luck), self.terms)


@dataclass(slots=True)
class Amsel:
    """Ours: effects fitted anew each week, hours drawn as `ml.slots` draws them."""

    terms: Terms
    known: list[Knowledge] = field(default_factory=list)
    fitted: int | None = None

    def choose(self, day: int, weekday: int, past: Past, random: np.random.Generator) -> Hours:
        """Post by post, like `choose_slots`: default times while no open hour is proven."""
        if self.fitted is None or day >= self.fitted + _REFIT_DAYS:
            self.known, self.fitted = self._fit(past, random), day
        return np.stack([self._one(each, weekday, random) for each in self.known])

    def proven(self) -> NDArray[np.bool_]:
        """Whether each account has a proven hour."""
        return np.array([each.proven.any() for each in self.known])

    def _fit(self, past: Past, random: np.random.Generator) -> list[Knowledge]:
        effects = slot_effects(_residuals(past, self.terms.accounts))
        own = {str(name[0]): rows for name, rows in effects.group_by("account")}
        nothing, noise = effects.clear(), joint_noise(random, draws=_DRAWS)
        return [Knowledge.of(own.get(name, nothing), noise) for name in self.terms.accounts]

    def _one(self, known: Knowledge, weekday: int, random: np.random.Generator) -> Hours:
        chosen: list[int] = []
        for _ in range(self.terms.posts):
            open_hours = [
                int(hour)
                for hour in self.terms.allowed
                if all(abs(hour - other) >= self.terms.gap for other in chosen)
            ]
            sources = known.sources(
                [weekday * 24 + hour for hour in open_hours],
                default=self._default(open_hours),
                exploration=self.terms.exploration,
                day=Day(
                    np.array(open_hours) * 60.0,
                    self.terms.posts - len(chosen),
                    self.terms.gap * 60.0,
                    tuple(hour * 60.0 for hour in chosen),
                ),
            )
            place = random.choice(len(open_hours), p=odds_of(sources))
            chosen.append(open_hours[int(place)])
        return np.array(chosen)

    def _default(self, open_hours: list[int]) -> Floats:
        usual = [hour for hour in self.terms.usual if hour in open_hours]
        wanted = np.isin(open_hours, usual[:1]) if usual else np.ones(len(open_hours))
        return np.asarray(wanted / wanted.sum())


@dataclass(slots=True)
class AmselBest:
    """What ours holds to be the best hours, without exploring: the worth of the estimate alone."""

    terms: Terms
    effects: Floats | None = None
    evidence: NDArray[np.bool_] | None = None
    fitted: int = 0

    def choose(self, day: int, weekday: int, past: Past, random: np.random.Generator) -> Hours:
        """By the posterior mean; ties, as before anything is known, fall at random."""
        if self.effects is None or day >= self.fitted + _REFIT_DAYS:
            self._fit(past)
            self.fitted = day
        today = slice(weekday * 24, weekday * 24 + 24)
        effects = (
            np.zeros((len(self.terms.accounts), 168)) if self.effects is None else self.effects
        )
        return spaced(effects[:, today] + 1e-9 * random.random((len(effects), 24)), self.terms)

    def proven(self) -> NDArray[np.bool_]:
        """Whether each account has a proven hour."""
        nothing = np.zeros(len(self.terms.accounts), dtype=bool)
        return nothing if self.evidence is None else self.evidence

    def _fit(self, past: Past) -> None:
        found = slot_effects(_residuals(past, self.terms.accounts)).sort("account", "slot")
        place = {name: row for row, name in enumerate(self.terms.accounts)}
        rows = found["account"].replace_strict(place, return_dtype=pl.Int64()).to_numpy()
        self.effects = np.zeros((len(place), 168))
        self.effects[rows, found["slot"].to_numpy()] = found["effect"].to_numpy()
        proven = found.group_by("account").agg(pl.col("evidence").any())
        self.evidence = np.zeros(len(place), dtype=bool)
        for name, claimed in proven.iter_rows():
            self.evidence[place[name]] = claimed


def _residuals(past: Past, accounts: tuple[str, ...]) -> pl.DataFrame:
    """Log engagement against the account's trailing level, its mean taken out."""
    level = pl.col("log").rolling_mean(TRAILING_POSTS, min_samples=1).shift(1).over("account")
    frame = pl.DataFrame(
        {
            "account": np.array(accounts, dtype=object)[past.account].tolist(),
            "slot": past.slot,
            "day": past.day,
            "log": past.log,
        },
        schema={"account": pl.String(), "slot": pl.Int32(), "day": pl.Int64(), "log": pl.Float64()},
    )
    known = frame.with_columns(residual=pl.col("log") - level).drop_nulls("residual")
    centred = pl.col("residual") - pl.col("residual").mean().over("account")
    return known.with_columns(residual=centred)


POLICIES: dict[str, type[HourPolicy]] = {
    "amsel": Amsel,
    "amsel_best": AmselBest,
    "fixed": FixedHours,
    "most_used": MostUsedHours,
    "aggregation": Aggregation,
    "epsilon_greedy": EpsilonGreedy,
    "random": RandomHours,
}
"""By the names they are asked for."""
