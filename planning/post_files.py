"""Posts that were written elsewhere, as a file of JSON lines: key, platform, account, text, at."""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError, model_validator

from content.media.anonymous import anonymous
from domain.entity import Entity, Instant
from domain.errors import InputError
from domain.media import MediaAsset
from domain.platforms import Platform
from planning.uploads import upload
from storage.blobs import Blobs

MOST_CAPTIONS = 20_000
"""Bytes, as Bluesky's lexicon has it."""
SHOWN = 20
"""How many bad lines are named."""


class WrittenMedia(Entity):
    """A picture or clip of a post: its path, from the folder of the file, and what it shows.

    `captions` is the path of a clip's WebVTT file. A bare path stands for a file without a
    description.
    """

    path: str = Field(min_length=1)
    alt: str = ""
    captions: str = ""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        return {"path": given} if isinstance(given, str) else given


class WrittenPost(Entity):
    """One post as a person or another program planned it; `key` names it for ever."""

    model_config = ConfigDict(str_strip_whitespace=True)

    key: str = Field(min_length=1, max_length=200)
    platform: Platform
    account: str = Field(min_length=1)
    text: str = Field(min_length=1, max_length=5000)
    at: Instant
    media: tuple[WrittenMedia, ...] = ()

    @property
    def account_id(self) -> str:
        """The account's name across all stores: `platform:handle`."""
        bare = self.account.removeprefix(f"{self.platform}:").removeprefix("@")
        return f"{self.platform}:{bare}"


@dataclass(frozen=True, slots=True)
class Line:
    """A post with the place where it stands, `file:line`, and its files as they were measured.

    `made` is what was made of files that the platform does not take as they are.
    """

    place: str
    post: WrittenPost
    media: tuple[MediaAsset, ...] = ()
    files: tuple[Path, ...] = ()
    made: tuple[bytes, ...] = ()


def read_posts(path: Path) -> list[Line]:
    """The posts of a JSON-lines file, in its order; an equal line twice counts once.

    Raises:
        InputError: the file or lines of it are wrong; names file, line, field and remedy.
    """
    kept: dict[str, Line] = {}
    wrong: list[str] = []
    for place, text in _lines(path):
        try:
            line = _with_media(Line(place, _parsed(text)), path.parent)
        except InputError as exc:
            wrong.append(f"{place}: {exc}")
            continue
        first = kept.setdefault(line.post.key, line)
        if first.post != line.post:
            wrong.append(
                f"{place}: key {line.post.key!r} stands on {first.place} with other content; "
                "give each post a key of its own"
            )
    refuse_wrong(wrong)
    if not kept:
        raise InputError(f"{path} holds no post; write one JSON object a line")
    return list(kept.values())


def refuse_wrong(wrong: Sequence[str]) -> None:
    """Raise InputError with one line for each thing that is wrong, where anything is."""
    if wrong:
        more = [f"and {len(wrong) - SHOWN} more lines"] if len(wrong) > SHOWN else []
        raise InputError("\n".join([*wrong[:SHOWN], *more, "nothing was planned"]))


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}; check the path") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path} is not UTF-8; save it as UTF-8") from exc
    # a text may hold U+2028 and its like, which splitlines would take for ends of lines
    for number, text in enumerate(content.split("\n"), start=1):
        if text.strip():
            yield f"{path}:{number}", text


def _parsed(text: str) -> WrittenPost:
    try:
        post = WrittenPost.model_validate(json.loads(text))
    except json.JSONDecodeError as exc:
        raise InputError(
            f"no JSON ({exc.msg} at column {exc.colno}); write one object on one line"
        ) from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        field = ".".join(str(step) for step in first["loc"]) or "the line"
        raise InputError(f"{field}: {_remedied(first['type'], first['msg'])}") from exc
    return post


def _with_media(line: Line, folder: Path) -> Line:
    """The line with its files found and measured; raises InputError where one is no picture."""
    platform, wanted = line.post.platform, line.post.media
    files = tuple(folder / one.path for one in wanted)
    uploads = [
        upload(file, name=f"media: {one.path}", alt=one.alt, platform=platform)
        for one, file in zip(wanted, files, strict=True)
    ]
    spoken = [_captions(folder / one.captions) if one.captions else None for one in wanted]
    made = [one.made for one in uploads if one.made is not None]
    media = tuple(
        one.asset
        if read is None
        else one.asset.model_copy(update={"captions": sha256(read).hexdigest()})
        for one, read in zip(uploads, spoken, strict=True)
    )
    kept = (*made, *(read for read in spoken if read is not None))
    return replace(line, media=media, files=files, made=kept)


def _captions(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise InputError(f"captions: {path} cannot be read: {exc.strerror}") from exc
    if not content.removeprefix(BOM_UTF8).startswith(b"WEBVTT") or len(content) > MOST_CAPTIONS:
        raise InputError(
            f"captions: {path.name} is no WebVTT of at most {MOST_CAPTIONS} bytes; it begins with "
            "WEBVTT"
        )
    return content


def keep_media(lines: Sequence[Line], blobs: Blobs) -> None:
    """Put the files of all lines, without their metadata, where the door reads them.

    Raises:
        StoreError: the disk refuses.
    """
    kinds = {
        file: asset.mime_type
        for line in lines
        for file, asset in zip(line.files, line.media, strict=True)
    }
    for file, mime_type in kinds.items():
        blobs.put(anonymous(file.read_bytes(), mime_type))
    for line in lines:
        for content in line.made:
            blobs.put(content)


def _remedied(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing; a line has key, platform, account, text, at, and media where it has any"
    if kind == "extra_forbidden":
        return "is no field of a post; a line has key, platform, account, text and at"
    if kind == "timezone_aware":
        return "has no time zone; write it like 2026-03-02T10:00:00+01:00"
    return f"{message[:1].lower()}{message[1:]}; mend the line"
