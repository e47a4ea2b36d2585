"""How a message is understood: language, spam, abuse, sentiment, intent, crisis, and how surely."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from community.classifier import INTENTS, intent_classifier
from community.language import Language, language_of
from community.signals import Signals, signals_of
from domain.brand import Autonomy, ReplyPolicy
from domain.community import InboundMessage, Intent, Triage
from domain.errors import InputError
from domain.platforms import Platform
from domain.reply_policy import Setting, decide_by

SPAM_AT = 0.5
OFFENSIVE_AT = 0.5
_SENTIMENT_AT = 0.4
_BATCH = 2000
_COLUMN = {intent: place for place, intent in enumerate(INTENTS)}

FRAME_SCHEMA: dict[str, type[pl.DataType]] = {
    "message_id": pl.String,
    "language": pl.String,
    "p_language": pl.Float64,
    "offensive": pl.Boolean,
    "p_offensive": pl.Float64,
    "spam": pl.Boolean,
    "p_spam": pl.Float64,
    "sentiment": pl.Int64,
    "sentiment_score": pl.Float64,
    "intent": pl.String,
    "confidence": pl.Float64,
    "crisis": pl.Boolean,
    "action": pl.String,
    "automatic": pl.Boolean,
    "reason": pl.String,
}
"""The columns of `triage_frame`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A triage with the figures behind it: language probability, sentiment from -1 to 1."""

    triage: Triage
    p_language: float
    sentiment_score: float


def triage(messages: Sequence[InboundMessage]) -> list[Triage]:
    """One triage per message, in order."""
    return [reading.triage for reading in read([message.text for message in messages])]


def read(texts: Sequence[str]) -> list[Reading]:
    """One reading per text, in order; a text's reading does not depend on its neighbours."""
    readings: list[Reading] = []
    for start in range(0, len(texts), _BATCH):
        readings += _read_batch(texts[start : start + _BATCH])
    return readings


def _read_batch(texts: Sequence[str]) -> list[Reading]:
    languages = [language_of(text) for text in texts]
    signals = [signals_of(t, language=lang.code) for t, lang in zip(texts, languages, strict=True)]
    chances = intent_classifier().probabilities(texts, signals)
    rows = zip(texts, languages, signals, chances, strict=True)
    return [_reading(text, lang, seen, row) for text, lang, seen, row in rows]


def _reading(text: str, language: Language, seen: Signals, chances: np.ndarray) -> Reading:
    p = _with_rules({intent: float(chances[_COLUMN[intent]]) for intent in INTENTS}, seen)
    intent = max(INTENTS, key=lambda name: p[name])
    confidence, reason, hold = p[intent], _why(intent, seen), False
    if seen.instruction:
        intent, hold = Intent.OTHER, True
        confidence, reason = 0.0, "it gives orders to a machine; a person must look"
    elif not any(c.isalpha() for c in text):
        intent, confidence, reason = _wordless(seen)
    score = math.tanh(0.5 * seen.valence + p[Intent.PRAISE] - p[Intent.COMPLAINT] - p[Intent.ABUSE])
    return Reading(
        triage=Triage(
            language=language.code,
            intent=intent,
            confidence=confidence,
            sentiment=int(score > _SENTIMENT_AT) - int(score < -_SENTIMENT_AT),
            p_spam=p[Intent.SPAM],
            p_offensive=p[Intent.ABUSE],
            crisis=seen.crisis,
            hold=hold,
            reason=reason,
        ),
        p_language=language.probability,
        sentiment_score=score,
    )


def _with_rules(p: dict[Intent, float], seen: Signals) -> dict[Intent, float]:
    """The model's chances, moved towards spam or abuse where the rules are plain, then rescaled.

    Without any sign of an attack on people a text is capped as abuse: names of groups, profanity
    and quotation on their own must not get anybody hidden.
    """
    weights = dict(p)
    if seen.trouble and seen.trouble >= seen.selling:
        weights[Intent.SPAM] = min(weights[Intent.SPAM], 0.45)
    elif seen.selling >= 2:
        weights[Intent.SPAM] = max(weights[Intent.SPAM], 1 - math.exp(-0.7 * seen.selling))
    if seen.targeted >= 1.5:
        weights[Intent.ABUSE] = max(weights[Intent.ABUSE], 1 - math.exp(-0.6 * seen.targeted))
    if seen.targeted < 0.5:
        weights[Intent.ABUSE] = min(weights[Intent.ABUSE], 0.45)
    if seen.valence <= 0 or seen.trouble or seen.unkind:
        # thanks to somebody in trouble is the worst reply there is
        weights[Intent.PRAISE] = min(weights[Intent.PRAISE], 0.6)
    ruled = (Intent.ABUSE, Intent.SPAM, Intent.PRAISE)
    changed = next((name for name in ruled if weights[name] != p[name]), None)
    if changed is None:
        return p
    rest = sum(chance for name, chance in p.items() if name is not changed)
    left = 1 - weights[changed]
    return {n: weights[n] if n is changed else left * p[n] / max(rest, 1e-9) for n in p}


def _wordless(seen: Signals) -> tuple[Intent, float, str]:
    """What emoji alone say: praise where they smile, otherwise nothing to answer."""
    if seen.valence > 0:
        return Intent.PRAISE, 0.9, "kind emoji, no words"
    return Intent.OTHER, 0.9 if seen.valence == 0 else 0.6, "no words"


def _why(intent: Intent, seen: Signals) -> str:
    if seen.crisis:
        return "harm, the law, the press or the authorities are named"
    if intent is Intent.ABUSE and seen.targeted >= 1:
        return "insults, threats or contempt aimed at people"
    if intent is Intent.SPAM and seen.selling >= 1:
        return "offers, pleas for clicks or links to elsewhere"
    return f"reads like {intent}"


def triage_frame(
    texts: pl.DataFrame,
    *,
    policy: ReplyPolicy | None = None,
    autonomy: Autonomy = Autonomy.GUARDED,
) -> pl.DataFrame:
    """One row per message: what `triage` says, and what a brand's policy would do about it.

    Args:
        texts: `message_id`, `text` and, where known, `platform`; other columns are ignored.
        policy: the reply policy; the default one where none is given.
        autonomy: how much goes out without a person.

    Raises:
        InputError: a needed column is missing or a platform is unknown.
    """
    _check_columns(texts)
    policy = policy or ReplyPolicy()
    ids = texts["message_id"].cast(pl.String).to_list()
    places = texts["platform"].to_list() if "platform" in texts.columns else ["x"] * len(ids)
    readings = read(texts["text"].cast(pl.String).fill_null("").to_list())
    rows = (
        _row(message_id, reading, setting=setting, policy=policy, autonomy=autonomy)
        for message_id, reading, setting in zip(ids, readings, _settings(places), strict=True)
    )
    return pl.DataFrame(list(rows), schema=FRAME_SCHEMA, orient="row")


def _row(
    message_id: str, reading: Reading, *, setting: Setting, policy: ReplyPolicy, autonomy: Autonomy
) -> dict[str, object]:
    seen = reading.triage
    decision = decide_by(seen, policy=policy, autonomy=autonomy, setting=setting)
    return {
        "message_id": message_id,
        "language": seen.language,
        "p_language": reading.p_language,
        "offensive": seen.p_offensive >= OFFENSIVE_AT,
        "p_offensive": seen.p_offensive,
        "spam": seen.p_spam >= SPAM_AT,
        "p_spam": seen.p_spam,
        "sentiment": seen.sentiment,
        "sentiment_score": reading.sentiment_score,
        "intent": seen.intent.value,
        "confidence": seen.confidence,
        "crisis": seen.crisis,
        "action": decision.kind.value,
        "automatic": decision.automatic,
        "reason": decision.reason,
    }


def _settings(platforms: Iterable[str | None]) -> list[Setting]:
    known = {platform.value: Setting(platform) for platform in Platform}
    settings = []
    for row, name in enumerate(platforms):
        key = (name or "x").lower()
        if key not in known:
            raise InputError(
                f"row {row}: platform {name!r} is unknown; write one of {', '.join(sorted(known))}"
            )
        settings.append(known[key])
    return settings


def _check_columns(texts: pl.DataFrame) -> None:
    if missing := sorted({"message_id", "text"} - set(texts.columns)):
        raise InputError(
            f"column {missing[0]!r} is missing; messages need message_id and text "
            f"(found: {', '.join(texts.columns) or 'none'})"
        )
