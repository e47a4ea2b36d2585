"""What kind of thing a fact is, which decides the words that fit around it."""

import regex

from domain.brand import Fact

PRACTICAL, VISIT, TIP, DETAIL, STORY = "practical", "visit", "tip", "detail", "story"
"""What a fact is: prices and delivery; a place to go to; something to do; what a product is or has;
everything else."""

_VISIT = {
    "de": regex.compile(
        r"\b(?:geöffnet|Führung(?:en)?|führt (?:\p{Lu}\p{L}+ )?(?:euch|Sie)"
        r"|\p{Lu}[\p{L}-]*[Ww]eg führt|[Bb]esuch(?:en|t)?|Rundgang|[Bb]esichtig\p{Ll}*)\b"
    ),
    "en": regex.compile(
        r"\b(?:visit(?:s|ing)?|tours?|open (?:on |from |every |daily|Mon|Tue|Wed|Thu|Fri|Sat|Sun))"
    ),
}
_FAR = regex.compile(r"(?i)\b(?:telefon|hotline|phone|chat|online|support|website)")

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
_DETAIL = {
    "de": regex.compile(
        r"\b(?:enthält|enthalten|stecken|steckt|gibt es|wiegt|wiegen|misst|messen|besteht|bestehen"
        r"|(?:ist|sind) aus)\b"
    ),
    "en": regex.compile(
        r"(?i)\b(?:contains?|weighs?|measures?|comes? in|made (?:of|from)|we use|consists?)\b"
    ),
}
_OURS = regex.compile(r"(?:We|Our|Wir|Unser\p{Ll}*)\b")
_TIP_TOPICS = frozenset({"rezepte", "rezept", "tipps", "pflege", "recipes", "tips", "care"})


def kind_of(fact: Fact, language: str) -> str:
    """What kind of fact it is, judged by its words."""
    if _VISIT[language].search(fact.text) and not _FAR.search(fact.text):
        return VISIT
    if _PRACTICAL[language].search(fact.text):
        return PRACTICAL
    is_advice = fact.topic.casefold() in _TIP_TOPICS and not _OURS.match(fact.text)
    if is_advice or _TIP[language].search(fact.text):
        return TIP
    return DETAIL if _DETAIL[language].search(fact.text) else STORY
