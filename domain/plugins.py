"""Platforms from other packages: what each must bring, and the limits of every platform."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from domain.errors import ConfigError
from domain.media_limits import MEDIA_LIMITS, NO_MEDIA, MediaLimit
from domain.platforms import GROUP, TEXT_LIMITS, Platform, TextLimit, plugged


@dataclass(frozen=True, slots=True)
class PlatformPlugin:
    """What an entry point of the group `amsel.platforms` leads to.

    Attributes:
        adapter: makes the network of one account out of a `publishing.platforms.base.Access`.
        base_url: where the platform answers, unless the brand file says otherwise.
        text: how long a text may be.
        media: what pictures and clips may be; nothing, unless it is said.
    """

    adapter: Callable[..., Any]
    base_url: str
    text: TextLimit
    media: MediaLimit = NO_MEDIA


@cache
def plugin_of(platform: Platform) -> PlatformPlugin | None:
    """What the package of that platform brings; None for a platform that no package adds.

    Raises:
        ConfigError: the package is broken, or brings something else.
    """
    entry = plugged().get(platform)
    if entry is None or platform in Platform.__members__.values():
        return None
    remedy = "mend or uninstall that package"
    try:
        plugin = entry.load()
    except Exception as exc:
        raise ConfigError(f"{entry.value} ({GROUP}) cannot be loaded: {exc}; {remedy}") from exc
    if not isinstance(plugin, PlatformPlugin):
        raise ConfigError(f"{entry.value} ({GROUP}) is no PlatformPlugin; {remedy}")
    return plugin


def text_limit(platform: Platform) -> TextLimit:
    """How long a text may be there; raises KeyError where nobody knows."""
    plugin = plugin_of(platform)
    return plugin.text if plugin else TEXT_LIMITS[platform]


def media_limit(platform: Platform) -> MediaLimit:
    """What pictures and clips may be there; raises KeyError where nobody knows."""
    plugin = plugin_of(platform)
    return plugin.media if plugin else MEDIA_LIMITS[platform]


def known_platforms() -> list[Platform]:
    """The platforms that Amsel brings itself, then those of installed packages."""
    return [*Platform, *(Platform(name) for name in sorted(plugged()) if name not in set(Platform))]
