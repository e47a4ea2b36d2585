"""Which proper names a text states, found by their looks: no dictionary, so it may miss some."""

import regex

from domain.text import find_handles, find_hashtags, find_links, visible, without

_GIVEN = """
alexander alice alina amelie andrea andreas angela anja anna anne anton barbara ben bernd birgit
brigitte carla charlotte christian christina christine christoph clara claudia daniel david
dennis dieter elena eliza elizabeth ella emil emily emma erik eva fabian felix finn florian
frank franz frieda friedrich fritz gabriele georg george greta günter hanna hannah hans harry
heike heinz helena helga henry ida ingrid isabella jack jakob james jan jana jane jens jessica
joachim johann johanna johannes john jonas jonathan josef joseph julia julian jürgen karin karl
karla karoline katharina katrin kevin klara klaus kristina lara lars laura lea lena leon leonie
linda lisa louis lucas luisa lukas manfred manuela marco margaret maria marie mario markus
martin martina mary matthias max maximilian mia michael michaela mike mila monika moritz nadine
nicole nina noah nora olaf oliver olivia oscar otto paul paula peter petra philipp ralf rebecca
renate richard robert ruth sabine samuel sandra sara sarah sebastian silke simon sofia sonja
sophia sophie stefan stefanie stephen susan susanne sven tanja theo thomas tim tina tobias tom
ulrich ursula ute uwe vanessa vera walter werner william wolfgang yvonne
"""
# Essen, Halle and Hof are left out: each is a common noun too
_PLACES = """
amerika amsterdam augsburg australia australien bavaria bayern belgien berlin birmingham bremen
bristol britain brussels brüssel china cologne dortmund dresden dublin düsseldorf edinburgh england
europa europe france frankfurt frankreich germany deutschland glasgow hamburg hannover indien india
ireland irland italien italy japan kiel köln leipzig lissabon liverpool london madrid manchester
mannheim milan munich münchen niederlande nürnberg oslo österreich paris polen portugal prag prague
rom russland salzburg schottland schweden schweiz scotland spain spanien stockholm stuttgart tokio
tokyo tirol türkei ukraine venedig vienna wales wien zürich
"""
_TITLE = regex.compile(
    r"\b(?:Herrn?|Frau|Dr|Prof|Mr|Mrs|Ms|Sir|Lady|König(?:in)?|President|Präsident(?:in)?|CEO)\b\.?"
    r"\s+(\p{Lu}[\p{L}-]+)"
)
_FIRM = regex.compile(
    r"(\p{Lu}[\p{L}&-]+)\s+(?:GmbH|AG|KG|SE|UG|OHG|e\.V\.|Ltd|Inc|LLC|plc|Corp)\b"
)
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’&-]*")
_MIXED = regex.compile(r"\p{L}*\p{Ll}\p{Lu}\p{L}*|\p{Lu}\p{L}+-\p{Lu}\p{L}+")
_NO_NAMES = "i i'm i've i'll i'd ok okay tv diy faq pdf usa eu uk qr ph co"
_AMOUNTS = (
    "liter glas flasche flaschen kasten kästen tasse paar stück prozent euro grad meter gramm kilo "
    "jahre tage stunden minuten ende anfang mitte herr frau schluck art stufe thema "
    "sie ihnen ihr ihre ihren ihrer ihres ihrem"
)
_COMMON = frozenset(_NO_NAMES.split())
_WELL_KNOWN = frozenset((*_GIVEN.split(), *_PLACES.split()))
_AMOUNT_WORDS = frozenset(_AMOUNTS.split())
_SENTENCE_END = regex.compile(r"(?:^|[.!?:…\n\"“„»(–—•·|-])\s*$")


def find_names(text: str, *, known: str, language: str) -> list[str]:
    """Names in `text` that do not stand in `known`, in order.

    English: a capital inside a sentence. German writes every noun so; there a name is what
    follows a title, precedes a legal form, has a capital inside, is a common first name or place,
    or is one of two capitalised words in a row that are both unknown.
    """
    text = visible(text)
    for find in (find_links, find_handles, find_hashtags):
        text = without(text, find(text))
    familiar = {word.casefold() for word in _WORD.findall(known)}
    familiar |= {part for word in familiar for part in word.split("-")}
    found = [match.group(1) for pattern in (_TITLE, _FIRM) for match in pattern.finditer(text)]
    words = [*_WORD.finditer(text)]
    found += [
        match.group()
        for at, match in enumerate(words)
        if _looks_like_a_name(match, words[at - 1] if at else None, familiar, language)
    ]
    return [name for name in found if not _is_familiar(name, familiar)]


def _looks_like_a_name(
    match: regex.Match[str], before: regex.Match[str] | None, familiar: set[str], language: str
) -> bool:
    word = match.group()
    if not word[0].isupper() or _is_familiar(word, familiar):
        return False
    if word.casefold() in _WELL_KNOWN:
        return True
    if language == "de":
        return _is_mixed(word) or _follows_a_name(match, before, familiar)
    return not _SENTENCE_END.search(match.string[: match.start()])


def _is_mixed(word: str) -> bool:
    """A capital inside: `NordWolle`; and `Coca-Cola`, but not `Glas-Flasche` of known parts."""
    return bool(_MIXED.fullmatch(word))


def _follows_a_name(
    match: regex.Match[str], before: regex.Match[str] | None, familiar: set[str]
) -> bool:
    if before is None or match.string[before.end() : match.start()] != " ":
        return False
    word = before.group()
    if not word[0].isupper() or _is_familiar(word, familiar) or word.casefold() in _AMOUNT_WORDS:
        return False
    return not _SENTENCE_END.search(match.string[: before.start()])


def _is_familiar(word: str, familiar: set[str]) -> bool:
    bare = regex.sub(r"['’]s?$", "", word.casefold())
    if bare in _COMMON or bare in familiar or bare.rstrip("s") in familiar:
        return True
    parts = bare.split("-")
    return len(parts) > 1 and all(part in familiar for part in parts)
