"""Facebook Login: a user's token, made long, gives the Page's own token, which has no end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import App, Identity, Plain, Request, tokens_of, unrenewable
from publishing.oauth.wire import TokenWire

GRAPH = "https://graph.facebook.com"
VERSION = "/v25.0"
TASKS = ("CREATE_CONTENT", "MODERATE", "ANALYZE")
"""What a person must be allowed on the Page: to post, to answer and hide, to read figures."""


@dataclass(frozen=True, slots=True)
class FacebookDialect(Plain):
    """There is no refresh: a Page's token ends with the password, the app or the role."""

    def exchange(self, wire: TokenWire, request: Request, code: str, *, now: datetime) -> Tokens:
        """The user's long token."""
        app = {"client_id": request.app.id, "client_secret": request.app.secret}
        where = wire.url(*self.token_at)
        query = app | {"redirect_uri": request.redirect_uri, "code": code}
        short = tokens_of(wire.get(where, query), now)
        query = app | {"grant_type": "fb_exchange_token", "fb_exchange_token": short.access}
        return replace(tokens_of(wire.get(where, query), now), scopes=self._granted(wire, short))

    def identities(self, wire: TokenWire, tokens: Tokens) -> Sequence[Identity]:
        """The Pages, each with its own token."""
        query = {"fields": "id,name,username,access_token,tasks", "limit": "100"}
        where = wire.url(GRAPH, f"{VERSION}/me/accounts")
        answer = wire.get(where, query, token=tokens.access)
        return [_page(one, tokens) for one in answer.get("data") or []]

    def renew(self, wire: TokenWire, app: App, tokens: Tokens, *, now: datetime) -> Tokens:  # noqa: ARG002
        """There is nothing to renew with."""
        raise unrenewable(wire)

    def _granted(self, wire: TokenWire, tokens: Tokens) -> tuple[str, ...]:
        answer = wire.get(wire.url(GRAPH, f"{VERSION}/me/permissions"), token=tokens.access)
        rows = answer.get("data") or []
        return tuple(str(row["permission"]) for row in rows if row.get("status") == "granted")


def _page(row: dict[str, Any], user: Tokens) -> Identity:
    names = tuple(str(row[name]) for name in ("username", "name") if row.get(name))
    lacks = tuple(task for task in TASKS if task not in (row.get("tasks") or TASKS))
    page = Tokens(access=str(row["access_token"]), scopes=user.scopes)
    return Identity(str(row["id"]), names, tokens=page, lacks=lacks)


FACEBOOK = FacebookDialect(
    platform=Platform.FACEBOOK,
    authorize_at=("https://www.facebook.com", f"{VERSION}/dialog/oauth"),
    token_at=(GRAPH, f"{VERSION}/oauth/access_token"),
    wanted=(
        "pages_show_list",
        "pages_manage_posts",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_manage_engagement",
        "read_insights",
    ),
    separator=",",
    challenge="none",
)
