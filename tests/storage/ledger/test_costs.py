"""Money, stops, choices and imports as the ledger keeps them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from domain.brand import Budget
from domain.errors import PolicyError, StoreError
from storage.ledger import brands, choices, costs, imports, stops
from storage.ledger.choices import Choice
from storage.ledger.costs import LedgerPurse
from storage.ledger.imports import ImportedFile

CALL = {"brand": "bergquell", "provider": "openai", "purpose": "two variants"}


@pytest.fixture
def purse(ledger, brand, now):
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=now)
    return LedgerPurse(ledger)


def spent(ledger):
    with ledger.reading() as connection:
        since = ledger.now(connection) - timedelta(days=1)
        return costs.spent(connection, brand="bergquell", since=since)


def test_what_was_paid_replaces_what_was_reserved(ledger, purse):
    booking = purse.reserve(**CALL, cents=60)
    assert 60 == spent(ledger)
    purse.settle(booking, cents=12.5)

    assert 12.5 == spent(ledger)


def test_a_call_over_the_budget_is_refused_and_books_nothing(ledger, purse):
    purse.reserve(**CALL, cents=60)

    with pytest.raises(PolicyError, match=r"monthly_cents in brands/bergquell.yaml"):
        purse.reserve(**CALL, cents=41)
    assert 60 == spent(ledger)


def test_calls_at_the_same_time_keep_the_budget_together(ledger, purse):
    def attempt(_):
        try:
            return purse.reserve(**CALL, cents=30)
        except PolicyError:
            return None

    with ThreadPoolExecutor(8) as pool:
        bookings = list(pool.map(attempt, range(8)))

    assert (3, 90) == (sum(b is not None for b in bookings), spent(ledger))


def test_dollars_are_set_aside_and_settled_in_the_euros_of_the_budget(ledger, purse, brand, now):
    euros = Budget(currency="EUR", monthly_cents=100, eur_per_usd=0.8)
    with ledger.transaction() as connection:
        brands.save(connection, brand.model_copy(update={"budget": euros}), now=now)

    booking = purse.reserve(**CALL, cents=120)
    assert 96 == pytest.approx(spent(ledger))
    with pytest.raises(PolicyError, match=r"would cost up to 8.00 cents.* 96.00 of 100 EUR"):
        purse.reserve(**CALL, cents=10)
    purse.settle(booking, cents=10)

    assert 8 == pytest.approx(spent(ledger))


def test_an_unknown_booking_cannot_be_settled(purse):
    with pytest.raises(StoreError, match=r"reserve before settling"):
        purse.settle("nothing", cents=1)


def test_a_stop_holds_its_brand_until_it_is_lifted(ledger, now):
    with ledger.transaction() as connection:
        stops.stop(connection, brand="bergquell", reason="recall", actor="anna", now=now)

        assert "recall" == stops.active(connection, "bergquell").reason
        assert stops.active(connection, "other") is None
        assert 0 == stops.resume(connection, brand="other", actor="anna", now=now)
        assert 1 == stops.resume(connection, actor="anna", now=now)
        assert stops.active(connection, "bergquell") is None


def test_a_stop_of_all_holds_every_brand(ledger, now):
    with ledger.transaction() as connection:
        stops.stop(connection, brand=None, reason="fire", actor="anna", now=now)

        assert "fire" == stops.active(connection, "anyone").reason


def test_a_choice_is_logged_once(ledger, now):
    choice = Choice(
        id="c1",
        kind="slot",
        brand="bergquell",
        account="x:bergquell",
        chosen="mon 09:00",
        propensity=0.25,
        policy="thompson",
        candidates=[{"slot": "mon 09:00", "p": 0.25}],
        decided_at=now,
    )
    with ledger.transaction() as connection:
        assert choices.log(connection, choice)
        assert not choices.log(connection, choice)

        assert (choice,) == choices.list(connection, kind="slot", brand="bergquell")


def test_an_imported_file_is_known_by_its_content(ledger, now):
    file = ImportedFile("ab" * 32, "posts", "x:bergquell", "posts.csv", 10, 1, now)
    where = {"sha256": file.sha256, "format": "posts", "account": "x:bergquell"}
    with ledger.transaction() as connection:
        assert imports.seen(connection, **where) is None
        assert imports.record(connection, file)
        assert not imports.record(connection, file)

        assert file == imports.seen(connection, **where)
        assert imports.seen(connection, **where | {"account": "x:other"}) is None
