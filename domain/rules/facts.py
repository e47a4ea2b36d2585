"""The facts gate: no number, date, link, handle or name that nobody vouched for."""

import regex

from domain.compliance import ComplianceCheck
from domain.numbers import Number, find_numbers
from domain.rules.context import Draft, blocked, held, listed, passed
from domain.rules.names import find_names
from domain.text import Span, find_handles, find_links, visible

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


def numbers(draft: Draft) -> ComplianceCheck:
    """Every number, with its unit, stands in the facts; one in words is held, not blocked."""
    found = _numbers(draft.text, draft.language)
    known = {number.key for number in _numbers(draft.known, draft.brand.voice.language)}
    strange = [number for number in found if number.key not in known]
    evidence = listed([number.text for number in strange])
    remedy = "use only numbers from the facts, or add the fact to the brand file"
    if any(not number.spelled for number in strange):
        return blocked("numbers", evidence=evidence, remedy=remedy)
    if strange:
        return held("numbers", evidence=evidence, remedy=remedy)
    return passed("numbers", f"{len(found)} numbers, all in the facts")


def dates(draft: Draft) -> ComplianceCheck:
    """No weekday and no month that is not in the facts."""
    pattern = _DATE.get(draft.language, _DATE["en"])
    known = draft.known.casefold()
    found = [name for name in pattern.findall(visible(draft.text)) if name.casefold() not in known]
    if found:
        return held("dates", evidence=listed(found), remedy="check the date, or leave it out")
    return passed("dates")


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
    """Only handles of the brand, of its facts, or of whom is being answered."""
    own = (account.handle for account in draft.brand.accounts)
    given = (span.text for span in find_handles(draft.known))
    known = {handle.casefold().lstrip("@") for handle in (*own, *given, *draft.handles)}
    found = [span.text for span in find_handles(visible(draft.text))]
    strange = [f"@{handle}" for handle in found if handle.casefold() not in known]
    if strange:
        return blocked("handles", evidence=listed(strange), remedy="take the handle out")
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


def _numbers(text: str, language: str) -> tuple[Number, ...]:
    return find_numbers(text, language=language)


def _undisguised(text: str) -> str:
    """The text with dots where a reader would type one: `evil[.]com`, `evil (dot) com`."""
    dotted = regex.sub(r"(?i)\s*[\[({<]\s*(?:\.|dot|punkt)\s*[\])}>]\s*", ".", visible(text))
    return str(regex.sub(r"[。｡]", ".", dotted))


def _address(link: str) -> str:
    """A link without what does not change where it leads: scheme, www, case of the host."""
    bare = str(regex.sub(r"(?i)^(?:https?://)?(?:www\.)?", "", link)).rstrip("/")
    host, slash, path = bare.partition("/")
    return host.casefold() + slash + path
