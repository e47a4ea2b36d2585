"""What Mastodon accepts: bodies as JSON or form, and paging parameters."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from sandbox.audience import Account
from sandbox.mastodon_errors import Refusal, invalid

Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Query = dict[str, list[str]]


class StatusRequest(BaseModel):
    """Body of POST /api/v1/statuses; polls, quotes and scheduling are not played."""

    model_config = ConfigDict(extra="forbid")

    status: str = ""
    media_ids: list[Id] = []
    in_reply_to_id: Id | None = None
    sensitive: bool = False
    spoiler_text: str = ""
    visibility: Literal["public", "unlisted", "private", "direct"] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-\w+)?$")] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call; `fields` is its body, whether it came as JSON or as a form."""

    account: Account
    path: dict[str, str]
    query: Query
    fields: dict[str, Any]
    key: str | None


async def read_fields(request: Request) -> dict[str, Any]:
    """The fields of a body; files as bytes. Empty where there is none or it cannot be read."""
    kind = request.headers.get("content-type", "")
    if "json" in kind:
        try:
            body = json.loads(await request.body())
        except (UnicodeDecodeError, json.JSONDecodeError):
            return {}
        return body if isinstance(body, dict) else {}
    fields: dict[str, Any] = {}
    if "form" in kind:
        async with request.form() as parts:
            for name, part in parts.multi_items():
                value = part if isinstance(part, str) else await part.read()
                if name.endswith("[]"):
                    fields.setdefault(name.removesuffix("[]"), []).append(value)
                else:
                    fields[name] = value
    return fields


def read_status(fields: dict[str, Any]) -> StatusRequest:
    """The body of a new post.

    Raises:
        Refusal: 422 with what does not fit. A real server passes over what it does not know.
    """
    try:
        return StatusRequest.model_validate(fields)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise invalid(f"{where} {first['msg']}") from exc


def one(query: Query, name: str) -> str | None:
    """The value of a parameter that stands once; None where it is absent."""
    return query.get(name, [None])[-1]


def read_limit(query: Query, default: int, most: int) -> int:
    """`limit`; what is too large is cut, as the server does.

    Raises:
        Refusal: it is no number.
    """
    given = one(query, "limit") or str(default)
    if not given.isdecimal():
        raise Refusal(400, "limit is no number")
    return max(1, min(int(given), most))
