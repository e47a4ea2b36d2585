"""Replies composed from the brand's own words; nothing of what was written to us is repeated."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from community.facts import best_fact
from domain.brand import Brand, Fact
from domain.community import InboundMessage, Intent, Triage
from domain.languages import name_of
from domain.platforms import Platform

_THANKS = {
    "de": (
        "Vielen Dank, das freut uns sehr!",
        "Danke für die lieben Worte!",
        "Das hören wir richtig gern. Danke!",
        "Herzlichen Dank, das macht uns eine große Freude.",
        "Danke, das geben wir gleich ans ganze Team weiter!",
        "Wie schön, vielen Dank!",
    ),
    "en": (
        "Thank you, that makes us really happy!",
        "Thanks for the kind words!",
        "We love to hear that. Thank you!",
        "Thank you so much, that made our day.",
        "Thanks, we are passing that on to the whole team!",
        "How lovely, thank you!",
    ),
}
_OPENINGS = {
    "de": ("Gute Frage!", "Danke für die Frage!", "Gern:", "Schön, dass das interessiert."),
    "en": ("Good question!", "Thanks for asking!", "Happy to help:", "Glad to answer that."),
}
_SMILES = ("💙", "😊", "🙌", "🌿")
_X_HANDLE = re.compile(r"(?!\d+$)\w{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """A draft with all that it rests on.

    Attributes:
        text: what would be said.
        language: the language it is in.
        facts: the facts that it uses.
        handles: the handles that it may name (the writer's own, where the platform needs it).
    """

    text: str
    language: str
    facts: tuple[Fact, ...] = ()
    handles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """Why no reply could be composed."""

    reason: str


def compose(message: InboundMessage, *, triage: Triage, brand: Brand) -> Reply | Silence:
    """Thanks for praise, the one fitting fact for a question, otherwise silence with its reason.

    The wording follows from the message's id, so the same message always gets the same reply.
    """
    language = reply_language(triage.language, brand=brand)
    if language not in _THANKS:
        return Silence(f"the composer of replies has no words in {name_of(language)}")
    if triage.intent is Intent.PRAISE:
        words = _pick(_THANKS[language], message.message_id)
        if brand.voice.emojis:
            words = f"{words} {_pick(_SMILES, message.message_id)}"
        return _addressed(message, words, language=language, facts=())
    if triage.intent is not Intent.QUESTION:
        return Silence(f"{triage.intent} is not answered by the composer")
    if language != brand.voice.language:
        return Silence(f"asked in {language}, the brand's facts are in {brand.voice.language}")
    match = best_fact(message.text, brand.facts)
    if match is None:
        return Silence("no fact of the brand answers it")
    words = f"{_pick(_OPENINGS[language], message.message_id)} {match.fact.text}"
    return _addressed(message, words, language=language, facts=(match.fact,))


def reply_language(detected: str, *, brand: Brand) -> str:
    """The language to answer in: the writer's where we have words for it, else the brand's."""
    return detected if detected in _THANKS else brand.voice.language


def _addressed(
    message: InboundMessage, words: str, *, language: str, facts: tuple[Fact, ...]
) -> Reply:
    handle = (message.author or "").lstrip("@")
    if message.platform is Platform.X and _X_HANDLE.fullmatch(handle):
        # X puts the handle before a reply by itself and gives the text back with it
        return Reply(f"@{handle} {words}", language, facts, (handle,))
    return Reply(words, language, facts)


def _pick(choices: Sequence[str], seed: str) -> str:
    return choices[int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % len(choices)]
