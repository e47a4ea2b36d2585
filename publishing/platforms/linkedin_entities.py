"""What LinkedIn shows of a post or comment, read from its answers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from publishing.platforms.linkedin_text import plain_text

COMMENT = "urn:li:comment:"
POSTED = ("urn:li:share:", "urn:li:ugcPost:")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Share:
    """One post; the text as people read it."""

    urn: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment below a post, by whoever the URN `actor` names."""

    urn: str
    actor: str
    text: str
    created_at: datetime
    parent: str | None


def share(given: dict[str, Any]) -> Share:
    """A post; raises what `base.GARBLED` lists where it is none."""
    at = given.get("createdAt") or given.get("publishedAt") or given["firstPublishedAt"]
    return Share(str(given["id"]), plain_text(str(given.get("commentary") or "")), moment(at))


def remark(given: dict[str, Any]) -> Remark:
    """A comment; raises what `base.GARBLED` lists where it is none."""
    return Remark(
        urn=str(given.get("commentUrn") or comment_urn(given["object"], given["id"])),
        actor=str(given["actor"]),
        text=str(given["message"]["text"]),
        created_at=moment(given["created"]["time"]),
        parent=given.get("parentComment"),
    )


def post_told_of(notification: dict[str, Any]) -> str:
    """The URN of the post that a notification is about; raises ValueError where none is named.

    Which of the two fields holds it, and which the activity, differs.
    """
    decorated = notification.get("decoratedSourcePost") or {}
    for urn in (notification.get("sourcePost"), decorated.get("entity")):
        if str(urn).startswith(POSTED):
            return str(urn)
    raise ValueError("the notification names no post")


def comment_urn(thread: str, comment_id: object) -> str:
    """The URN of a comment in a thread, which is an activity or a post."""
    return f"{COMMENT}({thread},{comment_id})"


def thread_of(comment: str) -> tuple[str, str]:
    """The thread and the id that a comment's URN is made of; empty ids where it is none."""
    inside = comment.removeprefix(COMMENT).strip("()")
    thread, _, comment_id = inside.rpartition(",")
    return thread, comment_id


def since_1970(at: datetime) -> int:
    """An instant as milliseconds since 1970."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def moment(milliseconds: object) -> datetime:
    """An instant from milliseconds since 1970; raises ValueError where it is none."""
    try:
        return EPOCH + timedelta(milliseconds=int(str(milliseconds)))
    except OverflowError as exc:
        raise ValueError("the instant lies outside of the calendar") from exc


def address(urn: str) -> str:
    """Where people see a post."""
    return f"https://www.linkedin.com/feed/update/{urn}"
