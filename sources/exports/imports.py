"""What an import consists of: posts, snapshots, quarantined rows; and how it goes into the lake."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from domain.engagement import METRICS
from sources.exports.quarantine import empty
from storage.lake import Lake
from storage.lake_tables import DAY_COLUMNS, KEYS, TABLES

_FIRST_REASONS = 5
_TOGETHER = 50_000
"""Posts that are stored at once; a batch of a large file may hold more."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file that was read: its name and the number of records in it.

    `quarantined` of them were refused, which is known once it is `counted`.
    """

    name: str
    rows: int
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """What files, or a batch of a large file, hold; nothing is written yet.

    Attributes:
        format: the import format.
        brand: whose account it is.
        posts: one row per post and observation, as the lake table `posts`.
        snapshots: one row per post, metric and observation, as `engagement_snapshots`.
        quarantined: one row per refused row, as `quarantine`.
        files: the files with their records.
        notes: what the reader of the summary should know.
        distinct: the reader vouches that no post and observation stands twice, as `drop_repeats`
            makes sure; it spares the lake a look.
    """

    format: str
    brand: str
    posts: pl.DataFrame
    snapshots: pl.DataFrame
    quarantined: pl.DataFrame
    files: tuple[FileRead, ...]
    notes: tuple[str, ...] = ()
    distinct: bool = False

    def counted(self) -> tuple[FileRead, ...]:
        """The files, each with how many of its records were refused."""
        refused = dict(self.quarantined.group_by("file").len().iter_rows())
        return tuple(replace(one, quarantined=refused.get(one.name, 0)) for one in self.files)


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did; all figures are rows of the files or of the lake.

    Attributes:
        files: the files with their records.
        posts: good posts in the files, `new_posts` of them were not in the lake.
        replies: how many of `posts` are replies.
        reposts: how many of `posts` are reposts.
        changed: posts that stood in the lake for the same instant with other counts; the lake
            keeps what it had.
        new_snapshots: metric values that were not in the lake.
        quarantined: refused rows; `new_quarantined` of them were not in the quarantine yet.
        first_quarantined: the first few of them, with file, line, field and reason.
        notes: what the reader should know.
    """

    files: tuple[FileRead, ...] = ()
    posts: int = 0
    new_posts: int = 0
    replies: int = 0
    reposts: int = 0
    changed: int = 0
    new_snapshots: int = 0
    quarantined: int = 0
    new_quarantined: int = 0
    first_quarantined: tuple[dict[str, object], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Records in all files."""
        return sum(file.rows for file in self.files)

    def plus(self, other: "ImportSummary") -> "ImportSummary":
        """Both together; files of the same name are one file read in batches."""
        files: dict[str, FileRead] = {}
        for file in (*self.files, *other.files):
            before = files.get(file.name, FileRead(file.name, 0))
            files[file.name] = FileRead(
                file.name, before.rows + file.rows, before.quarantined + file.quarantined
            )
        return ImportSummary(
            files=tuple(files.values()),
            posts=self.posts + other.posts,
            new_posts=self.new_posts + other.new_posts,
            replies=self.replies + other.replies,
            reposts=self.reposts + other.reposts,
            changed=self.changed + other.changed,
            new_snapshots=self.new_snapshots + other.new_snapshots,
            quarantined=self.quarantined + other.quarantined,
            new_quarantined=self.new_quarantined + other.new_quarantined,
            first_quarantined=(self.first_quarantined + other.first_quarantined)[:_FIRST_REASONS],
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
        )


def shape(
    canonical: pl.DataFrame, *, source: str, metric_names: dict[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lake's `posts` and `engagement_snapshots` out of canonical post rows.

    Args:
        canonical: the canonical columns, some optional ones absent.
        source: the import format, as it stands in `source` and `api_version`.
        metric_names: the file's own name of each canonical metric that it has.

    Returns:
        One row per post and observation; one row per metric of it that is not null.
    """
    text = pl.col("text").fill_null("")
    posts = canonical.with_columns(
        text,
        *(
            pl.lit(None, dtype).alias(name)
            for name, dtype in TABLES["posts"].items()
            if name not in canonical.columns
        ),
    ).with_columns(
        text.str.starts_with("@").alias("is_reply"),
        text.str.starts_with("RT @").alias("is_repost"),
        pl.lit(source).alias("source"),
    )
    snapshots = [
        _given(posts, metric).select(
            "platform",
            "account",
            "post_id",
            pl.lit(metric).alias("metric"),
            pl.col(metric).alias("value"),
            "observed_at",
            pl.lit(metric_names[metric]).alias("source_metric"),
            pl.lit(source).alias("api_version"),
        )
        for metric in METRICS
        if metric in metric_names
    ]
    nothing = pl.DataFrame(schema=TABLES["engagement_snapshots"])
    return posts.select(*TABLES["posts"]), pl.concat([nothing, *snapshots])


def _given(posts: pl.DataFrame, metric: str) -> pl.DataFrame:
    return posts.drop_nulls(metric) if posts[metric].null_count() else posts


def join(imports: Iterable[Import]) -> Import:
    """All batches as one import; raises IndexError where there is none."""
    batches = list(imports)
    first = batches[0]
    if len(batches) == 1:
        return first
    files = ImportSummary()
    for batch in batches:
        files = files.plus(ImportSummary(files=batch.files, notes=batch.notes))
    return Import(
        format=first.format,
        brand=first.brand,
        posts=pl.concat(batch.posts for batch in batches),
        snapshots=pl.concat(batch.snapshots for batch in batches),
        quarantined=pl.concat([empty(), *(batch.quarantined for batch in batches)]),
        files=files.files,
        notes=files.notes,
    )


def store(import_: Import, lake: Lake) -> ImportSummary:
    """Put an import into the lake; what is there already stays as it is.

    Posts come last: a post in the lake has its snapshots there too, even if a run was killed.

    Raises:
        StoreError: the disk refuses. Running the same again adds what is missing.
    """
    posts = import_.posts
    quarantined = _merge(lake, "quarantine", import_.quarantined)
    # a metric stands once per post, so where posts are distinct their snapshots are
    snapshots = _merge(lake, "engagement_snapshots", import_.snapshots, distinct=import_.distinct)
    new_posts = _merge(lake, "posts", posts, distinct=import_.distinct)
    return ImportSummary(
        files=import_.counted(),
        posts=posts.height,
        new_posts=new_posts,
        replies=int(posts["is_reply"].sum()),
        reposts=int(posts["is_repost"].sum()),
        changed=_changed(lake, posts) if new_posts < posts.height else 0,
        new_snapshots=snapshots,
        quarantined=import_.quarantined.height,
        new_quarantined=quarantined,
        first_quarantined=tuple(
            import_.quarantined.head(_FIRST_REASONS)
            .select("file", "line", "field", "reason")
            .iter_rows(named=True)
        ),
        notes=import_.notes,
    )


def store_all(batches: Iterable[Import], lake: Lake) -> ImportSummary:
    """Store batches, small ones together: each touch of a partition writes its file anew.

    Raises:
        StoreError: as `store`.
    """
    summary, waiting, rows = ImportSummary(), [], 0
    for batch in batches:
        if waiting and rows + batch.posts.height > _TOGETHER:
            summary, waiting, rows = summary.plus(store(join(waiting), lake)), [], 0
        waiting.append(batch)
        rows += batch.posts.height
    return summary.plus(store(join(waiting), lake)) if waiting else summary


def _merge(lake: Lake, table: str, frame: pl.DataFrame, *, distinct: bool = False) -> int:
    return lake.merge(
        table, frame, key=KEYS[table], day_column=DAY_COLUMNS[table], distinct=distinct
    )


def _changed(lake: Lake, posts: pl.DataFrame) -> int:
    key = KEYS["posts"]
    near = [
        pl.col(name).is_between(pl.lit(posts[name].min()), pl.lit(posts[name].max()))
        for name in ("observed_at", "post_id")
    ]
    kept = lake.scan("posts").filter(*near).select(*key, *METRICS).collect()
    both = posts.select(*key, *METRICS).join(kept, on=key, suffix="_kept")
    differs = [pl.col(metric).ne_missing(pl.col(f"{metric}_kept")) for metric in METRICS]
    return both.filter(pl.any_horizontal(differs)).height
