"""What is to be seen: the orders for pictures and clips that we render ourselves."""

from typing import Literal

from pydantic import Field

from domain.entity import Entity

ShownAs = Literal["", "words", "accent"]
"""Which picture of the same words: the usual one, without its figure, or in another colour."""


class Bar(Entity):
    """One bar of a chart: what it stands for, how long it is, and the figure as it is written."""

    label: str = Field(min_length=1)
    value: float = Field(gt=0)
    shown: str = Field(min_length=1)


class Slide(Entity):
    """One card.

    A `statement` has a headline and perhaps a body; a `figure` shows a number large above its
    headline; a `quote` names who said it in `by`; a `chart` compares its bars.
    """

    kind: Literal["statement", "figure", "quote", "chart"] = "statement"
    headline: str = Field(min_length=1, max_length=50_000)
    kicker: str = ""
    body: str = ""
    figure: str = ""
    by: str = ""
    bars: tuple[Bar, ...] = Field(default=(), max_length=6)

    @property
    def words(self) -> str:
        """Everything that can be read on it: its description for those who do not see it."""
        bars = ", ".join(f"{bar.label}: {bar.shown}" for bar in self.bars)
        parts = (self.headline, self.by and f"({self.by})", bars, self.body)
        return " ".join(part for part in parts if part)


class VisualBrief(Entity):
    """The order for one picture, or with several slides for a carousel that is swiped through.

    `on_accent` sets it on the look's accent in place of its ground.
    """

    language: str = "en"
    on_accent: bool = False
    slides: tuple[Slide, ...] = Field(min_length=1, max_length=10)


class Scene(Entity):
    """A card in motion, whose words are its caption, and how long it is seen."""

    slide: Slide
    seconds: float = Field(gt=0, le=60)


class Storyboard(Entity):
    """The order for a clip.

    `music` is the SHA-256 of a sound file of the brand's own; without it the clip has a silent
    track, since some platforms refuse clips without one.
    """

    language: str = "en"
    scenes: tuple[Scene, ...] = Field(min_length=1, max_length=20)
    music: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @property
    def seconds(self) -> float:
        """How long the clip is."""
        return sum(scene.seconds for scene in self.scenes)
