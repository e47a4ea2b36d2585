"""Which address and which token an account is spoken to with."""

import os
from collections.abc import Mapping

from dotenv import dotenv_values

from domain.brand import Account
from domain.errors import ConfigError
from domain.platforms import Platform
from publishing.oauth.dialect import App
from publishing.oauth.registry import DIALECTS, addressed, renewer_of
from publishing.platforms.base import Secret
from publishing.tokens import TokenKeeper, Vault, Way
from runtime.settings import Settings
from storage.ledger.tokens import Holder

SANDBOX_APP = App("sandbox-app", "sandbox-app-secret")
"""What the local sandbox takes where the operator has no app of their own."""


def placed(account: Account, settings: Settings) -> Account:
    """The account with its base URL: its own, else the sandbox's where one is set."""
    if account.base_url or not settings.sandbox_url:
        return account
    url = f"{settings.sandbox_url.rstrip('/')}/{account.platform}"
    return account.model_copy(update={"base_url": url})


def named(account: Account, known: Mapping[str, str]) -> Account:
    """The account with the platform's own name of it: the brand file's, else the log-in's."""
    if account.user_id or account.id not in known:
        return account
    return account.model_copy(update={"user_id": known[account.id]})


def secret_of(account: Account, settings: Settings) -> str:
    """The account's token: from the variable that its brand file names, or the sandbox's.

    Raises:
        ConfigError: the brand file names none, or the variable is not set.
    """
    if settings.sandbox_url and not account.base_url:
        return f"sandbox-{account.platform}-{account.handle}"
    if account.token_env is None:
        raise ConfigError(
            f"{account.id}: the brand file names no token_env; add the name of the variable that "
            "holds the account's token"
        )
    token = os.environ.get(account.token_env) or dotenv_values(".env").get(account.token_env)
    if not token:
        raise ConfigError(
            f"{account.id}: ${account.token_env} is not set; put the account's token there, or a "
            "line with it in .env"
        )
    return token


def held_secret(vault: Vault, holder: Holder, settings: Settings) -> Secret:
    """The account's tokens: those of its log-in, renewed in time, else the environment's.

    Raises:
        ConfigError: it was never connected, and the environment holds no token; names what to do.
    """
    if vault.find(holder.account.id) is None:
        secret_of(holder.account, settings)
    return Secret(keeper=keeper_of(vault, holder, settings))


def keeper_of(vault: Vault, holder: Holder, settings: Settings) -> TokenKeeper:
    """What reads and renews the account's tokens."""
    account = holder.account
    way = Way(
        renewer_of(account.platform),
        app_of(account, settings),
        lambda: secret_of(account, settings),
        opens_sessions=account.platform is Platform.BLUESKY,
    )
    there = addressed(placed(account, settings))
    return TokenKeeper(vault, Holder(there, holder.brand), way)


def app_of(account: Account, settings: Settings) -> App:
    """The operator's app at the platform; an empty id where none is set."""
    if account.platform in (Platform.BLUESKY, Platform.MASTODON):
        return App("")  # the one needs none, the other registers its own
    if account.platform not in DIALECTS and account.platform is not Platform.TIKTOK:
        return App("")  # a package's platform has a token that stays
    word = "key" if account.platform is Platform.TIKTOK else "id"
    client_id = getattr(settings, f"{account.platform}_client_{word}")
    if not client_id and settings.sandbox_url:
        return SANDBOX_APP
    secret = getattr(settings, f"{account.platform}_client_secret").get_secret_value()
    return App(client_id, secret)
