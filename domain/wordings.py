"""The wordings of a post: each of its texts, with the platforms that get it."""

from collections.abc import Callable

from domain.platforms import Platform
from domain.posts import ContentPost
from domain.text import find_handles, find_hashtags, find_links


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


def _alone(post: ContentPost, platforms: tuple[Platform, ...]) -> ContentPost:
    return post.model_copy(update={"platforms": platforms, "adaptations": {}})
