"""What is known of a post at the moment it is published, as columns of numbers."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.hashing import Wording
from ml.likeness import LIKENESS, likeness
from ml.meaning import MEANING, meaning
from ml.memory import MEMORY, add_memory

Floats = NDArray[np.float64]

FORM = (
    "chars", "words", "questions", "exclamations", "numbers", "urls", "hashtags", "mentions",
    "emoji", "upper_share", "quote",
)  # fmt: skip
RHYTHM = ("gap_hours", "posts_day", "posts_week", "age_posts")
HISTORY = (
    "last_y", "last_2", "last_5", "last_10", "last_20", "last_best", "spread", "day_y", "week_y",
    "media_y", "hour_y", "opening_y", "level_gap",
)  # fmt: skip
TIME = ("hour", "weekday", "day_sin", "day_cos", "half_day_sin", "half_day_cos", "week_sin",
        "week_cos")  # fmt: skip
STATE = ("followers_change", "trend_affinity")
CATEGORIES = ("media_type", "language", "platform")
NUMBERS = (*FORM, *RHYTHM, *HISTORY, *MEMORY, *LIKENESS, *MEANING, *TIME, *STATE)
UNTIMED = (*FORM, *RHYTHM, *(name for name in HISTORY if name != "hour_y"), *STATE)
"""What a model may know that must not know the hour: it would take the effect to be measured."""

KEYS = ("account", "post_id", "published_at", "text", "level", "y")

_PRIOR_POSTS = 8.0
_EMOJI = r"[\x{1F000}-\x{1FAFF}\x{2600}-\x{27BF}]"


def build_features(
    posts: pl.DataFrame,
    *,
    zones: Mapping[str, str] | None = None,
    asked: pl.Series | None = None,
    meant: bool = False,
) -> pl.DataFrame:
    """One row per post of `prepare_posts`: keys, target, and the columns of NUMBERS, CATEGORIES.

    Only the post's own text, form and time, and outcomes of *earlier* posts of the account are
    used; its own counts and later rows never. Assumption: by the time a post goes out the
    outcome of the one before has settled (half of it comes within the first two hours); where
    an outcome is still unknown (null) the last known one stands in.

    `zones` maps an account to the IANA zone of its audience; UTC where it names none. `asked` is
    true for the posts whose rows are wanted, all by default; the others are their past. The columns
    of MEANING, which take long, are null unless they are `meant` to be there.
    """
    return read_features(posts, zones=zones, asked=asked, meant=meant)[0]


def read_features(
    posts: pl.DataFrame,
    *,
    zones: Mapping[str, str] | None = None,
    asked: pl.Series | None = None,
    meant: bool = False,
) -> tuple[pl.DataFrame, Wording]:
    """The rows of `build_features`, and their wording, which was read on the way."""
    asked = pl.repeat(True, posts.height, eager=True) if asked is None else asked
    told = add_memory(_remembered(posts, zones=zones or {}), asked)
    alike, wording = likeness(posts, asked)
    unread = pl.Series([None], dtype=pl.Float32).new_from_index(0, posts.height)
    alike += meaning(posts, asked) if meant else [unread.alias(name) for name in MEANING]
    clock = told.select(_hour(), _weekday())
    features = told.with_columns(
        *clock, *clock.select(*_time()), *(each.filter(asked) for each in alike), *_form()
    )
    return _selected(features, NUMBERS), wording


def build_untimed(posts: pl.DataFrame, *, zones: Mapping[str, str]) -> pl.DataFrame:
    """Keys, target and the columns of UNTIMED and CATEGORIES, as in `build_features`."""
    return _selected(_remembered(posts, zones=zones).with_columns(*_form()), UNTIMED)


def read_form(posts: pl.DataFrame) -> pl.DataFrame:
    """Of each post with a text the columns of FORM and CATEGORIES: what it is like by itself."""
    numbers = [each.cast(pl.Float32) for each in _form()]
    return posts.select(*numbers, *CATEGORIES)


def _remembered(posts: pl.DataFrame, *, zones: Mapping[str, str]) -> pl.DataFrame:
    """The rows with the columns of RHYTHM, HISTORY and STATE, for which all must be there."""
    if "trend_affinity" not in posts.columns:
        posts = posts.with_columns(trend_affinity=pl.lit(None, pl.Float64()))
    timed = add_local_time(posts, zones=zones).with_columns(hour_of_week(), *_rhythm())
    told = timed.with_columns(*_history())
    return told.with_columns(
        media_y=_trailing_group(told, _numbered(told["media_type"])),
        hour_y=_trailing_group(told, told["_part"].to_numpy()),
        opening_y=_trailing_group(told, _numbered(told["_opening"])),
    )


def _selected(features: pl.DataFrame, numbers: Sequence[str]) -> pl.DataFrame:
    return features.select(*KEYS, *(pl.col(name).cast(pl.Float32) for name in numbers), *CATEGORIES)


def add_local_time(posts: pl.DataFrame, *, zones: Mapping[str, str]) -> pl.DataFrame:
    """The same rows with `local_at`, the naive wall-clock time where the audience lives."""
    zone = pl.col("account").replace_strict(dict(zones), default="UTC", return_dtype=pl.String)
    wall = pl.lit(None, dtype=pl.Datetime("us"))
    for name in sorted({"UTC", *zones.values()}):
        there = pl.col("published_at").dt.convert_time_zone(name).dt.replace_time_zone(None)
        wall = pl.when(zone == name).then(there).otherwise(wall)
    return posts.with_columns(local_at=wall)


def hour_of_week() -> pl.Expr:
    """0 = Monday 00:00 to 167 = Sunday 23:00, from `local_at`."""
    local = pl.col("local_at")
    return ((local.dt.weekday() - 1).cast(pl.Int32) * 24 + local.dt.hour()).alias("slot")


def _form() -> list[pl.Expr]:
    text, content = pl.col("text"), pl.col("text").cast(pl.Binary)
    # most texts have none, and to look for single bytes is quick
    at = pl.when(text.str.contains("@", literal=True)).then(text)
    drawn = pl.when(content.bin.contains(b"\xf0") | content.bin.contains(b"\xe2")).then(text)
    return [
        text.str.len_chars().log1p().alias("chars"),
        text.str.count_matches(r"[ \n\t]").log1p().alias("words"),
        text.str.count_matches(r"[?\x{FF1F}\x{061F}]").alias("questions"),
        text.str.count_matches(r"[!\x{FF01}]").alias("exclamations"),
        text.str.count_matches(r"\p{N}+").alias("numbers"),
        text.str.count_matches(r"https?://|www\.").alias("urls"),
        text.str.count_matches(r"#\w").alias("hashtags"),
        at.str.count_matches(r"(^|\W)@\w").fill_null(0).alias("mentions"),
        drawn.str.count_matches(_EMOJI).fill_null(0).alias("emoji"),
        (text.str.count_matches(r"\p{Lu}") / text.str.len_chars().clip(1)).alias("upper_share"),
        text.str.contains(r'["“„«\[]').alias("quote"),
    ]


def _hour() -> pl.Expr:
    local = pl.col("local_at")
    return (local.dt.hour() + local.dt.minute() / 60).cast(pl.Float64).alias("hour")


def _weekday() -> pl.Expr:
    return (pl.col("local_at").dt.weekday() - 1).alias("weekday")


def _time() -> list[pl.Expr]:
    """From `hour` and `weekday`."""
    hour, weekday = pl.col("hour"), pl.col("weekday")
    day = hour * (2 * np.pi / 24)
    week = (weekday * 24 + hour) * (2 * np.pi / 168)
    return [
        day.sin().alias("day_sin"),
        day.cos().alias("day_cos"),
        (2 * day).sin().alias("half_day_sin"),
        (2 * day).cos().alias("half_day_cos"),
        week.sin().alias("week_sin"),
        week.cos().alias("week_cos"),
    ]


def _rhythm() -> list[pl.Expr]:
    at = pl.col("published_at")
    return [
        (at.diff().over("account").dt.total_seconds() / 3600).log1p().alias("gap_hours"),
        _posts_within("1d").alias("posts_day"),
        _posts_within("7d").alias("posts_week"),
        at.cum_count().over("account").log1p().alias("age_posts"),
        # what was known before the post: of a planned one nothing else is
        pl.col("followers")
        .log1p()
        .forward_fill()
        .shift(1)
        .diff()
        .over("account")
        .alias("followers_change"),
        pl.col("y").forward_fill().shift(1).over("account").alias("_past"),
        (pl.col("engagement").log1p()).alias("_log"),
        pl.col("text").str.extract(r"^(\S+)").str.to_lowercase().fill_null("").alias("_opening"),
    ]


def _posts_within(window: str) -> pl.Expr:
    ones = pl.col("published_at").is_not_null().cast(pl.Float64)
    counted = ones.rolling_sum_by("published_at", window_size=window, closed="left")
    return counted.over("account").fill_null(0).log1p()


def _history() -> list[pl.Expr]:
    past = pl.col("_past")
    log = pl.col("_log").forward_fill().shift(1)
    return [
        past.alias("last_y"),
        *(
            past.rolling_mean(size, min_samples=1).over("account").alias(f"last_{size}")
            for size in (2, 5, 10, 20)
        ),
        past.rolling_max(5, min_samples=1).over("account").alias("last_best"),
        past.rolling_std(50, min_samples=3).over("account").alias("spread"),
        _recent_mean("1d").alias("day_y"),
        _recent_mean("7d").alias("week_y"),
        (log.ewm_mean(half_life=3, ignore_nulls=True).over("account") - pl.col("level")).alias(
            "level_gap"
        ),
        (pl.col("slot") % 24 // 3).alias("_part"),
    ]


def _recent_mean(window: str) -> pl.Expr:
    # closed="left": the post itself is outside its own window
    mean = pl.col("y").rolling_mean_by("published_at", window_size=window, closed="left")
    return mean.over("account")


def _numbered(names: pl.Series) -> NDArray[np.integer]:
    """A number for each name, the same for the same."""
    # categories of their own are forgotten with the cast
    own = names.cast(pl.String).cast(pl.Categorical(pl.Categories.random()))
    return own.to_physical().fill_null(own.len()).to_numpy()


def _trailing_group(posts: pl.DataFrame, group: NDArray[np.integer]) -> pl.Series:
    """Mean of y over the account's earlier posts of the same group, shrunk towards 0.

    Posts are sorted by group, so that one running sum serves thousands of small groups.
    """
    # numbers of two bytes are sorted by their digits; rows are in the order of accounts already
    order = np.argsort(group.astype(np.min_scalar_type(group.max(initial=0))), kind="stable")
    account = posts["account"].rle_id().to_numpy()[order].astype(np.int64)
    key = account + group[order].astype(np.int64) * (len(group) + 1)
    y = posts["y"].to_numpy()[order]
    known = ~np.isnan(y)
    total = _before(np.where(known, y, 0.0), key)
    count = _before(known.astype(np.float64), key)
    means = np.empty(len(y))
    means[order] = total / (count + _PRIOR_POSTS)
    return pl.Series(means)


def _before(values: Floats, group: NDArray[np.int64]) -> Floats:
    """Of each row the sum of the rows before it in its group; groups lie one after the other."""
    sums = np.cumsum(values) - values
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    return np.asarray(sums - np.repeat(sums[begins], np.diff(begins, append=len(group))))
