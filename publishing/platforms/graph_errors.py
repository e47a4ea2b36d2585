"""What the Graph API's refusals mean: Meta's codes, mapped once to our errors.

Decided by (code, subcode), never by the message: that is localised. The codes stand in Meta's
references "Error handling", "Instagram error codes" and "Video API error codes" (v25.0, 2026);
those marked [M] are not verified.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import httpx
import structlog

from domain.errors import (
    AuthExpired,
    Blocked,
    Duplicate,
    FateUnknown,
    Forbidden,
    NetworkError,
    Processing,
    RateLimited,
    Rejected,
    Unreachable,
    VersionGone,
)
from publishing.platforms.base import body_of, retry_after
from publishing.platforms.recording import log_refusal

_log = structlog.get_logger(__name__)
NOT_READY_FOR = timedelta(seconds=30)
QUOTA_FOR = timedelta(hours=1)


class Meaning(StrEnum):
    """What a code means for what was asked.

    `renew`: a container or an upload is gone, nothing is public. `fetch`: Meta could not get the
    file. `not_ready`: it still works on one.
    """

    TRANSIENT = "transient"
    THROTTLED = "throttled"
    QUOTA = "quota"
    TOKEN = "token"  # noqa: S105
    PERMISSION = "permission"
    BLOCKED = "blocked"
    DUPLICATE = "duplicate"
    PERMANENT = "permanent"
    VERSION = "version"
    NOT_READY = "not_ready"
    RENEW = "renew"
    FETCH = "fetch"


_M = Meaning
FILE = "give the file in a form that the platform takes"
CODES: dict[int, tuple[Meaning, str]] = {
    -2: (_M.TRANSIENT, ""),
    -1: (_M.TRANSIENT, ""),
    1: (_M.TRANSIENT, ""),
    2: (_M.TRANSIENT, ""),
    3: (_M.PERMISSION, "give the app the missing capability"),
    4: (_M.THROTTLED, ""),
    9: (_M.QUOTA, ""),
    10: (_M.PERMISSION, "connect the account again with all permissions"),
    17: (_M.THROTTLED, ""),
    24: (_M.RENEW, ""),
    25: (_M.BLOCKED, "log in to the account and see what is restricted"),
    32: (_M.THROTTLED, ""),
    100: (_M.PERMANENT, "change it and plan it again"),
    102: (_M.TOKEN, "connect the account again"),
    190: (_M.TOKEN, "connect the account again"),
    341: (_M.THROTTLED, ""),
    352: (_M.PERMANENT, FILE),
    368: (_M.BLOCKED, "log in to the account and see what was blocked"),
    506: (_M.DUPLICATE, ""),
    613: (_M.THROTTLED, ""),
    2635: (_M.VERSION, "update Amsel"),  # [M]
    6000: (_M.TRANSIENT, ""),
    9004: (_M.FETCH, "see that AMSEL_MEDIA_URL can be reached from outside"),
    9007: (_M.NOT_READY, ""),
    36000: (_M.PERMANENT, "make the picture smaller than 8 MB"),
    36001: (_M.PERMANENT, "give the picture as JPEG"),
    36003: (_M.PERMANENT, "crop the picture to between 4:5 and 1.91:1"),
    36004: (_M.PERMANENT, "shorten the caption"),
    80001: (_M.THROTTLED, ""),
    80002: (_M.THROTTLED, ""),
    1363019: (_M.RENEW, ""),
    1363022: (_M.PERMANENT, "give a longer video: it has less than 1 KB"),
    1363023: (_M.PERMANENT, "make the video smaller"),
    1363030: (_M.RENEW, ""),
    1363037: (_M.RENEW, ""),
    1363042: (_M.PERMISSION, "connect the Page again with pages_manage_posts"),
    1366046: (_M.PERMANENT, "make the picture smaller than 4 MB"),
    1366051: (_M.DUPLICATE, ""),
    1404078: (_M.BLOCKED, "complete the Page's publishing authorisation at facebook.com"),
    1404102: (_M.PERMANENT, "it is against the community standards: write another post"),
    1609005: (_M.PERMANENT, "mend the link or leave it out"),
    1609008: (_M.PERMANENT, "leave the link to Facebook out"),
    4854002: (_M.BLOCKED, "confirm the identity at facebook.com"),
}
"""By code; Meta also sends those above a million as subcodes. 200 to 299 are permissions."""
SUBCODES: dict[tuple[int, int], tuple[Meaning, str]] = {
    (-1, 2207001): (_M.TRANSIENT, ""),
    (-1, 2207032): (_M.TRANSIENT, ""),
    (-1, 2207053): (_M.RENEW, ""),
    (-2, 2207003): (_M.FETCH, "see that AMSEL_MEDIA_URL answers quickly"),
    (-2, 2207020): (_M.RENEW, ""),
    (1, 2207057): (_M.PERMANENT, "change the offset of the cover"),
    (4, 2207051): (_M.BLOCKED, "it looks like spam to Instagram: post less and other things"),
    (9, 2207042): (_M.QUOTA, ""),
    (24, 2207006): (_M.RENEW, ""),
    (24, 2207008): (_M.NOT_READY, ""),
    (25, 2207050): (_M.BLOCKED, "log in to the account and see what is restricted"),
    (100, 33): (_M.PERMANENT, "it is not there, or not this account's"),  # [M]
    (100, 2207023): (_M.PERMANENT, FILE),
    (100, 2207028): (_M.PERMANENT, "give a carousel 2 to 10 files"),
    (100, 2207040): (_M.PERMANENT, "tag at most 20 accounts"),
    (190, 458): (_M.TOKEN, "the app was removed: connect the account again"),
    (190, 459): (_M.TOKEN, "log in at facebook.com, pass the check, connect the account again"),
    (190, 460): (_M.TOKEN, "the password was changed: connect the account again"),
    (190, 463): (_M.TOKEN, "the token has run out: connect the account again"),
    (190, 464): (_M.TOKEN, "confirm the user at facebook.com, connect the account again"),
    (190, 467): (_M.TOKEN, "the user logged out: connect the account again"),
    (190, 492): (_M.TOKEN, "the user lost the role on the Page: give it back"),  # [M]
    (352, 2207026): (_M.PERMANENT, "give the video as MP4 or MOV with H.264 and AAC"),
    (368, 1390008): (_M.BLOCKED, "it was posted too fast: post less often"),
    (9004, 2207052): (_M.FETCH, "see that AMSEL_MEDIA_URL can be reached from outside"),
    (9007, 2207027): (_M.NOT_READY, ""),
    (36000, 2207004): (_M.PERMANENT, "make the picture smaller than 8 MB"),
    (36001, 2207005): (_M.PERMANENT, "give the picture as JPEG"),
    (36003, 2207009): (_M.PERMANENT, "crop the picture to between 4:5 and 1.91:1"),
    (36004, 2207010): (_M.PERMANENT, "shorten the caption"),
}
STATUSES = {401: (_M.TOKEN, "connect the account again"), 403: (_M.PERMISSION, "connect it again")}
"""Where a refusal has no code."""
OF_APP = (4, 341)
"""Throttles of the app; others are a user's (17), a Page's (32, 80001), an account's (80002)."""
ABSENT = (100, 33)
TOO_MUCH = 1
"""It also stands for other failures [M]; the words that ask for less data are not read."""


class Refused(Exception):
    """The platform's own words, as the cause of our error; no secret in them."""

    def __init__(self, said: str, *, code: int, subcode: int, meaning: Meaning) -> None:
        super().__init__(said)
        self.code, self.subcode, self.meaning = code, subcode, meaning


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a refusal is judged by besides its code.

    Attributes:
        where: the account.
        now: the present instant.
        public: whether the request could have made something public.
        unsaid: how long to wait where the platform throttles and does not say until when.
        secrets: what must not be repeated.
    """

    where: str
    now: datetime
    public: bool
    unsaid: timedelta
    secrets: tuple[str, ...] = ()


def error_for(response: httpx.Response, at: Circumstances) -> NetworkError:
    """Our error for a refusal, with `Refused` as its cause."""
    log_refusal(response, at.where)
    given = body_of(response).get("error")
    error: dict[str, Any] = given if isinstance(given, dict) else {}
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    known = _known(code, subcode)
    meaning, remedy = known or _guess(response, error)
    said = _said(error, response.status_code, at.secrets)
    if known is None:
        _log.warning("unknown refusal", account=at.where, status=response.status_code, said=said)
    asked = retry_after(response, at.now)
    if meaning is Meaning.TRANSIENT and asked is not None and not at.public:
        meaning = Meaning.THROTTLED
    wait = regain(response) or (asked - at.now if asked else None)
    leaf = _leaf(meaning, f"{at.where} refuses ({said})", remedy, at, wait)
    if isinstance(leaf, RateLimited):
        leaf.of_app = code in OF_APP
    leaf.__cause__ = Refused(said, code=code, subcode=subcode, meaning=meaning)
    return leaf


def meaning_of(error: BaseException) -> Meaning | None:
    """What the code behind one of our errors means; None where there is none."""
    cause = error.__cause__
    return cause.meaning if isinstance(cause, Refused) else None


def is_absent(error: BaseException) -> bool:
    """Whether the platform says that the object is not there, or not to be seen."""
    cause = error.__cause__
    return isinstance(cause, Refused) and (cause.code, cause.subcode) == ABSENT


def is_too_much(error: BaseException) -> bool:
    """Whether the platform may have failed because it was asked for too much at once."""
    cause = error.__cause__
    return isinstance(cause, Refused) and cause.code == TOO_MUCH


def by_subcode(subcode: int) -> tuple[Meaning, str] | None:
    """What a subcode means that comes without its code, as in a container's status."""
    return next((row for (_, sub), row in SUBCODES.items() if sub == subcode), None)


def regain(response: httpx.Response) -> timedelta | None:
    """How long until access comes back, from X-Business-Use-Case-Usage (it says minutes)."""
    try:
        usage = json.loads(response.headers.get("x-business-use-case-usage", "{}"))
        minutes = [
            float(one.get("estimated_time_to_regain_access") or 0)
            for entries in usage.values()
            for one in entries
        ]
    except (ValueError, TypeError, AttributeError):
        return None
    return timedelta(minutes=max(minutes)) if any(minutes) else None


def _known(code: int, subcode: int) -> tuple[Meaning, str] | None:
    row = SUBCODES.get((code, subcode)) or (CODES.get(subcode) if subcode > 10**6 else None)
    if row or (row := CODES.get(code)):
        return row
    return CODES[10] if 200 <= code <= 299 else None


def _guess(response: httpx.Response, error: dict[str, Any]) -> tuple[Meaning, str]:
    if error.get("is_transient") is True or response.status_code >= 500:
        return Meaning.TRANSIENT, ""
    if response.status_code == 429:
        return Meaning.THROTTLED, ""
    return STATUSES.get(response.status_code, CODES[100])


def _leaf(
    meaning: Meaning, text: str, remedy: str, at: Circumstances, wait: timedelta | None
) -> NetworkError:
    match meaning:
        case Meaning.TRANSIENT if at.public:
            return FateUnknown(f"{text}; it is looked up before anything is sent")
        case Meaning.TRANSIENT | Meaning.RENEW | Meaning.FETCH:
            return Unreachable(f"{text}; {remedy or 'it is tried again by itself'}")
        case Meaning.NOT_READY:
            return Processing(f"{text}; it goes out by itself", until=at.now + NOT_READY_FOR)
        case Meaning.THROTTLED | Meaning.QUOTA:
            until = at.now + (wait or (QUOTA_FOR if meaning is Meaning.QUOTA else at.unsaid))
            return RateLimited(f"{text}; it waits until {until.isoformat()}", until=until)
        case Meaning.DUPLICATE:
            return Duplicate(f"{text}; it is looked up")
        case _:
            return LEAVES[meaning](f"{text}; {remedy}")


LEAVES: dict[Meaning, type[NetworkError]] = {
    Meaning.TOKEN: AuthExpired,
    Meaning.PERMISSION: Forbidden,
    Meaning.BLOCKED: Blocked,
    Meaning.PERMANENT: Rejected,
    Meaning.VERSION: VersionGone,
}


def _said(error: dict[str, Any], status: int, secrets: tuple[str, ...]) -> str:
    message = str(error.get("error_user_msg") or error.get("message") or f"HTTP {status}")
    for secret in secrets:
        message = message.replace(secret, "[secret]")  # Meta repeats a malformed token
    names = {"code": "code", "error_subcode": "subcode", "fbtrace_id": "trace"}
    marks = [f"{name} {error[key]}" for key, name in names.items() if error.get(key) is not None]
    return ", ".join([message[:250], *marks])


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
