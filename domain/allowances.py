"""What an account takes: its platform's limits, as the account's options move them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.brand import Account
from domain.media import MediaFile
from domain.media_limits import MediaLimit
from domain.platforms import Capabilities, Platform, TextLimit
from domain.plugins import media_limit, text_limit


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be sent through one account.

    Attributes:
        text: how long a text may be.
        media: what pictures and clips may be.
        can: what its platform does for it at all; None where nobody asked.
    """

    text: TextLimit
    media: MediaLimit
    can: Capabilities | None = None

    def text_beside(self, media: Sequence[MediaFile]) -> TextLimit:
        """How long a text may be beside these files."""
        if not shows_pictures(media) or self.text.with_pictures is None:
            return self.text
        return replace(self.text, length=self.text.with_pictures)


def allowance(
    platform: Platform,
    options: Mapping[str, Any] | None = None,
    *,
    can: Capabilities | None = None,
) -> Allowance:
    """What an account with these options takes; raises KeyError where nobody knows.

    `max_characters` is the length of a text on the account's server, `video` the way of its clips.
    """
    given = options or {}
    text, media = text_limit(platform), media_limit(platform)
    if "max_characters" in given:
        text = replace(text, length=given["max_characters"])
    if (way := given.get("video", "")) in media.clip_bytes:
        media = replace(media, clip=replace(media.clip, bytes=media.clip_bytes[way]))
    return Allowance(text, media, can)


def allowances(accounts: Iterable[Account], platform: Platform) -> tuple[Allowance, ...]:
    """What the accounts on a platform take, each kind once; its own where there is no account."""
    given = [one.options for one in accounts if one.platform is platform] or [{}]
    found: list[Allowance] = []
    for options in given:
        one = allowance(platform, options)
        found += [one] if one not in found else []
    return tuple(found)


def shows_pictures(media: Sequence[MediaFile]) -> bool:
    """Whether there are files, and pictures alone."""
    return bool(media) and not any(file.is_video for file in media)
