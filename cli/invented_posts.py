"""Invented posts in numbers, for benchmarks: how long models take does not hang on their truth."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

_END = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
_STEP_HOURS = 6
_WORDS, _SENTENCES = 20_000, 50_000
_LETTERS = np.array(list("aaabcdeeeefghiiijklmnoooprrsssttuuvwzäöü"))


def invented_posts(accounts: int, posts: int, *, seed: int = 0) -> pl.DataFrame:
    """Canonical posts: so many of each account, four a day, the last of them at the end of 2025.

    Words are as unequally common as those of a language, ten to thirty in a post, and some of them
    raise its engagement, as do its media and its hour; luck has a standard deviation of 0.85.
    """
    random = np.random.default_rng(seed)
    rows = accounts * posts
    account, place = np.divmod(np.arange(rows), posts)
    ago = (posts - place) * _STEP_HOURS * 3600 - random.integers(0, 5 * 3600, rows)
    sentences, worth = _sentences(random)
    said = random.integers(0, len(sentences), (rows, 2))
    media = random.integers(0, 4, rows)
    hour = (_END - ago) // 3600 % 24
    log = (
        random.normal(5, 1, accounts)[account] + worth[said].sum(axis=1) + 0.2 * (media == 2)
        + 0.15 * np.exp(-((hour - 18) ** 2) / 8) + random.normal(0, 0.85, rows)
    )  # fmt: skip
    size = np.exp(log)
    instant = pl.Datetime("us", "UTC")
    texts = pl.Series(sentences)
    return pl.DataFrame(
        {
            "platform": pl.Series(np.array(["x", "bluesky"])[account % 2]),
            "account": pl.select(
                pl.when(pl.Series(account) % 2 == 0).then(pl.lit("x:a")).otherwise(
                    pl.lit("bluesky:a")) + pl.Series(account).cast(pl.String)
            ).to_series(),
            "post_id": pl.Series(np.arange(rows)).cast(pl.String),
            "published_at": pl.Series((_END - ago) * 1_000_000).cast(instant),
            "text": texts.gather(said[:, 0]) + " " + texts.gather(said[:, 1]),
            "media_type": pl.Series(np.array(["text", "image", "video", "link"])[media]),
            "language": pl.Series(np.array(["de", "en"])[account % 2]),
            "followers": pl.Series(1000 + 100 * account + place),
            "likes": pl.Series(random.poisson(0.85 * size)),
            "comments": pl.Series(random.poisson(0.1 * size)),
            "shares": pl.Series(random.poisson(0.05 * size)),
        }
    )  # fmt: skip


def _sentences(random: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Parts of posts, five to fifteen words each, and what their words add to engagement."""
    words = np.array(["".join(random.choice(_LETTERS, n)) for n in random.integers(2, 11, _WORDS)])
    common = 1 / np.arange(10, _WORDS + 10)
    worth = random.normal(0, 0.1, _WORDS)
    lengths = random.integers(5, 16, _SENTENCES)
    drawn = np.split(random.choice(_WORDS, lengths.sum(), p=common / common.sum()),
                     np.cumsum(lengths)[:-1])  # fmt: skip
    return [" ".join(words[one]) for one in drawn], np.array([worth[one].sum() for one in drawn])
