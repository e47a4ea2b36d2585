"""How long a text is on each platform, and which links, handles and hashtags stand in it.

Many rules ask the same of the same text, so that what was found of the latest texts is kept.
"""

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

import regex

from domain.letters import undressed
from domain.platforms import Platform, TextLimit
from domain.plugins import text_limit
from domain.tlds import TLDS

_URL_LENGTH = 23  # what X and Mastodon count for any link (transformedURLLength)
_HEAVY = regex.compile(r"[^\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")  # weighs 2
_MAX_LABEL, _MAX_URL = 63, 4096

_EMOJI = regex.compile(
    r"(?:[0-9#*]\uFE0F?\u20E3|\p{RI}\p{RI}|\p{Emoji_Presentation}(?:\uFE0F|\p{EMod})?"
    r"|\p{Emoji}\uFE0F|\p{Extended_Pictographic}\p{EMod}?)"
    r"(?:[\U000E0020-\U000E007E]+\U000E007F)?"
    r"(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{EMod})?)*"
)
_TEXT_SYMBOL = regex.compile(r"[0-9#*©®™]")

_LATIN = r"A-Za-z0-9\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F"
_URL = regex.compile(
    r"(?i)(?<![A-Za-z0-9@＠$#＃_./-])"
    r"(?P<scheme>https?://)?"
    rf"(?P<host>(?(scheme)[\p{{L}}\p{{M}}\p{{N}}_-]++(?:\.[\p{{L}}\p{{M}}\p{{N}}_-]++)++"
    rf"|[{_LATIN}_-]++(?:\.[{_LATIN}_-]++)++))"
)
_PORT = regex.compile(r":\d++")
_PATH = regex.compile(rf"/[{_LATIN}\u0400-\u04FF!*';:=+,.$/%#\[\]()\u2013_~@|&-]*+")
_QUERY = regex.compile(r"(?i)\?[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*[a-z0-9_&=#/-]")
_PATH_END = regex.compile(rf"[{_LATIN}\u0400-\u04FF=_#/+-]")

_ANY_SCHEME = regex.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://\S+|\bwww\.\S+|\b(?:mailto|tel):\S+")
_EMAIL = regex.compile(r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+")
_HANDLE = regex.compile(
    r"(?<![\p{L}\p{N}_@＠/.])[@＠]([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?"
    r"(?:@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)?)"
)
_ACCOUNT = regex.compile(r"(?<![\p{L}\p{N}_.@#/:-])[\p{L}\p{N}_.]*\p{L}[\p{L}\p{N}_.]*")
_OF_ALL_GENDERS = regex.compile(
    r"\p{Lu}\p{Ll}{2,}[_.]in(?:nen)?|\p{L}\p{Ll}*(?:e|in)[_.](?:r|n|s|m|nen)"
    r"|(?:der|die)[_.](?:der|die)"
)
_ABBREVIATED = 2  # letters; longer parts of an abbreviation are rare
_NO_ACCOUNT = regex.compile(r"(?i)[vn]\.chr|\d+(?:\.\d+)?\p{L}+")
_HASHTAG = regex.compile(
    r"(?<![\p{L}\p{N}_&/])[#＃]([\p{L}\p{M}\p{N}_]*[\p{L}\p{M}][\p{L}\p{M}\p{N}_]*)"
)


_GRAPHEME = regex.compile(r"\X")
_ON_A_SERVER = regex.compile(r"(@[\p{L}\p{N}_]+)@[\p{L}\p{N}.-]+")


@dataclass(frozen=True, slots=True)
class Count:
    """How much of a platform's limit a text uses, in the unit that the platform counts in."""

    used: int
    limit: int
    unit: str

    @property
    def fits(self) -> bool:
        """Whether the text is short enough."""
        return self.used <= self.limit


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: what it says and where it stands (code points)."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=2048)
def visible(text: str) -> str:
    """The text as a reader sees it: no invisible signs, and ordinary letters for dressed ones."""
    return undressed(text)


def graphemes(text: str) -> int:
    """User-perceived characters (extended grapheme clusters, UAX 29)."""
    return len(_GRAPHEME.findall(text))


def utf16_units(text: str) -> int:
    """UTF-16 code units: what TikTok counts."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


@lru_cache(maxsize=1024)
def find_emojis(text: str) -> tuple[str, ...]:
    """Every emoji sequence, in order; bare digits and text symbols such as © are none."""
    found = (match.group() for match in _EMOJI.finditer(text))
    return tuple(one for one in found if not _TEXT_SYMBOL.fullmatch(one))


def weighted_length(text: str) -> int:
    """Length on X: twitter-text configuration v3, where a link is 23 and an emoji is 2."""
    text = unicodedata.normalize("NFC", text)
    length = at = 0
    for link in find_urls(text):
        length, at = length + _weight(text[at : link.start]) + _URL_LENGTH, link.end
    return length + _weight(text[at:])


def _weight(piece: str) -> int:
    """The weight of a text without links: an emoji weighs as one heavy character does."""
    if not piece.isascii():
        piece = _EMOJI.sub(_as_one_character, piece)
    return len(piece) + len(_HEAVY.findall(piece))


def _as_one_character(emoji: regex.Match[str]) -> str:
    return emoji.group() if _TEXT_SYMBOL.fullmatch(emoji.group()) else "\U0001f642"


@lru_cache(maxsize=2048)
def length_for(
    platform: Platform, text: str, *, is_comment: bool = False, limit: TextLimit | None = None
) -> Count:
    """The text's length as the platform counts it; in bytes where only the byte limit is broken.

    A comment below a post may have a smaller limit than a post. Mastodon counts a link as 23 and
    of `@user@server` only `@user` (its API documentation). `limit` is the account's, where that is
    not its platform's usual one.
    """
    limit = limit or text_limit(platform)
    if is_comment and limit.comment is not None:
        limit = replace(limit, length=limit.comment)
    if limit.unit == "weighted":
        return Count(weighted_length(text), limit.length, limit.unit)
    if limit.unit == "utf16":
        return Count(utf16_units(text), limit.length, limit.unit)
    if limit.unit == "character":
        return Count(len(text), limit.length, limit.unit)
    used = graphemes(_as_mastodon_counts(text) if platform is Platform.MASTODON else text)
    size = len(text.encode())
    if limit.bytes is not None and used <= limit.length and size > limit.bytes:
        return Count(size, limit.bytes, "byte")
    return Count(used, limit.length, limit.unit)


@lru_cache(maxsize=1024)
def find_urls(text: str) -> tuple[Span, ...]:
    """What X turns into links: http(s) URLs and bare domains with a known top-level domain."""
    spans: list[Span] = []
    for match in _URL.finditer(text):
        if spans and match.start() < spans[-1].end:
            continue  # a host in the query of the link before
        end = _url_end(text, match)
        if end is not None and end - match.start() <= _MAX_URL and text[end : end + 1] != "@":
            spans.append(Span(text[match.start() : end], match.start(), end))
    return tuple(spans)


@lru_cache(maxsize=1024)
def find_links(text: str) -> tuple[Span, ...]:
    """Everything a reader could follow: X's links, other schemes, `www.`, mail addresses."""
    found = list(find_urls(text))
    # most texts have no sign of these, and looking for them takes longer than for the sign
    others = [_ANY_SCHEME] if ":" in text or "www." in text.lower() else []
    others += [_EMAIL] if "@" in text else []
    for pattern in others:
        for match in pattern.finditer(text):
            if not any(span.start < match.end() and match.start() < span.end for span in found):
                found.append(Span(match.group().rstrip(".,;:!?)\"'»”"), *match.span()))
    return tuple(sorted(found, key=lambda span: span.start))


@lru_cache(maxsize=1024)
def find_handles(text: str) -> tuple[Span, ...]:
    """Every `@name`, `@name.domain` and `@name@server`, without the leading @."""
    return tuple(Span(m.group(1), *m.span()) for m in _HANDLE.finditer(text))


@lru_cache(maxsize=1024)
def find_account_names(text: str) -> tuple[str, ...]:
    """Words without an @ that look like the name of an account: `evil_wool`, `anna.k`, `_nina`.

    Abbreviations (`z.B.`, `e.g.`), numbers (`v2.0`) and German forms for all genders
    (`Kund_innen`, `jede.r`) are none; nor are links, handles and hashtags.
    """
    for find in (find_links, find_handles, find_hashtags):
        text = without(text, find(text))
    words = (match.group().rstrip(".") for match in _ACCOUNT.finditer(text))
    return tuple(word for word in words if _is_account_name(word))


def _is_account_name(word: str) -> bool:
    if "_" not in word and "." not in word:  # most words; the rest takes longer to tell
        return False
    parts = [part for part in word.replace("_", ".").split(".") if part]
    if _OF_ALL_GENDERS.fullmatch(word) or _NO_ACCOUNT.fullmatch(word):
        return False
    if not any(part[-1].isalpha() for part in parts):
        return False
    if "_" in word:
        return any(len(part) > 1 for part in parts)
    return len(parts) > 1 and any(len(part) > _ABBREVIATED for part in parts)


@lru_cache(maxsize=1024)
def find_hashtags(text: str) -> tuple[Span, ...]:
    """Every hashtag without its #; one of digits alone is none."""
    return tuple(Span(m.group(1), *m.span()) for m in _HASHTAG.finditer(text))


def without(text: str, spans: tuple[Span, ...]) -> str:
    """The text with each span blanked out, so that positions stay as they are."""
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


def _url_end(text: str, match: regex.Match[str]) -> int | None:
    """Where the URL that begins at `match` ends; None where its host is no known domain."""
    host_end = _host_end(match.group("host"))
    if host_end is None:
        return None
    end: int = match.start("host") + host_end
    if end == match.end("host"):
        port = _PORT.match(text, end)
        end = port.end() if port else end
        path = _PATH.match(text, end)
        end = _trimmed(text, end, path.end()) if path else end
        query = _QUERY.match(text, end)
        end = query.end() if query else end
    return end


def _host_end(host: str) -> int | None:
    """How much of `host` is a domain: the longest prefix that ends in a top-level domain."""
    labels = host.split(".")
    for size in range(len(labels), 1, -1):
        domain = labels[:size]
        if domain[-1].lower() in TLDS or domain[-1].lower().startswith("xn--"):
            return len(".".join(domain)) if all(map(_is_label, domain)) else None
    return None


def _is_label(label: str) -> bool:
    encoded = label.encode() if label.isascii() else b"xn--" + label.encode("punycode")
    return bool(label) and len(encoded) <= _MAX_LABEL and label[0] not in "-_" and label[-1] != "-"


def _trimmed(text: str, start: int, end: int) -> int:
    """Take off the punctuation that belongs to the sentence and not to the path."""
    while end > start and not _PATH_END.match(text[end - 1]):
        path = text[start:end]
        if path.endswith(")") and path.count("(") == path.count(")"):
            break
        end -= 1
    return end


def _as_mastodon_counts(text: str) -> str:
    for span in reversed(find_urls(text)):
        if span.text.lower().startswith("http"):
            text = text[: span.start] + "x" * _URL_LENGTH + text[span.end :]
    return str(_ON_A_SERVER.sub(r"\1", text))
