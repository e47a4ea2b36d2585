"""Sample data for the notebooks: invented, so that what is found can be held against the truth.

Take your own instead: `from cli.post_tables import read_posts`, then
`read_posts([Path("posts.parquet")], now=datetime.now(UTC)).posts`.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

START = datetime(2026, 1, 5, tzinfo=UTC)
EVENING = 0.3
"""What 17 to 20 h truly add to log engagement."""

OFFER = 0.5
"""What the word "offer" truly adds."""

QUESTION = 0.25
"""What asking truly adds to the log click rate of a headline."""


def posts(accounts: int = 3, each: int = 180, *, seed: int = 0) -> pl.DataFrame:
    """Canonical posts of a few accounts: an evening and a word that help, and much chance."""
    dice = np.random.default_rng(seed)
    frames = []
    for account in range(accounts):
        hours = np.sort(dice.choice(each * 8, each, replace=False))
        at = [START + timedelta(hours=int(hour)) for hour in hours]
        offer = dice.random(each) < 0.3
        evening = np.array([17 <= moment.hour < 21 for moment in at])
        log = 4 + account + OFFER * offer + EVENING * evening + dice.normal(0, 0.6, each)
        total = np.expm1(log).clip(0).astype(int)
        frames.append(
            pl.DataFrame(
                {
                    "platform": "x",
                    "account": f"x:sample{account}",
                    "post_id": [f"{account}-{number}" for number in range(each)],
                    "published_at": at,
                    "text": [f"{'An offer' if one else 'A word'} on bread, no. {n % 9}"
                             for n, one in enumerate(offer)],
                    "media_type": "text",
                    "likes": total,
                    "comments": total // 8,
                    "shares": total // 15,
                }
            )
        )
    return pl.concat(frames)


def headline_tests(number: int = 150, *, seed: int = 0) -> pl.DataFrame:
    """Canonical variants: tests of three headlines, of which the one that asks does better."""
    dice = np.random.default_rng(seed)
    things = ("bread", "coffee", "soap", "lamps", "shoes", "tea", "bikes", "maps")
    rows = []
    for test in range(number):
        thing, base = things[test % len(things)], 0.02 * np.exp(dice.normal(0, 0.3))
        texts = (f"Who makes the best {thing} ({test})?", f"Our {thing} ({test})",
                 f"New this week: {thing} ({test})")
        for place, text in enumerate(texts):
            rate = base * np.exp(QUESTION * (place == 0) + dice.normal(0, 0.1))
            clicks = int(dice.binomial(3000, min(rate, 1)))
            rows.append((f"t{test}", f"{test}{'abc'[place]}", text, 3000, clicks,
                         START + timedelta(hours=test)))
    names = ["test_id", "variant_id", "text", "impressions", "clicks", "created_at"]
    return pl.DataFrame(rows, schema=names, orient="row")


def decisions(number: int = 3000, *, seed: int = 0) -> pl.DataFrame:
    """Logged choices of three hours, with the odds they were drawn with, and what came of them.

    Evening truly brings 0.3 more than morning, night 0.2 less; `target` would always take evening.
    """
    dice = np.random.default_rng(seed)
    hours, odds, worth = ("morning", "evening", "night"), (0.5, 0.3, 0.2), (0.0, 0.3, -0.2)
    taken = dice.choice(3, number, p=odds)
    return pl.DataFrame(
        {
            "action": [hours[one] for one in taken],
            "propensity": [odds[one] for one in taken],
            "reward": [worth[one] + noise for one, noise in
                       zip(taken, dice.normal(0, 0.85, number))],
            "target": [float(hours[one] == "evening") for one in taken],
        }
    )
