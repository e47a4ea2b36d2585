"""What people write below a post, and when: planned once, when the post is accepted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TypeVar

from sandbox.audience import Account, Audience, Category, Language
from sandbox.people import invent
from sandbox.store import Post
from sandbox.truth import age_at_share, topics_of

Choice = TypeVar("Choice", bound=str)
_SOONEST = timedelta(seconds=90)
_LATEST_SHARE = 0.999


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment to come: who says what, `after` how long; `category` is the planted truth."""

    name: str
    handle: str
    text: str
    language: str
    category: str
    after: timedelta


def plan_comments(audience: Audience, account: Account, post: Post, *, rng: Random) -> list[Remark]:
    """The comments that a post will draw, by time; as many as its fate says, no text twice."""
    count = post.fate.comments if post.fate else 0
    texts = _Texts(audience, account, post, rng)
    remarks = []
    for _ in range(count):
        language = _pick(rng, account.languages)
        category = _pick(rng, account.comments)
        share = rng.random() * _LATEST_SHARE
        hours = age_at_share(share, half_life=account.half_life_hours)
        name, handle = invent(rng, language)
        remarks.append(
            Remark(
                name=name,
                handle=handle,
                text=texts.next(language, category),
                language=language,
                category=category,
                after=max(_SOONEST, timedelta(hours=hours)),
            )
        )
    return sorted(remarks, key=lambda r: r.after)


class _Texts:
    """Deals the texts of the bank below one post without repeating itself."""

    def __init__(self, audience: Audience, account: Account, post: Post, rng: Random) -> None:
        self._audience, self._rng = audience, rng
        self._brand = audience.brand_of(account)
        self._topics = topics_of(self._brand, post.text)
        self._decks: dict[tuple[str, str], Iterator[str]] = {}

    def next(self, language: Language, category: Category) -> str:
        if (language, category) not in self._decks:
            self._decks[language, category] = self._deck(language, category)
        text = next(self._decks[language, category], None)
        if text is None:
            self._decks[language, category] = self._deck(language, category)
            text = next(self._decks[language, category])
        return text.replace("{brand}", self._brand.display_name)

    def _deck(self, language: Language, category: Category) -> Iterator[str]:
        general = list(self._audience.comment_bank[language][category])
        self._rng.shuffle(general)
        fitting: list[str] = []
        if category == "question":
            for topic in self._topics:
                fitting += self._brand.topics[topic].questions.get(language, [])
            self._rng.shuffle(fitting)
        # a fitting question comes first three times in five
        first, second = (fitting, general) if self._rng.random() < 0.6 else (general, fitting)
        yield from first + second


def _pick(rng: Random, shares: dict[Choice, float]) -> Choice:
    return rng.choices(list(shares), weights=list(shares.values()))[0]
