"""The prior from finished tests: it serves where it beats plain rivals, and then chooses drafts."""

import numpy as np
import polars as pl
import pytest

from ml.experiments import Answer
from planning.experiments import experiment_odds
from storage.lake_tables import TABLES
from storage.ledger import choices, experiments, posts


def finished_tests(number: int, *, asks: float) -> pl.DataFrame:
    random = np.random.default_rng(0)
    rows = [
        (f"t{n}", f"{n}{mark}", text, 3000.0, float(random.binomial(3000, rate)))
        for n in range(number)
        for text, mark, rate in (
            (f"Do you know our bread of type {n}?", "a", 0.02 * np.exp(asks)),
            (f"This is our bread of type {n}, {'very ' * (n % 5)}fresh.", "b", 0.02),
        )
    ]
    names = ["test_id", "variant_id", "text", "impressions", "clicks"]
    table = pl.DataFrame(rows, schema=names, orient="row")
    return table.with_columns(created_at=pl.lit(None)).cast(TABLES["variant_tests"])


def test_without_finished_tests_none_serves_and_the_remedy_is_said(world, assets) -> None:
    result = world.call(assets("models").variant_model)
    assert world.models.serving("variants") is None
    assert "amsel import variants" in result.metadata["why"]


def test_too_few_tests_serve_nothing(world, assets) -> None:
    world.lake.replace("variant_tests", finished_tests(20, asks=0.5))
    assert "too few" in world.call(assets("models").variant_model).metadata["why"]
    assert world.models.serving("variants") is None


def end_without_a_winner(world) -> None:
    """The experiments of all brands are over, so that a forecast may choose any variant."""
    with world.ledger.transaction() as connection:
        now = world.ledger.now(connection)
        for brand in world.brands.values():
            experiment_odds(connection, brand, past=pl.DataFrame(), now=now)
            found = experiments.latest(connection, brand=brand.name, factor="angle")
            experiments.conclude(
                connection, found.id, answer=Answer.NO_WINNER, reason="-", winner=None, now=now
            )


@pytest.fixture
def served(world, assets):
    world.lake.replace("variant_tests", finished_tests(120, asks=0.4))
    return world.call(assets("models").variant_model)


def test_a_model_that_was_judged_has_a_card_and_serves_only_if_it_won(world, served) -> None:
    (card,) = world.models.versions("variants")
    assert 120 == card.notes["tests"]
    assert served.metadata["why"] == card.decision
    assert served.metadata["serves"] == (world.models.serving("variants") == card.version)


def test_once_no_opening_wins_the_wording_decides_and_its_version_is_logged(
    world, assets, served
) -> None:
    version = served.metadata["version"]
    world.models.promote("variants", version)
    plan, content = assets("plan"), assets("content")
    world.call(assets("features").engagement_features)
    end_without_a_winner(world)
    for asset in (
        plan.briefs,
        content.drafts,
        content.draft_verdicts,
        content.media,
        content.content_batch,
    ):
        if asset is plan.briefs:
            world.call(plan.slot_plan, plan.PlanConfig())
        world.call(asset)
    with world.ledger.reading() as connection:
        logged = choices.list(connection, kind="variant")
        drafted = len(posts.find(connection))
    assert drafted > len(logged) > 0
    by_language = {
        (world.brands[choice.brand].voice.language, choice.model_version) for choice in logged
    }
    assert {("en", version), ("de", None)} == by_language
    several = [choice for choice in logged if len(choice.candidates) > 1]
    assert any(max(one["probability"] for one in each.candidates) > 0.8 for each in several)
