"""A new version is judged beside the plain baselines and the version that serves."""

import re
from dataclasses import replace

import dagster as dg
import polars as pl
import pytest

from domain.events import EventType
from ml.engagement import EngagementModel
from ml.frame import prepare_posts
from ml.judging import SCORE_SCHEMA
from ml.persistence import dump_model
from ml.timing import dump_hours, fit_slots
from ml.training import at_comparable_age
from storage.ledger import events
from storage.models import ModelCard


@pytest.fixture
def learnt(world, assets):
    """The module of the models, with the features that they stand on."""
    world.call(assets("features").engagement_features)
    return assets("models")


@pytest.fixture
def early(world) -> pl.DataFrame:
    """The first half of each account's posts."""
    posts = prepare_posts(at_comparable_age(world.warehouse.read("fct_post_performance")))
    return posts.filter(pl.int_range(pl.len()).over("account") < pl.len().over("account") / 2)


def serve(world, name: str, content: bytes, **notes: object) -> str:
    card = ModelCard(data_hash="d", code_version="c", created_at=world.clock.now(), notes=notes)
    version = world.models.save(name, content, card)
    world.models.promote(name, version)
    return version


def judged(world, table: str) -> dict[str, int]:
    metric = "spearman" if table == "engagement_backtest" else "delivered"
    rows = world.lake.read(table).filter(pl.col("metric") == metric)
    return dict(rows.select("model", "posts").iter_rows())


def test_where_nothing_serves_only_baselines_stand_beside_ours(world, learnt) -> None:
    world.call(learnt.engagement_backtest, learnt.AgeConfig())
    world.call(learnt.timing_backtest)
    for table in ("engagement_backtest", "timing_backtest"):
        assert {"serving", "amsel_since"}.isdisjoint(judged(world, table))
        assert "amsel" in judged(world, table)


def test_the_serving_version_is_judged_by_what_came_after_its_training(
    world, learnt, early
) -> None:
    serve(world, "engagement", dump_model(EngagementModel.fit(early)))
    result = world.call(learnt.engagement_backtest, learnt.AgeConfig())

    found = judged(world, "engagement_backtest")
    assert found["serving"] == found["amsel_since"] >= 30
    table = result.metadata["scores"].value
    assert "| serving |" in table
    assert "| amsel_since |" in table
    curve = result.metadata["what more posts teach"].value
    assert ["0.250", "0.500", "0.750", "1.000"] == re.findall(r"^\| (\d\.\d+)", curve, re.MULTILINE)
    assert "data:image/png" in result.metadata["learning curve"].value


def test_hours_that_serve_are_judged_by_what_came_after_they_were_learnt(
    world, learnt, early
) -> None:
    effects = fit_slots(early)
    until = early.group_by("account").agg(pl.col("published_at").max())
    taught = {account: at.isoformat() for account, at in until.iter_rows()}
    serve(world, "timing", dump_hours(effects), taught_until=taught)
    world.call(learnt.timing_backtest)
    assert {"serving", "amsel_since"} <= judged(world, "timing_backtest").keys()


def test_hours_whose_card_is_old_are_judged_by_nothing_from_before_it(world, learnt, early) -> None:
    serve(world, "timing", dump_hours(fit_slots(early)))
    world.call(learnt.timing_backtest)
    rows = world.lake.read("timing_backtest").filter(pl.col("model") == "serving")
    assert [(None, 0)] == rows.select("value", "posts").rows()


def test_without_newer_posts_the_serving_version_stays_and_is_announced_once(world, learnt) -> None:
    posts = prepare_posts(at_comparable_age(world.warehouse.read("fct_post_performance")))
    version = serve(world, "engagement", dump_model(EngagementModel.fit(posts)))
    for _ in range(2):
        world.call(learnt.engagement_backtest, learnt.AgeConfig())
        result = world.call(learnt.engagement_model, learnt.AgeConfig())

    assert (False, version) == (result.metadata["serves"], world.models.serving("engagement"))
    with world.ledger.reading() as connection:
        told = [one.event for one in events.read_since(connection, 0)]
    promoted = [one.payload["version"] for one in told if one.type is EventType.MODEL_PROMOTED]
    assert [version] == promoted


@pytest.fixture
def chosen(world, learnt):
    """`chosen(kind)`: the model asset ran after a back-test in which that kind led; its result."""

    def run(kind: str) -> dg.MaterializeResult:
        rows = [("amsel", "spearman", 0.3), (kind, "spearman", 0.4), (kind, "lead", 0.1)]
        full = [(model, metric, value, value - 0.05, 1.0, 9, 900) for model, metric, value in rows]
        scores = pl.DataFrame(full, schema=SCORE_SCHEMA, orient="row")
        world.lake.replace("engagement_backtest", scores)
        return world.call(learnt.engagement_model, learnt.AgeConfig())

    return run


def test_the_rival_that_won_is_fitted_kept_and_serves_under_its_name(world, learnt, chosen) -> None:
    result = chosen("hour_mean")

    version = world.models.serving("engagement")
    assert (True, version, "hour_mean") == tuple(
        result.metadata[name] for name in ("serves", "version", "kind")
    )
    card = world.models.card("engagement", version)
    assert "hour_mean" == card.notes["kind"]
    assert card.decision.startswith("hour_mean ranks posts better than ours")
    assert "hour_mean" == learnt.serving_engagement(world.models).forecaster.kind


def test_a_rival_that_cannot_be_stored_leaves_what_served(world, chosen) -> None:
    chosen("hour_mean")
    served = world.models.serving("engagement")
    result = chosen("prophet")
    assert not result.metadata["serves"]
    assert "cannot serve" in result.metadata["why"]
    assert served == world.models.serving("engagement")


def test_a_rival_that_serves_is_the_one_to_beat_the_week_after(world, learnt, early) -> None:
    serve(world, "engagement", dump_model(EngagementModel.fit(early, kind="hour_mean")))
    world.call(learnt.engagement_backtest, learnt.AgeConfig())
    assert judged(world, "engagement_backtest")["serving"] >= 30


def test_a_serving_version_that_cannot_be_read_any_more_is_no_rival(world, learnt) -> None:
    serve(world, "engagement", b"of another format")
    world.call(learnt.engagement_backtest, learnt.AgeConfig())
    assert "serving" not in judged(world, "engagement_backtest")


class AWeekLater:
    """The same mart after every post was counted once more, a week after it went out."""

    def __init__(self, warehouse) -> None:
        self._warehouse = warehouse

    def read(self, mart: str) -> pl.DataFrame:
        likes = pl.coalesce("likes_24h", "likes_latest") * 2
        return self._warehouse.read(mart).with_columns(likes_7d=likes, age_hours_latest=168.0)


def test_a_model_of_a_week_is_kept_beside_the_one_that_forecasts_drafts(world, learnt) -> None:
    week, later = learnt.AgeConfig(age="7d"), replace(world, warehouse=AWeekLater(world.warehouse))
    later.call(learnt.engagement_backtest, week)
    later.call(learnt.engagement_model, week)

    assert world.lake.exists("engagement_backtest_7d")
    assert not world.lake.exists("engagement_backtest")
    assert ["engagement_7d"] == world.models.names()


def test_whatever_a_model_is_taught_by_is_in_the_hash_of_its_data(assets) -> None:
    posts = pl.DataFrame({"post_id": ["a", "b"], "y": [0.1, 0.2], "text": ["Wool", "Soap"]})
    read = {"zones": {"x:acme": "Europe/Berlin"}, "meaning": False}
    told = assets("models").data_hash

    others = [
        told(posts.with_columns(text=pl.lit("Tea")), read),
        told(posts.with_columns(y=pl.lit(0.3)), read),
        told(posts, read | {"meaning": True}),
        told(posts, read | {"zones": {"x:acme": "Asia/Tokyo"}}),
    ]

    assert told(posts, read) == told(posts.select("text", "y", "post_id"), read)
    assert len({told(posts, read), *others}) == 5
