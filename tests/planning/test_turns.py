"""Brands take turns: what breaks one of them leaves the others alone."""

import threading

import polars as pl
import pytest

from content.providers.composer import Composer
from planning.briefing import order_briefs
from planning.drafting import Desk
from planning.slots import Horizon, plan_slots
from planning.turns import write_in_turn
from storage.brand_files import load_brands
from storage.lake_tables import TABLES
from storage.ledger import brands, posts
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import BRANDS, MORNING, seldom


@pytest.fixture
def both(ledger):
    """The two example brands, the German one first, with the orders of a day each."""
    known = [seldom(brand) for brand in load_brands(BRANDS).values()]
    for brand in known:
        with ledger.transaction() as connection:
            brands.save(connection, brand, now=MORNING)
            plan_slots(
                connection,
                brand,
                effects=pl.DataFrame(schema=TABLES["slot_effects"]),
                model_version=None,
                horizon=Horizon(MORNING),
            )
        trends = pl.DataFrame(schema=TABLES["trends"])
        assert order_briefs(ledger, brand, past=pl.DataFrame(), trends=trends)
    return known


class Stumbling:
    """A free writer with a mistake of its own: it breaks on orders of the given brands."""

    name = "stumbling"

    def __init__(self, *brands):
        self.brands = brands

    def estimate_cents(self, *_, **__):
        return 0.0

    def write(self, brief, **given):
        if brief.brand in self.brands:
            raise IndexError("string index out of range")
        return Composer().write(brief, **given)


def written_by(writer, ledger, both):
    return write_in_turn(ledger, both, desk=Desk([writer], LedgerPurse(ledger)))


def test_the_second_brand_is_written_though_the_first_one_breaks(ledger, both):
    done = written_by(Stumbling(both[0].name), ledger, both)

    assert {both[0].name: "IndexError: string index out of range"} == done.troubles
    assert {both[1].name} == {*done.frame["brand"]}
    with ledger.reading() as connection:
        assert {both[1].name} == {post.brand for post in posts.find(connection)}
    assert [both[0].name] == done.troubles_frame["brand"].to_list()


def test_the_log_tells_what_broke_and_not_what_the_variables_held(ledger, both, capsys):
    written_by(Stumbling(both[0].name), ledger, both)

    told = capsys.readouterr().out
    assert "IndexError: string index out of range" in told
    assert "in write" in told
    assert both[0].title not in told


class Waiting(Stumbling):
    """A free writer that answers the given brand only once another brand has been answered."""

    def __init__(self, brand):
        super().__init__()
        self.slow, self.other = brand, threading.Event()

    def write(self, brief, **given):
        if brief.brand != self.slow:
            self.other.set()
        elif not self.other.wait(60):
            raise AssertionError("the other brand had to wait")
        return super().write(brief, **given)


def test_a_brand_that_waits_for_its_writer_does_not_keep_the_next_one_waiting(ledger, both):
    done = written_by(Waiting(both[0].name), ledger, both)

    assert {} == done.troubles
    names = done.frame["brand"].to_list()
    assert [both[0].name, both[1].name] == [*dict.fromkeys(names)]  # in their order all the same


def test_where_no_brand_can_be_written_the_run_fails(ledger, both):
    with pytest.raises(IndexError, match="out of range"):
        written_by(Stumbling(*(brand.name for brand in both)), ledger, both)
