"""What a Bluesky repository accepts as a post: the app.bsky.feed.post lexicon, checked."""

from typing import Annotated, Any, Literal

import regex
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

_DATETIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)$"
_TID = regex.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_RKEY = regex.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:~-]{1,512}")
_NSID = regex.compile(r"[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+){2,}")
_GRAPHEME = regex.compile(r"\X")
TEXT_GRAPHEMES, TEXT_BYTES = 300, 3000
IMAGE_BYTES, VIDEO_BYTES, THUMB_BYTES = 2_000_000, 300_000_000, 1_000_000
CAPTION_BYTES = 20_000

Did = Annotated[str, StringConstraints(pattern=r"^did:[a-z]+:[A-Za-z0-9._:%-]+$")]
AtUri = Annotated[str, StringConstraints(pattern=r"^at://[^/\s]+(/[^/\s]+){2}$")]
Cid = Annotated[str, StringConstraints(pattern=r"^b[a-z2-7]{40,}$")]
Lang = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z]{1,8}(-[A-Za-z0-9]{1,8})*$")]
Uri = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*:\S+$", max_length=8192)]


class _Part(BaseModel):
    # lexicons are open: keys that they do not name are let through
    model_config = ConfigDict(extra="allow", strict=True)


class ByteSlice(_Part):
    """A range of UTF-8 bytes, end exclusive."""

    byteStart: int = Field(ge=0)
    byteEnd: int = Field(ge=0)


class Feature(_Part):
    """What a range of the text means."""

    type: str = Field(alias="$type")
    uri: Uri | None = None
    did: Did | None = None
    tag: Annotated[str, StringConstraints(min_length=1, max_length=640)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Feature":
        kind = self.type.removeprefix("app.bsky.richtext.facet#")
        needed = {"link": self.uri, "mention": self.did, "tag": self.tag}
        if kind in needed and needed[kind] is None:
            raise ValueError(f"{self.type} lacks its value")
        if self.tag is not None and graphemes(self.tag) > 64:
            raise ValueError("tag must not be longer than 64 graphemes")
        return self


class Facet(_Part):
    """A marked range of the text."""

    index: ByteSlice
    features: list[Feature]


class Ref(_Part):
    """A strong reference."""

    uri: AtUri
    cid: Cid


class ReplyRef(_Part):
    """Where a reply hangs."""

    root: Ref
    parent: Ref


class Link(_Part):
    """The `$link` of a blob."""

    link: Cid = Field(alias="$link")


class Blob(_Part):
    """An uploaded file."""

    type: Literal["blob"] = Field(alias="$type")
    ref: Link
    mimeType: str
    size: int = Field(ge=0)


class Ratio(_Part):
    """Width to height."""

    width: int = Field(ge=1)
    height: int = Field(ge=1)


class Image(_Part):
    """A picture and its description."""

    image: Blob
    alt: str
    aspectRatio: Ratio | None = None


class Images(_Part):
    """app.bsky.embed.images."""

    images: list[Image] = Field(max_length=4)


class Caption(_Part):
    """A WebVTT file in one language."""

    lang: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    file: Blob


class Video(_Part):
    """app.bsky.embed.video."""

    video: Blob
    alt: str | None = None
    aspectRatio: Ratio | None = None
    captions: list[Caption] = Field(default=[], max_length=20)


class Card(_Part):
    """A link card."""

    uri: Uri
    title: str
    description: str
    thumb: Blob | None = None


class External(_Part):
    """app.bsky.embed.external."""

    external: Card


class Record(_Part):
    """app.bsky.embed.record."""

    record: Ref


class PostRecord(_Part):
    """app.bsky.feed.post."""

    type: Literal["app.bsky.feed.post"] = Field(alias="$type")
    text: str
    createdAt: Annotated[str, StringConstraints(pattern=_DATETIME)]
    facets: list[Facet] = []
    reply: ReplyRef | None = None
    embed: dict[str, Any] | None = None
    langs: list[Lang] = Field(default=[], max_length=3)
    tags: list[Annotated[str, StringConstraints(max_length=640)]] = Field(default=[], max_length=8)

    @model_validator(mode="after")
    def _fits(self) -> "PostRecord":
        raw = self.text.encode()
        if len(raw) > TEXT_BYTES:
            raise ValueError(f"text must not be longer than {TEXT_BYTES} bytes")
        if graphemes(self.text) > TEXT_GRAPHEMES:
            raise ValueError(f"text must not be longer than {TEXT_GRAPHEMES} graphemes")
        for facet in self.facets:
            _check_slice(raw, facet.index)
        return self


_EMBEDS: dict[str, type[_Part]] = {
    "app.bsky.embed.images": Images,
    "app.bsky.embed.video": Video,
    "app.bsky.embed.external": External,
    "app.bsky.embed.record": Record,
}


def graphemes(text: str) -> int:
    """User-perceived characters."""
    return len(_GRAPHEME.findall(text))


def is_tid(key: str) -> bool:
    """Whether a record key is a TID, as posts need one."""
    return _TID.fullmatch(key) is not None


def is_record_key(key: str) -> bool:
    """Whether a string may be a record key at all."""
    return _RKEY.fullmatch(key) is not None


def is_nsid(name: str) -> bool:
    """Whether a string may name a collection."""
    return _NSID.fullmatch(name) is not None


def read_post(record: dict[str, Any]) -> tuple[PostRecord, list[tuple[Blob, int, str]]]:
    """Check a post record.

    Returns:
        The record and the blobs it names, each with the bytes and the type that it may have.

    Raises:
        ValueError: what does not fit the lexicon, in one sentence.
    """
    try:
        post = PostRecord.model_validate(record)
        blobs = _blobs(post.embed) if post.embed is not None else []
    except ValidationError as exc:
        first = exc.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"Invalid app.bsky.feed.post record: Record/{where}: {said}") from exc
    return post, blobs


def _blobs(embed: dict[str, Any]) -> list[tuple[Blob, int, str]]:
    kind = embed.get("$type")
    if kind == "app.bsky.embed.recordWithMedia":
        Record.model_validate(embed.get("record"))
        return _blobs(embed.get("media") or {})
    if kind not in _EMBEDS:
        raise ValueError(f"Invalid app.bsky.feed.post record: Record/embed/$type is {kind!r}")
    part = _EMBEDS[kind].model_validate(embed)
    if isinstance(part, Images):
        return [(image.image, IMAGE_BYTES, "image/") for image in part.images]
    if isinstance(part, Video):
        spoken = [(each.file, CAPTION_BYTES, "text/vtt") for each in part.captions]
        return [(part.video, VIDEO_BYTES, "video/mp4"), *spoken]
    if isinstance(part, External) and part.external.thumb:
        return [(part.external.thumb, THUMB_BYTES, "image/")]
    return []


def _check_slice(raw: bytes, index: ByteSlice) -> None:
    if not index.byteStart < index.byteEnd <= len(raw):
        raise ValueError("a facet's byte range must lie within the text")
    for edge in (index.byteStart, index.byteEnd):
        if edge < len(raw) and raw[edge] & 0xC0 == 0x80:
            raise ValueError("a facet's byte range must not cut a character in two")
