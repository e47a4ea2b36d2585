"""What is the same in every platform's way of OAuth, and what each has of its own."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

from domain.brand import Account
from domain.errors import AuthExpired
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.wire import TokenWire

Challenge = Literal["S256", "hex", "none"]


@dataclass(frozen=True, slots=True)
class App:
    """The app that the operator has at a platform; without a secret it is a public one."""

    id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """What a person is asked to grant, and where the browser is sent afterwards."""

    app: App
    redirect_uri: str
    state: str
    verifier: str = field(repr=False)
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """An account that the tokens speak for; `tokens` where it has some of its own (a Page)."""

    user_id: str
    names: tuple[str, ...]
    tokens: Tokens | None = None
    lacks: tuple[str, ...] = ()


class Renewer(Protocol):
    """How one platform gives the next pair."""

    @property
    def rotates(self) -> bool:
        """Whether a refresh token is spent by its use: then a lost answer may lose the account."""

    def renew(self, wire: TokenWire, app: App, tokens: Tokens, *, now: datetime) -> Tokens:
        """The next pair; raises AuthExpired where there is none to be had."""


class Dialect(Renewer, Protocol):
    """One platform's way of letting somebody in. What asks raises leaves of NetworkError."""

    @property
    def platform(self) -> Platform:
        """The platform."""

    def scopes(self, account: Account) -> tuple[str, ...]:
        """What is asked for."""

    def prepare(self, wire: TokenWire, app: App, redirect_uri: str) -> App:
        """The app to go on with: the operator's, or one that is registered now."""

    def authorization(self, wire: TokenWire, request: Request) -> str:
        """The address of the page where the person decides."""

    def exchange(self, wire: TokenWire, request: Request, code: str, *, now: datetime) -> Tokens:
        """The tokens for a code."""

    def identities(self, wire: TokenWire, tokens: Tokens) -> Sequence[Identity]:
        """Whom the tokens speak for."""


@dataclass(frozen=True, slots=True)
class Plain:
    """RFC 6749 with a platform's hosts, names and habits: the base of most dialects.

    Attributes:
        authorize_at: host and path of the page.
        token_at: host and path of the token endpoint.
        wanted: the scopes that are asked for.
        separator: between scopes.
        client_name: what the platform calls the app's id.
        challenge: how PKCE's challenge is written.
        basic: whether the app's secret goes by HTTP Basic.
        rotates: whether a refresh token is spent by its use.
    """

    platform: Platform
    authorize_at: tuple[str, str]
    token_at: tuple[str, str]
    wanted: tuple[str, ...]
    separator: str = " "
    client_name: str = "client_id"
    challenge: Challenge = "S256"
    basic: bool = False
    rotates: bool = False

    def scopes(self, account: Account) -> tuple[str, ...]:  # noqa: ARG002 - the same for all
        """What is asked for."""
        return self.wanted

    def prepare(self, wire: TokenWire, app: App, redirect_uri: str) -> App:  # noqa: ARG002
        """The operator's own app."""
        return app

    def authorization(self, wire: TokenWire, request: Request) -> str:
        """The page's address with everything in its query."""
        query = {
            "response_type": "code",
            self.client_name: request.app.id,
            "redirect_uri": request.redirect_uri,
            "scope": self.separator.join(request.scopes),
            "state": request.state,
        }
        if self.challenge != "none":
            query["code_challenge"] = challenge_of(request.verifier, self.challenge)
            query["code_challenge_method"] = "S256"
        return f"{wire.url(*self.authorize_at)}?{urlencode(query)}"

    def exchange(self, wire: TokenWire, request: Request, code: str, *, now: datetime) -> Tokens:
        """The tokens for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": request.redirect_uri,
        }
        if self.challenge != "none":
            form["code_verifier"] = request.verifier
        return tokens_of(self._ask(wire, request.app, form), now)

    def renew(self, wire: TokenWire, app: App, tokens: Tokens, *, now: datetime) -> Tokens:
        """The next pair by the refresh token."""
        if not tokens.refresh:
            raise unrenewable(wire)
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
        return tokens_of(self._ask(wire, app, form), now)

    def _ask(self, wire: TokenWire, app: App, form: dict[str, str]) -> dict[str, Any]:
        if self.basic and app.secret:
            return wire.post(wire.url(*self.token_at), form, basic=(app.id, app.secret))
        form = form | {self.client_name: app.id}
        if app.secret:
            form["client_secret"] = app.secret
        return wire.post(wire.url(*self.token_at), form)


def challenge_of(verifier: str, kind: Challenge) -> str:
    """PKCE's challenge: base64url of the hash, or its hex digits."""
    digest = hashlib.sha256(verifier.encode()).digest()
    if kind == "hex":
        return digest.hex()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def tokens_of(body: dict[str, Any], now: datetime) -> Tokens:
    """The tokens in an answer, whose lives begin `now`; raises AuthExpired where there are none."""
    access = body.get("access_token")
    if not isinstance(access, str) or not access:
        raise AuthExpired("the platform gave no access token")
    return Tokens(
        access=access,
        refresh=str(body.get("refresh_token") or ""),
        scopes=tuple(str(body.get("scope") or "").replace(",", " ").split()),
        expires_at=_end(body.get("expires_in"), now),
        refresh_until=_end(
            body.get("refresh_expires_in") or body.get("refresh_token_expires_in"), now
        ),
    )


def unrenewable(wire: TokenWire) -> AuthExpired:
    """The platform gave nothing to renew the token with."""
    return AuthExpired(f"{wire.account.id}: its token cannot be renewed without you")


def _end(seconds: Any, now: datetime) -> datetime | None:
    return now + timedelta(seconds=int(seconds)) if seconds else None
