"""How TikTok wants a clip cut: whole, or in equal chunks of which the last takes the rest."""

from collections.abc import Iterator
from dataclasses import dataclass

SMALLEST, LARGEST = 5_000_000, 64_000_000
"""Bytes of a chunk; only the last may be larger, and only a whole clip smaller."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The cut of one clip.

    Attributes:
        size: of the whole.
        chunk: of every chunk but the last.
        count: the whole divided by the chunk, rounded down: rounded up it is refused.
    """

    size: int
    chunk: int
    count: int

    def ranges(self, start: int = 0) -> Iterator[tuple[int, int]]:
        """First and past-the-last byte of each chunk that begins at `start` or later, in order."""
        for number in range(self.count):
            first = number * self.chunk
            end = self.size if number == self.count - 1 else first + self.chunk
            if first >= start:
                yield first, end

    def begins_at(self, offset: int) -> bool:
        """Whether a chunk begins there."""
        return offset % self.chunk == 0 and offset // self.chunk < self.count


def plan(size: int, chunk: int) -> Plan:
    """The cut of a clip into chunks of about `chunk` bytes."""
    chunk = min(max(chunk, SMALLEST), LARGEST)
    if size < 2 * chunk:
        whole = min(size, LARGEST)
        return Plan(size, whole, size // whole)
    return Plan(size, chunk, size // chunk)
