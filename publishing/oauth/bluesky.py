"""Bluesky: an app password opens sessions, whose tokens rotate; a lost pair is no loss."""

import base64
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from domain.brand import Account
from domain.errors import AuthExpired, Rejected
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import App
from publishing.oauth.wire import TokenWire
from publishing.platforms.xrpc import Login, Session


class BlueskySessions:
    """No authorize page is needed: the person makes an app password and types it in once."""

    platform = Platform.BLUESKY
    rotates = True

    def log_in(self, wire: TokenWire, account: Account, password: str) -> Tokens:
        """The tokens of a new session, the password among them. Raises AuthExpired."""
        session = _login(wire).open(account.handle, password)
        return replace(_tokens(session), password=password)

    def renew(self, wire: TokenWire, app: App, tokens: Tokens, *, now: datetime) -> Tokens:  # noqa: ARG002
        """The session's next pair, or a new session where that one is over."""
        if tokens.refresh:
            with suppress(AuthExpired, Rejected):  # spent or too old: the password opens another
                return _tokens(_login(wire).renew(tokens.refresh))
        if not tokens.password:
            raise AuthExpired(
                f"{wire.account.id}: its session is over, and no app password is kept"
            )
        return self.log_in(wire, wire.account, tokens.password)


def _login(wire: TokenWire) -> Login:
    return Login(wire.http, wire.account.id)


def _tokens(session: Session) -> Tokens:
    return Tokens(
        session.access, session.refresh, user_id=session.did, expires_at=_end_of(session.access)
    )


def _end_of(token: str) -> datetime | None:
    """When a JWT says that it ends; None where it is something else. Nothing is trusted to it."""
    try:
        claims = token.split(".")[1]
        padded = claims + "=" * (-len(claims) % 4)
        return datetime.fromtimestamp(int(json.loads(base64.urlsafe_b64decode(padded))["exp"]), UTC)
    except (IndexError, KeyError, TypeError, ValueError):
        return None


BLUESKY = BlueskySessions()
