"""One season: policies play the same days of an invented audience with the same luck."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.errors import InputError
from ml.hour_policies import POLICIES, Amsel, AmselBest, HourPolicy, Past, Terms
from ml.simulated import ORACLE, Run
from sandbox.audience import Audience
from sandbox.crowd import Crowd, past_hours

Floats = NDArray[np.float64]
Hours = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Season:
    """What all policies of one command share; `best` are the oracle's hours, day by day."""

    audience: Audience
    crowd: Crowd
    terms: Terms
    best: Sequence[Hours]

    @classmethod
    def of(
        cls, audience: Audience, *, days: int, posts: int, gap: int, past: int | None = None
    ) -> "Season":
        """The season of an audience file under these terms; raises InputError where none fits.

        With `past` so many days lie behind, all of them with posts at random hours.
        """
        if past is not None:
            audience = _with_random_past(audience, past)
        crowd = Crowd.of(audience, days=days)
        brand = audience.brand_of(audience.accounts[0])
        usual = np.array([each.hour for each in brand.fixed_hours])
        allowed = np.arange(*brand.awake)
        if len(usual) < posts or (posts - 1) * gap >= len(allowed):
            raise InputError(
                f"{posts} posts a day do not fit: {brand.name} has {len(usual)} fixed hours and is "
                f"awake for {len(allowed)}; ask for fewer --posts or a smaller --gap"
            )
        terms = Terms(crowd.names, posts, allowed, usual, gap)
        best = [crowd.best_hours(day, allowed, posts=posts, gap=gap) for day in range(days)]
        return cls(audience, crowd, terms, best)

    def play(self, names: Sequence[str], seed: int) -> Iterator[Run]:
        """Every named policy once, the same past behind it and the same luck ahead."""
        rng = np.random.default_rng([self.audience.seed, seed])
        before = past_hours(self.audience, self.crowd, rng)
        usual = (len(self.crowd.names), len(self.terms.usual))
        behind = [rng.standard_normal(usual) for _ in before]
        ahead = rng.standard_normal((len(self.best), len(self.crowd.names), self.terms.posts))
        diary = _Diary(self.crowd)
        for day, (hours, luck) in enumerate(zip(before, behind, strict=True), -len(before)):
            diary.keep(day, hours, self.crowd.answers(day, hours, luck))
        for name in names:
            yield self._run(name, diary.copy(), ahead, seed)

    def _run(self, name: str, diary: "_Diary", ahead: Floats, seed: int) -> Run:
        policy = None if name == ORACLE else POLICIES[name](self.terms)
        random = np.random.default_rng([seed, 1])
        gains, engagement = [], []
        for day, best in enumerate(self.best):
            hours = best if policy is None else self._choose(policy, day, diary, random)
            answers = self.crowd.answers(day, hours, ahead[day])
            gains.append(self._above(day, hours))
            engagement.append(np.expm1(answers).mean())
            diary.keep(day, hours, answers)
        proven = (
            float(policy.proven().mean()) if isinstance(policy, Amsel | AmselBest) else float("nan")
        )
        return Run(
            policy=name,
            seed=seed,
            posts=self.terms.posts,
            gains=np.array(gains),
            best=np.array([self._above(day, best) for day, best in enumerate(self.best)]),
            engagement=float(np.mean(engagement)),
            proven=proven,
        )

    def _choose(
        self, policy: HourPolicy, day: int, diary: "_Diary", random: np.random.Generator
    ) -> Hours:
        return policy.choose(day, self.crowd.weekday(day), diary.past(), random)

    def _above(self, day: int, hours: Hours) -> Floats:
        """What these hours gain over an average allowed hour, by account."""
        average = self.crowd.effects[:, day + self.crowd.past, self.terms.allowed].mean(axis=1)
        return np.asarray(self.crowd.gains(day, hours).mean(axis=1) - average)


def _with_random_past(audience: Audience, days: int) -> Audience:
    anywhen = [
        brand.model_copy(update={"other_hours_share": 1.0, "weekend_posts": len(brand.fixed_hours)})
        for brand in audience.brands
    ]
    return audience.model_copy(update={"history_days": days, "brands": anywhen})


class _Diary:
    """All posts so far with what they brought, as arrays that grow."""

    def __init__(self, crowd: Crowd, rows: list[tuple[NDArray, ...]] | None = None) -> None:
        self._crowd = crowd
        self._rows = rows or []

    def copy(self) -> "_Diary":
        return _Diary(self._crowd, [self._joined()] if self._rows else [])

    def keep(self, day: int, hours: Hours, answers: Floats) -> None:
        account, _ = np.nonzero(hours >= 0)
        kept = hours[hours >= 0]
        slots = self._crowd.weekday(day) * 24 + kept
        self._rows.append((account, np.full(len(kept), day), slots, answers[hours >= 0]))

    def past(self) -> Past:
        """What is known so far: yesterday's posts have gathered what they will."""
        if not self._rows:
            nothing = np.zeros(0, dtype=np.int64)
            return Past(nothing, nothing, nothing, np.zeros(0))
        self._rows = [self._joined()]
        return Past(*self._rows[0])

    def _joined(self) -> tuple[NDArray, ...]:
        return tuple(np.concatenate(column) for column in zip(*self._rows, strict=True))
