"""Which hours plan: those of the version that serves, whatever was learnt since or rolled back."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from cli.main import app
from domain.events import EventType
from ml.judging import SCORE_SCHEMA
from ml.timing import EFFECT_SCHEMA, dump_hours, load_hours
from storage.ledger import choices, events
from storage.models import ModelCard

MORNING = range(8, 11)
EVENING = range(17, 20)


@pytest.fixture
def learnt(world, assets):
    """The module of the models, with the features that they stand on."""
    world.call(assets("features").engagement_features)
    return assets("models")


def hours(world, good: range) -> pl.DataFrame:
    """Effects of every account by which nothing but these hours is worth posting at."""
    slot = np.arange(168)
    effect = np.where(np.isin(slot % 24, good), 0.8, -0.4)
    rows = {
        "slot": slot, "effect": effect, "lower": effect - 0.05, "upper": effect + 0.05,
        "posts": slot, "evidence": True, "chance": 1.0, "closeness": 0.1,
    }  # fmt: skip
    accounts = [account.id for brand in world.brands.values() for account in brand.accounts]
    frames = [pl.DataFrame(rows).select(account=pl.lit(name), **rows) for name in accounts]
    return pl.concat(frames).select(*EFFECT_SCHEMA).cast(EFFECT_SCHEMA)


def serve(world, good: range, *, day: int) -> str:
    """A version that knows these hours, promoted by hand."""
    at = world.clock.now().replace(day=day)
    card = ModelCard(data_hash="d", code_version="c", created_at=at, decision="was better")
    version = world.models.save("timing", dump_hours(hours(world, good)), card)
    world.models.promote("timing", version)
    return version


def judged(world, value: float) -> None:
    """A back-test by which ours delivered so much, on enough posts; the serving hours nothing."""
    rows = [
        (model, "delivered", worth, worth - 0.02, worth + 0.02, 4, 200)
        for model, worth in (
            ("amsel", value), ("fixed_slots", 0.05), ("serving", 0.0), ("amsel_since", value),
        )
    ]  # fmt: skip
    world.lake.replace("timing_backtest", pl.DataFrame(rows, schema=SCORE_SCHEMA, orient="row"))


def plan(world, assets, days: int) -> list[choices.Choice]:
    """The slots that are newly chosen when so many days are planned."""
    with world.ledger.reading() as connection:
        before = {one.id for one in choices.list(connection, kind="slot")}
    module = assets("plan")
    world.call(module.slot_plan, module.PlanConfig(days=days))
    with world.ledger.reading() as connection:
        found = choices.list(connection, kind="slot")
    return [one for one in found if one.id not in before]


def odds_of(chosen: list[choices.Choice], good: range) -> float:
    """The probability that the first post of a day falls into these hours, over all accounts."""
    firsts = [one for one in chosen if one.id.endswith(":1")]
    each = [
        sum(c["probability"] for c in one.candidates if c["slot"] % 24 in good) for one in firsts
    ]
    return float(np.mean(each))


def test_after_a_roll_back_the_next_plan_is_made_by_the_older_hours(world, assets) -> None:
    older, newer = serve(world, MORNING, day=1), serve(world, EVENING, day=2)
    before = plan(world, assets, days=1)

    done = CliRunner().invoke(
        app, ["models", "rollback", "timing"], env={"AMSEL_HOME": str(world.settings.home)}
    )

    assert 0 == done.exit_code, done.output
    after = plan(world, assets, days=2)
    assert ({newer}, {older}) == tuple({c.model_version for c in each} for each in (before, after))
    assert odds_of(before, EVENING) > max(0.5, 3 * odds_of(before, MORNING))
    assert odds_of(after, MORNING) > max(0.5, 3 * odds_of(after, EVENING))
    assert_frame_equal(hours(world, MORNING), world.lake.read("slot_effects"))


def test_a_roll_back_from_the_only_version_plans_by_the_brands_own_hours(world, assets) -> None:
    serve(world, EVENING, day=1)
    CliRunner().invoke(
        app, ["models", "rollback", "timing"], env={"AMSEL_HOME": str(world.settings.home)}
    )
    assert {("defaults", None)} == {
        (one.policy, one.model_version) for one in plan(world, assets, days=1)
    }
    assert world.lake.read("slot_effects").is_empty()


def test_a_roll_back_is_in_the_record(world) -> None:
    older, newer = serve(world, MORNING, day=1), serve(world, EVENING, day=2)
    CliRunner().invoke(
        app, ["models", "rollback", "timing"], env={"AMSEL_HOME": str(world.settings.home)}
    )
    with world.ledger.reading() as connection:
        told = [one.event for one in events.read_since(connection, 0)]
    (done,) = [one for one in told if one.type is EventType.MODEL_ROLLED_BACK]
    assert {"model": "timing", "left": newer, "version": older} == done.payload


def test_hours_that_no_back_test_spoke_for_plan_nothing(world, assets, learnt) -> None:
    serving = serve(world, EVENING, day=1)
    world.lake.replace("slot_effects", hours(world, EVENING))
    world.call(learnt.timing_backtest)

    result = world.call(learnt.timing_model)

    assert (False, serving) == (result.metadata["serves"], world.models.serving("timing"))
    assert result.metadata["version"] in {one.version for one in world.models.versions("timing")}
    assert_frame_equal(hours(world, EVENING), world.lake.read("slot_effects"))
    chosen = plan(world, assets, days=1)
    assert {serving} == {one.model_version for one in chosen}
    assert odds_of(chosen, EVENING) > max(0.5, 3 * odds_of(chosen, MORNING))


def test_where_nothing_serves_refused_hours_leave_the_brands_own(world, assets, learnt) -> None:
    judged(world, -0.1)
    assert world.call(learnt.timing_model).metadata["serves"] is False
    assert world.lake.read("slot_effects").is_empty()
    assert {"defaults"} == {one.policy for one in plan(world, assets, days=1)}


def test_hours_that_won_their_back_test_plan_from_then_on(world, assets, learnt) -> None:
    older = serve(world, EVENING, day=1)
    judged(world, 0.2)

    result = world.call(learnt.timing_model)

    version = result.metadata["version"]
    assert (True, version) == (result.metadata["serves"], world.models.serving("timing"))
    assert [older, version] == world.models.history("timing")
    learnt_hours = load_hours(world.models.load("timing"))
    assert_frame_equal(learnt_hours, world.lake.read("slot_effects"))
    assert {version} == {one.model_version for one in plan(world, assets, days=1)}
