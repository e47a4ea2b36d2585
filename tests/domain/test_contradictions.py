"""Facts against each other: what cannot both be true is found, what only counts differently not."""

import pytest

from domain.brand import Fact
from domain.contradictions import agreeing, contradictions


def facts(*texts: str, topic: str = "shop") -> list[Fact]:
    return [Fact(id=f"f{n}", topic=topic, text=text) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Our shop opens at 9 am.", "The shop opens at 11 am every day."),
        ("en", "The shop opens at 9 am.", "The shop opens at 9 pm."),
        ("en", "The café is open from 9 am to 5 pm.", "The café is open from 10 am to 6 pm."),
        ("en", "The Hearth blanket costs £149.", "The Hearth blanket costs £159.50."),
        ("en", "The 0.5 l bottle costs £2.", "The 0.5 l bottle costs £3."),
        ("en", "We have twelve looms.", "We have 14 looms."),
        ("en", "The fair is on 5 May.", "The fair is on 12 June."),
        ("de", "Unser Laden öffnet um 9 Uhr.", "Der Laden öffnet um 11 Uhr."),
        ("de", "Der Hofladen öffnet um 9 Uhr.", "Der Hofladen öffnet täglich um 10:30 Uhr."),
        ("de", "Die Limonade kostet 1,19 €.", "Unsere Limonade kostet 1,29 €."),
        ("de", "Seit 1921 füllen wir ab.", "Wir füllen seit 1912 ab."),
        ("de", "Das Fest ist am 5. Mai.", "Das Fest ist am 12. Mai."),
    ],
)
def test_the_same_words_with_another_figure_contradict_each_other(language, one, other):
    first, second = facts(one, other)
    assert [(first, second)] == contradictions([first, second], language=language)
    assert (first,) == agreeing([first, second], language=language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "The Hearth blanket costs £149.", "The Fell blanket costs £99."),
        ("en", "The 0.5 l bottle costs £2.", "The 1 l bottle costs £3."),
        ("en", "The shop opens at 9 am.", "The shop closes at 5 pm."),
        ("en", "The shop opens at 9 am.", "On Sundays the shop opens at 11 am."),
        ("en", "The shop opens at 9 am.", "The shop opens at 9:00 am every day."),
        ("en", "It costs £5 with a deposit.", "It costs £4 without a deposit."),
        ("en", "In 2019 we wove 300 blankets.", "In 2020 we wove 400 blankets."),
        ("en", "The shop opens at 9 am.", "The shop opens."),
        ("de", "Der Apfelsaft kostet 1,19 €.", "Die Apfelschorle kostet 0,99 €."),
        ("de", "Wir öffnen um 9 Uhr.", "Am Samstag öffnen wir um 11 Uhr."),
        ("de", "Die Flasche wiegt 500 g.", "Die Flasche fasst 700 ml."),
        ("de", "Der Laden öffnet um 9 Uhr.", "Der Laden öffnet um 9.00 Uhr."),
    ],
)
def test_what_counts_or_times_another_thing_contradicts_nothing(language, one, other):
    pair = facts(one, other)
    assert [] == contradictions(pair, language=language)
    assert tuple(pair) == agreeing(pair, language=language)


def test_facts_of_two_topics_are_left_alone():
    pair = [
        *facts("The tour starts at 9 am.", topic="mill"),
        *facts("The tour starts at 11 am.", topic="farm"),
    ]
    assert [] == contradictions(pair, language="en")
