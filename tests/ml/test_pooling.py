"""The tree of population, platforms and accounts, held against one big normal distribution."""

import numpy as np
import pytest

from ml.pooling import Say, Sizes, beliefs, fits

PLATFORMS = ["x", "x", "y", "y", "y"]
SIZES = Sizes(0.24, 0.12, 0.06)


@pytest.fixture
def posts():
    """Per account: design of weights, outcomes; noise of sd 1, three weights."""
    random = np.random.default_rng(3)
    return [(random.normal(size=(40, 3)), random.normal(size=40)) for _ in PLATFORMS]


def says(posts):
    return Say(
        np.stack([design.T @ design for design, _ in posts]),
        np.stack([design.T @ outcome for design, outcome in posts]),
    )


def prior(sizes):
    """Covariance of all accounts' weights, three each."""
    same = np.equal.outer(PLATFORMS, PLATFORMS)
    between = sizes.population**2 + sizes.platform**2 * same + sizes.account**2 * np.eye(5)
    return np.kron(between, np.eye(3))


def together(posts):
    design = np.zeros((200, 15))
    for place, (rows, _) in enumerate(posts):
        design[place * 40 : place * 40 + 40, place * 3 : place * 3 + 3] = rows
    return design, np.concatenate([outcome for _, outcome in posts])


def test_the_posterior_is_that_of_the_whole_in_one(posts):
    design, outcome = together(posts)
    covariance = np.linalg.inv(np.linalg.inv(prior(SIZES)) + design.T @ design)
    mean = covariance @ design.T @ outcome
    believed = beliefs(says(posts), PLATFORMS, SIZES)
    for place in range(5):
        own = slice(place * 3, place * 3 + 3)
        assert believed.mean[place] == pytest.approx(mean[own])
        assert believed.covariance[place] == pytest.approx(covariance[own, own])


def test_the_fit_is_that_of_the_whole_in_one(posts):
    design, outcome = together(posts)
    both = np.eye(200) + design @ prior(SIZES) @ design.T
    gained = outcome @ outcome - outcome @ np.linalg.solve(both, outcome)
    expected = 0.5 * (gained - np.linalg.slogdet(both)[1])
    assert fits(says(posts), PLATFORMS)[SIZES] == pytest.approx(expected)


def test_no_effects_at_all_are_the_yardstick(posts):
    found = fits(says(posts), PLATFORMS)
    assert found[Sizes(0.0, 0.0, 0.0)] == 0.0


def test_one_platform_is_not_told_from_its_population(posts):
    found = fits(says(posts[:2]), PLATFORMS[:2])
    assert {sizes.platform for sizes in found} == {0.0}
