"""One post on several platforms: the same matter, in the text that each of them is used to."""

from collections.abc import Callable

from content.customs import common_ground, is_roomy
from content.voice import assemble, clean_hashtags, link_of, with_duties
from domain.brand import Brand
from domain.compliance import ComplianceCheck, Verdict, worst
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.quotation import mend_quotation
from domain.wordings import wordings
from domain.writing import Brief, WrittenVariant

LEFT_OUT = "adaptations"
"""The check that tells which platforms have the main text because theirs was stopped."""
Judge = Callable[[ContentPost], tuple[ComplianceCheck, ...]]


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

    def complete(
        said: str, platforms: tuple[Platform, ...], ground: tuple[Platform, ...] = ()
    ) -> str:
        body = mend_quotation(said.strip(), language=brief.language)
        body = with_duties(body, brand=brand, is_paid=is_paid)
        return assemble(body, link=link, hashtags=tags, platforms=platforms, ground=ground)

    ground = common_ground(brief.platforms)
    main = complete(variant.text, brief.platforms, ground)
    others = [each for each in brief.platforms if is_roomy(each)]
    own = {each: complete(variant.texts.get(each, variant.text), (each,)) for each in others}
    return main, {each: text for each, text in own.items() if text != main}


def sifted(post: ContentPost, judge: Judge) -> tuple[ContentPost, tuple[ComplianceCheck, ...]]:
    """The post without adaptations that a rule stops where its main text goes, and its checks.

    Their platforms get the main text, and a passing check says so.
    """
    checks = judge(post)
    if not post.adaptations or worst(checks) is Verdict.PASS:
        return post, checks
    judged = [(one, judge(one)) for one in wordings(post)]
    allowed = _sternness(judged[0][1])
    stopped = [(one, found) for one, found in judged[1:] if _sternness(found) > allowed]
    if not stopped:
        return post, checks
    gone = {platform for one, _ in stopped for platform in one.platforms}
    kept = {each: text for each, text in post.adaptations.items() if each not in gone}
    bare = post.model_copy(update={"adaptations": kept})
    return bare, (*judge(bare), _told(stopped))


def _sternness(checks: tuple[ComplianceCheck, ...]) -> int:
    return (Verdict.PASS, Verdict.HOLD, Verdict.BLOCK).index(worst(checks))


def _told(stopped: list[tuple[ContentPost, tuple[ComplianceCheck, ...]]]) -> ComplianceCheck:
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
