"""Rich text for Bluesky: links, hashtags and mentions by their place in UTF-8 bytes."""

import re
from collections.abc import Callable
from typing import Any

LINK = re.compile(r"https?://[^\s<>\"]+")
TAG = re.compile(r"(?<![\w#/&])#(\w*[^\W\d]\w*)")
MENTION = re.compile(r"(?<![\w@/])@((?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,})")
TAIL = ".,;:!?)]}'\u201d\u201c\u2019\u00bb"  # closes a sentence, not a link
KIND = "app.bsky.richtext.facet#"


def facets(text: str, *, did_of: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """The facets of a text, in its order, for a post record.

    Args:
        text: the post's text.
        did_of: gives the DID of a handle, or None for one that nobody holds; such a mention
            stays plain text.
    """
    found = []
    for match in LINK.finditer(text):
        uri = match.group().rstrip(TAIL)
        found.append(_facet(text, match.start(), uri, {"$type": f"{KIND}link", "uri": uri}))
    for match in TAG.finditer(text):
        feature = {"$type": f"{KIND}tag", "tag": match.group(1)}
        found.append(_facet(text, match.start(), match.group(), feature))
    for match in MENTION.finditer(text):
        did = did_of(match.group(1))
        if did is not None:
            feature = {"$type": f"{KIND}mention", "did": did}
            found.append(_facet(text, match.start(), match.group(), feature))
    return _without_overlaps(found)


def _facet(text: str, start: int, part: str, feature: dict[str, str]) -> dict[str, Any]:
    first = len(text[:start].encode())
    index = {"byteStart": first, "byteEnd": first + len(part.encode())}
    return {"index": index, "features": [feature]}


def _without_overlaps(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for facet in sorted(found, key=lambda one: one["index"]["byteStart"]):
        if not kept or facet["index"]["byteStart"] >= kept[-1]["index"]["byteEnd"]:
            kept.append(facet)
    return kept
