"""Orders to writers: one for each planned post, kept in the ledger before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from content.briefs import PastPost, Slot, plan_briefs
from domain.brand import Brand, Factor, zone_of
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from domain.trends import TrendingTopic
from domain.writing import Brief, Format
from ml.variants import VariantModel
from planning.duties import Placed, duty_at, place, told_around
from planning.experiments import draw_angle, draw_picture, experiment_odds
from planning.formats import KIND as FORMAT
from planning.formats import draw_formats, format_odds
from planning.means import FREE, Prices, means_of
from planning.placing import Order, Place, place_orders, priority_of
from planning.reach import draw_platforms, platform_results, reached
from planning.slots import PlannedSlot, by_brief, planned_slots, seed_of
from planning.tones import draw_tone, tone_results
from storage.lake_tables import TABLES
from storage.ledger import briefs, choices, posts, stops
from storage.ledger.choices import Choice
from storage.ledger.database import Ledger


@dataclass(frozen=True, slots=True)
class Serving:
    """The models that serve: the one of variants, and the hours' effects (`slot_effects`)."""

    wording: VariantModel | None = None
    effects: pl.DataFrame = field(default_factory=lambda: NO_EFFECTS)


NO_EFFECTS = pl.DataFrame(schema=TABLES["slot_effects"])
NOTHING_SERVES = Serving()


def order_briefs(
    ledger: Ledger,
    brand: Brand,
    *,
    past: pl.DataFrame,
    trends: pl.DataFrame,
    serving: Serving = NOTHING_SERVES,
    prices: Prices = FREE,
) -> list[Brief]:
    """Order what is planned and not ordered yet; the new orders, soonest first.

    `past` holds rows of the lake table `engagement_features` or none; `trends` rows of the lake
    table. Duties are placed first; then the posts of each day are assigned to its slots by
    priority (`planning.placing`). The odds of all that is drawn (topic, platforms, angle, tone,
    format) are logged beside the order. The brand's money of the month goes to duties first, then
    to what has the higher priority, then to what is due first: beyond it an order goes without what
    `prices` asks money for and says so, and where nothing of it is for free it is left for a later
    run. An emergency stop freezes it.
    """
    with ledger.transaction() as connection:
        if stops.active(connection, brand.name):
            return []
        now = ledger.now(connection)
        every = planned_slots(connection, brand)
        ahead = by_brief([slot for slot in every if slot.schedule.due_at >= now])
        new = _unordered(connection, ahead)
        if not new:
            return []
        wanted = {key: _slot(own) for key, own in _in_time(new).items()}
        known = posts.find(connection, brand=brand.name)
        told = told_around(
            connection, brand, every, known, days={slot.day for slot in wanted.values()}
        )
        today = now.astimezone(zone_of(brand.accounts[0])).date()
        placed = place(brand, wanted, told, today=today)
        ours = _ours(connection, known, since=now - brand.posting.repeat_after)
        planned = plan_briefs(
            brand,
            slots=[replace(slot, duty=duty_at(placed, key)) for key, slot in wanted.items()],
            history=[*_past(brand, past), *ours],
            trends=[TrendingTopic.model_validate(row) for row in trends.to_dicts()],
            now=now,
            seed=seed_of(min(new)),
        )
        drawn = dict(zip(wanted, planned, strict=True))
        orders = {key: Order(wanted[key], own) for key, own in new.items()}
        spots = place_orders(brand, drawn, orders, effects=serving.effects, now=now)
        draws = _draws(connection, brand, past=past, wording=serving.wording, now=now)
        means = means_of(connection, brand, prices, now=now)
        ordered = []
        for key in sorted(spots, key=lambda key: _rank(brand, spots[key].planned.brief)):
            meant = spots[key].planned.brief.model_copy(update={"id": key})
            whole, logged = draws.of(meant, new[key], now)
            if (brief := means.covered(whole, new[key])) is None:
                continue
            briefs.save(connection, brief, now=now)
            ordered.append(brief)
            kept = [each for each in logged if not _is_off(each, brief, whole)]
            duty = _duty(brand, placed, spots[key].drawn_for, now)
            for each in (*_logged(brief, spots[key], now), *duty, *kept):
                choices.log(connection, each)
    return sorted(ordered, key=lambda brief: brief.due_at)


def _unordered(
    connection: sa.Connection, slots: Mapping[str, list[PlannedSlot]]
) -> dict[str, list[PlannedSlot]]:
    known = briefs.load_all(connection, [*slots])
    return {key: own for key, own in slots.items() if key not in known}


def _duty(brand: Brand, placed: Mapping[str, Placed], order: str, now: datetime) -> list[Choice]:
    """The draw by which that order had a duty, which priority may have taken elsewhere since."""
    return [placed[order].logged(brand, order, now)] if order in placed else []


def _rank(brand: Brand, brief: Brief) -> tuple[bool, int, datetime]:
    """Whose money comes first: duties, then by priority, then what is due first."""
    return brief.duty is None, -priority_of(brand, brief), brief.due_at


def _is_off(choice: Choice, brief: Brief, whole: Brief) -> bool:
    """Whether it is the draw of a format for a platform that the money does not reach."""
    lost = [platform for platform in whole.platforms if platform not in brief.platforms]
    return any(choice.id == f"{brief.id}:{FORMAT}:{platform}" for platform in lost)


@dataclass(frozen=True, slots=True)
class _Draws:
    """The odds of all that is drawn for each order of a brand."""

    brand: Brand
    reach: Mapping[str, Sequence[float]]
    arms: Mapping[Factor, Mapping[str, float]]
    tones: Mapping[str, Sequence[float]]
    formats: Mapping[Platform, Mapping[Format, float]]

    def of(
        self, brief: Brief, slots: Sequence[PlannedSlot], now: datetime
    ) -> tuple[Brief, list[Choice]]:
        """The brief with all that is drawn for it, and the draws as they are logged."""
        brief, reach = draw_platforms(brief, self.reach, brand=self.brand, slots=slots, now=now)
        brief, angle = draw_angle(brief, self.arms["angle"], now)
        explore = self.brand.posting.exploration
        brief, tone = draw_tone(brief, self.tones, exploration=explore, now=now)
        brief, formats = draw_formats(brief, self.formats, now)
        pictures = self.arms.get("picture", {})
        brief, picture = draw_picture(brief, pictures, now, brand=self.brand)
        return brief, [angle, *formats, *(each for each in (reach, tone, picture) if each)]


def _draws(
    connection: sa.Connection,
    brand: Brand,
    *,
    past: pl.DataFrame,
    wording: VariantModel | None,
    now: datetime,
) -> _Draws:
    return _Draws(
        brand,
        reach=platform_results(past, brand),
        arms=experiment_odds(connection, brand, past=past, wording=wording, now=now),
        tones=tone_results(connection, brand, past),
        formats=format_odds(past, brand),
    )


def open_briefs(connection: sa.Connection, brand: Brand, *, now: datetime) -> list[Brief]:
    """The orders for slots that are still to come, soonest first."""
    ahead = [s for s in planned_slots(connection, brand) if s.schedule.due_at >= now]
    slots = by_brief(ahead)
    found = briefs.load_all(connection, [*slots]).values()
    meant = [brief for brief in found if reached(slots[brief.id], brief.platforms)]
    return sorted((_as_it_is_due(b, slots[b.id]) for b in meant), key=lambda each: each.due_at)


def _as_it_is_due(brief: Brief, slots: Sequence[PlannedSlot]) -> Brief:
    """The order at its first instant to come, where one of its slots was moved since."""
    own = reached(slots, brief.platforms)
    if not any(slot.times_moved for slot in own):
        return brief
    return brief.model_copy(update={"due_at": min(slot.schedule.due_at for slot in own)})


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


def _ours(
    connection: sa.Connection, known: Sequence[ContentPost], *, since: datetime
) -> list[PastPost]:
    """What is out or may go out, with the main fact of its order from that instant on.

    An order of which no variant was chosen yet counts with all of them.
    """
    going = [
        (post, post.scheduled_for)
        for post in known
        if post.status is not PostStatus.ARCHIVED and post.scheduled_for is not None
    ]
    recent = {post.brief_id for post, at in going if post.brief_id and at >= since}
    facts = {key: own.facts[0].id for key, own in briefs.load_all(connection, recent).items()}
    return [
        PastPost(post.text, at, topic=post.topic, fact=facts.get(post.brief_id or ""))
        for post, at in going
    ]


def _logged(brief: Brief, spot: Place, now: datetime) -> list[Choice]:
    """The topic as it was drawn, and the slot where priority gave it another one."""
    choice = spot.planned
    topic = Choice(
        id=f"{brief.id}:topic",
        kind="topic",
        brand=brief.brand,
        account="",
        chosen=brief.topic,
        propensity=choice.propensity,
        policy="duty" if brief.duty else "softmax-explore",
        candidates=[
            {"topic": topic, "probability": chance, "drawn_for": spot.drawn_for}
            for topic, chance in choice.candidates.items()
        ],
        decided_at=now,
    )
    return [topic, *([spot.choice] if spot.choice else [])]
