"""The canonical tables that files from outside are brought into: column names and types."""

POST_COLUMNS: dict[str, str] = {
    "platform": "str",
    "account": "str",
    "post_id": "str",
    "published_at": "datetime",
    "text": "str",
    "media_type": "str",
    "language": "str",
    "followers": "int",
    "impressions": "int",
    "reach": "int",
    "views": "int",
    "likes": "int",
    "comments": "int",
    "shares": "int",
    "saves": "int",
    "clicks": "int",
    "observed_at": "datetime",
}
"""One row per post and observation. Datetimes are UTC."""

REQUIRED_POST_COLUMNS = (
    "platform",
    "account",
    "post_id",
    "published_at",
    "text",
    "media_type",
    "likes",
    "comments",
    "shares",
)

SNAPSHOT_COLUMNS = (
    "platform",
    "account",
    "post_id",
    "metric",
    "value",
    "observed_at",
    "source_metric",
    "api_version",
)
"""One row per post, metric and observation: append-only."""

MEDIA_TYPES = ("text", "image", "carousel", "video", "link", "poll", "other")
