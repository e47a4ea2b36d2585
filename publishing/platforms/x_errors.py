"""What X's refusals mean: HTTP status and v2 problem type, mapped once to our errors."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from domain.errors import (
    AuthExpired,
    Duplicate,
    Forbidden,
    NetworkError,
    RateLimited,
    Rejected,
)
from publishing.platforms.base import body_of, broken_down, rate_limited
from publishing.platforms.recording import log_refusal

DUPLICATE = "duplicate content"
"""X gives a repeated text no problem type of its own, only these words in `detail`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `problem` is the last segment of `type`, empty for any."""

    status: int
    problem: str
    leaf: type[NetworkError]
    words: str
    remedy: str


TABLE = (
    Row(401, "", AuthExpired, "refuses the token", "renew the account's token"),
    Row(402, "", Forbidden, "has no credit left", "top up the app's credits at developer.x.com"),
    Row(403, "client-forbidden", Forbidden, "does not admit the app", "enrol it at X"),
    Row(403, "client-not-enrolled", Forbidden, "does not admit the app", "enrol it at X"),
    Row(
        403,
        "unsupported-authentication",
        AuthExpired,
        "wants a user token",
        "connect the account again",
    ),
    Row(
        403,
        "oauth2-permissions",
        Forbidden,
        "lacks a permission",
        "connect the account again with all scopes",
    ),
    Row(403, "", Rejected, "does not allow it", "change it or do it by hand"),
)
"""By status and problem type; the first that fits counts."""


def error_for(
    response: httpx.Response, where: str, *, changes_something: bool, now: datetime
) -> NetworkError:
    """Our error for an answer of X that is no success."""
    log_refusal(response, where)
    status, body = response.status_code, body_of(response)
    said, problem = _said(body) or f"HTTP {status}", _problem(body)
    if status == 403 and DUPLICATE in said.casefold():
        return Duplicate(f"{where} says it has this already ({said}); it is looked up")
    if status == 429:
        if problem == "usage-capped":
            return _capped(body, where, now)
        return rate_limited(response, where, reset_header="x-rate-limit-reset", now=now)
    for row in TABLE:
        if row.status == status and row.problem in ("", problem):
            return row.leaf(f"{where} {row.words} ({said}); {row.remedy}")
    if status in (408, 425) or status >= 500:
        return broken_down(response, where, said, changes_something=changes_something, now=now)
    return Rejected(f"{where} refuses it ({said}); change the post and plan it again")


def blames_media(response: httpx.Response) -> bool:
    """Whether a refusal names the media ids as the parameter that is wrong.

    The parameter's name is documented, that dead ids are refused by it is not [M].
    """
    named = [one.get("parameters") for one in _errors(body_of(response))]
    return any("media" in name for one in named if isinstance(one, dict) for name in one)


def _capped(body: dict[str, Any], where: str, now: datetime) -> RateLimited:
    """The app's quota is used up until its day, or month, ends (UTC)."""
    until = _next_day(now) if body.get("period") == "Daily" else _next_month(now)
    return RateLimited(
        f"{where} has used up the app's quota until {until.isoformat()}; buy more at X, or wait",
        until=until,
        of_app=True,
    )


def _next_day(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _next_month(now: datetime) -> datetime:
    return _next_day(now.replace(day=1) + timedelta(days=31)).replace(day=1)


def _problem(body: dict[str, Any]) -> str:
    kinds = [str(part.get("type", "")) for part in (body, *_errors(body))]
    kind = next((kind for kind in kinds if kind), "")
    reason = str(body.get("reason", ""))
    # both prefixes, api.x.com and api.twitter.com, are in use
    return kind.rstrip("/").rsplit("/", 1)[-1] if "/problems/" in kind else reason


def _said(body: dict[str, Any]) -> str:
    for part in (body, *_errors(body)):
        for name in ("detail", "message", "title"):
            if isinstance(part.get(name), str):
                return str(part[name])[:300]
    return ""


def _errors(body: dict[str, Any]) -> list[dict[str, Any]]:
    errors = body.get("errors")
    return [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
