"""Who was let in by which token: codes, pairs, their end by the sandbox's clock, and revocation."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.audience import Account, Audience
from sandbox.clock import SandboxClock, micros
from sandbox.store import Store

_SCHEMA = (
    "create table if not exists oauth_apps (platform text not null, id text not null,"
    " secret text not null, primary key (platform, id)) strict",
    "create table if not exists oauth_codes (code text primary key, platform text not null,"
    " handle text not null, client text not null, redirect text not null, challenge text not null,"
    " scopes text not null, ends_us integer not null, used integer not null default 0) strict",
    "create table if not exists oauth_tokens (token text primary key, platform text not null,"
    " handle text not null, kind text not null, family text not null, scopes text not null,"
    " since_us integer not null, ends_us integer, used integer not null default 0,"
    " revoked integer not null default 0) strict",
    "create table if not exists oauth_calls (platform text not null, what text not null,"
    " number integer not null, primary key (platform, what)) strict",
    "create table if not exists oauth_closed (platform text not null, handle text not null,"
    " primary key (platform, handle)) strict",
)


class Refused(Exception):
    """An OAuth error by its standard name (RFC 6749)."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or a token stands for."""

    platform: str
    handle: str
    scopes: str
    family: str
    since_us: int = 0


class TokenBook:
    """Codes and tokens of all platforms; everything is kept in the home."""

    def __init__(self, store: Store, clock: SandboxClock, audience: Audience) -> None:
        self._store, self._clock, self._audience = store, clock, audience
        for statement in _SCHEMA:
            store.execute(statement)

    def account_of(self, platform: str, token: str) -> Account | None:
        """The account that a bearer token speaks for; None where it is unknown, over or revoked.

        Besides what was granted, `sandbox-<platform>-<handle>` is always good, until revoked.
        """
        handle = self.handle_of(platform, token)
        return self._audience.account(platform, handle) if handle else None

    def handle_of(self, platform: str, token: str) -> str | None:
        """Like `account_of`, for handles that nobody planted too."""
        plain = f"sandbox-{platform}-"
        if token.startswith(plain):
            handle = token.removeprefix(plain)
            return None if self.is_closed(platform, handle) else handle
        found = self._token(platform, token, ("access", "page"))
        return found.handle if found else None

    def scopes_of(self, platform: str, token: str) -> tuple[str, ...]:
        """What a token was granted; nothing for a token that is not good."""
        found = self._token(platform, token, ("access", "page", "refresh"))
        return tuple(found.scopes.split()) if found else ()

    def register(self, platform: str, client: str, secret: str) -> None:
        """Know an app from now on; the first secret that an app comes with is its secret."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        values = (platform, client, digest)
        self._store.execute("insert or ignore into oauth_apps values (?, ?, ?)", values)

    def check_client(self, platform: str, client: str, secret: str) -> None:
        """Raise Refused where the app comes without an id or with another secret."""
        if not client:
            raise Refused("invalid_client", "the app does not say who it is")
        self.register(platform, client, secret)
        kept = self._store.execute(
            "select secret from oauth_apps where platform = ? and id = ?", (platform, client)
        ).fetchone()
        if not hmac.compare_digest(kept[0], hashlib.sha256(secret.encode()).hexdigest()):
            raise Refused("invalid_client", "the app's secret is another one")

    def code(
        self, grant: Grant, *, client: str, redirect: str, challenge: str, lives: timedelta
    ) -> str:
        """A code for what somebody has just granted."""
        code = secrets.token_urlsafe(24)
        ends = micros(self._clock.now() + lives)
        self._store.execute(
            "insert into oauth_codes values (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (code, grant.platform, grant.handle, client, redirect, challenge, grant.scopes, ends),
        )
        return code

    def redeem(
        self, platform: str, code: str, *, client: str, redirect: str, verifier: str
    ) -> Grant:
        """Spend a code, as RFC 6749 and 7636 want it. Raises Refused."""
        row = self._store.execute(
            "select handle, client, redirect, challenge, scopes, ends_us, used from oauth_codes"
            " where platform = ? and code = ?",
            (platform, code),
        ).fetchone()
        if row is None or row[6] or row[5] <= micros(self._clock.now()):
            raise Refused("invalid_grant", "the code is unknown, spent or too old")
        if (row[1], row[2]) != (client, redirect):
            raise Refused("invalid_grant", "the code was given to another app or address")
        if row[3] and row[3] not in _challenges(verifier):
            raise Refused("invalid_grant", "the code verifier does not fit the challenge")
        self._store.execute("update oauth_codes set used = 1 where code = ?", (code,))
        return Grant(platform, row[0], row[4], secrets.token_hex(8))

    def issue(self, grant: Grant, kind: str, *, lives: timedelta | None) -> str:
        """A token of the grant's family: `access`, `refresh` or `page`."""
        token = f"{grant.platform[:2]}-{kind[0]}-{secrets.token_urlsafe(32)}"
        now = self._clock.now()
        ends = micros(now + lives) if lives else None
        self._store.execute(
            "insert into oauth_tokens values (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
            (
                token,
                grant.platform,
                grant.handle,
                kind,
                grant.family,
                grant.scopes,
                micros(now),
                ends,
            ),
        )
        return token

    def spend(self, platform: str, token: str, *, rotates: bool = True) -> Grant:
        """Take a refresh token; where it rotates, a second use ends its family. Raises Refused."""
        found = self._token(platform, token, ("refresh",))
        if found is None:
            raise Refused("invalid_grant", "the refresh token is unknown, spent, over or revoked")
        if rotates:
            spent = self._store.execute(
                "update oauth_tokens set used = 1 where token = ? and used = 0", (token,)
            )
            if spent.rowcount == 0:
                self._store.execute(
                    "update oauth_tokens set revoked = 1 where family = ?", (found.family,)
                )
                raise Refused("invalid_grant", "the refresh token was used before")
        return found

    def look(self, platform: str, token: str) -> Grant | None:
        """What an access token stands for, if it is good."""
        return self._token(platform, token, ("access",))

    def revoke(self, platform: str, token: str) -> None:
        """End a token and all of its family."""
        self._store.execute(
            "update oauth_tokens set revoked = 1 where platform = ? and family ="
            " (select family from oauth_tokens where token = ?)",
            (platform, token),
        )

    def expire_all(self, platform: str, handle: str) -> None:
        """Let every access token of an account be over now."""
        self._store.execute(
            "update oauth_tokens set ends_us = ? where platform = ? and handle = ?"
            " and kind <> 'refresh'",
            (micros(self._clock.now()), platform, handle),
        )
        self._cut(platform, handle)

    def close(self, platform: str, handle: str) -> None:
        """Take every right away, as somebody does who removes the app."""
        self._store.execute(
            "update oauth_tokens set revoked = 1 where platform = ? and handle = ?",
            (platform, handle),
        )
        self._store.execute("insert or ignore into oauth_closed values (?, ?)", (platform, handle))
        self._cut(platform, handle)

    def reopen(self, platform: str, handle: str) -> None:
        """Let somebody in again, with what is granted from now on."""
        self._store.execute(
            "delete from oauth_closed where platform = ? and handle = ?", (platform, handle)
        )

    def is_closed(self, platform: str, handle: str) -> bool:
        """Whether the account has taken all rights away."""
        query = "select 1 from oauth_closed where platform = ? and handle = ?"
        return self._store.execute(query, (platform, handle)).fetchone() is not None

    def cut(self, platform: str, handle: str) -> int:
        """Sessions below this number are over (Bluesky's tokens carry theirs)."""
        return int(self._store.get(f"cut {platform} {handle}") or 0)

    def _cut(self, platform: str, handle: str) -> None:
        number = self._store.execute("select count(*) from sessions").fetchone()[0]
        self._store.put(f"cut {platform} {handle}", str(number))

    def count(self, platform: str, what: str) -> None:
        """Count a call: `code`, `refresh`, `login`, `refused`, `revoke`."""
        self._store.execute(
            "insert into oauth_calls values (?, ?, 1)"
            " on conflict (platform, what) do update set number = number + 1",
            (platform, what),
        )

    def calls(self) -> dict[str, dict[str, int]]:
        """How often each platform's token endpoints were asked for what."""
        found: dict[str, dict[str, int]] = {}
        rows = self._store.execute("select platform, what, number from oauth_calls order by 1, 2")
        for platform, what, number in rows:
            found.setdefault(platform, {})[what] = number
        return found

    def age(self, grant: Grant) -> timedelta:
        """How old a token is."""
        return timedelta(microseconds=micros(self._clock.now()) - grant.since_us)

    def now(self) -> datetime:
        """The sandbox's instant."""
        return self._clock.now()

    def _token(self, platform: str, token: str, kinds: tuple[str, ...]) -> Grant | None:
        row = self._store.execute(
            "select handle, scopes, family, since_us, kind from oauth_tokens where platform = ?"
            " and token = ? and revoked = 0 and (ends_us is null or ends_us > ?)",
            (platform, token, micros(self._clock.now())),
        ).fetchone()
        if row is None or row[4] not in kinds:
            return None
        return Grant(platform, row[0], row[1], row[2], row[3])


def _challenges(verifier: str) -> tuple[str, str, str]:
    """What a verifier may have been announced as: plain, S256, and TikTok's hex."""
    digest = hashlib.sha256(verifier.encode())
    return (
        verifier,
        base64.urlsafe_b64encode(digest.digest()).decode().rstrip("="),
        digest.hexdigest(),
    )
