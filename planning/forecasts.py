"""What each draft is expected to do in its slots, by the model that serves."""

from collections import Counter
from collections.abc import Sequence

import polars as pl
import sqlalchemy as sa

from domain.brand import Brand
from domain.deliveries import full_text, media_type
from domain.posts import ContentPost, PostStatus
from ml.affinity import add_trend_affinity
from ml.engagement import EngagementModel
from ml.lanes import LANE
from ml.sentences import LANGUAGE
from ml.variants import VariantModel
from planning.reach import reached
from planning.scheduling import payload_of
from planning.slots import PlannedSlot, by_brief, planned_slots
from storage.lake_tables import TABLES
from storage.ledger import posts

PLANNED = (
    "platform", "account", "post_id", "published_at", "text", "media_type", "language",
    "likes", "comments", "shares",
)  # fmt: skip
"""The columns of canonical posts that are told of a post to come; its counts are null."""

FORECAST = TABLES["forecasts"] | TABLES["forecast_reasons"] | {"believed": pl.Float64()}


def forecast_waiting(
    connection: sa.Connection,
    brand: Brand,
    *,
    model: EngagementModel | None,
    history: pl.DataFrame,
    trends: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The same for every draft of the brand that is not decided about; see `forecast_drafts`."""
    drafts = posts.find(connection, status=PostStatus.GENERATED, brand=brand.name)
    slots = by_brief(planned_slots(connection, brand))
    return forecast_drafts(drafts, slots=slots, model=model, history=history, trends=trends)


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
    trends: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per draft and account: log engagement against the account's level, with 90 % bounds.

    `exp(level + predicted) - 1` is the expected engagement after a day; `reasons` says in a
    sentence what raised and lowered it, and `believed` is the forecast less what leans on likes
    alone, by which drafts are chosen. `history` holds canonical posts of the same accounts. Each
    draft is judged as if the others of its order were not there, all of them in one pass over the
    history. `trends` holds the rows of the lake table that are known by now. Without a serving
    model there is no row.
    """
    rounds = [
        planned_posts(one, slots=slots).with_columns(pl.lit(number).alias(LANE))
        for number, one in enumerate(_apart(drafts))
    ]
    planned = pl.concat(rounds) if rounds else pl.DataFrame()
    if model is None or planned.is_empty():
        return pl.DataFrame(schema=FORECAST)
    known = planned if trends is None else add_trend_affinity(planned, trends)
    said = model.predict(known, history=history, why=True, believed=True).rename({"why": "reasons"})
    return planned.select("post_id", "account", due_at="published_at").join(
        said, on=["post_id", "account"], how="inner", maintain_order="left"
    ).select(*FORECAST)  # fmt: skip


def planned_posts(
    drafts: Sequence[ContentPost], *, slots: dict[str, list[PlannedSlot]]
) -> pl.DataFrame:
    """One row per draft and account that it is meant for, as it would go out: no counts yet.

    What is told of it is what `publishing.published` tells of the same post once it is out.
    """
    rows = [
        {
            "platform": str(slot.schedule.platform),
            "account": slot.schedule.account,
            "post_id": draft.id,
            "published_at": slot.schedule.due_at,
            "text": full_text(payload),
            "media_type": media_type(payload),
            "language": payload.language,
        }
        for draft in drafts
        for slot in reached(slots.get(draft.brief_id or "", []), draft.platforms)
        for payload in (payload_of(draft, slot.schedule.platform),)
    ]
    schema = {name: TABLES["posts"][name] for name in PLANNED}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _apart(drafts: Sequence[ContentPost]) -> list[list[ContentPost]]:
    """The drafts in so many rounds that each holds one of an order: only one of them goes out."""
    rounds: list[list[ContentPost]] = []
    seen: Counter[str | None] = Counter()
    for draft in drafts:
        if seen[draft.brief_id] == len(rounds):
            rounds.append([])
        rounds[seen[draft.brief_id]].append(draft)
        seen[draft.brief_id] += 1
    return rounds
