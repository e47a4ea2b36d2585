"""The easel: what is drawn, filmed or painted for one draft, and what it falls back to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from content.drafts import illustrated
from content.media.direction import storyboard_of, visual_of
from content.media.pictures import Studio, is_upright
from domain.allowances import allowances
from domain.brand import Brand
from domain.commissions import CommissionState, Kind
from domain.compliance import Verdict
from domain.errors import InputError, PolicyError, WriterError
from domain.media import MediaAsset
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.preflight import media_refusals
from domain.visuals import VisualBrief
from domain.writing import Brief
from planning.commissioning import Atelier
from planning.formats import clip_platforms, is_needed, is_wished, picture_platforms

Media = tuple[MediaAsset, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft with what was made for it; `trouble` says what was not, and why.

    `waits` says that nothing is shown yet, since a model still works on it.
    """

    post: ContentPost
    media: Media = ()
    trouble: str = ""
    waits: bool = False


class AtWork(Exception):
    """A model still works on what the post should show."""


@dataclass
class Easel:
    """Everything that one brand's drafts need to be seen.

    `atelier` has what models of others make: the variants of an order share it, so that it is paid
    once.
    """

    brand: Brand
    studio: Studio
    atelier: Atelier | None = None
    _shared: dict[str, MediaAsset | str] = field(default_factory=dict)

    def show(self, post: ContentPost, brief: Brief) -> Shown:
        """The clip where one is wanted, pictures elsewhere; pictures too where no clip came.

        Where words alone were drawn for a platform it gets neither.
        """
        try:
            return self._shown(post, brief)
        except AtWork as exc:
            return Shown(post, trouble=str(exc), waits=True)

    def _shown(self, post: ContentPost, brief: Brief) -> Shown:
        trouble: list[str] = []
        filmed = self._clip(post, brief, clip_platforms(brief, post.platforms), trouble)
        watched = {platform for asset in filmed for platform in asset.platforms}
        still = picture_platforms(brief, post.platforms, watched=watched)
        painting = self._painting(post, brief, still, trouble)
        if painting is not None:
            return Shown(post, (painting, *filmed), "; ".join(trouble))
        try:
            drawn = self._drawn(post, brief, still)
        except InputError as exc:
            return Shown(post, trouble="; ".join([*trouble, str(exc)]))
        return Shown(post, (*drawn, *filmed), "; ".join(trouble))

    def _may_be_named(
        self, post: ContentPost, brief: Brief, kind: Kind, where: Sequence[Platform]
    ) -> bool:
        """Whether the text still passes with the label that a model's work gets.

        Asked before the work is ordered. What other pictures are lacking is no matter of the text.
        """
        seen = illustrated(post, (_stand_in(kind, where),), brief=brief, brand=self.brand)
        broken = [c.rule for c in seen.compliance_checks if c.verdict is Verdict.BLOCK]
        return set(broken) <= {"media_where_needed", "media_fits"}

    def _clip(
        self, post: ContentPost, brief: Brief, clips: Sequence[Platform], trouble: list[str]
    ) -> Media:
        """A model's clip where upright ones are watched, our own elsewhere, if they are taken."""
        upright = [platform for platform in clips if is_upright(platform)]
        footage = self._ordered(post, brief, "clip", upright, trouble) if upright else None
        rest = [platform for platform in clips if platform not in upright] if footage else clips
        made = (*((footage,) if footage else ()), *self._filmed(post, brief, rest, trouble))
        return tuple(kept for one in made if (kept := self._where_taken(one, trouble)) is not None)

    def _where_taken(self, clip: MediaAsset, trouble: list[str]) -> MediaAsset | None:
        """The clip for those platforms that take it as it is; None where none does."""
        taken = []
        for platform in clip.platforms:
            limits = allowances(self.brand.accounts, platform)
            files = (clip.attachment(platform),)
            refused = [
                r for one in limits for r in media_refusals(platform, files, limit=one.media)
            ]
            if refused:
                trouble.append(f"no clip on {platform}: {refused[0].evidence}")
            else:
                taken.append(platform)
        return clip.model_copy(update={"platforms": tuple(taken)}) if taken else None

    def _filmed(
        self, post: ContentPost, brief: Brief, clips: Sequence[Platform], trouble: list[str]
    ) -> Media:
        if not clips:
            return ()
        board = storyboard_of(
            brief.facts, brand=self.brand, language=post.language, topic=brief.topic
        )
        try:
            return (self.studio.clip(board, clips),)
        except InputError as exc:
            trouble.append(f"no clip: {exc}")
            return ()

    def _drawn(self, post: ContentPost, brief: Brief, still: Sequence[Platform]) -> Media:
        paged = [platform for platform in still if brief.formats.get(platform) == "carousel"]
        visual = self._visual(post, brief)
        if not still or not self._is_worth_it(visual, post, brief):
            return ()
        pages = self._visual(post, brief, paged=True) if paged else visual
        return self.studio.cards(visual, still, pages=pages, paged=paged)

    def _visual(self, post: ContentPost, brief: Brief, *, paged: bool = False) -> VisualBrief:
        topic = post.topic or brief.topic
        return visual_of(
            post.text, brief.facts, language=post.language, topic=topic, paged=paged,
            shown_as=post.shown_as,
        )  # fmt: skip

    def _is_worth_it(self, visual: VisualBrief, post: ContentPost, brief: Brief) -> bool:
        """Where a platform cannot do without, where a figure is, or where the plan has drawn it."""
        if is_needed(post.platforms):
            return True
        telling = any(slide.kind in ("figure", "chart") for slide in visual.slides)
        wished = is_wished(brief, self.brand)
        return wished and (telling or self.brand.pictures == "where_better")

    def _painting(
        self, post: ContentPost, brief: Brief, still: Sequence[Platform], trouble: list[str]
    ) -> MediaAsset | None:
        """The order's painted picture, made now or before; None where cards or words must do."""
        if not still or not (is_needed(post.platforms) or is_wished(brief, self.brand)):
            return None
        return self._ordered(post, brief, "picture", still, trouble)

    def _ordered(
        self,
        post: ContentPost,
        brief: Brief,
        kind: Kind,
        where: Sequence[Platform],
        trouble: list[str],
    ) -> MediaAsset | None:
        """What a model made for the order; None where none was asked, or nothing came of it.

        Raises:
            AtWork: it is still being made, and there is time to wait.
        """
        if self.atelier is None or not self.atelier.is_wanted(kind, self.brand):
            return None
        if "makers" in brief.without:
            trouble.append(f"no {kind} of a model: the money does not cover it")
            return None
        if not self._may_be_named(post, brief, kind, where):
            trouble.append(f"no {kind} of a model: with its label the post breaks a rule")
            return None
        key = f"{brief.id}:{kind}"
        if key not in self._shared:
            try:
                self._shared[key] = self._commissioned(self.atelier, brief, kind, where)
            except (WriterError, PolicyError, InputError) as exc:
                self._shared[key] = f"no {kind} of a model: {exc}"
        found = self._shared[key]
        if isinstance(found, str):
            trouble += [found] if found else []
            return None
        return found

    def _commissioned(
        self, atelier: Atelier, brief: Brief, kind: Kind, where: Sequence[Platform]
    ) -> MediaAsset | str:
        """What was made, or in words why there is nothing (empty: nothing was wanted)."""
        ask = atelier.picture if kind == "picture" else atelier.clip
        one = ask(brief, self.brand)
        if one is None:
            return ""
        if atelier.awaits(one):
            raise AtWork(f"the {kind} is being made by {one.maker}")
        if one.state is not CommissionState.MADE:
            return f"no {kind} of a model: {one.reason or 'it is not ready in time'}"
        made, alt = atelier.content(one), f"{_upper(brief.topic)}: {brief.facts[0].text}"
        order = sha256(one.prompt.encode()).hexdigest()
        develop = self.studio.painting if kind == "picture" else self.studio.footage
        return develop(made, where, alt=alt, prompt_sha256=order)


def _stand_in(kind: Kind, where: Sequence[Platform]) -> MediaAsset:
    """What a model would make, as far as rules on texts look at it."""
    return MediaAsset(
        id="ordered",
        kind="image" if kind == "picture" else "video",
        sha256="0" * 64,
        mime_type="image/jpeg" if kind == "picture" else "video/mp4",
        bytes=1,
        width=1080,
        height=1350 if kind == "picture" else 1920,
        alt_text="what the fact says",
        made_by="model",
        platforms=tuple(where),
        prompt_sha256="0" * 64,
    )


def _upper(topic: str) -> str:
    return topic[:1].upper() + topic[1:]
