"""What LinkedIn's refusals mean, mapped once to our errors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx

from domain.errors import (
    AuthExpired,
    Duplicate,
    Forbidden,
    NetworkError,
    RateLimited,
    Rejected,
    VersionGone,
)
from publishing.platforms.base import body_of, broken_down, retry_after
from publishing.platforms.recording import log_refusal


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: which answers it meets, what they mean, and what to do.

    Attributes:
        status: the HTTP status.
        code: LinkedIn's `code`, or a code among `errorDetails.inputErrors`; empty fits any.
    """

    status: int
    leaf: type[NetworkError]
    words: str
    remedy: str
    code: str = ""


TABLE = (
    Row(400, Rejected, "cannot read it", "change the post and plan it again"),
    Row(
        401,
        AuthExpired,
        "says that the token was revoked",
        "connect the account again",
        code="REVOKED_ACCESS_TOKEN",
    ),
    Row(401, AuthExpired, "refuses the token", "renew it or connect the account again"),
    Row(
        403,
        Forbidden,
        "lacks a permission",
        "connect the account again with all scopes, and see that it is still administrator",
    ),
    Row(404, Rejected, "has no such thing", "look whether what it answers is gone"),
    Row(405, Rejected, "does not do that", "do it by hand"),
    Row(409, Duplicate, "says it has this already", "it is looked up"),
    Row(413, Rejected, "finds it too large", "use a smaller file"),
    Row(422, Duplicate, "says it has this already", "it is looked up", code="DUPLICATE_POST"),
    Row(422, Rejected, "refuses the content", "change the post and plan it again"),
    Row(
        426,
        VersionGone,
        "retired this version of its API",
        "give the account a newer api_version in the brand file, or update Amsel",
    ),
)
"""By status, and by LinkedIn's code where one is given; the first that fits counts."""

LATE_ACTIVITY = "Unable to obtain activity"
"""A post that is too young to be found in another service; it comes with several statuses."""
_POST = re.compile(r"urn:li:(?:share|ugcPost):\d+")
_WINDOW = re.compile(r"\bDAY\b")
_OF_APP = re.compile(r"\bAPPLICATION\b")


def error_for(
    response: httpx.Response, where: str, *, changes_something: bool, now: datetime
) -> NetworkError:
    """Our error for an answer of LinkedIn that is no success."""
    log_refusal(response, where)
    status, body = response.status_code, body_of(response)
    codes = _codes(body)
    said = str(body.get("message") or f"HTTP {status}")[:300]
    if status == 429:
        return _throttled(response, where, said, now=now)
    if not is_transient(status, said):
        for row in TABLE:
            if row.status == status and (not row.code or row.code in codes):
                return _made(row, where, said)
        if 400 <= status < 500:
            return Rejected(f"{where} refuses it ({said}); change the post and plan it again")
    return broken_down(response, where, said, changes_something=changes_something, now=now)


def is_transient(status: int, said: str) -> bool:
    """Whether LinkedIn failed rather than refused."""
    return status in (408, 425) or status >= 500 or LATE_ACTIVITY in said


def _made(row: Row, where: str, said: str) -> NetworkError:
    message = f"{where} {row.words} ({said}); {row.remedy}"
    if row.leaf is Duplicate:
        named = _POST.search(said)
        return Duplicate(message, platform_id=named[0] if named else None)
    return row.leaf(message)


def _throttled(response: httpx.Response, where: str, said: str, *, now: datetime) -> RateLimited:
    """All documented limits are daily and end at 00:00 UTC; no header says how much is left."""
    until = retry_after(response, now)
    if until is None and _WINDOW.search(said):
        until = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    when = until.isoformat() if until else "a while"
    message = f"{where} asks to wait until {when} ({said}); nothing to do"
    return RateLimited(message, until=until, of_app=_OF_APP.search(said) is not None)


def _codes(body: Mapping[str, Any]) -> set[str]:
    found = {str(body[name]) for name in ("code", "serviceErrorCode") if body.get(name)}
    details = body.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    if isinstance(inputs, list):
        found |= {str(one["code"]) for one in inputs if isinstance(one, dict) and "code" in one}
    return found
