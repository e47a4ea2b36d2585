"""When Dagster rebuilds an asset by itself: after its inputs are new and their checks passed."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import pytest

MONDAY = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
SUITE = dg.AssetCheckKey(dg.AssetKey("trends"), "trends_expectations")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


class Automation:
    """Ticks of the automation sensor, one after another."""

    def __init__(self, graph: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self.graph, self.instance, self.cursor = graph, instance, None

    def requested(self, *names: str, at: datetime = MONDAY) -> set[str]:
        result = dg.evaluate_automation_conditions(
            self.graph,
            self.instance,
            asset_selection=dg.AssetSelection.assets(*names),
            evaluation_time=at,
            cursor=self.cursor,
        )
        self.cursor = result.cursor
        return {name for name in names if result.get_num_requested(dg.AssetKey(name))}

    def materialized(self, *names: str) -> None:
        for name in names:
            self.instance.report_runless_asset_event(dg.AssetMaterialization(name))

    def judged(self, *, passed: bool) -> None:
        self.instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=SUITE.asset_key,
                check_name=SUITE.name,
                passed=passed,
                metadata={},
                blocking=True,
            )
        )


@pytest.fixture
def automation(graph: dg.Definitions, instance: dg.DagsterInstance) -> Automation:
    return Automation(graph, instance)


def test_briefs_follow_trends_only_after_their_check_passed(automation: Automation) -> None:
    automation.materialized("slot_plan", "experiments", "trends", "engagement_features", "briefs")
    settled = automation.requested("briefs")
    automation.materialized("trends")
    unjudged = automation.requested("briefs")
    automation.judged(passed=True)
    judged = automation.requested("briefs")
    assert (set(), set(), {"briefs"}) == (settled, unjudged, judged)


def test_briefs_never_follow_trends_that_failed_their_check(automation: Automation) -> None:
    automation.materialized("slot_plan", "experiments", "trends", "engagement_features", "briefs")
    automation.judged(passed=True)
    automation.requested("briefs")
    automation.materialized("trends")
    automation.judged(passed=False)
    assert set() == automation.requested("briefs")


def test_drafts_and_their_verdicts_follow_new_briefs_in_one_run(automation: Automation) -> None:
    automation.materialized("briefs", "drafts", "draft_verdicts")
    settled = automation.requested("drafts", "draft_verdicts")
    automation.materialized("briefs")
    after = automation.requested("drafts", "draft_verdicts")
    assert (set(), {"drafts", "draft_verdicts"}) == (settled, after)


def test_sources_are_asked_once_an_hour(automation: Automation) -> None:
    sources = ("posts", "accounts", "costs")
    automation.requested(*sources)
    same_hour = automation.requested(*sources, at=MONDAY.replace(minute=59))
    next_hour = automation.requested(*sources, at=MONDAY.replace(hour=9, minute=1))
    assert (set(), set(sources)) == (same_hour, next_hour)


def test_nothing_that_sends_starts_because_data_changed(graph: dg.Definitions) -> None:
    """The door is opened by its bell alone."""
    senders = [s for s in graph.resolve_all_asset_specs() if s.key == dg.AssetKey("publications")]
    assert [None] == [spec.automation_condition for spec in senders]
