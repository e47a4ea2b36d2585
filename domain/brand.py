"""The brand file: who a brand is, what it may say, where, when and for how much."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    model_validator,
)

from domain.campaigns import Campaign
from domain.duties import Duty, complaint_about
from domain.entity import Entity
from domain.judging import Judging
from domain.languages import LANGUAGES
from domain.look import Look
from domain.news import NewsWatch
from domain.options import checked_options
from domain.platforms import Platform
from domain.posting import Misfire as Misfire
from domain.posting import Posting as Posting
from domain.posting import Stretch
from domain.posting import Window as Window
from domain.risk import Autonomy as Autonomy
from domain.risk import ByRisk, Risk, checked_autonomy
from domain.week import WEEKDAYS as WEEKDAYS


@cache
def _zones() -> frozenset[str]:
    # it walks through all files of the zone data base at every call
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"{name!r} is not an IANA time zone; write one like Europe/Berlin")
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


def _known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"{code!r} is no ISO 639-1 code; write two letters such as de, en or fr")
    return code


def _with_a_letter(topic: str) -> str:
    if not any(sign.isalpha() for sign in topic):
        raise ValueError(f"{topic!r} has no letter; name what it is about, or remove it")
    return topic


Topic = Annotated[str, AfterValidator(_with_a_letter)]


class Tone(StrEnum):
    """How a brand sounds."""

    PROFESSIONAL = "professional"
    CASUAL = "casual"
    HUMOROUS = "humorous"
    EDUCATIONAL = "educational"


class Strategy(StrEnum):
    """Which hosted writer is asked first.

    `listed`: as the settings list them. `cheapest`: by what a brief cost, `fastest`: by how long it
    took, `best-quality`: by how many drafts no rule stopped; each as measured, in that language.
    """

    LISTED = "listed"
    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    BEST_QUALITY = "best-quality"


Reading = Literal["easy", "plain", "demanding"]


class BrandVoice(Entity):
    """How the brand writes.

    `tones` are those that the plan may choose among for each post, by what each brought; `tone` is
    the one where nothing is chosen: the first of them where it is not given. `reading` is how
    easily its texts are to be read; `unlike` are texts as it would never write them. In another
    `language` than German and English, of which rules read only a part, drafts wait for a person,
    or go by the rules that do read it: `unread`.
    """

    tone: Tone = Tone.PROFESSIONAL
    tones: tuple[Tone, ...] = ()
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    unread: Literal["wait", "rules"] = "wait"
    emojis: bool = False
    max_hashtags: int = Field(default=2, ge=0, le=10)
    formal_address: bool = False
    examples: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    reading: Reading = "plain"

    @model_validator(mode="after")
    def _the_first_tone_is_the_usual_one(self) -> Self:
        if self.tones and "tone" not in self.model_fields_set:
            object.__setattr__(self, "tone", self.tones[0])  # it is frozen only from here on
        return self


class Fact(Entity):
    """One thing that is true of the brand and may be said.

    `text` is a full sentence in the brand's language; numbers, prices, dates, names and links
    in it are the only ones a post about it may contain.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    topic: str
    text: str = Field(min_length=3, max_length=1000)
    link: str | None = Field(default=None, pattern=r"^https://")


class Visibility(StrEnum):
    """Who may see what is posted, as far as a platform knows the difference."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    PRIVATE = "private"


def _options(given: Any, info: ValidationInfo) -> dict[str, Any]:
    # an account whose platform is wrong is refused for that
    platform = info.data.get("platform")
    return checked_options(platform, given) if platform is not None else {}


class Account(Entity):
    """One account of the brand on one platform.

    `user_id` is the platform's own name of it where the handle is not enough: the id of a Page or
    of an Instagram user, the URN of a LinkedIn organisation or person. `api_version` stands in for
    the version that Amsel would ask for, on platforms that retire theirs. `ask_each_post` has each
    recent post asked for its comments even where one request tells of all of them. `per_hour` caps
    what goes out in its name within any hour; `in_flight` is how many of its posts may be sent at
    a time: with more than one they may come out in another order. `options` set what the platform's
    documents leave open (`domain.options`).
    """

    platform: Platform
    handle: str = Field(min_length=1)
    user_id: str | None = Field(default=None, min_length=1)
    visibility: Visibility = Visibility.PUBLIC
    time_zone: Zone
    base_url: str | None = Field(default=None, pattern=r"^https?://")
    api_version: str | None = Field(default=None, pattern=r"^v?[0-9.]+$")
    ask_each_post: bool = False
    token_env: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    daily_cap: int = Field(default=4, ge=0, le=10_000)
    per_hour: int | None = Field(default=None, ge=1, le=1000)
    in_flight: int = Field(default=1, ge=1, le=16)
    options: Annotated[dict[str, Any], PlainValidator(_options)] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        """The account's name across all stores: `platform:handle`."""
        return f"{self.platform}:{self.handle}"


class Disclosure(Entity):
    """When a post must say that it is advertising: any trigger word demands one of the labels."""

    when: tuple[str, ...] = Field(min_length=1)
    labels: tuple[str, ...] = Field(min_length=1)


class Work(Entity):
    """A picture that no post may look like; `amsel rules likeness FILE` tells its hash."""

    title: str = Field(min_length=1)
    likeness: str = Field(pattern=r"^[0-9a-f]{64}$")


class Terms(Entity):
    """Words that must not or must be there, and works of others that are not copied.

    `ai_label` says when a post must name what a model made: pictures and clips where the country
    or the platform asks for it, or `always`, texts written by a model included.
    """

    banned: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()
    works: tuple[Work, ...] = ()
    ai_label: Literal["where_required", "always"] = "where_required"


class ReplyPolicy(Entity):
    """What may be answered without a person, and how often.

    Complaints and crises wait for a person whatever stands in `escalate`.
    """

    answer: tuple[Literal["question", "praise", "other"], ...] = ("question", "praise")
    escalate: tuple[
        Literal["complaint", "crisis", "question", "praise", "other", "spam", "abuse"], ...
    ] = ("complaint", "crisis")
    min_confidence: float = Field(default=0.75, ge=0, le=1)
    max_per_person_per_day: int = Field(default=2, ge=0)
    max_per_thread: int = Field(default=3, ge=0)


class ApprovalRule(Entity):
    """How long a draft waits for a person, and who may let it go out.

    It waits for `expires_after` (`48h`, `3d`) from the moment it was held, and with
    `expires_with_slot` at most until the last instant that was meant for it; then it is put away
    for good. With `by_another` nobody approves a text that they wrote or edited themselves.
    """

    expires_after: Stretch | None = Field(default=None, gt=timedelta(0), le=timedelta(days=366))
    expires_with_slot: bool = True
    by_another: bool = False


class Batching(Entity):
    """Which orders may wait for a batch, at half the price; none by default: the key `batch`.

    Orders that are due in `when_due_in` (`36h`, `2d`) or later are handed to the writer in one
    batch. What has not come `until_before` the post is due is written at once.
    """

    when_due_in: Stretch | None = Field(default=None, gt=timedelta(0), le=timedelta(days=14))
    until_before: Stretch = Field(
        default=timedelta(hours=6), ge=timedelta(0), le=timedelta(days=13)
    )


class Budget(Entity):
    """Money: what the brand may spend on writers and billed calls, in whole cents.

    `eur_per_usd` converts what writers, makers and platforms charge in dollars for a budget in
    euros; `domain.prices` has the default.
    """

    currency: Literal["EUR", "USD"] = "USD"
    monthly_cents: int = Field(default=0, ge=0)
    eur_per_usd: float | None = Field(default=None, gt=0)


Factor = Literal["angle", "picture"]
"""What a brand's experiment varies: how its posts open, or what their cards show."""


class Brand(Entity):
    """Everything Amsel knows about one brand: the whole of a file in `brands/`.

    `pictures` says which posts get one that could do without: none, those with a figure to see, or
    as many as pay, tried in turns. `paid_partnership` says that somebody else pays for every post.
    `before_calibration` says what `guarded` does with what passes every check as long as too few
    decisions of people tell how sure it is: it waits, or it is published by the rules alone.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,40}$")
    title: str
    about: str = Field(min_length=10)
    voice: BrandVoice = BrandVoice()
    country: str = Field(default="DE", pattern=r"^[A-Z]{2}$")
    facts: tuple[Fact, ...] = Field(min_length=1)
    topics: tuple[Topic, ...] = Field(min_length=1)
    keywords: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = Field(min_length=1)
    posting: Posting
    campaigns: tuple[Campaign, ...] = ()
    duties: tuple[Duty, ...] = ()
    paid_partnership: bool = False
    terms: Terms = Terms()
    news: NewsWatch = NewsWatch()
    judge: Judging = Judging()
    approval: ApprovalRule = ApprovalRule()
    replies: ReplyPolicy = ReplyPolicy()
    batch: Batching = Batching()
    budget: Budget = Budget()
    look: Look | None = None
    pictures: Literal["where_needed", "where_telling", "where_better"] = "where_better"
    experiment: Factor = "angle"
    strategy: Strategy = Strategy.LISTED
    autonomy: Annotated[ByRisk | Autonomy, BeforeValidator(checked_autonomy)] = Autonomy.GUARDED
    before_calibration: Literal["wait", "publish"] = "wait"
    min_confidence: float = Field(default=0.6, ge=0, le=1)

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        if (at := _repeated([fact.id for fact in self.facts])) is not None:
            twice = self.facts[at].id
            raise ValueError(f"facts.{at}.id: {twice!r} is used twice; give each fact its own id")
        for at, fact in enumerate(self.facts):
            if fact.topic not in self.topics:
                raise ValueError(f"facts.{at}.topic: {fact.topic!r} is not in topics; add it there")
        if (at := _repeated([account.id for account in self.accounts])) is not None:
            raise ValueError(
                f"accounts.{at}.handle: the same platform and handle stand twice; remove one"
            )
        wanted, there = self.posting.platforms_per_post, {one.platform for one in self.accounts}
        if wanted is not None and wanted > len(there):
            raise ValueError(
                f"posting.platforms_per_post: {wanted} are wanted and the accounts are on "
                f"{len(there)}; lower it, or leave it out for all of them"
            )
        return self

    @model_validator(mode="after")
    def _its_tone_is_one_of_its_tones(self) -> Self:
        tone, tones = self.voice.tone, self.voice.tones
        if (at := _repeated(tones)) is not None:
            raise ValueError(f"voice.tones.{at}: {str(tones[at])!r} stands twice; remove one")
        if tones and tone not in tones:
            raise ValueError(f"voice.tone: {str(tone)!r} is not in tones; add it there or leave it")
        return self

    @model_validator(mode="after")
    def _campaigns_have_something_to_say(self) -> Self:
        if (at := _repeated([campaign.id for campaign in self.campaigns])) is not None:
            twice = self.campaigns[at].id
            raise ValueError(f"campaigns.{at}.id: {twice!r} is used twice; give each its own id")
        told = {fact.topic for fact in self.facts}
        for at, campaign in enumerate(self.campaigns):
            if silent := [topic for topic in campaign.topics if topic not in told]:
                raise ValueError(
                    f"campaigns.{at}.topics: no fact is about {silent[0]!r}; add a fact or mend it"
                )
        return self

    @model_validator(mode="after")
    def _duties_can_be_met(self) -> Self:
        posting = self.posting.posts_per_day
        found = complaint_about(
            self.duties,
            told=[(fact.id, fact.topic) for fact in self.facts],
            caps=[(one.platform, min(one.daily_cap, posting)) for one in self.accounts],
        )
        if found is not None:
            raise ValueError(found)
        return self

    def autonomy_at(self, risk: Risk) -> Autonomy:
        """How much goes out without a person of what has that risk."""
        return self.autonomy if isinstance(self.autonomy, Autonomy) else self.autonomy.at(risk)

    def is_paid_for(self, campaign: str | None) -> bool:
        """Whether somebody else pays for posts of that campaign, or for all of them."""
        paid = {each.id for each in self.campaigns if each.paid_partnership}
        return self.paid_partnership or campaign in paid

    def in_tone(self, tone: Tone | None) -> Self:
        """The brand as it sounds in a post of that tone; as usual where none was chosen."""
        voice = self.voice.model_copy(update={"tone": tone or self.voice.tone})
        return self if voice == self.voice else self.model_copy(update={"voice": voice})

    def account(self, account_id: str) -> Account:
        """The account of that id; raises KeyError where the brand has none such."""
        return {account.id: account for account in self.accounts}[account_id]

    def duty(self, duty_id: str | None) -> Duty | None:
        """The duty of that id; None where the brand has none such any more."""
        return next((duty for duty in self.duties if duty.id == duty_id), None)

    def fact(self, fact_id: str) -> Fact:
        """The fact of that id; raises KeyError where the brand has none such."""
        return {fact.id: fact for fact in self.facts}[fact_id]


def _repeated(names: Sequence[str]) -> int | None:
    """Where the first name stands that stood before; None where each stands once."""
    return next((at for at, name in enumerate(names) if name in names[:at]), None)


def zone_of(account: Account) -> ZoneInfo:
    """The time zone of an account's audience."""
    return ZoneInfo(account.time_zone)
