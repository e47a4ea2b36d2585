"""The easel: what is drawn, filmed or painted for one draft, and what it falls back to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from content.drafts import illustrated
from content.media.direction import storyboard_of, visual_of
from content.media.painting import Painter
from content.media.pictures import Studio
from domain.brand import Brand
from domain.compliance import Verdict, worst
from domain.errors import InputError, PolicyError, WriterError
from domain.media import MediaAsset
from domain.media_limits import JPEG, MP4
from domain.platforms import Platform
from domain.plugins import media_limit, text_limit
from domain.posts import ContentPost
from domain.visuals import VisualBrief
from domain.writing import Brief
from planning.slots import seed_of

REELS = (Platform.INSTAGRAM,)
"""Where a clip stands beside pictures; which of them a post gets is drawn and logged."""
CLIPS = (Platform.TIKTOK,)
"""Where a clip is what people come for."""
SHARE_OF_REELS = 1 / 3
Media = tuple[MediaAsset, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft with what was made for it; `trouble` says what was not, and why."""

    post: ContentPost
    media: Media = ()
    trouble: str = ""


@dataclass
class Easel:
    """Everything that one brand's drafts need to be seen.

    `painted` is what a model made before, by order: the variants of an order share it, so that it
    is paid once.
    """

    brand: Brand
    studio: Studio
    painter: Painter | None = None
    painted: Mapping[str | None, Media] = field(default_factory=dict)
    _paid: dict[str, MediaAsset | None] = field(default_factory=dict)

    def show(self, post: ContentPost, brief: Brief) -> Shown:
        """The clip where one is wanted, pictures elsewhere; pictures too where no clip came."""
        clips = [p for p in post.platforms if _takes(p, MP4) and (p in CLIPS or is_reel(brief, p))]
        filmed: Media = ()
        trouble: list[str] = []
        try:
            filmed = self._filmed(post, brief, clips)
        except InputError as exc:
            trouble.append(f"no clip: {exc}")
            clips = []
        still = [p for p in post.platforms if p not in clips and _takes(p, JPEG)]
        painting = self._painting(post, brief, still, trouble)
        if painting is not None:
            whole = (painting, *filmed)
            seen = illustrated(post, whole, brief=brief, brand=self.brand)
            if worst(seen.compliance_checks) is not Verdict.BLOCK:
                return Shown(post, whole, "; ".join(trouble))
            trouble.append("no painting: with its label the post breaks a rule")
        try:
            drawn = self._drawn(post, brief, still)
        except InputError as exc:
            return Shown(post, trouble="; ".join([*trouble, str(exc)]))
        return Shown(post, (*drawn, *filmed), "; ".join(trouble))

    def _filmed(self, post: ContentPost, brief: Brief, clips: Sequence[Platform]) -> Media:
        if not clips:
            return ()
        board = storyboard_of(
            brief.facts, brand=self.brand, language=post.language, topic=brief.topic
        )
        return (self.studio.clip(board, clips),)

    def _drawn(self, post: ContentPost, brief: Brief, still: Sequence[Platform]) -> Media:
        topic = post.topic or brief.topic
        visual = visual_of(post.text, brief.facts, language=post.language, topic=topic)
        if not still or not self._is_worth_it(visual, post):
            return ()
        return self.studio.pictures(visual, still)

    def _is_worth_it(self, visual: VisualBrief, post: ContentPost) -> bool:
        """Where a platform cannot do without; where the brand likes it, also where a figure is."""
        if _is_needed(post):
            return True
        telling = any(slide.kind in ("figure", "chart") for slide in visual.slides)
        return telling and self.brand.pictures == "where_telling"

    def _painting(
        self, post: ContentPost, brief: Brief, still: Sequence[Platform], trouble: list[str]
    ) -> MediaAsset | None:
        """The order's painted picture, made now or before; None where cards or words must do."""
        look = self.brand.look
        if self.painter is None or look is None or not look.painting:
            return None
        if not still or not (_is_needed(post) or self.brand.pictures == "where_telling"):
            return None
        if brief.id not in self._paid:
            self._paid[brief.id] = self._painted_before(brief) or self._paint(brief, still, trouble)
        return self._paid[brief.id]

    def _painted_before(self, brief: Brief) -> MediaAsset | None:
        before = self.painted.get(brief.id, ())
        return next((asset for asset in before if asset.prompt_sha256 is not None), None)

    def _paint(
        self, brief: Brief, still: Sequence[Platform], trouble: list[str]
    ) -> MediaAsset | None:
        if self.painter is None:
            return None
        try:
            made, order = self.painter.paint(
                brief.facts[0], brand=self.brand, seed=seed_of(brief.id)
            )
            alt = f"{brief.topic[:1].upper()}{brief.topic[1:]}: {brief.facts[0].text}"
            return self.studio.painting(made, still, alt=alt, prompt_sha256=order)
        except (WriterError, PolicyError, InputError) as exc:
            trouble.append(f"no painting: {exc}")
            return None


def is_reel(brief: Brief, platform: Platform) -> bool:
    """Whether a platform of the order that takes both gets a clip in place of pictures."""
    # a draw that can be repeated is wanted, not a secret
    return platform in REELS and Random(seed_of(brief.id)).random() < SHARE_OF_REELS  # noqa: S311


def _is_needed(post: ContentPost) -> bool:
    return any(not text_limit(platform).text_only for platform in post.platforms)


def _takes(platform: Platform, mime_type: str) -> bool:
    limit = media_limit(platform)
    return limit.pictures > 0 and mime_type in limit.of(mime_type).formats
