"""The platforms by name, and what each allows in a post: data, with its source."""

import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points

GROUP = "amsel.platforms"
"""The entry points of packages that add a platform; `docs/plugins.md` shows one."""
_NAME = re.compile(r"[a-z]+")


def plugged() -> dict[str, EntryPoint]:
    """The platforms that installed packages add, by name; nothing of theirs is loaded yet."""
    found = entry_points(group=GROUP)
    return {each.name: each for each in found if _NAME.fullmatch(each.name)}


class Platform(StrEnum):
    """A social network that Amsel can speak to."""

    X = "x"
    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    LINKEDIN = "linkedin"
    TIKTOK = "tiktok"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"

    @classmethod
    def _missing_(cls, value: object) -> "Platform | None":
        """A platform that an installed package adds: known by the name of its entry point."""
        if not isinstance(value, str) or value not in plugged():
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = value.upper(), value
        return cls._value2member_map_.setdefault(value, member)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be done on a platform through its API; what is not said cannot be done.

    Attributes:
        source: where this stands, and its version.
        metrics: canonical metrics that the platform gives; the others stay null.
        text_only: a post without media exists.
        images: the most pictures in one post.
        video: a clip can be posted.
        alt_text: pictures can carry a description.
        threads: own posts can be chained.
        replies: people can be answered; a first comment is such a reply to the post itself.
        hide: a comment can be hidden.
        instead_of_hiding: what a person can do where none can be hidden.
        delete: an own post can be taken down.
        own_posts: the account's posts can be read back, so that a lost answer can be looked up.
        inbound: comments can be read.
    """

    source: str
    metrics: frozenset[str] = frozenset()
    text_only: bool = False
    images: int = 0
    video: bool = False
    alt_text: bool = False
    threads: bool = False
    replies: bool = False
    hide: bool = False
    instead_of_hiding: str = ""
    delete: bool = False
    own_posts: bool = False
    inbound: bool = False


@dataclass(frozen=True, slots=True)
class TextLimit:
    """How long a text may be and in which unit it is counted.

    Attributes:
        length: the most that is allowed, in `unit`.
        unit: `weighted` (twitter-text v3), `grapheme`, `utf16` or `character`.
        bytes: a second limit on UTF-8 bytes, where there is one.
        text_only: whether a post without media exists at all.
        comment: the most in a comment below a post, where that is less than in a post.
        with_pictures: the most beside pictures, where that is more than beside a clip.
        title: the most in the title of a post of pictures; None where nobody says.
        mentions: the most `@name` in a post; None where they are not counted.
        hashtags: the most hashtags in a post; None where they are not counted.
        source: where the figure stands.
    """

    length: int
    unit: str
    bytes: int | None = None
    text_only: bool = True
    comment: int | None = None
    with_pictures: int | None = None
    title: int | None = None
    mentions: int | None = None
    hashtags: int | None = None
    source: str = ""


TEXT_LIMITS: dict[Platform, TextLimit] = {
    Platform.X: TextLimit(280, "weighted", source="twitter-text config v3"),
    Platform.INSTAGRAM: TextLimit(
        2200,
        "character",
        text_only=False,
        mentions=20,
        hashtags=30,
        source="Instagram content publishing, caption",
    ),
    Platform.FACEBOOK: TextLimit(
        63_206, "character", comment=8000, source="reported, unverified today"
    ),
    Platform.LINKEDIN: TextLimit(
        3000, "character", comment=1250, source="LinkedIn Posts API, commentary; comment reported"
    ),
    Platform.TIKTOK: TextLimit(
        2200,
        "utf16",
        text_only=False,
        with_pictures=4000,
        title=90,
        source="TikTok Content Posting API, title of a clip, title and description of photos",
    ),
    Platform.BLUESKY: TextLimit(300, "grapheme", bytes=3000, source="app.bsky.feed.post lexicon"),
    Platform.MASTODON: TextLimit(
        500, "grapheme", source="Mastodon instance default; an instance may say otherwise"
    ),
}
