"""The figure of a fact, as a post may open with it: `184 Meter`, `11 farms`.

How many times something is done tells nothing by itself (`3 times`), a bound does (`Bis zu 50
Mal`).
"""

import regex

from domain.brand import Fact

_UNITS = {
    "de": {"metern": "Meter", "kilometern": "Kilometer", "litern": "Liter", "jahren": "Jahre",
           "tagen": "Tage", "monaten": "Monate"},
    "en": {},
}  # fmt: skip
_UNIT = {
    "de": r"Metern?|Kilometern?|Litern?|Milliliter|Gramm|Milligramm|Kilogramm|Jahren?|Tagen?"
    r"|Monaten?|Wochen|Stunden|Minuten|Prozent|Euro|Cent|Mal|%|€",
    "en": r"kilograms|grams|metres|centimetres|litres|miles|hours|minutes|days|weeks|months|years"
    r"|per cent|percent|pounds|euros|dollars|degrees|%|farms|people|looms|times",
}
_TIMES = ("mal", "times")
_BEFORE = {
    "de": r"rund|etwa|circa|über|mehr als|fast|knapp|mindestens|höchstens|bis zu|nur|gut",
    "en": r"about|around|over|more than|nearly|almost|at least|at most|up to|only",
}
_FIGURE = {
    code: regex.compile(
        rf"(?i)(?<![\p{{L}}\d.,])(?P<before>(?:{_BEFORE[code]})\s)?"
        rf"(?P<digits>[£€$]?\d+(?:[.,]\d+)*)(?:\s?(?P<unit>{unit}))(?![\p{{L}}])"
        r"(?P<after>\sat (?:most|least))?"
    )
    for code, unit in _UNIT.items()
}


def has_figure(fact: Fact, language: str) -> bool:
    """Whether a post on this fact can open with its figure; a fact that does so itself cannot."""
    if language in _FIGURE:
        figure = figure_of(fact, language).rstrip(".").casefold()
        return bool(figure) and not fact.text.casefold().startswith(figure)
    return bool(regex.search(r"\p{N}", fact.text))


def figure_of(fact: Fact, language: str) -> str:
    """The only figure of a fact with its unit, as a sentence; empty where it has none or more."""
    found = _FIGURE[language].search(fact.text)
    if found is None or len(regex.findall(r"\d+(?:[.,:]\d+)*", fact.text)) > 1:
        return ""
    if found["unit"].casefold() in _TIMES and not found["before"]:
        return ""
    unit = _UNITS[language].get(found["unit"].lower(), found["unit"])
    space = " " if found["unit"][0].isalpha() or language == "de" else ""
    text = f"{found['before'] or ''}{found['digits']}{space}{unit}{found['after'] or ''}"
    return f"{text[0].upper()}{text[1:]}."
