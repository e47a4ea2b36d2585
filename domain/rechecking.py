"""Rules on a post again: with the brand's facts as they stand today, and by who wrote it."""

from collections.abc import Sequence
from datetime import datetime

from domain.brand import Brand
from domain.compliance import ComplianceCheck, Verdict, worst
from domain.errors import PolicyError
from domain.judging import JUDGE
from domain.news import Headline
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.rules import (
    ALONE,
    Lately,
    check_draft,
    check_news,
    confidence,
    policy_version,
    rescored,
)
from domain.wordings import saying, wording_on
from domain.writing import Brief

PERSON = "person"
"""Who made a post that no writer wrote: `ContentPost.generated_by`."""

FACTS_GATE = ("numbers", "dates", "links", "handles", "names")
"""The rules that ask whether somebody vouches for what a text states."""


def checked(
    post: ContentPost,
    brand: Brand,
    *,
    at: datetime,
    recent: tuple[str, ...] = (),
    lately: Lately = ALONE,
    news: Sequence[Headline] = (),
) -> ContentPost:
    """The post with fresh verdicts and quality, against every fact of the brand file as it stands.

    The rules stop a writer from stating what nobody vouched for. Where a person is the author,
    somebody did: what the facts gate would block is then held, for a second pair of eyes.
    """
    brief = _brief(post, brand, at)
    checks = check_draft(post, brand=brand, brief=brief, lately=lately, news=news)
    if post.generated_by == PERSON:
        checks = tuple(_softened(check) for check in checks)
    quality = confidence(post, checks, recent=recent)
    return post.model_copy(update={"compliance_checks": checks, "quality": quality})


def told(post: ContentPost, brand: Brand, *, at: datetime, news: Sequence[Headline]) -> ContentPost:
    """The post with what the news of the day say of it; its other verdicts stay as they are."""
    fresh = check_news(post, brand=brand, brief=_brief(post, brand, at), news=news)
    others = tuple(check for check in post.compliance_checks if check.rule != fresh.rule)
    checks = (*others, fresh)
    quality = rescored(post.quality, checks) if post.quality else None
    return post.model_copy(update={"compliance_checks": checks, "quality": quality})


def stricter(
    post: ContentPost,
    brand: Brand,
    *,
    at: datetime,
    news: Sequence[Headline] = (),
    platform: Platform | None = None,
) -> tuple[ComplianceCheck, ...]:
    """What the rules see worse in the post today than when it was judged.

    On all of its platforms, or in what it says on that `platform` alone. News that came since are
    worse, whatever was let pass before.
    """
    is_known = {check.policy_version for check in post.compliance_checks} == {policy_version(brand)}
    if platform is not None:
        own = tuple(check for check in post.compliance_checks if check.is_on(platform))
        post = wording_on(post, platform).model_copy(update={"compliance_checks": own})
    before = {check.rule: check for check in post.compliance_checks}
    judged = told if is_known else checked
    today = judged(post, brand, at=at, news=news)
    return tuple(
        check for check in today.compliance_checks if _is_worse(check, before.get(check.rule))
    )


def _brief(post: ContentPost, brand: Brand, at: datetime) -> Brief:
    """An order that gives the post every fact of the brand."""
    return Brief(
        id=post.brief_id or post.id,
        brand=brand.name,
        topic=post.topic or brand.topics[0],
        why="it is checked again",
        facts=brand.facts,
        platforms=post.platforms,
        language=post.language,
        due_at=at,
    )


def _is_worse(today: ComplianceCheck, before: ComplianceCheck | None) -> bool:
    then = () if before is None else (before,)
    if worst((today, *then)) is not worst(then):
        return True
    return not {*today.about} <= {*(before.about if before else ())}


def awaits_judge(post: ContentPost, brand: Brand) -> bool:
    """Whether the brand wants a judge, no rule stops the post, and no judge has read it yet."""
    checks = post.compliance_checks
    if brand.judge.writer is None or not checks or worst(checks) is not Verdict.PASS:
        return False
    return all(check.rule != JUDGE for check in checks)


def with_text(post: ContentPost, text: str, *, platform: Platform | None = None) -> ContentPost:
    """The post with this text and the link, hashtags and handles that stand in it.

    On every platform, so that the texts that some had of their own go; or on that `platform` alone.
    Nobody says in which form the new text is.
    """
    if platform is not None:
        others = {one: said for one, said in post.adaptations.items() if one != platform}
        own = {} if text == post.text else {platform: text}
        return post.model_copy(update={"adaptations": others | own})
    unknown = {"angle": "", "difference": "", "adaptations": {}}
    return saying(post, text).model_copy(update=unknown)


def refuse_blocked(post: ContentPost) -> None:
    """Raise PolicyError where a rule blocks the post, with what it saw and what would mend it."""
    if worst(post.compliance_checks) is not Verdict.BLOCK:
        return
    broken = [check for check in post.compliance_checks if check.verdict is Verdict.BLOCK]
    seen = "; ".join(f"{check.rule}: {check.evidence}" for check in broken)
    raise PolicyError(f"this text may not go out ({seen}); {broken[0].remedy or 'change it'}")


def _softened(check: ComplianceCheck) -> ComplianceCheck:
    if check.rule in FACTS_GATE and check.verdict is Verdict.BLOCK:
        return check.model_copy(update={"verdict": Verdict.HOLD})
    return check
