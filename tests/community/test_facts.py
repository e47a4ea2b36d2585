"""A question gets the one fact that answers it, or none."""

import pytest

from community.facts import best_fact
from domain.brand import Brand


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("Was kostet die Glasflasche?", "price"),
        ("Woher kommt euer Wasser?", "source"),
        ("Gibt es auf die Flasche Pfand?", "deposit"),
        ("Wie lange dauert der Versand?", "shipping"),
        ("Sind eure Limonaden vegan?", "vegan"),
    ],
)
def test_the_fitting_fact_is_found(brand: Brand, question: str, fact: str) -> None:
    found = best_fact(question, brand.facts)
    assert found is not None
    assert fact == found.fact.id


@pytest.mark.parametrize(
    "question",
    [
        "Was kostet der Versand nach Österreich?",
        "Wann kommt die neue Sorte Melone?",
        "Wie viel Koffein ist da drin?",
        "Wo kann man eure Limonaden in München kaufen?",
        "Wie alt ist der Geschäftsführer?",
        "?",
        "",
    ],
)
def test_a_question_that_no_fact_answers_gets_none(brand: Brand, question: str) -> None:
    assert best_fact(question, brand.facts) is None
