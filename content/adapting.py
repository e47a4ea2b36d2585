"""One post on several platforms: the same matter, in the text that each of them is used to."""

from collections.abc import Callable
from functools import cache

from content.customs import common_ground, is_roomy
from content.voice import assemble, clean_hashtags, fits, link_of, with_duties
from domain.brand import Brand
from domain.compliance import ComplianceCheck, Verdict, merged, worst
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.quotation import mend_quotation
from domain.writing import Brief, WrittenVariant

LEFT_OUT = "adaptations"
"""The check that tells which platforms have the main text because theirs was stopped."""
Judged = list[tuple[ContentPost, tuple[ComplianceCheck, ...]]]
"""Each text of a post with its checks, the main text first."""


def texts_of(
    variant: WrittenVariant, brief: Brief, brand: Brand
) -> tuple[str, dict[Platform, str]]:
    """The complete main text, which fits every platform, and those that differ, by platform.

    The link is the brief's own, hashtags are as many as is the custom, and what the brand owes
    (labels, required words) stands in each of them.
    """
    link = link_of(brief) if variant.with_link else None
    tags = clean_hashtags(variant.hashtags, brand=brand)
    is_paid = brand.is_paid_for(brief.campaign)

    @cache
    def body_of(said: str) -> str:
        body = mend_quotation(said.strip(), language=brief.language)
        return with_duties(body, brand=brand, is_paid=is_paid)

    def complete(
        said: str, platforms: tuple[Platform, ...], ground: tuple[Platform, ...] = ()
    ) -> str:
        return assemble(body_of(said), link=link, hashtags=tags, platforms=platforms, ground=ground)

    ground = common_ground(brief.platforms)
    main = complete(variant.text, brief.platforms, ground)
    others = [each for each in brief.platforms if is_roomy(each)]
    own = {each: complete(variant.texts.get(each, variant.text), (each,)) for each in others}
    if all(own.get(each, main) != main for each in brief.platforms):
        # nobody gets it: another one that fits everywhere can stand in its place
        main = next((text for text in own.values() if fits(text, brief.platforms)), main)
    return main, {each: text for each, text in own.items() if text != main}


def sifted(
    post: ContentPost, judge: Callable[[ContentPost], Judged]
) -> tuple[ContentPost, tuple[ComplianceCheck, ...]]:
    """The post without adaptations that a rule stops where its main text goes, and its checks.

    Their platforms get the main text, and a passing check says so.
    """
    judged = judge(post)
    allowed = _sternness(judged[0][1])
    if all(_sternness(checks) <= allowed for _, checks in judged):
        return post, _merged(judged)
    stopped = [
        (alone, checks)
        for one, found in judged[1:]
        if _sternness(found) > allowed
        for platform in one.platforms
        for alone, checks in judge(one.model_copy(update={"platforms": (platform,)}))
        if _sternness(checks) > allowed
    ]
    gone = {platform for one, _ in stopped for platform in one.platforms}
    kept = {each: text for each, text in post.adaptations.items() if each not in gone}
    bare = post.model_copy(update={"adaptations": kept})
    return bare, (*_merged(judge(bare)), _told(stopped))


def _merged(judged: Judged) -> tuple[ComplianceCheck, ...]:
    return merged([(one.platforms, checks) for one, checks in judged])


def _sternness(checks: tuple[ComplianceCheck, ...]) -> int:
    return (Verdict.PASS, Verdict.HOLD, Verdict.BLOCK).index(worst(checks))


def _told(stopped: Judged) -> ComplianceCheck:
    said = [
        f"{', '.join(one.platforms)} ({check.rule}: {check.evidence})"
        for one, checks in stopped
        for check in checks
        if check.verdict in (Verdict.HOLD, Verdict.BLOCK)
    ]
    version = stopped[0][1][0].policy_version
    evidence = f"the main text stands for {'; '.join(said)}"
    return ComplianceCheck(
        rule=LEFT_OUT, verdict=Verdict.PASS, evidence=evidence, policy_version=version
    )
