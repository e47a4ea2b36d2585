"""Connecting an account: which one is meant, the log-in, what is kept, and what goes out again."""

from dataclasses import dataclass
from datetime import datetime

from domain.brand import Account
from domain.errors import ConfigError
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.interventions import release
from publishing.oauth.bluesky import BLUESKY
from publishing.oauth.flow import Connected, Flow
from publishing.oauth.registry import addressed, dialect_of
from publishing.oauth.steps import steps
from publishing.oauth.wire import TokenWire
from publishing.platforms.metering import metered
from publishing.policies import by_account
from publishing.purses import purse_in
from publishing.tokens import Vault
from runtime.accounts import app_of, placed
from runtime.build import read_brands
from runtime.settings import Settings
from storage.ledger import tokens as ledger_tokens
from storage.ledger.tokens import Holder


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept: until when, whom it speaks for, and how many deliveries go out again."""

    user_id: str | None
    scopes: tuple[str, ...]
    expires_at: datetime | None
    renews_itself: bool
    released: int


def account_of(settings: Settings, platform: Platform, *, brand: str, handle: str | None) -> Holder:
    """The account of a brand on a platform, and where it is reached.

    Raises:
        ConfigError: there is no such brand or account, or several; names those that there are.
    """
    brands = read_brands(settings)
    if brand not in brands:
        known = ", ".join(brands)
        raise ConfigError(f"there is no brand {brand!r}; name one of {known} with --brand")
    ours = [one for one in brands[brand].accounts if one.platform is platform]
    found = [one for one in ours if handle in (None, one.handle)]
    if not found:
        there = ", ".join(one.handle for one in ours) or "none"
        raise ConfigError(
            f"brand {brand} has no such account on {platform} (there: {there}); add it to the "
            "brand file, or name another with --account"
        )
    if len(found) > 1:
        names = ", ".join(one.handle for one in found)
        raise ConfigError(
            f"brand {brand} has several accounts on {platform}; name one of {names} with --account"
        )
    return Holder(addressed(placed(found[0], settings)), brand)


def begin(
    settings: Settings, holder: Holder, *, redirect_uri: str, scopes: tuple[str, ...] = ()
) -> Flow:
    """A log-in whose address is to be opened in a browser.

    Raises:
        ConfigError: the operator has no app at the platform; tells how to come by one.
        NetworkError: the platform could not be asked.
    """
    account = holder.account
    app = app_of(account, settings)
    if not app.id and account.platform is not Platform.MASTODON:
        told = "\n".join(steps(account.platform, redirect=redirect_uri))
        raise ConfigError(f"{account.id}: you need an app at {account.platform}:\n{told}")
    dialect = dialect_of(account.platform, tiktok_challenge=settings.tiktok_challenge)
    return Flow(dialect, account, app, redirect_uri=redirect_uri, scopes=scopes)


def finish(flow: Flow, code: str, *, settings: Settings, vault: Vault, holder: Holder) -> Connected:
    """What the log-in gave; who it is is read at the brand's expense where that is charged.

    Raises:
        ConfigError: the person logged in as somebody else.
        NetworkError: the platform refused, did not answer, or no money is left to ask it.
    """
    known = by_account(read_brands(settings).values())
    try:
        with metered(purse_in(vault.ledger, known, holder.account.id)):
            return flow.finish(code, now=vault.now())
    finally:
        flow.close()


def log_in(account: Account, password: str) -> Tokens:
    """A Bluesky session by an app password. Raises leaves of NetworkError."""
    wire = TokenWire(account)
    try:
        return BLUESKY.log_in(wire, account, password)
    finally:
        wire.close()


def keep(vault: Vault, holder: Holder, tokens: Tokens) -> Kept:
    """Seal and keep what a log-in gave, and let what was parked for want of it go out.

    Raises:
        StoreError: the ledger or the keys refuse; nothing is kept.
    """
    with vault.ledger.transaction() as connection:
        now = vault.ledger.now(connection)
        ledger_tokens.connect(connection, holder, tokens, keys=vault.keys, now=now)
        released = release(connection, holder.account.id, now=now)
    return Kept(
        tokens.user_id,
        tokens.scopes,
        tokens.expires_at,
        bool(tokens.refresh or tokens.password) or holder.account.platform is Platform.INSTAGRAM,
        released,
    )
