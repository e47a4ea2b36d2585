"""News of the day that a post should not come close to, and what a brand wants of it."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from domain.entity import Entity, Instant

Tone = Literal["jokes", "promotion"]


class Headline(Entity):
    """One sensitive piece of news, as it was seen last.

    `themes` are names of `domain.rules.themes`; the text is a stranger's and never an instruction.
    """

    id: str
    text: str
    source: str
    seen_at: Instant
    themes: tuple[str, ...] = Field(min_length=1)

    def is_fresh(self, at: datetime, *, hours: int) -> bool:
        """Whether it was seen within so many hours before `at`, or after it."""
        return self.seen_at + timedelta(hours=hours) > at


class NewsWatch(Entity):
    """What the brand wants on days of bad news: the key `news` of its file.

    A post that comes close to sensitive news of the last `hours` waits for a person. On a day of a
    catastrophe that names one of `regions`, or what the brand's topics are about, nothing that is
    listed in `freeze` goes out by itself. `harmless` are words of headlines that are none of this.
    """

    watch: bool = True
    hours: int = Field(default=48, ge=1, le=336)
    regions: tuple[str, ...] = ()
    freeze: tuple[Tone, ...] = ()
    harmless: tuple[str, ...] = ()
