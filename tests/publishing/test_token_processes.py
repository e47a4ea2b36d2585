"""Tokens among real processes, with the sandbox as the judge: it counts who asked for what."""

import os
from datetime import timedelta

import httpx
import pytest

from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.events import EventType
from domain.platforms import Platform
from publishing.outbox import deliver_due
from publishing.worker import run_worker
from runtime.build import _migrated, open_ledger, open_networks, open_vault
from runtime.connecting import account_of, begin, finish, keep, log_in
from runtime.settings import Settings
from sandbox import process
from storage.ledger import deliveries, events, tokens
from tests.sandboxes import begun

PASSWORD = "sandbox-bluesky-bergquell.test"
REDIRECT = "http://127.0.0.1:1/callback"
BRAND = """\
name: acme
title: Acme
about: Acme makes soap in a small town.
facts:
  - {id: soap, topic: soap, text: Our soap is made of olive oil.}
topics: [soap]
accounts:
  - {platform: x, handle: bergquell, time_zone: Europe/Berlin}
  - {platform: bluesky, handle: bergquell.test, time_zone: Europe/Berlin}
posting:
  windows: [{start: "07:00", end: "22:00"}]
  default_times: ["09:00"]
"""
READ_TOGETHER = """
import os, sys, time
from pathlib import Path
from runtime.build import open_networks
from runtime.settings import Settings
account, folder, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])

def read(mark):
    network = open_networks(Settings())[account]
    mark.touch()
    while len(list(folder.glob("ready*"))) < number:
        time.sleep(0.002)
    network.metrics(["1772427600"] if "x:" in account else ["at://did:plc:a/app.bsky.feed.post/b"])
    os.write(1, b"answered\\n")
    os._exit(0)

racers = []
for each in range(number):  # all share what is imported, and nothing that is open
    if not (racer := os.fork()):
        read(folder / f"ready{each}")
    racers.append(racer)
sys.exit(max(os.waitpid(racer, 0)[1] for racer in racers))
"""
DIE_WITH_THE_PAIR = """
import os, signal
import httpx
from publishing.oauth import wire
from runtime.build import open_networks
from runtime.settings import Settings

class Dies(httpx.HTTPTransport):
    def handle_request(self, request):
        response = super().handle_request(request)
        if request.url.path.endswith("/oauth2/token"):
            os.kill(os.getpid(), signal.SIGKILL)
        return response

keeper = open_networks(Settings())["x:bergquell"]._api._auth._secret.keeper
keeper._transport = Dies()
keeper.current()
"""


class World:
    """A brand on a sandbox, its ledger, and what the sandbox saw."""

    def __init__(self, home, sandbox, ledger_url):
        self.home, self.url = home, sandbox.url
        self.http = httpx.Client(base_url=sandbox.url, trust_env=False)
        (home / "brands").mkdir()
        (home / "brands" / "acme.yaml").write_text(BRAND)
        self.variables = {
            "AMSEL_HOME": str(home),
            "AMSEL_BRANDS": str(home / "brands"),
            "AMSEL_LEDGER_URL": ledger_url,
            "AMSEL_SANDBOX_URL": sandbox.url,
            "AMSEL_CLOCK": "drive",
        }
        self.settings = Settings(
            home=home,
            brands=home / "brands",
            ledger_url=ledger_url,
            sandbox_url=sandbox.url,
            clock="drive",
        )
        self.ledger = open_ledger(self.settings)
        self.vault = open_vault(self.settings)

    def connect(self, platform):
        holder = account_of(self.settings, platform, brand="acme", handle=None)
        if platform is Platform.BLUESKY:
            return keep(
                self.vault, holder, log_in(holder.account, "sandbox-bluesky-bergquell.test")
            )
        flow = begin(self.settings, holder, redirect_uri=REDIRECT)
        back = httpx.get(f"{flow.address}&auto=1&account={holder.account.handle}", trust_env=False)
        code = flow.code_in(back.headers["location"])
        connected = finish(flow, code, settings=self.settings, vault=self.vault, holder=holder)
        return keep(self.vault, holder, connected.tokens)

    def order(self, platform, do, account="bergquell"):
        body = {"platform": platform, "account": account, "do": do}
        assert 201 == self.http.post("/_sandbox/tokens", json=body).status_code

    def calls(self, platform):
        return self.http.get("/_sandbox/tokens").json()["calls"].get(platform, {})

    def pass_time(self, hours):
        clock = self.ledger.clock
        clock.wait_until(clock.now() + timedelta(hours=hours))

    def run(self, code, *arguments):
        """How another process ended that ran this code, and what it said."""
        said = self.home / "said"
        words = [str(each) for each in arguments]
        process = begun(code, words, os.environ | self.variables, said)
        process.join(120)
        return process.exitcode, said.read_text("utf-8")

    def read_together(self, account, number):
        """What so many processes say that ask for counts at the same moment."""
        return self.run(READ_TOGETHER, account, self.home, number)[1]

    def plan(self, number):
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            for each in range(number):
                new = NewDelivery(
                    key=f"post {each}",
                    brand="acme",
                    platform=Platform.X,
                    account="x:bergquell",
                    payload=Payload(text=f"Number {each}."),
                    due_at=now,
                )
                deliveries.plan(connection, new, now=now)

    def send(self, limit=None):
        networks, clock = open_networks(self.settings), self.ledger.clock
        if limit:
            until = clock.now()
            return deliver_due(
                self.ledger, networks=networks, clock=clock, until=until, limit=limit
            )
        return run_worker(self.ledger, networks=networks, clock=clock, until_idle=True)

    def states(self):
        with self.ledger.reading() as connection:
            return [one.state for one in deliveries.list(connection)]

    def posted(self):
        return sorted(post["text"] for post in self.http.get("/_sandbox/ledger").json()["posts"])

    def alerts(self):
        with self.ledger.reading() as connection:
            found = [one.event for one in events.read_since(connection, 0)]
        return [one for one in found if one.type == EventType.ACCOUNT_NEEDS_ATTENTION]

    def close(self):
        for network in open_networks(self.settings).values():
            network.close()
        open_networks.cache_clear()
        _migrated.cache_clear()
        self.ledger.clock.close()
        self.ledger.close()
        self.http.close()


@pytest.fixture
def world(tmp_path, ledger_url):
    with process.start(tmp_path / "sandbox") as sandbox:
        made = World(tmp_path, sandbox, ledger_url)
        yield made
        made.close()


TWENTY = sorted(f"Number {each}." for each in range(20))


@pytest.mark.parametrize(
    ("account", "hours"), [("x:bergquell", 3), ("bluesky:bergquell.test", 3)], ids=["x", "bluesky"]
)
def test_eight_processes_that_find_a_token_over_renew_it_once(world, account, hours):
    platform = Platform(account.partition(":")[0])
    world.connect(platform)
    world.pass_time(hours)
    assert "answered\n" * 8 == world.read_together(account, 8)
    assert (1, 0) == (
        world.calls(platform)["refresh"],
        world.calls(platform).get("refused", 0),
    )


def test_all_workers_share_one_session_of_bluesky(world):
    assert "answered\n" * 4 == world.read_together("bluesky:bergquell.test", 4)
    assert {"login": 1} == world.calls("bluesky")


def test_a_token_that_ends_in_the_middle_of_twenty_posts_holds_none_up(world):
    world.connect(Platform.X)
    world.plan(20)
    world.send(limit=7)
    world.order("x", "expire")
    world.send(limit=6)
    world.order("x", "expire")
    world.send()
    assert ({DeliveryState.SENT}, TWENTY) == (set(world.states()), world.posted())
    assert (2, []) == (world.calls("x")["refresh"], world.alerts())


def test_killed_between_rotation_and_write_it_is_told_once_and_nothing_is_lost(world):
    world.connect(Platform.X)
    world.plan(20)
    world.send(limit=7)
    world.pass_time(3)

    assert -9 == world.run(DIE_WITH_THE_PAIR)[0]
    assert 1 == world.calls("x")["refresh"], "the old refresh token is spent"
    world.send()

    (alert,) = world.alerts()
    assert "the answer to a renewal was lost" in alert.payload["reason"]
    assert "amsel connect x --brand acme --account bergquell" in alert.payload["remedy"]
    assert {DeliveryState.SENT: 7, DeliveryState.WAITING: 13} == {
        state: world.states().count(state) for state in set(world.states())
    }

    assert 13 == world.connect(Platform.X).released
    world.send()
    assert ({DeliveryState.SENT}, TWENTY) == (set(world.states()), world.posted())
    assert 1 == len(world.alerts())


def test_revoked_the_queue_is_parked_and_one_alert_names_the_command(world):
    world.connect(Platform.X)
    world.plan(20)
    world.send(limit=7)
    world.order("x", "close")
    for _ in range(3):
        world.send()
        world.pass_time(1)

    assert 1 == len(world.alerts())
    with world.ledger.reading() as connection:
        (matter,) = tokens.attention(connection)
    assert "run `amsel connect x --brand acme --account bergquell`" == matter.remedy
    assert (7, 1) == (len(world.posted()), world.calls("x")["refresh"])

    world.connect(Platform.X)
    world.send()
    assert ({DeliveryState.SENT}, TWENTY) == (set(world.states()), world.posted())


def test_a_token_of_the_environment_that_is_revoked_is_told_once_too(world):
    world.plan(20)
    world.send(limit=7)
    world.order("x", "close")
    world.send()
    assert 1 == len(world.alerts())
    world.order("x", "reopen")
    world.pass_time(1)
    world.send()
    with world.ledger.reading() as connection:
        assert [] == tokens.attention(connection), "what went out since ends the matter"
    assert ({DeliveryState.SENT}, TWENTY) == (set(world.states()), world.posted())
