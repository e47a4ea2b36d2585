"""Bluesky sessions: signed tokens that expire on the sandbox's clock, refresh tokens used once."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import micros
from sandbox.store import Store

ACCESS_LIVES = timedelta(minutes=120)
REFRESH_LIVES = timedelta(days=90)
ACCESS, REFRESH = "com.atproto.access", "com.atproto.refresh"
SERVICE = "service"


class TokenError(Exception):
    """A token is not taken: its XRPC error name and message."""

    def __init__(self, name: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.name = name
        self.status = status


class Tokens:
    """Issues and checks tokens; the key and the spent refresh tokens are kept in the home."""

    def __init__(self, store: Store) -> None:
        self._store = store
        if store.get("token_key") is None:
            store.put("token_key", secrets.token_hex(32))
        self._key = (store.get("token_key") or "").encode()

    def issue(self, did: str, now: datetime) -> dict[str, str]:
        """A new pair."""
        row = self._store.execute("select count(*) from sessions").fetchone()
        jti = f"{row[0]}-{secrets.token_hex(8)}"
        self._store.execute("insert into sessions values (?, 0)", (jti,))
        return {
            "accessJwt": self._sign(ACCESS, did, now, ACCESS_LIVES, jti),
            "refreshJwt": self._sign(REFRESH, did, now, REFRESH_LIVES, jti),
        }

    def check(self, token: str, scope: str, now: datetime) -> dict[str, Any]:
        """The claims of a token.

        Raises:
            TokenError: InvalidToken or ExpiredToken, both HTTP 400.
        """
        claims = self._claims(token)
        if claims["scope"] != scope:
            raise TokenError("InvalidToken", "Bad token scope")
        if claims["exp"] <= micros(now) // 1_000_000:
            raise TokenError("ExpiredToken", "Token has expired")
        return claims

    def rotate(self, token: str, now: datetime) -> tuple[str, dict[str, str]]:
        """Spend a refresh token: its DID and a new pair.

        Raises:
            TokenError: it is not valid, expired, or was used before.
        """
        claims = self.check(token, REFRESH, now)
        with self._store.transaction():
            spent = self._store.execute(
                "update sessions set used = 1 where jti = ? and used = 0", (claims["jti"],)
            )
            if spent.rowcount == 0:
                raise TokenError("ExpiredToken", "Token has been revoked")
            return claims["sub"], self.issue(claims["sub"], now)

    def grant(self, did: str, aud: str, method: str, expires: int) -> str:
        """A token for one method of one service until then (Unix seconds)."""
        head = {"typ": "JWT", "alg": "HS256"}
        claims = {"scope": SERVICE, "iss": did, "aud": aud, "lxm": method, "exp": expires}
        body = f"{_encode(head)}.{_encode(claims)}"
        return f"{body}.{self._signature(body)}"

    def granted(self, token: str, method: str, now: datetime) -> str:
        """The DID that a service token was given to.

        Raises:
            TokenError: it is none for this method, or expired.
        """
        claims = self.check(token, SERVICE, now)
        if claims["lxm"] != method:
            raise TokenError("InvalidToken", f"Bad lexicon method: {claims['lxm']}")
        return str(claims["iss"])

    def _sign(self, scope: str, did: str, now: datetime, lives: timedelta, jti: str) -> str:
        head = {"typ": "at+jwt" if scope == ACCESS else "refresh+jwt", "alg": "HS256"}
        claims = {
            "scope": scope,
            "sub": did,
            "iat": micros(now) // 1_000_000,
            "exp": micros(now + lives) // 1_000_000,
            "jti": jti,
        }
        body = f"{_encode(head)}.{_encode(claims)}"
        return f"{body}.{self._signature(body)}"

    def _claims(self, token: str) -> dict[str, Any]:
        body, _, signature = token.rpartition(".")
        if "." not in body or not hmac.compare_digest(self._signature(body), signature):
            raise TokenError("InvalidToken", "Token could not be verified")
        raw = body.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
        return claims

    def _signature(self, body: str) -> str:
        raw = hmac.new(self._key, body.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def session_number(claims: dict[str, Any]) -> int:
    """Which session a token belongs to, counted from the first of this home."""
    return int(str(claims["jti"]).partition("-")[0])


def _encode(part: dict[str, Any]) -> str:
    raw = json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
