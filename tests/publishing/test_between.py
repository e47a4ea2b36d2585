"""What is committed between two statements of the door's transactions, on a server."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from domain.errors import RateLimited
from publishing import attempts, claims, outcomes
from storage.ledger.database import Ledger
from tests.interleaved import between

X = "x:bergquell"


@pytest.fixture
def others(ledger_url, clock):
    """Two more workers' ledgers on the same server: one to act, one to watch."""
    if not ledger_url.startswith("postgresql"):
        pytest.skip("one writer at a time: nothing is committed within another's transaction")
    with ExitStack() as stack:
        made = [Ledger(ledger_url, clock=clock) for _ in range(2)]
        for one in made:
            stack.callback(one.close)
        yield made


@pytest.mark.parametrize("words", ["FROM rate_limits", "GROUP BY deliveries.account"])
def test_a_refusal_that_comes_while_another_claims_closes_the_account(
    ledger, desk, networks, clock, others, words
):
    first, second = desk.plan("p1", text="One.", after=-5), desk.plan("p2", text="Two.")
    claimed = claims.claim(ledger, accounts=networks, owner="one")
    assert first == claimed.id
    attempt = attempts.begin(ledger, claimed, network=networks[X])
    other, watcher = others
    refused = outcomes.refused(RateLimited("too many", until=clock.now() + timedelta(hours=1)))

    with between(
        ledger,
        lambda: attempts.finish(other, attempt, refused),
        after=lambda _, said: words in said,
        watcher=watcher,
    ) as refusal:
        taken = claims.claim(ledger, accounts=networks, owner="two")

    assert (True, None) == (refusal.has_acted, refusal.error)
    assert taken is None
    assert 0 == desk.look(second).attempts
