"""What a Mastodon server's refusals mean, mapped once to our errors.

The API has no error codes: the HTTP status decides. Where one status means two things, the server's
fixed English words do (they are literals in its API controllers, not translated ones).
"""

import re
from dataclasses import dataclass
from datetime import datetime

import httpx

from domain.errors import (
    AuthExpired,
    Blocked,
    Forbidden,
    NetworkError,
    RateLimited,
    Rejected,
)
from publishing.platforms.base import body_of, broken_down, instant, rate_limited
from publishing.platforms.recording import log_refusal


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: which answers it meets, what they mean, and what to do."""

    status: int
    leaf: type[NetworkError]
    words: str
    remedy: str
    said: str = ""


TABLE = (
    Row(401, AuthExpired, "refuses the token", "connect the account again"),
    Row(
        403,
        Blocked,
        "does not let the account in",
        "log in there and ask why",
        said=r"Your login is (currently|missing)",
    ),
    Row(403, Forbidden, "lacks a permission", "connect the account again with all scopes"),
    Row(404, Rejected, "has no such thing", "look whether the post that it answers is gone"),
    Row(410, Blocked, "is gone", "look whether the instance and the account still exist"),
    Row(
        422,
        AuthExpired,
        "takes the token for an app's",
        "connect the account again",
        said=r"This method requires an authenticated user",
    ),
)
"""By status, and by the server's words where `said` is given; the first that fits counts."""

RESET = "x-ratelimit-reset"


def error_for(
    response: httpx.Response, where: str, *, changes_something: bool, now: datetime
) -> NetworkError:
    """Our error for an answer that is no success."""
    log_refusal(response, where)
    status = response.status_code
    said = str(body_of(response).get("error", ""))[:300] or f"HTTP {status}"
    if status == 429:
        return _throttled(response, where, now)
    for row in TABLE:
        if row.status == status and re.match(row.said, said):
            return row.leaf(f"{where} {row.words} ({said}); {row.remedy}")
    if status in (408, 425) or status >= 500 or status < 400:
        return broken_down(response, where, said, changes_something=changes_something, now=now)
    return Rejected(f"{where} refuses it ({said}); change the post and plan it again")


def _throttled(response: httpx.Response, where: str, now: datetime) -> RateLimited:
    until = _instant(response.headers.get(RESET, ""))
    if until is None:
        return rate_limited(response, where, reset_header=RESET, now=now)
    return RateLimited(
        f"{where} asks to wait until {until.isoformat()}; nothing to do", until=until
    )


def _instant(text: str) -> datetime | None:
    try:
        return instant(text)
    except ValueError:
        return None
