"""How much may go wrong with a post: by what it is, whatever the other rules say of it."""

from collections.abc import Iterable

import regex

from domain.brand import Brand
from domain.numbers import find_numbers
from domain.posts import ContentPost
from domain.risk import Assessed, Risk
from domain.rules.claims import SUBJECTS
from domain.rules.disclosure import is_advertising, is_made_by_model, model_behind
from domain.rules.names import find_people
from domain.rules.origin import find_quotations
from domain.rules.terms import folded
from domain.rules.themes import themes_in
from domain.rules.words import find_words
from domain.text import find_handles, find_links, visible
from domain.wordings import wordings

_PRICED = frozenset({"EUR", "USD", "GBP", "cent"})
_CURRENCY = regex.compile(
    r"\p{Sc}|\b(?:CHF|SEK|NOK|DKK|PLN|CZK|HUF|JPY|CNY)\b"
    r"|\d[\d.,]*[\s-](?:pounds?|francs?|Franken|Kronen)\b"
)
"""What `domain.numbers` has no unit for; a pound may be a weight, and then the risk is too high."""
_WORDS_OF_A_QUOTATION = 3  # fewer are a title, or a word in doubt
_SHOWN = 3


def risk_of(post: ContentPost, brand: Brand) -> Assessed:
    """The risk of a post, with everything that makes it so high.

    High: somebody pays for it; it speaks of health, of money to be made, of the environment or of
    an offer, names a price, or touches on a theme of bad news; a model made what it shows. What the
    facts vouch for counts too: it may be true and still go wrong. Medium: a model wrote it; it has
    a link; it names or quotes somebody. Low: everything else.
    """
    if post.adaptations:
        every = "\n\n".join(one.text for one in wordings(post))
        post = post.model_copy(update={"text": every})
    if high := _named(_high(post, brand)):
        return Assessed(Risk.HIGH, high)
    if medium := _named(_medium(post)):
        return Assessed(Risk.MEDIUM, medium)
    return Assessed(Risk.LOW, "no money, no claim, no model, no link and nobody named in it")


def _high(post: ContentPost, brand: Brand) -> Iterable[str]:
    if brand.is_paid_for(post.campaign) or is_advertising(post.text, brand):
        yield "somebody pays for it"
    said = folded(post.text)
    for subject, words in SUBJECTS.items():
        if found := find_words(said, words):
            yield f"it speaks of {subject} ({_listed(found)})"
    if prices := _prices(post):
        yield f"it names a price ({_listed(prices)})"
    own = {theme for fact in brand.facts for theme in themes_in(fact.text)}
    if themes := [theme for theme in themes_in(post.text) if theme not in own]:
        yield f"it touches on {_listed(themes)}"
    if makers := [asset.made_by for asset in post.media if is_made_by_model(asset)]:
        yield f"a model made what it shows ({_listed(makers)})"


def _medium(post: ContentPost) -> Iterable[str]:
    if writer := model_behind(post.generated_by):
        yield f"a model wrote it ({writer})"
    text = visible(post.text)
    links = [span.text for span in find_links(text)]
    if links or post.link:
        yield f"it has a link ({_listed(links or [str(post.link)])})"
    accounts = [f"@{span.text}" for span in find_handles(text)]
    if somebody := [*accounts, *find_people(text)]:
        yield f"it names somebody ({_listed(somebody)})"
    quoted = [one for one in find_quotations(text) if len(one.split()) >= _WORDS_OF_A_QUOTATION]
    if quoted:
        yield f"it quotes somebody ({_listed(quoted)})"


def _prices(post: ContentPost) -> list[str]:
    numbers = find_numbers(post.text, language=post.language)
    found = [number.text for number in numbers if number.unit in _PRICED]
    return found or _CURRENCY.findall(visible(post.text))


def _named(reasons: Iterable[str]) -> str:
    return "; ".join(reasons)


def _listed(found: Iterable[str]) -> str:
    return ", ".join(list(dict.fromkeys(found))[:_SHOWN])
