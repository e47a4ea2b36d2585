"""What a set of phrases holds for one kind of fact."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases for one kind of fact in one language.

    Attributes:
        questions: openings that ask.
        leads: openings that lead into the fact.
        invitations: endings that ask the reader for an answer.
        actions: endings that give the reader something to do.
    """

    questions: tuple[str, ...]
    leads: tuple[str, ...]
    invitations: tuple[str, ...]
    actions: tuple[str, ...]
