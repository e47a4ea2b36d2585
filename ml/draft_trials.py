"""Attacks on drafts: how often a share of fake likes moves which of two is chosen."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.engagement import EngagementModel
from ml.experiments import NOISE
from ml.hour_trials import LEAD, Crowd, most_likely, poisoned
from ml.lanes import LANE
from ml.poison_trials import Attack, liked_and_said

_START = datetime(2026, 1, 5, tzinfo=UTC)
_POSTS = 400
_EVERY = 5
_THINGS = ("Bread", "Cake", "Rolls", "Coffee", "Jam", "Butter", "Salt")

CROWDS = (
    *(Crowd(attack, share) for attack in Attack for share in (0.01, 0.05)),
    Crowd(Attack.SPREAD, 0.05, guarded=False),
)


def draft_figures(
    runs: int, *, seed: int = 0, crowds: tuple[Crowd, ...] = CROWDS
) -> dict[str, float]:
    """By crowd the share of runs in which it moved the draft, and what it is with 95 % at most."""
    figures: dict[str, float] = {}
    for crowd, count in drafts_moved(crowds, runs=runs, seed=seed).items():
        name = f"draft_moved_by_{crowd.name}"
        figures |= {name: count / runs, f"{name}_at_most": most_likely(count, runs)}
    return figures


def drafts_moved(crowds: tuple[Crowd, ...], *, runs: int, seed: int = 0) -> dict[Crowd, int]:
    """In how many runs each crowd changes which of two drafts the engagement model would choose.

    Each run invents 400 posts of an account. Half of them are of a form that truly brings LEAD
    (log) more, and likes are bought for the others. Forms are kinds of media in every other run,
    and wordings in between. A crowd is `guarded` where what leans on likes alone does not count.
    """
    moved = dict.fromkeys(crowds, 0)
    for run in range(runs):
        random = np.random.default_rng([seed, run])
        posts, leads = _invented(random, worded=run % 2 == 1)
        drafts = _drafts(worded=run % 2 == 1)
        before = _chosen(posts, drafts)
        for attack, share in dict.fromkeys((each.attack, each.share) for each in crowds):
            dirty = poisoned(posts, Crowd(attack, share), ~leads, random)
            after = _chosen(dirty, drafts)
            for crowd in crowds:
                same = (crowd.attack, crowd.share) == (attack, share)
                by = "believed" if crowd.guarded else "predicted"
                moved[crowd] += same and before[by] != after[by]
    return moved


def _invented(
    random: np.random.Generator, *, worded: bool
) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """The posts, and which of them are of the better form."""
    leads = random.random(_POSTS) < 0.5
    hours = np.sort(random.choice(_POSTS * _EVERY, _POSTS, replace=False))
    counts = liked_and_said(LEAD * leads + random.normal(0, NOISE, _POSTS), random)
    pairs = zip(leads, random.choice(_THINGS, (_POSTS, 2)), strict=True)
    told = [_told(f"{one} and {two}", bool(up), worded) for up, (one, two) in pairs]
    posts = pl.DataFrame(told, schema=["text", "media_type"], orient="row").with_columns(
        platform=pl.lit("x"),
        account=pl.lit("x:a"),
        post_id=pl.Series([f"{number:04}" for number in range(_POSTS)]),
        published_at=pl.Series([_START + timedelta(hours=int(hour)) for hour in hours]),
        likes=pl.Series(counts[:, 0]),
        comments=pl.Series(counts[:, 1]),
        shares=0.0,
    )
    return posts, leads


def _drafts(*, worded: bool) -> pl.DataFrame:
    """One of the better form and one of the other, for the same hour, each in its own lane."""
    unknown = pl.lit(None, pl.Float64())
    told = [_told("Bread and Jam", up, worded) for up in (True, False)]
    return pl.DataFrame(told, schema=["text", "media_type"], orient="row").with_columns(
        platform=pl.lit("x"),
        account=pl.lit("x:a"),
        post_id=pl.Series(["better", "other"]),
        published_at=pl.lit(_START + timedelta(hours=_POSTS * _EVERY + 7)),
        likes=unknown,
        comments=unknown,
        shares=unknown,
        **{LANE: pl.Series([0, 1])},
    )


def _told(things: str, up: bool, worded: bool) -> tuple[str, str]:
    """Text and kind of media."""
    if worded:
        return (f"Do you like {things}?" if up else f"Here is {things}."), "text"
    return f"{things} today", "image" if up else "link"


def _chosen(posts: pl.DataFrame, drafts: pl.DataFrame) -> dict[str, str]:
    """Which draft is the better one, by what counts."""
    said = EngagementModel.fit(posts).predict(drafts, history=posts, believed=True)
    return {
        by: str(said.sort(by, "post_id", descending=True)["post_id"][0])
        for by in ("predicted", "believed")
    }
