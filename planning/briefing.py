"""Orders to writers: one for each planned post, kept in the ledger before anything is written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from content.briefs import PastPost, PlannedBrief, Slot, plan_briefs
from domain.brand import Brand, zone_of
from domain.posts import ContentPost, PostStatus
from domain.trends import TrendingTopic
from domain.writing import Brief
from ml.variants import VariantModel
from planning.duties import duty_at, place, told_around
from planning.experiments import angle_odds, draw_angle
from planning.forms import draw_form, form_odds
from planning.slots import PlannedSlot, by_brief, planned_slots, seed_of
from storage.ledger import briefs, choices, posts, stops
from storage.ledger.choices import Choice
from storage.ledger.database import Ledger


def order_briefs(
    ledger: Ledger,
    brand: Brand,
    *,
    past: pl.DataFrame,
    trends: pl.DataFrame,
    wording: VariantModel | None = None,
) -> list[Brief]:
    """Order what is planned and not ordered yet; the new orders, soonest first.

    `past` holds rows of the lake table `engagement_features` or none; `trends` rows of the lake
    table, `wording` the model of variants that serves. Duties are placed first. The odds of each
    topic, of each angle, which the brand's experiment gives, and of each form are logged beside the
    order. An emergency stop freezes it.
    """
    with ledger.transaction() as connection:
        if stops.active(connection, brand.name):
            return []
        now = ledger.now(connection)
        every = planned_slots(connection, brand)
        slots = by_brief([slot for slot in every if slot.schedule.due_at >= now])
        new = {key: own for key, own in slots.items() if briefs.load(connection, key) is None}
        if not new:
            return []
        wanted = {key: _slot(own) for key, own in _in_time(new).items()}
        known = posts.find(connection, brand=brand.name)
        days = {slot.day for slot in wanted.values()}
        told = told_around(connection, brand, every, known, days=days)
        today = now.astimezone(zone_of(brand.accounts[0])).date()
        placed = place(brand, wanted, told, today=today)
        planned = plan_briefs(
            brand,
            slots=[replace(slot, duty=duty_at(placed, key)) for key, slot in wanted.items()],
            history=[*_past(brand, past), *_ours(known)],
            trends=[TrendingTopic.model_validate(row) for row in trends.to_dicts()],
            now=now,
            seed=seed_of(min(new)),
        )
        odds = angle_odds(connection, brand, past=past, wording=wording, now=now)
        forms, ordered = form_odds(past, brand), []
        for brief_id, choice in zip(wanted, planned, strict=True):
            brief, angle = draw_angle(choice.brief.model_copy(update={"id": brief_id}), odds, now)
            brief, form = draw_form(brief, forms, now)
            briefs.save(connection, brief, now=now)
            choices.log(connection, _logged(brief, choice, now))
            if brief_id in placed:
                choices.log(connection, placed[brief_id].logged(brief, now))
            choices.log(connection, angle)
            if form is not None:
                choices.log(connection, form)
            ordered.append(brief)
    return ordered


def open_briefs(connection: sa.Connection, brand: Brand, *, now: datetime) -> list[Brief]:
    """The orders for slots that are still to come, soonest first."""
    slots = [s for s in planned_slots(connection, brand) if s.schedule.due_at >= now]
    found = [briefs.load(connection, brief_id) for brief_id in by_brief(slots)]
    return sorted((brief for brief in found if brief is not None), key=lambda each: each.due_at)


def _in_time(orders: dict[str, list[PlannedSlot]]) -> dict[str, list[PlannedSlot]]:
    return dict(sorted(orders.items(), key=lambda order: _slot(order[1]).due_at))


def _slot(own: Sequence[PlannedSlot]) -> Slot:
    schedules = sorted((slot.schedule for slot in own), key=lambda each: each.due_at)
    platforms = dict.fromkeys(schedule.platform for schedule in schedules)
    first = schedules[0]
    day = date.fromisoformat(first.local_time.partition("T")[0])
    return Slot(due_at=first.due_at, platforms=tuple(platforms), local_day=day)


def _past(brand: Brand, past: pl.DataFrame) -> list[PastPost]:
    if not past.width:
        return []
    own = past.filter(pl.col("account").is_in([account.id for account in brand.accounts]))
    rows = own.select("text", "published_at", "y").iter_rows()
    return [PastPost(text, at, result=result) for text, at, result in rows]


def _ours(known: Sequence[ContentPost]) -> list[PastPost]:
    return [
        PastPost(post.text, post.scheduled_for, topic=post.topic)
        for post in known
        if post.status is not PostStatus.ARCHIVED and post.scheduled_for is not None
    ]


def _logged(brief: Brief, choice: PlannedBrief, now: datetime) -> Choice:
    return Choice(
        id=f"{brief.id}:topic",
        kind="topic",
        brand=brief.brand,
        account="",
        chosen=brief.topic,
        propensity=choice.propensity,
        policy="duty" if brief.duty else "softmax-explore",
        candidates=[
            {"topic": topic, "probability": chance} for topic, chance in choice.candidates.items()
        ],
        decided_at=now,
    )
