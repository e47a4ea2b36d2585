"""Which numbers a text states: value and unit, in German and in English writing."""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

import regex

from domain.languages import has_decimal_point
from domain.quantities import find_quantities
from domain.text import find_handles, find_links, visible, without

_UNITS: dict[str, tuple[str, ...]] = {
    "%": ("%", "prozent", "percent"),
    "‰": ("‰", "promille"),
    "EUR": ("€", "euro", "euros", "eur"),
    "USD": ("$", "dollar", "dollars", "usd"),
    "GBP": ("£", "gbp"),
    "cent": ("ct", "cent", "cents", "¢", "pence", "p"),
    "year": ("jahr", "jahre", "jahren", "jahres", "year", "years", "yr", "yrs"),
    "month": ("monat", "monate", "monaten", "monats", "month", "months"),
    "week": ("woche", "wochen", "week", "weeks"),
    "day": ("tag", "tage", "tagen", "tages", "day", "days"),
    "hour": ("stunde", "stunden", "hour", "hours", "h", "std"),
    "minute": ("minute", "minuten", "minutes", "min", "mins"),
    "second": ("sekunde", "sekunden", "second", "seconds", "sec", "s"),
    "clock": ("uhr", "am", "pm", "a.m.", "p.m.", "o'clock"),
    "km": ("km", "kilometer", "kilometern", "kilometre", "kilometres", "kilometers"),
    "m": ("m", "meter", "metern", "metre", "metres", "meters"),
    "cm": ("cm", "zentimeter", "zentimetern", "centimetre", "centimetres", "centimeters"),
    "mm": ("mm", "millimeter", "millimetern", "millimetre", "millimetres", "millimeters"),
    "mile": ("mile", "miles", "meile", "meilen"),
    "l": ("l", "liter", "litern", "litre", "litres", "liters"),
    "ml": ("ml", "milliliter", "millilitern", "millilitre", "millilitres", "milliliters"),
    "kg": ("kg", "kilo", "kilos", "kilogramm", "kilogram", "kilograms"),
    "g": ("g", "gramm", "gram", "grams", "gsm"),
    "mg": ("mg", "milligramm", "milligram", "milligrams"),
    "°C": ("°c", "°", "grad", "degrees"),
    "kcal": ("kcal", "kalorien", "calories"),
    "kWh": ("kwh",),
    "x": ("x", "×", "mal", "times", "fach"),
    "01.": ("januar", "january", "jan"),
    "02.": ("februar", "february", "feb"),
    "03.": ("märz", "march", "mar"),
    "04.": ("april", "apr"),
    "05.": ("mai", "may"),
    "06.": ("juni", "june", "jun"),
    "07.": ("juli", "july", "jul"),
    "08.": ("august", "aug"),
    "09.": ("september", "sept", "sep"),
    "10.": ("oktober", "october", "okt", "oct"),
    "11.": ("november", "nov"),
    "12.": ("dezember", "december", "dez", "dec"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_MONTHS = frozenset(unit for unit in _UNITS if unit.endswith("."))

_DIGIT = regex.compile(r"\p{Nd}")
_DATE = regex.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_CLOCK = regex.compile(r"\d{1,2}[.:]\d{2}")
_PLAIN = regex.compile(r"\d+(?:[.,]\d+)?")
_MARKS = ((",", "."), (".", ","))
"""The sign between thousands and the decimal one, in English and in German."""
_GROUPED = {
    decimal: regex.compile(rf"\d{{1,3}}(?:[{thousands} '’]\d{{3}})+(?:[{decimal}]\d+)?")
    for thousands, decimal in _MARKS
}
_BETWEEN = {decimal: regex.compile(rf"[{thousands} '’]") for thousands, decimal in _MARKS}
_DIGITS = regex.compile(
    r"(?P<before>[€$£]|\b\p{L}+\.?)?\s?"
    r"(?P<sign>(?<!\S)[-−](?=\d))?"
    r"(?P<digits>(?:\d{1,3}(?:[ '’]\d{3})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,:/-]\d+)*))"
    r"(?:(?P<dot>\.)?[ -]?(?P<after>%|‰|€|\$|£|¢|°C|°|×|[ap]\.m\.|\p{L}+))?"
)

_LONG = regex.compile(
    r"(?i)[ -](?:(?:lang|ganz|voll|gut|kurz|knapp)en?|long|full|whole|good|short)"
    r" (?P<unit>\p{L}{3,})"
)
"""`40 lange Jahre`: what stands between a number and its unit."""
_COUNTED = regex.compile(r"(?:[\s-]+\p{Ll}{1,3}|\s+\d+)*[\s-]+(?P<noun>\p{L}{4,})")
_STEM = 5
_BESIDE = 60  # letters; so much tells what a number is of

_ONES = {
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn",
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
}
_TENS = {
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
}
_LARGE = {
    "de": {"dutzend": 12, "hundert": 100, "tausend": 1000, "million": 10**6, "millionen": 10**6,
           "milliarde": 10**9, "milliarden": 10**9},
    "en": {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "millions": 10**6,
           "billion": 10**9},
}  # fmt: skip


_SHARES = {
    "de": {"hälfte": 0.5, "halb": 0.5, "halbe": 0.5, "halben": 0.5, "halber": 0.5, "halbes": 0.5,
           "doppelt": 2, "doppelte": 2, "doppelten": 2, "dreifach": 3, "dreifache": 3},
    "en": {"half": 0.5, "twice": 2, "double": 2, "triple": 3},
}  # fmt: skip


def _number_words(language: str) -> dict[str, float]:
    """Number words from two up; one is left out, because `ein` and `one` are articles too."""
    ones = {word: value for value, word in enumerate(_ONES[language].split(), start=2)}
    words: dict[str, float] = {**ones, **_LARGE[language]}
    for ten, word in enumerate(_TENS[language].split(), start=2):
        words[word] = ten * 10
        for one, value in [("ein" if language == "de" else "one", 1), *ones.items()][:9]:
            if value < 10:
                joined = f"{one}und{word}" if language == "de" else f"{word}-{one}"
                words[joined] = ten * 10 + value
    if language == "de":
        for one, value in [("ein", 1), *ones.items()]:
            words[f"{one}hundert"], words[f"{one}tausend"] = value * 100, value * 1000
    return words


_SHARE_UNIT = "share"  # half and double are no plain numbers


_WORDS = {language: _number_words(language) for language in _ONES}
_FOLD = regex.compile(r"(?P<head>\p{L}+?)(?:mal|fach(?:e[nrsm]?)?|fold)")
_WORD = regex.compile(r"(?P<word>\p{L}++(?:-\p{L}++)?)(?=[ -](?P<after>\p{L}++)|)")


@dataclass(frozen=True, slots=True)
class Number:
    """A stated number.

    Attributes:
        text: as it was written.
        value: in one spelling for all: `1234.5`, `2026-05-12`, `18:30`.
        unit: what it counts (`EUR`, `%`, `ml`, `05.` for a day in May), or empty.
        spelled: whether it was written as a word.
        counts: the stem of the noun behind it where there is no unit: `flasc` of `12 Flaschen`.
        before: what stands before it, some words of it.
        behind: what stands behind it and its unit, some words of it.
    """

    text: str
    value: str
    unit: str
    spelled: bool = False
    counts: str = ""
    before: str = field(default="", compare=False)
    behind: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What makes two numbers the same statement."""
        return self.value, self.unit


def is_measure(word: str) -> bool:
    """Whether a word is a unit or a month."""
    return word.lower() in _UNIT_OF


@lru_cache(maxsize=2048)  # several rules read the same text, all drafts the same facts
def find_numbers(text: str, *, language: str) -> tuple[Number, ...]:
    """Every number in a text, links and handles left out.

    Digits count wherever they stand (`B2B`, keycaps, full-width); words from two upwards in
    German and English, and quantities said without a number (`every third`, `Tausende`).
    `language` decides whether 1.234 is a thousand (de, fr) or a fraction (en); number words that
    are not German are read as English ones.
    """
    text = visible(without(without(text, find_links(text)), find_handles(text)))
    text = _DIGIT.sub(lambda digit: str(int(digit.group())), text)  # also ٣ and ३
    matches = _DIGITS.finditer(text) if _DIGIT.search(text) else ()
    digits = [_from_digits(match, language) for match in matches]
    known = language if language in _WORDS else "en"
    said = find_quantities(text, language=known)
    quantities = (Number(each.text, each.value, each.unit, spelled=True) for each in said)
    return (*digits, *_spelled(text, _WORDS[known], _SHARES[known]), *quantities)


def _from_digits(match: regex.Match[str], language: str) -> Number:
    before = (match["before"] or "").lower().rstrip(".")
    after = (match["after"] or "").lower()
    unit = _UNIT_OF.get(after, "")
    if (match["dot"] and unit not in _MONTHS) or (after == "am" and language == "de"):
        unit = after = ""  # a full stop ends the thought: only a day goes on (12. Mai)
    if not unit and (long := _LONG.match(match.string, match.end("digits"))):
        unit = _UNIT_OF.get(long["unit"].lower(), "")
    if not unit and (before in {"€", "$", "£", "eur", "usd", "gbp"} or _is_month(before)):
        unit = _UNIT_OF[before]
    value = _value(match["digits"], language, clock=unit == "clock")
    shown = match["digits"] + (f" {match['after']}" if unit and after in _UNIT_OF else "")
    counts = "" if unit else _counted(match.string[match.end("digits") :])
    end = match.end("after" if unit and after in _UNIT_OF else "digits")
    beside = _beside(match.string, match.start("digits"), end)
    return Number(shown, ("-" if match["sign"] else "") + value, unit, False, counts, *beside)


def _beside(text: str, start: int, end: int) -> tuple[str, str]:
    return text[max(0, start - _BESIDE) : start], text[end : end + _BESIDE]


def _counted(behind: str) -> str:
    """The stem of the first long word behind a number, in the same sentence."""
    found = _COUNTED.match(behind)
    return found["noun"].casefold()[:_STEM] if found else ""


def _is_month(word: str) -> bool:
    return _UNIT_OF.get(word) in _MONTHS


def _value(digits: str, language: str, *, clock: bool) -> str:
    """One spelling for a value; what is no plain number (a date, a time) keeps its parts."""
    if date := _DATE.fullmatch(digits):
        return f"{date[3]}-{int(date[2]):02}-{int(date[1]):02}"
    if clock and _CLOCK.fullmatch(digits):
        return digits.replace(".", ":")
    decimal = "." if has_decimal_point(language) else ","
    if _GROUPED[decimal].fullmatch(digits):
        digits = _BETWEEN[decimal].sub("", digits)
    if _PLAIN.fullmatch(digits):
        return _plain(Decimal(digits.replace(",", ".")))
    return digits


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _spelled(text: str, words: dict[str, float], shares: dict[str, float]) -> list[Number]:
    found = []
    for match in _WORD.finditer(text):
        word, after = match["word"].lower(), (match["after"] or "").lower()
        if word in shares:
            found.append(Number(match["word"], str(shares[word]), _SHARE_UNIT, True))
        elif word in words:
            unit = _UNIT_OF.get(after, "")
            counts = "" if unit else _counted(text[match.end("word") :])
            beside = _beside(text, match.start(), match.end("after" if unit else "word"))
            found.append(Number(match["word"], str(words[word]), unit, True, counts, *beside))
        elif (fold := _FOLD.fullmatch(word)) and fold["head"] in words:
            found.append(Number(match["word"], str(words[fold["head"]]), "x", True))
        else:
            head, _, tail = word.partition("-")
            if head in words and tail:
                unit, start = _UNIT_OF.get(tail, ""), match.start()
                end = match.end("word") if unit else start + len(head)
                beside = _beside(text, start, end)
                found.append(Number(head, str(words[head]), unit, True, "", *beside))
    return found
