"""How much of a limit is left, as platforms tell it beside their answers: read once, for all."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

ACCOUNT, APP = "account", "app"
USAGE = ("x-app-usage", "x-page-usage", "x-ad-account-usage")
"""Meta's headers in percent; the others come per business and name each account."""
BUSINESS_USAGE = "x-business-use-case-usage"
PERCENT = 100

_heard: ContextVar["dict[str, Standing] | None"] = ContextVar("heard", default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an answer says of one limit.

    Attributes:
        scope: `account`, or `app` for a limit that all accounts of the platform share.
        limit: how much there is in a window; 100 where the platform tells percent.
        remaining: how much of it is left.
        resets_at: when the window ends; None where the platform does not say.
        closed_for: how long nothing may be asked, where the platform says so.
        in_percent: `remaining` says how full the window is, not how many calls are left.
    """

    scope: str
    limit: int
    remaining: int
    resets_at: datetime | None = None
    closed_for: timedelta | None = None
    in_percent: bool = False


@contextmanager
def heard() -> "Iterator[dict[str, Standing]]":
    """Collect what this thread's answers say, by scope; the last word counts.

    The last request of a send is the one that makes it public, so what stays is its limit and
    not that of an upload before it.
    """
    collected: dict[str, Standing] = {}
    mark = _heard.set(collected)
    try:
        yield collected
    finally:
        _heard.reset(mark)


def on_response(response: httpx.Response) -> None:
    """An httpx event hook: note what an answer says of the limits."""
    collected = _heard.get()
    if collected is not None:
        collected.update({one.scope: one for one in standings(response)})


def standings(response: httpx.Response) -> Iterator[Standing]:
    """What the headers of an answer say; a header in another form than documented says nothing.

    Read: X (`x-rate-limit-*`; `x-user-limit-24hour-*` and `x-app-limit-24hour-*`), Bluesky
    (`RateLimit-*`), Mastodon (`X-RateLimit-*` with an ISO instant) and Meta (usage in percent).
    LinkedIn and TikTok tell nothing before they refuse.
    """
    headers = dict(response.headers.items())  # names in small letters, each looked for often
    narrow = [
        _counted(headers, ACCOUNT, names)
        for names in ("x-rate-limit-{}", "x-ratelimit-{}", "ratelimit-{}")
    ]
    narrow.append(_counted(headers, ACCOUNT, "x-user-limit-24hour-{}"))
    told = [one for one in narrow if one is not None]
    if told:
        # of two windows the one that is nearer to its end of calls counts
        yield min(told, key=lambda one: one.remaining)
    app = _counted(headers, APP, "x-app-limit-24hour-{}")
    if app is not None:
        yield app
    yield from _used(headers)


def _counted(headers: Mapping[str, str], scope: str, names: str) -> Standing | None:
    limit, remaining = headers.get(names.format("limit")), headers.get(names.format("remaining"))
    try:
        return Standing(
            scope,
            int(limit or ""),
            int(remaining or ""),
            _instant(headers.get(names.format("reset"), "")),
        )
    except (ValueError, OverflowError):
        return None


def _instant(text: str) -> datetime | None:
    """Unix seconds or an ISO instant; None where nothing is said."""
    if not text:
        return None
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def _used(headers: Mapping[str, str]) -> Iterator[Standing]:
    app = [_percent(_object(headers.get(name))) for name in USAGE]
    if used := max(app):
        yield Standing(APP, PERCENT, max(PERCENT - used, 0), in_percent=True)
    entries = [
        one
        for business in _object(headers.get(BUSINESS_USAGE)).values()
        if isinstance(business, list)
        for one in business
        if isinstance(one, dict)
    ]
    if entries:
        used = max(_percent(one) for one in entries)
        minutes = max(_number(one.get("estimated_time_to_regain_access")) for one in entries)
        closed_for = timedelta(minutes=minutes) if minutes else None
        left = max(PERCENT - used, 0)
        yield Standing(ACCOUNT, PERCENT, left, closed_for=closed_for, in_percent=True)


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _percent(usage: dict[str, Any]) -> int:
    return max(_number(usage.get(name)) for name in ("call_count", "total_time", "total_cputime"))


def _number(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) else 0
