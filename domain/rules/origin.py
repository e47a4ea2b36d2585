"""Where the words come from: the facts, not the outside and not somebody else's book."""

import math

import regex

from domain.compliance import ComplianceCheck
from domain.rules.context import Draft, blocked, held, listed, passed
from domain.rules.dictionary import has_dictionary, is_word
from domain.rules.meaning import content_of, is_about, words_of
from domain.text import visible

_CAMEL = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})")
_RUN = 4  # so many words in a row are no coincidence
_ODD = 4  # from this length on a word that no dictionary has is worth a look
_PER_SHARED = 12  # one content word in so many is one of the facts', or a link of theirs
_QUOTE = regex.compile(r"„([^“”\"]+)[“”\"]|“([^”]+)”|»([^«]+)«|«([^»]+)»|\"([^\"]+)\"")
_MARKED = regex.compile(
    r"(?<!\p{L})[\"'\p{Pi}\p{Pf}„]([^\"'\p{Pi}\p{Pf}„\n]{3,120})[\"'\p{Pi}\p{Pf}](?!\p{L})"
)
_LONG_QUOTE = 12  # words; a title or a slogan is shorter
_OURS = ("person",)


def outside(draft: Draft) -> ComplianceCheck:
    """Nothing is repeated from texts that strangers wrote: they are a reason to post, not a source.

    Four words in a row are too many, and so is what stands there in quotation marks, or one word
    that no dictionary has.
    """
    known = " ".join(words_of(draft.known))
    said = words_of(_CAMEL.sub(" ", draft.said)) + words_of(draft.said)
    whole, runs = f" {' '.join(said)} ", _runs(said)
    spoken = set(said)
    found: list[str] = []
    for text in draft.outside:
        words = words_of(text)
        found += [run for run in _runs(words) if run in runs and run not in known]
        found += [each for each in _quoted(text) if f" {each} " in whole and each not in known]
        same = dict.fromkeys(word for word in words if word in spoken)
        found += [word for word in same if _is_odd(word, known, draft.language)]
    if found:
        return blocked("outside", evidence=listed(found), remedy="say it in the brand's own words")
    return passed("outside", f"{len(draft.outside)} texts from outside")


def _quoted(text: str) -> list[str]:
    found = ("".join(groups) for groups in _MARKED.findall(visible(text)))
    return [each for each in (" ".join(words_of(one)) for one in found) if len(each) >= _ODD]


def grounded(draft: Draft) -> ComplianceCheck:
    """What a writer writes is about the facts: it shares words with them; people write freely."""
    if draft.is_reply or draft.generated_by in _OURS:
        return passed("grounded")
    words = content_of(draft.said)
    known = "\n".join((draft.known, *draft.brand.voice.examples)).casefold()
    links = sum(fact.link in draft.said for fact in draft.facts if fact.link)
    shared = links + sum(is_about(word, known) for word in words)
    if shared >= math.ceil(len(words) / _PER_SHARED):
        return passed("grounded", f"{shared} of {len(words)} words")
    return held(
        "grounded",
        evidence=f"{shared} of {len(words)} words are from the facts",
        remedy="say something of the brand's facts",
    )


def quotes(draft: Draft) -> ComplianceCheck:
    """No long quotation of others: it is theirs, and they may not have said it."""
    known = " ".join(words_of(draft.known))
    found = find_quotations(draft.text)
    long = [text for text in found if len(words_of(text)) >= _LONG_QUOTE]
    if strange := [text for text in long if " ".join(words_of(text)) not in known]:
        return held(
            "quotes",
            evidence=listed([f"{text[:40]}…" for text in strange]),
            remedy="quote less, and only who has agreed",
        )
    return passed("quotes", f"{len(found)} quotations")


def find_quotations(text: str) -> list[str]:
    """What stands in quotation marks, without them."""
    return ["".join(groups) for groups in _QUOTE.findall(visible(text))]


def _runs(words: list[str]) -> dict[str, None]:
    return dict.fromkeys(" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))


def _is_odd(word: str, known: str, language: str) -> bool:
    if len(word) < _ODD or word in known or not has_dictionary(language):
        return False
    return not word.isalpha() or not any(is_word(word, code) for code in (language, "en"))
