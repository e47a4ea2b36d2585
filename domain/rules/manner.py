"""How a brand speaks to its readers: the form of address, and the marks around what it quotes."""

import regex

from domain.compliance import ComplianceCheck
from domain.quotation import find_wrong_marks, without_quotations
from domain.rules.context import Draft, held, listed, passed

_PEOPLE = ("person",)

_YOU = "habt|seid|wollt|könnt|müsst|dürft|sollt|mögt|wisst|werdet|würdet|hättet|wärt|möchtet"
_SAID = (
    "wusstet|kanntet|kennt|macht|geht|kommt|trinkt|probiert|findet|braucht|seht|sucht|kauft|"
    "bekommt|denkt|esst|nehmt|fragt|schreibt|holt|bringt|lest|spart|füllt|mischt|liebt|bestellt|"
    "spült|lauft|wandert|genießt|erlebt|teilt|plant|schaut|glaubt|merkt|speichert|schickt|zeigt"
)
_ORDERS = (
    "probiert?|schreibt?|erzähl(?:t|e)?|schaut?|kommt?|holt?|bringt?|fragt?|merkt?|speicher(?:t|e)?|"
    "schickt?|zeigt?|sagt?|macht?|kauft?|bestellt?|trinkt?|lest|lies|entdeck(?:t|e)?|teste?t?|"
    "teilt?|mischt?|plant?|nehmt|nimm|lasst|lass|gebt|gib|verrat(?:et|e)?|besucht?"
)
_ORDERED = "uns|es|mal|einfach|doch|gern|gerne|vorbei|jetzt|selbst|weiter|mir|sie"
_FAMILIAR = regex.compile(
    r"(?i:\b(?:du|dich|dir|deine?[mnrs]?|euch|eure?[mnrs]?)\b"
    rf"|\b(?:{_YOU}) ihr\b|\bihr (?:{_YOU})\b)"
    rf"|(?i:\b(?:{_SAID}) ihr\b)(?! \p{{Lu}})|(?i:\bihr (?:{_SAID})\b)"
    rf"|(?:^|(?<=[.!?:…] )|(?<=\n))(?i:{_ORDERS})(?= (?:{_ORDERED})\b)"
)
_FORMAL = regex.compile(
    r"(?<=[\p{Ll},] )(?:Sie|Ihnen|Ihre[mnrs]?)\b|(?<=[\p{Ll},] )Ihr(?= (?:\p{Ll}+ )?\p{Lu})"
)


def address(draft: Draft) -> ComplianceCheck:
    """Readers are addressed as the brand file says: Sie, or du and ihr; in German only."""
    formal = draft.brand.voice.formal_address
    if draft.language != "de":
        return passed("address")
    found = find_wrong_address(draft.text, formal=formal)
    if not found:
        return passed("address", "Sie" if formal else "du and ihr")
    return held(
        "address",
        evidence=listed(found),
        remedy=f"address readers with {'Sie' if formal else 'ihr or du'}, as the brand file says",
    )


def find_wrong_address(text: str, *, formal: bool) -> list[str]:
    """Words of the other form of address in a German text; what it quotes is left out.

    A `Sie` that begins a sentence may be they, and is let pass.
    """
    pattern = _FAMILIAR if formal else _FORMAL
    return [match.group() for match in pattern.finditer(without_quotations(text))]


def quotation_marks(draft: Draft) -> ComplianceCheck:
    """A writer's quotation marks are those of the language; pairs were mended, people are free."""
    if draft.generated_by in _PEOPLE:
        return passed("quotation_marks")
    if found := find_wrong_marks(draft.text, language=draft.language):
        return held(
            "quotation_marks",
            evidence=listed(found),
            remedy="write „so“ in German and “so” in English, with both marks",
        )
    return passed("quotation_marks")
