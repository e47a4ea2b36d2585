"""What each platform is for: how many hashtags a post has there, where its link leads, its room."""

from dataclasses import dataclass

from domain.platforms import Platform
from domain.plugins import text_limit

_ROOM = 500


@dataclass(frozen=True, slots=True)
class Custom:
    """How posts usually are on a platform.

    Attributes:
        tags: the most hashtags; None is as many as the brand wants.
        opens_links: whether a reader can follow a link that stands in a text.
    """

    tags: int | None = 2
    opens_links: bool = True


_USUAL = Custom()
_CUSTOMS = {
    Platform.X: _USUAL,
    Platform.BLUESKY: _USUAL,
    Platform.MASTODON: Custom(tags=3),
    Platform.LINKEDIN: Custom(tags=3),
    Platform.FACEBOOK: Custom(tags=0),
    Platform.INSTAGRAM: Custom(tags=None, opens_links=False),
    Platform.TIKTOK: Custom(tags=None, opens_links=False),
}


def custom_of(platform: Platform) -> Custom:
    """The custom of a platform; the usual one where nobody knows."""
    return _CUSTOMS.get(platform, _USUAL)


def is_roomy(platform: Platform) -> bool:
    """Whether there is room for more than a fact and its frame."""
    return text_limit(platform).length >= _ROOM


def common_ground(platforms: tuple[Platform, ...]) -> tuple[Platform, ...]:
    """The platforms that a post's main text is made for: those with little room, else all."""
    return tuple(each for each in platforms if not is_roomy(each)) or platforms
