"""A limit of the app, told to one account, is heeded by all of its accounts."""

from datetime import timedelta

import httpx
import pytest

from domain.brand import Account
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from publishing import limits
from publishing.outbox import deliver_due
from publishing.platforms.registry import connect
from publishing.readings import read_each
from runtime.clock import SandboxClock
from sandbox import process
from sandbox.linkedin_posts import urn_of
from storage.ledger import deliveries
from storage.ledger.database import Ledger

HANDLES = ("bergquell", "northloom")
PLATFORMS = [Platform.X, Platform.LINKEDIN, Platform.FACEBOOK]


class Door:
    """A platform's two accounts behind one app, and what was planned for each."""

    def __init__(self, url, ledger_url, platform):
        self.http = httpx.Client(base_url=url, trust_env=False)
        self.clock = SandboxClock(url, drives=True)
        self.ledger = Ledger(ledger_url, clock=self.clock)
        self.ledger.upgrade()
        self.platform, self.networks = platform, {}
        for handle in HANDLES:
            is_linkedin = platform is Platform.LINKEDIN
            account = Account(
                platform=platform,
                handle=handle,
                time_zone="UTC",
                base_url=f"{url}/{platform}",
                user_id=urn_of(handle) if is_linkedin else None,
            )
            self.networks[account.id] = connect(
                account,
                secret=f"sandbox-{platform}-{handle}",
                clock=self.clock,
                sending_allowed=False,
            )
        self.accounts = [*self.networks]

    def refuse(self, effect, handle=None, **order):
        order |= {"platform": self.platform, "account": handle, "effect": effect}
        assert 201 == self.http.post("/_sandbox/faults", json=order).status_code

    def refusals_left(self):
        return sum(one["count"] for one in self.http.get("/_sandbox/faults").json()["faults"])

    def opens_at(self, account):
        with self.ledger.reading() as connection:
            now = self.ledger.now(connection)
            return limits.closed_until(connection, account, now=now)

    def plan(self, name):
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            for account in self.accounts:
                new = NewDelivery(
                    key=f"{name} {account}",
                    brand="bergquell",
                    platform=self.platform,
                    account=account,
                    payload=Payload(text=f"{name} of {account}"),
                    due_at=now,
                )
                deliveries.plan(connection, new, now=now)

    def send(self):
        until, clock = self.clock.now(), self.clock
        deliver_due(self.ledger, networks=self.networks, clock=clock, until=until, limit=9)

    def sent(self):
        with self.ledger.reading() as connection:
            return len(deliveries.list(connection, states=(DeliveryState.SENT,)))

    def close(self):
        for network in self.networks.values():
            network.close()
        self.clock.close()
        self.ledger.close()
        self.http.close()


@pytest.fixture(params=PLATFORMS, ids=[str(one) for one in PLATFORMS])
def door(request, tmp_path, sqlite_ledger_url):
    with process.start(tmp_path / "sandbox") as running:
        made = Door(running.url, sqlite_ledger_url, request.param)
        yield made
        made.close()


def test_what_the_app_is_refused_no_other_of_its_accounts_asks_for(door):
    door.refuse("app_limit", count=9)
    door.plan("first")

    door.send()
    door.send()

    assert (0, 8) == (door.sent(), door.refusals_left())
    first, second = (door.opens_at(one) for one in door.accounts)
    assert first == second > door.clock.now()


def test_each_time_it_opens_one_account_tries_and_the_others_follow_once_it_is_through(door):
    door.refuse("app_limit", count=3)
    door.plan("first")
    knocks = []
    for _ in range(4):
        before = door.refusals_left()
        door.send()
        knocks.append(before - door.refusals_left())
        door.clock.wait_until(door.opens_at(door.accounts[1]) or door.clock.now())
        door.clock.wait_until(door.clock.now() + timedelta(minutes=1))

    assert ([1, 1, 1, 0], 2) == (knocks, door.sent())


def test_what_a_user_is_refused_holds_for_that_account_alone(door):
    door.refuse("reject_429", HANDLES[0], on="any")
    door.plan("first")

    door.send()

    assert (1, None) == (door.sent(), door.opens_at(door.accounts[1]))
    assert door.opens_at(door.accounts[0]) > door.clock.now()


def test_what_reads_of_the_app_are_refused_no_other_account_asks_for(door):
    door.refuse("app_limit")
    asked = []

    def read(account):
        asked.append(account)
        return door.networks[account].own_posts(door.clock.now() - timedelta(hours=1))

    first = read_each(door.ledger, door.accounts[:1], read)
    second = read_each(door.ledger, door.accounts, read)

    assert [*first.refused] == asked == door.accounts[:1]
    assert {*door.accounts} == {*second.left_out}
