"""Group commit: each waits for its own, and nobody pays for another's mistake."""

import threading
import time

import pytest
import sqlalchemy as sa

from domain.events import DomainEvent, EventType
from storage.ledger import events
from storage.ledger.group_commit import GroupCommit
from storage.ledger.tables import events as table


def event(name, now):
    return DomainEvent(
        id=name,
        type=EventType.BRAND_LOADED,
        occurred_at=now,
        correlation=name,
        actor="test",
        payload={},
    )


def stored(ledger):
    with ledger.reading() as connection:
        return set(connection.scalars(sa.select(table.c.id)))


@pytest.fixture
def groups():
    return []


@pytest.fixture
def committer(ledger, groups):
    def write(connection, now, names):
        groups.append(len(names))
        if "bad" in names:
            raise ValueError("bad")
        events.append(connection, *[event(name, now) for name in names])
        return [name.upper() for name in names]

    return GroupCommit(ledger, write)


def hand_in(committer, names):
    results = {}

    def one(name):
        try:
            results[name] = committer.commit(name)
        except ValueError as exc:
            results[name] = exc

    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_what_comes_back_is_on_disk(ledger, committer):
    assert "A" == committer.commit("a")
    assert {"a"} == stored(ledger)


def test_many_at_once_share_transactions_and_get_their_own_answers(ledger, committer, groups):
    names = [f"n{number}" for number in range(40)]

    results = hand_in(committer, names)

    assert {name: name.upper() for name in names} == results
    assert set(names) == stored(ledger)
    assert len(groups) < len(names)


def test_a_bad_one_harms_no_other(ledger, committer):
    names = [*(f"n{number}" for number in range(20)), "bad"]

    results = hand_in(committer, names)

    assert isinstance(results.pop("bad"), ValueError)
    assert {name: name.upper() for name in names[:-1]} == results
    assert set(names[:-1]) == stored(ledger)


def test_who_comes_while_one_commits_is_taken_along_next(ledger, committer, groups):
    """Twenty threads, each with several in a row: nobody is left waiting."""
    write = committer._write

    def write_on_a_slow_disk(connection, now, names):
        time.sleep(0.005)
        return write(connection, now, names)

    committer._write = write_on_a_slow_disk
    names = [[f"n{number}-{turn}" for turn in range(5)] for number in range(20)]
    threads = [
        threading.Thread(target=lambda mine=mine: [committer.commit(one) for one in mine])
        for mine in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert {one for mine in names for one in mine} == stored(ledger)
    assert len(groups) <= 50
