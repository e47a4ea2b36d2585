"""The door against the sandbox over real HTTP, with the sandbox's own ledger as the judge."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from domain.brand import Account, BrandVoice
from domain.deliveries import DeliveryKind, DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from publishing.platforms.registry import connect
from publishing.worker import run_worker
from runtime.clock import SandboxClock
from sandbox import process
from storage.ledger import approvals, deliveries, posts
from storage.ledger.approvals import Approval, Decision
from storage.ledger.database import Ledger

ROOT = Path(__file__).parents[2]
HANDLES = {Platform.X: "bergquell", Platform.BLUESKY: "bergquell.test"}
WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
sys.path.insert(0, str(Path({root!r}) / "tests" / "publishing"))
from test_sandbox_loop import connect_all
from publishing.worker import run_worker
from runtime.clock import SandboxClock
from storage.ledger.database import Ledger
clock = SandboxClock({url!r}, drives=True)
run_worker(Ledger({ledger!r}, clock=clock), networks=connect_all({url!r}, clock), clock=clock)
"""


def connect_all(url, clock):
    found = {}
    for platform, handle in HANDLES.items():
        account = Account(
            platform=platform, handle=handle, time_zone="UTC", base_url=f"{url}/{platform}"
        )
        secret = f"sandbox-{platform}-{handle}"
        found[account.id] = connect(account, secret=secret, clock=clock, sending_allowed=False)
    return found


class World:
    """A sandbox, a ledger on its clock, and what was planned."""

    def __init__(self, url, ledger_url):
        self.url, self.http = url, httpx.Client(base_url=url, trust_env=False)
        self.clock = SandboxClock(url, drives=True)
        self.ledger = Ledger(ledger_url, clock=self.clock)
        self.ledger.upgrade()
        self.networks = connect_all(url, self.clock)
        self.start = self.clock.now()

    def plan(self, platform, text, **payload):
        now = self.clock.now()
        account = f"{platform}:{HANDLES[platform]}"
        post = ContentPost(
            id=f"{platform} {text}",
            brand="bergquell",
            text=text,
            platforms=(platform,),
            status=PostStatus.SCHEDULED,
            brand_voice=BrandVoice(),
            generated_by="test",
        )
        with self.ledger.transaction() as connection:
            posts.save(connection, post, key=post.id, actor="test", now=now)
            yes = Approval(post.id, 1, Decision.APPROVED, "test", "yes", now)
            approvals.decide(connection, yes)
            new = NewDelivery(
                key=post.id,
                brand="bergquell",
                platform=platform,
                account=account,
                payload=Payload(text=text, **payload),
                due_at=now + timedelta(seconds=30),
                post_id=post.id,
                post_version=1,
            )
            return deliveries.plan(connection, new, now=now)

    def reply(self, message, text):
        now = self.clock.now()
        new = NewDelivery(
            key=f"reply {message.message_id}",
            kind=DeliveryKind.REPLY,
            brand="bergquell",
            platform=message.platform,
            account=message.account,
            payload=Payload(
                text=text,
                reply_to=message.platform_ref,
                reply_root=message.thread_root or message.platform_ref,
            ),
            due_at=now,
            message_id=message.message_id,
        )
        with self.ledger.transaction() as connection:
            return deliveries.plan(connection, new, now=now)

    def fault(self, **order):
        assert 201 == self.http.post("/_sandbox/faults", json=order).status_code

    def run(self):
        return run_worker(self.ledger, networks=self.networks, clock=self.clock, until_idle=True)

    def look(self, delivery_id):
        with self.ledger.reading() as connection:
            return deliveries.load(connection, delivery_id)

    def accepted(self, text):
        posts = self.http.get("/_sandbox/ledger").json()["posts"]
        return [post for post in posts if post["text"].startswith(text)]


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory):
    with process.start(tmp_path_factory.mktemp("sandbox")) as running:
        yield running.url


@pytest.fixture
def quiet_url(tmp_path):
    """A sandbox of the test's own, whose audience is not tired of other tests' posts."""
    with process.start(tmp_path / "sandbox") as running:
        yield running.url


@pytest.fixture
def quiet_world(quiet_url, ledger_url):
    yield from opened(quiet_url, ledger_url)


@pytest.fixture
def world(sandbox_url, ledger_url):
    yield from opened(sandbox_url, ledger_url)


def opened(url, ledger_url):
    world = World(url, ledger_url)
    yield world
    world.http.delete("/_sandbox/faults")
    world.http.close()
    world.clock.close()
    for network in world.networks.values():
        network.close()
    world.ledger.close()


@pytest.mark.parametrize("platform", HANDLES)
def test_a_post_goes_out_and_its_counts_come_back(world, platform, request):
    text = f"Fresh & cool <3 {request.node.name}"
    delivery_id = world.plan(
        platform, text, link="https://bergquell.example/fresh", hashtags=("quelle",)
    )

    assert 1 == world.run()

    sent = world.look(delivery_id)
    (accepted,) = world.accepted(text)
    assert (DeliveryState.SENT, accepted["id"]) == (sent.state, sent.platform_id)
    assert timedelta(0) <= sent.sent_at - sent.due_at < timedelta(seconds=2)
    (row,) = world.networks[sent.account].metrics([sent.platform_id])
    assert sent.platform_id == row.post_id
    assert row.counts["likes"][0] is not None
    assert sent.platform_id in [
        post.platform_id for post in world.networks[sent.account].own_posts(world.start)
    ]


@pytest.mark.parametrize("platform", HANDLES)
@pytest.mark.parametrize("effect", ["accept_then_reset", "accept_then_500", "reject_429", "down"])
def test_whatever_goes_wrong_each_post_exists_once(world, platform, effect, request):
    text = f"Once {request.node.name}"
    world.fault(platform=platform, effect=effect, count=2)
    ids = [world.plan(platform, f"{text} {letter}") for letter in "abc"]

    world.run()

    assert {DeliveryState.SENT} == {world.look(one).state for one in ids}
    assert sorted(f"{text} {letter}" for letter in "abc") == sorted(
        post["text"] for post in world.accepted(text)
    )
    assert {post["id"] for post in world.accepted(text)} == {
        world.look(one).platform_id for one in ids
    }


def wait_for(world, text, victim):
    give_up_at = time.monotonic() + 60
    while not world.accepted(text) and time.monotonic() < give_up_at:
        assert victim.poll() is None, victim.stderr.read().decode()
        time.sleep(0.05)


@pytest.mark.parametrize("platform", HANDLES)
def test_a_worker_killed_while_it_waits_for_the_answer_doubles_and_loses_nothing(
    world, platform, request
):
    text = f"Killed {request.node.name}"
    first = f"First {request.node.name}"
    world.plan(platform, first)
    code = WORKER.format(
        root=str(ROOT),
        url=world.url,
        ledger=world.ledger.url.render_as_string(hide_password=False),
    )
    victim = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    wait_for(world, first, victim)  # it is logged in: the fault meets the post alone
    world.fault(platform=platform, effect="accept_then_timeout", seconds=60)
    delivery_id = world.plan(platform, text)
    wait_for(world, text, victim)
    victim.kill()
    victim.communicate()
    assert DeliveryState.SENDING == world.look(delivery_id).state

    world.run()

    (accepted,) = world.accepted(text)
    sent = world.look(delivery_id)
    assert (DeliveryState.SENT, accepted["id"], 1) == (
        sent.state,
        sent.platform_id,
        sent.attempts,
    )


@pytest.mark.parametrize("platform", HANDLES)
def test_a_message_comes_in_and_its_reply_goes_out_under_it(quiet_world, platform, request):
    world = quiet_world
    world.plan(platform, f"Ask us anything {request.node.name}")
    world.run()
    account = f"{platform}:{HANDLES[platform]}"
    inbound = []
    for hour in range(72):
        if hour % 12 == 0:
            world.plan(platform, f"What do you think? {request.node.name} {hour}")
            world.run()
        world.clock.wait_until(world.clock.now() + timedelta(hours=1))
        inbound = world.networks[account].inbound(since=world.start)
        if inbound:
            break
    message = inbound[0]

    delivery_id = world.reply(message, f"Thank you, {request.node.name}")
    world.run()

    assert DeliveryState.SENT == world.look(delivery_id).state, world.look(delivery_id).reason
    (accepted,) = world.accepted(f"Thank you, {request.node.name}")
    assert message.message_id == accepted["in_reply_to"]
