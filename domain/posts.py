"""A post: what is said, in which version, and how far it has come."""

from enum import StrEnum

from pydantic import Field

from domain.brand import BrandVoice
from domain.compliance import ComplianceCheck
from domain.engagement import EngagementMetrics
from domain.entity import Entity, Instant, later
from domain.media import MediaAsset
from domain.platforms import Platform
from domain.visuals import ShownAs


class PostStatus(StrEnum):
    """How far a post has come."""

    DRAFT = "draft"
    GENERATED = "generated"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    FAILED = "failed"
    ARCHIVED = "archived"


class QualityScore(Entity):
    """How good a draft is; each part and the whole lie in 0..1.

    `overall` ranks drafts and is no probability. `accepted` is one: the share of drafts with such a
    score that people let go unchanged, from so many `decisions` about the brand's own drafts and
    `lent` ones about those of others; None as long as these are few.
    """

    overall: float = Field(ge=0, le=1)
    voice: float = Field(ge=0, le=1)
    novelty: float = Field(ge=0, le=1)
    readability: float = Field(ge=0, le=1)
    accepted: float | None = Field(default=None, ge=0, le=1)
    decisions: int = Field(default=0, ge=0)
    lent: int = later(0, ge=0)


class ContentPost(Entity):
    """One post in one version. An edit makes a new version; nothing is overwritten.

    `angle` is the form that its text really has, whatever was ordered, and `difference` in what it
    differs from the other variants of its order; both are empty where a person wrote the text.
    `seed` and `temperature` are those that its writer drew with; None where it took none.
    `shown_as` says which of its pictures it has, where the brand has two for these words: the usual
    one, all in `words`, or in the colour of the `accent`.
    `text` fits every platform, and stands wherever `adaptations` has none of that platform's own.
    `prompt_version` is the wording of the order that it was given. Tokens and `cost_cents` (US
    cents) are this draft's share of what its order took: the drafts of an order add up to it.
    """

    id: str
    version: int = Field(default=1, ge=1)
    brand: str
    text: str
    adaptations: dict[Platform, str] = later({})
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    link: str | None = None
    media: tuple[MediaAsset, ...] = ()
    platforms: tuple[Platform, ...]
    status: PostStatus = PostStatus.DRAFT
    language: str = "en"
    topic: str | None = None
    brief_id: str | None = None
    variant: str = "a"
    angle: str = ""
    difference: str = ""
    shown_as: ShownAs = later("")
    scheduled_for: Instant | None = None
    published_at: Instant | None = None
    brand_voice: BrandVoice
    compliance_checks: tuple[ComplianceCheck, ...] = ()
    quality: QualityScore | None = None
    campaign: str | None = None
    generated_by: str
    seed: int | None = None
    temperature: float | None = None
    prompt_version: str = ""
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cost_cents: float = Field(default=0, ge=0)
    metrics: EngagementMetrics | None = None

    def text_for(self, platform: Platform) -> str:
        """What it says on a platform."""
        return self.adaptations.get(platform, self.text)
