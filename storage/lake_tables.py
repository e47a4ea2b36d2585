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
    "variant_tests": {
        "test_id": pl.String(),
        "variant_id": pl.String(),
        "text": pl.String(),
        "impressions": pl.Float64(),
        "clicks": pl.Float64(),
        "created_at": INSTANT,
    },
    "accounts": {
        "account": pl.String(),
        "brand": pl.String(),
        "platform": pl.String(),
        "handle": pl.String(),
        "time_zone": pl.String(),
        "loaded_at": INSTANT,
    },
    "forecasts": {
        "post_id": pl.String(),
        "account": pl.String(),
        "due_at": INSTANT,
        "predicted": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "level": pl.Float64(),
    },
    "forecast_reasons": {
        "post_id": pl.String(),
        "account": pl.String(),
        "due_at": INSTANT,
        "reasons": pl.String(),
    },
    "slot_effects": {
        "account": pl.String(),
        "slot": pl.Int32(),
        "effect": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "posts": pl.Int64(),
        "evidence": pl.Boolean(),
        "chance": pl.Float64(),
        "closeness": pl.Float64(),
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
- `forecasts`: one row per chosen draft and account: log engagement against the account's level.
- `forecast_reasons`: of each of these what raised and lowered it, in a sentence.
- `slot_effects`: one row per account and hour of the week, as the serving timing model has it.

`posts`, `engagement_snapshots` and `trends` are partitioned by the UTC day of `observed_at`,
`forecasts` and `forecast_reasons` by that of `due_at`; the others are one folder each.
"""

KEYS: dict[str, list[str]] = {
    "posts": ["platform", "account", "post_id", "observed_at"],
    "engagement_snapshots": ["platform", "account", "post_id", "metric", "observed_at"],
    "quarantine": ["file", "line", "field", "reason", "raw", "format"],
    "costs": ["id"],
    "accounts": ["account"],
    "trends": ["topic", "source", "observed_at"],
    "forecasts": ["post_id", "account"],
    "forecast_reasons": ["post_id", "account"],
    "variant_tests": ["test_id", "variant_id", "text"],
}
"""What makes a row of a table one and only: the `key` to give to `Lake.merge`."""

DAY_COLUMNS: dict[str, str | None] = {
    "posts": "observed_at",
    "engagement_snapshots": "observed_at",
    "quarantine": None,
    "costs": None,
    "accounts": None,
    "trends": "observed_at",
    "forecasts": "due_at",
    "forecast_reasons": "due_at",
    "variant_tests": None,
}
"""The column whose UTC day names a row's partition: the `day_column` to give to `Lake.merge`."""
