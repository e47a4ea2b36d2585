"""How good a draft is by what can be counted, and what the brand's autonomy makes of it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import regex

from domain.brand import Autonomy, Brand, Reading
from domain.compliance import ComplianceCheck, Verdict, worst
from domain.languages import FULL
from domain.posts import ContentPost, QualityScore
from domain.risk import CALIBRATED_FROM, Assessed
from domain.rules.manner import find_wrong_address
from domain.text import find_emojis, find_hashtags, find_links, without

Decision = Literal["approved", "held", "rejected"]

_LONG_SENTENCE = 25  # words; plain-language guides advise 15 to 20 on average
_WANTED: dict[Reading, float] = {"easy": 70.0, "plain": 60.0, "demanding": 40.0}
"""Flesch's bands (1948): 70 and above is fairly easy, 60 plain, below 50 difficult."""
_UNLIKE = 0.3  # of three-word runs in common with a text as the brand would never write it
_SHINGLE = 3
_VOWELS = regex.compile(r"(?i)[aeiouyäöüáàéèíóú]+")
_SILENT_E = regex.compile(r"(?i)[^aeiouyl]e$")
_WORD = regex.compile(r"\p{L}[\p{L}'’-]*")
_SENTENCE_END = regex.compile(r"(?<=[.!?:…])\s+|\n+")


def confidence(
    post: ContentPost, checks: tuple[ComplianceCheck, ...], *, recent: tuple[str, ...] = ()
) -> QualityScore:
    """Measures of one draft, each in 0..1; nothing is asked of a model.

    - voice: share of the brand's countable habits that the text keeps (emojis, hashtags, form of
      address, sentence length, no exclamation after exclamation, nothing like `voice.unlike`);
    - novelty: 1 minus the largest Jaccard likeness of its three-word runs with a `recent` text;
    - readability: Flesch reading ease (English, 1948) or Amstad's (German, 1978) over what
      `voice.reading` wants (easy 70, plain 60, demanding 40), capped; 1 in other languages, where
      it is not measured;
    - overall: the geometric mean of the three, times the share of checks that passed, and 0
      where a check blocks. It ranks drafts; it is no probability. What it is worth is learnt from
      people's decisions (`planning.confidence`).
    """
    voice, novelty = _voice(post), _novelty(post.text, recent)
    readability = _readability(post.text, post.language, _WANTED[post.brand_voice.reading])
    return QualityScore(
        overall=_overall((voice, novelty, readability), checks),
        voice=round(voice, 4),
        novelty=round(novelty, 4),
        readability=round(readability, 4),
    )


def rescored(quality: QualityScore, checks: tuple[ComplianceCheck, ...]) -> QualityScore:
    """The same text's score after other verdicts."""
    parts = (quality.voice, quality.novelty, quality.readability)
    fresh = {"overall": _overall(parts, checks), "accepted": None, "decisions": 0, "lent": 0}
    return quality.model_copy(update=fresh)


def _overall(parts: tuple[float, float, float], checks: tuple[ComplianceCheck, ...]) -> float:
    asked = [check for check in checks if check.verdict is not Verdict.SKIP]
    passing = sum(check.verdict is Verdict.PASS for check in asked) / max(len(asked), 1)
    mean = float(parts[0] * parts[1] * parts[2]) ** (1 / 3)
    overall = 0.0 if worst(checks) is Verdict.BLOCK else mean * (passing if checks else 1.0)
    return round(overall, 4)


NEVER_ALONE = (
    "numbers", "dates", "links", "handles", "names", "outside", "grounded", "statements", "news"
)  # fmt: skip
"""Rules whose doubts wait for a person under any autonomy: what no fact gives, and bad news."""


def decide(
    brand: Brand,
    checks: tuple[ComplianceCheck, ...],
    quality: QualityScore | None,
    *,
    assessed: Assessed,
) -> tuple[Decision, str]:
    """Whether a draft goes out by itself, waits for a person, or is turned down; and why.

    The brand's autonomy at that risk decides, and the reason names the risk. Where it is `guarded`
    the brand's bar is held against the share of such drafts that people let go unchanged; as long
    as too few decisions tell it, `before_calibration` decides: the raw score tells nothing of what
    passes every check. `quality` is None where a person wrote the text and nothing is to be learnt.
    """
    if worst(checks) is Verdict.BLOCK:
        return "rejected", f"blocked by {_named(c for c in checks if c.verdict is Verdict.BLOCK)}"
    decision, reason = _by_autonomy(brand, checks, quality, brand.autonomy_at(assessed.risk))
    return decision, f"{reason}; {assessed.in_words}"


def _by_autonomy(
    brand: Brand,
    checks: tuple[ComplianceCheck, ...],
    quality: QualityScore | None,
    autonomy: Autonomy,
) -> tuple[Decision, str]:
    if autonomy is Autonomy.MANUAL:
        return "held", "the brand approves such posts itself"
    held = [check for check in checks if check.verdict is Verdict.HOLD]
    if autonomy is Autonomy.FULL:
        if unproven := [check for check in held if check.rule in NEVER_ALONE]:
            return "held", f"a person must look at {_named(unproven)}"
        return "approved", "nothing blocks it and the brand's autonomy is full"
    if held:
        return "held", f"a person must look at {_named(held)}"
    if quality is None:
        return "approved", "all checks passed"
    if quality.accepted is None:
        return _uncalibrated(brand, quality)
    told, bar = in_words(quality), brand.min_confidence
    if quality.accepted < bar:
        return "held", f"{told}, below {bar:.2f}"
    return "approved", f"all checks passed; {told}"


def _uncalibrated(brand: Brand, quality: QualityScore) -> tuple[Decision, str]:
    """What the brand wants of drafts of which nobody knows how sure they are."""
    if brand.before_calibration == "publish":
        return "approved", f"all checks passed; {in_words(quality)}, so the rules decide alone"
    return "held", f"all checks passed, but its confidence is {in_words(quality)}"


def _named(checks: Iterable[ComplianceCheck]) -> str:
    return ", ".join(f"{check.rule} ({check.evidence})" for check in checks)


def in_words(quality: QualityScore) -> str:
    """How sure it is that the draft is let go as it is, and from how many decisions."""
    lent = f" and {quality.lent} about other brands' drafts" if quality.lent else ""
    if quality.accepted is None:
        return (
            f"uncalibrated (quality {quality.overall:.2f}): {quality.decisions} decisions of "
            f"people about this brand's drafts{lent}, {CALIBRATED_FROM} are needed"
        )
    return (
        f"people let {quality.accepted:.2f} of such drafts go unchanged "
        f"({quality.decisions} decisions{lent})"
    )


def _voice(post: ContentPost) -> float:
    voice, body = post.brand_voice, _body(post.text)
    habits = [
        voice.emojis or not find_emojis(post.text),
        len(find_hashtags(post.text)) <= voice.max_hashtags,
        all(len(_words(sentence)) <= _LONG_SENTENCE for sentence in _sentences(body)),
        body.count("!") <= 1,
        post.language != "de" or not find_wrong_address(body, formal=voice.formal_address),
    ]
    if voice.unlike:
        habits.append(1.0 - _novelty(post.text, voice.unlike) < _UNLIKE)
    return sum(habits) / len(habits)


def _novelty(text: str, recent: tuple[str, ...]) -> float:
    mine = _shingles(text)
    return 1.0 - max((_likeness(mine, _shingles(other)) for other in recent), default=0.0)


@lru_cache(maxsize=2048)  # every draft is held against the same recent texts
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.casefold() for word in _words(_body(text))]
    size = min(_SHINGLE, len(words))
    return frozenset(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def _likeness(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _readability(text: str, language: str, wanted: float) -> float:
    body = _body(text)
    words, sentences = _words(body), _sentences(body)
    if not words or not sentences:
        return 0.0
    length = len(words) / len(sentences)
    syllables = sum(_syllables(word, language) for word in words) / len(words)
    if language not in FULL:
        return 1.0
    if language == "de":
        ease = 180 - length - 58.5 * syllables
    else:
        ease = 206.835 - 1.015 * length - 84.6 * syllables
    return min(max(ease / wanted, 0.0), 1.0)


def _syllables(word: str, language: str) -> int:
    groups = len(_VOWELS.findall(word))
    if language == "en" and _SILENT_E.search(word) and groups > 1:
        groups -= 1
    return max(groups, 1)


def _body(text: str) -> str:
    return without(without(text, find_links(text)), find_hashtags(text))


def _words(text: str) -> list[str]:
    return [str(word) for word in _WORD.findall(text)]


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if _words(part)]
