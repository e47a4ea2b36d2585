r"""How LinkedIn reads "little text": markup, escapes, and what a bare bracket does to the rest."""

import re

_TOKEN = re.compile(
    r"\\(?P<escaped>.)"
    r"|\{hashtag\|\\?#\|(?P<tag>[^{}|\\]+)\}"
    r"|@\[(?P<name>[^\[\]]+)\]\(urn(?::|\\:)li[^()]*\)"
    r"|(?P<bare>[()\[\]{}<>])"
    r"|(?P<plain>.)",
    re.DOTALL,
)


def rendered(commentary: str) -> tuple[str, str]:
    """What people see, and as much of the commentary as was kept.

    A bracket without a backslash that begins no markup cuts off everything from there on, and
    nobody is told.
    """
    shown: list[str] = []
    for token in _TOKEN.finditer(commentary):
        if token["bare"]:
            return "".join(shown), commentary[: token.start()]
        tag = token["tag"]
        shown.append(f"#{tag}" if tag else token["escaped"] or token["name"] or token["plain"])
    return "".join(shown), commentary
