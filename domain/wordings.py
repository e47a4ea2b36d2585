"""The wordings of a post: each of its texts, with the platforms that get it."""

from collections.abc import Callable

import regex

from domain.platforms import Platform
from domain.posts import ContentPost
from domain.text import find_handles, find_hashtags, find_links

_ENDED = regex.compile(r"[.!?…][\"“”»)]?$")
_TAG = regex.compile(r"#[\p{L}\p{M}\p{N}_]+")


def wordings(post: ContentPost) -> tuple[ContentPost, ...]:
    """The post once for each text that it has, on the platforms that get it; the main text first.

    The main text stands for every platform where none gets it: an edit may bring it back.
    """
    told: dict[str, list[Platform]] = {post.text: []}
    for platform in post.platforms:
        told.setdefault(post.text_for(platform), []).append(platform)
    return tuple(
        _alone(saying(post, text), tuple(platforms) or post.platforms)
        for text, platforms in told.items()
    )


def fullest(post: ContentPost) -> tuple[ContentPost, ...]:
    """Those of its wordings that say something that no other says."""
    found = wordings(post)
    return tuple(
        one
        for one in found
        if not any(
            is_shortened(one.text, other.text) and len(one.text) < len(other.text)
            for other in found
        )
    )


def wording_on(post: ContentPost, platform: Platform) -> ContentPost:
    """The post as it goes out on a platform."""
    return _alone(saying(post, post.text_for(platform)), (platform,))


def saying(post: ContentPost, text: str) -> ContentPost:
    """The post with this text and the link, hashtags and handles that stand in it."""
    if text == post.text:
        return post
    links = [span.text for span in find_links(text)]
    return post.model_copy(
        update={
            "text": text,
            "link": links[0] if links else None,
            "hashtags": tuple(span.text for span in find_hashtags(text)),
            "mentions": tuple(span.text for span in find_handles(text)),
        }
    )


def rewritten(post: ContentPost, change: Callable[[str], str]) -> ContentPost:
    """The post with the same change made to each of its texts."""
    adaptations = {platform: change(text) for platform, text in post.adaptations.items()}
    return post.model_copy(update={"text": change(post.text), "adaptations": adaptations})


def is_shortened(text: str, fuller: str) -> bool:
    """Whether a text is another one with whole paragraphs or hashtags left out.

    Only where these are whole sentences: what comes to stand side by side then tells nothing new.
    """
    mine, theirs = _parts(text), _parts(fuller)
    if not mine[1] <= theirs[1]:
        return False
    rest = iter(theirs[0])
    if not all(part in rest for part in mine[0]):
        return False
    return mine[0] == theirs[0][: len(mine[0])] or all(map(_ENDED.search, theirs[0][:-1]))


def _parts(text: str) -> tuple[list[str], frozenset[str]]:
    """Paragraphs, and the hashtags of the last one where it has nothing else."""
    parts = text.split("\n\n")
    tags = parts[-1].split(" ")
    if len(parts) > 1 and all(_TAG.fullmatch(tag) for tag in tags):
        return parts[:-1], frozenset(tags)
    return parts, frozenset()


def _alone(post: ContentPost, platforms: tuple[Platform, ...]) -> ContentPost:
    return post.model_copy(update={"platforms": platforms, "adaptations": {}})
