"""The built-in writer: composes posts from the brand's facts, without a network and for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

import regex

from content.customs import custom_of, is_roomy
from content.likeness import says_the_same
from content.providers.figures import figure_of, has_figure
from content.providers.kinds import STORY, kind_of
from content.providers.phrases import (
    BY_TONE,
    JOINTS,
    MIXED,
    MIXED_JOINTS,
    NUMBERS,
    PHRASES,
    POINTERS,
)
from content.voice import fits, joined, link_of, with_duties
from domain.brand import Brand, Fact
from domain.contradictions import agreeing
from domain.errors import WriterRefused
from domain.languages import name_of
from domain.platforms import Platform
from domain.rules.terms import find_terms
from domain.writing import Brief, Written, WrittenVariant

_LONGEST_TAG = 24
_EMOJIS = ("💡", "👀", "✨", "🙂", "💬")
_BARE = 0.5  # so many posts have no emoji even so, and so many orders begin without the link
_SINGLE = regex.compile(r"\b(?:[Tt]ip|Tipp|Kniff|trick|this one|yours)\b")
_OPENINGS = ("question", "lead", "number")  # forms that lie in how a text begins
_JITTER = 8  # spans: another seed gives other words, and a fact comes back only after more
_SPAN_S = 3 * 3600  # posts are hardly closer; each span has phrases of its own

DIFFERENCES = {
    "question": "hook: opens with a question",
    "plain": "question: states the fact at once, asks the reader at the end",
    "lead": "hook: leads into the fact with a heading",
    "action": "call to action: states the fact, ends with something to do",
    "number": "number: opens with the figure",
    "pair": "length: two facts",
    "short": "length: the fact alone",
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

    @staticmethod
    def speaks(language: str) -> bool:
        """Whether it writes a language, by its ISO 639-1 code."""
        return language in PHRASES

    def estimate_cents(self, brief: Brief, *, brand: Brand) -> float:  # noqa: ARG002 - one interface
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
        if not self.speaks(brief.language):
            raise WriterRefused(
                f"the composer writes German and English, not {name_of(brief.language)}; set up a "
                "writer of another kind (docs/writers.md)"
            )
        brief = brief.model_copy(update={"facts": agreeing(brief.facts, language=brief.language)})
        # a choice that can be repeated is wanted, not a secret
        dice = Random(f"{seed}:{brief.id}")  # noqa: S311
        desk = _Desk(brief, brand, dice)
        variants: list[WrittenVariant] = []
        forms = _forms(brief, dice)
        # every second variant leaves the link out, so that what a link costs can be learnt; which
        # one begins owes nothing to the form
        bare_first = brief.variants > 1 and Random(f"{seed}:{brief.id}:link").random() < _BARE  # noqa: S311
        for number, form in enumerate(forms):
            link = link_of(brief) if len(variants) % 2 == bare_first else None
            variant = desk.variant(form, link=link)
            left = len(forms) - number > brief.variants - len(variants)
            if left and any(says_the_same(variant.text, other.text) for other in variants):
                continue
            variants.append(variant)
            if len(variants) == brief.variants:
                break
        return Written(
            variants=tuple(variants), writer=self.name, prompt_version="phrases_v5", seed=seed
        )


@dataclass
class _Desk:
    """One brief at work: no phrase is used twice among its variants.

    Which phrases come first follows from when the post is due, so that the same fact is framed in
    other words a few days later.
    """

    brief: Brief
    brand: Brand
    dice: Random

    def __post_init__(self) -> None:
        fact, language = self.brief.facts[0], self.brief.language
        kind = kind_of(fact, language)
        phrases = PHRASES[language][kind]
        tone = (language, self.brand.voice.tone)
        questions, leads = BY_TONE.get(tone, ((), ())) if kind == STORY else ((), ())
        self.turn = int(self.brief.due_at.timestamp()) // _SPAN_S + self.dice.randrange(_JITTER)
        openings = len(phrases.questions) + len(questions)
        self.questions = self._turned((*phrases.questions, *questions), pace=1)
        self.leads = self._turned((*phrases.leads, *leads), pace=1)
        self.mixed = self._turned(MIXED[language], pace=1)
        self.joints = self._turned(JOINTS[language][kind], pace=1)
        self.mixed_joints = self._turned(MIXED_JOINTS[language], pace=1)
        self.invitations = self._turned(phrases.invitations, pace=openings)
        self.actions = self._turned(phrases.actions, pace=openings)
        self.pointers = self._turned(POINTERS[language], pace=openings)
        self.tags = _tags(self.brand, self.brief, self.dice)
        self.said: set[str] = set()
        self.is_paid = self.brand.is_paid_for(self.brief.campaign)

    def variant(self, form: str, *, link: str | None) -> WrittenVariant:
        """The richest text of this form that fits every platform of the brief, or those with room.

        Platforms with more room, or where no link can be followed, get a text of their own.
        """
        left_out = link_of(self.brief) is not None and link is None
        frame = self._frame(form, link)
        text, is_whole = self._main(frame, form, link)
        emoji = self._emoji(text)
        return WrittenVariant(
            text=_decorated(text, emoji),
            texts={
                platform: _decorated(own, emoji)
                for platform, own in self._own(frame, form, link, text).items()
            },
            hashtags=self.tags,
            difference=DIFFERENCES[form if is_whole else "short"]
            + (", without the link" if left_out else ""),
            angle=form if is_whole else "",
            with_link=link is not None,
        )

    def _main(self, frame: "_Frame", form: str, link: str | None) -> tuple[str, bool]:
        for text, is_whole in self._candidates(frame, form):
            if self._fits(text, link, self.brief.platforms):
                return text, is_whole
        names = ", ".join(self.brief.platforms)
        raise WriterRefused(
            f"fact {self.brief.facts[0].id!r} is too long for {names}; shorten its first sentence"
        )

    def _own(self, frame: "_Frame", form: str, link: str | None, main: str) -> dict[Platform, str]:
        """What platforms with room get: all of the frame, and a second fact where there is one.

        The hook stays that of the variant; one that has the fact alone has it alone everywhere.
        """
        roomy = [platform for platform in self.brief.platforms if is_roomy(platform)]
        open_, shut = (
            tuple(each for each in roomy if custom_of(each).opens_links is follows)
            for follows in (True, False)
        )
        return {
            platform: text
            for platforms, there in ((open_, link), (shut, None))
            for platform, text in self._roomy(frame, form, there, platforms, main).items()
            if text != main
        }

    def _roomy(
        self,
        frame: "_Frame",
        form: str,
        link: str | None,
        platforms: tuple[Platform, ...],
        main: str,
    ) -> dict[Platform, str]:
        fact, pointer = _sentence(self.brief.facts[0]), frame.pointer if link else ""
        beside = frame.beside or ("" if form == "short" else self.beside)
        ending = frame.ending if beside == frame.beside else self._of_two(frame.ending)
        texts = (
            _paragraphs(frame.opening, fact, beside, ending, pointer),
            _paragraphs(frame.opening, fact, frame.beside, frame.ending, pointer),
            _paragraphs(frame.opening, fact, frame.ending),
        )
        if self._fits(texts[0], link, platforms):
            return dict.fromkeys(platforms, texts[0])
        return {
            each: next((text for text in texts if self._fits(text, link, (each,))), main)
            for each in platforms
        }

    def _fits(self, text: str, link: str | None, platforms: tuple[Platform, ...]) -> bool:
        duties = with_duties(text, brand=self.brand, is_paid=self.is_paid)
        return fits(joined(duties, link, ()), platforms)

    def _candidates(self, frame: "_Frame", form: str) -> Iterator[tuple[str, bool]]:
        """Texts, the richest first, each with whether it still has the form."""
        fact = _sentence(self.brief.facts[0])
        opening, ending = frame.opening, frame.short_ending
        opens, ends = bool(opening), form not in _OPENINGS and bool(ending)
        yield _paragraphs(opening, fact, ending), opens or ends or form == "short"
        yield _paragraphs(opening, fact), opens
        yield _paragraphs(fact, ending), ends
        yield fact, form == "short"
        sentences = regex.split(r"(?<=[.!?])\s+(?=\p{Lu})", fact)
        for count in range(len(sentences) - 1, 0, -1):
            yield " ".join(sentences[:count]), False

    def _frame(self, form: str, link: str | None) -> "_Frame":
        """What stands before and behind the fact."""
        pointer = self._next(self.pointers) if link else ""
        has_room = any(map(is_roomy, self.brief.platforms))
        ends = has_room or not pointer
        if form == "question":
            told = [each for each in self.actions if "?" not in each]
            opening = self._next(self.questions)
            return _Frame(opening, ending=self._next(told) if ends else "", pointer=pointer)
        if form in ("lead", "number"):
            opening = self._next(self.leads) if form == "lead" else self._number()
            ending = self._next(self.invitations) if ends else ""
            return _Frame(opening, ending=ending, pointer=pointer)
        if form in ("plain", "action"):
            said = self.invitations if form == "plain" else self.actions
            return _Frame(ending=self._next(said), pointer=pointer, has_both=True)
        if form == "pair":
            second, joints, asked = self._second()
            both = _paragraphs(self._next(joints), _sentence(second))
            return _Frame(beside=both, ending=self._next(asked) if ends else "", pointer=pointer)
        return _Frame(pointer=pointer)

    @cached_property
    def beside(self) -> str:
        """A second fact of the same kind, the one whose own turn is the last; empty without one."""
        kind = kind_of(self.brief.facts[0], self.brief.language)
        others = reversed(self.brief.facts[1:])
        alike = next((f for f in others if kind_of(f, self.brief.language) == kind), None)
        return _paragraphs(self._next(self.joints), _sentence(alike)) if alike else ""

    def _of_two(self, ending: str) -> str:
        """The ending behind two facts; one that speaks of a single tip makes room for another."""
        if not _SINGLE.search(ending):
            return ending
        fitting = (each for each in reversed(self.invitations) if not _SINGLE.search(each))
        return next(fitting, ending)

    def _second(self) -> tuple[Fact, list[str], list[str]]:
        """The fact beside the first, of its kind where there is one.

        Behind it what may join the two, and what may be asked then.
        """
        kind, others = kind_of(self.brief.facts[0], self.brief.language), self.brief.facts[1:]
        alike = [each for each in others if kind_of(each, self.brief.language) == kind]
        choice = alike or others
        joints, asked = (
            (self.joints, self.invitations) if alike else (self.mixed_joints, self.mixed)
        )
        return choice[self.turn % len(choice)], joints, asked

    def _number(self) -> str:
        """The figure of the fact, named as one: on its own it would be said twice in a row."""
        figure = figure_of(self.brief.facts[0], self.brief.language)
        said = NUMBERS[self.brief.language]
        return said[self.turn % len(said)].format(figure=figure[0].lower() + figure[1:])

    def _next(self, phrases: list[str]) -> str:
        """The next phrase that this brief has not used; none where banned words left none."""
        while phrases and phrases[-1] in self.said:
            phrases.pop()
        phrase = phrases.pop() if phrases else ""
        self.said.add(phrase)
        return phrase

    def _turned(self, phrases: tuple[str, ...], *, pace: int) -> list[str]:
        """The phrases that may be said, the one whose turn it is at the end of the list.

        The order is the brand's own; with `pace` spans a step is made.
        """
        formal = self.brand.voice.formal_address
        topic = _spoken(self.brief.topic, self.brief.language)
        said = [p.split("|")[-1 if formal else 0].format(topic=topic) for p in phrases]
        allowed = [p for p in dict.fromkeys(said) if not find_terms(p, self.brand.terms.banned)]
        Random(f"{self.brand.name}:{self.brief.facts[0].id}").shuffle(allowed)  # noqa: S311
        at = (self.turn // pace + (self.turn if pace > 1 else 0)) % max(len(allowed), 1)
        return allowed[at:] + allowed[:at]

    def _emoji(self, text: str) -> str:
        """One for the opening or the question, in every second post of who likes them."""
        asks = any(part.endswith("?") for part in text.split("\n\n")[:2])
        if not self.brand.voice.emojis or not asks or self.dice.random() < _BARE:
            return ""
        return self.dice.choice(_EMOJIS)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around a fact.

    Attributes:
        beside: another fact, with what joins it.
        pointer: what leads to the link; where room is short it stands in for the ending, unless
            the form wants both.
    """

    opening: str = ""
    beside: str = ""
    ending: str = ""
    pointer: str = ""
    has_both: bool = False

    @property
    def short_ending(self) -> str:
        """What stands behind the fact where room is short."""
        ending = self.ending if self.has_both or not self.pointer else ""
        return _paragraphs(self.beside, ending, self.pointer)


def _decorated(text: str, emoji: str) -> str:
    """The emoji behind the first question."""
    if not emoji:
        return text
    parts = text.split("\n\n")
    first = next((at for at, part in enumerate(parts) if part.endswith("?")), None)
    if first is not None:
        parts[first] += f" {emoji}"
    return "\n\n".join(parts)


def _forms(brief: Brief, dice: Random) -> list[str]:
    """Which forms the variants have; the brief's angle first, where it names one."""
    forms = [form for form in DIFFERENCES if _can_be(form, brief)]
    first = [brief.angle] if brief.angle in forms else []
    usual = [form for form in forms if form not in (*first, "short")]
    dice.shuffle(usual)
    rarer = [form for form in forms if form not in (*first, *usual)]
    return first + usual + rarer


def _can_be(form: str, brief: Brief) -> bool:
    if form == "pair":
        return len(brief.facts) > 1
    return form != "number" or has_figure(brief.facts[0], brief.language)


def _tags(brand: Brand, brief: Brief, dice: Random) -> tuple[str, ...]:
    """The topic and a keyword of the fact (else the brand), as far as the brand wants hashtags."""
    said = brief.facts[0].text.casefold()
    own = [word for word in brand.keywords if word.casefold() in said]
    dice.shuffle(own)
    fitting = [tag for tag in (brief.topic, *own, brand.title) if len(tag) <= _LONGEST_TAG]
    clean = [tag for tag in fitting if not find_terms(tag, brand.terms.banned)]
    once = list(dict.fromkeys(clean))
    return tuple(once[: brand.voice.max_hashtags])


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
