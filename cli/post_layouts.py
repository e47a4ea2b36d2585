"""Public tables of posts as they lie there: how each is recognised, and how it is mapped."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl

from domain.errors import InputError

_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M")
_SHORT_YEAR = "%m/%d/%y %H:%M"
_KINDS = {"photo": "image", "status": "text", "video": "video", "link": "link"}
_KNOWN = ("account", "post_id", "published_at", "likes", "comments", "shares")
"""What a row must tell to be read."""
_YEAR = 2014
"""That of the table of one page without dates."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One public table: `columns` tell it from others, `mapping` gives each canonical column.

    `absent` are columns that some copies lack, with what stands for them there; `before` brings
    the table into a shape that can be mapped.
    """

    name: str
    columns: frozenset[str]
    mapping: Mapping[str, pl.Expr]
    absent: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[pl.DataFrame], pl.DataFrame] = lambda table: table

    def canonical(self, table: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        """The rows that can be read, in canonical form, and the places (from 1) of the others."""
        lacking = [pl.lit(v).alias(k) for k, v in self.absent.items() if k not in table.columns]
        mapped = self.before(table.with_columns(lacking)).select(**self.mapping)
        read = pl.all_horizontal(pl.col(*_KNOWN).is_not_null())
        numbered = mapped.with_row_index("row", 1)
        return mapped.filter(read), numbered.filter(~read)["row"]


def layout_of(columns: Collection[str]) -> Layout | None:
    """The layout that has these columns; None where it is none that we know."""
    return next((each for each in LAYOUTS if each.columns <= {*columns}), None)


def map_posts(table: pl.DataFrame, layout: Layout, name: str) -> tuple[pl.DataFrame, str | None]:
    """The posts of a table, and what to tell where rows of it cannot be read.

    Raises InputError where not one row can.
    """
    posts, bad = layout.canonical(table)
    if bad.is_empty():
        return posts, None
    told = f"{bad.len()} of {table.height} rows of {name}, read as {layout.name}"
    lacking = f"lack an id, an instant or a count, the first of them row {bad[0]}"
    if posts.is_empty():
        raise InputError(f"{told}, {lacking}; download the file again")
    return posts, f"{told}, {lacking}; they were left out"


def _instant(column: str) -> pl.Expr:
    """UTC from an instant, or from text as the tables write it; null where it is none."""
    said = pl.col(column).cast(pl.String).str.strip_chars()
    # "%Y" takes the 18 of a short year for the year 18
    long = [said.str.to_datetime(form, time_unit="us", strict=False) for form in _FORMATS]
    short = said.str.to_datetime(_SHORT_YEAR, time_unit="us", strict=False)
    whole = pl.coalesce(*long)
    return pl.coalesce(pl.when(whole.dt.year() > 1900).then(whole), short).dt.replace_time_zone(
        "UTC"
    )


def _count(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)


def _linked(column: str = "text") -> pl.Expr:
    has_link = pl.col(column).str.contains(r"https?://|www\.")
    return pl.when(has_link).then(pl.lit("link")).otherwise(pl.lit("text"))


def _kind(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase().replace_strict(_KINDS, default="other")


def _dated(table: pl.DataFrame) -> pl.DataFrame:
    """The table with `row` and `day`: newest first, each on the last day that its row allows.

    A row tells month, weekday (1 is Sunday) and hour. The day is the newest of that month and
    weekday that is no later than the row before; null where a row does not tell all three.
    """
    named = table.rename({name: name.removeprefix("Post ") for name in table.columns})
    told = named.select(
        pl.col("Month", "Weekday", "Hour").cast(pl.Int64, strict=False).fill_null(-1)
    )
    at = datetime(_YEAR, 12, 31, 23, tzinfo=UTC)
    found: list[datetime | None] = []
    for month, weekday, hour in told.iter_rows():
        found.append(_day(at, month, weekday, hour))
        at = found[-1] or at
    days = pl.Series(found, dtype=pl.Datetime("us", "UTC"))
    # of posts of one hour the later rows are the earlier posts
    return named.with_columns(day=days, row=named.height - pl.int_range(pl.len()))


def _day(before: datetime, month: int, weekday: int, hour: int) -> datetime | None:
    if not (1 <= month <= 12 and 1 <= weekday <= 7 and 0 <= hour <= 24):
        return None
    day = before.replace(hour=0)
    while day.month > month:
        day -= timedelta(days=1)
    day -= timedelta(days=(day.isoweekday() % 7 + 1 - weekday) % 7)
    at = day + timedelta(hours=hour)
    week_before = at - timedelta(days=7)
    # a later hour of the same weekday is that of a week before, if the month has one
    is_earlier = at > before and week_before.month == month
    return week_before if is_earlier else at


_HOST = pl.col("domain")

LAYOUTS = (
    Layout(
        "the reddit-top table",
        frozenset({"subreddit", "created_utc", "id", "title", "score", "num_comments"}),
        {
            "platform": pl.lit("reddit"),
            "account": pl.format("reddit:{}", "subreddit"),
            "post_id": pl.col("id").cast(pl.String),
            "published_at": pl.from_epoch(
                pl.col("created_utc").cast(pl.Int64, strict=False)
            ).dt.replace_time_zone("UTC"),
            "text": pl.col("title"),
            "media_type": pl.when(_HOST.str.starts_with("self."))
            .then(pl.lit("text"))
            .when(_HOST.str.contains(r"imgur|^i\.|flickr|minus\.com|quickmeme"))
            .then(pl.lit("image"))
            .when(_HOST.str.contains(r"youtu|vimeo|liveleak"))
            .then(pl.lit("video"))
            .otherwise(pl.lit("link")),
            # the source has a few counts below zero, left by removed comments
            "likes": _count("score").clip(0),
            "comments": _count("num_comments").clip(0),
            "shares": pl.lit(0.0),
        },
        absent={"domain": ""},
    ),
    Layout(
        "FiveThirtyEight's twitter-ratio table",
        frozenset({"created_at", "text", "url", "replies", "retweets", "favorites", "user"}),
        {
            "platform": pl.lit("x"),
            "account": pl.format("x:{}", "user"),
            "post_id": pl.col("url").str.extract(r"(\d+)/?$"),
            "published_at": _instant("created_at"),
            "text": pl.col("text"),
            "media_type": _linked(),
            "likes": _count("favorites"),
            "comments": _count("replies"),
            "shares": _count("retweets"),
        },
    ),
    Layout(
        "the trump_tweets table of dslabs",
        frozenset({"id_str", "text", "created_at", "retweet_count", "favorite_count"}),
        {
            "platform": pl.lit("x"),
            "account": pl.lit("x:archive"),
            "post_id": pl.col("id_str").cast(pl.String),
            "published_at": _instant("created_at"),
            "text": pl.col("text"),
            "media_type": _linked(),
            "likes": _count("favorite_count"),
            "comments": pl.lit(0.0),
            "shares": _count("retweet_count"),
        },
    ),
    Layout(
        "the Thai Facebook live sellers table",
        frozenset(
            {"status_id", "status_type", "status_published", "num_reactions", "num_comments",
             "num_shares"}
        ),
        {
            "platform": pl.lit("facebook"),
            "account": pl.format("facebook:{}", pl.col("status_id").str.extract(r"^(\d+)_")),
            "post_id": pl.col("status_id"),
            "published_at": _instant("status_published"),
            "text": pl.lit(""),
            "media_type": _kind("status_type"),
            "likes": _count("num_reactions"),
            "comments": _count("num_comments"),
            "shares": _count("num_shares"),
        },
    ),
    *(
        Layout(
            "the Facebook metrics table of one brand",
            frozenset({"Type", f"{post}Month", f"{post}Weekday", f"{post}Hour", "like", "share"}),
            {
                "platform": pl.lit("facebook"),
                "account": pl.lit("facebook:page"),
                "post_id": pl.col("row").cast(pl.String).str.zfill(6),
                "published_at": pl.col("day"),
                "text": pl.lit(""),
                "media_type": _kind("Type"),
                "likes": _count("like"),
                "comments": _count("comment"),
                "shares": _count("share"),
            },
            before=_dated,
        )
        for post in ("", "Post ")
    ),
)  # fmt: skip
