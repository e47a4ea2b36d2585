"""The parts of Mastodon's entities that Amsel reads; whatever a server leaves out is None."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from domain.entity import Instant

Id = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
"""A string in the documents; some servers that are no Mastodon send a number."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Person(_Part):
    """Account: who wrote something."""

    id: Id
    acct: str
    username: str | None = None


class MediaAttachment(_Part):
    """MediaAttachment; `url` is None while the server still works on it."""

    id: Id
    type: str = "unknown"
    url: str | None = None
    description: str | None = None


class Status(_Part):
    """Status: a post as it is shown."""

    id: Id
    created_at: Instant
    account: Person | None = None
    content: str = ""
    visibility: str | None = None
    url: str | None = None
    in_reply_to_id: Id | None = None
    favourites_count: int | None = None
    reblogs_count: int | None = None
    replies_count: int | None = None
    quotes_count: int | None = None
    media_attachments: tuple[MediaAttachment, ...] = ()


class Source(_Part):
    """StatusSource: the text as it was sent."""

    id: Id
    text: str


class Notification(_Part):
    """Notification; `status` is there where it is about one."""

    id: Id
    type: str
    created_at: Instant
    account: Person | None = None
    status: Status | None = None


class Statuses(_Part):
    """`configuration.statuses`."""

    max_characters: int = 500
    max_media_attachments: int = 4
    characters_reserved_per_url: int = 23


class MediaRules(_Part):
    """`configuration.media_attachments`; the defaults are a stock server's (4.5)."""

    supported_mime_types: tuple[str, ...] = ()
    description_limit: int = 1500
    image_size_limit: int = 16_777_216
    video_size_limit: int = 103_809_024


class Configuration(_Part):
    """What this server takes."""

    statuses: Statuses = Statuses()
    media_attachments: MediaRules = MediaRules()


class Instance(_Part):
    """Instance (v2): the server's version and its limits, which forks change at will."""

    version: str = ""
    api_versions: dict[str, Any] = Field(default_factory=dict)
    configuration: Configuration = Configuration()
