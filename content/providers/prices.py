"""What providers ask per million tokens, in US dollars.

Typed in from the public price pages as remembered on the date below, not fetched: check the page
before relying on a figure, and give your own price in the settings where it differs.
Sources: https://openai.com/api/pricing, https://www.anthropic.com/pricing
"""

from dataclasses import dataclass
from datetime import date

AS_OF = date(2025, 12, 1)
_PER = 1_000_000
BATCH_SHARE = 0.5
"""What a batch costs of the usual price: half, for tokens in and out, at both providers.

Read in November 2026 in reports of their pages (https://platform.openai.com/docs/guides/batch,
https://platform.claude.com/docs/en/build-with-claude/batch-processing), not on the bills.
"""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float

    def cents(self, *, input_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost, in US cents."""
        return 100 * (self.input * input_tokens + self.output * output_tokens) / _PER


FREE = Price(0.0, 0.0)
"""For a model server of one's own."""

PRICES: dict[str, Price] = {
    "gpt-5": Price(1.25, 10.0),
    "gpt-5-mini": Price(0.25, 2.0),
    "gpt-5-nano": Price(0.05, 0.40),
    "gpt-4.1": Price(2.0, 8.0),
    "gpt-4.1-mini": Price(0.40, 1.60),
    "gpt-4o": Price(2.50, 10.0),
    "gpt-4o-mini": Price(0.15, 0.60),
    "claude-opus-4-5": Price(5.0, 25.0),
    "claude-sonnet-4-5": Price(3.0, 15.0),
    "claude-haiku-4-5": Price(1.0, 5.0),
}


def price_of(model: str) -> Price | None:
    """The price of a model; None where the table does not know it."""
    return PRICES.get(model)
