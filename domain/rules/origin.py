"""Where the words come from: the facts, not the outside and not somebody else's book."""

import math
from functools import lru_cache

import regex

from domain.compliance import ComplianceCheck
from domain.rules.context import Draft, blocked, held, listed, passed
from domain.rules.dictionary import has_dictionary, is_word
from domain.rules.form import FUNCTION_WORDS
from domain.text import find_handles, find_links, visible, without

_RUN = 4  # so many words in a row are no coincidence
_ODD = 4  # from this length on a word that no dictionary has is worth a look
_STEM, _SHORT = 5, 4  # so much of a word tells it, anywhere and at its beginning
_PER_SHARED = 12  # one content word in so many is one of the facts', or a link of theirs
_QUOTE = regex.compile(r"„([^“”\"]+)[“”\"]|“([^”]+)”|»([^«]+)«|«([^»]+)»|\"([^\"]+)\"")
_LONG_QUOTE = 12  # words; a title or a slogan is shorter
_OURS = ("person",)
_USUAL_WORDS = (
    "aber alle allen aller alles also always another around auch away back bald because been "
    "before beim being best better bitte both come could dabei dann darum day days dazu dein "
    "deine denn dich diese diesen dieser dieses doch does done down durch each eben eine "
    "einem einer eines einfach endlich erst etwas euch euer eure eurem euren even ever every "
    "first from ganz geben gerade gern gestern gibt give gleich good great guten habe haben "
    "habt half hallo have here heute hier ihnen ihre ihrem ihren immer into jede jeden jeder "
    "jedes jetzt just kann keep kein keine know kommt kurz lange last late leider like little "
    "long look machen made make many mehr mein meine might most much must nach need neue "
    "neuen neues never next noch oder ohne once only other over really right said same schon "
    "sehr seid sein seine selbst should sich since sind soll some sonst soon still such take "
    "tell than thank thanks that their them then there these thing things think this those "
    "time today unser unsere unserem unseren unserer very viel viele vielleicht want waren "
    "weil welche well wenn went werden were what when where which while whole wieder will "
    "wird wissen with without wollen worden would wurde year years your yours zeit über "
)
_USUAL = frozenset(_USUAL_WORDS.split())


def outside(draft: Draft) -> ComplianceCheck:
    """Nothing is repeated from texts that strangers wrote: they are a reason to post, not a source.

    Four words in a row are too many, and so is one word that no dictionary has.
    """
    known, said = " ".join(_words(draft.known)), _words(draft.said)
    runs = _runs(said)
    found: list[str] = []
    for text in draft.outside:
        words = _words(text)
        found += [run for run in _runs(words) if run in runs and run not in known]
        found += [word for word in words if word in said and _is_odd(word, known, draft.language)]
    if found:
        return blocked("outside", evidence=listed(found), remedy="say it in the brand's own words")
    return passed("outside", f"{len(draft.outside)} texts from outside")


def grounded(draft: Draft) -> ComplianceCheck:
    """What a writer writes is about the facts: it shares words with them; people write freely."""
    if draft.is_reply or draft.generated_by in _OURS:
        return passed("grounded")
    words = _content(draft.said)
    known = "\n".join((draft.known, *draft.brand.voice.examples)).casefold()
    links = sum(fact.link in draft.said for fact in draft.facts if fact.link)
    shared = links + sum(_is_known(word, known) for word in words)
    if shared >= math.ceil(len(words) / _PER_SHARED):
        return passed("grounded", f"{shared} of {len(words)} words")
    return held(
        "grounded",
        evidence=f"{shared} of {len(words)} words are from the facts",
        remedy="say something of the brand's facts",
    )


def _is_known(word: str, known: str) -> bool:
    """`Führung` for `führt`, `greys` for `grey`, `Holunderlimonade` for `Limonade`."""
    if word[:_STEM] in known:
        return True
    stems, tails = _beginnings(known)
    return word[:_SHORT] in stems or any(tail in word for tail in tails)


@lru_cache(maxsize=64)
def _beginnings(known: str) -> tuple[frozenset[str], frozenset[str]]:
    words = _content(known)
    stems = frozenset(word[:_SHORT] for word in words)
    return stems, frozenset(word[:-1] for word in words if len(word) > _STEM)


def quotes(draft: Draft) -> ComplianceCheck:
    """No long quotation of others: it is theirs, and they may not have said it."""
    known = " ".join(_words(draft.known))
    found = ["".join(groups) for groups in _QUOTE.findall(visible(draft.text))]
    long = [text for text in found if len(_words(text)) >= _LONG_QUOTE]
    if strange := [text for text in long if " ".join(_words(text)) not in known]:
        return held(
            "quotes",
            evidence=listed([f"{text[:40]}…" for text in strange]),
            remedy="quote less, and only who has agreed",
        )
    return passed("quotes", f"{len(found)} quotations")


def _words(text: str) -> list[str]:
    return [str(word).casefold() for word in regex.findall(r"[\p{L}\p{N}]+", visible(text))]


def _runs(words: list[str]) -> dict[str, None]:
    return dict.fromkeys(" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))


def _is_odd(word: str, known: str, language: str) -> bool:
    if len(word) < _ODD or word in known or not has_dictionary(language):
        return False
    return not word.isalpha() or not any(is_word(word, code) for code in (language, "en"))


def _content(text: str) -> set[str]:
    """The words that carry the meaning, hashtags taken apart."""
    plain = regex.sub(r"(?<=\p{Ll})(?=\p{Lu})", " ", visible(text))
    for find in (find_links, find_handles):
        plain = without(plain, find(plain))
    small = FUNCTION_WORDS["de"] | FUNCTION_WORDS["en"] | _USUAL
    return {word for word in _words(plain) if len(word) > 3 and word not in small}
