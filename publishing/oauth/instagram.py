"""Instagram Login: a short token made one of sixty days, which is extended and not refreshed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import App, Identity, Plain, Request, tokens_of
from publishing.oauth.wire import TokenWire

GRAPH = "https://graph.instagram.com"
VERSION = "/v25.0"


@dataclass(frozen=True, slots=True)
class InstagramDialect(Plain):
    """The extension wants a token that is a day old and not over: an ended one is lost."""

    def exchange(self, wire: TokenWire, request: Request, code: str, *, now: datetime) -> Tokens:
        """The long token; the code comes with `#_` behind it."""
        form = {
            "grant_type": "authorization_code",
            "code": code.removesuffix("#_"),
            "redirect_uri": request.redirect_uri,
        }
        short = _row(self._ask(wire, request.app, form))
        query = {
            "grant_type": "ig_exchange_token",
            "client_secret": request.app.secret,
            "access_token": str(short["access_token"]),
        }
        long = tokens_of(wire.get(wire.url(GRAPH, "/access_token"), query), now)
        granted = short.get("permissions") or ""
        names = granted if isinstance(granted, list) else str(granted).replace(",", " ").split()
        return replace(long, scopes=tuple(names), user_id=str(short["user_id"]))

    def identities(self, wire: TokenWire, tokens: Tokens) -> Sequence[Identity]:
        """The professional account."""
        query = {"fields": "user_id,username", "access_token": tokens.access}
        me = wire.get(wire.url(GRAPH, f"{VERSION}/me"), query)
        return [Identity(str(me["user_id"]), (str(me["username"]),))]

    def renew(self, wire: TokenWire, app: App, tokens: Tokens, *, now: datetime) -> Tokens:  # noqa: ARG002
        """The same right for sixty days more."""
        query = {"grant_type": "ig_refresh_token", "access_token": tokens.access}
        return tokens_of(wire.get(wire.url(GRAPH, "/refresh_access_token"), query), now)


def _row(body: dict[str, Any]) -> dict[str, Any]:
    """The answer's one row; older answers are flat."""
    rows = body.get("data")
    return dict(rows[0]) if isinstance(rows, list) and rows else body


INSTAGRAM = InstagramDialect(
    platform=Platform.INSTAGRAM,
    authorize_at=("https://www.instagram.com", "/oauth/authorize"),
    token_at=("https://api.instagram.com", "/oauth/access_token"),
    wanted=(
        "instagram_business_basic",
        "instagram_business_content_publish",
        "instagram_business_manage_comments",
        "instagram_business_manage_insights",
    ),
    separator=",",
    challenge="none",
)
