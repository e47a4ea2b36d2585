"""Edits, cancels and stops race the send: what was committed before the claim wins."""

import threading
import time

import pytest

from domain.deliveries import DeliveryState
from domain.errors import StateError
from planning import review
from publishing import interventions
from publishing.worker import run_worker
from storage.ledger import deliveries, posts
from tests.publishing.brand import save_brand

RACES = 40
WORDS = [one + other for one in "aeiou" for other in "bdfgklmn"]
NEW = {f"p{at}": f"Our water comes from the spring {word}." for at, word in enumerate(WORDS)}


class Racer:
    """Somebody who changes one post after the other, and notes which changes came in time."""

    def __init__(self, ledger, clock):
        self.ledger, self.clock, self.won = ledger, clock, {}

    def edit(self, name):
        with self.ledger.transaction() as connection:
            post = posts.load(connection, name, lock=True)
            self.won[name] = deliveries.find(connection, f"{name}:x").attempts == 0
            changed = post.model_copy(update={"version": 2, "text": f"Edited {name}."})
            posts.save(connection, changed, key=name, actor="anna", now=self.clock.now())

    def reword(self, name):
        try:
            review.edit(self.ledger, name, actor="anna", now=self.clock.now(), text=NEW[name])
        except StateError:
            self.won[name] = False
        else:
            self.won[name] = True

    def cancel(self, name):
        try:
            interventions.cancel(self.ledger, f"{name}:x", actor="anna", reason="no")
        except StateError:
            self.won[name] = False
        else:
            self.won[name] = True

    def race(self, names, what):
        for name in names:
            time.sleep(0.002)
            getattr(self, what)(name)


@pytest.mark.parametrize("what", ["edit", "cancel"])
def test_a_change_before_the_claim_wins_the_race(ledger, desk, networks, clock, wire, what):
    """Whoever changed a post in time must not see its old version out."""
    names = [f"p{number}" for number in range(RACES)]
    ids = {name: desk.plan(name, text=f"Old {name}.") for name in names}
    racer = Racer(ledger, clock)
    runs = threading.Thread(target=racer.race, args=(names[::-1], what))

    runs.start()
    run_worker(ledger, networks=networks, clock=clock, concurrency=4, until_idle=True)
    runs.join(timeout=60)
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    out = {name for name in names if f"Old {name}." in wire.texts}
    in_time = {name for name in names if racer.won[name]}
    assert set(names) - in_time == out
    assert {DeliveryState.CANCELLED} >= {desk.look(ids[name]).state for name in in_time}


def test_an_edit_of_a_scheduled_post_wins_the_race_or_leaves_no_trace(
    ledger, desk, networks, clock, wire
):
    """Each post goes out once: with its new text where the edit came in time, else the old one."""
    save_brand(ledger)
    ids = {name: desk.plan(name, text=f"Old {name}.") for name in NEW}
    racer = Racer(ledger, clock)
    runs = threading.Thread(target=racer.race, args=([*NEW][::-1], "reword"))

    runs.start()
    run_worker(ledger, networks=networks, clock=clock, concurrency=4, until_idle=True)
    runs.join(timeout=60)
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    wanted = {NEW[name] if racer.won[name] else f"Old {name}." for name in NEW}
    assert sorted(wanted) == sorted(wire.texts)
    assert {DeliveryState.SENT} == {desk.look(one).state for one in ids.values()}
