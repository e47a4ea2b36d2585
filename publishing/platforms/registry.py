"""Which adapter speaks to an account, and whether it may."""

from collections.abc import Callable
from typing import Any

import httpx

from domain.brand import Account
from domain.clock import Clock
from domain.errors import ConfigError, PolicyError
from domain.platforms import Platform
from domain.plugins import known_platforms, plugin_of
from publishing.platforms import (
    bluesky,
    facebook,
    instagram,
    linkedin,
    linkedin_api,
    mastodon,
    tiktok,
    tiktok_api,
    x,
)
from publishing.platforms.base import Access, MediaSource, Network, Secret, is_loopback
from publishing.platforms.bluesky_media import BlueskyOptions
from publishing.platforms.graph import GraphOptions
from publishing.platforms.x_api import XOptions

ADAPTERS: dict[Platform, Callable[..., Network]] = {
    Platform.X: x.X,
    Platform.BLUESKY: bluesky.Bluesky,
    Platform.MASTODON: mastodon.Mastodon,
    Platform.INSTAGRAM: instagram.Instagram,
    Platform.FACEBOOK: facebook.Facebook,
    Platform.LINKEDIN: linkedin.LinkedIn,
    Platform.TIKTOK: tiktok.TikTok,
}
OPTIONS: dict[Platform, type[Any]] = {
    Platform.X: XOptions,
    Platform.BLUESKY: BlueskyOptions,
    Platform.INSTAGRAM: GraphOptions,
    Platform.FACEBOOK: GraphOptions,
    Platform.LINKEDIN: linkedin_api.Options,
    Platform.TIKTOK: tiktok_api.Options,
}
"""What an adapter takes beside its access: `options` of the brand file, and `api_version`."""
BASE_URLS = {
    Platform.X: x.BASE_URL,
    Platform.BLUESKY: bluesky.BASE_URL,
    Platform.MASTODON: mastodon.BASE_URL,
    Platform.INSTAGRAM: instagram.BASE_URL,
    Platform.FACEBOOK: facebook.BASE_URL,
    Platform.LINKEDIN: linkedin.BASE_URL,
    Platform.TIKTOK: tiktok.BASE_URL,
}


def adapter_of(platform: Platform) -> tuple[Callable[..., Network], str]:
    """What makes the networks of a platform, and where it usually answers.

    Raises:
        ConfigError: there is no adapter for the platform, or its package is broken.
    """
    if platform in ADAPTERS:
        return ADAPTERS[platform], BASE_URLS[platform]
    plugin = plugin_of(platform)
    if plugin is None:
        known = ", ".join(known_platforms())
        raise ConfigError(f"{platform} cannot be spoken to yet; use one of {known}")
    return plugin.adapter, plugin.base_url


def connect(
    account: Account,
    *,
    secret: str | Callable[[], str] | Secret,
    clock: Clock,
    sending_allowed: bool,
    media: MediaSource | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Network:
    """The adapter of one account.

    Args:
        account: names the platform, the handle and, where it is not the usual one, the base URL.
        secret: the token (X) or app password (Bluesky), a function that gives it when needed, or
            a secret with a keeper of tokens that all workers share.
        clock: stamps what is observed.
        sending_allowed: without it only this machine itself may be spoken to.
        media: where the files of posts are read.
        transport: for tests.

    Raises:
        ConfigError: there is no adapter for the platform.
        PolicyError: sending is not allowed and the address is not on this machine.
    """
    adapter, usual = adapter_of(account.platform)
    base_url = account.base_url or usual
    if not sending_allowed and not is_loopback(base_url):
        raise PolicyError(
            f"{account.id}: sending to {base_url} is off; set AMSEL_SENDING=on to speak to the "
            "real platform, or give the account the base_url of a sandbox"
        )
    held = secret if isinstance(secret, Secret) else Secret(secret)
    access = Access(account, held, clock, base_url, media, transport)
    kind = OPTIONS.get(account.platform)
    return adapter(access, _options(kind, account)) if kind else adapter(access)


def _options(kind: type[Any], account: Account) -> Any:
    given = dict(account.options)
    if account.api_version and "version" in kind.__dataclass_fields__:
        given["version"] = account.api_version
    return kind(**given)
