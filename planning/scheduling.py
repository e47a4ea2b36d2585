"""An approved post becomes deliveries, one an account, in the transaction that approves it."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from domain.brand import Brand
from domain.deliveries import Delivery, DeliveryState, NewDelivery, Payload
from domain.errors import StateError
from domain.media import attachments, is_generated
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from domain.rules.disclosure import is_advertising
from domain.schedule import PlatformSchedule, ScheduleTask
from domain.wordings import wording_on
from planning.placing import campaign_priority, reason_of
from planning.slots import PlannedSlot
from storage.ledger import brands, deliveries, posts, rewording, schedules
from storage.ledger.posts import PostMove


def schedule_post(
    connection: sa.Connection,
    post: ContentPost,
    slots: Sequence[PlannedSlot],
    *,
    actor: str,
    now: datetime,
) -> ContentPost:
    """Schedule a post on the platforms of its slots; repeating it is harmless."""
    because = reason_of(connection, post.brief_id)
    platforms = [_told(slot, because) for slot in slots]
    brand = brands.served(connection, {post.brand}).get(post.brand)
    task = ScheduleTask(
        id=f"{post.id}:schedule",
        post_id=post.id,
        brand=post.brand,
        strategy=slots[0].strategy,
        platforms=tuple(platforms),
        priority=campaign_priority(brand, post.campaign) if brand else 0,
    )
    schedules.save(connection, task, now=now)
    first = min(schedule.due_at for schedule in platforms)
    moved = posts.move(
        connection,
        post.id,
        PostStatus.SCHEDULED,
        actor=actor,
        now=now,
        change=PostMove(scheduled_for=first),
    )
    for schedule in platforms:
        payload = payload_of(post, schedule.platform, paid=_is_paid(brand, post, schedule.platform))
        delivery = NewDelivery(
            key=delivery_key(post, schedule.account),
            brand=post.brand,
            platform=schedule.platform,
            account=schedule.account,
            payload=payload,
            due_at=schedule.due_at,
            local_time=schedule.local_time,
            time_zone=schedule.time_zone,
            post_id=post.id,
            post_version=post.version,
        )
        deliveries.plan(connection, delivery, now=now)
    return moved


def move_slot(
    connection: sa.Connection, delivery: Delivery, slot: PlannedSlot, *, actor: str, now: datetime
) -> None:
    """Let a planned delivery go out in another slot of its account.

    The caller holds its post and, after that, its row.

    Raises:
        StateError: it is no longer only planned.
    """
    schedule = slot.schedule
    kept = {name: getattr(delivery, name) for name in NewDelivery.model_fields}
    when = {name: getattr(schedule, name) for name in ("due_at", "local_time", "time_zone")}
    deliveries.plan(connection, NewDelivery.model_validate(kept | when), now=now)
    if delivery.post_id is not None:
        tasks = schedules.load(connection, post_id=delivery.post_id)
        for task in tasks:
            own = [schedule if each.account == slot.schedule.account else each
                   for each in task.platforms]  # fmt: skip
            schedules.save(connection, task.model_copy(update={"platforms": (*own,)}), now=now)
        first = min(each.due_at for each in deliveries.of_posts(connection, [delivery.post_id])
                    if each.state != DeliveryState.CANCELLED)  # fmt: skip
        post = posts.load(connection, delivery.post_id, lock=True)
        if post.scheduled_for != first:
            posts.reschedule(connection, post, first, actor=actor, now=now)


def drop_slot(
    connection: sa.Connection, delivery: Delivery, *, why: str, actor: str, now: datetime
) -> None:
    """Take back a planned delivery whose slot is no more; the post is put away with its last one.

    The caller holds its post and, after that, its row.
    """
    deliveries.move(
        connection,
        delivery,
        DeliveryState.CANCELLED,
        now=now,
        actor=actor,
        reason=f"the brand file leaves no slot for it: {why}",
        remedy="mend the brand file, then plan the post under a new key",
        next_at=None,
    )
    if delivery.post_id is None:
        return
    left = deliveries.of_posts(connection, [delivery.post_id])
    if all(one.state == DeliveryState.CANCELLED for one in left):
        posts.move(connection, delivery.post_id, PostStatus.ARCHIVED, actor=actor, now=now)


def reword_deliveries(connection: sa.Connection, post: ContentPost, *, now: datetime) -> None:
    """Put a scheduled post's newest version into its deliveries, whose rows are held till the end.

    The caller holds the post; a worker that claims one of them meanwhile has won.

    Raises:
        StateError: none is planned any more, or one is out or on its way.
    """
    brand = brands.served(connection, {post.brand}).get(post.brand)
    for row in unbegun_deliveries(connection, post):
        payload = payload_of(post, row.platform, paid=_is_paid(brand, post, row.platform))
        rewording.reword(connection, row, payload, version=post.version, now=now)


def unbegun_deliveries(connection: sa.Connection, post: ContentPost) -> list[Delivery]:
    """The deliveries of a scheduled post that nobody has begun, each locked, soonest first.

    Raises:
        StateError: there is none, or one is out or on its way.
    """
    ids = [one.id for one in deliveries.of_posts(connection, [post.id])]
    rows = deliveries.load_all(connection, ids, lock=True).values()
    left = [row for row in rows if row.state != DeliveryState.CANCELLED]
    begun = next((row for row in left if not rewording.is_unbegun(row)), None)
    if begun is not None or not left:
        why = f"{begun.key!r} is {begun.state}" if begun else "nothing of it is planned any more"
        raise StateError(
            f"post {post.id} cannot be changed: {why}; take back what is not out with `amsel "
            "deliveries cancel KEY --reason WHY` and plan the new text under another key"
        )
    return sorted(left, key=lambda row: (row.due_at, row.id))


def payload_of(post: ContentPost, platform: Platform, *, paid: bool = False) -> Payload:
    """What of a post goes out on a platform."""
    here = wording_on(post, platform)
    return Payload(
        text=here.text,
        language=post.language,
        link=here.link,
        hashtags=here.hashtags,
        media=attachments(post.media, platform),
        made_with_ai=is_generated(post.media, platform),
        paid_partnership=paid,
    )


def _told(slot: PlannedSlot, because: str) -> PlatformSchedule:
    """The slot's schedule, whose reason also tells why this post has it.

    What an hour promised says nothing of the one to which its slot was moved.
    """
    schedule = slot.schedule
    told = f"{schedule.reasoning} {because}" if because and not slot.times_moved else ""
    return schedule.model_copy(update={"reasoning": told or schedule.reasoning})


def _is_paid(brand: Brand | None, post: ContentPost, platform: Platform) -> bool:
    """Whether the brand file or the text there says that somebody else pays for it."""
    if brand is None:
        return False
    return brand.is_paid_for(post.campaign) or is_advertising(post.text_for(platform), brand)


def delivery_key(post: ContentPost, account: str) -> str:
    """The key under which a post goes out on an account."""
    # a post from a file goes to one account, under the very key that the file gave it
    return post.id if post.brief_id is None else f"{post.id}:{account}"
