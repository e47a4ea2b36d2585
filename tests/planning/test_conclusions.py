"""What is concluded from an experiment's posts: who wins, who is stopped, when nobody may win."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from content.briefs import ANGLES
from domain.community import InboundMessage, Intent, Triage
from ml.experiments import Answer
from planning.experiments import draw_angle, experiment_odds, looks_frame
from storage.ledger import experiments, inbox
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.conftest import database
from tests.planning.conftest import MORNING
from tests.planning.orders import BRAND, NOTHING, brief_of, brought, go_out, seen

ORDERS = 240


@pytest.fixture(scope="module")
def sqlite_ledger(sqlite_ledger, tmp_path_factory):
    """The file that each test's ledger is copied from: the orders went out once."""
    file = tmp_path_factory.mktemp("orders") / "ledger.sqlite"
    file.write_bytes(sqlite_ledger.read_bytes())
    lay_orders(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="module")
def postgres_ledger(postgres_server, postgres_ledger):
    """The name of the database that each test's ledger is copied from."""
    with database(postgres_server, template=postgres_ledger) as url:
        lay_orders(url)
        yield url.rpartition("/")[2]


def lay_orders(url):
    ledger = Ledger(url, clock=SteppingClock(MORNING))
    go_out(ledger, ORDERS)
    ledger.close()


def test_what_won_is_what_the_plan_orders_and_the_rest_is_still_tried(ledger):
    past = brought(ORDERS, {"number": 1.6})
    found = seen(ledger, past)
    assert (Answer.WINNER, "number") == (found.verdict.answer, found.experiment.winner)

    with ledger.transaction() as connection:
        odds = experiment_odds(connection, BRAND, past=NOTHING, now=MORNING)["angle"]
        drawn = Counter(
            draw_angle(brief_of(f"next:{number}"), odds, MORNING)[0].angle for number in range(200)
        )
    assert 1.0 == pytest.approx(sum(odds.values()))
    assert drawn["number"] > 150
    assert all(odds[arm] >= 0.01 / len(ANGLES) for arm in ANGLES)


def test_a_lead_in_likes_alone_wins_nothing(ledger):
    past = brought(ORDERS, {"number": 1.6})
    words = np.random.default_rng(1).poisson(20, past.height)
    counts = past.select(
        "account", "post_id", comments=pl.Series(words), shares=0,
        likes=pl.Series(words) * pl.when(pl.col("arm") == "number").then(9).otherwise(3),
    )  # fmt: skip
    assert seen(ledger, past, counts).experiment.winner is None


def test_an_answer_is_given_once(ledger):
    past = brought(ORDERS, {"number": 1.6})
    first = seen(ledger, past).experiment
    with ledger.transaction() as connection:
        again = experiments.conclude(
            connection, first.id, answer="winner", reason="-", winner="plain", now=MORNING
        )
    assert (False, "number") == (again, seen(ledger, past).experiment.winner)


def test_an_opening_that_makes_people_unkind_is_tried_no_more(ledger):
    past = brought(ORDERS)
    with ledger.transaction() as connection:
        for place, post in enumerate(past.filter(pl.col("arm") == "question")["post_id"]):
            message = InboundMessage(
                platform=BRAND.accounts[0].platform, account=BRAND.accounts[0].id,
                message_id=f"m{place}", platform_ref=f"m{place}", author="a", text="no",
                created_at=MORNING, received_at=MORNING, thread_root=post,
            )  # fmt: skip
            inbox.receive(connection, message, brand=BRAND.name, now=MORNING)
            unkind = Triage(
                language="en", intent=Intent.COMPLAINT, confidence=1, sentiment=-1, p_spam=0,
                p_offensive=0, reason="-",
            )  # fmt: skip
            inbox.triaged(
                connection, platform=message.platform, message_id=message.message_id, triage=unkind
            )
    found = seen(ledger, past)
    assert ("question",) == found.experiment.stopped
    assert 0 == found.odds["question"]


def test_a_ratio_that_the_odds_do_not_explain_forbids_a_verdict(ledger):
    past = brought(ORDERS, {"number": 1.6})
    fewer = past.filter((pl.col("arm") != "plain") | (pl.int_range(pl.len()) % 10 == 0))
    found = seen(ledger, fewer)
    assert Answer.WRONG_RATIO == found.verdict.answer
    assert found.experiment.answer is None


def test_what_people_read_has_a_row_per_opening_with_its_odds(ledger):
    table = looks_frame([seen(ledger, brought(ORDERS))])
    assert set(ANGLES) == set(table["arm"])
    assert ORDERS == table["orders"].sum()
    assert (table["lower"] < table["upper"]).all()
