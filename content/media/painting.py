"""Painting: a picture by a model, with its price set aside before and settled after."""

import hashlib
from dataclasses import dataclass

from content.media.makers.base import Made, PictureMaker, PictureOrder
from domain.brand import Brand, Fact
from domain.errors import WriterError
from domain.writing import Purse

NO_WORDS = "No words, no letters, no numbers, no logos, no watermark, no recognisable person."


@dataclass(frozen=True)
class Painter:
    """Orders pictures for brands that want them painted, and pays."""

    maker: PictureMaker
    purse: Purse

    def paint(self, fact: Fact, *, brand: Brand, seed: int) -> tuple[Made, str]:
        """A picture of a fact in the manner of `look.painting`, and the SHA-256 of its order.

        Raises:
            PolicyError: the brand's budget does not cover it.
            WriterError: no picture came.
        """
        prompt = prompt_for(fact, brand)
        booking = self.purse.reserve(
            brand=brand.name,
            provider=self.maker.name,
            cents=self.maker.cents,
            purpose=f"picture of {fact.id}",
        )
        try:
            made = self.maker.make(PictureOrder(prompt, seed=seed % 2**32))
        except WriterError as error:
            paid = self.maker.cents if error.cost_cents is None else error.cost_cents
            self.purse.settle(booking, cents=paid)
            raise
        self.purse.settle(booking, cents=made.cost_cents)
        return made, hashlib.sha256(prompt.encode()).hexdigest()


def prompt_for(fact: Fact, brand: Brand) -> str:
    """What the model is told: the manner and the fact, both the brand's own words."""
    manner = brand.look.painting if brand.look else ""
    return f"{manner.strip().rstrip('.')}. What is to be seen: {fact.text} {NO_WORDS}"
