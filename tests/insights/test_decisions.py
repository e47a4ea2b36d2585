"""Logged choices meet what became of their posts, and the hold-out is told from the rest."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from insights.decisions import slot_decisions
from storage.ledger import choices, deliveries, tables
from storage.ledger.choices import Choice
from storage.ledger.database import Ledger
from tests.clock import SteppingClock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def ledger(ledger_url):
    ledger = Ledger(ledger_url, clock=SteppingClock(START))
    yield ledger
    ledger.close()


def choose(connection, day, strategy):
    """One choice among four open slots, and its delivery."""
    due_at = START + timedelta(days=day)
    named = {"slot": 9, "strategy": strategy, "reasoning": "because", "day": str(day), "rank": 1}
    others = [{"slot": hour} for hour in (10, 11, 12)]
    choice = Choice(
        id=f"x:acme:{day}", kind="slot", brand="acme", account="x:acme",
        chosen=due_at.isoformat(), propensity=0.7, policy="thompson",
        candidates=[named, *others], decided_at=START,
    )  # fmt: skip
    choices.log(connection, choice)
    delivery = NewDelivery(
        key=f"key-{day}", brand="acme", platform=Platform.X, account="x:acme",
        payload=Payload(text="Hello."), due_at=due_at,
    )  # fmt: skip
    return deliveries.plan(connection, delivery, now=START)


def performance(days):
    """The mart's rows: a post a day, twelve likes after 24 hours."""
    rows = {
        "platform": "x", "account": "x:acme", "text": "Hello.", "media_type": "text",
        "language": "en", "followers": 10, "is_reply": False, "is_repost": False,
        "age_hours_latest": 30.0,
    }  # fmt: skip
    names = [f"{name}_{at}" for name in ("likes", "comments", "shares") for at in ("24h", "latest")]
    counts = dict.fromkeys(names, 4)
    return pl.DataFrame(
        [
            rows | counts | {"post_id": f"p{day}", "published_at": START + timedelta(days=day)}
            for day in days
        ]
    )


def test_a_choice_counts_once_its_post_is_a_day_old(ledger):
    with ledger.transaction() as connection:
        ids = [choose(connection, day, "test" if day == 2 else "optimal") for day in range(4)]
        for day, delivery in enumerate(ids[:3]):
            connection.execute(
                sa.update(tables.deliveries)
                .where(tables.deliveries.c.id == delivery)
                .values(state=DeliveryState.SENT, platform_id=f"p{day}")
            )
        # the first post has no level to be judged against, the last is not out
        found = slot_decisions(connection, performance(range(3)), brand="acme")
    assert found["random"].to_list() == [False, True]
    assert found["propensity"].to_list() == [0.7, 0.7]
    assert found["target"].to_list() == [0.25, 0.25]
    assert found["reward"].to_list() == pytest.approx([0.0, 0.0])


def test_a_day_on_which_slots_went_by_priority_is_told(ledger):
    with ledger.transaction() as connection:
        ids = [choose(connection, day, "optimal") for day in range(3)]
        place = Choice(
            id="acme:2:1:place", kind="place", brand="acme", account="", chosen="acme:2:2",
            propensity=1.0, policy="priority", candidates=[], decided_at=START,
        )  # fmt: skip
        choices.log(connection, place)
        for day, delivery in enumerate(ids):
            connection.execute(
                sa.update(tables.deliveries)
                .where(tables.deliveries.c.id == delivery)
                .values(state=DeliveryState.SENT, platform_id=f"p{day}")
            )
        found = slot_decisions(connection, performance(range(3)), brand="acme")
    assert [False, True] == found["placed"].to_list()


def test_without_a_choice_there_is_no_row(ledger):
    with ledger.reading() as connection:
        assert slot_decisions(connection, performance([0]), brand="acme").is_empty()
