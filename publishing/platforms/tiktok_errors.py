"""What TikTok's refusals mean, by its error codes and the reasons of a failed post; mapped once."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx

from domain.errors import (
    AuthExpired,
    Blocked,
    Forbidden,
    NetworkError,
    RateLimited,
    Rejected,
    Unreachable,
)
from publishing.platforms.base import body_of, broken_down, retry_after
from publishing.platforms.recording import log_refusal

MINUTE, HOUR, TOMORROW = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WINDOW = MINUTE
"""All documented rates are per minute; where no `Retry-After` says when one ends."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one code means, and what to do.

    Attributes:
        wait: how long, for what is throttled; `TOMORROW` is the next 00:00 UTC [M].
    """

    leaf: type[NetworkError]
    remedy: str
    wait: timedelta | None = None


_CONNECT = "connect the account again with all scopes"
_ASK = "log in at TikTok and ask why"
_CHANGE = "change the post and plan it again"
CODES = {
    "access_token_invalid": Row(AuthExpired, "renew the account's token"),
    "scope_not_authorized": Row(Forbidden, _CONNECT),
    "scope_permission_missed": Row(Forbidden, _CONNECT),
    "invalid_param": Row(Rejected, _CHANGE),
    "invalid_params": Row(Rejected, _CHANGE),
    "app_version_check_failed": Row(Rejected, "update the TikTok app of the account"),
    "invalid_publish_id": Row(Rejected, "look at the profile whether it is there"),
    "token_not_authorized_for_specified_publish_id": Row(
        Rejected, "connect the account that the post was begun with"
    ),
    "spam_risk_too_many_posts": Row(RateLimited, "nothing: it goes out by itself", TOMORROW),
    "spam_risk_too_many_pending_share": Row(
        RateLimited, "finish or throw away the drafts in the TikTok app", HOUR
    ),
    "spam_risk_user_banned_from_posting": Row(Blocked, _ASK),
    "spam_risk": Row(Blocked, _ASK),
    "spam_risk_text": Row(Rejected, _CHANGE),
    "reached_active_user_cap": Row(Forbidden, "have the app audited; its quota of users is used"),
    "unaudited_client_can_only_post_to_private_accounts": Row(
        Forbidden, "have the app audited, or set visibility: private and make the account private"
    ),
    "url_ownership_unverified": Row(
        Forbidden, "verify the domain of AMSEL_MEDIA_URL in TikTok's developer portal"
    ),
    "privacy_level_option_mismatch": Row(Rejected, "set another visibility in the brand file"),
    "rate_limit_exceeded": Row(RateLimited, "nothing: it goes out by itself", WINDOW),
}
"""Codes of refusals: nothing was done."""

REASONS = {
    "file_format_check_failed": Row(Rejected, "make it an MP4 (H.264), a JPEG or a WebP"),
    "duration_check_failed": Row(Rejected, "make the clip shorter"),
    "frame_rate_check_failed": Row(Rejected, "make the clip 23 to 60 frames a second"),
    "picture_size_check_failed": Row(Rejected, "make the picture or clip smaller (1080p)"),
    "internal": Row(Unreachable, "it is begun anew by itself"),
    "video_pull_failed": Row(Unreachable, "it is begun anew by itself"),
    "photo_pull_failed": Row(Unreachable, "it is begun anew by itself"),
    "publish_cancelled": Row(Rejected, "plan it again if it shall go out after all"),
    "auth_removed": Row(AuthExpired, "connect the account again"),
    "spam_risk_too_many_posts": CODES["spam_risk_too_many_posts"],
    "spam_risk_user_banned_from_posting": CODES["spam_risk_user_banned_from_posting"],
    "spam_risk_text": Row(Rejected, _CHANGE),
    "spam_risk": Row(Rejected, "look at what TikTok says in the app before anything is sent"),
}
"""Values of `fail_reason`: the post was taken and then not published."""

STATUSES = {401: Row(AuthExpired, "renew the account's token"), 403: Row(Forbidden, _CONNECT)}
"""For codes that nobody knows."""


def error_for(
    response: httpx.Response, where: str, *, changes_something: bool, now: datetime
) -> NetworkError:
    """Our error for an answer whose error is not `ok`, whatever its HTTP status."""
    log_refusal(response, where)
    status, error, code = response.status_code, _error(response), code_of(response)
    said = f"{code or f'HTTP {status}'}: {str(error.get('message') or '')[:200]}".rstrip(": ")
    row = CODES.get(code) or STATUSES.get(status)
    if row is None and status == 429:
        row = CODES["rate_limit_exceeded"]
    if row is not None:
        asked = retry_after(response, now)
        return made(row, f"{where} refuses it ({said})", now=now, asked=asked)
    if 400 <= status < 500 and status != 408:
        return Rejected(f"{where} refuses it ({said}); {_CHANGE}")
    return broken_down(response, where, said, changes_something=changes_something, now=now)


def code_of(response: httpx.Response) -> str:
    """The error code of an answer; empty where there is none."""
    return str(_error(response).get("code") or "")


def failure(reason: str, where: str, *, now: datetime) -> NetworkError:
    """Our error for a post that TikTok took and did not publish."""
    row = REASONS.get(reason) or Row(Rejected, _CHANGE)
    return made(row, f"{where} did not publish it ({reason or 'no reason given'})", now=now)


def made(row: Row, what: str, *, now: datetime, asked: datetime | None = None) -> NetworkError:
    """The error of a row; `asked` is the instant that the answer itself asks to wait for."""
    if row.leaf is not RateLimited or row.wait is None:
        return row.leaf(f"{what}; {row.remedy}")
    until = asked or now + row.wait
    if asked is None and row.wait == TOMORROW:
        until = datetime.combine(until.astimezone(UTC).date(), time(), UTC)
    return RateLimited(f"{what} until {until.isoformat()}; {row.remedy}", until=until)


def _error(response: httpx.Response) -> dict[str, Any]:
    given = body_of(response).get("error")
    return given if isinstance(given, dict) else {}
