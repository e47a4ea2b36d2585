"""Attacks on experiments: how often a share of fake likes moves what would be chosen."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.experiments import NOISE, judge, tally
from ml.poisoning import bought, leads_in_likes_alone, proportion, said

Floats = NDArray[np.float64]

_LEVEL = 5.0
_LIKES = 0.85
_TASTE = 0.4


class Attack(StrEnum):
    """Where the fake likes go: all to the arm that is not ahead."""

    BURSTS = "bursts"
    """To few posts, twenty times what a post gets."""

    SPREAD = "spread"
    """To every post of the arm alike."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A two-armed experiment and the likes that are bought, as a share of all engagement."""

    attack: Attack
    share: float
    lead: float
    posts: int = 600


def moved(campaign: Campaign, *, runs: int, seed: int = 0, guarded: bool = True) -> float:
    """Share of runs in which the attack changes what is chosen.

    With a lead: the arm that leads in the end. Without one: whether a winner is named at all.
    `guarded` leaves flagged posts out, and counts words where the leader leads in likes alone.
    """
    random = np.random.default_rng(seed)
    changed = 0
    for _ in range(runs):
        arms, clean = _posts(campaign, random)
        dirty = _poisoned(clean, arms, campaign, random)
        before, after = (_chosen(arms, each, campaign, guarded) for each in (clean, dirty))
        changed += before != after
    return changed / runs


def poison_figures(runs: int, *, seed: int = 0) -> dict[str, float]:
    """The moved share by attack, share of fakes and lead."""
    return {
        f"moved_by_{attack}_{share:.0%}_{'of_a_lead' if lead else 'of_equals'}": moved(
            Campaign(attack, share, lead), runs=runs, seed=seed
        )
        for attack in Attack
        for share in (0.01, 0.05)
        for lead in (0.3, 0.0)
    }


def liked_and_said(log: Floats, random: np.random.Generator) -> Floats:
    """Likes and comments of posts, a row each, whose log engagement is so far above a level."""
    size = np.exp(_LEVEL + log)
    words = (1 - _LIKES) * size * np.exp(random.normal(0, _TASTE, len(size)))
    return random.poisson(np.column_stack([_LIKES * size, words])).astype(np.float64)


def _posts(campaign: Campaign, random: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    """The arm of each post, and its likes and other engagement."""
    arms = np.arange(campaign.posts) % 2
    log = campaign.lead * (arms == 0) + random.normal(0, NOISE, len(arms))
    return arms, liked_and_said(log, random)


def _poisoned(
    clean: Floats, arms: NDArray[np.int64], campaign: Campaign, random: np.random.Generator
) -> Floats:
    fakes, victims = campaign.share * clean.sum(), np.flatnonzero(arms == 1)
    if campaign.attack is Attack.BURSTS:
        size = 20 * clean.sum() / len(clean)
        victims = random.choice(victims, max(1, round(fakes / size)), replace=False)
    dirty = clean.copy()
    dirty[victims, 0] += fakes / len(victims)
    return dirty


def _chosen(
    arms: NDArray[np.int64], counts: Floats, campaign: Campaign, guarded: bool
) -> str | None:
    names = np.array(["a", "b"])[arms]
    table = pl.DataFrame({"account": "one", "likes": counts[:, 0], "comments": counts[:, 1],
                          "shares": 0.0})  # fmt: skip
    kept = ~bought(table) if guarded else np.ones(len(arms), dtype=bool)
    told = tally(("a", "b"), names[kept].tolist(), np.log1p(counts[kept].sum(axis=1)))
    ahead = names[kept] == told.arms[int(np.argmax(told.means))]
    if guarded and leads_in_likes_alone(proportion(table)[kept], ahead):
        told = tally(("a", "b"), names[kept].tolist(), said(table.filter(kept)))
    if campaign.lead:
        return told.arms[int(np.argmax(told.means))]
    return judge(told, horizon=campaign.posts).winner
