"""Posts in the ledger: the newest version, all versions, and the moves between states."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import takewhile
from typing import Any

import sqlalchemy as sa

from domain.engagement import EngagementMetrics
from domain.errors import StateError, StoreError
from domain.events import DomainEvent, EventType
from domain.media import MediaAsset
from domain.moves import check_move
from domain.posts import ContentPost, PostStatus
from storage.ledger import events
from storage.ledger.documents import insert_new, to_document
from storage.ledger.tables import post_versions, posts

CONTENT = {
    "text", "adaptations", "hashtags", "mentions", "link", "media", "platforms", "language",
}  # fmt: skip
"""The fields that make a version: changing one of them needs a new version."""
_AT_A_TIME = 100
"""So many documents are fetched at a time by who reads them one after the other."""
# built once: a brand's day loads and moves hundreds of posts one by one
_OF_ID = sa.select(posts.c.document).where(posts.c.id == sa.bindparam("wanted"))
_LOCKED = _OF_ID.with_for_update()


@dataclass(frozen=True, slots=True)
class PostMove:
    """What a move of a post sets beside the status; None leaves it as it is."""

    scheduled_for: datetime | None = None
    published_at: datetime | None = None


def save(
    connection: sa.Connection, post: ContentPost, *, key: str, actor: str, now: datetime
) -> str:
    """Keep a post, or a newer version of it, and return its id.

    A key that is taken by another id is a repeat: nothing changes and the first id comes back.

    Raises:
        StateError: the content changed without a new version, the version went back, or the
            status differs (that is what `move` is for).
    """
    values = _values(post) | {"key": key, "updated_at": now}
    if insert_new(connection, posts, id=post.id, **values):
        _add_version(connection, post, values["document"], actor=actor, now=now)
        return post.id
    taken = connection.scalar(sa.select(posts.c.id).where(posts.c.key == key))
    if taken is not None and taken != post.id:
        return str(taken)
    stored = load(connection, post.id, lock=True)
    _check_edit(stored, post)
    if post == stored:
        return post.id
    connection.execute(posts.update().where(posts.c.id == post.id).values(**values))
    if post.version > stored.version:
        document = values["document"]
        _add_version(connection, post, document, actor=actor, now=now, media_before=stored.media)
    return post.id


def load(connection: sa.Connection, post_id: str, *, lock: bool = False) -> ContentPost:
    """The newest version of a post; `lock` keeps others from changing it in this transaction.

    Raises StoreError where there is no such post.
    """
    document = connection.scalar(_LOCKED if lock else _OF_ID, {"wanted": post_id})
    if document is None:
        raise StoreError(f"the ledger knows no post {post_id!r}; `amsel deliveries` lists them")
    return ContentPost.model_validate(document)


def seek(connection: sa.Connection, post_id: str) -> ContentPost | None:
    """The newest version of a post; None where there is no such post."""
    document = connection.scalar(_OF_ID, {"wanted": post_id})
    return ContentPost.model_validate(document) if document else None


def find(
    connection: sa.Connection,
    *,
    status: PostStatus | None = None,
    brand: str | None = None,
    since: datetime | None = None,
) -> list[ContentPost]:
    """The newest versions of all posts of that status and brand, soonest slot first.

    With `since`, those whose slot came before it, or that have none, are left out.
    """
    return [*each(connection, status=status, brand=brand, since=since)]


def each(
    connection: sa.Connection,
    *,
    status: PostStatus | None = None,
    brand: str | None = None,
    since: datetime | None = None,
    but: PostStatus | None = None,
) -> Iterator[ContentPost]:
    """The same posts one after the other, for who keeps but a part of each.

    With `but`, those of that status are left out.
    """
    query = sa.select(posts.c.document).order_by(posts.c.scheduled_for, posts.c.id)
    if status is not None:
        query = query.where(posts.c.status == status)
    if but is not None:
        query = query.where(posts.c.status != but)
    if brand is not None:
        query = query.where(posts.c.brand == brand)
    if since is not None:
        query = query.where(posts.c.scheduled_for >= since)
    # a client of PostgreSQL would hold all documents before it gives the first
    for document in connection.scalars(query.execution_options(yield_per=_AT_A_TIME)):
        yield ContentPost.model_validate(document)


def versions(connection: sa.Connection, post_id: str) -> list[ContentPost]:
    """Every version of a post as it was written, oldest first."""
    query = sa.select(post_versions.c.document).where(post_versions.c.post_id == post_id)
    rows = connection.scalars(query.order_by(post_versions.c.version))
    return [ContentPost.model_validate(document) for document in rows]


def history(connection: sa.Connection, post_id: str) -> list[tuple[ContentPost, str, datetime]]:
    """Every version of a post with who made it and when, oldest first."""
    columns = (post_versions.c.document, post_versions.c.actor, post_versions.c.created_at)
    query = sa.select(*columns).where(post_versions.c.post_id == post_id)
    return [
        (ContentPost.model_validate(row.document), row.actor, row.created_at)
        for row in connection.execute(query.order_by(post_versions.c.version))
    ]


def authors(connection: sa.Connection, post: ContentPost) -> frozenset[str]:
    """Who gave the post the text that it has: of the newest versions those that say the same."""
    query = sa.select(post_versions.c.document, post_versions.c.actor)
    rows = connection.execute(
        query.where(
            post_versions.c.post_id == post.id, post_versions.c.version <= post.version
        ).order_by(post_versions.c.version.desc())
    )
    said = (post.text, post.adaptations)
    same = takewhile(lambda row: texts_of(row.document) == said, rows)
    return frozenset(str(row.actor) for row in same)


def edits(
    connection: sa.Connection, *, brand: str, machines: Collection[str]
) -> list[tuple[ContentPost, ContentPost]]:
    """Each change of a post's text with the version before it, oldest first.

    Versions that one of `machines` made are no edits.
    """
    before, after = post_versions.alias(), post_versions.alias()
    same = sa.and_(after.c.post_id == before.c.post_id, after.c.version == before.c.version + 1)
    query = (
        sa.select(before.c.document, after.c.document)
        .join(after, same)
        .join(posts, posts.c.id == before.c.post_id)
        .where(posts.c.brand == brand, after.c.actor.not_in([*machines]))
        .order_by(after.c.created_at, after.c.post_id)
    )
    pairs = [tuple(map(ContentPost.model_validate, row)) for row in connection.execute(query)]
    return [(old, new) for old, new in pairs if old.text != new.text]


def texts_of(document: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """The main text of a stored post and those of single platforms; older ones have none."""
    return document["text"], document.get("adaptations", {})


def move(
    connection: sa.Connection,
    post_id: str,
    status: PostStatus,
    *,
    actor: str,
    now: datetime,
    change: PostMove | None = None,
) -> ContentPost:
    """Move a post to `status`; one that is there already is left as it is.

    Raises:
        StateError: the table of moves does not allow it.
        StoreError: there is no such post.
    """
    post = load(connection, post_id, lock=True)
    if post.status == status:
        return post
    (moved,) = move_all(connection, [(post, status, change or PostMove())], actor=actor, now=now)
    return moved


def move_all(
    connection: sa.Connection,
    moves: Sequence[tuple[ContentPost, PostStatus, PostMove]],
    *,
    actor: str,
    now: datetime,
) -> list[ContentPost]:
    """Move posts that the caller has loaded under lock. Raises StateError as `move` does."""
    moved = [_moved(post, status, change) for post, status, change in moves]
    if moved:
        rows = [
            {"moved_id": post.id, "new_updated_at": now}
            | {f"new_{name}": value for name, value in _values(post).items()}
            for post in moved
        ]
        connection.execute(_move(tuple(name for name in rows[0] if name != "moved_id")), rows)
    told = [post for post in moved if post.status == PostStatus.SCHEDULED]
    new = [_event(EventType.POST_SCHEDULED, post, actor=actor, now=now) for post in told]
    events.append(connection, *new)
    return moved


def archive(
    connection: sa.Connection, post_ids: Collection[str], *, actor: str, now: datetime
) -> None:
    """Put posts away in one round; what is away already is left so. Raises StateError as `move`."""
    if not post_ids:
        return
    # in the order in which everyone locks posts
    query = sa.select(posts.c.document).where(posts.c.id.in_(post_ids)).order_by(posts.c.id)
    found = connection.scalars(query.with_for_update()).all()
    held = [ContentPost.model_validate(document) for document in found]
    away = PostStatus.ARCHIVED
    moves = [(post, away, PostMove()) for post in held if post.status is not away]
    move_all(connection, moves, actor=actor, now=now)


@cache
def _move(names: tuple[str, ...]) -> sa.Update:
    values = {name.removeprefix("new_"): sa.bindparam(name) for name in names}
    return posts.update().where(posts.c.id == sa.bindparam("moved_id")).values(values)


def reschedule(
    connection: sa.Connection, post: ContentPost, at: datetime, *, actor: str, now: datetime
) -> ContentPost:
    """Give a post that the caller has loaded under lock another first instant.

    Events tell of it where the post is scheduled; a draft that waits is none yet.
    """
    moved = post.model_copy(update={"scheduled_for": at})
    values = _values(moved) | {"updated_at": now}
    connection.execute(posts.update().where(posts.c.id == post.id).values(**values))
    if moved.status is PostStatus.SCHEDULED:
        events.append(connection, _event(EventType.POST_SCHEDULED, moved, actor=actor, now=now))
    return moved


def measure(
    connection: sa.Connection, counts: Mapping[str, EngagementMetrics], *, now: datetime
) -> None:
    """Keep what posts have got so far, by post; the batch is announced as one event."""
    if not counts:
        return
    # in the order in which everyone locks posts
    query = sa.select(posts.c.document).where(posts.c.id.in_(counts)).order_by(posts.c.id)
    for document in connection.scalars(query.with_for_update()).all():
        post = ContentPost.model_validate(document)
        measured = post.model_copy(update={"metrics": counts[post.id]})
        values = {"document": to_document(measured), "updated_at": now}
        connection.execute(posts.update().where(posts.c.id == post.id).values(**values))
    told = {"schema_version", "observed_at", "sentiment"}
    payload = {
        "observed_at": max(each.observed_at for each in counts.values()).isoformat(),
        "posts": {
            name: each.model_dump(mode="json", exclude=told, exclude_none=True)
            for name, each in sorted(counts.items())
        },
    }
    received = DomainEvent(
        type=EventType.ENGAGEMENT_RECEIVED,
        occurred_at=now,
        correlation=f"engagement:{payload['observed_at']}",
        actor="counts",
        payload=payload,
    )
    events.append(connection, received)


def metrics(connection: sa.Connection, post_id: str) -> EngagementMetrics | None:
    """The newest counts of a post over all its accounts; None before the first count."""
    post = seek(connection, post_id)
    return post.metrics if post else None


def _moved(post: ContentPost, status: PostStatus, change: PostMove) -> ContentPost:
    check_move(post.status, status)
    fields: dict[str, Any] = {"status": status}
    fields |= {"scheduled_for": change.scheduled_for} if change.scheduled_for else {}
    fields |= {"published_at": change.published_at} if change.published_at else {}
    return post.model_copy(update=fields)


def _values(post: ContentPost) -> dict[str, Any]:
    return {
        "brand": post.brand,
        "version": post.version,
        "status": post.status,
        "scheduled_for": post.scheduled_for,
        "published_at": post.published_at,
        "document": to_document(post),
    }


def _check_edit(stored: ContentPost, post: ContentPost) -> None:
    if post.status != stored.status:
        raise StateError(f"post {post.id} is {stored.status}, not {post.status}; use posts.move")
    if post.version < stored.version:
        raise StateError(
            f"post {post.id} is at version {stored.version}, not {post.version}; load it again"
        )
    same = stored.model_dump(include=CONTENT) == post.model_dump(include=CONTENT)
    if post.version == stored.version and not same:
        raise StateError(
            f"post {post.id} was edited within version {post.version}; "
            f"save the edit as version {post.version + 1}"
        )


def _add_version(
    connection: sa.Connection,
    post: ContentPost,
    document: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
    media_before: Sequence[MediaAsset] = (),
) -> None:
    """Keep the version as it is, and announce it and what of its media is new."""
    row = {"post_id": post.id, "version": post.version, "document": document, "actor": actor}
    connection.execute(post_versions.insert(), row | {"created_at": now})
    written = _event(EventType.CONTENT_GENERATED, post, actor=actor, now=now)
    known = {asset.sha256 for asset in media_before}
    fresh = [asset for asset in post.media if asset.sha256 not in known]
    media = [_media_event(asset, post, written, now=now) for asset in fresh]
    events.append(connection, written, *media)


def _media_event(
    asset: MediaAsset, post: ContentPost, written: DomainEvent, *, now: datetime
) -> DomainEvent:
    payload = {
        "media_id": asset.id,
        "sha256": asset.sha256,
        "kind": asset.kind,
        "mime_type": asset.mime_type,
        "post_id": post.id,
        "version": post.version,
        "brand": post.brand,
    }
    return DomainEvent(
        type=EventType.MEDIA_CREATED,
        occurred_at=now,
        correlation=post.id,
        causation=written.id,
        actor=asset.made_by,
        payload=payload,
    )


def _event(kind: EventType, post: ContentPost, *, actor: str, now: datetime) -> DomainEvent:
    slot = post.scheduled_for.isoformat() if post.scheduled_for else None
    payload = {
        "post_id": post.id,
        "version": post.version,
        "brand": post.brand,
        "platforms": list(post.platforms),
        "scheduled_for": slot,
    }
    return DomainEvent(
        type=kind, occurred_at=now, correlation=post.id, actor=actor, payload=payload
    )
