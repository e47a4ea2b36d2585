"""What models of other people are told to make, in the brand's own words."""

from domain.brand import Brand, Fact

NO_WORDS = "No words, no letters, no numbers, no logos, no watermark, no recognisable person."


def picture_prompt(fact: Fact, brand: Brand) -> str:
    """The order for a picture: the manner of `look.painting`, and the fact."""
    return _prompt(brand.look.painting if brand.look else "", fact)


def clip_prompt(fact: Fact, brand: Brand) -> str:
    """The order for a clip: the manner of `look.filming`, and the fact."""
    return _prompt(brand.look.filming if brand.look else "", fact)


def _prompt(manner: str, fact: Fact) -> str:
    return f"{manner.strip().rstrip('.')}. What is to be seen: {fact.text} {NO_WORDS}"
