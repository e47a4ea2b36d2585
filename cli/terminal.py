"""How texts from outside are shown on a terminal."""


def one_line(text: str | None, *, limit: int = 200) -> str:
    """A text from outside without line breaks and control characters."""
    shown = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(shown.split())[:limit]
