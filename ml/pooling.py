"""What accounts tell about each other: a normal tree of population, platforms and accounts.

Every node's weights are its parent's plus a deviation of its own, normal with the node's size
as standard deviation. Likelihoods travel up as natural parameters, the posterior comes down;
both are exact (Gaussian belief propagation on a tree).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIZES = (0.0, 0.03, 0.06, 0.12, 0.24)
"""Standard deviations of log engagement that effects may have; 0 is "hours do nothing"."""


@dataclass(frozen=True, slots=True)
class Say:
    """What posts say about weights: natural parameters of a normal, and the fit gained so far.

    `fit` is the log likelihood against there being no effects below this node.
    """

    precision: Floats
    shift: Floats
    fit: float = 0.0


@dataclass(frozen=True, slots=True)
class Belief:
    """A normal over weights."""

    mean: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class Sizes:
    """How far the population, a platform and an account each stray from what is above them."""

    population: float
    platform: float
    account: float

    @property
    def nothing(self) -> bool:
        """Whether hours do nothing anywhere."""
        return not (self.population or self.platform or self.account)


def upward(said: Say, size: float) -> Say:
    """What a node tells its parent, its own deviation of that size integrated out."""
    if not size:
        return said
    inner = np.eye(len(said.shift)) + size**2 * said.precision
    gain = np.linalg.inv(inner)
    precision = gain @ said.precision
    shift = gain @ said.shift
    gained = size**2 * float(said.shift @ shift) - float(np.linalg.slogdet(inner)[1])
    return Say((precision + precision.T) / 2, shift, said.fit + gained / 2)


def downward(above: Belief, said: Say, size: float) -> Belief:
    """The posterior of a node from its parent's posterior (which has heard all it `said`)."""
    if not size:
        return above
    gain = np.linalg.inv(np.eye(len(said.shift)) + size**2 * said.precision)
    mean = gain @ (above.mean + size**2 * said.shift)
    return Belief(mean, gain @ above.covariance @ gain.T + size**2 * (gain + gain.T) / 2)


def together(said: Sequence[Say]) -> Say:
    """What several children say in one voice."""
    return Say(
        np.sum([each.precision for each in said], axis=0),
        np.sum([each.shift for each in said], axis=0),
        sum(each.fit for each in said),
    )


def fits(accounts: Sequence[Say], platforms: Sequence[str]) -> dict[Sizes, float]:
    """Log likelihood of each combination of sizes, against there being no effects at all."""
    heard = {size: [upward(each, size) for each in accounts] for size in SIZES}
    cells = list(_grid(several_platforms=len(set(platforms)) > 1))
    between = {
        (own, middle): together(
            [upward(each, middle) for each in _by_platform(heard[own], platforms).values()]
        )
        for own, middle in {(sizes.account, sizes.platform) for sizes in cells}
    }
    return {
        sizes: upward(between[sizes.account, sizes.platform], sizes.population).fit
        for sizes in cells
    }


def beliefs(accounts: Sequence[Say], platforms: Sequence[str], sizes: Sizes) -> Iterator[Belief]:
    """The posterior of each account in turn, given the sizes."""
    heard = _by_platform([upward(each, sizes.account) for each in accounts], platforms)
    root = together([upward(each, sizes.platform) for each in heard.values()])
    count = len(root.shift)
    nothing = Belief(np.zeros(count), np.zeros((count, count)))
    population = downward(nothing, root, sizes.population)
    middle = {name: downward(population, said, sizes.platform) for name, said in heard.items()}
    for account, platform in zip(accounts, platforms, strict=True):
        yield downward(middle[platform], account, sizes.account)


def _grid(*, several_platforms: bool) -> Iterator[Sizes]:
    """All combinations; one platform alone cannot be told from its population."""
    platforms = SIZES if several_platforms else (0.0,)
    return (Sizes(*sizes) for sizes in product(SIZES, platforms, SIZES))


def _by_platform(said: Sequence[Say], platforms: Sequence[str]) -> Mapping[str, Say]:
    names = dict.fromkeys(platforms)
    return {
        name: together([one for one, own in zip(said, platforms, strict=True) if own == name])
        for name in names
    }
