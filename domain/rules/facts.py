"""The facts gate: no number, date, link, handle or name that nobody vouched for."""

import regex

from domain.brand import Fact
from domain.compliance import ComplianceCheck
from domain.numbers import Number, find_numbers
from domain.rules.context import Draft, blocked, held, listed, passed
from domain.rules.counting import is_of_its_own, is_year
from domain.rules.meaning import content_of, sentences_of, shared, states
from domain.rules.names import find_names
from domain.text import Span, find_account_names, find_handles, find_links, visible
from domain.tlds import TLDS

_SPOKEN_DOT = regex.compile(
    r"(?i)(?:\G|(?<![\p{L}\p{N}-]))(?P<host>[\p{L}\p{N}-]{2,}+)"
    r"(?:\s+(?:dot|punkt)\s+|\s\.\s?)(?P<end>[a-z]{2,12})\b"
)
_BRACKETED_DOT = regex.compile(r"(?i)\s*[\[({<]\s*(?:\.|dot|punkt)\s*[\])}>]\s*")
_BEFORE_HOST = regex.compile(r"(?i)^(?:https?://)?(?:www\.)?")
_SPAN = regex.compile(
    r"(?<![\d.,:])(?P<first>\d+(?:[.,:]\d+)?)\s?(?:bis|und|oder|to|and|or|by|x|×|–|-)\s?"
    r"\d+(?:[.,:]\d+)?\s?(?P<unit>\p{L}{2,}|%|€|°C)"
)
_CALENDAR = {
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonnabend Sonntag Januar Februar "
    "März April Mai Juni Juli August September Oktober November Dezember",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February April June "
    "July August September October November December",
}
_DATE = {
    code: regex.compile(rf"\b(?:{'|'.join(words.split())})s?\b")
    for code, words in _CALENDAR.items()
}

_SOON = {
    "de": regex.compile(
        r"(?<!\bGuten )(?<!\bguten )(?<!\b[Hh]eute )(?<!\b[Jj]eden )(?<!\bam )(?<!\bAm )"
        r"(?<!\bfrühen )(?<!\bklaren )\bMorgen(?= \p{Ll})"
        r"|\b(?:(?:ab|bis|erst|schon|kommt|gleich|und) morgen|[Üü]bermorgen"
        r"|(?:[Nn]ächst|[Kk]ommend)e[nrs]? (?:Woche|Monat|Jahr|Wochenende|Tage)n?)\b"
    ),
    "en": regex.compile(r"(?i)\b(?:tomorrow|(?:next|coming) (?:week|weekend|month|year|season))\b"),
}
_WHILE = {
    "de": "(?:jahr|monat|woche|tag|stunde|minute|jahrzehnt|jahrhundert|generation)(?:e[rn]?|n)?",
    "en": "(?:year|month|week|day|hour|minute|decade|generation|centurie?)s?|century",
}
_SPAN_OF_TIME = {
    "de": rf"{_WHILE['de']}|wochenende|nacht|saison|sommer|winter|herbst|frühling|frühjahr"
    r"|quartal|mittwoch|weihnachten|\p{L}+tag",
    "en": rf"{_WHILE['en']}|weekend|night|season|summer|winter|autumn|spring|quarter|christmas"
    r"|\p{L}+day",
}
_SOME = (
    r"ein|eine[mr]|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|wenigen|einigen|vielen|langen|"
    r"ein paar|über|mehr als|fast|rund|hundert"
)
_PAST = {
    "de": regex.compile(
        r"(?i)\b(?:(?<!\bvon )gestern|vorgestern|kürzlich|neulich|jüngst|(?<!\bvon )damals"
        r"|(?:vor|seit) kurzem|seit langem|vor langer zeit|eben erst"
        rf"|(?:letzt|vorig|vergangen)e[nrsm]? (?:paar )?(?:{_SPAN_OF_TIME['de']})"
        rf"|(?:seit|vor) (?:(?:{_SOME}) ){{0,2}}(?:{_WHILE['de']}))\b"
    ),
    "en": regex.compile(
        r"(?i)\b(?:yesterday(?!['’]s)|the other day|recently|long ago|just now|lately"
        rf"|(?:last|past) (?:few |two )?(?:{_SPAN_OF_TIME['en']})|(?:{_WHILE['en']}) ago"
        rf"|earlier this (?:{_SPAN_OF_TIME['en']})"
        r"|for (?:many |several |some )?(?:years|decades|centuries|generations|ages))\b"
    ),
}


def numbers(draft: Draft) -> ComplianceCheck:
    """Every number, with its unit, stands in the facts; one in words is held, not blocked.

    Of what is counted (`12 Flaschen`) the facts must not give another number only. A number that
    belongs to another fact than the sentence it stands in is held, and so is one that counts or
    measures something else than its fact does (`11 sheep` for `11 farms`).
    """
    found = find_numbers(_spread(draft.text), language=draft.language)
    known = find_numbers(_spread(draft.known), language=draft.brand.voice.language)
    strange = [number for number in found if not _is_known(number, known)]
    evidence = listed([number.text for number in strange])
    remedy = "use only numbers from the facts, or add the fact to the brand file"
    if any(not number.spelled for number in strange):
        return blocked("numbers", evidence=evidence, remedy=remedy)
    if misplaced := _misplaced(draft):
        evidence = listed([f"{number.text}, of another fact" for number in misplaced])
        return held("numbers", evidence=evidence, remedy="check which fact the number is from")
    if other := _of_another(found, draft):
        evidence = listed([f"{_told(number)}, of something else" for number in other])
        return held("numbers", evidence=evidence, remedy="say what the fact counts or measures")
    if strange:
        return held("numbers", evidence=evidence, remedy=remedy)
    return passed("numbers", f"{len(found)} numbers, all in the facts")


def _of_another(found: tuple[Number, ...], draft: Draft) -> list[Number]:
    """Numbers of the facts beside a noun that their facts do not put there."""
    brand = draft.brand
    about = " ".join((brand.about, *brand.topics, *brand.keywords))
    given = [
        (number, line)
        for line in draft.known.splitlines()
        for number in (find_numbers(line, language=brand.voice.language) if found else ())
    ]
    return [
        number
        for number in found
        if not is_of_its_own(
            number,
            [(each, line) for each, line in given if each.key == number.key],
            about=about,
            language=draft.language,
        )
    ]


def _told(number: Number) -> str:
    """A number with the words behind it, as evidence."""
    return " ".join((number.text, *number.behind.split()[:2]))


def _misplaced(draft: Draft) -> list[Number]:
    """Numbers whose sentence is about a fact that gives another number of the same kind."""
    found = []
    for sentence in sentences_of(draft.text):
        numbers = [n for n in find_numbers(sentence, language=draft.language) if n.unit or n.counts]
        if numbers:
            words = content_of(sentence)
            about = [(shared(words, fact.text), _fact_numbers(fact, draft)) for fact in draft.facts]
            found += [number for number in numbers if _is_misplaced(number, about)]
    return found


def _is_misplaced(number: Number, about: list[tuple[int, tuple[Number, ...]]]) -> bool:
    kind = (number.unit, "" if number.unit else number.counts)
    right = [n for n, own in about if any(number.key == each.key for each in own)]
    wrong = [
        n
        for n, own in about
        if any((each.unit, "" if each.unit else each.counts) == kind for each in own)
        and not any(number.key == each.key for each in own)
    ]
    return bool(right and wrong) and max(wrong) > max(right) + (not number.unit)


def _fact_numbers(fact: Fact, draft: Draft) -> tuple[Number, ...]:
    return find_numbers(_spread(fact.text), language=draft.brand.voice.language)


def _spread(text: str) -> str:
    """The text, and behind it the first number of each span with its unit: `9 bis 17 Uhr`."""
    spans = (f"{span['first']} {span['unit']}." for span in _SPAN.finditer(text))
    return "\n".join((text, *spans))


def dates(draft: Draft) -> ComplianceCheck:
    """No weekday, no month, no `tomorrow` and no `yesterday` that is not in the facts.

    A past time must stand in the fact that its sentence is about.
    """
    language = draft.language if draft.language in _DATE else "en"
    known, text = draft.known.casefold(), visible(draft.text)
    found = [name for name in _DATE[language].findall(text) if name.casefold() not in known]
    found += [word for word in _SOON[language].findall(text) if word.casefold() not in known]
    found += _past(draft, language)
    if found:
        return held("dates", evidence=listed(found), remedy="check the date, or leave it out")
    return passed("dates")


def _past(draft: Draft, language: str) -> list[str]:
    """What a sentence says of the past (`yesterday`, `vor Jahren`) and its fact does not."""
    pattern = _PAST[language]
    given = [
        ({_span(match) for match in pattern.finditer(line)}, line)
        for line in draft.known.splitlines()
    ]
    return [
        match.group()
        for sentence in sentences_of(visible(draft.text))
        if states(sentence)
        for match in pattern.finditer(sentence)
        if not any(_span(match) in spans and shared(_beside(match), line) for spans, line in given)
    ]


def _beside(match: regex.Match[str]) -> set[str]:
    """What its sentence is about beside the time."""
    return content_of(match.string[: match.start()] + match.string[match.end() :])


def _span(match: regex.Match[str]) -> str:
    """The last word without its inflection: `jahr` of `im letzten Jahr` and `letztes Jahr`."""
    return str(match.group()).split()[-1].casefold()[:4]


def links(draft: Draft) -> ComplianceCheck:
    """Only links that the facts give."""
    known = {_address(fact.link) for fact in draft.facts if fact.link}
    known |= {_address(span.text) for span in find_links(draft.known)}
    found = [*find_links(_undisguised(draft.text)), *(Span(link, 0, 0) for link in draft.links)]
    strange = [span.text for span in found if _address(span.text) not in known]
    if strange:
        return blocked(
            "links", evidence=listed(strange), remedy="use only links from the brand's facts"
        )
    return passed("links", f"{len(found)} links, all known")


def handles(draft: Draft) -> ComplianceCheck:
    """Only handles of the brand, of its facts, or of whom is being answered.

    A word that looks like one without its @ (`evil_wool`, `anna.k`) is held, not blocked.
    """
    own = (account.handle for account in draft.brand.accounts)
    given = (span.text for span in find_handles(draft.known))
    known = {handle.casefold().lstrip("@") for handle in (*own, *given, *draft.handles)}
    found = [span.text for span in find_handles(visible(draft.text))]
    strange = [f"@{handle}" for handle in found if handle.casefold() not in known]
    if strange:
        return blocked("handles", evidence=listed(strange), remedy="take the handle out")
    known |= {word.casefold() for word in find_account_names(draft.known)}
    bare = find_account_names(_undisguised(draft.text))
    if unknown := [word for word in bare if word.casefold() not in known]:
        remedy = "take out what looks like an account, or add it to the brand file"
        return held("handles", evidence=listed(unknown), remedy=remedy)
    return passed("handles", f"{len(found)} handles, all known")


def names(draft: Draft) -> ComplianceCheck:
    """No proper name that is not in the facts; a heuristic, so it holds and does not block."""
    strange = find_names(draft.text, known=draft.known, language=draft.language)
    if strange:
        return held(
            "names",
            evidence=listed(strange),
            remedy="check the name, or add the fact to the brand file",
        )
    return passed("names")


def _is_known(number: Number, known: tuple[Number, ...]) -> bool:
    if not any(number.key == other.key for other in known):
        return False
    if is_year(number):
        return True  # `in 1958 our looms` counts no looms
    same = {other.value for other in known if other.counts and other.counts == number.counts}
    return not same or number.value in same


def _undisguised(text: str) -> str:
    """The text with dots where a reader would type one: `evil[.]com`, `evil (dot) com`."""
    dotted = _BRACKETED_DOT.sub(".", visible(text)).replace("。", ".").replace("｡", ".")
    return str(_SPOKEN_DOT.sub(_joined, dotted))


def _joined(match: regex.Match[str]) -> str:
    """`evil dot com` and `evil . com` as one word, where a domain can end so."""
    end = match["end"].casefold()
    return f"{match['host']}.{end}" if end in TLDS else match.group()


def _address(link: str) -> str:
    """A link without what does not change where it leads: scheme, www, case of the host."""
    bare = str(_BEFORE_HOST.sub("", link)).rstrip("/")
    host, slash, path = bare.partition("/")
    return host.casefold() + slash + path
