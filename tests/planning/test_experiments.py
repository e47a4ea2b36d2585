"""The experiment of a brand: posts open in turns, and what won is what the plan then orders."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from content.briefs import ANGLES
from domain.community import InboundMessage, Intent, Triage
from domain.deliveries import NewDelivery, Payload
from domain.posts import ContentPost, PostStatus
from domain.writing import Brief
from ml.experiments import Answer
from planning.experiments import angle_odds, draw_angle, look, looks_frame
from storage.brand_files import load_brands
from storage.ledger import choices, deliveries, experiments, inbox, posts
from tests.graph import SENT, move_delivery
from tests.planning.conftest import BRANDS, MORNING

NOTHING = pl.DataFrame()
EVEN = dict.fromkeys(ANGLES, 1 / len(ANGLES))


@pytest.fixture
def brand():
    return load_brands(BRANDS)["northloom"]


def brief_of(brand, key):
    account = brand.accounts[0]
    return Brief(
        id=key, brand=brand.name, topic=brand.topics[0], why="-", facts=brand.facts[:2],
        platforms=(account.platform,), language="en", due_at=MORNING,
    )  # fmt: skip


def history(ledger, brand, *, orders=240, gains=None, odds=EVEN, seed=0):
    """Orders that went out with angles drawn by the odds, and what they brought (log)."""
    random, account, rows = np.random.default_rng(seed), brand.accounts[0], []
    with ledger.transaction() as connection:
        for number in range(orders):
            brief, choice = draw_angle(brief_of(brand, f"{brand.name}:{number}"), odds, MORNING)
            choices.log(connection, choice)
            post = ContentPost(
                id=f"post-{number}", brand=brand.name, text=f"text {number}",
                platforms=brief.platforms, status=PostStatus.SCHEDULED, brief_id=brief.id,
                brand_voice=brand.voice, generated_by="test",
            )  # fmt: skip
            posts.save(connection, post, key=post.id, actor="test", now=MORNING)
            rows.append((account.id, f"out-{number}", brief.angle))
    sent(ledger, account, orders)
    y = [(gains or {}).get(angle, 0.0) + random.normal(0, 0.85) for *_, angle in rows]
    frame = pl.DataFrame(rows, schema=["account", "post_id", "arm"], orient="row")
    return frame.with_columns(y=pl.Series(y), last_5=pl.lit(0.0))


def sent(ledger, account, orders):
    with ledger.transaction() as connection:
        ids = [
            deliveries.plan(
                connection,
                NewDelivery(
                    key=f"k-{number}", brand="b", platform=account.platform, account=account.id,
                    payload=Payload(text="t"), due_at=MORNING, post_id=f"post-{number}",
                ),
                now=MORNING,
            )
            for number in range(orders)
        ]  # fmt: skip
    for number, delivery_id in enumerate(ids):
        move_delivery(ledger, delivery_id, *SENT, platform_id=f"out-{number}")


def seen(ledger, brand, past, counts=NOTHING):
    with ledger.transaction() as connection:
        return look(connection, brand, past=past, counts=counts, now=MORNING)


def test_an_experiment_begins_with_the_first_order_and_tries_every_opening(ledger, brand):
    with ledger.transaction() as connection:
        odds = angle_odds(connection, brand, past=NOTHING, now=MORNING)
        kept = experiments.latest(connection, brand=brand.name, factor="angle")
    assert set(ANGLES) == set(odds)
    assert min(odds.values()) > 0.05
    assert kept is not None
    assert (ANGLES, None) == (kept.arms, kept.answer)


def test_few_measured_orders_are_called_not_enough(ledger, brand):
    past = history(ledger, brand, orders=12)
    verdict = seen(ledger, brand, past).verdict
    assert Answer.NOT_ENOUGH_DATA == verdict.answer
    assert verdict.reason.startswith("12 posts are not enough")


def test_what_won_is_what_the_plan_orders_and_the_rest_is_still_tried(ledger, brand):
    past = history(ledger, brand, gains={"number": 1.6})
    found = seen(ledger, brand, past)
    assert (Answer.WINNER, "number") == (found.verdict.answer, found.experiment.winner)

    with ledger.transaction() as connection:
        odds = angle_odds(connection, brand, past=NOTHING, now=MORNING)
        drawn = Counter(
            draw_angle(brief_of(brand, f"next:{number}"), odds, MORNING)[0].angle
            for number in range(200)
        )
    assert 1.0 == pytest.approx(sum(odds.values()))
    assert drawn["number"] > 150
    assert all(odds[arm] >= 0.01 / len(ANGLES) for arm in ANGLES)


def test_a_lead_in_likes_alone_wins_nothing(ledger, brand):
    past = history(ledger, brand, gains={"number": 1.6})
    words = np.random.default_rng(1).poisson(20, past.height)
    counts = past.select(
        "account", "post_id", comments=pl.Series(words), shares=0,
        likes=pl.Series(words) * pl.when(pl.col("arm") == "number").then(9).otherwise(3),
    )  # fmt: skip
    assert seen(ledger, brand, past, counts).experiment.winner is None


def test_an_answer_is_given_once(ledger, brand):
    past = history(ledger, brand, gains={"number": 1.6})
    first = seen(ledger, brand, past).experiment
    with ledger.transaction() as connection:
        again = experiments.conclude(
            connection, first.id, answer="winner", reason="-", winner="plain", now=MORNING
        )
    assert (False, "number") == (again, seen(ledger, brand, past).experiment.winner)


def test_an_opening_that_makes_people_unkind_is_tried_no_more(ledger, brand):
    past = history(ledger, brand)
    with ledger.transaction() as connection:
        for place, post in enumerate(past.filter(pl.col("arm") == "question")["post_id"]):
            message = InboundMessage(
                platform=brand.accounts[0].platform, account=brand.accounts[0].id,
                message_id=f"m{place}", platform_ref=f"m{place}", author="a", text="no",
                created_at=MORNING, received_at=MORNING, thread_root=post,
            )  # fmt: skip
            inbox.receive(connection, message, brand=brand.name, now=MORNING)
            unkind = Triage(
                language="en", intent=Intent.COMPLAINT, confidence=1, sentiment=-1, p_spam=0,
                p_offensive=0, reason="-",
            )  # fmt: skip
            inbox.triaged(
                connection, platform=message.platform, message_id=message.message_id, triage=unkind
            )
    found = seen(ledger, brand, past)
    assert ("question",) == found.experiment.stopped
    assert 0 == found.odds["question"]


def test_a_ratio_that_the_odds_do_not_explain_forbids_a_verdict(ledger, brand):
    past = history(ledger, brand, gains={"number": 1.6})
    fewer = past.filter((pl.col("arm") != "plain") | (pl.int_range(pl.len()) % 10 == 0))
    found = seen(ledger, brand, fewer)
    assert Answer.WRONG_RATIO == found.verdict.answer
    assert found.experiment.answer is None


def test_what_people_read_has_a_row_per_opening_with_its_odds(ledger, brand):
    table = looks_frame([seen(ledger, brand, history(ledger, brand))])
    assert set(ANGLES) == set(table["arm"])
    assert 240 == table["orders"].sum()
    assert (table["lower"] < table["upper"]).all()


def test_a_single_fact_makes_no_pair(brand):
    lone = brief_of(brand, "one").model_copy(update={"facts": brand.facts[:1]})
    _, choice = draw_angle(lone, EVEN, MORNING)
    assert "pair" not in [each["angle"] for each in choice.candidates]
    assert 1.0 == pytest.approx(sum(each["probability"] for each in choice.candidates))


class Promise:
    """Stands for a model of variants that likes one word."""

    def score(self, texts):
        return np.array([1.0 if "wool" in text else 0.0 for text in texts])


def test_openings_whose_wording_promises_more_are_tried_first(ledger, brand):
    briefs = [brief_of(brand, f"{brand.name}:{number}") for number in range(40)]
    with ledger.transaction() as connection:
        for brief in briefs:
            ordered, choice = draw_angle(brief, EVEN, MORNING)
            choices.log(connection, choice)
            text = "wool" if ordered.angle == ANGLES[1] else "socks"
            draft = ContentPost(
                id=brief.id, brand=brand.name, text=text, platforms=brief.platforms,
                brief_id=brief.id, brand_voice=brand.voice, generated_by="test",
            )  # fmt: skip
            posts.save(connection, draft, key=draft.id, actor="test", now=MORNING)
        plain, told = (
            angle_odds(connection, brand, past=NOTHING, wording=wording, now=MORNING)
            for wording in (None, Promise())
        )
    assert ANGLES[1] == max(told, key=told.get)
    assert told[ANGLES[1]] > plain[ANGLES[1]] + 0.1
    assert min(told.values()) > 0
