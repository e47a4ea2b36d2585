"""From slots to the batch: every step may be repeated, and decides nothing twice."""

from dataclasses import dataclass

import dagster as dg
import pytest

from ml.engagement import EngagementModel
from ml.frame import prepare_posts
from ml.persistence import dump_model
from ml.training import at_comparable_age
from storage.ledger import approvals, choices, deliveries, posts
from storage.models import ModelCard
from tests.assets.conftest import World, new_world


def morning(world, assets, ahead=None):
    """Runs the brands' morning and gives the results by asset."""
    plan, content = assets("plan"), assets("content")
    world.call(assets("features").engagement_features)
    return {
        "slot_plan": world.call(plan.slot_plan, ahead or plan.PlanConfig()),
        "briefs": world.call(plan.briefs),
        "drafts": world.call(content.drafts),
        "draft_verdicts": world.call(content.draft_verdicts),
        "media": world.call(content.media),
        "content_batch": world.call(content.content_batch),
        "scheduled_posts": world.call(assets("publishing").scheduled_posts),
    }


@dataclass(frozen=True)
class Morning:
    """A world after its morning, and what the assets told."""

    world: World
    told: dict[str, dg.MaterializeResult]


@pytest.fixture(scope="module")
def first(tmp_path_factory, built, assets):
    """A morning without any model, for those who only look at it."""
    with new_world(tmp_path_factory.mktemp("planned"), built) as world:
        yield Morning(world, morning(world, assets))


@pytest.fixture(scope="module")
def planned(first):
    return first.world


@pytest.fixture(scope="module")
def forecast(tmp_path_factory, built, assets):
    """A morning that plans two days with a model of engagement, for those who only look at it."""
    with new_world(tmp_path_factory.mktemp("forecast"), built, posts_per_day=1) as world:
        past = prepare_posts(at_comparable_age(world.warehouse.read("fct_post_performance")))
        card = ModelCard(data_hash="d", code_version="c", created_at=world.clock.now())
        model = dump_model(EngagementModel.fit(past))
        world.models.promote("engagement", world.models.save("engagement", model, card))
        yield Morning(world, morning(world, assets, ahead=assets("plan").PlanConfig(days=2)))


def state(world) -> dict[str, object]:
    with world.ledger.reading() as connection:
        drafts = posts.find(connection)
        decided = [approvals.decision(connection, p.id, version=p.version) for p in drafts]
        return {
            "choices": [choice.id for choice in choices.list(connection)],
            "drafts": [(draft.id, draft.text, draft.status) for draft in drafts],
            "decided": decided,
            "deliveries": deliveries.list(connection),
        }


def decided(told) -> list[object]:
    """How much was new in a morning, step by step."""
    return [
        told["slot_plan"].metadata["newly chosen"],
        told["briefs"].metadata["newly ordered"],
        told["drafts"].metadata["dagster/row_count"],
        told["content_batch"].metadata["dagster/row_count"],
    ]


def test_a_second_morning_run_decides_nothing_again(first, assets) -> None:
    before = state(first.world)
    second = morning(first.world, assets)
    assert before == state(first.world)
    assert all(decided(first.told))
    assert [0, 0, 0, 0] == decided(second)
    by_writer = first.told["drafts"].metadata["by writer"].value
    assert "| writer | drafts | tokens in | tokens out | cents | approved by people |" in by_writer
    assert "| composer | " in by_writer
    assert "passed over, why" not in first.told["drafts"].metadata


def test_drafts_tell_how_they_differ_and_verdicts_that_nothing_is_calibrated_yet(first) -> None:
    assert "| angle | difference |" in first.told["drafts"].metadata["sample"].value
    told = first.told["draft_verdicts"].metadata["calibration"]
    assert "all brands: uncalibrated, 0 of 50 decisions" == told
    reasons = first.told["content_batch"].metadata["sample"].value
    assert "uncalibrated (quality" in reasons


def test_the_batch_tells_the_risks_of_what_it_decided_and_what_they_come_from(first) -> None:
    metadata = first.told["content_batch"].metadata
    told = metadata["risks"].value
    assert told.startswith("| brand | risk | from | decision | posts |")
    assert "| medium | it has a link | approved |" in told
    assert "| risk | decision | reason |" in metadata["sample"].value


def test_each_decided_post_says_what_raised_and_lowered_its_forecast(forecast) -> None:
    world, shown = forecast.world, forecast.told["content_batch"].metadata["forecasts, and why"]

    said = world.lake.read("forecast_reasons")
    keys = ["post_id", "account"]
    assert set(said.select(keys).rows()) == set(world.lake.read("forecasts").select(keys).rows())
    assert said["reasons"].str.contains(" by ").any()
    assert all(why in shown.value for why in said["reasons"])


def test_the_week_stands_beside_the_batch_with_its_pictures(forecast) -> None:
    told = forecast.told["content_batch"].metadata
    for brand in forecast.world.brands:
        rows = told[f"week of {brand}"].value.splitlines()
        assert rows[0].startswith("| day | at | brand | platforms | shown as | state | text |")
        assert 2 == len({row.split("|")[1] for row in rows[2:]})
        assert any("tiktok" in row and "clip" in row for row in rows)
        assert told[f"pictures of {brand}"].value.startswith("![pictures of")


def test_where_no_rule_holds_anything_the_verdicts_say_so(first) -> None:
    told = first.told["draft_verdicts"].metadata
    assert ("nothing held" == told.get("held or blocked")) is not (
        "held or blocked, by rule" in told
    )


def test_every_account_gets_its_posts_of_the_day(planned) -> None:
    with planned.ledger.reading() as connection:
        slots = choices.list(connection, kind="slot")
    expected = {
        account.id: min(account.daily_cap, brand.posting.posts_per_day)
        for brand in planned.brands.values()
        for account in brand.accounts
    }
    assert expected == {
        name: len([slot for slot in slots if slot.account == name]) for name in expected
    }


def test_without_a_model_the_brands_own_hours_serve_and_say_so(planned) -> None:
    with planned.ledger.reading() as connection:
        policies = {slot.policy for slot in choices.list(connection, kind="slot")}
    assert {"defaults"} == policies


def test_a_delivery_stands_only_for_an_approved_post(planned) -> None:
    with planned.ledger.reading() as connection:
        going = deliveries.list(connection)
        decisions = {
            approvals.decision(connection, each.post_id, version=each.post_version).decision.value
            for each in going
        }
    assert going
    assert {"approved"} == decisions


def test_the_report_is_one_file_with_every_brand(planned, assets) -> None:
    insights = assets("insights")
    result = planned.call(insights.brand_report, insights.ReportConfig(title="First week"))
    html = (planned.settings.home / "report.html").read_text()
    assert "Medium risk: it has a link (" in html
    assert result.metadata["dagster/row_count"] == len(planned.brands)
    assert [] == [b.title for b in planned.brands.values() if b.title not in html]
    assert "First week" in html
    assert "<script" not in html
