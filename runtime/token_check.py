"""An account's token as it stands: read, never renewed, nothing written."""

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from domain.brand import Account
from domain.errors import AmselError, StoreError
from domain.platforms import Platform
from publishing.oauth.registry import dialect_of
from publishing.platforms.base import Grant, Secret
from runtime.accounts import secret_of
from runtime.findings import Finding, Health
from runtime.keyring import read_keyring
from runtime.settings import Settings
from storage import key_file
from storage.ledger import tokens
from storage.ledger.database import Ledger
from storage.ledger.tokens import Kept
from storage.secrets import Keyring


class Unrenewed:
    """A Keeper that gives what is there and renews nothing."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    def current(self) -> Grant:
        """What is there."""
        return self._grant

    def renewed(self, refused: str) -> None:
        """Nothing: the next worker renews it."""


def as_it_stands(
    account: Account, settings: Settings, *, now: Callable[[], datetime]
) -> tuple[Finding, Secret]:
    """What is to be said of the account's token, and the token itself to ask the platform with."""
    try:
        kept = _kept(account, settings)
        if kept is None or kept.tokens is None:
            secret_of(account, settings)
            finding = Finding("token", Health.OK, f"{account.id}: is set")
            return finding, Secret(lambda: secret_of(account, settings))
        finding = _finding(account, kept, now())
    except AmselError as exc:
        return Finding("token", Health.BAD, str(exc)), Secret(lambda: secret_of(account, settings))
    return finding, Secret(keeper=Unrenewed(Grant(kept.tokens.access, kept.tokens.user_id)))


def _finding(account: Account, kept: Kept, now: datetime) -> Finding:
    if kept.attention:
        return Finding("token", Health.BAD, f"{account.id}: {kept.attention}; {kept.remedy}")
    ends = kept.tokens.expires_at if kept.tokens else None
    if ends is not None and ends <= now:
        text = f"{account.id}: ended at {ends.isoformat()}; the next worker that runs renews it"
        return Finding("token", Health.WARN, text)
    if text := not_granted(account, kept.tokens.scopes if kept.tokens else ()):
        return Finding("token", Health.WARN, f"{account.id}: {text}")
    until = f"until {ends.isoformat()}, then renewed" if ends else "until it is revoked"
    return Finding("token", Health.OK, f"{account.id}: connected, {until}")


def not_granted(account: Account, granted: Collection[str]) -> str | None:
    """What the platform was asked for and did not give, and what to type; None where all is there.

    Of a platform that tells no scopes nothing is said.
    """
    if not granted or account.platform is Platform.BLUESKY:
        return None
    wanted = dialect_of(account.platform).scopes(account)
    missing = [scope for scope in wanted if scope not in granted]
    if not missing:
        return None
    return (
        f"not granted: {', '.join(missing)}; what needs that is refused: "
        f"`amsel connect {account.platform}` again and allow it"
    )


def _kept(account: Account, settings: Settings) -> Kept | None:
    path = Path(settings.ledger.removeprefix("sqlite:///"))
    if settings.ledger.startswith("sqlite:") and not path.exists():
        return None
    ledger = Ledger(settings.ledger)
    try:
        with ledger.reading() as connection:
            return tokens.find(connection, account.id, keys=lambda: _keys(settings))
    finally:
        ledger.close()


def _keys(settings: Settings) -> Keyring:
    path = settings.home.resolve() / key_file.NAME
    if not settings.secret_keys.get_secret_value() and not path.exists():
        raise StoreError(
            f"{path} is gone, and with it the key of the accounts' tokens; restore it from a "
            "backup, or connect the accounts again"
        )
    return read_keyring(settings)
