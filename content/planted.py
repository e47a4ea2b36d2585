"""True drafts, and drafts with one thing planted that no fact gives: a trial of the facts gate."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import regex

from content.drafts import make_drafts
from content.planted_sentences import ADDED
from content.planted_swaps import SWAPS, swapped
from content.providers.composer import Composer
from domain.brand import Brand
from domain.compliance import Verdict, worst
from domain.errors import InputError
from domain.numbers import find_numbers
from domain.posts import ContentPost
from domain.rules import check_draft
from domain.text import find_hashtags, find_links, without
from domain.writing import Brief, Written, WrittenVariant

KINDS = ("number", "link", "name", "handle", *ADDED, *SWAPS)
_START = datetime(2026, 3, 2, 9, tzinfo=UTC)

_PEOPLE = (
    "Resi", "Schorsch", "Sabine Müller", "Dr. Weber", "Frau Huber", "Hubertus Kaulbach", "Priya",
    "Ngozi", "Gareth", "Siobhan", "Margaret Hollis", "Professor Lindqvist", "Ravi", "Anna Schmidt",
    "Thomas", "Xaver", "Ayşe Yilmaz", "Jürgen", "Leonie", "Mr Patel", "Emma Watson", "Bjørn",
    "Nordfels GmbH", "Alpenkraft AG", "Brightwool Ltd", "Samsung", "Edeka", "Tesco", "Ikea",
    "Nestlé", "Kempten", "Sonthofen", "Bradford", "Harrogate", "Salzburg", "Manchester",
    "Oberstdorf",
)  # fmt: skip
_SAID = {
    "name": {
        "de": ("{true} {it} sagt das auch.", "Mit {it} ist das so eine Sache. {true}",
               "{true} Das weiß auch {it}.", "{true} So sieht es {it}.", "Laut {it}: {true}"),
        "en": ("{true} {it} says so too.", "With {it} that is quite a story. {true}",
               "{true} That is what {it} says.", "According to {it}: {true}", "{true} Ask {it}."),
    },
    "handle": {
        "de": ("{true} Danke, @{it}!", "{true} Mehr bei @{it}.", "@{it} sagt: {true}",
               "{true} (Foto: @{it})", "{true} Fragt @{it}."),
        "en": ("{true} Thanks, @{it}!", "{true} More at @{it}.", "@{it} says: {true}",
               "{true} (Photo: @{it})", "{true} Ask @{it}."),
    },
    "link": {
        "de": ("{true} Mehr: {it}", "{true} Alles dazu auf {it}", "Schaut auf {it} vorbei. {true}",
               "{true} {it}"),
        "en": ("{true} More: {it}", "{true} All about it at {it}", "Have a look at {it}. {true}",
               "{true} {it}"),
    },
    "number": {
        "de": ("{true} Und das seit {it} Jahren.", "{true} Schon {it} Leute waren da.",
               "{true} Jetzt {it} % günstiger.", "{it} Gründe, uns zu mögen. {true}",
               "{true} Nur {it} Euro."),
        "en": ("{true} And so for {it} years.", "{true} Already {it} people came.",
               "{true} Now {it} % off.", "{it} reasons to like us. {true}", "{true} Only £{it}."),
    },
}  # fmt: skip
_SHORTER = (
    ("Euro", "€"), ("Prozent", "%"), ("Kilometern?", "km"), ("Milliliter", "ml"),
    ("Litern?", "l"), ("Gramm", "g"), ("Milligramm", "mg"), ("Stunden", "h"), ("hours", "h"),
    ("kilograms", "kg"), ("minutes", "min"), ("centimetres", "cm"),
)  # fmt: skip
_IN_WORDS = {
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "en": "two three four five six seven eight nine ten eleven twelve",
}
_HOSTS = ("evil", "brand-deals", "best-offer", "get-wool", "quellwasser", "trinkmehr", "bit", "t")
_ENDS = ("com", "de", "co.uk", "shop", "io", "net", "ly", "top")


@dataclass(frozen=True, slots=True)
class Trial:
    """One draft of the trial: `planted` says what is false in it, empty where it is true."""

    kind: str
    planted: str
    post: ContentPost
    brief: Brief
    verdict: Verdict
    rules: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """What came of a trial: how many drafts of each kind, and those that were misjudged."""

    counts: Counter[str] = field(default_factory=Counter)
    misjudged: list[Trial] = field(default_factory=list)

    def misjudged_of(self, kind: str) -> int:
        """How many of this kind passed though false, or were stopped though true."""
        return sum(trial.kind == kind for trial in self.misjudged)


def try_gate(
    brands: Sequence[Brand], *, count: int, seed: int, kinds: Sequence[str] = KINDS
) -> Outcome:
    """Judge `count` false drafts and `count` true ones; the same seed gives the same drafts.

    The false ones are of these `kinds` in turn. Of brands in other languages than German and
    English nothing is planted.

    Raises:
        InputError: there is no other brand.
    """
    outcome, brands = Outcome(), [one for one in brands if Composer.speaks(one.voice.language)]
    if not brands:
        raise InputError("no brand here writes German or English; falsehoods are planted in these")
    for trial in trials(brands, count=count, seed=seed, kinds=kinds):
        outcome.counts[trial.kind] += 1
        if (trial.verdict is Verdict.PASS) == bool(trial.planted):
            outcome.misjudged.append(trial)
    return outcome


def trials(
    brands: Sequence[Brand], *, count: int, seed: int, kinds: Sequence[str] = KINDS
) -> Iterator[Trial]:
    """The judged drafts themselves, the true ones first."""
    yield from _true(brands, count=count, seed=seed)
    yield from _false(brands, count=count, seed=seed, kinds=kinds)


def _true(brands: Sequence[Brand], *, count: int, seed: int) -> Iterator[Trial]:
    for number in range(count):
        brand, brief, dice = _order(brands, number, seed)
        variant = dice.choice(Composer().write(brief, brand=brand, seed=number).variants)
        if number % 2:
            text = _respelled(variant.text, brief.language, dice)
            variant = variant.model_copy(update={"text": text})
        written = Written(variants=(variant,), writer="trial")
        yield _judged(make_drafts(brief, written, brand=brand)[0], brief, brand, kind="true")


def _respelled(text: str, language: str, dice: Random) -> str:
    """The same facts in another spelling: `7,90 €` for `7,90 Euro`, `three farms` for `3 farms`."""
    for long, short in _SHORTER:
        if dice.random() < 0.5:
            text = regex.sub(rf"(?<=\d ){long}\b", short, text)
    words = _IN_WORDS[language].split()
    return regex.sub(
        r"(?<![\w.,])([2-9]|1[0-2])(?= \p{L}{4,})(?! (?:Uhr|Jahr|April|Juni))",
        lambda digit: words[int(digit.group()) - 2] if dice.random() < 0.5 else digit.group(),
        text,
    )


def _false(
    brands: Sequence[Brand], *, count: int, seed: int, kinds: Sequence[str]
) -> Iterator[Trial]:
    number = made = 0
    while made < count:
        brand, brief, dice = _order(brands, number, seed)
        # as many of each kind, though not every fact has what is changed, and of every brand
        kind = kinds[made // len(brands) % len(kinds)]
        number += 1
        true = dice.choice(brief.facts).text
        text, planted = _planted(true, kind, brief, dice)
        if not text:
            continue
        variant = WrittenVariant(text=text, with_link=dice.random() < 0.5)
        written = Written(variants=(variant,), writer="trial")
        made += 1
        yield _judged(
            make_drafts(brief, written, brand=brand)[0], brief, brand, kind=kind, planted=planted
        )


def _order(brands: Sequence[Brand], number: int, seed: int) -> tuple[Brand, Brief, Random]:
    # a trial that can be repeated is wanted, not a secret
    dice = Random(f"{seed}:{number}")  # noqa: S311
    brand = brands[number % len(brands)]
    main = dice.choice(brand.facts)
    others = [fact for fact in brand.facts if fact.topic == main.topic and fact is not main]
    brief = Brief(
        id=f"trial-{seed}-{number}",
        brand=brand.name,
        topic=main.topic,
        why="a trial of the facts gate",
        facts=(main, *others[:2]),
        platforms=tuple(account.platform for account in brand.accounts[:2]),
        language=brand.voice.language,
        due_at=_START + timedelta(hours=8 * number),
        variants=3,
    )
    return brand, brief, dice


def _judged(
    post: ContentPost, brief: Brief, brand: Brand, *, kind: str, planted: str = ""
) -> Trial:
    checks = check_draft(post, brand=brand, brief=brief)
    rules = tuple(check.rule for check in checks if check.verdict is not Verdict.PASS)
    return Trial(kind, planted, post, brief, worst(checks), rules)


def _planted(true: str, kind: str, brief: Brief, dice: Random) -> tuple[str, str]:
    if kind in ADDED:
        it = dice.choice(ADDED[kind][brief.language])
        return (f"{true} {it}" if dice.random() < 0.7 else f"{it} {true}"), it
    if kind in SWAPS:
        return swapped(true, kind, brief.language, dice)
    if kind == "number" and dice.random() < 0.7:
        return _with_other_number(true, brief, dice)
    it = {"name": _person, "handle": _handle, "link": _link, "number": _number}[kind](brief, dice)
    return dice.choice(_SAID[kind][brief.language]).format(true=true, it=it), it


def _with_other_number(true: str, brief: Brief, dice: Random) -> tuple[str, str]:
    """The fact with one of its numbers changed: by a digit, by a factor, or for another fact's."""
    bare = without(without(true, find_links(true)), find_hashtags(true))
    places = [*regex.finditer(r"(?<![\w.,])\d+(?:[.,]\d+)*", bare)]
    if not places:
        return "", ""
    place = dice.choice(places)
    known = {number.value for number in find_numbers(_facts(brief), language=brief.language)}
    own = {number.value for number in find_numbers(true, language=brief.language)}
    for _ in range(20):
        new = _changed(place.group(), sorted(known - own), dice)
        value = find_numbers(new, language=brief.language)[0].value
        if value not in own and new != place.group():
            return true[: place.start()] + new + true[place.end() :], new
    return "", ""


def _changed(digits: str, others: list[str], dice: Random) -> str:
    whole = [other for other in others if other.isdigit()]
    if whole and digits.isdigit() and dice.random() < 0.3:
        return dice.choice(whole)
    at = dice.choice([i for i, sign in enumerate(digits) if sign.isdigit()])
    other = dice.choice([d for d in "123456789" if d != digits[at]])
    return digits[:at] + other + digits[at + 1 :]


def _facts(brief: Brief) -> str:
    return "\n".join(fact.text for fact in brief.facts)


def _person(_brief: Brief, dice: Random) -> str:
    return dice.choice(_PEOPLE)


def _handle(_brief: Brief, dice: Random) -> str:
    names = (
        "evil",
        "wool_fan",
        "limo.liebe",
        "deals4you",
        "anna.k",
        "shop@evil.example",
        "quelle24",
    )
    return dice.choice(names)


def _number(brief: Brief, dice: Random) -> str:
    known = {number.value for number in find_numbers(_facts(brief), language=brief.language)}
    return str(next(n for n in iter(lambda: dice.randrange(2, 4000), None) if str(n) not in known))


def _link(brief: Brief, dice: Random) -> str:
    host = f"{dice.choice(_HOSTS)}.{dice.choice(_ENDS)}"
    own = next((fact.link for fact in brief.facts if fact.link), None)
    shapes = [
        f"https://{host}/a",
        host,
        f"www.{host}",
        host.replace(".", "[.]", 1),
        f"http://{host}",
    ]
    if own:
        name = regex.sub(r"^https://", "", own)
        shapes += [f"{own}-neu", f"https://{name.replace('/', f'.{host}/', 1)}", f"{own}?ref=a1"]
    return dice.choice(shapes)
