"""What TikTok accepts: bodies and field lists, refused in its envelope of data and error."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from sandbox.audience import Account
from sandbox.fetched import File

Model = TypeVar("Model", bound=BaseModel)
Privacy = Literal["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]
SMALLEST, LARGEST, LAST = 5_000_000, 64_000_000, 128_000_000
VIDEO_FIELDS = (
    *("id", "create_time", "title", "video_description", "share_url", "duration"),
    *("cover_image_url", "embed_link", "view_count", "like_count", "comment_count", "share_count"),
)


class Problem(Exception):
    """An answer that is an error: its HTTP status, which may be 200, its code and its words."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str) -> Problem:
    """400: it does not fit."""
    return Problem(400, "invalid_param", message)


def _utf16(most: int) -> Any:
    def check(text: str) -> str:
        if len(text.encode("utf-16-le")) // 2 > most:
            raise ValueError(f"has more than {most} UTF-16 units")
        return text

    return AfterValidator(check)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _PostInfo(_Body):
    privacy_level: Privacy
    disable_comment: bool = False
    brand_content_toggle: bool = False
    brand_organic_toggle: bool = False


class VideoInfo(_PostInfo):
    """`post_info` of a clip."""

    title: Annotated[str, _utf16(2200)] = ""
    disable_duet: bool = False
    disable_stitch: bool = False
    video_cover_timestamp_ms: int | None = Field(default=None, ge=0)
    is_aigc: bool = False


class PhotoInfo(_PostInfo):
    """`post_info` of photos."""

    title: Annotated[str, _utf16(90)] = ""
    description: Annotated[str, _utf16(4000)] = ""
    auto_add_music: bool = False


class FileSource(_Body):
    """A clip that is sent in chunks; a clip by URL is not played."""

    source: Literal["FILE_UPLOAD"]
    video_size: int = Field(gt=0, le=4_000_000_000)
    chunk_size: int = Field(gt=0)
    total_chunk_count: int = Field(ge=1, le=1000)

    @model_validator(mode="after")
    def _is_cut_as_documented(self) -> Self:
        whole = self.chunk_size == self.video_size and self.chunk_size <= LARGEST
        if not whole and not SMALLEST <= self.chunk_size <= LARGEST:
            raise ValueError("chunk_size is 5 to 64 MB, or the whole of a clip up to 64 MB")
        if self.total_chunk_count != self.video_size // self.chunk_size:
            raise ValueError("total_chunk_count is video_size / chunk_size, rounded down")
        if self.video_size - (self.total_chunk_count - 1) * self.chunk_size > LAST:
            raise ValueError("the last chunk is larger than 128 MB")
        return self


class UrlSource(_Body):
    """Photos that TikTok fetches."""

    source: Literal["PULL_FROM_URL"]
    photo_images: list[str] = Field(min_length=1, max_length=35)
    photo_cover_index: int = Field(ge=0)

    @model_validator(mode="after")
    def _cover_is_one_of_them(self) -> Self:
        if self.photo_cover_index >= len(self.photo_images):
            raise ValueError("photo_cover_index names none of photo_images")
        return self


class VideoInit(_Body):
    """Body of POST /v2/post/publish/video/init/."""

    post_info: VideoInfo
    source_info: FileSource


class PhotoInit(_Body):
    """Body of POST /v2/post/publish/content/init/; drafts are not played."""

    media_type: Literal["PHOTO"]
    post_mode: Literal["DIRECT_POST"]
    post_info: PhotoInfo
    source_info: UrlSource


class Status(_Body):
    """Body of POST /v2/post/publish/status/fetch/."""

    publish_id: str = Field(min_length=1)


class List(_Body):
    """Body of POST /v2/video/list/."""

    max_count: int = Field(default=10, ge=1, le=20)
    cursor: int = Field(default=0, ge=0)


class Filters(_Body):
    """Which posts."""

    video_ids: list[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]] = Field(
        min_length=1, max_length=20
    )


class Query(_Body):
    """Body of POST /v2/video/query/."""

    filters: Filters


class Nothing(_Body):
    """An empty body."""


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call; `photos` are what its URLs gave, None where one gave nothing."""

    account: Account
    query: dict[str, str]
    body: bytes
    photos: Sequence[File] | None = None

    def fields(self) -> list[str]:
        """The fields that a read asks for.

        Raises:
            Problem: there are none, or one that nobody knows.
        """
        fields = [one for one in self.query.get("fields", "").split(",") if one]
        strange = set(fields) - set(VIDEO_FIELDS)
        if strange or not fields:
            raise invalid(f"fields is missing or unknown: {', '.join(sorted(strange))}")
        return fields


def read_body(model: type[Model], raw: bytes) -> Model:
    """The body as a model.

    Raises:
        Problem: it does not fit.
    """
    try:
        return model.model_validate(json.loads(raw or b"{}"))
    except (UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise invalid("The request body is not JSON") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise invalid(f"{where}: {first['msg']}") from exc
