"""X analytics exports: the "by Tweet" CSV files, one or several, overlapping or not.

The file tells neither when it was made nor how old its counts are. It is made after its period
has ended, so `observed_at` is the end of the period in the file's name (at midnight UTC), or the
last tweet's time where the name has none or tweets are later; whoever knows better says so. The
counts are totals of the organic columns; promoted ones ("-" where nothing was promoted) are not
read. The file does not tell what kind of media a tweet has: `media_type` is `other` where media
were viewed, else `link` where the text holds a link, else `text`.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from domain.errors import InputError
from sources.exports.csv_files import CsvFile, header_of, read_csv
from sources.exports.fields import Field, count, instant, newest, not_before, required_text
from sources.exports.imports import FileRead, Import, shape
from sources.exports.quarantine import drop_repeats, ragged, sift
from sources.exports.request import YOUNGER, Request, files_under

FORMAT = "x-analytics"
METRIC_NAMES = {
    "impressions": "impressions",
    "likes": "likes",
    "comments": "replies",
    "shares": "retweets",
    "clicks": "url clicks",
    "views": "media views",
}
"""The export's own name of each canonical metric."""

_ID, _TEXT, _TIME, _LINK = "Tweet id", "Tweet text", "time", "Tweet permalink"
_REQUIRED = (_ID, _LINK, _TEXT, _TIME, *METRIC_NAMES.values())
_BY_DAY = ("Date", "Tweets published")
_PERIOD_END = re.compile(r"_\d{8}_(\d{8})_")


def batches(paths: Sequence[Path], request: Request) -> Iterator[Import]:
    """All files as one import, each tweet once per observation.

    Files of the "by day" kind are left out with a note when there are others.

    Raises:
        InputError: a file is no such export, or all of them are of the "by day" kind.
    """
    files, notes = _by_tweet(files_under(paths, suffixes=(".csv",)))
    account = request.account
    if account is None or not account.startswith("x:"):
        raise InputError(f"{FORMAT} files are of an X account; give --account x:HANDLE")
    reads, good, aside = [], [], []
    for path in files:
        table = read_csv(path)
        rows, bad = sift(
            table.rows, _fields(path, table, request), file=path.name, format_name=FORMAT
        )
        strange = ragged(table.ragged, width=len(table.header), file=path.name, format_name=FORMAT)
        good.append(rows.with_columns(pl.lit(path.name).alias("_file")))
        aside += [bad, strange]
        reads.append(FileRead(path.name, table.rows.height + table.ragged.height))
        notes += _other_owner(table.rows, path, account)
    tweets, overruled = drop_repeats(pl.concat(good), format_name=FORMAT)
    posts, snapshots = shape(tweets, source=FORMAT, metric_names=METRIC_NAMES)
    yield Import(
        format=FORMAT,
        brand=request.brand,
        posts=posts,
        snapshots=snapshots,
        quarantined=pl.concat([*aside, overruled]).sort("file", "line"),
        files=tuple(reads),
        notes=tuple(dict.fromkeys(notes)),
        distinct=True,
    )


def _by_tweet(paths: list[Path]) -> tuple[list[Path], list[str]]:
    files, by_day = [], []
    for path in paths:
        header = header_of(path)
        if header[:2] == _BY_DAY:
            by_day.append(path)
        elif missing := [name for name in _REQUIRED if name not in header]:
            raise InputError(
                f"{path} is no X analytics export by Tweet: column {missing[0]!r} is missing; "
                'choose "Export data", "By Tweet" on X, or import it as posts'
            )
        else:
            files.append(path)
    if not files:
        raise InputError(
            f"{by_day[0]} is an X analytics export by day: it has no posts; "
            'choose "Export data", "By Tweet" on X'
        )
    names = ", ".join(path.name for path in by_day)
    return files, [f"exports by day hold no posts and were left out: {names}"] if by_day else []


def _fields(path: Path, table: CsvFile, request: Request) -> list[Field]:
    views = count("views", METRIC_NAMES["views"], pl.String()).value
    text = pl.col(_TEXT).fill_null("")
    media = pl.when(views > 0).then(pl.lit("other"))
    media = media.when(text.str.contains("https://t.co/", literal=True)).then(pl.lit("link"))
    observed_at = request.observed_at or _end_of(path, table.rows, request.now)
    taken = pl.lit(observed_at).cast(pl.Datetime("us", "UTC"))
    published = instant("published_at", _TIME, pl.String(), now=request.now)
    metrics = [count(name, source, pl.String()) for name, source in METRIC_NAMES.items()]
    return [
        Field("platform", _ID, pl.lit("x")),
        Field("account", _ID, pl.lit(request.account)),
        required_text(
            "post_id",
            _ID,
            pattern=r"^\d{1,20}$",
            what="a tweet's id (a spreadsheet may have rounded it; export it again)",
        ),
        published,
        Field("text", _TEXT, text),
        Field("media_type", _TEXT, media.otherwise(pl.lit("text"))),
        # without media the export says 0 views, which is no count of anything
        *(
            Field(m.name, m.source, pl.when(views > 0).then(views), m.problems)
            if m.name == "views"
            else m
            for m in metrics
        ),
        not_before(Field("observed_at", _TIME, taken), published, why=YOUNGER),
    ]


def _end_of(path: Path, rows: pl.DataFrame, now: datetime) -> datetime:
    last = newest(rows.lazy(), _TIME, pl.String(), now=now) or now
    match = _PERIOD_END.search(path.name)
    try:
        end = datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=UTC) if match else last
    except ValueError:
        return last
    return max(end, last) if end <= now else last


def _other_owner(rows: pl.DataFrame, path: Path, account: str) -> list[str]:
    owners = rows.select(
        pl.col(_LINK).str.extract(r"^https?://(?:www\.)?(?:twitter|x)\.com/([^/]+)/status/")
    ).to_series()
    handle = account.removeprefix("x:")
    others = owners.drop_nulls().unique().sort().to_list()
    strangers = [name for name in others if name.lower() != handle.lower()]
    return [
        f"{path.name} holds tweets of @{name}; they are filed under {account}" for name in strangers
    ]
