"""Which matters were told: each once, by one of those who look, as long as it lasts."""

from datetime import timedelta

from storage.ledger import told

HOUR = timedelta(hours=1)


def test_what_somebody_is_about_to_tell_is_not_taken_by_another_unless_they_died(ledger, now):
    with ledger.transaction() as connection:
        assert {"a", "b"} == told.take(connection, {"a", "b"}, now=now)
    with ledger.transaction() as connection:
        assert {"c"} == told.take(connection, {"a", "b", "c"}, now=now)
        told.tell(connection, {"b", "c"}, now=now)
    with ledger.transaction() as connection:
        later = now + timedelta(minutes=2)
        assert {"a"} == told.take(connection, {"a", "b", "c"}, now=later)


def test_what_could_not_be_told_is_taken_again_at_once(ledger, now):
    with ledger.transaction() as connection:
        told.give_back(connection, told.take(connection, {"a"}, now=now))
        assert {"a"} == told.take(connection, {"a"}, now=now)


def test_a_matter_that_was_over_for_hours_is_told_anew_and_one_that_lasts_is_not(ledger, now):
    both = {"lasts", "comes back"}
    with ledger.transaction() as connection:
        told.tell(connection, told.take(connection, both, now=now), now=now)
        for hours in (1, 2, 3, 4):
            assert set() == told.take(connection, {"lasts"}, now=now + hours * HOUR)
        assert {"comes back"} == told.take(connection, both, now=now + 5 * HOUR)


def test_a_matter_that_lasts_while_nobody_looks_for_a_week_is_not_told_anew(ledger, now):
    with ledger.transaction() as connection:
        told.tell(connection, told.take(connection, {"lasts"}, now=now), now=now)
        assert set() == told.take(connection, {"lasts"}, now=now + 170 * HOUR)
