"""From slots to the batch: every step may be repeated, and decides nothing twice."""

import pytest

from storage.ledger import approvals, choices, deliveries, posts


@pytest.fixture
def morning(world, assets):
    """Runs a brand's morning and returns the results by asset."""

    def run():
        plan, content = assets("plan"), assets("content")
        world.call(assets("features").engagement_features)
        return {
            "slot_plan": world.call(plan.slot_plan, plan.PlanConfig()),
            "briefs": world.call(plan.briefs),
            "drafts": world.call(content.drafts),
            "draft_verdicts": world.call(content.draft_verdicts),
            "media": world.call(content.media),
            "content_batch": world.call(content.content_batch),
            "scheduled_posts": world.call(assets("publishing").scheduled_posts),
        }

    return run


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


def test_a_second_morning_run_decides_nothing_again(world, morning) -> None:
    first = morning()
    before = state(world)
    second = morning()
    assert before == state(world)
    fresh = [
        first["slot_plan"].metadata["newly chosen"],
        first["briefs"].metadata["newly ordered"],
        first["drafts"].metadata["dagster/row_count"],
        first["content_batch"].metadata["dagster/row_count"],
    ]
    again = [
        second["slot_plan"].metadata["newly chosen"],
        second["briefs"].metadata["newly ordered"],
        second["drafts"].metadata["dagster/row_count"],
        second["content_batch"].metadata["dagster/row_count"],
    ]
    assert all(fresh)
    assert [0, 0, 0, 0] == again


def test_every_account_gets_its_posts_of_the_day(world, morning) -> None:
    morning()
    with world.ledger.reading() as connection:
        slots = choices.list(connection, kind="slot")
    expected = {
        account.id: min(account.daily_cap, brand.posting.posts_per_day)
        for brand in world.brands.values()
        for account in brand.accounts
    }
    assert expected == {
        name: len([slot for slot in slots if slot.account == name]) for name in expected
    }


def test_without_a_model_the_brands_own_hours_serve_and_say_so(world, morning) -> None:
    morning()
    with world.ledger.reading() as connection:
        policies = {slot.policy for slot in choices.list(connection, kind="slot")}
    assert {"defaults"} == policies


def test_a_delivery_stands_only_for_an_approved_post(world, morning) -> None:
    morning()
    with world.ledger.reading() as connection:
        planned = deliveries.list(connection)
        decisions = {
            approvals.decision(connection, each.post_id, version=each.post_version).decision.value
            for each in planned
        }
    assert planned
    assert {"approved"} == decisions


def test_the_report_is_one_file_with_every_brand(world, morning, assets) -> None:
    morning()
    insights = assets("insights")
    result = world.call(insights.brand_report, insights.ReportConfig(title="First week"))
    html = (world.settings.home / "report.html").read_text()
    assert result.metadata["dagster/row_count"] == len(world.brands)
    assert [] == [b.title for b in world.brands.values() if b.title not in html]
    assert "First week" in html
    assert "<script" not in html
