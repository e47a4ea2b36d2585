"""`amsel commissions`: what was ordered of models of others, and a person's word on the bill."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from cli.commissions import app
from domain.commissions import CommissionState, NewCommission
from domain.errors import StateError
from runtime.build import open_ledger
from runtime.settings import CHECKOUT, Settings
from storage.brand_files import load_brands
from storage.ledger import brands, commissions, costs

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOST = {"reason": "runway keeps no list", "remedy": "look at the bill"}


@pytest.fixture
def ledger():
    """The ledger that the command opens, with a commission whose answer was lost."""
    ledger = open_ledger(Settings())
    brand = load_brands(CHECKOUT / "brands")["bergquell"]
    rich = brand.budget.model_copy(update={"currency": "USD", "monthly_cents": 100})
    new = NewCommission(
        brand="bergquell", brief_id="b", kind="clip", maker="runway/veo3.1_fast", prompt="x",
        seed=1, cents=40, wait_until=NOON,
    )  # fmt: skip
    with ledger.transaction() as connection:
        brands.save(connection, brand.model_copy(update={"budget": rich}), now=NOON)
        one = commissions.begin(connection, new, now=NOON, until=NOON + timedelta(minutes=5))
        commissions.close(connection, one, CommissionState.UNKNOWN, now=NOON, **LOST)
    return ledger


def told(*arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=False).output


@pytest.mark.usefixtures("ledger")
def test_what_a_person_must_know_is_listed_with_its_remedy():
    assert "unknown    40.00 ct  runway/veo3.1_fast  b:clip" in told()
    assert "look at the bill" in told()
    assert ["b:clip"] == [row["id"] for row in json.loads(told("--json"))]


@pytest.mark.parametrize(("verb", "cents"), [("paid", 40.0), ("free", 0.0)])
def test_the_bill_decides_what_is_booked(ledger, verb, cents):
    told(verb, "b:clip")

    with ledger.reading() as connection:
        assert [cents] == costs.frame(connection)["settled_cents"].to_list()
    with pytest.raises(StateError, match="is failed"):
        told(verb, "b:clip")
