"""Mastodon: an app registers itself on each server; tokens have no end and are not renewed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.errors import ConfigError
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import App, Identity, Plain, Request, unrenewable
from publishing.oauth.wire import TokenWire

NAME = "Amsel"


@dataclass(frozen=True, slots=True)
class MastodonDialect(Plain):
    """The server is the account's `base_url`."""

    def prepare(self, wire: TokenWire, app: App, redirect_uri: str) -> App:
        """The app that is known on this server, or one registered now."""
        if not wire.url("", ""):
            raise ConfigError(
                f"{wire.account.id}: the brand file does not name the server; add its base_url, "
                "such as https://mastodon.example"
            )
        if app.id:
            return app
        form = {
            "client_name": NAME,
            "redirect_uris": redirect_uri,
            "scopes": " ".join(self.wanted),
        }
        answer = wire.post(wire.url("", "/api/v1/apps"), form)
        return App(str(answer["client_id"]), str(answer["client_secret"]))

    def exchange(self, wire: TokenWire, request: Request, code: str, *, now: datetime) -> Tokens:
        """The token for a code, with the app that it belongs to."""
        tokens = Plain.exchange(self, wire, request, code, now=now)
        return replace(tokens, client_id=request.app.id, client_secret=request.app.secret)

    def identities(self, wire: TokenWire, tokens: Tokens) -> Sequence[Identity]:
        """The account on this server."""
        where = wire.url("", "/api/v1/accounts/verify_credentials")
        me = wire.get(where, token=tokens.access)
        return [Identity(str(me["id"]), (str(me["username"]), str(me["acct"])))]

    def renew(self, wire: TokenWire, app: App, tokens: Tokens, *, now: datetime) -> Tokens:  # noqa: ARG002
        """There is nothing to renew with: a refused token was revoked."""
        raise unrenewable(wire)


MASTODON = MastodonDialect(
    platform=Platform.MASTODON,
    authorize_at=("", "/oauth/authorize"),
    token_at=("", "/oauth/token"),
    wanted=(
        "read:accounts",
        "read:statuses",
        "read:notifications",
        "write:statuses",
        "write:media",
    ),
)
