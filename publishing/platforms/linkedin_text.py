r"""LinkedIn's "little text": plain text made safe for `commentary`, and back.

Each of ``\ | { } @ [ ] ( ) < > # * _ ~`` means markup unless a backslash stands before it. Left
bare, a bracket cuts the rest of the post off without an error.
"""

import re

RESERVED = r"\|{}@[]()<>#*_~"
_HASHTAG = re.compile(r"(?<![\w&/#])#([^\W_]*[^\W\d_][^\W_]*)(?![\w])")
_BARE = re.compile(f"[{re.escape(RESERVED)}]")
_MARKUP = re.compile(
    r"\{hashtag\|\\?#\|(?P<tag>(?:\\.|[^\\|{}])*)\}"
    r"|@\[(?P<name>(?:\\.|[^\\\[\]])*)\]\((?:\\.|[^\\()])*\)"
    r"|\\(?P<escaped>.)",
    re.DOTALL,
)


def little_text(text: str) -> str:
    """The text as `commentary` takes it: hashtags stay hashtags, all else is literal."""
    parts, end = [], 0
    for found in _HASHTAG.finditer(text):
        parts += [_escaped(text[end : found.start()]), f"{{hashtag|\\#|{found[1]}}}"]
        end = found.end()
    return "".join([*parts, _escaped(text[end:])])


def plain_text(commentary: str) -> str:
    """The text as people read it; the names of mentions stay."""
    return _MARKUP.sub(_shown, commentary)


def _escaped(text: str) -> str:
    return _BARE.sub(lambda found: "\\" + found[0], text)


def _shown(found: re.Match[str]) -> str:
    if found["tag"] is not None:
        return "#" + plain_text(found["tag"])
    if found["name"] is not None:
        return plain_text(found["name"])
    return found["escaped"]
