"""Posts that were written elsewhere, as a file of JSON lines: key, platform, account, text, at."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from domain.entity import Entity, Instant
from domain.errors import InputError
from domain.platforms import Platform

SHOWN = 20
"""How many bad lines are named."""


class WrittenPost(Entity):
    """One post as a person or another program planned it; `key` names it for ever."""

    model_config = ConfigDict(str_strip_whitespace=True)

    key: str = Field(min_length=1, max_length=200)
    platform: Platform
    account: str = Field(min_length=1)
    text: str = Field(min_length=1, max_length=5000)
    at: Instant
    media: tuple[Any, ...] = ()

    @property
    def account_id(self) -> str:
        """The account's name across all stores: `platform:handle`."""
        bare = self.account.removeprefix(f"{self.platform}:").removeprefix("@")
        return f"{self.platform}:{bare}"


@dataclass(frozen=True, slots=True)
class Line:
    """A post with the place where it stands, `file:line`."""

    place: str
    post: WrittenPost


def read_posts(path: Path) -> list[Line]:
    """The posts of a JSON-lines file, in its order; an equal line twice counts once.

    Raises:
        InputError: the file or lines of it are wrong; names file, line, field and remedy.
    """
    kept: dict[str, Line] = {}
    wrong: list[str] = []
    for place, text in _lines(path):
        try:
            line = Line(place, _parsed(text))
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
    if post.media:
        raise InputError("media: posts with pictures or videos cannot be planned yet; leave it out")
    return post


def _remedied(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing; a line has key, platform, account, text and at"
    if kind == "extra_forbidden":
        return "is no field of a post; a line has key, platform, account, text and at"
    if kind == "timezone_aware":
        return "has no time zone; write it like 2026-03-02T10:00:00+01:00"
    return f"{message[:1].lower()}{message[1:]}; mend the line"
