"""What a rule looks at: one draft with its brand and the facts that it may use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from domain.brand import Brand, Fact
from domain.compliance import ComplianceCheck, Verdict
from domain.media import MediaAsset
from domain.news import Headline
from domain.platforms import Platform
from domain.text import visible


@dataclass(frozen=True, slots=True)
class Said:
    """What the brand says elsewhere: a post that is out or planned.

    Attributes:
        at: when it goes out.
        order: the brief that it was written for; its open variants have it in common.
    """

    text: str
    at: datetime
    platforms: tuple[Platform, ...]
    order: str | None = None


@dataclass(frozen=True)
class Draft:
    """One text as it would go out, and all that it is judged by.

    Attributes:
        text: complete, with its link and hashtags; nothing is added to it later.
        hashtags: those that go out beside the text, without #.
        links: those that go out beside the text.
        handles: handles that may be named, without @.
        is_paid: whether the brand file says that somebody else pays for it.
        generated_by: who wrote it: `composer`, `person`, or a writer and its model.
        media_follows: whether its pictures are still to be drawn.
        outside: texts of strangers that the writer was shown; nothing of them may be repeated.
        news: sensitive headlines that are fresh when it goes out.
        shown_lately: post ids and perceptual hashes of what the brand showed within the window.
        said_lately: what other posts on the same platforms say within the window.
        says_again: whether what was said lately is said again on purpose.
    """

    text: str
    brand: Brand
    facts: tuple[Fact, ...]
    platforms: tuple[Platform, ...]
    language: str
    hashtags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    media: tuple[MediaAsset, ...] = ()
    media_follows: bool = False
    is_reply: bool = False
    is_paid: bool = False
    generated_by: str = ""
    outside: tuple[str, ...] = ()
    shown_lately: tuple[tuple[str, str], ...] = ()
    said_lately: tuple[Said, ...] = ()
    says_again: bool = False
    news: tuple[Headline, ...] = ()

    @cached_property
    def known(self) -> str:
        """Everything that is known to be true: the facts and what the brand says of itself."""
        brand = self.brand
        facts = (f"{fact.text} {fact.link or ''} {fact.topic}" for fact in self.facts)
        own = (brand.title, brand.name, brand.about, *brand.topics, *brand.keywords)
        labels = (label for rule in brand.terms.disclosures for label in rule.labels)
        return visible("\n".join((*facts, *own, *brand.terms.required, *labels)))

    @cached_property
    def said(self) -> str:
        """The text with the hashtags and links that go out beside it."""
        return " ".join((self.text, *(f"#{tag}" for tag in self.hashtags), *self.links))


Rule = Callable[[Draft], ComplianceCheck]


@lru_cache(maxsize=1024)  # nearly every text passes nearly every rule in the same words
def passed(rule: str, evidence: str = "") -> ComplianceCheck:
    """The rule looked and found nothing."""
    return ComplianceCheck(rule=rule, verdict=Verdict.PASS, evidence=evidence)


def blocked(rule: str, *, evidence: str, remedy: str) -> ComplianceCheck:
    """The draft may not go out as it is."""
    return ComplianceCheck(rule=rule, verdict=Verdict.BLOCK, evidence=evidence, remedy=remedy)


def held(rule: str, *, evidence: str, remedy: str) -> ComplianceCheck:
    """A person must look."""
    return ComplianceCheck(rule=rule, verdict=Verdict.HOLD, evidence=evidence, remedy=remedy)


def listed(found: list[str]) -> str:
    """Evidence in a few words: each thing once, in the order found, five at most."""
    once = list(dict.fromkeys(found))
    return ", ".join(once[:5]) + (f" and {len(once) - 5} more" if len(once) > 5 else "")
