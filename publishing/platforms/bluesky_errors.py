"""What XRPC's refusals mean: the `error` name first, then the HTTP status, mapped once."""

from dataclasses import dataclass
from datetime import datetime

import httpx

from domain.errors import (
    AuthExpired,
    Blocked,
    Duplicate,
    Forbidden,
    NetworkError,
    Rejected,
)
from publishing.platforms.base import body_of, broken_down, rate_limited
from publishing.platforms.recording import log_refusal

STALE = ("ExpiredToken", "InvalidToken", "AuthMissing")
"""The session is over: refused before anything was done, so a repeat with a new one is safe."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: an error's name, or a status where `name` is empty."""

    name: str
    status: int
    leaf: type[NetworkError]
    words: str
    remedy: str


_CLOSED = ("is closed by the platform", "log in there and ask why")
_PASSWORD = ("refuses the app password", "make a new one")
TABLE = (
    Row("AccountTakedown", 0, Blocked, *_CLOSED),
    Row("AccountSuspended", 0, Blocked, *_CLOSED),
    Row("AccountDeactivated", 0, Blocked, *_CLOSED),
    Row("InvalidSwap", 0, Duplicate, "has a record under this key already", "it is looked up"),
    Row("AuthenticationRequired", 0, AuthExpired, *_PASSWORD),
    Row("AuthFactorTokenRequired", 0, AuthExpired, *_PASSWORD),
    *(Row(name, 0, AuthExpired, *_PASSWORD) for name in STALE),
    Row("", 401, AuthExpired, *_PASSWORD),
    Row("", 403, Forbidden, "lacks a permission", "give the app password more"),
)
"""The first line that fits counts; an error with a name may come under any status."""


def error_for(
    response: httpx.Response, where: str, *, changes_something: bool, now: datetime
) -> NetworkError:
    """Our error for an answer that is no success."""
    log_refusal(response, where)
    status, name = response.status_code, name_of(response)
    said = f"{name or f'HTTP {status}'}: {body_of(response).get('message', '')}"[:300]
    if status == 429 or name == "RateLimitExceeded":
        return rate_limited(response, where, reset_header="ratelimit-reset", now=now)
    for row in TABLE:
        if (row.name and row.name == name) or (not row.name and row.status == status):
            return row.leaf(f"{where} {row.words} ({said}); {row.remedy}")
    if status in (408, 425) or status >= 500:
        return broken_down(response, where, said, changes_something=changes_something, now=now)
    return Rejected(f"{where} refuses it ({said}); change the post and plan it again")


def name_of(response: httpx.Response) -> str:
    """The `error` of a refusal; empty for a success or where there is none."""
    return "" if response.is_success else str(body_of(response).get("error", ""))
