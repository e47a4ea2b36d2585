"""One line of what `amsel doctor` finds."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """`warn`: it works, with less than it could; `bad`: something will fail."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; where it is not `ok` the text ends with what to do."""

    about: str
    health: Health
    text: str
