"""Reads go by the same limits as posts, and what a read is refused counts for all workers."""

from datetime import timedelta

import httpx
import pytest

from domain.errors import RateLimited, Unreachable
from publishing import limits
from publishing.counts import pull_counts
from publishing.limits import REPLIES_KEEP, News
from publishing.outbox import deliver_due
from publishing.outcomes import refused
from publishing.platforms.standing import ACCOUNT
from publishing.readings import read_each
from publishing.reconcile import reconcile
from storage.ledger.limits import Limit, write

X, MASTODON = "x:bergquell", "mastodon:bergquell"
MINUTES = timedelta(minutes=1)
TOO_MANY = {"title": "Too Many Requests"}


def close(ledger, account, *, until):
    """As a worker does whose post was refused."""
    outcome = refused(RateLimited("too many", until=until))
    with ledger.transaction() as connection:
        limits.note(connection, [News(account, outcome)], now=ledger.now(connection))


def leave(ledger, account, remaining):
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        limit = Limit(account, ACCOUNT, now, 100, remaining, resets_at=now + 10 * MINUTES)
        write(connection, [limit])


def closed(ledger, account):
    with ledger.reading() as connection:
        return limits.closed_until(connection, account, now=ledger.now(connection))


class Asked:
    """Answers, and remembers who was asked; a refusal is raised once."""

    def __init__(self, **refusals):
        self.accounts, self.refusals = [], refusals

    def __call__(self, account):
        self.accounts.append(account)
        refusal = self.refusals.pop(account.partition(":")[0], None)
        if refusal:
            raise refusal
        return "told"


def test_a_closed_account_is_not_read_and_the_others_are(ledger, clock):
    close(ledger, X, until=clock.now() + 10 * MINUTES)
    ask = Asked()

    answers = read_each(ledger, [X, MASTODON], ask)

    assert [MASTODON] == ask.accounts
    assert {X: "left alone until 2026-03-02 12:10:00 UTC"} == answers.left_out
    assert {"not asked": f"{X}: left alone until 2026-03-02 12:10:00 UTC"} == answers.in_words
    clock.wait_until(clock.now() + 11 * MINUTES)
    assert {X: "told"} == read_each(ledger, [X], ask).told


def test_counts_of_a_closed_account_make_no_request(ledger, networks, clock, wire):
    close(ledger, X, until=clock.now() + 10 * MINUTES)

    answers = pull_counts(ledger, networks, {X: ["1"]})

    assert [] == wire.requests
    assert [X] == [*answers.left_out]


@pytest.mark.parametrize(
    ("left", "counts", "messages"), [(26, True, True), (25, False, True), (10, False, False)]
)
def test_what_is_read_leaves_its_share_of_a_window_to_posts(ledger, left, counts, messages):
    leave(ledger, X, left)

    assert counts == bool(read_each(ledger, [X], Asked()).told)
    assert messages == bool(read_each(ledger, [X], Asked(), keep=REPLIES_KEEP).told)


@pytest.mark.parametrize("account", [X, MASTODON])
def test_what_a_read_is_refused_nobody_reads_again_too_early(ledger, clock, account):
    until = clock.now() + 7 * MINUTES
    refusal = RateLimited("too many", until=until)
    ask = Asked(**{account.partition(":")[0]: refusal})

    first = read_each(ledger, [account], ask)
    second = read_each(ledger, [account], ask)

    assert {account: refusal} == first.refused
    assert [account] == ask.accounts
    assert [account] == [*second.left_out]
    assert until == closed(ledger, account)


def test_reads_without_an_instant_wait_longer_each_time_until_one_is_answered(ledger, clock):
    waits = []
    for refusal in (RateLimited("no"), RateLimited("no"), None, RateLimited("no")):
        read_each(ledger, [X], Asked(x=refusal))
        until = closed(ledger, X) or clock.now()
        waits.append((until - clock.now()).total_seconds())
        clock.wait_until(until)

    assert [15, 30, 0, 15] == waits


def test_a_read_that_x_refuses_does_not_hold_up_posts(ledger, networks, clock, desk, wire):
    """X limits each kind of call by itself."""
    read_each(ledger, [X], Asked(x=RateLimited("no", until=clock.now() + 7 * MINUTES)))
    desk.plan()

    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=9)

    assert ["Fresh."] == wire.texts


def test_a_read_that_fails_otherwise_closes_nothing(ledger):
    answers = read_each(ledger, [X], Asked(x=Unreachable("no")))

    assert [X] == [*answers.refused]
    assert closed(ledger, X) is None


def unknown(ledger, networks, clock, desk, wire):
    wire.after = [httpx.ReadTimeout("no answer")]
    delivery_id = desk.plan()
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=9)
    wire.requests.clear()
    return delivery_id


def test_a_closed_account_is_not_looked_up_before_its_time(ledger, networks, clock, desk, wire):
    delivery_id = unknown(ledger, networks, clock, desk, wire)
    until = clock.now() + 10 * MINUTES
    close(ledger, X, until=until)

    assert [] == reconcile(ledger, networks=networks)

    assert [] == wire.requests
    assert until == desk.look(delivery_id).next_at
    clock.wait_until(until)
    (found,) = reconcile(ledger, networks=networks)
    assert "sent" == found.state


def test_what_a_look_up_is_refused_counts_for_all_reads(ledger, networks, clock, desk, wire):
    unknown(ledger, networks, clock, desk, wire)
    reset = clock.now() + 9 * MINUTES
    headers = {"x-rate-limit-reset": str(int(reset.timestamp()))}
    wire.reads = [httpx.Response(429, headers=headers, json=TOO_MANY)]

    reconcile(ledger, networks=networks)

    assert reset == closed(ledger, X)
    ask = Asked()
    read_each(ledger, [X], ask)
    assert [] == ask.accounts
