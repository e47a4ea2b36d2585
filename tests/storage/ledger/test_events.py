"""Events: in order, once each, none missed."""

from domain.events import DomainEvent, EventType
from storage.ledger import events


def event(name, now):
    return DomainEvent(
        id=name,
        type=EventType.TREND_DETECTED,
        occurred_at=now,
        correlation="c",
        actor="test",
        payload={"topic": name},
    )


def test_events_are_read_in_the_order_of_writing_and_once_each(ledger, now):
    told = [event("a", now), event("b", now), event("c", now)]
    with ledger.transaction() as connection:
        for one in [*told, told[0]]:
            events.append(connection, one)

        read = events.read_since(connection, 0)
        assert told == [recorded.event for recorded in read]
        assert told[2:] == [r.event for r in events.read_since(connection, read[1].position)]


def test_a_consumer_keeps_its_place_and_never_goes_back(ledger):
    with ledger.transaction() as connection:
        assert 0 == events.position(connection, "insights")
        events.advance(connection, "insights", to=7)
        events.advance(connection, "insights", to=3)

        assert 7 == events.position(connection, "insights")


def test_an_event_that_commits_late_is_not_missed(ledger_url, ledger, now):
    """A slow writer got an earlier position than one that committed before it."""
    if ledger_url.startswith("sqlite"):
        return  # one writer at a time: the order of positions is the order of commits
    with ledger.transaction() as slow:
        events.append(slow, event("slow", now))
        with ledger.transaction() as fast:
            events.append(fast, event("fast", now))
        with ledger.reading() as connection:
            assert [] == events.read_since(connection, 0)

    with ledger.reading() as connection:
        read = [recorded.event.id for recorded in events.read_since(connection, 0)]
    assert ["slow", "fast"] == read


def test_a_position_lost_to_a_rollback_holds_nobody_up(ledger, now):
    try:
        with ledger.transaction() as connection:
            events.append(connection, event("never", now))
            raise RuntimeError
    except RuntimeError:
        pass
    with ledger.transaction() as connection:
        events.append(connection, event("next", now))

    with ledger.reading() as connection:
        assert ["next"] == [r.event.id for r in events.read_since(connection, 0)]
