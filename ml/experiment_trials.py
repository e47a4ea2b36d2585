"""Experiments with planted truths, many at once: what the engine gets right, and at what cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ml.experiments import ALPHA, MIN_POSTS, NOISE, SPREAD, best_shares, score_bars, top_two

Floats = NDArray[np.float64]

_DRAWS = 48


@dataclass(frozen=True, slots=True)
class Trial:
    """One kind of experiment, played `runs` times; `effects` has a row per run, a column per arm.

    `tails` gives outcomes of a Student distribution with 3 degrees of freedom, scaled to NOISE.
    """

    effects: Floats
    posts: int
    looks: int
    adaptive: bool = True
    tails: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """By run: the winner named (-1 for none) at which look, and the arm that led at each look."""

    winner: NDArray[np.int64]
    stopped: NDArray[np.int64]
    leading: NDArray[np.int64]

    def named(self) -> float:
        """Share of runs in which a winner was named."""
        return float((self.winner >= 0).mean())


def play(trial: Trial, *, seed: int, stop: bool = True) -> Outcome:
    """Play every run to its end in `looks` equal batches, the winner being the first one named."""
    random = np.random.default_rng(seed)
    runs, arms = trial.effects.shape
    batch = trial.posts // trial.looks
    counts, sums, squares = (np.zeros((runs, arms)) for _ in range(3))
    winner, stopped = np.full(runs, -1), np.full(runs, trial.looks)
    leading = np.zeros((trial.looks, runs), dtype=np.int64)
    for look in range(trial.looks):
        if trial.adaptive:
            odds = _odds(counts, sums, random)
            added = random.multinomial(batch, odds).astype(np.float64)
        else:
            added = _evenly(runs, arms, batch, look)
        outcome, square = _outcomes(trial, added, random)
        counts, sums, squares = counts + added, sums + outcome, squares + square
        means = sums / np.maximum(counts, 1)
        leading[look] = np.where(counts > 0, means, -np.inf).argmax(axis=1)
        if stop:
            now = _named(counts, sums, squares, trial.posts)
            fresh = (winner < 0) & (now >= 0)
            winner[fresh], stopped[fresh] = now[fresh], look + 1
    return Outcome(winner, stopped, leading)


def fixed_test(effects: Sequence[float], *, posts: int) -> float:
    """Power of one two-sided z-test of two arms at the end, which allows no look before."""
    lead = abs(effects[0] - effects[1]) / (NOISE * np.sqrt(4 / posts))
    bar = norm.ppf(1 - ALPHA / 2)
    return float(norm.sf(bar - lead) + norm.cdf(-bar - lead))


def posts_to_find(effects: Floats, *, posts: int, adaptive: bool, share: float, seed: int) -> int:
    """Posts until the arm that leads is the best one in `share` of the runs; `posts` at most."""
    looks = posts // 25
    trial = Trial(effects, posts, looks, adaptive=adaptive)
    found = play(trial, seed=seed, stop=False).leading == effects.argmax(axis=1)
    right = np.flatnonzero(found.mean(axis=1) >= share)
    return int((right[0] + 1) * posts / looks) if len(right) else posts


def drawn_effects(runs: int, arms: int, *, seed: int) -> Floats:
    """True effects as the engine expects them: normal with standard deviation SPREAD."""
    return np.random.default_rng(seed).normal(0, SPREAD, (runs, arms))


def planted(runs: int, *, seed: int = 0) -> dict[str, float]:
    """The figures that the engine promises, each from `runs` experiments with a known truth."""
    none = np.zeros((runs, 2))
    five = np.zeros((runs, 5))
    equals = np.tile([0.3, 0.3, 0.0, 0.0, 0.0], (runs, 1))
    lead = np.tile([0.0, 0.2], (runs, 1))
    posts = 570  # where the fixed test sees a lead of 0.2 in four runs out of five
    arms = drawn_effects(runs, 5, seed=seed + 1)
    need = {
        kind: posts_to_find(arms, posts=1500, adaptive=kind == "ours", share=0.75, seed=seed)
        for kind in ("ours", "uniform")
    }
    fixed = fixed_test((0.0, 0.2), posts=posts)
    seen = play(Trial(lead, posts, 20, adaptive=False), seed=seed).named()
    return {
        "false_winner_two_arms": play(Trial(none, 600, 100), seed=seed).named(),
        "false_winner_five_arms": play(Trial(five, 1000, 100), seed=seed).named(),
        "false_winner_of_two_equals": play(Trial(equals, 1000, 100), seed=seed).named(),
        "false_winner_heavy_tails": play(Trial(none, 600, 100, tails=True), seed=seed).named(),
        "power_at_20_looks": seen,
        "power_fixed_test": fixed,
        "power_ratio": seen / fixed,
        "posts_best_of_five": float(need["ours"]),
        "posts_best_of_five_uniform": float(need["uniform"]),
        "posts_ratio": need["ours"] / need["uniform"],
    }


def _evenly(runs: int, arms: int, batch: int, look: int) -> Floats:
    """The arms take turns, over the batches too."""
    turn = np.arange(look * batch, (look + 1) * batch) % arms
    return np.tile(np.bincount(turn, minlength=arms), (runs, 1)).astype(np.float64)


def _odds(counts: Floats, sums: Floats, random: np.random.Generator) -> Floats:
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    level = sums.sum(axis=1, keepdims=True) / total
    known = counts / NOISE**2 + 1 / SPREAD**2
    mean = (sums / NOISE**2 + level / SPREAD**2) / known
    draws = mean + random.standard_normal((_DRAWS, *mean.shape)) / np.sqrt(known)
    odds = top_two(best_shares(draws))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _outcomes(trial: Trial, added: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Sum and sum of squares of the outcomes of a batch, by run and arm."""
    if not trial.tails:
        means = trial.effects * added + NOISE * np.sqrt(added) * random.standard_normal(added.shape)
        rest = NOISE**2 * random.chisquare(np.maximum(added - 1, 1e-9)) * (added > 1)
        return means, rest + np.divide(means**2, added, out=np.zeros_like(means), where=added > 0)
    most = int(added.max())
    each = random.standard_t(3, (most, *added.shape)) * NOISE / np.sqrt(3) + trial.effects
    each = np.clip(each, trial.effects - 3 * 0.55 * NOISE, trial.effects + 3 * 0.55 * NOISE)
    taken = each * (np.arange(most)[:, None, None] < added)
    return taken.sum(axis=0), (taken**2).sum(axis=0)


def _named(counts: Floats, sums: Floats, squares: Floats, horizon: int) -> NDArray[np.int64]:
    """By run the winner at this look, -1 for none: `judge`, for many experiments at once."""
    arms = counts.shape[1]
    means = sums / np.maximum(counts, 1)
    inside = (squares - counts * means**2).sum(axis=1)
    free = np.maximum(counts.sum(axis=1) - arms, 0) + 30
    noise = np.sqrt((inside + 30 * NOISE**2) / free)
    leader = means.argmax(axis=1)
    ahead = means.max(axis=1, keepdims=True) - means
    bars = score_bars(counts, noise, horizon=horizon, leader=leader)
    wins = (ahead > bars) | (np.arange(arms) == leader[:, None])
    ready = (counts >= MIN_POSTS).all(axis=1)
    return np.where(ready & wins.all(axis=1), leader, -1)
