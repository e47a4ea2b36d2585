"""Direction: which picture or clip shows what a post says, from the brand's own facts."""

from collections.abc import Sequence

import regex

from content.providers.figures import figure_of
from domain.brand import Brand, Fact
from domain.text import find_hashtags, find_links, without
from domain.visuals import Bar, Scene, ShownAs, Slide, Storyboard, VisualBrief
from domain.writing import Brief

MOST_SLIDES = 4
_ABBREVIATED = {
    "meter": "m", "metres": "m", "kilometer": "km", "kilometres": "km", "centimetres": "cm",
    "gramm": "g", "grams": "g", "milligramm": "mg", "milligrams": "mg", "kilogramm": "kg",
    "kilograms": "kg", "liter": "l", "litres": "l", "milliliter": "ml", "millilitres": "ml",
    "prozent": "%", "percent": "%", "euro": "€", "degrees": "°",
}  # fmt: skip
_LENGTHS = {"metern": "meter", "kilometern": "kilometer", "litern": "liter"}
_AMOUNT = r"(?P<digits>\d+(?:[.,]\d+)?)\s(?P<unit>\p{Ll}{2,}|\p{Lu}\p{Ll}+)"
_AMOUNTS = {
    # 6 Milligramm Natrium, 100 Milliliter Bergquell spritzig
    "de": regex.compile(
        rf"{_AMOUNT}\s(?P<label>\p{{Lu}}\p{{L}}+(?:\s(?!und\b|mit\b|oder\b)\p{{Ll}}{{4,}})?)"
    ),
    # lambswool of 24 microns
    "en": regex.compile(rf"(?P<label>\p{{L}}{{3,}})\sof\s{_AMOUNT}"),
}
_COUNTED = {
    "de": regex.compile(r"(?<![\p{L}\d.,:])(?P<digits>\d+)\s(?P<unit>\p{Lu}\p{Ll}+)"),
    "en": regex.compile(r"(?<![\p{L}\d.,:])(?P<digits>\d+)\s(?P<unit>\p{Ll}{3,}s)\b"),
}
_SAID = regex.compile(
    r"[„“\"»](?P<words>[^„“”\"»«]{8,})[“”\"«],?\s(?:sagt|erzählt|says|tells us)\s(?P<by>[^.,;]+)\."
)
"""A fact that is somebody's own words: „…“, sagt Vroni von der Quelle."""
_FIGURE = regex.compile(r"(?P<digits>\d+(?:[.,]\d+)*)\s?(?P<unit>%|€|\p{L}+)")
_NO_UNIT = frozenset(
    [
        "januar",
        "februar",
        "märz",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "dezember",
    ]
)
_SENTENCE = regex.compile(r"(?<=[.!?…])\s+|\n+")
_SECONDS = {"hook": 1.2, "fact": 2.8, "close": 1.0}


def visual_of(
    text: str,
    facts: Sequence[Fact],
    *,
    language: str,
    topic: str = "",
    paged: bool = False,
    shown_as: ShownAs = "",
) -> VisualBrief:
    """The picture of a post: one card, or a carousel where the post states several facts.

    With `paged` it is a carousel for one fact as well: what opens the post, the fact, what ends it.

    Somebody's own words are set as a quote, amounts of one unit are compared in a chart, a fact's
    only figure is shown large, anything else is a statement. What the post leaves out does not come
    into its picture. `shown_as` asks for the other picture of `other_picture`.
    """
    usual = _visual(text, facts, language, topic, paged=paged, in_words=shown_as == "words")
    return usual.model_copy(update={"on_accent": shown_as == "accent"})


def other_picture(
    text: str, brief: Brief, *, brand: Brand
) -> tuple[ShownAs, str] | tuple[None, None]:
    """Another picture for the same words, and the difference named; None where none is shown.

    What is shown as a figure, a chart or a quote is set in words, and a card of words alone in the
    accent's colour. Nor is there one where a model paints: it knows nothing of variants.
    """
    cards = any(brief.formats.get(place) in ("pictures", "carousel") for place in brief.platforms)
    if not cards or (brand.look and brand.look.painting):
        return None, None
    usual = _visual(text, brief.facts, brief.language, brief.topic)
    for slide in usual.slides:
        if slide.kind != "statement":
            return "words", f"picture: the sentence instead of the {slide.kind}"
    return "accent", "picture: the card in the accent's colour"


def _visual(
    text: str,
    facts: Sequence[Fact],
    language: str,
    topic: str,
    *,
    paged: bool = False,
    in_words: bool = False,
) -> VisualBrief:
    said = [fact for fact in facts if fact.text in text][: MOST_SLIDES - 2]
    sentences = _sentences(text)
    hook = sentences[0] if sentences and sentences[0].endswith("?") else ""
    kicker = topic[:1].upper() + topic[1:]
    if not said:
        rest = " ".join(sentences[1:3])
        head = sentences[0] if sentences else text.strip()
        own = (
            (Slide(headline=head, kicker=kicker), Slide(headline=rest, kicker=kicker))
            if paged and rest
            else (Slide(headline=head, body=rest, kicker=kicker),)
        )
        return VisualBrief(language=language, slides=own)
    slides = [
        Slide(headline=fact.text, kicker=kicker)
        if in_words
        else _slide(fact.text, language, kicker)
        for fact in said
    ]
    if len(slides) > 1 or paged:
        last = _last_words(text, sentences)
        title = _heading(said, language) if len(slides) > 1 else kicker
        cover = Slide(headline=hook or title, kicker=kicker if hook or len(slides) > 1 else "")
        close = [Slide(headline=last, kicker=kicker)] if _invites(last, said, hook) else []
        slides = [cover, *slides, *close]
    return VisualBrief(language=language, slides=tuple(slides))


def storyboard_of(facts: Sequence[Fact], *, brand: Brand, language: str, topic: str) -> Storyboard:
    """The clip of an order: a hook, its first fact in words that can be read, and who says so."""
    fact, kicker = facts[0].text, topic[:1].upper() + topic[1:]
    shown, question = _slide(fact, language, kicker), _question(brand)
    if shown.kind == "statement" or not question:
        opening = Slide(headline=kicker)
    else:
        opening = Slide(headline=question, kicker=kicker)
    close = Slide(headline=brand.title, body=_host(facts[0].link))
    return Storyboard(
        language=language,
        music=brand.look.music_sha256 if brand.look else None,
        scenes=(
            Scene(slide=opening, seconds=_SECONDS["hook"]),
            Scene(slide=shown, seconds=_SECONDS["fact"]),
            Scene(slide=close, seconds=_SECONDS["close"]),
        ),
    )


def _slide(fact: str, language: str, kicker: str) -> Slide:
    if said := _SAID.fullmatch(fact):
        return Slide(
            kind="quote", headline=said["words"].rstrip(","), by=said["by"].strip(), kicker=kicker
        )
    bars = _bars(fact, language)
    if bars:
        return Slide(kind="chart", headline=fact, kicker=kicker, bars=bars)
    figure = _figure(fact, language)
    if figure:
        return Slide(kind="figure", headline=fact, kicker=kicker, figure=figure)
    return Slide(headline=fact, kicker=kicker)


def _bars(fact: str, language: str) -> tuple[Bar, ...]:
    """Amounts of one unit with what each is of; empty where there are fewer than two."""
    found = list(_AMOUNTS[language].finditer(fact)) if language in _AMOUNTS else []
    units = {match["unit"].lower() for match in found}
    values = [_number(match["digits"], language) for match in found]
    if len(found) < 2 or len(units) > 1 or min(values) <= 0:
        return ()
    return tuple(
        Bar(
            label=match["label"][:1].upper() + match["label"][1:],
            value=value,
            shown=f"{match['digits']} {_unit(match['unit'])}",
        )
        for match, value in zip(found, values, strict=True)
    )


def _figure(fact: str, language: str) -> str:
    """The only figure of a fact, with its unit; empty where it has none, or more than one."""
    lead = figure_of(Fact(id="f", topic="t", text=fact), language) if language in _COUNTED else ""
    found = _FIGURE.search(lead)
    if found is None and language in _COUNTED and len(regex.findall(r"\d+", fact)) == 1:
        found = _COUNTED[language].search(fact)
    if found is None or found["unit"].lower() in _NO_UNIT:
        return ""
    return f"{found['digits']} {_unit(found['unit'])}"


def _unit(word: str) -> str:
    nominative = _LENGTHS.get(word.lower(), word.lower())
    return _ABBREVIATED.get(nominative, word)


def _number(digits: str, language: str) -> float:
    if language == "de":
        digits = digits.replace(".", "").replace(",", ".")
    return float(digits.replace(",", ""))


def _sentences(text: str) -> list[str]:
    """The sentences of a post, without those that only lead to its link."""
    bare = without(text, find_hashtags(text))
    lines = [line for line in bare.splitlines() if not find_links(line)]
    parts = (part.strip() for line in lines for part in _SENTENCE.split(line))
    return [part for part in parts if any(sign.isalnum() for sign in part)]


def _last_words(text: str, sentences: Sequence[str]) -> str:
    """What ends the post: its last sentence, and the question before it that it answers."""
    if len(sentences) > 1 and sentences[-2].endswith("?"):
        both = " ".join(sentences[-2:])
        return both if both in text else sentences[-1]
    return sentences[-1] if sentences else ""


def _invites(last: str, said: Sequence[Fact], hook: str) -> bool:
    return last != hook and not any(last in fact.text or fact.text in last for fact in said)


def _heading(said: Sequence[Fact], language: str) -> str:
    what = {"de": "Dinge, die gut zu wissen sind", "en": "things worth knowing"}.get(language)
    topic = said[0].topic
    return f"{len(said)} {what}" if what else topic[:1].upper() + topic[1:]


def _question(brand: Brand) -> str:
    """The question of a clip's hook; empty in a language that nobody has put it in."""
    if brand.voice.language == "de":
        return "Wussten Sie das?" if brand.voice.formal_address else "Wusstet ihr das?"
    return "Did you know?" if brand.voice.language == "en" else ""


def _host(link: str | None) -> str:
    return link.removeprefix("https://").partition("/")[0] if link else ""
