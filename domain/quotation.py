"""Quotation marks as a language writes them: „so“ or »so« in German, “so” or "so" in English."""

import regex

_LONGEST = 400  # characters; what is further apart is hardly one quotation
_INNER = rf"([^\"„“”\n]{{1,{_LONGEST}}})"
_MENDS = {
    "de": (
        regex.compile(rf"„{_INNER}[”\"]"),
        regex.compile(rf"(?<![„\p{{L}}])“{_INNER}[”\"]"),
        regex.compile(rf"(?<![\p{{L}}\p{{N}}])\"(?=\S){_INNER}(?<=\S)\"(?![\p{{L}}\p{{N}}])"),
    ),
    "en": (regex.compile(rf"„{_INNER}[“”\"]"),),
}
_MARKS = {"de": r"„\1“", "en": r"“\1”"}
_PROPER = {"de": regex.compile(r"„[^„“]*“"), "en": regex.compile(r"“[^“”]*”")}
_WRONG = {"de": regex.compile(r"(?<!\d)[\"“”„]"), "en": regex.compile(r"„")}


def mend_quotation(text: str, *, language: str) -> str:
    """The text with its pairs of quotation marks as the language has them; what is odd stays."""
    for pattern in _MENDS.get(language, ()):
        text = pattern.sub(_MARKS[language], text)
    return text


def find_wrong_marks(text: str, *, language: str) -> list[str]:
    """Marks of another language, straight ones in German, and halves of a pair, with what follows.

    A sign behind a digit stands for inches. English takes straight marks as they are.
    """
    if language not in _WRONG:
        return []
    bare = _PROPER[language].sub(lambda match: " " * len(match.group()), text)
    return [text[m.start() : m.start() + 20] for m in _WRONG[language].finditer(bare)]


def without_quotations(text: str) -> str:
    """The text without what it quotes."""
    return str(regex.sub(r"„[^„“”]*[“”]|“[^“”]*”|»[^»«]*«|«[^»«]*»|\"[^\"\n]*\"", " ", text))
