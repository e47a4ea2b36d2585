"""Experiments on posts: what each arm brought, whom to try next, and when to stop.

A platform splits no audience at random, so a post is the unit: arms take turns over the same
accounts and slots, and an outcome is log engagement against the account's own level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, expm1, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

Floats = NDArray[np.float64]

ALPHA = 0.05
"""Chance of naming a winner where there is none, over all looks at one experiment."""

SPREAD = 0.2
"""Standard deviation of arms' true effects before any post: most lie within 40 % of each other."""

NOISE = 0.85
"""Standard deviation of one post's outcome where too few posts tell it themselves."""

MIN_POSTS = 8
"""An arm with fewer posts neither wins nor loses."""

SRM_P = 1e-3
HARM_P = 0.01

_BEYOND = 0.1
_SHARE_OF_LEADER = 0.5
_DRAWS = 2000
_FEW = 30


class Answer(StrEnum):
    """What an experiment says at a look."""

    WINNER = "winner"
    NOT_ENOUGH_DATA = "not enough data"
    NO_WINNER = "no winner"
    WRONG_RATIO = "wrong sample ratio"


@dataclass(frozen=True, slots=True)
class Tally:
    """Posts, mean and standard deviation of one post (pooled), by arm in the order of `arms`."""

    arms: tuple[str, ...]
    posts: Floats
    means: Floats
    noise: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer with its reason in a sentence; `winner` where there is one."""

    answer: Answer
    reason: str
    winner: str | None = None
    lift: float = 0.0


def tally(arms: Sequence[str], names: Sequence[str], outcomes: Floats) -> Tally:
    """Count outcomes by arm; `names` holds the arm of each. Outliers are pulled in first."""
    values = winsorised(outcomes)
    place = {arm: number for number, arm in enumerate(arms)}
    index = np.array([place[name] for name in names], dtype=np.int64)
    posts = np.bincount(index, minlength=len(arms)).astype(np.float64)
    sums = np.bincount(index, weights=values, minlength=len(arms))
    means = np.divide(sums, posts, out=np.zeros(len(arms)), where=posts > 0)
    free = len(values) - int((posts > 0).sum())
    squares = float(((values - means[index]) ** 2).sum()) if len(values) else 0.0
    # as if _FEW posts with the usual noise stood beside: a handful cannot look certain
    noise = sqrt((squares + _FEW * NOISE**2) / (max(free, 0) + _FEW))
    return Tally(tuple(arms), posts, means, noise)


def winsorised(outcomes: Floats, *, reach: float = 3.0) -> Floats:
    """Outcomes with what lies further out than `reach` robust deviations pulled in.

    One viral post or one bought crowd then counts as an unusually good post and no more.
    """
    if len(outcomes) < MIN_POSTS:
        return outcomes
    centre = np.median(outcomes)
    spread = 1.4826 * np.median(np.abs(outcomes - centre))
    return np.asarray(np.clip(outcomes, centre - reach * spread, centre + reach * spread))


def without_known(outcomes: Floats, known: Floats) -> tuple[Floats, float]:
    """CUPED: outcomes less what `known` beforehand told of them, and the variance that it took.

    `known` must not depend on the arm (a forecast from slot and account, say). Where it takes less
    than 2 % or too few posts tell, the outcomes stay as they are.
    """
    if len(outcomes) < _FEW or np.std(known) == 0 or np.std(outcomes) == 0:
        return outcomes, 0.0
    share = float(np.corrcoef(known, outcomes)[0, 1] ** 2)
    if share < 0.02:
        return outcomes, 0.0
    slope = np.cov(known, outcomes)[0, 1] / np.var(known, ddof=1)
    return outcomes - slope * (known - known.mean()), share


def posterior(told: Tally, prior: Mapping[str, float] | None = None) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each arm's effect, drawn to what its texts promise.

    `prior` holds expected effects (log) by arm; their common part means nothing and is taken out.
    """
    promised = np.array([(prior or {}).get(arm, 0.0) for arm in told.arms])
    level = _level(told, promised - promised.mean())
    centre = level + promised - promised.mean()
    precision = told.posts / told.noise**2
    known = precision + 1 / SPREAD**2
    return (precision * told.means + centre / SPREAD**2) / known, np.sqrt(1 / known)


def arm_odds(mean: Floats, sd: Floats, *, floor: float, seed: int) -> Floats:
    """Top-two Thompson sampling: the odds with which the next post gets each arm; none is 0.

    Half goes to the arm that is best in a draw, half to the best of the others, so that the
    rival of the leader is tried as often as the leader itself; `floor` is dealt out evenly.
    """
    draws = mean + sd * np.random.default_rng(seed).standard_normal((_DRAWS, len(mean)))
    return floor / len(mean) + (1 - floor) * top_two(best_shares(draws))


def best_shares(draws: Floats) -> Floats:
    """How often each arm is the best; draws on the first axis, arms on the last."""
    arms = draws.shape[-1]
    best = np.eye(arms)[draws.argmax(axis=-1)].mean(axis=0)
    # a draw more for every arm: what never led in these may lead in the next
    return np.asarray((best * len(draws) + 1 / arms) / (len(draws) + 1))


def top_two(best: Floats) -> Floats:
    """Odds of each arm as leader or challenger, from the chances to be best (last axis)."""
    others = best / (1 - best)
    challenger = best * (others.sum(axis=-1, keepdims=True) - others)
    return np.asarray(_SHARE_OF_LEADER * best + (1 - _SHARE_OF_LEADER) * challenger)


def judge(told: Tally, *, horizon: int) -> Verdict:
    """What may be said now; may be asked after every post without more false winners.

    `horizon` is the number of posts that was planned; past it an arm may still win, though the
    test then asks for more.
    """
    leader, rivals = _leader(told)
    if not rivals:
        return Verdict(Answer.NOT_ENOUGH_DATA, _missing(told))
    bars = score_bars(told.posts, told.noise, horizon=horizon, leader=leader)
    leads = [told.means[leader] - told.means[each] for each in rivals]
    lift = expm1(min(leads))
    if all(lead > bars[each] for lead, each in zip(leads, rivals, strict=True)):
        name = told.arms[leader]
        said = f"{name} beats every other arm, the next by {lift:+.0%}, after {_posts(told)}"
        return Verdict(Answer.WINNER, said, name, lift)
    if told.posts.sum() >= horizon:
        least = expm1(max(bars[each] for each in rivals))
        said = f"{_posts(told)} show no arm ahead; a lead of {least:.0%} would have been seen"
        return Verdict(Answer.NO_WINNER, said)
    return Verdict(Answer.NOT_ENOUGH_DATA, _missing(told))


def score_bars(posts: Floats, noise: Any, *, horizon: int, leader: Any) -> Floats:
    """By how much the leader's mean must lead each arm's (log) to be called better.

    Up to the horizon's information the lead times the information may not cross one constant line,
    which a Brownian motion crosses with probability 4 (1 - Phi(b)) however often one looks;
    beyond it the mixture of normals of Robbins, valid for ever. Nine tenths of ALPHA go to the
    first; it is shared out among the arms. Many experiments may be asked at once, arms last.
    """
    arms = posts.shape[-1]
    alpha = 2 * ALPHA / arms
    other = np.maximum(posts, 1e-9)
    own = np.take_along_axis(other, np.asarray(leader)[..., None], axis=-1)
    variance = np.asarray(noise)[..., None] ** 2
    known = own * other / (own + other) / variance
    planned = horizon / (arms + 2) / variance
    line = norm.ppf(1 - (1 - _BEYOND) * alpha / 4) * np.sqrt(planned) / known
    inside = known <= planned * (1 + 1e-9)
    ever = _mixture(known, planned, _BEYOND * alpha)
    return np.asarray(np.where(inside, np.minimum(line, ever), ever))


def sample_ratio(posts: Floats, expected: Floats) -> float:
    """Chance of so uneven a split where posts were dealt with the logged odds.

    `expected` is each arm's sum of logged propensities. Below SRM_P something else than the draw
    decided who was posted (a rule that blocks one arm more often, say), and no arm may be judged.
    """
    kept = expected > 0
    if kept.sum() < 2:
        return 1.0
    square = float((((posts - expected) ** 2)[kept] / expected[kept]).sum())
    return float(chi2.sf(square, int(kept.sum()) - 1))


def harmful(arms: Sequence[str], posts: Floats, harm: Floats) -> tuple[str, ...]:
    """Arms whose hides, negative replies and unfollows exceed the others' beyond chance (1 %).

    `harm` counts them by arm; each arm is held against all others together, one-sided.
    """
    found = []
    for place, arm in enumerate(arms):
        rest = np.arange(len(arms)) != place
        own, others = posts[place], posts[rest].sum()
        if own < MIN_POSTS or others < MIN_POSTS:
            continue
        rate = (harm[place] - harm[rest].sum() / others * own) / sqrt(
            max(1.0, harm.sum() * own / (own + others)) * (1 + own / others)
        )
        if norm.sf(rate) < HARM_P / len(arms):
            found.append(arm)
    return tuple(found)


def posts_needed(lift: float, *, arms: int, noise: float = NOISE, power: float = 0.8) -> int:
    """Posts of all arms together to see the best one's lead `lift` (0.17 is +17 %) over the next.

    For arms tried evenly; top-two allocation needs fewer where there are more than two.
    """
    bar = norm.ppf(1 - (1 - _BEYOND) * 2 * ALPHA / arms / 4) + norm.ppf(power)
    return int(np.ceil(arms * 2 * (noise * bar / log(1 + lift)) ** 2))


def power_table(
    *, arms: int, noise: float = NOISE, lifts: Sequence[float] = (0.1, 0.17, 0.25, 0.5, 1.0)
) -> dict[float, int]:
    """Posts needed by lift, to be read before an experiment starts."""
    return {lift: posts_needed(lift, arms=arms, noise=noise) for lift in lifts}


def _mixture(known: Floats, planned: Floats, alpha: float) -> Floats:
    """Half width of the confidence sequence for a lead, tightest near the planned information."""
    tuned = planned * 0.2
    inner = (1 + tuned / known) * (np.log((known + tuned) / tuned) + 2 * log(1 / alpha))
    return np.asarray(np.sqrt(inner / known))


def _level(told: Tally, promised: Floats) -> float:
    """Where the arms' effects are centred: the mean outcome, were every arm as promised."""
    total = float(told.posts.sum())
    return float((told.posts * (told.means - promised)).sum() / total) if total else 0.0


def _leader(told: Tally) -> tuple[int, list[int]]:
    """The arm with the best mean, and its rivals; no rivals where an arm has too few posts."""
    if (told.posts < MIN_POSTS).any():
        return 0, []
    leader = int(np.argmax(told.means))
    return leader, [place for place in range(len(told.arms)) if place != leader]


def _posts(told: Tally) -> str:
    return f"{int(told.posts.sum())} posts"


def _missing(told: Tally) -> str:
    few = int(told.posts.sum())
    need = posts_needed(0.25, arms=len(told.arms), noise=told.noise)
    seen = 100 * (exp(told.noise) - 1)
    return (
        f"{few} posts are not enough: one post differs from the next by {seen:.0f} %, and about "
        f"{need} posts are needed to see a lead of 25 %"
    )
