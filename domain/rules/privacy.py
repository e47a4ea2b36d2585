"""Personal data: addresses, phone numbers and accounts of people are nobody's post."""

from functools import lru_cache

import regex

from domain.compliance import ComplianceCheck
from domain.rules.context import Draft, blocked, held, listed, passed
from domain.text import visible

_MAIL = regex.compile(
    r"[\p{L}\p{N}._%+-]+(?:@|\s?[(\[]at[)\]]\s?)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+"
)
_PHONE = regex.compile(
    r"(?<![\p{L}\p{N}.,/-])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){7,13}(?!\d)"
    r"|(?<![\p{L}\p{N}.,/-])\(?0[1-9]\d{1,4}\)?[ /.-]{0,3}\d{2,}(?:[ /-]?\d{2,}){1,4}(?![\d.,]*\d)"
)
_IBAN = regex.compile(
    r"(?i)(?<![\p{L}\p{N}])[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,4})?"
    r"(?![\p{L}\p{N}])"
)
_CARD = regex.compile(r"(?<![\p{L}\p{N}.,+-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\p{L}\p{N}])")
_STREET = regex.compile(
    r"\b\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|weg|gasse|allee|platz|ufer|damm)\s\d{1,3}\s?[a-h]?\b"
    r"|\b\d{1,4}\s\p{Lu}\p{L}+\s(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Close|Court|Crescent)\b"
)
_SEPARATORS = regex.compile(r"[\s()./-]")
_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26,
    "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}  # fmt: skip


def personal_data(draft: Draft) -> ComplianceCheck:
    """No mail address, phone, bank account or card that the facts do not give; streets are held."""
    text = visible(draft.said)
    known = _bare(draft.known)
    found = [(kind, match) for kind, match in _accounts(text) if _bare(match) not in known]
    if found:
        shown = listed([f"{kind} {_masked(match)}" for kind, match in found])
        return blocked("personal_data", evidence=shown, remedy="take it out; point to the own site")
    streets = [match for match in _STREET.findall(text) if _bare(match) not in known]
    if streets:
        return held("personal_data", evidence=listed(streets), remedy="check whose address it is")
    return passed("personal_data")


def is_iban(text: str) -> bool:
    """Whether it is an account number by length and check digits (ISO 13616, ISO 7064 mod 97)."""
    bare = regex.sub(r"[ -]", "", text).upper()
    if _IBAN_LENGTHS.get(bare[:2]) != len(bare):
        return False
    digits = "".join(str(int(each, 36)) for each in bare[4:] + bare[:4])
    return int(digits) % 97 == 1


def is_card(text: str) -> bool:
    """Whether it is a payment card's number by its check digit (ISO/IEC 7812, Luhn)."""
    digits = [int(each) for each in text if each.isdigit()]
    doubled = [sum(divmod(2 * each, 10)) for each in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _accounts(text: str) -> list[tuple[str, str]]:
    ibans = [match.group() for match in _IBAN.finditer(text)]
    # the pattern may take a word too many behind it
    ibans = [next((i for i in _shorter(each) if is_iban(i)), "") for each in ibans]
    cards = [match.group() for match in _CARD.finditer(text) if is_card(match.group())]
    rest = text
    for taken in (*filter(None, ibans), *cards):
        rest = rest.replace(taken, " ")
    return [
        *(("mail address", match.group()) for match in _MAIL.finditer(rest)),
        *(("account", each) for each in ibans if each),
        *(("card", each) for each in cards),
        *(("phone", match.group().strip()) for match in _PHONE.finditer(rest)),
    ]


def _shorter(text: str) -> list[str]:
    parts = regex.split(r"(?<=[ -])", text)
    return ["".join(parts[:size]).strip(" -") for size in range(len(parts), 0, -1)]


@lru_cache(maxsize=1024)
def _bare(text: str) -> str:
    return str(_SEPARATORS.sub("", text).casefold())


def _masked(text: str) -> str:
    """Enough to find it again in the draft, too little to use it from a log."""
    return f"{text[:4]}…{text[-2:]}"
