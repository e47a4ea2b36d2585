"""How a brand's pictures look: colours that can be read, a typeface, a motif."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.entity import Entity

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
LEAST_CONTRAST = 4.5
"""Of words on their ground (WCAG 2.2, success criterion 1.4.3)."""
LEAST_FOR_LARGE = 3.0
"""Of large words and of graphics (1.4.3 and 1.4.11): the accent is used for nothing smaller."""


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, 0 for black and 1 for white (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """The colour that lies `share` of the way from one to the other."""
    parts = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


class Look(Entity):
    """The manner of a brand's cards and clips, as lower-case `#rrggbb`.

    `ink` is for words on `ground`, `accent` for large figures, lines and bars. `motif` is drawn
    into the ground: ripples of water, the weave of a cloth, or nothing. `painting` is the manner in
    which a model paints what a post is about ("photograph in morning light, muted colours"),
    `filming` that in which one films it ("slow drone shot"); empty leaves it to cards. `music` is
    the path of a sound file for our own clips, from the brand file's folder; `music_sha256` is
    filled in when the file is read.
    """

    ground: Colour
    ink: Colour
    accent: Colour
    typeface: Literal["grotesk", "serif"] = "grotesk"
    motif: Literal["ripples", "weave", "plain"] = "plain"
    painting: str = Field(default="", max_length=500)
    filming: str = Field(default="", max_length=500)
    music: str = Field(default="", max_length=500)
    music_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @property
    def on_accent(self) -> "Look":
        """The look for cards on the accent: in the ground's colour, or what can be read there."""
        inks = (self.ground, self.ink, "#ffffff", "#000000")
        ink = next(one for one in inks if contrast(one, self.accent) >= LEAST_CONTRAST)
        return self.model_copy(update={"ground": self.accent, "ink": ink, "accent": ink})

    @model_validator(mode="after")
    def _music_has_a_file(self) -> Self:
        if self.music_sha256 is not None and not self.music:
            raise ValueError("music_sha256 is filled in by itself; name the file in `music`")
        return self

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        for name, least in (("ink", LEAST_CONTRAST), ("accent", LEAST_FOR_LARGE)):
            found = contrast(getattr(self, name), self.ground)
            if found < least:
                raise ValueError(
                    f"{name} on ground has a contrast of {found:.1f}:1; "
                    f"take colours with at least {least:g}:1"
                )
        return self
