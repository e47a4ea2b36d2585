"""What each draft is expected to do in its slots, by the model that serves."""

from collections.abc import Sequence

import polars as pl
import sqlalchemy as sa

from domain.brand import Brand
from domain.media import attachments
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from ml.engagement import EngagementModel
from ml.variants import LANGUAGE, VariantModel
from planning.reach import reached
from planning.slots import PlannedSlot, by_brief, planned_slots
from storage.lake_tables import TABLES
from storage.ledger import posts


def forecast_waiting(
    connection: sa.Connection, brand: Brand, *, model: EngagementModel | None, history: pl.DataFrame
) -> pl.DataFrame:
    """The same for every draft of the brand that is not decided about; see `forecast_drafts`."""
    drafts = posts.find(connection, status=PostStatus.GENERATED, brand=brand.name)
    slots = by_brief(planned_slots(connection, brand))
    return forecast_drafts(drafts, slots=slots, model=model, history=history)


def promised_waiting(
    connection: sa.Connection, brand: Brand, *, model: VariantModel | None
) -> pl.DataFrame:
    """Rows (post_id, predicted): what the wording of each waiting draft promises beforehand.

    Only differences between drafts of one order mean something. Without a model there is no row,
    and none of a draft in another language than the model was taught in.
    """
    waiting = posts.find(connection, status=PostStatus.GENERATED, brand=brand.name) if model else []
    drafts = [draft for draft in waiting if draft.language == LANGUAGE]
    scores = model.score([draft.text for draft in drafts]) if model else []
    rows = [(draft.id, float(score)) for draft, score in zip(drafts, scores, strict=True)]
    schema = {"post_id": pl.String(), "predicted": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def forecast_drafts(
    drafts: Sequence[ContentPost],
    *,
    slots: dict[str, list[PlannedSlot]],
    model: EngagementModel | None,
    history: pl.DataFrame,
) -> pl.DataFrame:
    """One row per draft and account: log engagement against the account's level, with 90 % bounds.

    `exp(level + predicted) - 1` is the expected engagement after a day. `history` holds canonical
    posts of the same accounts. Without a serving model there is no row.
    """
    wanted = [
        {
            "platform": str(slot.schedule.platform),
            "account": slot.schedule.account,
            "post_id": draft.id,
            "published_at": slot.schedule.due_at,
            "text": draft.text,
            "media_type": _media_type(draft, slot.schedule.platform),
            "language": draft.language,
        }
        for draft in drafts
        for slot in reached(slots.get(draft.brief_id or "", []), draft.platforms)
    ]
    if model is None or not wanted:
        return pl.DataFrame(schema=TABLES["forecasts"])
    due_at = pl.col("published_at").dt.cast_time_unit("us")
    unknown = [pl.lit(None, pl.Int64()).alias(name) for name in ("likes", "comments", "shares")]
    planned = pl.DataFrame(wanted).with_columns(due_at, *unknown)
    forecast = model.predict(planned, history=history)
    slot_of = planned.select("post_id", "account", pl.col("published_at").alias("due_at"))
    return forecast.join(slot_of, on=["post_id", "account"], how="inner").select(
        *TABLES["forecasts"]
    )


def _media_type(draft: ContentPost, platform: Platform) -> str:
    files = attachments(draft.media, platform)
    if not files:
        return "link" if draft.link else "text"
    if files[0].is_video:
        return "video"
    return "carousel" if len(files) > 1 else "image"
