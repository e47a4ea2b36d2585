"""Invented accounts whose truths are known, for the tests of the models."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

START = datetime(2025, 1, 6, tzinfo=UTC)


def invent_posts(
    *, accounts: int = 2, posts: int = 200, seed: int = 0, word: float = 1.0, hour: float = 0.0
) -> pl.DataFrame:
    """Posts whose log engagement gains `word` from the word "rabatt", `hour` from 17 to 20 h."""
    random = np.random.default_rng(seed)
    frames = []
    for number in range(accounts):
        hours = np.sort(random.choice(posts * 12, posts, replace=False))
        minutes = random.integers(0, 60, posts)
        at = [
            START + timedelta(hours=int(h), minutes=int(m))
            for h, m in zip(hours, minutes, strict=True)
        ]
        sale = random.random(posts) < 0.4
        late = np.array([17 <= moment.hour < 21 for moment in at])
        log = 4 + word * sale + hour * late + random.normal(0, 0.4, posts)
        total = np.expm1(log).astype(int)
        frames.append(
            pl.DataFrame(
                {
                    "platform": ["x"] * posts,
                    "account": [f"x:a{number}"] * posts,
                    "post_id": [f"{number}-{n}" for n in range(posts)],
                    "published_at": at,
                    "text": [
                        f"Heute {'rabatt' if s else 'kuchen'} im Laden {n % 7}"
                        for n, s in enumerate(sale)
                    ],
                    "media_type": ["text"] * posts,
                    "likes": total,
                    "comments": np.zeros(posts, dtype=int),
                    "shares": np.zeros(posts, dtype=int),
                }
            )
        )
    return pl.concat(frames)


@pytest.fixture(scope="session")
def invent() -> Callable[..., pl.DataFrame]:
    return invent_posts


def invent_hours(*, accounts: int = 1, posts: int = 600, seed: int = 0) -> pl.DataFrame:
    """Posts of whose log engagement the hour of the day is all that is no chance."""
    random = np.random.default_rng(seed)
    frame = invent_posts(accounts=accounts, posts=posts, seed=seed, word=0.0)
    hours = frame["published_at"].dt.hour().to_numpy()
    log = 4 + random.normal(0, 0.5, 24)[hours] + random.normal(0, 0.4, frame.height)
    return frame.with_columns(likes=pl.Series(np.expm1(log).astype(int)))
