"""Quantities that are said without a number: `every third`, `thousands`, `doubled`, `jeder Dritte`.

A number word alone (`three`, `half`) is found by `domain.numbers`.
"""

from dataclasses import dataclass
from functools import cache

import regex

_ORDINALS = {
    "de": "dritte vierte fünfte sechste siebte siebente achte neunte zehnte elfte zwölfte "
    "zwanzigste fünfzigste hundertste tausendste millionste",
    "en": "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth twentieth "
    "fiftieth hundredth thousandth millionth",
}
_ONES = {
    "de": "zwei drei vier fünf sechs sieben acht neun zehn zwanzig hundert tausend",
    "en": "two three four five six seven eight nine ten twenty hundred thousand",
}
# by unit; what is in a group tells one quantity from another, whatever its inflection
_PATTERNS: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (
        ("share", r"jede[rnms]? (zweite|{ordinals})[rnms]?"),
        ("share", r"(ein|{ones})(?:e[rnms]?)? (?:von|unter|aus) (?:je |unseren |den )?"
         r"({ones}|\d+)"),
        ("share", r"(drittel|fünftel|sechstel|siebtel|achtel|zehntel)n?"),
        ("share", r"(?:eine?m?|drei|das|um) (viertel)(?! nach| vor| der stunde)"),
        ("many", r"(dutzend|(?:zehn|hundert|aber|zig)?tausend|hundert|abermillion)e[nr]?"),
        ("many", r"(zigtausend|zig)(?= \p{{L}})|(unzählig|zahllos|unzählbar)e[nrs]?"),
        ("many", r"(die meisten|mehrheit|mehrzahl|großteil|fast alle|fast jede)[nrsm]?"),
        ("change", r"ver(doppel|dreifach|vierfach|fünffach|zehnfach|hundertfach|vielfach)"
         r"(?:t|te|ten|n|en|ung)"),
        ("change", r"(halbier)(?:t|te|ten|en|ung)"),
        ("change", r"({ones}|\d+)[ -]?mal (?:so|mehr|weniger)(?!\p{{L}})"),
        ("%", r"(hundert|tausend)prozentig(?:e[nrsm]?)?"),
        ("ordinal", r"({ordinals})[rnms]?"),
    ),
    "en": (
        ("share", r"(?<!like )(?<!than )(?<!as )every (other|second|{ordinals})(?! counts)"),
        ("share", r"(one|{ones}) (?:in|out of|of) (?:our |every |the |a )?({ones}|\d+)"),
        ("share", r"(?:an?|one|two|three|four|by a)[ -](third|quarter|fifth|sixth|eighth|tenth)s?"
         r"(?= of(?! an hour)| more| less|[.,!;]|$| in| were| are| is)"),
        ("share", r"(?:two|three|four)[ -](third|quarter|fifth|tenth)s"),
        ("many", r"(dozens|hundreds|thousands|billions|zillions|umpteen|countless|myriad)s?"),
        ("many", r"(tens|scores) of"),
        ("many", r"(most)(?= (?:of (?:our|them|those)|people|customers|buyers|readers|homes"
         r"|households|families))"),
        ("many", r"(majority|nearly all|almost all|nearly every|almost every)"),
        ("change", r"(doubl|tripl|trebl|quadrupl|halv)(?:ed|es|ing)"),
        ("change", r"({ones}|\d+)(?: times|fold) (?:as|more|less|the|\p{{L}}+er)(?!\p{{L}})"),
        ("change", r"(thrice)"),
        ("ordinal", r"({ordinals})"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """What was said of how many: `text` as written, `value` in one spelling, `unit` its kind."""

    text: str
    value: str
    unit: str


def find_quantities(text: str, *, language: str) -> tuple[Quantity, ...]:
    """Shares, round plurals, relative words and ordinals from the third up, in order of kind."""
    return tuple(
        Quantity(match.group(), "/".join(filter(None, match.groups())).casefold(), unit)
        for unit, pattern in _patterns(language if language in _PATTERNS else "en")
        for match in pattern.finditer(text)
    )


@cache
def _patterns(language: str) -> tuple[tuple[str, regex.Pattern[str]], ...]:
    words = {
        "ordinals": "|".join(_ORDINALS[language].split()),
        "ones": "|".join(_ONES[language].split()),
    }
    return tuple(
        (unit, regex.compile(rf"(?i)(?<![\p{{L}}\p{{N}}-])(?:{each.format(**words)})(?!\p{{L}})"))
        for unit, each in _PATTERNS[language]
    )
