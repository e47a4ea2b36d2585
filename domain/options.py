"""What the operator may set about a platform where its documents leave it open: known by name."""

from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import TypedDict  # pydantic takes that of the library from 3.12 on

from domain.platforms import Platform

Count = Annotated[int, Field(ge=1, le=1000)]
Days = Annotated[int, Field(ge=1, le=365)]
Wait = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))]
"""In a file: seconds."""
MIB = 1024 * 1024


class _Given(TypedDict, total=False):
    """What stands in the file and nothing else; defaults are the adapter's."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]


class XGiven(_Given, total=False):
    """As `publishing.platforms.x_api.XOptions`."""

    fields: Literal["tweet.fields", "post.fields"]
    chunk_bytes: Annotated[int, Field(ge=MIB // 4, le=64 * MIB)]


class BlueskyGiven(_Given, total=False):
    """As `publishing.platforms.bluesky_media.BlueskyOptions`."""

    video: Literal["pds", "service"]
    video_service: Annotated[str, Field(pattern=r"^https?://")]


class MastodonGiven(_Given, total=False):
    """What the server says of itself, as `amsel doctor` reads it."""

    max_characters: Annotated[int, Field(ge=1, le=1_000_000)]


class GraphGiven(_Given, total=False):
    """As `publishing.platforms.graph.GraphOptions`, without what is secret or has its own key."""

    unsaid_wait: Wait
    poll_picture: Wait
    poll_video: Wait
    attempts: Count
    inbound_days: Days
    reels: bool


class LinkedInGiven(_Given, total=False):
    """As `publishing.platforms.linkedin_api.Options`, without what has a key of its own."""

    poll_every: Wait
    comment_days: Days
    notified: Annotated[tuple[str, ...], Field(min_length=1)]
    notified_days: Days
    ids_per_request: Count
    reread_seconds: Annotated[float, Field(gt=0, le=60)]


class TikTokGiven(_Given, total=False):
    """As `publishing.platforms.tiktok_api.Options`."""

    chunk: Annotated[int, Field(ge=5_000_000, le=64_000_000)]
    page: Annotated[int, Field(ge=1, le=20)]
    auto_add_music: bool
    is_own_brand: bool
    disable_comment: bool
    disable_duet: bool
    disable_stitch: bool


GIVEN: Mapping[Platform, type[_Given]] = {
    Platform.X: XGiven,
    Platform.BLUESKY: BlueskyGiven,
    Platform.MASTODON: MastodonGiven,
    Platform.INSTAGRAM: GraphGiven,
    Platform.FACEBOOK: GraphGiven,
    Platform.LINKEDIN: LinkedInGiven,
    Platform.TIKTOK: TikTokGiven,
}
"""By platform; one that is not named leaves nothing open, or comes from another package."""


def checked_options(platform: Platform, given: Any) -> dict[str, Any]:
    """The options of an account as its file gives them, each of the kind that the adapter wants.

    Raises:
        ValidationError: one line for each that is unknown there or is no such value.
    """
    if not isinstance(given, dict):
        raise ValueError("options are a list of `key: value` lines; see docs/platforms.md")
    kind = GIVEN.get(platform)
    known = sorted(kind.__annotations__) if kind else []
    unknown = [_unknown(key, given[key], platform, known) for key in given if key not in known]
    if unknown:
        raise ValidationError.from_exception_data("options", unknown)
    return dict(TypeAdapter(kind).validate_python(given)) if kind else {}


def _unknown(key: Any, value: Any, platform: Platform, known: list[str]) -> InitErrorDetails:
    near = get_close_matches(str(key), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    if not known:
        hint = f"{platform} has no options; take it out"
    said = PydanticCustomError("value_error", "{said}", {"said": f"unknown key {key!r}; {hint}"})
    return InitErrorDetails(type=said, loc=(str(key),), input=value)
