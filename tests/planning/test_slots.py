"""Each slot is logged with the very probability with which it was chosen."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from domain.brand import Brand
from ml.timing import EFFECT_SCHEMA
from planning.slots import Horizon, plan_slots, planned_slots
from storage.ledger import choices
from storage.ledger.choices import Choice
from tests.planning.conftest import MORNING

ACCOUNTS = 300
"""Each account has a seed of its own, so that many accounts are many draws."""


def crowd(brand: Brand) -> Brand:
    """The brand with one account many times over, which posts once a day and explores much."""
    (account, *_) = brand.accounts
    copies = [account.model_copy(update={"handle": f"draw{n}"}) for n in range(ACCOUNTS)]
    posting = brand.posting.model_copy(update={"posts_per_day": 1, "exploration": 0.3})
    return brand.model_copy(update={"accounts": tuple(copies), "posting": posting})


def unsure(brand: Brand) -> pl.DataFrame:
    """Hours of which several may be the best: no choice is certain, none is ruled out."""
    slot = np.arange(168)
    effect = 0.15 * np.cos((slot % 24 - 14) / 24 * 2 * np.pi)
    rows = {
        "slot": slot, "effect": effect, "lower": effect - 0.3, "upper": effect + 0.3,
        "posts": slot, "evidence": effect > 0.1, "chance": 1.0, "closeness": 0.1,
    }  # fmt: skip
    frames = [pl.DataFrame(rows).select(account=pl.lit(a.id), **rows) for a in brand.accounts]
    return pl.concat(frames).select(*EFFECT_SCHEMA).cast(EFFECT_SCHEMA)


@pytest.fixture
def drawn(ledger, brand) -> list[Choice]:
    """One logged choice of each account of the crowd."""
    many = crowd(brand)
    with ledger.transaction() as connection:
        plan_slots(
            connection, many, effects=unsure(many), model_version="v1", horizon=Horizon(MORNING)
        )
        assert ACCOUNTS == len(planned_slots(connection, many))
        return list(choices.list(connection, kind="slot"))


def odds(choice: Choice) -> dict[str, float]:
    return {each["due_at"]: each["probability"] for each in choice.candidates}


def test_the_logged_propensity_of_a_slot_is_the_probability_of_the_chosen_candidate(drawn):
    for choice in drawn:
        known = odds(choice)
        assert len(known) > 5
        assert all(0 < chance < 1 for chance in known.values())
        assert 1 == pytest.approx(sum(known.values()))
        assert known[choice.chosen] == choice.propensity


def test_slots_are_chosen_as_often_as_their_logged_odds_say(drawn):
    """Over the seeds of all accounts: each hour of the day, and the propensities as a whole."""
    expected, spread, found = Counter(), Counter(), Counter()
    for choice in drawn:
        for each in choice.candidates:
            hour, chance = each["slot"] % 24, each["probability"]
            expected[hour] += chance
            spread[hour] += chance * (1 - chance)
            found[hour] += each["due_at"] == choice.chosen
    assert [] == [
        hour for hour in expected if abs(found[hour] - expected[hour]) > 4 * spread[hour] ** 0.5
    ]
    # a choice meets its own odds: on average their squares, added up
    logged = np.array([choice.propensity for choice in drawn])
    squares = [sum(chance**2 for chance in odds(choice).values()) for choice in drawn]
    assert np.mean(squares) == pytest.approx(logged.mean(), abs=4 * logged.std() / ACCOUNTS**0.5)
