"""What may be true of all accounts' hours, how likely each of it is, and what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.pooling import Sizes, beliefs, fits
from ml.told import Told, said
from ml.week import SLOTS, Shape, week_basis

Floats = NDArray[np.float64]

_NULL_PRIOR = 0.5
_NEGLIGIBLE = 0.1


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination: how effects lie around the week, and how large they are."""

    shape: Shape
    sizes: Sizes


def weigh(told: Sequence[Told]) -> dict[Cell, float]:
    """Posterior weight of each hypothesis, by marginal likelihood; half the prior is "nothing"."""
    platforms = [each.platform for each in told]
    found = {
        Cell(shape, sizes): fit
        for shape in Shape
        for sizes, fit in fits(said(told, shape), platforms).items()
    }
    something = sum(not cell.sizes.nothing for cell in found)
    logs = {cell: fit + np.log(_prior(cell, something)) for cell, fit in found.items()}
    top = max(logs.values())
    total = sum(np.exp(value - top) for value in logs.values())
    return {cell: float(np.exp(value - top) / total) for cell, value in logs.items()}


def mix(told: Sequence[Told], weights: Mapping[Cell, float]) -> tuple[Floats, Floats]:
    """Mean and variance of each account's effects under the weighted hypotheses."""
    some = {cell: weight for cell, weight in weights.items() if not cell.sizes.nothing}
    least, total = _NEGLIGIBLE * max(some.values()), sum(some.values())
    kept = {cell: weight for cell, weight in some.items() if weight >= least}
    # what is left out goes to its betters, and "no effect at all" keeps what it has
    scale = total / sum(kept.values())
    means, seconds = np.zeros((2, len(told), SLOTS))
    platforms = [each.platform for each in told]
    for shape in {cell.shape for cell in kept}:
        says = said(told, shape)
        curves = np.stack([each.against(week_basis(shape)) for each in told])
        for cell, weight in kept.items():
            if cell.shape is not shape:
                continue
            belief = beliefs(says, platforms, cell.sizes)
            mean = (curves @ belief.mean[:, :, None])[:, :, 0]
            variance = ((curves @ belief.covariance) * curves).sum(axis=2)
            means += weight * scale * mean
            seconds += weight * scale * (variance + mean**2)
    return means, seconds - means**2


def _prior(cell: Cell, something: int) -> float:
    if cell.sizes.nothing:
        # without effects all shapes are one and the same
        return _NULL_PRIOR / len(Shape)
    return (1 - _NULL_PRIOR) / something
