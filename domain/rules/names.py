"""Which proper names a text states: by their looks, by lists, by what no dictionary has."""

import regex

from domain.rules.dictionary import has_dictionary, is_word
from domain.rules.known_names import PEOPLE, WELL_KNOWN
from domain.text import find_handles, find_hashtags, find_links, visible, without

_TITLE = regex.compile(
    r"\b(?:Herrn?|Frau|Dr|Prof|Mr|Mrs|Ms|Sir|Lady|König(?:in)?|President|Präsident(?:in)?|CEO)\b\.?"
    r"\s+(\p{Lu}[\p{L}-]+)"
)
_FIRM = regex.compile(
    r"(\p{Lu}[\p{L}&-]+)\s+(?:GmbH|AG|KG|SE|UG|OHG|e\.V\.|Ltd|Inc|LLC|plc|Corp)\b"
)
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’&-]*")
_MIXED = regex.compile(r"\p{L}*\p{Ll}\p{Lu}\p{L}*|\p{Lu}\p{L}+-\p{Lu}\p{L}+")
_NO_LETTER = regex.compile(r"\P{L}")
_SPELLED = regex.compile(r"(?<![\p{L}\p{N}])(?:\p{L}[ ·•]){3,}\p{L}(?![\p{L}\p{N}])")
_GENITIVE = regex.compile(r"['’]s?$")
_NO_NAMES = "i i'm i've i'll i'd ok okay tv diy faq pdf usa eu uk qr ph co ai ki ph co2"
_CALENDAR = (
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar februar märz "
    "april mai juni juli august september oktober november dezember monday tuesday wednesday "
    "thursday friday saturday sunday january february march may june july october december"
)
_AMOUNTS = (
    "liter glas flasche flaschen kasten kästen tasse paar stück prozent euro grad meter gramm kilo "
    "jahre tage stunden minuten ende anfang mitte herr frau schluck art stufe thema "
    "sie ihnen ihr ihre ihren ihrer ihres ihrem"
)
_COMMON = frozenset((*_NO_NAMES.split(), *_CALENDAR.split()))
_AMOUNT_WORDS = frozenset(_AMOUNTS.split())
_SENTENCE_END = regex.compile(r"(?:^|[.!?:…\n\"“„»(\[\])–—•·|-])\s*$")
_SHORT = 4  # shorter words in capitals are abbreviations
_LONG_NOUN = 10  # hardly a surname, if a dictionary has it


def find_names(text: str, *, known: str, language: str) -> list[str]:
    """Names in `text` that do not stand in `known`, in order.

    English: a capital inside a sentence, or a word that no dictionary has. German writes every noun
    with a capital; there a name is what follows a title, precedes a legal form, has a capital
    inside, is well known, is no word of any dictionary, or is one of two unknown nouns in a row.
    One may be spelled letter by letter (`N i n a`).
    """
    text = visible(text)
    for find in (find_links, find_handles, find_hashtags):
        text = without(text, find(text))
    familiar = {word.casefold() for word in _WORD.findall(known)}
    familiar |= {part for word in familiar for part in word.split("-")}
    found = [match.group(1) for pattern in (_TITLE, _FIRM) for match in pattern.finditer(text)]
    spelled = (_NO_LETTER.sub("", match.group()) for match in _SPELLED.finditer(text))
    found += [
        word for word in spelled if word.casefold() in WELL_KNOWN or _is_strange(word, language)
    ]
    words = [*_WORD.finditer(text)]
    found += [
        match.group()
        for at, match in enumerate(words)
        if _looks_like_a_name(match, words[at - 1] if at else None, familiar, language)
    ]
    return [name for name in found if not _is_familiar(name, familiar)]


def find_people(text: str) -> list[str]:
    """Persons whom a text names: by a title, or by a first or family name that is well known."""
    text = visible(text)
    titled = [match.group(1) for match in _TITLE.finditer(text)]
    words = (match.group() for match in _WORD.finditer(text))
    known = (w for w in words if w[0].isupper() and _GENITIVE.sub("", w.casefold()) in PEOPLE)
    return list(dict.fromkeys((*titled, *known)))


def _looks_like_a_name(
    match: regex.Match[str], before: regex.Match[str] | None, familiar: set[str], language: str
) -> bool:
    word = match.group()
    if not word[0].isupper() or _is_familiar(word, familiar):
        return False
    if _GENITIVE.sub("", word.casefold()) in WELL_KNOWN:
        return True
    if language == "de":
        return (
            _has_capital_inside(word)
            or _follows_a_name(match, before, familiar)
            or _is_strange(word, language)
        )
    inside = not _SENTENCE_END.search(match.string[: match.start()])
    return inside or _is_strange(word, language)


def _is_strange(word: str, language: str) -> bool:
    """Whether no dictionary of the language, or of English, has the word."""
    if not has_dictionary(language) or (word.isupper() and len(word) < _SHORT):
        return False
    head = word.split("-")[0]  # `Eco-friendly`: what is short in front says little
    if head != word and len(head) < _SHORT:
        return False
    return not any(is_word(word, code) for code in dict.fromkeys((language, "en")))


def _has_capital_inside(word: str) -> bool:
    """`NordWolle`; and `Coca-Cola`, but not `Glas-Flasche` of ordinary parts."""
    if _MIXED.fullmatch(word):
        return "-" not in word or not is_word(word, "de")
    return False


def _follows_a_name(
    match: regex.Match[str], before: regex.Match[str] | None, familiar: set[str]
) -> bool:
    if before is None or match.string[before.end() : match.start()] != " ":
        return False
    if len(match.group()) >= _LONG_NOUN and is_word(match.group(), "de"):
        return False
    word = before.group()
    if not word[0].isupper() or _is_familiar(word, familiar) or word.casefold() in _AMOUNT_WORDS:
        return False
    if word.endswith("en") and is_word(word.lower(), "de"):  # `beim Erzählen Zeit`
        return False
    return not _SENTENCE_END.search(match.string[: before.start()])


def _is_familiar(word: str, familiar: set[str]) -> bool:
    bare = _GENITIVE.sub("", word.casefold())
    if bare in _COMMON or bare in familiar or bare.rstrip("s") in familiar:
        return True
    parts = bare.split("-")
    return len(parts) > 1 and all(part in familiar for part in parts)
