"""What a number is of: the noun that it counts or measures must be the one of its fact."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex

from domain.numbers import Number, is_measure
from domain.rules.everyday import EVERYDAY
from domain.rules.meaning import SMALL_WORDS, content_of, is_about
from domain.rules.nouns import KINDS, is_plural, is_same, roots

_WINDOW = 5  # words; what stands farther away is not what is counted
_MEASURE_UNITS = "% ‰ l ml kg g mg kWh kcal EUR USD GBP cent"
_MEASURES = frozenset(_MEASURE_UNITS.split())
"""Units behind which a noun says of what: `4,2 Gramm Zucker`, `620 kilograms of offcuts`."""
_YEAR = regex.compile(r"(?i)\b(?:seit|in|im|since|from|until|till|jahr|year|ab|bis|by|of)\s+$")
_DAY = regex.compile(r"(?P<month>\p{L}+)\.?,?\s+$")
_YEARS = range(1500, 2101)
_IN_A_WORD, _WORD_NEXT = regex.compile(r"\p{L}$"), regex.compile(r"\s*\p{L}")
_INFLECTED = regex.compile(r"e[nrsm]?$")
_PARTS = regex.compile(r"(?i)\s*(?:,\s*(?:and|und)?|\s(?:and|und|or|oder|&))\s")
_EVERYDAY = EVERYDAY | SMALL_WORDS
_NEXT = regex.compile(r"(?P<gap>[\s-]+|\s*,\s)(?P<word>\p{L}+(?:[-’']\p{L}+)*)")
_OF = {
    "de": regex.compile(
        r"(?i)^\s+(?:(?:von|aus|unter)\s+)?(?:den|der|des|dieser|unseren?|unserer)"
        r"(?:\s+\d+)?(?=\s)|^\s+(?:von|vom|an)(?=\s)"
    ),
    "en": regex.compile(
        r"(?i)^\s+of(?:\s+(?:the|our|these|those|its|all|every|each))*(?:\s+\d+)?(?=\s)"
    ),
}
_TITLE = regex.compile(r"(?:^|[.!?\n]\s*)(?P<title>[^.!?:\n]+):\s*$")
_TEAM = regex.compile(r"(?i)\b(?P<team>team|crew|staff) (?:of|von|aus)\s+$")
_BOUNDARY_WORDS = {
    "de": """
und oder sowie aber denn als wie bis ab von vom zu zum zur mit ohne für auf in im ins an am aus
bei beim nach vor über unter um durch gegen je pro hinter neben zwischen zuzüglich plus
inklusive seit während wegen trotz statt außer wir ihr sie er es ich du uns euch ihnen man die
der das den dem des ein eine einen einem einer eines unser unsere unseren unserem unserer eure
euren eurem eurer euer deren dessen diese dieser dieses diesen alle allen jede jeder jedes jeden
ist sind war waren wird werden wurde wurden hat haben hatte hatten kann können dass wenn weil
damit danach davor später nicht noch nur schon auch immer wieder hier dort heute morgen eben
gern selber sondern weiter
""",
    "en": """
and or but than as to by for from with without at in into on onto off over under of per after
before since until while when where that which who whose we you they it he she i us them the a
an our your their its this these those all each every some any is are was were be been has have
had does do did will can could would should may might must not so then there here once plus
through during between across because if today tomorrow only just also his always less
""",
}
_BOUNDARIES = {code: frozenset(words.split()) for code, words in _BOUNDARY_WORDS.items()}
_ANY_WORDS = "stück stücke stücken teil teile teilen pieces piece parts part"
_ANYTHING = frozenset(_ANY_WORDS.split())
_COMPARING_WORDS = """
weniger mehr günstiger billiger teurer rabatt nachlass schneller besser leichter höher niedriger
sparen off less more cheaper fewer discount faster better lower higher lighter stronger softer
warmer
"""
_MORE_OR_LESS = frozenset(_COMPARING_WORDS.split())


def is_of_its_own(
    number: Number, givers: Sequence[tuple[Number, str]], *, about: str, language: str
) -> bool:
    """Whether a number is of what one of the facts says it is of; so it is where it tells nothing.

    Args:
        number: as the draft has it.
        givers: numbers of the same value and unit, each with the line that gives it.
        about: what the brand says of itself and its topics.
        language: `de` or `en`; of others nothing is known.
    """
    if language not in _BOUNDARIES or _IN_A_WORD.search(number.before):
        return True
    if number.unit:
        return _is_measured(number, givers, about, language)
    nouns = _counted(number, language)
    if not nouns:
        titles = _titles(number, language)
        return not titles or any(_gives(one, *each, language) for one in titles for each in givers)
    if nouns[-1].casefold() in _ANYTHING or _is_told_at_once(number, nouns[-1]):
        return True
    held = _contents(number.behind, nouns[-1], language)
    return any(
        _gives(nouns[-1], giver, line, language) and _holds(held, f"{line} {about}")
        for giver, line in givers
    )


def _gives(head: str, giver: Number, line: str, language: str) -> bool:
    own = _noun_phrase(giver.behind, language)
    if any(is_same(head, noun, language) for noun in own):
        return True
    of_kinds = any(roots(noun, language) & KINDS for noun in own)
    return of_kinds and any(is_same(head, noun, language) for noun in content_of(line))


def _counted(number: Number, language: str) -> tuple[str, ...]:
    """The noun that a number counts, last, behind what describes it; empty where none is told."""
    if is_year(number):
        return ()
    if team := _TEAM.search(number.before):
        return (team["team"],)
    return _noun_phrase(number.behind, language)


def _titles(number: Number, language: str) -> list[str]:
    """The nouns of a heading before the bare number: `Farms: 11`, `Anzahl der Höfe: 3`."""
    title = _TITLE.search(number.before)
    if title is None or _WORD_NEXT.match(number.behind):
        return []
    words = regex.findall(r"\p{L}{3,}", title["title"])
    return [w for w in words if _is_noun(w, language) and w.casefold() not in _EVERYDAY]


def _is_told_at_once(number: Number, noun: str) -> bool:
    """Whether a list of so many things follows: `drei Zutaten: Tee, Limonade, Minze`."""
    found = regex.search(rf"\b{regex.escape(noun)}:\s*(?P<list>[^.!?\n]+)", number.behind)
    return bool(found) and str(len(_PARTS.split(found["list"]))) == number.value


def _contents(behind: str, noun: str, language: str) -> tuple[str, ...]:
    """Of what the counted things are: `12 Flaschen Bergquell`, `12 bottles of water`."""
    rest = behind.partition(noun)[2]
    if language == "en" and not _OF["en"].match(rest):
        return ()
    return _stuff(rest, language)


def _holds(words: Sequence[str], line: str) -> bool:
    """Whether a line speaks of one of these words, if there are any."""
    known = line.casefold()
    return not words or any(is_about(word.casefold(), known) for word in words)


def is_year(number: Number) -> bool:
    """Whether it is a year: `seit 1926`."""
    value = number.value
    if number.unit or not value.isdigit() or int(value) not in _YEARS:
        return False
    day = _DAY.search(number.before)
    return bool(_YEAR.search(number.before)) or bool(day and is_measure(day["month"]))


@lru_cache(maxsize=8192)  # every draft of a brand is held against the same facts
def _noun_phrase(behind: str, language: str) -> tuple[str, ...]:
    """The words from behind a number to the noun that it counts; none where there is no noun."""
    if behind.startswith("-"):
        hyphened = _NEXT.match(behind)
        return (hyphened["word"].split("-")[0],) if hyphened else ()
    if of := _OF[language].match(behind):
        behind = behind[of.end() :]
    words = [*_words(behind, language)]
    ends = [at for at, word in enumerate(words) if _is_noun(word, language)]
    if not ends:
        return ()
    last = ends[0]
    while language == "en" and last + 1 in ends:
        last += 1  # `apprentice weavers`, `sheep farms`
    return tuple(words[: last + 1])


def _words(behind: str, language: str) -> Iterator[str]:
    at = 0
    for _ in range(_WINDOW):
        found = _NEXT.match(behind, at)
        if found is None or found["word"].casefold() in _BOUNDARIES[language]:
            return
        if "," in found["gap"] and at == 0:
            return
        if language == "de" and not _may_describe(found["word"]):
            return
        yield found["word"]
        at = found.end()


def _may_describe(word: str) -> bool:
    """Whether a German word is a noun or an inflected adjective; a verb ends the phrase."""
    return word[0].isupper() or bool(_INFLECTED.search(word))


def _is_noun(word: str, language: str) -> bool:
    return word[0].isupper() if language == "de" else is_plural(word)


def _is_measured(
    number: Number, givers: Sequence[tuple[Number, str]], about: str, language: str
) -> bool:
    """Whether what is measured (`Gramm Zucker`) is what the fact measures so."""
    if number.unit not in _MEASURES or not (of := _measured(number, language)):
        return True
    for giver, line in givers:
        own = _measured(giver, language)
        if any(is_same(word, each, language) for word in of for each in own):
            return True
        if not own and _holds(of, line if of[0].casefold() in _MORE_OR_LESS else f"{line} {about}"):
            return True
    return False


def _measured(number: Number, language: str) -> tuple[str, ...]:
    first = _NEXT.match(number.behind)
    if first and first["word"].casefold() in _MORE_OR_LESS:
        return (first["word"],)
    if language == "en" and not _OF["en"].match(number.behind):
        return ()
    return _stuff(number.behind, language)


@lru_cache(maxsize=8192)
def _stuff(behind: str, language: str) -> tuple[str, ...]:
    of = _OF[language].match(behind)
    behind = behind[of.end() if of else 0 :].partition(",")[0]
    words = [*_words(behind, language)]
    if language == "de":
        words = [word for word in words if word[0].isupper()][:1]
    return tuple(
        word for word in words if word.casefold() not in _EVERYDAY and not is_measure(word)
    )
