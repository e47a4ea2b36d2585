"""A worker outlives a ledger that refuses for a while, and ends where nothing ever came through."""

from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from domain.errors import StoreError
from publishing import refusals
from publishing.worker import run_worker
from storage.ledger.database import Ledger


class Frail(Ledger):
    """A ledger whose database can be told to refuse so many transactions; None: all of them."""

    refuses: int | None = 0

    @contextmanager
    def transaction(self):
        self._refuse()
        with super().transaction() as connection:
            yield connection

    @contextmanager
    def reading(self):
        self._refuse()
        with super().reading() as connection:
            yield connection

    def _refuse(self):
        if self.refuses is None:
            raise StoreError("the database is gone; start it")
        if self.refuses:
            self.refuses -= 1
            raise StoreError("the database is gone; start it")


@pytest.fixture
def frail(ledger_url, clock):
    made = Frail(ledger_url, clock=clock)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """The pauses are a thousandth of what they are."""
    monkeypatch.setattr(refusals, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(refusals, "LONGEST_PAUSE", 0.06)


def test_a_post_whose_answer_could_not_be_kept_goes_out_once_and_the_others_too(
    desk, frail, networks, clock, wire
):
    for name in ("p1", "p2", "p3"):
        desk.plan(name, text=f"Fresh {name}.")

    def lose_the_ledger():
        if len(wire.posts) == 1:
            frail.refuses = 3

    wire.on_post = lose_the_ledger
    with capture_logs() as told:
        sent = run_worker(frail, networks=networks, clock=clock, until_idle=True)

    assert ["Fresh p1.", "Fresh p2.", "Fresh p3."] == sorted(wire.texts)
    assert 0 == frail.refuses
    assert 3 == sent
    said = [one["event"] for one in told]
    assert 1 == sum("the ledger refuses" in one for one in said)
    assert 1 == said.count("the ledger is back")


def test_a_worker_that_is_to_end_ends_when_the_ledger_stays_away(
    desk, frail, networks, clock, wire
):
    desk.plan("p1")
    wire.on_post = lambda: setattr(frail, "refuses", None)

    with pytest.raises(StoreError, match="start it"):
        run_worker(frail, networks=networks, clock=clock, until_idle=True)

    assert ["Fresh."] == wire.texts


def test_a_standing_worker_tries_on_and_still_ends_when_it_is_told_to(
    desk, frail, networks, clock, wire
):
    desk.plan("p1")
    wire.on_post = lambda: setattr(frail, "refuses", None)
    asked = []

    def is_stopped():
        asked.append(frail.refuses)
        return asked.count(None) > 50

    assert 0 == run_worker(frail, networks=networks, clock=clock, is_stopped=is_stopped)
    assert asked.count(None) > refusals.TRIES


@pytest.mark.parametrize("until_idle", [True, False])
def test_a_worker_that_finds_no_ledger_at_all_ends_with_what_to_do(
    frail, networks, clock, until_idle
):
    frail.refuses = None
    with pytest.raises(StoreError, match="start it"):
        run_worker(frail, networks=networks, clock=clock, until_idle=until_idle)


def test_a_worker_that_can_read_and_never_write_ends_with_what_to_do(
    desk, frail, networks, clock, wire, monkeypatch
):
    """From the first claim on it is waited for, and not before: a read-only disk stays so."""
    desk.plan("p1")

    def refuse(*_, **__):
        raise StoreError("it is read-only; give this user the right to write there")

    monkeypatch.setattr("publishing.senders.claims.take", refuse)
    with pytest.raises(StoreError, match="read-only"):
        run_worker(frail, networks=networks, clock=clock)

    assert [] == wire.texts
