"""A brief, what a writer makes of it, and what that cost."""

from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import Field

from domain.brand import Fact, Tone
from domain.entity import Entity, Instant, later
from domain.platforms import Platform

MOST_VARIANTS = 5
Form = Literal["words", "picture"]

Format = Literal["clip", "carousel", "pictures", "words"]
Paid = Literal["makers", "writer"]
Text = Annotated[str, Field(min_length=1, max_length=5000)]


class Brief(Entity):
    """One order to a writer: what, why now, where, when, and with which facts.

    `trend` is text from outside and is fenced as data wherever it is shown to a writer. `campaign`
    is the id of the one that it is part of, `duty` that of the duty it meets. `tone` is the brand's
    own where it is not given. `again` says that its main fact was said lately, and that it was
    chosen all the same. `picture` is which of two an experiment drew. `formats` says what it is
    shown as on platforms that show several things, `form` whether any that could do without shows
    something. `without` names what costs money and is not asked for it: models that make pictures
    and clips, hosted writers that charge.
    """

    id: str
    brand: str
    topic: str
    why: str
    facts: tuple[Fact, ...] = Field(min_length=1)
    platforms: tuple[Platform, ...] = Field(min_length=1)
    language: str
    due_at: Instant
    angle: str = "plain"
    trend: str | None = None
    campaign: str | None = None
    duty: str | None = None
    variants: int = Field(default=2, ge=1, le=MOST_VARIANTS)
    tone: Tone | None = None
    picture: Literal["", "usual", "other"] = later("")
    form: Form = "words"
    formats: dict[Platform, Format] = Field(default_factory=dict)
    again: bool = False
    without: tuple[Paid, ...] = ()

    @property
    def says_again(self) -> bool:
        """Whether it repeats on purpose: a duty does, and who has no fresh fact left."""
        return self.again or self.duty is not None


class WrittenVariant(Entity):
    """One text that a writer gives back: the structured output that every writer must fill.

    `text` fits every platform of the brief; `texts` are those of single platforms, such as longer
    ones where there is room. `with_link` is false where the brief's link is left out on purpose:
    many audiences see less of posts that lead away. `angle` is the form that the text really has;
    empty where nobody can say.
    """

    text: Text
    texts: dict[Platform, Text] = later({})
    hashtags: tuple[str, ...] = ()
    difference: str = ""
    angle: str = ""
    with_link: bool = True


class Written(Entity):
    """All variants of one brief, and who wrote them at what price.

    `seed` and `temperature` are those that the writer drew with; None where it took none.
    `cost_cents` are US cents.
    """

    variants: tuple[WrittenVariant, ...] = Field(min_length=1)
    writer: str
    model: str = ""
    prompt_version: str = ""
    seed: int | None = None
    temperature: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_cents: float = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True)
class WriterCall:
    """One call of a hosted writer: what it took, and what it brought.

    Attributes:
        seconds: how long it took.
        cents: what it is known to have cost, in US cents.
        trouble: why it brought nothing; None where it wrote.
        is_down: whether it did not answer at all.
        order_key: which order it was, and `answer` what came of it: where it was billed.
    """

    writer: str
    brand: str
    brief_id: str
    language: str
    seconds: float
    cents: float = 0.0
    trouble: str | None = None
    is_down: bool = False
    order_key: str | None = None
    answer: Written | None = None


class Purse(Protocol):
    """Books money before and after a billed call; it is told US cents, as providers bill."""

    def reserve(self, *, brand: str, provider: str, cents: float, purpose: str) -> str:
        """Set `cents` aside and return the booking's id; raises PolicyError over budget."""

    def settle(self, booking: str, *, cents: float) -> None:
        """Replace the reservation by what was really paid (0 where nothing was)."""
