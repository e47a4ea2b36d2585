"""What X's refusals mean: the v2 problem types, mapped once to our errors."""

import httpx

from domain.errors import (
    AuthExpired,
    Duplicate,
    FateUnknown,
    Forbidden,
    NetworkError,
    Rejected,
    Unreachable,
)
from publishing.platforms.base import body_of, rate_limited


def error_for(response: httpx.Response, where: str, *, changes_something: bool) -> NetworkError:
    """Our error for an answer of X that is no success."""
    status, body = response.status_code, body_of(response)
    said = _said(body) or f"HTTP {status}"
    if status == 401:
        return AuthExpired(f"{where} refuses the token ({said}); renew the account's token")
    if status == 403:
        return _forbidden(where, body, said)
    if status == 429:
        return rate_limited(response, where, reset_header="x-rate-limit-reset")
    if status == 408 or status >= 500:
        if changes_something:
            return FateUnknown(f"{where} failed ({said}); it is looked up before anything is sent")
        return Unreachable(f"{where} failed ({said}); it is asked again by itself")
    return Rejected(f"{where} refuses it ({said}); change the post and plan it again")


def _forbidden(where: str, body: dict[str, object], said: str) -> NetworkError:
    kind = str(body.get("type", "")).rstrip("/").rsplit("/", 1)[-1]
    if "duplicate" in said.casefold():
        return Duplicate(f"{where} says it has this already ({said}); it is looked up")
    if kind in ("client-forbidden", "client-not-enrolled"):
        return Forbidden(f"{where} does not admit the app ({said}); enrol it at developer.x.com")
    if kind == "unsupported-authentication":
        return AuthExpired(f"{where} wants a user token ({said}); connect the account again")
    return Rejected(f"{where} does not allow it ({said}); change it or do it by hand")


def _said(body: dict[str, object]) -> str:
    for part in (body, *_errors(body)):
        for name in ("detail", "message", "title"):
            if isinstance(part.get(name), str):
                return str(part[name])[:300]
    return ""


def _errors(body: dict[str, object]) -> list[dict[str, object]]:
    errors = body.get("errors")
    return [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
