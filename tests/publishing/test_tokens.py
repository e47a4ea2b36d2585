"""Tokens that are renewed: early, by one, written before use, and said once when they are lost."""

import json
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import sqlalchemy as sa

from domain.brand import Account
from domain.errors import AuthExpired, ConfigError, RateLimited, Unreachable
from domain.events import EventType
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import App
from publishing.oauth.linkedin import LINKEDIN
from publishing.oauth.mastodon import MASTODON
from publishing.oauth.x import X
from publishing.tokens import ASKED_BY, LEASE, TokenKeeper, Turn, Vault, Way
from publishing.workers import worker_name
from storage.ledger import events, tokens
from storage.ledger.tokens import Holder
from storage.secrets import Keyring, new_key

RING = Keyring({1: new_key()}, "here")
TWO_HOURS = timedelta(hours=2)


def account(platform: Platform = Platform.X) -> Account:
    return Account(platform=platform, handle="bergquell", time_zone="UTC", base_url="http://pds")


@dataclass
class Endpoint:
    """A token endpoint that rotates: each refresh token is good for one pair."""

    good: str = "refresh-0"
    number: int = 0
    calls: list[dict[str, str]] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        self.calls.append(form)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, (httpx.Response, httpx.ConnectError)):
            return self._play(fault)
        if form["refresh_token"] != self.good:
            why = f"the token {form['refresh_token']} was used before"
            return httpx.Response(400, json={"error": "invalid_grant", "error_description": why})
        self.number += 1
        self.good = f"refresh-{self.number}"
        pair = {"access_token": f"access-{self.number}", "refresh_token": self.good}
        if fault is not None:
            return self._play(fault)
        return httpx.Response(200, json=pair | {"expires_in": 7200, "scope": "tweet.write"})

    @staticmethod
    def _play(fault: Any) -> httpx.Response:
        if isinstance(fault, Exception):
            raise fault
        return fault


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


def nothing() -> str:
    raise ConfigError("$X_TOKEN is not set; set it")


def keeper(ledger, endpoint, *, renewer=X, whose=None, fallback=nothing) -> TokenKeeper:
    return TokenKeeper(
        Vault(ledger, lambda: RING),
        Holder(whose or account(renewer.platform), "bergquell"),
        Way(renewer, App("app", "app-secret"), fallback),
        transport=httpx.MockTransport(endpoint),
    )


@pytest.fixture
def connected(ledger, clock) -> None:
    pair = Tokens("access-0", "refresh-0", user_id="7", expires_at=clock.now() + TWO_HOURS)
    save(ledger, account(), pair)


def save(ledger, whose, pair) -> None:
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        tokens.connect(connection, Holder(whose, "bergquell"), pair, keys=lambda: RING, now=now)


def row(ledger, whose=None):
    with ledger.reading() as connection:
        return tokens.find(connection, (whose or account()).id, keys=lambda: RING)


def alerts(ledger) -> list[dict[str, Any]]:
    with ledger.reading() as connection:
        found = [one.event for one in events.read_since(connection, 0)]
    return [one.payload for one in found if one.type == EventType.ACCOUNT_NEEDS_ATTENTION]


@pytest.mark.usefixtures("connected")
def test_a_good_token_is_used_as_it_is(ledger, clock, endpoint) -> None:
    clock.instant += timedelta(minutes=100)
    grant = keeper(ledger, endpoint).current()
    assert ("access-0", "7", []) == (grant.token, grant.user_id, endpoint.calls)


@pytest.mark.usefixtures("connected")
def test_a_token_near_its_end_is_renewed_and_the_pair_is_kept(ledger, clock, endpoint) -> None:
    clock.instant += timedelta(minutes=116)
    assert "access-1" == keeper(ledger, endpoint).current().token
    kept = row(ledger)
    assert ("access-1", "refresh-1", "7") == (
        kept.tokens.access,
        kept.tokens.refresh,
        kept.tokens.user_id,
    )
    assert clock.now() + TWO_HOURS == kept.tokens.expires_at
    assert "access-1" == keeper(ledger, endpoint).current().token
    assert 1 == len(endpoint.calls)


@pytest.mark.usefixtures("connected")
def test_the_new_pair_is_on_disk_before_it_is_used(ledger, clock, endpoint) -> None:
    clock.instant += TWO_HOURS
    ours = keeper(ledger, endpoint)
    assert ours.current().token == row(ledger).tokens.access


@pytest.mark.usefixtures("connected")
def test_a_refused_token_is_renewed_at_once_and_only_once(ledger, endpoint) -> None:
    one, other = keeper(ledger, endpoint), keeper(ledger, endpoint)
    assert "access-1" == one.renewed("access-0").token
    assert "access-1" == other.renewed("access-0").token
    assert 1 == len(endpoint.calls)


@pytest.mark.usefixtures("connected")
def test_while_another_renews_the_old_token_serves_as_long_as_it_is_good(
    ledger, clock, endpoint
) -> None:
    clock.instant += timedelta(minutes=116)
    hold(ledger)
    assert "access-0" == keeper(ledger, endpoint).current().token
    assert [] == endpoint.calls


def hold(ledger, owner="another") -> None:
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        kept = tokens.lock(connection, Holder(account(), "b"), keys=lambda: RING, now=now)
        tokens.take_lease(connection, kept, owner=owner, until=now + LEASE, now=now)


@pytest.mark.usefixtures("connected")
def test_who_died_while_renewing_leaves_a_doubt_that_spares_the_good_token(
    ledger, clock, endpoint
) -> None:
    clock.instant += timedelta(minutes=115)
    hold(ledger)
    clock.instant += LEASE
    assert "access-0" == keeper(ledger, endpoint).current().token
    assert [] == endpoint.calls
    clock.instant += timedelta(minutes=10)
    assert "access-1" == keeper(ledger, endpoint).current().token, "it was never sent"


@pytest.mark.usefixtures("connected")
def test_a_dead_process_is_waited_for_only_while_its_request_may_still_arrive(
    ledger, clock, endpoint
) -> None:
    clock.instant += TWO_HOURS
    with ProcessPoolExecutor(1, get_context("spawn")) as others:
        gone = others.submit(worker_name).result()
    hold(ledger, gone)
    with pytest.raises(RateLimited):
        keeper(ledger, endpoint).current()
    clock.instant += LEASE - ASKED_BY
    assert "access-1" == keeper(ledger, endpoint).current().token
    assert 1 == len(endpoint.calls)


@pytest.mark.usefixtures("connected")
def test_a_pair_lost_on_the_way_is_told_once_with_the_command(ledger, clock, endpoint) -> None:
    endpoint.faults = [httpx.ReadTimeout("silence")]
    clock.instant += TWO_HOURS
    with pytest.raises(Unreachable, match="could not be renewed"):
        keeper(ledger, endpoint).current()
    assert [] == alerts(ledger)
    for _ in range(5):
        clock.instant += timedelta(minutes=1)
        with pytest.raises(AuthExpired, match="amsel connect x --brand bergquell"):
            keeper(ledger, endpoint).current()
    (alert,) = alerts(ledger)
    assert "answer to a renewal was lost" in alert["reason"]
    assert 2 == len(endpoint.calls), "one more try told it; nobody asked after that"


@pytest.mark.usefixtures("connected")
def test_a_platform_that_is_down_is_asked_again_later_and_later(ledger, clock, endpoint) -> None:
    endpoint.faults = [httpx.ConnectError("down") for _ in range(4)]
    clock.instant += TWO_HOURS
    for _ in range(10):
        with pytest.raises((Unreachable, RateLimited)):
            keeper(ledger, endpoint).current()
        clock.instant += timedelta(seconds=2)
    assert 3 == len(endpoint.calls), "at 0, 6 and 16 seconds"
    clock.instant += timedelta(minutes=10)
    with pytest.raises(Unreachable):
        keeper(ledger, endpoint).current()
    clock.instant += timedelta(minutes=10)
    assert "access-1" == keeper(ledger, endpoint).current().token
    assert [] == alerts(ledger)


@pytest.mark.usefixtures("connected")
def test_a_revoked_account_is_told_once_and_asks_the_platform_no_more(ledger, endpoint) -> None:
    endpoint.good = "somebody else's"
    for _ in range(4):
        with pytest.raises(AuthExpired, match="amsel connect x --brand bergquell"):
            keeper(ledger, endpoint).renewed("access-0")
        with pytest.raises(AuthExpired, match="amsel connect"):
            keeper(ledger, endpoint).current()
    assert (1, 1) == (len(alerts(ledger)), len(endpoint.calls))


@pytest.mark.usefixtures("connected")
def test_no_secret_stands_in_what_is_said_of_a_refusal(ledger, endpoint) -> None:
    endpoint.good = "somebody else's"
    with pytest.raises(AuthExpired) as caught:
        keeper(ledger, endpoint).renewed("access-0")
    said = f"{caught.value} {json.dumps(alerts(ledger))}"
    assert "refresh-0" not in said
    assert "used before" in said


@pytest.mark.usefixtures("connected")
def test_connecting_again_ends_the_matter(ledger, clock, endpoint) -> None:
    endpoint.good = "refresh-9"
    ours = keeper(ledger, endpoint)
    with pytest.raises(AuthExpired):
        ours.renewed("access-0")
    save(ledger, account(), Tokens("access-9", "refresh-9", expires_at=clock.now() + TWO_HOURS))
    assert "access-9" == ours.current().token
    with ledger.reading() as connection:
        assert [] == tokens.attention(connection)


@pytest.mark.usefixtures("connected")
def test_a_wrong_secret_of_the_app_is_told_and_tried_again(ledger, clock, endpoint) -> None:
    endpoint.faults = [httpx.Response(401, json={"error": "invalid_client"})]
    clock.instant += TWO_HOURS
    with pytest.raises(Exception, match="does not know the app"):
        keeper(ledger, endpoint).current()
    assert 1 == len(alerts(ledger))
    clock.instant += timedelta(minutes=11)
    assert "access-1" == keeper(ledger, endpoint).current().token


@pytest.mark.usefixtures("connected")
def test_who_comes_back_late_with_a_new_pair_still_keeps_it(ledger, clock, endpoint) -> None:
    """A paused process holds the only good pair: refused by nobody, for nobody has a later one."""
    clock.instant += TWO_HOURS

    class Slow:
        platform, rotates = Platform.X, True

        def renew(self, wire, app, old, *, now):
            clock.instant += 2 * LEASE
            hold(ledger)
            return X.renew(wire, app, old, now=now)

    assert "access-1" == keeper(ledger, endpoint, renewer=Slow()).current().token
    assert "access-1" == row(ledger).tokens.access


def test_without_a_refresh_token_the_end_is_told_while_there_is_time(
    ledger, clock, endpoint
) -> None:
    whose = account(Platform.LINKEDIN)
    save(ledger, whose, Tokens("access-0", expires_at=clock.now() + timedelta(days=60)))
    clock.instant += timedelta(days=58)
    ours = keeper(ledger, endpoint, renewer=LINKEDIN)
    assert ("access-0", "access-0") == (ours.current().token, ours.current().token)
    (alert,) = alerts(ledger)
    assert "its token ends at" in alert["reason"]
    clock.instant += timedelta(days=5)
    with pytest.raises(AuthExpired, match="amsel connect linkedin"):
        ours.current()
    assert (1, []) == (len(alerts(ledger)), endpoint.calls)


def test_a_token_that_cannot_be_renewed_was_revoked_when_it_is_refused(
    ledger, clock, endpoint
) -> None:
    save(ledger, account(Platform.MASTODON), Tokens("access-0"))
    clock.instant += timedelta(days=1)
    ours = keeper(ledger, endpoint, renewer=MASTODON)
    for _ in range(2):
        with pytest.raises(AuthExpired, match="amsel connect mastodon"):
            ours.renewed("access-0")
    with pytest.raises(AuthExpired, match="amsel connect mastodon"):
        ours.current()
    assert 1 == len(alerts(ledger))


def test_a_token_refused_right_after_it_was_given_is_no_alarm(ledger, endpoint) -> None:
    save(ledger, account(Platform.LINKEDIN), Tokens("access-0"))
    assert keeper(ledger, endpoint, renewer=LINKEDIN).renewed("access-0") is None
    assert [] == alerts(ledger)


def test_where_nothing_is_kept_the_environment_serves(ledger, endpoint) -> None:
    ours = keeper(ledger, endpoint, fallback=lambda: "from-the-shell")
    assert "from-the-shell" == ours.current().token
    for _ in range(3):
        with pytest.raises(AuthExpired, match="refuses the token of the environment"):
            ours.renewed("from-the-shell")
    assert 1 == len(alerts(ledger))
    assert "from-the-shell" == ours.current().token, "it may have been changed meanwhile"


@pytest.mark.usefixtures("connected")
def test_what_nobody_uses_is_kept_fresh_and_trouble_waits_for_the_next_use(
    ledger, clock, endpoint
) -> None:
    clock.instant += timedelta(minutes=116)
    keeper(ledger, endpoint).keep_fresh()
    assert "access-1" == row(ledger).tokens.access
    endpoint.good = "gone"
    clock.instant += TWO_HOURS
    keeper(ledger, endpoint).keep_fresh()
    assert 1 == len(alerts(ledger))


class Unguarded(TokenKeeper):
    """Renews whether or not somebody else does."""

    def _turn(self, *_seen, **_more):
        return Turn.OURS


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(("kind", "told"), [(TokenKeeper, 0), (Unguarded, 1)])
def test_the_lease_is_what_keeps_two_renewals_from_losing_the_account(
    ledger, clock, endpoint, kind, told
) -> None:
    """Another worker comes while this one has read the old token and not yet asked."""
    clock.instant += TWO_HOURS
    vault, holder = Vault(ledger, lambda: RING), Holder(account(), "bergquell")

    class Interrupted:
        rotates = True

        def renew(self, wire, app, old, *, now):
            with suppress(RateLimited):
                other = Way(X, App("app"), nothing)
                spend(kind(vault, holder, other, transport=httpx.MockTransport(endpoint)))
            return X.renew(wire, app, old, now=now)

    def spend(rival: TokenKeeper) -> None:
        rival.current()
        with ledger.transaction() as connection:  # its pair is lost with it
            connection.execute(sa.text("update tokens set generation = 1"))

    ours = kind(
        vault,
        holder,
        Way(Interrupted(), App("app"), nothing),
        transport=httpx.MockTransport(endpoint),
    )
    with suppress(AuthExpired):
        ours.current()
    assert told == len(alerts(ledger))
