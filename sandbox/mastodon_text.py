"""Text as Mastodon counts it and as it shows it: graphemes, and HTML made of plain words."""

import html
from collections.abc import Callable
from typing import Any

import regex

URL_LENGTH = 23
_URL = regex.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}']")
_MENTION = regex.compile(r"(?<![\w/@])@(\w+)(@[\w-]+(?:\.[\w-]+)+)?")
_TAG = regex.compile(r"(?<![\w/&#])#(\w*[^\W\d]\w*)")
_ANY = regex.compile(rf"(?P<url>{_URL.pattern})|(?P<at>{_MENTION.pattern})|(?P<tag>{_TAG.pattern})")
_SHOWN = 30


def length(text: str) -> int:
    """What counts against the limit: a link 23, of `@user@server` only `@user`."""
    text = _URL.sub("x" * URL_LENGTH, text)
    text = _MENTION.sub(lambda found: f"@{found[1]}", text)
    return len(regex.findall(r"\X", text))


def tags(text: str) -> list[str]:
    """The hashtags, without the mark, lower case."""
    return [found.lower() for found in _TAG.findall(_URL.sub("", text))]


def mentions(text: str) -> list[str]:
    """The handles that are named, as `user` or `user@server`."""
    found = _MENTION.findall(_URL.sub("", text))
    return [user + server for user, server in found]


def rendered(text: str, *, link: Callable[[str], str], base_url: str) -> str:
    """The HTML of a text; `link` gives the address of a handle's profile."""

    def mark(found: Any) -> str:
        if url := found["url"]:
            return _anchor(url)
        if handle := found["at"]:
            user = html.escape(handle.split("@")[1])
            return (
                f'<span class="h-card" translate="no"><a href="{link(handle[1:])}"'
                f' class="u-url mention">@<span>{user}</span></a></span>'
            )
        name = found["tag"][1:]
        return (
            f'<a href="{base_url}/tags/{name}" class="mention hashtag" rel="tag">'
            f"#<span>{name}</span></a>"
        )

    return "".join(
        f"<p>{_lines(paragraph, mark)}</p>" for paragraph in regex.split(r"\n{2,}", text.strip())
    )


def _lines(paragraph: str, mark: Callable[[Any], str]) -> str:
    out, at = "", 0
    for found in _ANY.finditer(paragraph):
        out += html.escape(paragraph[at : found.start()], quote=False) + mark(found)
        at = found.end()
    return (out + html.escape(paragraph[at:], quote=False)).replace("\n", "<br />")


def _anchor(url: str) -> str:
    head, rest = regex.match(r"(https?://(?:www\.)?)(.*)", url).groups()
    shown, hidden = html.escape(rest[:_SHOWN]), html.escape(rest[_SHOWN:])
    return (
        f'<a href="{html.escape(url)}" rel="nofollow noopener" translate="no" target="_blank">'
        f'<span class="invisible">{head}</span><span class="{"ellipsis" if hidden else ""}">'
        f'{shown}</span><span class="invisible">{hidden}</span></a>'
    )
