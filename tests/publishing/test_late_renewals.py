"""Renewals that come late: refused, or asleep on their turn, beside another that went well."""

import httpx
import pytest

from domain.errors import RateLimited
from domain.tokens import Tokens
from publishing.tokens import LEASE, TokenKeeper, Turn
from storage.ledger import tokens
from tests.publishing import test_tokens
from tests.publishing.test_tokens import TWO_HOURS, alerts, keeper, row

endpoint, connected = test_tokens.endpoint, test_tokens.connected


@pytest.mark.usefixtures("connected")
def test_a_refusal_does_not_spoil_the_pair_that_another_keeps_at_that_moment(
    ledger, clock, endpoint, monkeypatch
) -> None:
    """Two renew at once; the slower one is refused, and the other's pair is kept just then."""
    clock.instant += TWO_HOURS
    endpoint.faults.append(httpx.Response(400, json={"error": "invalid_grant"}))
    late, real, turn = keeper(ledger, endpoint), tokens.lock, []

    def lock(connection, holder, **more):
        turn.append(1)
        if len(turn) == 2:  # the first was for its turn, this is to tell of the refusal
            pair = Tokens("access-9", "refresh-9", expires_at=clock.now() + TWO_HOURS)
            tokens.keep(connection, holder, pair, **more)
        return real(connection, holder, **more)

    monkeypatch.setattr("publishing.tokens.ledger_tokens.lock", lock)

    assert "access-9" == late.current().token
    assert [] == alerts(ledger)
    assert row(ledger).tokens.expires_at > clock.now()


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("another_came", [True, False])
def test_who_slept_on_the_lease_does_not_show_a_token_that_may_be_spent(
    ledger, clock, endpoint, monkeypatch, another_came
) -> None:
    """A process is paused between its turn and the request; meanwhile somebody else renews."""
    clock.instant += TWO_HOURS
    late, real = keeper(ledger, endpoint), TokenKeeper._take_turn

    def paused(self, seen, **more):
        found = real(self, seen, **more)
        if self is late and found[0] is Turn.OURS:
            clock.instant += 2 * LEASE
            if another_came:
                keeper(ledger, endpoint).current()
        return found

    monkeypatch.setattr(TokenKeeper, "_take_turn", paused)

    if another_came:
        assert "access-1" == late.current().token
    else:
        with pytest.raises(RateLimited):
            late.current()
    assert ["refresh-0"] * another_came == [call["refresh_token"] for call in endpoint.calls]
    assert [] == alerts(ledger)
