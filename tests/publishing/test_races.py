"""Edits, cancels and stops race the send: what was committed before the claim wins."""

import random
import threading
import time

import pytest

from domain.deliveries import DeliveryState
from domain.errors import StateError
from publishing import interventions
from publishing.worker import run_worker
from storage.ledger import deliveries, posts

RACES = 40


@pytest.mark.parametrize("what", ["edit", "cancel"])
def test_a_change_before_the_claim_wins_the_race(ledger, desk, networks, clock, wire, what):
    """The wire notes what it was sent; whoever changed first must not see the old version out."""
    won = {}

    def edit(name):
        with ledger.transaction() as connection:
            post = posts.load(connection, name, lock=True)
            won[name] = is_open(connection, f"{name}:x")
            changed = post.model_copy(update={"version": 2, "text": f"Edited {name}."})
            posts.save(connection, changed, key=name, actor="anna", now=clock.now())

    def cancel(name):
        try:
            interventions.cancel(ledger, f"{name}:x", actor="anna", reason="no")
        except StateError:
            won[name] = False
        else:
            won[name] = True

    names = [f"p{number}" for number in range(RACES)]
    ids = {name: desk.plan(name, text=f"Old {name}.") for name in names}
    change = {"edit": edit, "cancel": cancel}[what]
    order = random.Random(7).sample(names, len(names))

    def race():
        for name in order:
            time.sleep(0.002)
            change(name)

    racer = threading.Thread(target=race)
    racer.start()
    run_worker(ledger, networks=networks, clock=clock, concurrency=4, until_idle=True)
    racer.join(timeout=60)
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    out = set(wire.texts)
    assert RACES == len(won)
    for name in names:
        if won[name]:
            assert f"Old {name}." not in out
            assert DeliveryState.CANCELLED == desk.look(ids[name]).state
        else:
            assert f"Old {name}." in out


def is_open(connection, key):
    """Whether nobody has claimed it yet: read with the post's row held."""
    return deliveries.find(connection, key).attempts == 0
