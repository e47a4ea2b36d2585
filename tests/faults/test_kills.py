"""Senders and their sandbox, killed again and again: each post goes out once."""

import os
import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle, permutations

import httpx

from cli.fault_audit import sandbox_ledger
from domain.brand import BrandVoice
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from orchestration.verdict import accepted, judge
from runtime.clock import SandboxClock
from sandbox import process
from storage.ledger import approvals, deliveries, posts
from storage.ledger.approvals import Approval, Decision
from storage.ledger.database import Ledger
from tests.sandboxes import begun

ACCOUNTS = {
    "x:bergquell": Platform.X,
    "bluesky:northloom.test": Platform.BLUESKY,
}
POSTS, APART = 12, timedelta(minutes=1)
"""An account's; more than fall due while three senders are killed and what they left is settled."""
EFFECTS = ("accept_then_timeout", "accept_then_reset", None)
"""What befalls one platform while the other lets the sender wait, so that it is killed at work."""


def plan(ledger):
    """Some posts an account, a minute apart; the instant of the last."""
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        for account, platform in ACCOUNTS.items():
            for number in range(POSTS):
                plan_one(connection, account, platform, number, now)
    return now + APART * POSTS


def plan_one(connection, account, platform, number, now):
    post = ContentPost(
        id=f"{account} {number}",
        brand="northloom" if "northloom" in account else "bergquell",
        text=f"Number {number}.",
        platforms=(platform,),
        status=PostStatus.SCHEDULED,
        brand_voice=BrandVoice(),
        generated_by="test",
    )
    posts.save(connection, post, key=post.id, actor="test", now=now)
    yes = Approval(post.id, 1, Decision.APPROVED, "test", "yes", now)
    approvals.decide(connection, yes)
    new = NewDelivery(
        key=post.id,
        brand=post.brand,
        platform=platform,
        account=account,
        payload=Payload(text=post.text),
        due_at=now + APART * (number + 1),
        post_id=post.id,
        post_version=1,
    )
    deliveries.plan(connection, new, now=now)


def worker(home, url):
    settings = {"AMSEL_HOME": str(home), "AMSEL_SANDBOX_URL": url, "AMSEL_CLOCK": "drive"}
    program, words = "from cli.main import run; run()", ["worker", "--until-idle"]
    return begun(program, words, os.environ | settings, home / "said")


def out(home):
    """How many posts are out; read from the sandbox's file, at whose door the sender stands."""
    with sandbox_ledger(home) as ledger:
        return ledger.execute("select count(*) from ledger where kind = 'post'").fetchone()[0]


def wait_for_more(home, sender, before):
    """Return when the sandbox has accepted something more, or the sender has ended."""
    while sender.is_alive() and out(home) == before:
        time.sleep(0.005)


def send_and_kill(home, sandbox, effect, places):
    """Let a sender work until something is accepted, then kill it and the sandbox."""
    held, other = places
    order(sandbox.url, held, "accept_then_timeout")
    if effect:
        order(sandbox.url, other, effect)
    before = out(home)
    sender = worker(home, sandbox.url)
    wait_for_more(home, sender, before)
    was_alive = sender.is_alive()
    sender.kill()
    sender.join()
    sandbox.kill()
    return was_alive


def order(url, platform, effect):
    fault = {"platform": platform, "effect": effect, "seconds": 4}
    httpx.post(f"{url}/_sandbox/faults", json=fault, trust_env=False).raise_for_status()


@contextmanager
def opened(home, sandbox):
    clock = SandboxClock(sandbox.url)
    ledger = Ledger(f"sqlite:///{home / 'ledger.db'}", clock=clock)
    ledger.upgrade()
    yield ledger
    ledger.close()
    clock.close()


def test_senders_and_sandbox_killed_again_and_again_send_each_post_once(tmp_path):
    for effect, places in zip(EFFECTS, cycle(permutations(ACCOUNTS.values())), strict=False):
        with process.start(tmp_path / "sandbox") as sandbox:
            if effect == EFFECTS[0]:
                with opened(tmp_path, sandbox) as ledger:
                    ends_at = plan(ledger)
            assert send_and_kill(tmp_path, sandbox, effect, places)

    with process.start(tmp_path / "sandbox") as sandbox, opened(tmp_path, sandbox) as ledger:
        # a fault that met nobody yet would let the last sender wait
        httpx.delete(f"{sandbox.url}/_sandbox/faults", trust_env=False).raise_for_status()
        sender = worker(tmp_path, sandbox.url)
        sender.join()
        assert 0 == sender.exitcode
        lines = accepted(sandbox.url)
        with ledger.reading() as connection:
            planned = deliveries.list(connection)
    verdict = judge(planned, lines, now=ends_at)
    assert {DeliveryState.SENT} == {one.state for one in planned}
    assert len(ACCOUNTS) * POSTS == len(lines) == verdict.published
    assert [] == verdict.broken
