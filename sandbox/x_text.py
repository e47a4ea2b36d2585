"""Text as X counts and shows it: weighted length, t.co links, entities."""

import hashlib
import unicodedata
from typing import Any

import regex

from sandbox.identity import x_user_id

LIMIT = 280
_URL_WEIGHT = 23
# twitter-text config v3: code points of weight 1; all else weighs 2
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_EMOJI = regex.compile(
    r"(?:[0-9#*]\uFE0F?\u20E3|\p{RI}\p{RI}|\p{Emoji_Presentation}(?:\uFE0F|\p{EMod})?|\p{Emoji}\uFE0F"
    r"|\p{Extended_Pictographic}\p{EMod}?)(?:[\U000E0020-\U000E007E]+\U000E007F)?"
    r"(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{EMod})?)*"
)
_NO_EMOJI = regex.compile(r"[0-9#*©®]")
# bare domains are links only under these; with http(s):// any host is
_TLDS = (
    "com|org|net|edu|gov|int|info|biz|io|ai|app|dev|shop|store|online|eco|earth|blog|news|tv|me|co"
    "|de|at|ch|uk|eu|fr|it|es|nl|be|pl|cz|dk|se|no|fi|ie|us|ca|au|nz|jp|in|br|test|example"
)
_LABEL = r"[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}_-]*[\p{L}\p{M}\p{N}])?"
_TAIL = r"(?::\d+)?(?:/[^\s\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069]*)?(?:\?[^\s]*)?"
_URL = regex.compile(
    rf"(?i)(?<![A-Za-z0-9@\uFF20$#\uFF03_./-])(?:https?://((?:{_LABEL}\.)+\p{{L}}{{2,}}){_TAIL}"
    rf"|((?:{_LABEL}\.)+(?:{_TLDS})(?=[^\p{{L}}\p{{N}}@_-]|$)){_TAIL})"
)
_HASHTAG = regex.compile(r"(?<![\p{L}\p{N}_&/])#([\p{L}\p{N}_]*[\p{L}][\p{L}\p{N}_]*)")
_MENTION = regex.compile(r"(?<![A-Za-z0-9_@!#$%&*])@([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])")
_LONGEST_URL = 4096


def weighted_length(text: str) -> int:
    """The length that X counts against 280: NFC, URLs 23, emoji 2 (twitter-text config v3)."""
    text = unicodedata.normalize("NFC", text)
    links = dict(_link_spans(text))
    weight, i = 0, 0
    while i < len(text):
        if i in links:
            weight, i = weight + _URL_WEIGHT, links[i]
            continue
        emoji = _EMOJI.match(text, i)
        if emoji and not _NO_EMOJI.fullmatch(emoji.group()):
            weight, i = weight + 2, emoji.end()
            continue
        code = ord(text[i])
        weight, i = weight + (1 if any(a <= code <= b for a, b in _LIGHT) else 2), i + 1
    return weight


def shorten(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text with each link replaced by its t.co address, and the `entities.urls` for it."""
    out, urls, at = "", [], 0
    for start, end in _link_spans(text):
        url = text[start:end]
        full = url if url.lower().startswith("http") else f"http://{url}"
        short = "https://t.co/" + hashlib.sha256(full.encode()).hexdigest()[:10]
        out += text[at:start]
        urls.append(
            {
                "start": len(out),
                "end": len(out) + len(short),
                "url": short,
                "expanded_url": full,
                "display_url": full.split("://", 1)[1][:26],
            }
        )
        out, at = out + short, end
    return out + text[at:], urls


def entities(text: str, urls: list[dict[str, Any]]) -> dict[str, Any]:
    """`entities` of a shown text: links, hashtags, mentions, with code point offsets."""
    hashtags = [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in _HASHTAG.finditer(text)]
    mentions = [
        {"start": m.start(), "end": m.end(), "username": m[1], "id": x_user_id(m[1])}
        for m in _MENTION.finditer(text)
    ]
    found = {"urls": urls, "hashtags": hashtags, "mentions": mentions}
    return {name: items for name, items in found.items() if items}


def _link_spans(text: str) -> list[tuple[int, int]]:
    return [
        m.span()
        for m in _URL.finditer(text)
        if len(m.group()) <= _LONGEST_URL and _is_host(m[1] or m[2])
    ]


def _is_host(host: str) -> bool:
    for label in host.split("."):
        raw = label.encode() if label.isascii() else b"xn--" + label.encode("punycode")
        if len(raw) > 63:
            return False
    return True
