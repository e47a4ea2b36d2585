"""Every sentence by itself: what it states must be about something that a fact says."""

from functools import lru_cache

import regex

from domain.compliance import ComplianceCheck
from domain.rules.context import Draft, held, listed, passed
from domain.rules.everyday import EVERYDAY
from domain.rules.meaning import SMALL_WORDS, is_about, sentences_of, states, words_of
from domain.rules.reading import reads
from domain.text import find_handles, find_hashtags, find_links, visible, without

_SHORTEST = 3  # letters; `box`, `Eis` and `Bier` are things to promise
_MANY = 2  # so many words of its own make a sentence a statement of its own
_PEOPLE = ("person",)
_ORDER_WORDS = """
ask come feel find follow get give have hang imagine join keep lay learn leave let look make
meet never order pass pick pop put read remember save say see send shake share show start stop
take tell think treat try visit watch wash write buckle stay enjoy feeling don't do wear fold
store use be bring hold
bestellt bringt denkt ersetzt erzählt erzähl fragt frag genießt gebt greift holt kauft komm
kommt lasst lass lest lies macht mach merkt merk mischt nehmt nimm packt pack plant probiert
probier prüft sagt sag schaut schau schenkt schickt schick schreibt schreib seht speichert
stellt stell teilt testet trinkt trink verratet verrat wandert zeigt zeig zieht freut
bestellen bringen erzählen fragen holen kommen lassen machen merken nehmen planen probieren
sagen schauen schicken schreiben speichern teilen zeigen verraten
"""
_ORDERS = frozenset(_ORDER_WORDS.split())
_WORD = regex.compile(r"\p{L}+")
_VERBS = """
has have had will can contain contains include includes offer offers own owns give
gives get gets run runs made won comes sell sells opens opened closed burnt burned sold bought
moved founded launched invented discovered hired hiring
hat haben hatte hatten gibt enthält enthalten wird werden wurde wurden besteht
bestehen stammt stammen bekommt bekommen gehört gehören könnt darf dürfen kann können bietet bieten
liefern liefert verkaufen verkauft kostet eröffnet eröffnen gebaut gegründet
"""
_VERB = regex.compile(rf"(?i)^(?:we|wir)\b|\b(?:{'|'.join(_VERBS.split())})\b")
_MILD = regex.compile(
    r"(?i)^(?:if|when|whenever|wenn|falls|wer|whoever)\b"
    r"|\b(?:not|no|isn['’]t|aren['’]t|nicht|keine?)\b"
)
_OURS = regex.compile(r"(?i)\b(?:we|our|ours|us|wir|uns|unser\p{L}*)\b")
_TO_BE = regex.compile(r"(?i)\b(?:is|are|was|were|ist|sind|war|waren)\b")
_WEAK = 0.5  # a German word that is no noun; behind `ist` it may be what is claimed
_VOICE_WORDS = """
ärzte ärztinnen arzt ärztin experten expertinnen expertin experte forscher wissenschaftler
kunden kundinnen kritiker promis stars sportler influencer politiker bürgermeister fachleute
verbraucherschützer hebammen apotheker profis spitzenköche
doctors doctor experts expert scientists researchers customers critics celebrities stars
athletes influencers politicians mayor dentists dermatologists professionals designers chefs
"""
_VOICES = frozenset(_VOICE_WORDS.split())
"""Whose word counts: who is called as a witness must stand in the facts."""


def statements(draft: Draft) -> ComplianceCheck:
    """No sentence of a writer that states what no fact is about; people write freely.

    A sentence is held where two or more of its words, beside everyday ones, are unknown to the
    facts (in German a noun counts in full, others half), and no single fact shares more of them.
    One is enough beside a verb such as `has` or `enthält`, or beside `is` in what is said of the
    brand; and a witness (`doctors`, `Kunden`) whom no fact calls.

    Questions, orders to the reader and openings that end in a colon state nothing. It is a matter
    of words: what is false in the words of one fact is not seen.
    """
    is_blind = not reads("statements", draft.language)
    if is_blind or draft.is_reply or draft.generated_by in _PEOPLE:
        return passed("statements")
    sources = _sources(draft)
    found = [
        each
        for each in sentences_of(_plain(draft.text))
        if _is_strange(each, sources, draft.language)
    ]
    if found:
        return held(
            "statements",
            evidence=listed([each.strip()[:80] for each in found]),
            remedy="leave the sentence out, or add what it says as a fact to the brand file",
        )
    return passed("statements")


def _sources(draft: Draft) -> tuple[str, ...]:
    """What the brand says of itself, then each fact and each example of its voice by itself."""
    facts = [f"{fact.text} {fact.topic} {fact.link or ''}" for fact in draft.facts]
    brand = draft.brand
    terms = (brand.title, brand.name, *brand.topics, *brand.keywords, *brand.terms.required)
    labels = (label for rule in brand.terms.disclosures for label in rule.labels)
    return (" ".join((brand.about, *terms, *labels)), *facts, *brand.voice.examples)


def _plain(text: str) -> str:
    for find in (find_links, find_handles, find_hashtags):
        text = without(text, find(text))
    return text


def _is_strange(sentence: str, sources: tuple[str, ...], language: str) -> bool:
    words = _WORD.findall(visible(sentence))
    if not words or words[0].casefold() in _ORDERS or sentence.rstrip().endswith(":"):
        return False
    if not states(sentence):
        return False
    telling = {word.casefold(): word for word in words if _tells(word.casefold())}
    new = {word for word in telling if not any(_is_in(word, source) for source in sources)}
    if _VOICES.intersection(new):
        return True
    shared = max((sum(_is_in(word, each) for word in telling) for each in sources), default=0)
    weak = language == "de" and not _TO_BE.search(sentence)
    weight = sum(_WEAK if weak and telling[word].islower() else 1.0 for word in new)
    is_ours = _OURS.search(sentence) or not shared or any(_is_in(w, sources[0]) for w in telling)
    tells = _VERB.search(sentence) or (is_ours and _TO_BE.search(sentence))
    few = 1 if tells and not _MILD.search(sentence) else _MANY
    return weight >= max(shared, few)


def _tells(word: str) -> bool:
    return (
        len(word) >= _SHORTEST
        and word.isalpha()
        and word not in SMALL_WORDS
        and word not in EVERYDAY
    )


@lru_cache(maxsize=20_000)  # the same facts, draft after draft
def _is_in(word: str, source: str) -> bool:
    """Whether a source speaks of it, in any form: `Wege` for `Weg` too."""
    return is_about(word, source.casefold()) or bool(
        {word[:-1], word.removeprefix("un")} & _words_in(source)
    )


@lru_cache(maxsize=512)
def _words_in(source: str) -> frozenset[str]:
    return frozenset(words_of(source))
