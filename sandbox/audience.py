"""The planted truths: who is out there, when they are awake and what they like."""

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from random import Random
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    ValidationError,
    field_validator,
    model_validator,
)

from domain.errors import ConfigError
from domain.platforms import Platform

Language = Literal["de", "en"]
Category = Literal["question", "praise", "complaint", "spam", "abuse", "off_topic", "injection"]
Days = Literal["weekday", "weekend", "all"]
DAYS: dict[str, tuple[int, ...]] = {
    "weekday": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
    "all": (0, 1, 2, 3, 4, 5, 6),
}


class Truth(BaseModel):
    """A part of the audience file; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ValueError(f"{name!r} is no IANA time zone: write one such as Europe/Berlin") from exc
    return name


class Peak(Truth):
    """One hill (or, below zero, one hollow) of activity in the audience's own week.

    `hour` is a local hour of the day, `width` the standard deviation in hours, `height` what it
    adds to the logarithm of engagement at its top.
    """

    days: Days
    hour: float = Field(ge=0, lt=24)
    width: float = Field(gt=0, le=8)
    height: float = Field(ge=-4, le=4)


class Saturation(Truth):
    """Posts closer than `hours` take up to `strength` (log) from each other, linearly."""

    hours: PositiveFloat = 3.0
    strength: float = Field(default=0.5, ge=0)


class Shock(Truth):
    """Something that happens to everybody who follows: `effect` (log) for so many days.

    `on_day` counts from `starts_at`, 0 is the first day; a day below zero lies in the past.
    """

    on_day: int
    days: int = Field(ge=1)
    effect: float = Field(ge=-6, le=6)


class Move(Truth):
    """From that day on the audience lives by the clocks of another zone."""

    on_day: int
    timezone: str

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        return _known_zone(name)


class Form(Truth):
    """What a form is worth, as a factor on engagement; 1 is nothing."""

    question: PositiveFloat = 1.0
    number: PositiveFloat = 1.0
    emoji: PositiveFloat = 1.0
    hashtag: PositiveFloat = 1.0
    link: PositiveFloat = 1.0
    media: PositiveFloat = 1.0
    per_100_characters: PositiveFloat = 1.0


class Topic(Truth):
    """What a brand talks about: words that betray it, past posts, questions people ask."""

    keywords: list[str] = Field(min_length=1)
    history_texts: list[str] = Field(min_length=1)
    questions: dict[Language, list[str]] = {}


class Brand(Truth):
    """One brand: how its person posted by hand. `slots` fill the {names} in its past texts."""

    name: str
    display_name: str
    language: Language
    fixed_hours: list[time] = Field(min_length=1)
    weekend_posts: int = Field(default=1, ge=0)
    other_hours_share: float = Field(default=0.25, ge=0, le=1)
    awake: tuple[int, int] = (7, 23)
    topics: dict[str, Topic] = Field(min_length=1)
    slots: dict[str, list[str]] = {}

    @model_validator(mode="after")
    def _texts_have_their_slots(self) -> Self:
        for name, topic in self.topics.items():
            for text in topic.history_texts:
                try:
                    text.format(**dict.fromkeys(self.slots, ""))
                except (KeyError, IndexError, ValueError) as exc:
                    raise ValueError(f"topic {name}: {text!r} needs slot {exc}: add it") from exc
        return self


class Account(Truth):
    """One account and the people who follow it.

    `level` is the expected log1p(likes + comments + shares) of a plain post at a plain hour.
    `history_days` is how long ago it was opened, where that is later than the file's own past.
    `copies` accounts are made of one, named `handle-1` and so on; the hills of each lie up to
    `peak_spread_hours` earlier or later.
    """

    platform: Platform
    handle: str
    brand: str
    followers: int = Field(ge=0)
    timezone: str
    level: float = Field(ge=0, le=12)
    activity: list[Peak] = []
    topic_factors: dict[str, PositiveFloat] = {}
    form: Form = Form()
    saturation: Saturation = Saturation()
    copies: int = Field(default=1, ge=1, le=1000)
    peak_spread_hours: float = Field(default=0.0, ge=0, le=12)
    drift_hours_per_month: float = Field(default=0.0, ge=-12, le=12)
    shocks: list[Shock] = []
    moves: list[Move] = []
    trend_percent_per_month: float = Field(default=0.0, gt=-50, lt=50)
    noise_sd: float = Field(default=0.6, ge=0)
    half_life_hours: PositiveFloat = 1.0
    history_days: int | None = Field(default=None, ge=0, le=3650)
    share_propensity: float = Field(default=0.15, ge=0, le=1)
    reply_propensity: float = Field(default=0.08, ge=0, le=1)
    max_comments: int = Field(default=12, ge=0)
    comments: dict[Category, float]
    languages: dict[Language, float]
    impressions_per_engagement: PositiveFloat = 40.0

    @property
    def key(self) -> str:
        """`platform:handle`, as accounts are named everywhere."""
        return f"{self.platform}:{self.handle}"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this audience lives."""
        return ZoneInfo(self.timezone)

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        return _known_zone(name)

    @field_validator("comments", "languages")
    @classmethod
    def _some_weight(cls, weights: dict[str, float]) -> dict[str, float]:
        if any(w < 0 for w in weights.values()) or sum(weights.values()) <= 0:
            raise ValueError("shares must not be negative, and at least one must be above 0")
        return weights


class Audience(Truth):
    """Everything planted. The same file and seed give the same world."""

    seed: int
    starts_at: AwareDatetime
    history_days: int = Field(default=365, ge=0, le=3650)
    brands: list[Brand] = Field(min_length=1)
    accounts: list[Account] = Field(min_length=1)
    comment_bank: dict[Language, dict[Category, list[str]]]

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        brands = {b.name: b for b in self.brands}
        keys = [a.key for a in self.accounts]
        if len(set(keys)) < len(keys):
            raise ValueError("two accounts have the same platform and handle: rename one")
        for account in self.accounts:
            if account.brand not in brands:
                raise ValueError(f"account {account.key}: no brand {account.brand!r}: add it")
            unknown = set(account.topic_factors) - set(brands[account.brand].topics)
            if unknown:
                raise ValueError(f"account {account.key}: no topic {sorted(unknown)}: add it")
        return self

    @model_validator(mode="after")
    def _comments_have_texts(self) -> Self:
        for account in self.accounts:
            for language in (name for name, share in account.languages.items() if share):
                for category in (name for name, share in account.comments.items() if share):
                    if not self.comment_bank.get(language, {}).get(category):
                        raise ValueError(f"comment_bank has no {language} {category}: add some")
        return self

    def brand_of(self, account: Account) -> Brand:
        """The brand that an account belongs to."""
        return next(b for b in self.brands if b.name == account.brand)

    def account(self, platform: str, handle: str) -> Account | None:
        """The account of that handle on that platform, if it is planted."""
        return next(
            (a for a in self.accounts if a.platform == platform and a.handle == handle), None
        )


def read_audience(path: Path, *, starts_at: datetime | None = None) -> Audience:
    """Read and check an audience file; `comment_bank` there names a file beside it.

    Raises:
        ConfigError: the file is missing, not YAML, or does not fit the schema.
    """
    document = _yaml(path)
    bank = document.get("comment_bank")
    if isinstance(bank, str):
        document["comment_bank"] = _yaml(path.parent / bank)
    if starts_at is not None:
        document["starts_at"] = starts_at
    try:
        return _unfolded(Audience.model_validate(document))
    except ValidationError as exc:
        lines = [
            f"  {'.'.join(str(p) for p in e['loc']) or 'file'}: {e['msg']}" for e in exc.errors()
        ]
        raise ConfigError(
            f"audience file {path} does not fit the schema:\n"
            + "\n".join(lines)
            + "\nMend these keys; docs/sandbox.md describes each."
        ) from exc


def _unfolded(audience: Audience) -> Audience:
    """The same with every copy of an account in its own right."""
    accounts = [
        copy
        for account in audience.accounts
        for copy in ([account] if account.copies == 1 else _copies(account, audience.seed))
    ]
    return audience.model_copy(update={"accounts": accounts})


def _copies(account: Account, seed: int) -> Iterator[Account]:
    rng = Random(f"{seed}|copies|{account.key}")  # noqa: S311 - a simulation
    for number in range(1, account.copies + 1):
        moved = rng.uniform(-account.peak_spread_hours, account.peak_spread_hours)
        hills = [
            hill.model_copy(update={"hour": (hill.hour + moved) % 24}) for hill in account.activity
        ]
        own = {"handle": f"{account.handle}-{number}", "activity": hills, "copies": 1}
        yield account.model_copy(update=own)


def _yaml(path: Path) -> dict[str, object]:
    try:
        document = yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    except OSError as exc:
        raise ConfigError(
            f"audience file {path} cannot be read ({exc.strerror}): check it"
        ) from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise ConfigError(f"audience file {path} is not YAML: {exc}. Mend that line.") from exc
    if not isinstance(document, dict):
        raise ConfigError(f"audience file {path} is not a mapping: start from audiences/demo.yaml")
    return document


# the C loader reads the demo file in a tenth of the time
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
