"""Invented people of the audience; none of them exists."""

from random import Random

_FIRST = {
    "de": (
        "Anna Lukas Marie Jonas Lena Felix Sophie Paul Katharina Tobias Johanna Stefan Miriam"
        " Andreas Claudia Florian Sabine Matthias Ulrike Kilian"
    ),
    "en": (
        "Alice Jack Emma Oliver Grace Harry Sophie Thomas Ruth George Hannah Callum Megan Lewis"
        " Priya Daniel Isla Owen Fiona Marcus"
    ),
}
_LAST = {
    "de": (
        "Huber Maier Schmid Wagner Bauer Vogel Keller Lang Frank Roth Beck Lorenz Simon Graf Haas"
        " Sommer Arnold Kraft Busch Winter"
    ),
    "en": (
        "Smith Jones Taylor Brown Walker Wright Green Hall Wood Clarke Hughes Carter Shaw Price"
        " Cole Ward Webb Palmer Dean Rose"
    ),
}
_HANDLE = 15


def invent(rng: Random, language: str) -> tuple[str, str]:
    """A full name and a short plain handle (letters and digits, at most 15)."""
    first, last = rng.choice(_FIRST[language].split()), rng.choice(_LAST[language].split())
    number = str(rng.randrange(2, 99))
    return f"{first} {last}", f"{first}{last}"[: _HANDLE - len(number)].lower() + number
