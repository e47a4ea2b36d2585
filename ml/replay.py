"""Finished tests played again: what each way of allotting impressions would have lost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.variant_tests import groups_of

Floats = NDArray[np.float64]

BATCHES = 50
ROUNDS = 10
_DRAWS = 4
_FIRST = 0.1
_OPEN = 0.5
_PSEUDO_IMPRESSIONS = 500.0


@dataclass(frozen=True, slots=True)
class World:
    """Many tests side by side, one row each; arms that a test does not have are masked out.

    `rates` are the click rates that were observed, here taken for the truth: a replay on them
    is as noisy as they are, for every policy alike. `prior` is each arm's expected log rate
    against its test's mean, `spread` how far the truth strays from it, `base` the usual log rate.
    """

    arms: NDArray[np.bool_]
    rates: Floats
    budget: Floats
    prior: Floats
    spread: float
    base: float


Policy = Callable[[World, Floats, Floats, int, np.random.Generator], Floats]
"""Odds of each arm, from impressions and clicks so far and the number of the batch."""


def world_of(tests: pl.DataFrame, prior: Floats, *, spread: float, base: float) -> World:
    """The tests of `prepare_tests` as a world; `prior` holds one score per row."""
    groups = groups_of(tests)
    place = tests.select(pl.int_range(pl.len()).over("test_id"))["literal"].to_numpy()
    shape = (int(groups[-1]) + 1, int(place.max()) + 1)
    arms, rates, scores, shown = (np.zeros(shape) for _ in range(4))
    arms[groups, place] = 1
    rates[groups, place] = (tests["clicks"] / tests["impressions"]).to_numpy()
    scores[groups, place] = prior
    shown[groups, place] = tests["impressions"].to_numpy()
    known = arms.astype(bool)
    scores -= (scores.sum(axis=1) / known.sum(axis=1))[:, None]
    return World(known, rates, shown.sum(axis=1), scores, spread, base)


def replay(world: World, policy: Policy, *, seed: int) -> Floats:
    """One figure per test: the share of the best arm's clicks that the policy let go.

    A test's impressions are spent in BATCHES equal parts, each allotted knowing the clicks of
    those before; the figure is the mean of ROUNDS plays.
    """
    random = np.random.default_rng(seed)
    best = (world.rates * world.arms).max(axis=1)
    lost = np.zeros(len(best))
    for _ in range(ROUNDS):
        shown, clicks = np.zeros(world.arms.shape), np.zeros(world.arms.shape)
        for batch in range(BATCHES):
            odds = policy(world, shown, clicks, batch, random)
            given = random.multinomial((world.budget / BATCHES).astype(int), odds)
            shown += given
            clicks += random.binomial(given, world.rates)
        spent = np.maximum(shown.sum(axis=1), 1)
        got = (shown * world.rates).sum(axis=1) / spent
        lost += 1 - np.divide(got, best, out=np.ones_like(best), where=best > 0)
    return lost / ROUNDS


def uniform(world: World, *_: object) -> Floats:
    """Every arm alike, to the end."""
    return np.asarray(world.arms / world.arms.sum(axis=1, keepdims=True))


def epsilon_first(
    world: World, shown: Floats, clicks: Floats, batch: int, _: np.random.Generator
) -> Floats:
    """Every arm alike for a tenth of the impressions, then the best of what was seen."""
    if batch < _FIRST * BATCHES:
        return uniform(world)
    return _all_on(np.where(world.arms, clicks / np.maximum(shown, 1), -1))


def thompson(
    world: World, shown: Floats, clicks: Floats, _: int, random: np.random.Generator
) -> Floats:
    """Draws from the posterior of each arm, which begins without knowledge."""
    draws = random.beta(clicks + 1, shown - clicks + 1, size=(_DRAWS, *shown.shape))
    return _shares(np.where(world.arms, draws, -1))


def greedy(world: World, shown: Floats, clicks: Floats, *_: object) -> Floats:
    """The best posterior mean, with a prior that knows the usual click rate alone."""
    flat = np.exp(world.base)
    means = (clicks + _PSEUDO_IMPRESSIONS * flat) / (shown + _PSEUDO_IMPRESSIONS)
    return _all_on(np.where(world.arms, means, -1))


def informed(
    world: World, shown: Floats, clicks: Floats, batch: int, random: np.random.Generator
) -> Floats:
    """Ours: draws from posteriors that begin with what each text promises, and grow narrower.

    A click rate is a gamma variate around its test's level times the text's promise; the level is
    learnt from all arms of the test together, so that a good test does not pass for a good arm.
    The draws' width fades to nothing by half of the budget: what is learnt late is of little use.
    """
    lift = np.exp(world.prior) * world.arms
    strength, usual = 1 / world.spread**2, np.exp(world.base)
    level = (clicks.sum(axis=1) + 1) / ((shown * lift).sum(axis=1) + 1 / usual)
    scale = np.divide(strength, level[:, None] * lift, out=np.ones_like(lift), where=lift > 0)
    mean = (strength + clicks) / (scale + shown)
    width = np.sqrt(strength + clicks) / (scale + shown) * max(0.0, 1 - batch / (BATCHES * _OPEN))
    draws = mean + width * random.standard_normal((_DRAWS, *shown.shape))
    return _shares(np.where(world.arms, draws, -np.inf))


def _shares(draws: Floats) -> Floats:
    """How often each arm is the best of a draw."""
    return np.asarray(np.eye(draws.shape[2])[draws.argmax(axis=2)].mean(axis=0))


def _all_on(values: Floats) -> Floats:
    return np.asarray(np.eye(values.shape[1])[values.argmax(axis=1)])
