"""The lake's tables that more than one part of the product writes or reads: columns and keys."""

import polars as pl

INSTANT = pl.Datetime("us", "UTC")

TABLES: dict[str, dict[str, pl.DataType]] = {
    "posts": {
        "platform": pl.String(),
        "account": pl.String(),
        "post_id": pl.String(),
        "published_at": INSTANT,
        "text": pl.String(),
        "media_type": pl.String(),
        "language": pl.String(),
        "followers": pl.Int64(),
        "impressions": pl.Int64(),
        "reach": pl.Int64(),
        "views": pl.Int64(),
        "likes": pl.Int64(),
        "comments": pl.Int64(),
        "shares": pl.Int64(),
        "saves": pl.Int64(),
        "clicks": pl.Int64(),
        "observed_at": INSTANT,
        "is_reply": pl.Boolean(),
        "is_repost": pl.Boolean(),
        "source": pl.String(),
    },
    "engagement_snapshots": {
        "platform": pl.String(),
        "account": pl.String(),
        "post_id": pl.String(),
        "metric": pl.String(),
        "value": pl.Int64(),
        "observed_at": INSTANT,
        "source_metric": pl.String(),
        "api_version": pl.String(),
    },
    "quarantine": {
        "file": pl.String(),
        "line": pl.Int64(),
        "field": pl.String(),
        "reason": pl.String(),
        "raw": pl.String(),
        "format": pl.String(),
    },
    "costs": {
        "id": pl.String(),
        "brand": pl.String(),
        "provider": pl.String(),
        "purpose": pl.String(),
        "reserved_cents": pl.Float64(),
        "settled_cents": pl.Float64(),
        "reserved_at": INSTANT,
        "settled_at": INSTANT,
    },
    "accounts": {
        "account": pl.String(),
        "brand": pl.String(),
        "platform": pl.String(),
        "handle": pl.String(),
        "time_zone": pl.String(),
        "loaded_at": INSTANT,
    },
    "trends": {
        "topic": pl.String(),
        "observed_at": INSTANT,
        "volume": pl.Int64(),
        "growth": pl.Float64(),
        "fit": pl.Float64(),
        "source": pl.String(),
    },
}
"""Column names, order and types by table.

- `posts`: one row per platform, account, post and observation. `account` is `platform:handle`;
  counts are totals as of `observed_at`, null where the source does not give them; `source` is the
  import format or `api`. With an import format the counts are *as of the export*: at least as old
  as `observed_at` says, so models take them as lifetime counts.
- `engagement_snapshots`: one row per platform, account, post, metric and observation; append-only;
  a metric that is not given has no row. `source_metric` is the source's own name of the metric,
  `api_version` the API's version, or the import format where a file gave it.
- `quarantine`: one row per refused row of an imported file; `line` counts from 1 with the header.
- `costs`: one row per billed call, as in the ledger; money in cents.
- `accounts`: one row per account of a brand file; `account` is `platform:handle`.
- `trends`: one row per topic, source and observation.

`posts`, `engagement_snapshots` and `trends` are partitioned by the UTC day of `observed_at`,
`costs` by that of `reserved_at`; `quarantine` and `accounts` are one folder each.
"""

KEYS: dict[str, list[str]] = {
    "posts": ["platform", "account", "post_id", "observed_at"],
    "engagement_snapshots": ["platform", "account", "post_id", "metric", "observed_at"],
    "quarantine": ["file", "line", "field", "reason", "raw", "format"],
    "costs": ["id"],
    "accounts": ["account"],
    "trends": ["topic", "source", "observed_at"],
}
"""What makes a row of a table one and only: the `key` to give to `Lake.merge`."""

DAY_COLUMNS: dict[str, str | None] = {
    "posts": "observed_at",
    "engagement_snapshots": "observed_at",
    "quarantine": None,
    "costs": "reserved_at",
    "accounts": None,
    "trends": "observed_at",
}
"""The column whose UTC day names a row's partition: the `day_column` to give to `Lake.merge`."""
