"""Compliance: every rule on a draft or a reply, deterministic and without I/O.

To add a rule, write `(Draft) -> ComplianceCheck` and name it in the tuple below; then raise
RULES_VERSION, so that the record shows which rules judged a post. One that rests on the words of
some languages also names them in `domain.rules.reading`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from domain.brand import Brand, Fact
from domain.compliance import ComplianceCheck, Verdict, merged
from domain.news import Headline
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.rules import (
    abuse,
    access,
    claims,
    disclosure,
    form,
    likeness,
    manner,
    origin,
    privacy,
    reading,
    repetition,
    statements,
    terms,
)
from domain.rules import facts as gate
from domain.rules import news as safety
from domain.rules.context import Draft, Rule, Said
from domain.rules.disclosure import ai_label
from domain.rules.quality import Decision, confidence, decide, rescored
from domain.rules.risks import risk_of
from domain.wordings import is_shortened, wordings
from domain.writing import Brief

__all__ = [
    "ALONE",
    "Decision",
    "Lately",
    "Said",
    "Shown",
    "ai_label",
    "check_draft",
    "check_media",
    "check_news",
    "check_reply",
    "check_wordings",
    "confidence",
    "decide",
    "policy_version",
    "rescored",
    "risk_of",
]

Shown = tuple[tuple[str, str], ...]
"""Post ids with the perceptual hashes of what they show."""
RULES_VERSION = "13"


@dataclass(frozen=True, slots=True)
class Lately:
    """What a brand's other posts show and say around a post.

    Attributes:
        shown: what they showed within the window.
        said: what they say; those outside the window do not count. None where nobody looked: then
            `repeated` is not asked.
        says_again: whether the post may say again what was said lately, in other words.
    """

    shown: Shown = ()
    said: Sequence[Said] | None = None
    says_again: bool = False


ALONE = Lately()
"""A post with nothing around it."""

_EVERYWHERE: tuple[Rule, ...] = (
    form.not_empty,
    form.length,
    form.media_where_needed,
    form.media_fits,
    form.open_links,
    form.hashtags,
    form.emojis,
    form.calm,
    form.language,
    reading.unread,
    manner.address,
    terms.banned_terms,
    terms.competitors,
    disclosure.disclosure,
    disclosure.ai_disclosure,
    gate.numbers,
    gate.dates,
    gate.links,
    gate.handles,
    gate.names,
    claims.health,
    claims.finance,
    claims.superlatives,
    claims.environment,
    claims.offers,
    abuse.profanity,
    privacy.personal_data,
    origin.quotes,
    likeness.known_works,
    likeness.repeated_picture,
    access.alt_text,
    access.hashtag_case,
    access.plain_letters,
)
_MEDIA: tuple[Rule, ...] = (
    form.media_where_needed,
    form.media_fits,
    disclosure.ai_disclosure,
    likeness.known_works,
    likeness.repeated_picture,
    access.alt_text,
)
_POSTS: tuple[Rule, ...] = (
    *_EVERYWHERE,
    terms.required_terms,
    manner.quotation_marks,
    origin.outside,
    origin.grounded,
    statements.statements,
    safety.news,
)
_BY_PLATFORM = frozenset(
    (
        form.not_empty,
        form.length,
        *_MEDIA,
        terms.required_terms,
        disclosure.disclosure,
        origin.grounded,
        repetition.repeated,
    )
)
"""What a text may break by leaving something out, or by where it goes."""


def check_draft(
    post: ContentPost,
    *,
    brand: Brand,
    brief: Brief,
    media_follows: bool = False,
    lately: Lately = ALONE,
    news: Sequence[Headline] = (),
) -> tuple[ComplianceCheck, ...]:
    """One check per rule on a post, passing ones included, against the facts of its brief.

    Each of its texts is judged for the platforms that get it; the sternest verdict counts, and
    says which platforms it is about.
    `media_follows` says that its pictures are drawn later, and checked then by `check_media`;
    `lately` holds what other posts of the brand show and say; `news` are the sensitive headlines
    of the last days, of which those count that are fresh when it is due.
    """
    each = check_wordings(
        post, brand=brand, brief=brief, media_follows=media_follows, lately=lately, news=news
    )
    return merged([(one.platforms, checks) for one, checks in each])


def check_wordings(
    post: ContentPost,
    *,
    brand: Brand,
    brief: Brief,
    media_follows: bool = False,
    lately: Lately = ALONE,
    news: Sequence[Headline] = (),
) -> list[tuple[ContentPost, tuple[ComplianceCheck, ...]]]:
    """Each text of a post with its own checks, the main text first.

    Where every rule lets a text pass, one that only leaves out something of it is asked no more
    than the rules that want something to be there, or that look at the platform.
    """
    fresh, version = _fresh(news, brand, brief.due_at), policy_version(brand)
    own = (*_POSTS, *(() if lately.said is None else (repetition.repeated,)))
    found: dict[str, tuple[ComplianceCheck, ...]] = {}
    drafts = []
    for one in wordings(post):
        draft = _draft(one, brand, brief, media_follows=media_follows, shown_lately=lately.shown)
        if lately.said is not None:
            draft = replace(
                draft,
                said_lately=_around(lately.said, one, brand, brief.due_at),
                says_again=lately.says_again or brief.says_again,
            )
        drafts.append((one, replace(draft, news=fresh)))
    for one, draft in sorted(drafts, key=lambda each: -len(each[0].text)):
        fuller = (text for text, checks in found.items() if _is_clear(checks))
        if any(is_shortened(one.text, text) for text in fuller):
            asked = tuple(rule for rule in own if rule in _BY_PLATFORM)
            found[one.text] = _judge(draft, asked, version)
        else:
            found[one.text] = _judge(draft, own, version)
    return [(one, found[one.text]) for one, _ in drafts]


def _is_clear(checks: Sequence[ComplianceCheck]) -> bool:
    return all(check.verdict in (Verdict.PASS, Verdict.SKIP) for check in checks)


def check_news(
    post: ContentPost, *, brand: Brand, brief: Brief, news: Sequence[Headline]
) -> ComplianceCheck:
    """What the news of the day say of a post, and nothing else."""
    fresh = _fresh(news, brand, brief.due_at)
    version = policy_version(brand)
    drafts = (
        (one.platforms, replace(_draft(one, brand, brief), news=fresh)) for one in wordings(post)
    )
    return merged([(where, _judge(draft, (safety.news,), version)) for where, draft in drafts])[0]


def check_media(
    post: ContentPost, *, brand: Brand, brief: Brief, shown_lately: Shown = ()
) -> tuple[ComplianceCheck, ...]:
    """The post's checks, those that look at its pictures and clips made anew."""
    version = policy_version(brand)
    drafts = (
        (one.platforms, _draft(one, brand, brief, shown_lately=shown_lately))
        for one in wordings(post)
    )
    seen = [(where, _judge(draft, _MEDIA, version)) for where, draft in drafts]
    fresh = {check.rule: check for check in merged(seen)}
    return tuple(fresh.get(check.rule, check) for check in post.compliance_checks)


def _draft(
    post: ContentPost,
    brand: Brand,
    brief: Brief,
    *,
    media_follows: bool = False,
    shown_lately: Shown = (),
) -> Draft:
    return Draft(
        text=post.text,
        brand=brand,
        facts=brief.facts,
        platforms=post.platforms,
        language=brief.language,
        hashtags=post.hashtags,
        links=(post.link,) if post.link else (),
        media=post.media,
        media_follows=media_follows,
        shown_lately=shown_lately,
        is_paid=brand.is_paid_for(post.campaign),
        generated_by=post.generated_by,
        outside=(brief.trend,) if brief.trend else (),
    )


def check_reply(
    text: str,
    *,
    brand: Brand,
    facts: tuple[Fact, ...],
    allowed_handles: tuple[str, ...],
    platform: Platform,
    language: str | None = None,
) -> tuple[ComplianceCheck, ...]:
    """One check per rule on a reply; required terms are asked of posts only.

    `language` is that of the person answered; the brand's own where it is not given.
    """
    draft = Draft(
        text=text,
        brand=brand,
        facts=facts,
        platforms=(platform,),
        language=language or brand.voice.language,
        handles=allowed_handles,
        is_reply=True,
    )
    return _judge(draft, _EVERYWHERE, policy_version(brand))


def policy_version(brand: Brand) -> str:
    """Which rules judge for this brand: the rules' version and a hash of what they read of it."""
    own = "\n".join(
        (
            brand.terms.model_dump_json(),
            brand.news.model_dump_json(),
            brand.voice.model_dump_json(),
            brand.country,
            str(brand.posting.repeat_after),
            *brand.competitors,
            *(f"{one.id} {sorted(one.options.items())}" for one in brand.accounts if one.options),
            *_told(brand.facts),
            *(each.id for each in brand.campaigns if brand.is_paid_for(each.id)),
            str(brand.paid_partnership),
            *(brand.title, brand.about, *brand.topics, *brand.keywords),
        )
    )
    return f"{RULES_VERSION}-{sha256(own.encode()).hexdigest()[:12]}"


@lru_cache(maxsize=128)  # asked for every text; most of what the hash covers are the facts
def _told(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    return tuple(fact.model_dump_json() for fact in facts)


def _fresh(news: Sequence[Headline], brand: Brand, at: datetime) -> tuple[Headline, ...]:
    """Those headlines that count at that instant, the newest first."""
    fresh = [one for one in news if one.is_fresh(at, hours=brand.news.hours)]
    return tuple(sorted(fresh, key=lambda one: one.seen_at, reverse=True))


def _around(
    said: Sequence[Said], post: ContentPost, brand: Brand, at: datetime
) -> tuple[Said, ...]:
    """What other orders say on the post's platforms, before it or after, within the window."""
    first, last = at - brand.posting.repeat_after, at + brand.posting.repeat_after
    return tuple(
        one
        for one in said
        if first <= one.at <= last
        and (one.order is None or one.order != post.brief_id)
        and any(platform in post.platforms for platform in one.platforms)
    )


def _judge(draft: Draft, rules: tuple[Rule, ...], version: str) -> tuple[ComplianceCheck, ...]:
    return tuple(_by_version(reading.as_read(rule(draft), draft), version) for rule in rules)


@lru_cache(maxsize=2048)  # most verdicts are the same ones, text after text
def _by_version(check: ComplianceCheck, version: str) -> ComplianceCheck:
    return check.model_copy(update={"policy_version": version})
