"""True facts with one of their numbers beside another noun, in another unit, or of other stuff."""

from random import Random

import regex

SWAPS = ("counted", "unit", "measured")
"""What is swapped: `11 sheep` for `11 farms`, `184 Kilometer` for `184 Meter`, `Gramm Fett`."""
_NOUNS = {
    "de": (
        "Kühe", "Hunde", "Schafe", "Kinder", "Filialen", "Länder", "Bäume", "Preise", "Ärzte",
        "Autos", "Brauereien", "Köche", "Seen", "Burgen", "Hektar", "Kilo Äpfel", "Katzen",
        "Fabriken", "Vereine", "Rentner", "Flaschenöffner", "Hofläden", "Gäste",
    ),
    "en": (
        "sheep", "dogs", "cows", "children", "branches", "countries", "trees", "awards", "doctors",
        "cars", "breweries", "cooks", "lakes", "castles", "acres", "tons", "cats", "factories",
        "clubs", "shops", "machines", "farm cats", "shepherds", "cities",
    ),
}  # fmt: skip
_PROUD = {
    "de": ("", "", "", "stolze ", "ganze ", "zufriedene ", "kleine, alte "),
    "en": ("", "", "", "proud ", "whole ", "happy ", "small, old "),
}
_OWN = {
    "de": ("{true} {it}!", "{true} Hinter uns stehen {it}.", "{it} und ein Ziel. {true}",
           "{true} Wir haben {it}.", "{true} Das sind {it}.", "{true} Es braucht {it}."),
    "en": ("{true} {it}!", "{true} Behind us stand {it}.", "{it}, one aim. {true}",
           "{true} We have {it}.", "{true} That makes {it}.", "{true} It takes {it}."),
}  # fmt: skip
_UNITS = {
    "de": ("Meter", "Kilometer", "Zentimeter", "Prozent", "Promille", "Gramm", "Milligramm",
           "Kilogramm", "Liter", "Milliliter", "Euro", "Dollar", "Cent", "Jahre", "Monate",
           "Wochen", "Tage", "Stunden", "Minuten", "Grad", "%", "€"),
    "en": ("metres", "kilometres", "centimetres", "percent", "grams", "milligrams", "kilograms",
           "litres", "euros", "dollars", "cents", "years", "months", "weeks", "days", "hours",
           "minutes", "degrees", "miles", "%"),
}  # fmt: skip
_SIGNS = {"Prozent": "%", "Euro": "€"}
_STUFF = {
    "de": ("Fett", "Salz", "Benzin", "Mehl", "Alkohol", "Koffein", "Gold", "Plastik", "Wodka",
           "Magnesium", "Rabatt", "Öl", "Kohle", "Beton"),
    "en": ("feathers", "sugar", "plastic", "gold", "petrol", "flour", "steel", "concrete", "salt",
           "rubber", "oil", "straw"),
}  # fmt: skip
_LESS = {"de": ("weniger Kosten", "günstiger", "mehr Geschmack"), "en": ("off", "less waste")}
_COUNT = {
    "de": r"(?P<n>(?<![\w.,])\d+) (?P<noun>(?:\p{Ll}+e[nr]? )?\p{Lu}\p{L}+)(?!\p{L})",
    "en": r"(?P<n>(?<![\w.,])\d+|\bFour)(?: of our)?(?<!of our \d+)"
    r" (?P<noun>(?:\p{Ll}+ )??(?:\p{Ll}{2,}s|people))\b",
}
_MEASURE = {
    "de": r"(?P<n>(?<![\w.,])\d+(?:,\d+)?) (?P<unit>Meter|Kilometer|Prozent|Gramm|Milligramm"
    r"|Liter|Milliliter|Euro|Stunden|Jahre)n?(?: (?P<of>\p{Lu}\p{L}+))?(?!\p{L})",
    "en": r"(?P<n>(?<![\w.,])\d+(?:\.\d+)?) (?P<unit>degrees|kilograms|centimetres|hours|minutes"
    r"|weeks|years|pounds|times)(?: of (?P<of>\p{L}+))?\b",
}
_WEIGHED_UNITS = "Prozent Gramm Milligramm Liter Milliliter Euro kilograms pounds"
_WEIGHED = frozenset(_WEIGHED_UNITS.split())
_IN_WORDS = {
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "en": "two three four five six seven eight nine ten eleven twelve",
}


def swapped(true: str, kind: str, language: str, dice: Random) -> tuple[str, str]:
    """The fact with one number of another thing, and what was planted; both empty where it can't.

    `kind` is one of SWAPS.
    """
    if kind == "counted":
        return _counted(true, language, dice)
    places = [*regex.finditer(_MEASURE[language], true)]
    if kind == "measured":
        places = [place for place in places if place["unit"] in _WEIGHED]
    if not places:
        return "", ""
    place = dice.choice(places)
    if kind == "unit":
        own = (place["unit"], _SIGNS.get(place["unit"], ""))
        others = [unit for unit in _UNITS[language] if unit[:4] not in place["unit"]]
        other = dice.choice([unit for unit in others if unit not in own])
        it = f"{place['n']} {other}" if dice.random() < 0.8 else _noun_for(place, language, dice)
        return _in_place(true, place, it, language, dice)
    if place["unit"] == "Prozent" and dice.random() < 0.5:
        return _in_place(true, place, _joined(place, _LESS, language, dice), language, dice)
    link = " of " if language == "en" else " "
    it = f"{place['n']} {place['unit']}{link}{dice.choice(_STUFF[language])}"
    return _in_place(true, place, it, language, dice)


def _counted(true: str, language: str, dice: Random) -> tuple[str, str]:
    measures = regex.compile(_MEASURE[language])
    places = [
        each
        for each in regex.finditer(_COUNT[language], true)
        if not measures.match(true, each.start())
    ]
    if not places:
        return "", ""
    place = dice.choice(places)
    return _in_place(true, place, _noun_for(place, language, dice), language, dice)


def _noun_for(place: regex.Match[str], language: str, dice: Random) -> str:
    count, words = place["n"], _IN_WORDS[language].split()
    if count.isdigit() and 2 <= int(count) <= 12 and dice.random() < 0.3:
        count = words[int(count) - 2]
    return f"{count} {dice.choice(_PROUD[language])}{dice.choice(_NOUNS[language])}"


def _joined(
    place: regex.Match[str], words: dict[str, tuple[str, ...]], language: str, dice: Random
) -> str:
    return f"{place['n']} {place['unit']} {dice.choice(words[language])}"


def _in_place(
    true: str, place: regex.Match[str], it: str, language: str, dice: Random
) -> tuple[str, str]:
    """The swap where it was, or in a sentence of its own beside the fact."""
    if dice.random() < 0.6:
        text = true[: place.start()] + it + true[place.end() :]
    else:
        text = dice.choice(_OWN[language]).format(true=true, it=it)
    return text[0].upper() + text[1:], it
