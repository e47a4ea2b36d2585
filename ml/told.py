"""What an account's posts tell of the hours they went out at, before anything is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.levels import Heard, wandering
from ml.pooling import Say
from ml.week import SLOTS, Shape, week_basis

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_NOISE_POSTS = 20.0
_MOST_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Told:
    """What one account's posts tell, as `ml.levels.Heard` puts it, and how many stood in a slot."""

    account: str
    posts: Floats
    heard: Heard

    @property
    def platform(self) -> str:
        """The part of the account's name before the colon."""
        return self.account.partition(":")[0]

    def against(self, basis: Floats) -> Floats:
        """The curves of a basis as differences from this account's average post."""
        usage = (self.posts + 1 / SLOTS) / (self.posts.sum() + 1)
        return np.asarray(basis - usage @ basis)


def said(told: Sequence[Told], shape: Shape) -> Say:
    """What all of them say of the weights of a shape."""
    basis = week_basis(shape)
    each = [one.heard.say(basis) for one in told]
    return Say(
        np.stack([one.precision for one in each]),
        np.stack([one.shift for one in each]),
        np.zeros(len(each)),
    )


def tell(residuals: pl.DataFrame) -> list[Told]:
    """One for each account of rows (account, slot, day, residual), by name.

    Posts of one account, day and hour share their fate: the tenth adds less than the second did.
    The noise of an account with few posts is drawn to that of all.
    """
    names = residuals["account"].unique().sort()
    account = residuals["account"].cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()
    slot, day = (residuals[name].cast(pl.Int64).to_numpy() for name in ("slot", "day"))
    value, first = residuals["residual"].to_numpy(), day.min()
    span = day.max() - first + 1
    # one number for account, slot and day: far faster to group by than three columns
    keys, cell, posts = np.unique(
        (account * SLOTS + slot) * span + day - first, return_inverse=True, return_counts=True
    )
    mean = np.bincount(cell, value) / posts
    owner, slot = np.divmod(keys // span, SLOTS)
    pooled = max(float(np.var(value)), 1e-4) if len(value) > 1 else 1.0
    squares = np.asarray(np.bincount(cell, (value - mean[cell]) ** 2), dtype=float)
    alike = _likeness(squares, posts, pooled)
    weight = posts / (1 + (posts - 1) * alike) / _noise(account, value, pooled)[owner]
    cells = pl.DataFrame(
        {"account": owner, "slot": slot, "day": keys % span + first, "residual": mean,
         "weight": weight}
    )  # fmt: skip
    edges, wander = np.searchsorted(owner, np.arange(len(names) + 1)), wandering(cells)
    return [
        Told(
            name,
            np.bincount(slot[begin:end], posts[begin:end], minlength=SLOTS).astype(np.float64),
            Heard.of(cells[begin:end], wander),
        )
        for name, begin, end in zip(names, edges[:-1], edges[1:], strict=True)
    ]


def _likeness(squares: Floats, posts: Places, pooled: float) -> float:
    """Correlation of posts in the same account, day and hour, between 0 and 0.9."""
    several = posts > 1
    if several.sum() < _NOISE_POSTS:
        return 0.0
    inside = float(squares[several].sum() / (posts[several] - 1).sum())
    return float(np.clip(1 - inside / pooled, 0.0, _MOST_ALIKE))


def _noise(account: Places, value: Floats, pooled: float) -> Floats:
    """The variance of each account's residuals."""
    posts = np.bincount(account)
    mean = np.bincount(account, value) / posts
    squares = np.bincount(account, (value - mean[account]) ** 2)
    own = posts * squares / np.maximum(posts - 1, 1)
    return np.asarray((own + _NOISE_POSTS * pooled) / (posts + _NOISE_POSTS))
