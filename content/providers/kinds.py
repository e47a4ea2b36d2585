"""What kind of thing a fact is, which decides the words that fit around it."""

import regex

from domain.brand import Fact

PRACTICAL, TIP, STORY = "practical", "tip", "story"
"""What a fact is: hours, prices and delivery; something to do; everything else."""

_PRACTICAL = {
    "de": regex.compile(
        r"€|\b(?:Euro|Cent|Uhr|geöffnet|kostet|kosten|liefer\p{Ll}+|Versand|Werktag\p{Ll}*"
        r"|bestell\p{Ll}*)\b"
    ),
    "en": regex.compile(
        r"[€£$]|\b(?:pounds?|euros?|dollars?|open|costs?|delivery|orders?|ordered|[ap]m)\b"
    ),
}
_TIP = {
    "de": regex.compile(
        r"\b(?:mischt|nehmt|gebt|rührt|lasst|füllt|wascht|legt|stellt|wenn (?:ihr|Sie|man))\b"
        r"|\b(?:mischen|nehmen|geben|waschen|legen|lassen) Sie\b"
    ),
    "en": regex.compile(
        r"^(?:Wash|Use|Keep|Try|Mix|Add|Store|Lay|Put|Take|Bring|Fold|Air|Never|Always|Let|Cook"
        r"|Serve|Pour|Cut|Clean|Dry|Shake|Rinse)\b"
    ),
}
_TIP_TOPICS = frozenset({"rezepte", "rezept", "tipps", "pflege", "recipes", "tips", "care"})


def kind_of(fact: Fact, language: str) -> str:
    """What kind of fact it is, judged by its words."""
    if _PRACTICAL[language].search(fact.text):
        return PRACTICAL
    if fact.topic.casefold() in _TIP_TOPICS or _TIP[language].search(fact.text):
        return TIP
    return STORY
