"""What can be seen in a message without a model: words of a kind, who is meant, links, form."""

import math
import re
from dataclasses import dataclass

from community.lexicon import lexicon, plain, rules, tokens_of

_EMOJI_GOOD = frozenset("😀😃😄😁😊☺🙂😍🥰😘❤♥💕💖💛💚💙🧡💜🖤🤍👍👏🙌🎉🔥😋🤩😎💪✨🥳🙏💯😂🤣😆👌")
_EMOJI_BAD = frozenset("😡🤬😠👎😞😢😭🤮🤢😤😒🙄💩😩😫😔☹🙁😕😣😖🖕")
_SMILE = re.compile(r"(?<!\w)[:;=]-?[)D]|<3|\bx[dD]\b")
_FROWN = re.compile(r"(?<!\w)[:;=]'?-?[(/](?!/)")
_WH = frozenset(
    [
        *("what", "when", "where", "who", "which", "why", "how", "was", "wann", "wo", "wer"),
        *("welche", "welcher", "welches", "warum", "wieso", "weshalb", "wie", "woher", "wohin"),
        *("womit", "woraus", "wofür"),
    ]
)
_QUOTATION = re.compile(r"""(["“”„«»])[^"“”„«»]*?\s[^"“”„«»]*?\s[^"“”„«»]*?["“”«»]""")
_NEAR = 6


@dataclass(frozen=True, slots=True)
class Signals:
    """One message as numbers (`values`, in the order of `NAMES`), and what the rules saw.

    Attributes:
        values: non-negative features; counts are log-damped.
        valence: kind minus unkind words, negation turned round, emoji included.
        instruction: it gives orders to a machine.
        crisis: harm, the law, the press or the authorities are named.
        targeted: how strongly it attacks people: directed insults, hatred of groups, threats.
        trouble: words of somebody who needs help or complains.
        unkind: unkind words and emoji.
        selling: how strongly it sells or begs for clicks.
    """

    values: tuple[float, ...]
    valence: float
    instruction: bool
    crisis: bool
    targeted: float
    selling: float
    trouble: int
    unkind: float


NAMES = (
    *("positive", "negative", "complaint", "trouble", "insult", "slur", "profanity", "hate"),
    *("threat", "hostile", "directed", "groups", "counter", "quote", "at_people"),
    *("question_mark", "question_word", "plea", "offer", "link", "contact", "money", "repeat"),
    *("caps", "exclaim", "short", "sold"),
)


def signals_of(text: str, *, language: str) -> Signals:
    """Read one message with the word lists of its language."""
    text = plain(text)
    words = tokens_of(text)
    found = lexicon(language).find(tokens_of(_own_words(text)))
    shape = {meaning: bool(pattern.search(text)) for meaning, pattern in rules().items()}
    groups = _against_groups(found)
    directed = _directed(found)
    counter = len(found.get("counter", ())) + 2 * shape["quote"]
    targeted = _targeted(found, groups=groups, directed=directed, counter=counter)
    positive, negative = _valence(text, found)
    selling = _selling(found, shape)
    counts = [
        positive, negative, len(found.get("complaint", ())), len(found.get("trouble", ())),
        len(found.get("insult", ())),
        len(found.get("slur", ())), len(found.get("profanity", ())), len(found.get("hate", ())),
        len(_unnegated(found, "threat")), len(found.get("hostile", ())), directed, groups,
        len(found.get("counter", ())), shape["quote"], _at_people(found),
        "?" in text, _asks(words, found),
        len(found.get("plea", ())), len(found.get("offer", ())), shape["link"], shape["contact"],
        shape["money"], shape["repeat"], _capitals(text), text.count("!"), len(words) < 4, selling,
    ]  # fmt: skip
    return Signals(
        values=tuple(math.log1p(float(count)) for count in counts),
        valence=positive - negative,
        instruction=shape["instruction"],
        crisis=shape["crisis"],
        targeted=targeted,
        selling=selling,
        trouble=len(found.get("trouble", ())) + len(found.get("complaint", ())),
        unkind=negative,
    )


def _own_words(text: str) -> str:
    """The text without quotations of three words or more: what is quoted is not meant."""
    rest = _QUOTATION.sub(" ", text)
    return rest if any(c.isalpha() for c in rest) else text


def _near(first: list[int], second: list[int], *, within: int = _NEAR) -> int:
    """How many positions in `first` have one of `second` within that many words."""
    return sum(any(abs(a - b) <= within for b in second) for a in first)


def _unnegated(found: dict[str, list[int]], group: str) -> list[int]:
    negations = found.get("negation", [])
    return [at for at in found.get(group, []) if not any(0 < at - n <= 5 for n in negations)]


def _against_groups(found: dict[str, list[int]]) -> int:
    """Hatred, contempt, exclusion or threats close to the name of a group of people."""
    people = found.get("group", []) + found.get("slur", [])
    hostile = ("dehumanise", "hate", "threat", "insult", "hostile")
    contempt = sum(_near(_unnegated(found, kind), people) for kind in hostile)
    harm = [at for at in _unnegated(found, "harm") if _near([at], found.get("modal", []))]
    return contempt + _near(found.get("exclude", []), people) + 2 * _near(harm, people)


def _directed(found: dict[str, list[int]]) -> int:
    """Insults, slurs, threats and hatred close to a `you`."""
    you = found.get("second", [])
    kinds = ("insult", "slur", "threat")
    return sum(_near(_unnegated(found, kind), you, within=4) for kind in kinds) + _near(
        _unnegated(found, "hate"), you, within=2
    )


def _at_people(found: dict[str, list[int]]) -> float:
    """Insults close to somebody else's name or pronoun; those at oneself or things weigh little."""
    people = found.get("person", []) + found.get("second", []) + found.get("group", [])
    weight = 0.0
    for at in _unnegated(found, "insult"):
        meant = at <= 3 or _near([at], people, within=4)
        oneself = any(0 < at - me <= 6 for me in found.get("self", []))
        weight += 1.0 if meant and not oneself else 0.2
    return weight


def _targeted(found: dict[str, list[int]], *, groups: int, directed: int, counter: int) -> float:
    attack = (
        1.2 * directed
        + 1.0 * groups
        + 0.8 * len(_unnegated(found, "threat"))
        + 1.0 * len(found.get("hostile", ()))
        + 0.6 * _at_people(found)
        + 1.0 * len(found.get("slur", ()))
    )
    return max(0.0, attack - 1.2 * min(counter, 3))


def _valence(text: str, found: dict[str, list[int]]) -> tuple[float, float]:
    """(kind, unkind): words and emoji; a negation up to three words before turns one round."""
    negations = found.get("negation", [])
    kind = unkind = 0.0
    for group, sign in (("positive", 1), ("negative", -1), ("insult", -1)):
        for at in found.get(group, []):
            turned = any(0 < at - n <= 3 for n in negations)
            if (sign > 0) != turned:
                kind += 0.5 if turned else 1.0
            else:
                unkind += 1.0
    kind += len(_SMILE.findall(text)) + min(sum(c in _EMOJI_GOOD for c in text), 3)
    unkind += len(_FROWN.findall(text)) + min(sum(c in _EMOJI_BAD for c in text), 3)
    return kind, unkind


def _asks(words: list[str], found: dict[str, list[int]]) -> float:
    starts = bool(words) and words[0] in _WH
    return min(len(found.get("question", ())), 2) + 2.0 * starts


def _selling(found: dict[str, list[int]], shape: dict[str, bool]) -> float:
    """Offers and pleas, weighing more beside a link, a number to call or a sum of money."""
    plea, offer = len(found.get("plea", ())), len(found.get("offer", ()))
    lure = shape["link"] + shape["contact"] + 0.5 * shape["money"]
    return plea + 0.5 * offer + (lure if plea or offer else 0.5 * shape["link"])


def _capitals(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 12 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
