"""The batch: of each order's variants one is chosen, and goes out or waits for a person."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl
import sqlalchemy as sa

from domain.brand import Brand, Factor
from domain.compliance import Verdict, worst
from domain.news import Headline
from domain.posts import ContentPost, PostStatus
from domain.rechecking import awaits_judge, told
from domain.risk import Assessed
from domain.rules import decide, risk_of
from planning.confidence import calibrated, confidence_of
from planning.experiments import arm_of, in_drawn_form
from planning.illustrating import awaits_media
from planning.reach import reached
from planning.scheduling import schedule_post
from planning.slots import PlannedSlot, by_brief, dropped_orders, planned_slots, seed_of
from planning.waiting import expire
from storage.ledger import approvals, choices, commissions, news, posts, stops
from storage.ledger.approvals import POLICY, Approval, Decision
from storage.ledger.choices import Choice

NO_SLOT = "the brand file leaves no slot for it"
_EVEN = 1e-9
LADDER = (Decision.APPROVED, Decision.HELD, Decision.REJECTED)


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft with what the brand's rules say about letting it go out, and its risk."""

    post: ContentPost
    decision: Decision
    reason: str
    assessed: Assessed


def settle_batch(
    connection: sa.Connection,
    brand: Brand,
    *,
    forecasts: pl.DataFrame,
    model_version: str | None,
    now: datetime,
) -> list[Judged]:
    """Choose one variant of each order that has none yet, and decide about it; the chosen ones.

    `forecasts` holds rows (post_id, predicted), made by `model_version`; of those that also have
    `believed` this counts, so that none is chosen for likes alone. Where a variant of an order has
    none, its variants are drawn evenly and the choice names no version. A variant in the
    form that was drawn for its order goes before all others of the same decision: what is tried
    must not depend on what a forecast likes (see `planning.experiments`).
    What passes the brand's autonomy is approved and scheduled in this transaction, what does not
    is held or rejected with its reason; the variants left over are archived. News that came since a
    draft was written count. An order whose picture or clip a model still works on waits. What has
    waited for a person for too long is put away. An emergency stop freezes all of it.
    """
    if stops.active(connection, brand.name):
        return []
    expire(connection, brand, now=now)
    slots = by_brief(planned_slots(connection, brand))
    closed = dropped_orders(connection, brand)
    awaited = commissions.awaited(connection, brand=brand.name, now=now)
    today = news.lately(connection, [brand], now=now)
    confidence = confidence_of(connection, brand)
    by = "believed" if "believed" in forecasts.columns else "predicted"
    scores = dict(forecasts.select("post_id", by).iter_rows()) if forecasts.width else {}
    chosen, left = [], []
    undecided = _undecided(connection, brand)
    forms = in_drawn_form(connection, brand, undecided)
    for brief_id, drafts in undecided.items():
        if brief_id in awaited:
            continue
        fresh = [calibrated(_told(post, brand, today, now=now), confidence) for post in drafts]
        for post in (one for one in fresh if one not in drafts):
            posts.save(connection, post, key=post.id, actor=POLICY, now=now)
        judged = [_judged(brand, post) for post in fresh]
        pool = _pool(judged, forms.get(brief_id), factor=brand.experiment)
        promised = [scores.get(each.post.id) for each in pool]
        odds = variant_odds(promised, brand.posting.exploration)
        place = int(np.random.default_rng(seed_of(brief_id)).choice(len(pool), p=odds))
        by_model = model_version if None not in promised else None
        choices.log(
            connection, replace(_choice(pool, odds, place, now=now), model_version=by_model)
        )
        own = reached(slots.get(brief_id, []), pool[place].post.platforms)
        taken = pool[place] if own or brief_id not in closed else _refused(pool[place])
        _settle(connection, taken, own, now=now)
        chosen.append(taken)
        left += [each.post.id for each in judged if each is not pool[place]]
    posts.archive(connection, left, actor=POLICY, now=now)
    return chosen


def variant_odds(scores: Sequence[float | None], exploration: float) -> list[float]:
    """The probability of each variant: the best forecast, and evenly for the explored share.

    Variants in the same words have the same forecast and share its odds. Without a forecast for
    every variant all are equally likely.
    """
    even = 1 / len(scores)
    if any(score is None for score in scores) or len(scores) == 1:
        return [even] * len(scores)
    known = np.array([float(score or 0) for score in scores])
    best = np.isclose(known, known.max(), rtol=0, atol=_EVEN)
    share = max(exploration, 0.01)
    return [share * even + (1 - share) * float(one) / int(best.sum()) for one in best]


def _pool(judged: Sequence[Judged], form: str | None, *, factor: Factor) -> list[Judged]:
    """Those with the best decision; of them those in the drawn form, where there are any."""
    best = next(step for step in LADDER if any(each.decision is step for each in judged))
    pool = [each for each in judged if each.decision is best]
    return [each for each in pool if arm_of(each.post, factor) == form] or pool


def _undecided(connection: sa.Connection, brand: Brand) -> dict[str, list[ContentPost]]:
    orders: dict[str, list[ContentPost]] = defaultdict(list)
    found = posts.find(connection, status=PostStatus.GENERATED, brand=brand.name)
    decided = approvals.decisions(connection, [post.id for post in found])
    for post in found:
        is_open = (post.id, post.version) not in decided
        if post.brief_id and post.quality and is_open and not _is_unready(post, brand):
            orders[post.brief_id].append(post)
    return dict(orders)


def _is_unready(post: ContentPost, brand: Brand) -> bool:
    """Whether a judge is to read it, or its pictures to be drawn; what is blocked gets none."""
    return awaits_judge(post, brand) or (
        awaits_media(post) and worst(post.compliance_checks) is not Verdict.BLOCK
    )


def _told(
    post: ContentPost, brand: Brand, news: Sequence[Headline], *, now: datetime
) -> ContentPost:
    """The draft with what the news say of it by now; it may have been written a day ago."""
    if not news:
        return post
    return told(post, brand, at=post.scheduled_for or now, news=news)


def _judged(brand: Brand, post: ContentPost) -> Judged:
    assessed = risk_of(post, brand)
    if post.quality is None:
        return Judged(post, Decision.HELD, "it was not judged", assessed)
    decision, reason = decide(brand, post.compliance_checks, post.quality, assessed=assessed)
    return Judged(post, Decision(decision), reason, assessed)


def _refused(judged: Judged) -> Judged:
    """The draft of an order whose last slot was dropped: nothing can go out."""
    return replace(judged, decision=Decision.REJECTED, reason=NO_SLOT)


def _settle(
    connection: sa.Connection, taken: Judged, own: Sequence[PlannedSlot], *, now: datetime
) -> None:
    post = taken.post
    decision = Approval(post.id, post.version, taken.decision, POLICY, taken.reason, now)
    approvals.decide(connection, decision)
    if taken.decision is Decision.APPROVED and own:
        schedule_post(connection, post, own, actor=POLICY, now=now)
    elif taken.decision is Decision.HELD and own:
        # its slot may have been moved since it was written
        first = min(slot.schedule.due_at for slot in own)
        if first != post.scheduled_for:
            held = posts.load(connection, post.id, lock=True)
            posts.reschedule(connection, held, first, actor=POLICY, now=now)
    if taken.decision is Decision.REJECTED:
        posts.move(connection, post.id, PostStatus.ARCHIVED, actor=POLICY, now=now)


def _choice(pool: Sequence[Judged], odds: Sequence[float], place: int, *, now: datetime) -> Choice:
    taken = pool[place].post
    candidates = [
        {"post_id": each.post.id, "variant": each.post.variant, "probability": chance}
        for each, chance in zip(pool, odds, strict=True)
    ]
    return Choice(
        id=f"{taken.brief_id}:variant",
        kind="variant",
        brand=taken.brand,
        account="",
        chosen=taken.variant,
        propensity=odds[place],
        policy="greedy-explore",
        candidates=candidates,
        decided_at=now,
        post_id=taken.id,
    )
