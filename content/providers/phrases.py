"""The composer's own words: openings and endings that claim nothing, by the kind of fact.

No phrase holds a number, a name or a promise. `{topic}` is the topic of the order.
"""

from content.providers import phrases_de, phrases_en
from content.providers.phrase_book import Phrases
from domain.brand import Tone

PHRASES: dict[str, dict[str, Phrases]] = {"de": phrases_de.BY_KIND, "en": phrases_en.BY_KIND}
POINTERS = {"de": phrases_de.POINTERS, "en": phrases_en.POINTERS}
"""Endings that point to the link behind them."""
JOINTS = {"de": phrases_de.JOINTS, "en": phrases_en.JOINTS}
"""What stands between two facts of one kind, by language and kind."""
MIXED_JOINTS = {"de": phrases_de.MIXED_JOINTS, "en": phrases_en.MIXED_JOINTS}
"""What stands between two facts of different kinds: it claims no connection."""
MIXED = {"de": phrases_de.QUESTIONS, "en": phrases_en.QUESTIONS}
"""Endings that ask after two facts of different kinds."""
NUMBERS = {"de": phrases_de.NUMBERS, "en": phrases_en.NUMBERS}
"""Openings that name the figure of a fact."""
BY_TONE: dict[tuple[str, Tone], tuple[tuple[str, ...], tuple[str, ...]]] = {
    (language, tone): more
    for language, tones in (("de", phrases_de.BY_TONE), ("en", phrases_en.BY_TONE))
    for tone, more in tones.items()
}
"""Further questions and leads for stories, by language and tone."""
