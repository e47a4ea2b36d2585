"""The built-in writer: composes posts from the brand's facts, without a network and for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import regex

from content.providers.phrases import BY_TONE, PHRASES
from content.voice import fits, joined, link_of, with_duties
from domain.brand import Brand, Fact
from domain.errors import WriterRefused
from domain.rules.terms import find_terms
from domain.writing import Brief, Written, WrittenVariant

_TAGS = 2
_LONGEST_TAG = 24
_EMOJIS = ("💡", "👀", "✨", "🙂")

DIFFERENCES = {
    "question": "opens with a question, then gives the fact",
    "plain": "states the fact at once and asks for an answer at the end",
    "lead": "leads into the fact with a short heading",
    "pair": "gives two facts, nothing else",
    "short": "the fact alone",
}
"""The forms a variant can have, and in what each differs from the others."""


@dataclass(frozen=True)
class Composer:
    """Writes in German and English from phrases and the brief's facts; same seed, same posts.

    It says the facts word for word and takes nothing from the trend, so that it cannot state
    what is not true. `prompt_version` in its record names the set of phrases.
    """

    @property
    def name(self) -> str:
        """`composer`."""
        return "composer"

    def estimate_cents(self, brief: Brief) -> float:  # noqa: ARG002 - one interface
        """Nothing."""
        return 0.0

    def write(
        self,
        brief: Brief,
        *,
        brand: Brand,
        seed: int,
        timeout: float = 0.0,  # noqa: ARG002 - one interface
    ) -> Written:
        """As many variants as ordered, each in another form.

        Raises:
            WriterRefused: the language is neither German nor English, or no fact fits the
                platform.
        """
        if brief.language not in PHRASES:
            raise WriterRefused(
                f"the composer writes German and English, not {brief.language}; set up a writer"
            )
        # a choice that can be repeated is wanted, not a secret
        dice = Random(f"{seed}:{brief.id}")  # noqa: S311
        desk = _Desk(brief, brand, dice)
        # every second variant leaves the link out, so that what a link costs can be learnt
        variants = tuple(
            desk.variant(form, link=link_of(brief) if number % 2 == 0 else None)
            for number, form in enumerate(_forms(brief, dice))
        )
        return Written(variants=variants, writer=self.name, prompt_version="phrases_v1")


@dataclass
class _Desk:
    """One brief at work: no phrase is used twice among its variants."""

    brief: Brief
    brand: Brand
    dice: Random

    def __post_init__(self) -> None:
        phrases, tone = PHRASES[self.brief.language], self.brand.voice.tone
        questions, leads = BY_TONE.get((self.brief.language, tone), ((), ()))
        self.questions = self._shuffled((*phrases.questions, *questions))
        self.leads = self._shuffled((*phrases.leads, *leads))
        self.invitations = self._shuffled(phrases.invitations)
        self.endings = self._shuffled(phrases.endings)
        self.pointers = self._shuffled(phrases.pointers)
        self.tags = _tags(self.brand, self.brief, self.dice)

    def variant(self, form: str, *, link: str | None) -> WrittenVariant:
        """The richest text of this form that fits every platform of the brief."""
        left_out = link_of(self.brief) is not None and link is None
        for text in self._candidates(form, link):
            whole = joined(with_duties(text, brand=self.brand), link, ())
            if fits(whole, self.brief.platforms):
                return WrittenVariant(
                    text=self._decorated(text),
                    hashtags=self.tags,
                    difference=DIFFERENCES[form] + (", without the link" if left_out else ""),
                    with_link=link is not None,
                )
        names = ", ".join(self.brief.platforms)
        raise WriterRefused(
            f"fact {self.brief.facts[0].id!r} is too long for {names}; shorten its first sentence"
        )

    def _candidates(self, form: str, link: str | None) -> Iterator[str]:
        fact = _sentence(self.brief.facts[0])
        opening, ending = self._frame(form, link)
        yield _paragraphs(opening, fact, ending)
        yield _paragraphs(opening, fact)
        yield _paragraphs(fact, ending)
        yield fact
        sentences = regex.split(r"(?<=[.!?])\s+(?=\p{Lu})", fact)
        for count in range(len(sentences) - 1, 0, -1):
            yield " ".join(sentences[:count])

    def _frame(self, form: str, link: str | None) -> tuple[str, str]:
        """What stands before and behind the fact."""
        pointer = _next(self.pointers) if link else ""
        if form == "question":
            return _next(self.questions), pointer or _next(self.endings)
        if form == "plain":
            return "", _paragraphs(_next(self.invitations), pointer)
        if form == "lead":
            return _next(self.leads), pointer or _next(self.invitations)
        if form == "pair":
            return "", _paragraphs(_sentence(self.brief.facts[1]), pointer)
        return "", ""

    def _shuffled(self, phrases: tuple[str, ...]) -> list[str]:
        formal = self.brand.voice.formal_address
        topic = _spoken(self.brief.topic, self.brief.language)
        said = [p.split("|")[-1 if formal else 0].format(topic=topic) for p in phrases]
        allowed = [p for p in said if not find_terms(p, self.brand.terms.banned)]
        self.dice.shuffle(allowed)
        return allowed

    def _decorated(self, text: str) -> str:
        """One emoji behind the first paragraph, where the brand likes them."""
        if not self.brand.voice.emojis:
            return text
        head, *rest = text.split("\n\n")
        if head.endswith(":"):
            return text
        return "\n\n".join((f"{head} {self.dice.choice(_EMOJIS)}", *rest))


def _next(phrases: list[str]) -> str:
    """The next unused phrase; none where the brand's banned words left none."""
    return phrases.pop() if phrases else ""


def _forms(brief: Brief, dice: Random) -> list[str]:
    """Which forms the variants have; the brief's angle first, where it names one."""
    forms = [form for form in DIFFERENCES if form != "pair" or len(brief.facts) > 1]
    first = [brief.angle] if brief.angle in forms else []
    usual = [form for form in ("question", "plain", "lead") if form not in first]
    rarer = [form for form in forms if form not in (*first, *usual)]
    dice.shuffle(usual)
    dice.shuffle(rarer)
    return (first + usual + rarer)[: brief.variants]


def _tags(brand: Brand, brief: Brief, dice: Random) -> tuple[str, ...]:
    """The topic and a keyword of the fact (else the brand), as far as the brand wants hashtags."""
    said = brief.facts[0].text.casefold()
    own = [word for word in brand.keywords if word.casefold() in said]
    dice.shuffle(own)
    fitting = [tag for tag in (brief.topic, *own, brand.title) if len(tag) <= _LONGEST_TAG]
    clean = [tag for tag in fitting if not find_terms(tag, brand.terms.banned)]
    once = list(dict.fromkeys(clean))
    return tuple(once[: min(_TAGS, brand.voice.max_hashtags)])


def _spoken(topic: str, language: str) -> str:
    """A topic as it stands in a sentence: German nouns take a capital, English ones do not."""
    words = " ".join(regex.split(r"[_\s-]+", topic))
    return words[0].upper() + words[1:] if language == "de" else words


def _sentence(fact: Fact) -> str:
    text = " ".join(fact.text.split())
    return text if regex.search(r"[.!?…][\"“”»)]?$", text) else f"{text}."


def _paragraphs(*parts: str) -> str:
    """Paragraphs, where an opening that ends in a colon stays with what it opens."""
    text = ""
    for part in filter(None, parts):
        text += (" " if text.endswith(":") else "\n\n" if text else "") + part
    return text
