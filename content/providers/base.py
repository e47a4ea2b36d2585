"""What every writer is: it takes a brief and gives back variants, or raises a WriterError."""

from typing import Protocol

from domain.brand import Brand
from domain.writing import Brief, Written


class Writer(Protocol):
    """Writes posts. `name` stands in the record beside what it wrote."""

    @property
    def name(self) -> str:
        """The writer's name, such as `composer` or `openai`."""

    def write(self, brief: Brief, *, brand: Brand, seed: int, timeout: float) -> Written:
        """As many variants as the brief orders, within `timeout` seconds.

        Raises:
            WriterRefused: it declined.
            WriterUnavailable: throttled, timed out, down.
            WriterGarbled: its answer does not fit the schema, also after one repair.
        """

    def estimate_cents(self, brief: Brief, *, brand: Brand) -> float:
        """The most that this brief may cost in US cents, a repair included; 0 where it is free."""
