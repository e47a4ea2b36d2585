"""Attacks on hours: how often a share of fake likes moves the hour that would be chosen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta

from ml.experiments import NOISE
from ml.frame import prepare_posts
from ml.poison_trials import Attack, liked_and_said
from ml.timing import fit_slots

Floats = NDArray[np.float64]

LEAD = 0.4
"""What five hours of the day add to log engagement."""

_START = datetime(2026, 1, 5, tzinfo=UTC)
_ACCOUNTS = 2
_POSTS = 400
_EVERY = 5
_BEST = 18
_AROUND = 2
_BURST = 20


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is bought for one hour of the day, or one form, of all accounts, of all engagement.

    `talks` buys comments in proportion to the likes, which nothing here can tell from people.
    `guarded` is whether the models see which of it are likes.
    """

    attack: Attack
    share: float
    talks: bool = False
    guarded: bool = True

    @property
    def name(self) -> str:
        """In words, as `spread_5%_talking`."""
        kinds = {"_talking": self.talks, "_unguarded": not self.guarded}
        return f"{self.attack}_{self.share:.0%}" + "".join(k for k, is_so in kinds.items() if is_so)


CROWDS = (
    *(Crowd(attack, share) for attack in Attack for share in (0.01, 0.05)),
    Crowd(Attack.SPREAD, 0.05, guarded=False),
    Crowd(Attack.SPREAD, 0.05, talks=True),
)


def hour_figures(
    runs: int, *, seed: int = 0, crowds: tuple[Crowd, ...] = CROWDS
) -> dict[str, float]:
    """By crowd the share of runs in which it moved the hour, and what it is with 95 % at most."""
    figures = {}
    for lead in (LEAD, 0.0):
        for crowd, count in hours_moved(crowds, lead=lead, runs=runs, seed=seed).items():
            name = f"hour_moved_by_{crowd.name}_{'of_a_lead' if lead else 'of_equals'}"
            figures[name] = count / runs
            figures[f"{name}_at_most"] = most_likely(count, runs)
    return figures


def hours_moved(
    crowds: tuple[Crowd, ...], *, lead: float, runs: int, seed: int = 0
) -> dict[Crowd, int]:
    """In how many runs each crowd changes what the timing model of two accounts would choose.

    With a lead, of five hours around 18 h: whether the hour of the day with the highest effect is
    one of them. Without one: whether any hour is claimed to be better. Each run invents 400 posts
    of each account; the crowds are bought for an hour at least seven hours from 18 h.
    """
    moved = dict.fromkeys(crowds, 0)
    for run in range(runs):
        for crowd in moved_in(run, crowds, lead=lead, seed=seed):
            moved[crowd] += 1
    return moved


def moved_in(run: int, crowds: tuple[Crowd, ...], *, lead: float, seed: int) -> list[Crowd]:
    """The crowds that change the choice in one of the runs, each of which stands by itself."""
    random = np.random.default_rng([seed, run])
    posts = pl.concat(_invented(lead, random))
    hour = int((_BEST + 12 + random.integers(-5, 6)) % 24)
    struck = posts["published_at"].dt.hour().to_numpy() == hour
    before = {each: _chosen(posts, lead, each) for each in {crowd.guarded for crowd in crowds}}
    return [
        crowd
        for crowd in crowds
        if _chosen(poisoned(posts, crowd, struck, random), lead, crowd.guarded)
        != before[crowd.guarded]
    ]


def poisoned(
    posts: pl.DataFrame, crowd: Crowd, struck: NDArray[np.bool_], random: np.random.Generator
) -> pl.DataFrame:
    """The posts with what the crowd brings to those that are struck, or in bursts to some."""
    total = posts.select(pl.sum_horizontal("likes", "comments")).to_series()
    usual = float(total.sum()) / posts.height
    fakes = crowd.share * usual * posts.height
    victims = np.flatnonzero(struck)
    if crowd.attack is Attack.BURSTS:
        bursts = max(1, round(fakes / (_BURST * usual)))
        victims = random.choice(victims, min(bursts, len(victims)), replace=False)
    added = np.zeros(posts.height)
    added[victims] = fakes / len(victims)
    words = float(posts["comments"].sum()) / float(total.sum()) if crowd.talks else 0.0
    return posts.with_columns(
        (pl.col("likes") + (1 - words) * pl.Series(added)).round(),
        (pl.col("comments") + words * pl.Series(added)).round(),
    )


def most_likely(count: int, runs: int) -> float:
    """What a share is with 95 % confidence at most, of which `count` of `runs` speak."""
    return float(beta.ppf(0.95, count + 1, runs - count or 1e-9))


def _invented(lead: float, random: np.random.Generator) -> Iterator[pl.DataFrame]:
    for account in range(_ACCOUNTS):
        hours = np.sort(random.choice(_POSTS * _EVERY, _POSTS, replace=False))
        counts = liked_and_said(lead * _leads(hours) + random.normal(0, NOISE, _POSTS), random)
        yield pl.DataFrame(
            {
                "platform": "x",
                "account": f"x:a{account}",
                "post_id": [f"{account}-{number}" for number in range(_POSTS)],
                "published_at": [_START + timedelta(hours=int(hour)) for hour in hours],
                "text": [f"Bread no. {number % 9}" for number in range(_POSTS)],
                "media_type": "text",
                "likes": counts[:, 0],
                "comments": counts[:, 1],
                "shares": 0.0,
            }
        )


def _chosen(posts: pl.DataFrame, lead: float, guarded: bool) -> bool:
    """Whether the best hour of the day is one that leads; without a lead whether one is claimed."""
    if not guarded:  # of likes alone nothing can be told
        posts = posts.with_columns(likes=pl.col("likes") + pl.col("comments"), comments=0.0)
    effects = fit_slots(prepare_posts(posts))
    if not lead:
        return bool(effects["evidence"].any())
    hours = effects.group_by(hour=pl.col("slot") % 24).agg(pl.col("effect").mean())
    return bool(_leads(hours.sort("effect", "hour")["hour"].tail(1).to_numpy())[0])


def _leads(hours: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(np.abs((hours - _BEST + 12) % 24 - 12) <= _AROUND)
