"""Drafts: what a writer gave back, made into posts that carry their verdicts."""

from collections.abc import Sequence
from hashlib import sha256
from string import ascii_lowercase

from content.adapting import Judged, sifted, texts_of
from content.likeness import is_the_same
from content.media.direction import other_picture
from content.voice import link_of
from domain.brand import Brand
from domain.compliance import Verdict
from domain.media import MediaAsset
from domain.news import Headline
from domain.posts import ContentPost, PostStatus
from domain.rules import (
    Lately,
    Said,
    Shown,
    ai_label,
    check_draft,
    check_media,
    check_wordings,
    confidence,
    rescored,
)
from domain.rules.repetition import has_same_words
from domain.text import find_handles, find_hashtags, find_links, visible
from domain.wordings import rewritten
from domain.writing import MOST_VARIANTS, Brief, Written

AI_RULE = "ai_disclosure"
REPETITION = "repeated"
OTHER = "p"
"""The letter of the variant with another picture: it comes after all that writers give back."""
OTHER_SHARE = 1 / 3
"""The share of orders with cards that get another picture where no experiment draws it."""
_LONGEST_DIFFERENCE = 120


def make_drafts(
    brief: Brief,
    written: Written,
    *,
    brand: Brand,
    recent: Sequence[str] = (),
    said: Sequence[Said] = (),
    news: Sequence[Headline] = (),
) -> tuple[ContentPost, ...]:
    """One post per variant, with its checks and quality; the same input gives the same ids.

    Where the order shows cards and another picture is tried, one more has the words of the first,
    with its verdicts, and that picture: where an experiment drew it, or else for `OTHER_SHARE` of
    the orders, by their ids.

    The link is the facts' own and never the writer's choice. `text` is complete: link and
    hashtags stand in it, and `hashtags`, `link` and `mentions` only name what stands there. It is
    adapted for platforms with other customs or more room; see `content.adapting`.
    Pairs of quotation marks are written as the language writes them.
    `recent` texts are those that a draft should not repeat: a variant in the very words of one, or
    one that says the same as another variant, is left out, but never the last. So is one that says
    what the brand's posts in `said` say within its window; where all do, a rule holds them. `news`
    are the sensitive headlines of the day. Pictures come later: see `illustrated`.
    """
    every = [_draft(brief, written, number, brand) for number in range(len(written.variants))]
    drafts = _different(every, recent) or every[:1]
    lately = Lately(said=said)
    judged = [_judged(draft, brief, brand, tuple(recent), lately, news) for draft in drafts]
    kept = [draft for draft in judged if not _is_repetition(draft)] or judged
    if len(every) < MOST_VARIANTS and kept[0].variant == every[0].variant:
        kept += _in_another_picture(kept[0], brief, brand)
    return _priced(kept, written)


def illustrated(
    post: ContentPost,
    media: tuple[MediaAsset, ...],
    *,
    brief: Brief,
    brand: Brand,
    shown_lately: Shown = (),
) -> ContentPost:
    """The next version of a draft: with its pictures, and what the rules say of them.

    Where a model made one and the country or a platform asks for it, the text names it.
    `shown_lately` holds what other posts of the brand showed within the window.
    """
    shown = post.model_copy(update={"media": media, "version": post.version + 1})
    checks = check_media(shown, brand=brand, brief=brief, shown_lately=shown_lately)
    if any(check.rule == AI_RULE and check.verdict is Verdict.BLOCK for check in checks):
        label = ai_label(shown.language)
        shown = rewritten(shown, lambda text: f"{text}\n\n{label}")
        fresh = check_draft(shown, brand=brand, brief=brief, lately=Lately(shown_lately))
        asked = {check.rule for check in fresh}
        # a judge has read it, and what was said lately was looked at, when it was written
        checks = (*fresh, *(each for each in post.compliance_checks if each.rule not in asked))
    quality = rescored(post.quality, checks) if post.quality else None
    return shown.model_copy(update={"compliance_checks": checks, "quality": quality})


def rejudged(post: ContentPost, *, brief: Brief, brand: Brand) -> ContentPost:
    """The draft as it is, with what the rules say of its pictures now that none follow."""
    checks = check_media(post, brand=brand, brief=brief)
    quality = rescored(post.quality, checks) if post.quality else None
    return post.model_copy(update={"compliance_checks": checks, "quality": quality})


def _different(drafts: Sequence[ContentPost], recent: Sequence[str]) -> list[ContentPost]:
    kept: list[ContentPost] = []
    for draft in drafts:
        said = any(has_same_words(draft.text, text) for text in recent)
        if not said and not any(is_the_same(draft, other) for other in kept):
            kept.append(draft)
    return kept


def _in_another_picture(draft: ContentPost, brief: Brief, brand: Brand) -> list[ContentPost]:
    """The same words with another picture, as a variant of its own; none where none is tried."""
    if not _is_tried(brief):
        return []
    shown_as, difference = other_picture(draft.text, brief, brand=brand)
    if shown_as is None:
        return []
    told = {"shown_as": shown_as, "difference": f"{difference}, words as in {draft.variant}"}
    return [draft.model_copy(update=told | {"id": _id(brief.id, OTHER), "variant": OTHER})]


def _is_tried(brief: Brief) -> bool:
    """Whether another picture may go out: what is never chosen need not be drawn."""
    if brief.picture:
        return brief.picture == "other"
    toss = int(sha256(f"{brief.id}:picture".encode()).hexdigest()[:8], 16)
    return toss < OTHER_SHARE * 2**32


def _is_repetition(draft: ContentPost) -> bool:
    return any(
        check.rule == REPETITION and check.verdict is not Verdict.PASS
        for check in draft.compliance_checks
    )


def _draft(brief: Brief, written: Written, number: int, brand: Brand) -> ContentPost:
    variant, letter = written.variants[number], ascii_lowercase[number]
    link = link_of(brief) if variant.with_link else None
    text, adaptations = texts_of(variant, brief, brand)
    return ContentPost(
        id=_id(brief.id, letter),
        brand=brief.brand,
        text=text,
        adaptations=adaptations,
        hashtags=tuple(span.text for span in find_hashtags(text)),
        mentions=tuple(span.text for span in find_handles(text)),
        link=link if link and link in [span.text for span in find_links(text)] else None,
        platforms=brief.platforms,
        status=PostStatus.GENERATED,
        language=brief.language,
        topic=brief.topic,
        brief_id=brief.id,
        campaign=brief.campaign,
        variant=letter,
        angle=variant.angle,
        difference=_in_words(variant.difference),
        scheduled_for=brief.due_at,
        brand_voice=brand.in_tone(brief.tone).voice,
        generated_by=f"{written.writer}/{written.model}" if written.model else written.writer,
        seed=written.seed,
        temperature=written.temperature,
        prompt_version=written.prompt_version,
    )


def _priced(drafts: Sequence[ContentPost], written: Written) -> tuple[ContentPost, ...]:
    """The drafts, each with its share of the tokens and cents of the order."""
    count = len(drafts)
    return tuple(
        draft.model_copy(
            update={
                "input_tokens": (written.input_tokens + number) // count,
                "output_tokens": (written.output_tokens + number) // count,
                "cost_cents": written.cost_cents / count,
            }
        )
        for number, draft in enumerate(drafts)
    )


def _judged(
    post: ContentPost,
    brief: Brief,
    brand: Brand,
    recent: tuple[str, ...],
    lately: Lately,
    news: Sequence[Headline],
) -> ContentPost:
    def judge(one: ContentPost) -> Judged:
        return check_wordings(
            one, brand=brand, brief=brief, media_follows=True, lately=lately, news=news
        )

    kept, checks = sifted(post, judge)
    quality = confidence(kept, checks, recent=recent)
    return kept.model_copy(update={"compliance_checks": checks, "quality": quality})


def _in_words(difference: str) -> str:
    """On one line: a model may have written it."""
    return " ".join(visible(difference).split())[:_LONGEST_DIFFERENCE]


def _id(brief_id: str, letter: str) -> str:
    return f"post-{sha256(f'{brief_id}:{letter}'.encode()).hexdigest()[:16]}"
