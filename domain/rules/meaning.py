"""What a text is about: the words that carry its meaning, and what they share with another text."""

from functools import lru_cache

import regex

from domain.rules.form import FUNCTION_WORDS
from domain.text import find_handles, find_links, visible, without

_STEM, _SHORT = 5, 4  # so much of a word tells it, anywhere and at its beginning
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
SMALL_WORDS = FUNCTION_WORDS["de"] | FUNCTION_WORDS["en"] | frozenset(_USUAL_WORDS.split())
"""Words that carry no meaning of their own, in both languages."""


_SENTENCE_END = regex.compile(r"(?<=[.!?…][\"“”»)]?)\s+|\n+")
_WORD = regex.compile(r"[\p{L}\p{N}]+")
_CAMEL = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})")
_ASKED = regex.compile(r"\?[^\p{L}\p{N}]*$")
_TOLD_BY_ASKING = regex.compile(
    r"(?i)^did you know (?:that )?(?:\p{L}+\W+){3}"
    r"|\b(?:gewusst|wusstet|wussten|wusstest|gehört)\b.*, dass\b"
)


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, each with its end."""
    return [part for part in _SENTENCE_END.split(text) if part.strip()]


def states(sentence: str) -> bool:
    """Whether it states something: a question does not, but for `Did you know that ...?`."""
    return not _ASKED.search(sentence) or bool(_TOLD_BY_ASKING.search(sentence))


def words_of(text: str) -> list[str]:
    """All words and numbers of a text, in lower case."""
    return [*_words_in(text)]


def content_of(text: str) -> set[str]:
    """The words that carry the meaning, hashtags taken apart."""
    return {*_content_in(text)}


@lru_cache(maxsize=1024)
def _words_in(text: str) -> tuple[str, ...]:
    return tuple(str(word).casefold() for word in _WORD.findall(visible(text)))


@lru_cache(maxsize=1024)
def _content_in(text: str) -> tuple[str, ...]:
    plain = _CAMEL.sub(" ", visible(text))
    for find in (find_links, find_handles):
        plain = without(plain, find(plain))
    return tuple(w for w in _words_in(plain) if len(w) >= _SHORT and w not in SMALL_WORDS)


def is_about(word: str, known: str) -> bool:
    """`Führung` for `führt`, `greys` for `grey`, `Holunderlimonade` for `Limonade`."""
    if word[:_STEM] in known:
        return True
    stems, tails = _beginnings(known)
    return word[:_SHORT] in stems or any(tail in word for tail in tails)


def shared(words: set[str], text: str) -> int:
    """How many of these words a text is about."""
    known = text.casefold()
    return sum(is_about(word, known) for word in words)


@lru_cache(maxsize=256)
def _beginnings(known: str) -> tuple[frozenset[str], frozenset[str]]:
    # line by line: every order has other facts, but each fact stands in many orders
    words = {word for line in known.split("\n") for word in _content_in(line)}
    stems = frozenset(word[:_SHORT] for word in words)
    return stems, frozenset(word[:-1] for word in words if len(word) > _STEM)
