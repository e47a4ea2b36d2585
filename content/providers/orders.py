"""The order to a language model: instructions from the brand file, facts and data, and a schema."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import regex
from pydantic import ValidationError

from content.customs import custom_of, is_roomy
from content.prompts import load
from domain.brand import Brand
from domain.contradictions import agreeing
from domain.errors import WriterGarbled
from domain.languages import name_of
from domain.platforms import Platform
from domain.plugins import text_limit
from domain.text import visible
from domain.writing import Brief, WrittenVariant

PROMPT, SMALL_PROMPT = "post_v3", "small_v1"
_READING = {
    "easy": "short sentences, everyday words",
    "plain": "sentences of 15 to 20 words at most, no jargon",
    "demanding": "the terms of the field may stand",
}
OUTPUT_TOKENS = 4000  # a model that thinks first spends most of it on thinking
SMALL_TEXT, SMALL_TOKENS = 220, 200
"""Characters of a text, and tokens for each variant, that a small model is given room for."""
_FREE = "[A-ZÄÖÜ][A-Za-zÄÖÜäöüß' ]{4,50}[.!?]"
_OPENINGS = {
    "de": ("Schon gewusst?", "Gut zu wissen:", "Kurz erzählt:", "Wer hätte das gedacht?"),
    "en": ("Did you know?", "Good to know:", "In short:", "Who would have guessed?"),
}
_ENDINGS = {
    "de": ("Schön, oder?", "Gut zu wissen, oder?", "Wer hätte das gedacht?"),
    "en": ("Who would have guessed?", "Good to know, isn't it?", "What do you think?"),
}
"""What a small model chooses from: sentences of its own are too often no sentences at all."""
_SAMPLES = {"de": "Der Laden hat 12 Sorten Tee.", "en": "The shop has 12 kinds of tea."}
_LINK_AND_TAGS = 80  # room that is kept for what is added after the text
_TREND_LENGTH = 200
_LONGEST = 800  # characters of a longer text: more is read by few
_OVERHEAD = 500  # tokens that a provider adds of its own, such as for the schema

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["variants"],
    "properties": {
        "variants": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "texts", "hashtags", "difference"],
                "properties": {
                    "text": {"type": "string"},
                    "texts": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["platform", "text"],
                            "properties": {
                                "platform": {"type": "string"},
                                "text": {"type": "string"},
                            },
                        },
                    },
                    "hashtags": {"type": "array", "items": {"type": "string"}},
                    "difference": {"type": "string"},
                },
            },
        }
    },
}
"""What a writer must answer. Strict mode wants every property required and no others."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of an answer: its name, its JSON schema, and how many tokens it may take."""

    name: str
    schema: dict[str, Any]
    tokens: int


VARIANTS = Shape("variants", SCHEMA, OUTPUT_TOKENS)


@dataclass(frozen=True, slots=True)
class Order:
    """What is sent to a model: the brand's instructions, the user's message, the answer's form."""

    instructions: str
    message: str
    shape: Shape = VARIANTS

    @property
    def tokens(self) -> int:
        """The most tokens that the order may have, schema included: no token is under a byte."""
        parts = (self.instructions, self.message, json.dumps(self.shape.schema))
        return sum(len(part.encode()) for part in parts) + _OVERHEAD


def order_for(brief: Brief, *, brand: Brand) -> Order:
    """The order for one brief, in its tone; text from outside stands only between the fences."""
    return Order(_instructions(brief, brand.in_tone(brief.tone)), _message(brief))


def small_order_for(brief: Brief, *, brand: Brand) -> Order:
    """The order to a small model: an example, few facts, and a form that it cannot miss.

    A server that keeps to the form gets as many variants as are ordered, each with one of the facts
    in its very words; what the model chooses are the words before or after it, in German and
    English from a list.
    """
    voice = brand.in_tone(brief.tone).voice
    known = brief.language if brief.language in _SAMPLES else "en"
    sample = _SAMPLES[known]
    texts = {"hook": f"{_OPENINGS[known][0]} {sample}", "ending": f"{sample} {_ENDINGS[known][0]}"}
    answer = [{"text": text, "hashtags": [], "difference": kind} for kind, text in texts.items()]
    instructions = load(SMALL_PROMPT).substitute(
        title=brand.title,
        language=name_of(brief.language),
        address=_address(brief.language, formal=voice.formal_address),
        variants=brief.variants,
        banned=f" Never say: {_banned(brand)}." if _banned(brand) else "",
        fact=sample,
        answer=json.dumps({"variants": answer}, ensure_ascii=False),
    )
    facts = agreeing(brief.facts, language=brief.language)
    chosen = [facts[number % len(facts)].text for number in range(brief.variants)]
    message = "\n".join(["Facts:", *(f"- {fact}" for fact in dict.fromkeys(chosen))])
    return Order(instructions, message, _small_shape(chosen, brief.language))


def _small_shape(facts: Sequence[str], language: str) -> Shape:
    """As `VARIANTS`, but with as many texts as facts, each around its own, and no hashtags."""
    items = [_around(fact, language, opens=number % 2 == 0) for number, fact in enumerate(facts)]
    many = {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    schema = SCHEMA | {"properties": {"variants": many}}
    return Shape("variants", schema, SMALL_TOKENS * len(items))


def _around(fact: str, language: str, *, opens: bool) -> dict[str, Any]:
    """The form of a text that says a fact after other words, or before them."""
    text: dict[str, Any] = {"type": "string", "maxLength": SMALL_TEXT}
    if not regex.search(r'["\\\n]', fact):  # what JSON writes in another way
        offered = (_OPENINGS if opens else _ENDINGS).get(language, ())
        own = f"({'|'.join(map(_literally, offered))})" if offered else _FREE
        said = _literally(fact)
        text = {"type": "string", "pattern": f"^{own} {said}$" if opens else f"^{said} {own}$"}
    fields = {
        "text": text,
        "hashtags": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
        "difference": {"type": "string", "enum": ["hook" if opens else "ending"]},
    }
    item = SCHEMA["properties"]["variants"]["items"]
    return item | {"properties": fields, "required": [*fields]}


def _literally(text: str) -> str:
    """A text as a pattern; other signs than these need no escape, and some servers take none."""
    return regex.sub(r"([\^$.\[\](){}|*+?])", r"\\\1", text)


def read_answer(text: str, *, brief: Brief) -> tuple[WrittenVariant, ...]:
    """The variants in a model's answer, at most as many as ordered.

    The prompt has the first of them keep to the brief's angle; of the others nothing is known.

    Raises:
        WriterGarbled: the answer is no JSON, does not fit the schema, or has too few variants.
    """
    try:
        answer = json.loads(text)
        variants = tuple(_variant(one, brief) for one in answer["variants"])
    except (ValueError, TypeError, KeyError, ValidationError) as exc:
        raise WriterGarbled(
            f"the answer does not fit the schema ({_what(exc)}); try another writer"
        ) from exc
    if len(variants) < brief.variants:
        raise WriterGarbled(
            f"{len(variants)} variants came and {brief.variants} were ordered; try another writer"
        )
    first = variants[0].model_copy(update={"angle": _kept(brief.angle, variants[0].text)})
    return (first, *variants[1 : brief.variants])


def _variant(one: dict[str, Any], brief: Brief) -> WrittenVariant:
    """The variant, with the texts of those platforms that were asked for."""
    given = {each["platform"]: each["text"] for each in one.get("texts", ())}
    texts = {each: given[each] for each in _with_own_text(brief.platforms) if given.get(each)}
    return WrittenVariant(**one | {"angle": "", "texts": texts})


def _with_own_text(platforms: tuple[Platform, ...]) -> list[Platform]:
    """The platforms with room, where the main text is cut to others that have little."""
    roomy = [platform for platform in platforms if is_roomy(platform)]
    return roomy if len(roomy) < len(platforms) else []


def _kept(angle: str, text: str) -> str:
    """The angle that was asked of the first variant; empty where it plainly has another."""
    first = regex.split(r"(?<=[.!?:…])\s+|\n+", text.strip(), maxsplit=1)[0]
    if angle == "question" and "?" not in first:
        return ""
    if angle == "number" and not regex.search(r"\p{N}", first):
        return ""
    return angle


def _what(exc: Exception) -> str:
    if isinstance(exc, ValidationError):
        first = exc.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(exc, json.JSONDecodeError):
        return f"no JSON at character {exc.pos}"
    return type(exc).__name__


def _instructions(brief: Brief, brand: Brand) -> str:
    voice = brand.voice
    samples = [f"- Example of the voice: {example}\n" for example in voice.examples]
    samples += [f"- Never like this: {example}\n" for example in voice.unlike]
    own = ", ".join(brand.keywords)
    banned = _banned(brand)
    return load(PROMPT).substitute(
        title=brand.title,
        about=brand.about,
        language=name_of(brief.language),
        tone=voice.tone,
        address=_address(brief.language, formal=voice.formal_address),
        emojis="one or two where they fit" if voice.emojis else "none",
        max_hashtags=voice.max_hashtags,
        reading=_READING[voice.reading],
        examples="".join(samples),
        own=f"- Words of the brand, where they fit: {own}.\n" if own else "",
        banned=f"- Never use these words: {banned}.\n" if banned else "",
        variants=brief.variants,
        limit=_limit(brief.platforms),
        texts=_texts(brief.platforms),
    )


def _banned(brand: Brand) -> str:
    return ", ".join((*brand.terms.banned, *brand.competitors))


def _address(language: str, *, formal: bool) -> str:
    if language == "de":
        return (
            "readers are addressed with Sie." if formal else "readers are addressed with ihr or du."
        )
    if language == "en":
        return "politely, without contractions." if formal else "directly, as you."
    form = "formal" if formal else "familiar"
    return f"readers are addressed in the {form} way of {name_of(language)}, the same throughout."


def _texts(platforms: tuple[Platform, ...]) -> str:
    """What is asked of the field `texts`."""
    own = _with_own_text(platforms)
    if not own:
        return "- Leave `texts` empty."
    said = (
        f"- In `texts` give each of {', '.join(own)} a longer text of the variant, at most "
        f"{min(_limit((*own,)), _LONGEST)} characters: the same opening and the same main fact; "
        "another fact where one fits, an ending that talks to the reader."
    )
    shut = [platform for platform in own if not custom_of(platform).opens_links]
    led = f" Readers of {', '.join(shut)} cannot follow links: do not speak of one." if shut else ""
    return said + led


def _limit(platforms: tuple[Platform, ...]) -> int:
    return min(text_limit(platform).length for platform in platforms) - _LINK_AND_TAGS


def _message(brief: Brief) -> str:
    lines = [f"Topic: {brief.topic}", f"Angle: {brief.angle}", "Facts:"]
    lines += [f"- {fact.text}" for fact in agreeing(brief.facts, language=brief.language)]
    if brief.trend:
        lines += ["", "Data from outside:", fenced(brief.trend, key=brief.id, most=_TREND_LENGTH)]
    return "\n".join(lines)


def fenced(text: str, *, key: str, name: str = "data", most: int | None = None) -> str:
    """Text that is no instruction, on one line, between fences that its author cannot forge."""
    mark = sha256(f"{key}\n{text}".encode()).hexdigest()[:12]
    plain = regex.sub(r"[<>\s]+", " ", visible(text)).strip()[:most]
    return f"<{name} {mark}>\n{plain}\n</{name} {mark}>"
