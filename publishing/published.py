"""What we published ourselves, in the shape in which history comes in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from domain.deliveries import Delivery, DeliveryKind, full_text, media_type
from storage.lake import Lake
from storage.lake_tables import TABLES

SOURCE = "api"
OURS = (DeliveryKind.POST, DeliveryKind.REPLY)
"""What a delivery leaves standing in our name; hiding and deleting change what stood before."""
OVERLAP = timedelta(days=30)
"""How long after its send a post may still become known: a person settles what nobody finds."""


def unkept_since(lake: Lake) -> datetime | None:
    """Since when posts that went out may be missing in the lake; None where it has none of ours.

    What it costs to bring the lake up to date must not grow with what was ever sent.
    """
    ours = lake.scan("posts").filter(pl.col("source") == SOURCE)
    newest: datetime | None = ours.select(pl.col("published_at").max()).collect().item()
    return newest - OVERLAP if newest else None


def published_posts(sent: Sequence[Delivery]) -> pl.DataFrame:
    """One row per post that was sent, as it stood when it went out: no counts yet."""
    rows = [
        {
            "platform": str(delivery.platform),
            "account": delivery.account,
            "post_id": delivery.platform_id,
            "published_at": delivery.sent_at,
            "text": full_text(delivery.payload),
            "media_type": media_type(delivery.payload),
            "language": delivery.payload.language,
            "observed_at": delivery.sent_at,
            "is_reply": delivery.kind is DeliveryKind.REPLY,
            "is_repost": False,
            "source": SOURCE,
        }
        for delivery in sent
        if delivery.kind in OURS and delivery.platform_id
    ]
    schema = TABLES["posts"]
    return pl.DataFrame(rows, schema={name: schema[name] for name in schema}, orient="row")
