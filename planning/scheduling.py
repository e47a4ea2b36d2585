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
from domain.schedule import ScheduleTask
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
    platforms = [slot.schedule for slot in slots]
    brand = brands.served(connection, {post.brand}).get(post.brand)
    task = ScheduleTask(
        id=f"{post.id}:schedule",
        post_id=post.id,
        brand=post.brand,
        strategy=slots[0].strategy,
        platforms=tuple(platforms),
        priority=_priority(brand, post),
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
        payload = payload_of(post, schedule.platform, paid=_is_paid(brand, post))
        delivery = NewDelivery(
            key=_key(post, schedule.account),
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


def reword_deliveries(connection: sa.Connection, post: ContentPost, *, now: datetime) -> None:
    """Put a scheduled post's newest version into its deliveries, whose rows are held till the end.

    The caller holds the post; a worker that claims one of them meanwhile has won.

    Raises:
        StateError: none is planned any more, or one is out or on its way.
    """
    brand = brands.served(connection, {post.brand}).get(post.brand)
    for row in unbegun_deliveries(connection, post):
        payload = payload_of(post, row.platform, paid=_is_paid(brand, post))
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
    return Payload(
        text=post.text,
        language=post.language,
        link=post.link,
        hashtags=post.hashtags,
        media=attachments(post.media, platform),
        made_with_ai=is_generated(post.media, platform),
        paid_partnership=paid,
    )


def _is_paid(brand: Brand | None, post: ContentPost) -> bool:
    """Whether the brand file or the text says that somebody else pays for it."""
    if brand is None:
        return False
    return brand.is_paid_for(post.campaign) or is_advertising(post.text, brand)


def _priority(brand: Brand | None, post: ContentPost) -> int:
    """That of the campaign it is part of; 0 where it is part of none, or of one that is gone."""
    return next(
        (each.priority for each in (brand.campaigns if brand else ()) if each.id == post.campaign),
        0,
    )


def _key(post: ContentPost, account: str) -> str:
    # a post from a file goes to one account, under the very key that the file gave it
    return post.id if post.brief_id is None else f"{post.id}:{account}"
