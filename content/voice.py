"""How a post is put together from its parts so that it fits every platform it is meant for."""

import regex

from content.customs import custom_of
from domain.brand import Brand
from domain.platforms import Platform
from domain.rules.disclosure import labels_for, paid_words
from domain.rules.terms import find_terms
from domain.text import find_hashtags, find_links, length_for
from domain.writing import Brief


def fits(text: str, platforms: tuple[Platform, ...]) -> bool:
    """Whether the text is within every platform's limit."""
    return all(length_for(platform, text).fits for platform in platforms)


def link_of(brief: Brief) -> str | None:
    """The link that a post goes out with: that of the brief's main fact, never a writer's."""
    return brief.facts[0].link


def camel_case(words: str) -> str:
    """A hashtag without #: screen readers need a capital per word (`#WoolCare`, `#OhneZucker`)."""
    parts = regex.findall(r"[\p{L}\p{M}\p{N}]+", words)
    return "".join(part[0].upper() + part[1:] for part in parts)


def leads_to_link(body: str) -> bool:
    """Whether a body ends in words that wait for its link."""
    return regex.search(r"(?::|👉)$", body) is not None


def joined(body: str, link: str | None, tags: tuple[str, ...]) -> str:
    """Body, link and hashtags; a body that ends in a colon keeps the link on its line."""
    if link:
        body = f"{body}{' ' if leads_to_link(body) else chr(10) * 2}{link}"
    return f"{body}\n\n{' '.join(f'#{tag}' for tag in tags)}" if tags else body


def assemble(
    body: str,
    *,
    link: str | None,
    hashtags: tuple[str, ...],
    platforms: tuple[Platform, ...],
    ground: tuple[Platform, ...] = (),
) -> str:
    """The complete text: body, link, hashtags. What does not fit goes: hashtags, then the link.

    It has no more hashtags than is the custom on any of `ground` (`platforms` where it is not
    given), and no link where readers of none of them could follow it, unless the body leads to it.
    A link or hashtag that stands in the body already is not repeated. The body itself is never
    cut: where it alone is too long it comes back as it is, and the length rule says so.
    """
    customs = [custom_of(platform) for platform in ground or platforms]
    if not (leads_to_link(body) or any(custom.opens_links for custom in customs)):
        link = None
    most = min((one.tags for one in customs if one.tags is not None), default=len(hashtags))
    hashtags = hashtags[:most]
    if link and link in (span.text for span in find_links(body)):
        link = None
    present = {span.text.casefold() for span in find_hashtags(body)}
    tags = tuple(tag for tag in hashtags if tag.casefold() not in present)
    for size in range(len(tags), -1, -1):
        text = joined(body, link, tags[:size])
        if fits(text, platforms):
            return text
    return body


def clean_hashtags(tags: tuple[str, ...], *, brand: Brand) -> tuple[str, ...]:
    """Hashtags without # or spaces, each once, at most as many as the brand wants."""
    bare = (camel_case(tag.lstrip("#")) for tag in tags)
    once = {tag.casefold(): tag for tag in bare if find_hashtags(f"#{tag}")}
    return tuple(once.values())[: brand.voice.max_hashtags]


def with_duties(body: str, *, brand: Brand, is_paid: bool = False) -> str:
    """The body with the brand's required words and advertising label, where they are missing.

    The label of the brand's country is added where somebody else pays for the post, by the brand
    file (`is_paid`) or by the text's own words.
    """
    for rule in brand.terms.disclosures:
        if find_terms(body, rule.when) and not find_terms(body, rule.labels):
            body = f"{rule.labels[0]}: {body}"
    labels = labels_for(brand.country, brand.voice.language)
    if (is_paid or paid_words(body)) and not find_terms(body, labels):
        body = f"{labels[0]}: {body}"
    for term in brand.terms.required:
        if not find_terms(body, (term,)):
            body = f"{body}\n\n{term}"
    return body
