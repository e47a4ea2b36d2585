"""What accounts tell about each other: a normal tree of population, platforms and accounts.

Every node's weights are its parent's plus a deviation of its own, normal with the node's size
as standard deviation. Likelihoods travel up as natural parameters, the posterior comes down;
both are exact (Gaussian belief propagation on a tree).
"""

from collections.abc import Iterator, Sequence
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

    `fit` is the log likelihood against there being no effects below this node. Several nodes may
    speak at once: all three then have a first axis more.
    """

    precision: Floats
    shift: Floats
    fit: Floats | float = 0.0


@dataclass(frozen=True, slots=True)
class Belief:
    """A normal over weights, or one for each node."""

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
    inner = np.eye(said.shift.shape[-1]) + size**2 * said.precision
    told = np.concatenate([said.precision, said.shift[..., None]], axis=-1)
    heard = np.linalg.solve(inner, told)
    precision, shift = heard[..., :-1], heard[..., -1]
    gained = size**2 * (said.shift * shift).sum(axis=-1) - np.linalg.slogdet(inner)[1]
    return Say((precision + np.swapaxes(precision, -1, -2)) / 2, shift, said.fit + gained / 2)


def downward(above: Belief, said: Say, size: float) -> Belief:
    """The posterior of a node from its parent's posterior (which has heard all it `said`)."""
    if not size:
        return above
    gain = np.linalg.inv(np.eye(said.shift.shape[-1]) + size**2 * said.precision)
    turned = np.swapaxes(gain, -1, -2)
    mean = (gain @ (above.mean + size**2 * said.shift)[..., None])[..., 0]
    return Belief(mean, gain @ above.covariance @ turned + size**2 * (gain + turned) / 2)


def together(said: Say) -> Say:
    """What several nodes say in one voice."""
    return Say(said.precision.sum(axis=0), said.shift.sum(axis=0), np.sum(said.fit, axis=0))


def fits(accounts: Say, platforms: Sequence[str]) -> dict[Sizes, float]:
    """Log likelihood of each combination of sizes, against there being no effects at all."""
    heard = {size: upward(accounts, size) for size in SIZES}
    cells = list(_grid(several_platforms=len(set(platforms)) > 1))
    between = {
        (own, middle): together(upward(_by_platform(heard[own], platforms), middle))
        for own, middle in {(sizes.account, sizes.platform) for sizes in cells}
    }
    return {
        sizes: float(upward(between[sizes.account, sizes.platform], sizes.population).fit)
        for sizes in cells
    }


def beliefs(accounts: Say, platforms: Sequence[str], sizes: Sizes) -> Belief:
    """The posterior of each account, given the sizes."""
    heard = _by_platform(upward(accounts, sizes.account), platforms)
    root = together(upward(heard, sizes.platform))
    count = len(root.shift)
    nothing = Belief(np.zeros(count), np.zeros((count, count)))
    population = downward(nothing, root, sizes.population)
    everywhere = np.broadcast_to(population.mean, heard.shift.shape)
    alike = np.broadcast_to(population.covariance, heard.precision.shape)
    middle = downward(Belief(everywhere, alike), heard, sizes.platform)
    own = _numbers(platforms)
    return downward(Belief(middle.mean[own], middle.covariance[own]), accounts, sizes.account)


def _grid(*, several_platforms: bool) -> Iterator[Sizes]:
    """All combinations; one platform alone cannot be told from its population."""
    platforms = SIZES if several_platforms else (0.0,)
    return (Sizes(*sizes) for sizes in product(SIZES, platforms, SIZES))


def _by_platform(said: Say, platforms: Sequence[str]) -> Say:
    """What each platform's accounts say together, one platform a row."""
    own = _numbers(platforms)
    return Say(*(_sums(np.asarray(part), own) for part in (said.precision, said.shift, said.fit)))


def _sums(part: Floats, own: NDArray[np.int64]) -> Floats:
    sums = np.zeros((own.max() + 1, *part.shape[1:]))
    np.add.at(sums, own, part)
    return sums


def _numbers(platforms: Sequence[str]) -> NDArray[np.int64]:
    """The number of each one's platform, in the order in which they come up."""
    known = {name: number for number, name in enumerate(dict.fromkeys(platforms))}
    return np.array([known[name] for name in platforms])
