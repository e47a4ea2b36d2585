"""Plain text out of the HTML that platforms wrap posts in."""

from html.parser import HTMLParser

BLOCKS = frozenset({"p", "div", "blockquote", "ul", "ol", "pre"})
SILENT = frozenset({"script", "style"})


def plain_text(markup: str) -> str:
    """The words of a piece of HTML: a blank line between paragraphs, no tag, no entity.

    A link that is shown shortened comes out whole: what is hidden of it stands in the markup.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return "".join(reader.parts).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's
        if tag in SILENT:
            self._silent += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag in BLOCKS and self.parts:
            self.parts.append("\n\n")
        elif tag == "li":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT and self._silent:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
