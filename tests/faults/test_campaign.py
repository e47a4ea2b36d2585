"""A sample of the cases of the fault campaign, on both databases, with the sandbox as the judge."""

import pytest

from domain.platforms import Platform
from tests.faults.campaign import play_case
from tests.faults.campaign_cases import PLAYED_ON
from tests.faults.campaign_guards import COUNTER_RUNS, without
from tests.faults.campaign_stage import WARM_PLANNER, staged, warm_up

SAMPLE = {
    "sqlite": ("1", "2 silence", "3", "6", "7", "7 worse", "7 answers", "8", "10", "13"),
    "postgresql": ("1", "1 planner", "2", "4", "5", "9", "11", "11 asleep", "12", "15"),
}
APART = ("3 bans", "3 drains", "9 speed", "12 edits")
"""Parts with a stage of their own. Those that bring a server, a Dagster home or a version along
cost too much here: `make faults` plays them alone."""
warm_up(WARM_PLANNER)
WHOLE = ("attempt row",)
"""Guards whose case is one post anyway, and in a sample none; all others are played as a sample."""


@pytest.fixture
def stage(tmp_path, ledger_url):
    with staged(tmp_path, ledger_url, is_sample=True) as made:
        yield made


@pytest.mark.timeout(240)
def test_a_sample_of_the_cases_doubles_and_loses_nothing(stage):
    counts = [one for name in SAMPLE[stage.database] for one in play_case(stage, name, 1)]

    assert [] == [one for one in counts if one.faults]
    assert sum(one.runs for one in counts) > 15


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", APART)
def test_a_sample_of_what_needs_a_stage_of_its_own_doubles_and_loses_nothing(
    tmp_path, sqlite_ledger_url, name
):
    with staged(tmp_path, sqlite_ledger_url, is_sample=True, **PLAYED_ON[name]) as stage:
        counts = play_case(stage, name, 1)

    assert [] == [one for one in counts if one.faults]
    assert sum(one.met for one in counts) > 0


@pytest.mark.timeout(120)
@pytest.mark.parametrize("guard", COUNTER_RUNS)
def test_the_campaign_notices_that_a_guard_is_out(tmp_path, sqlite_ledger_url, guard):
    case, platform, _ = COUNTER_RUNS[guard]

    options = {"platforms": (Platform(platform),), "is_sample": guard not in WHOLE}
    with staged(tmp_path, sqlite_ledger_url, **options) as stage:
        found = without(guard, stage)

    assert found["is_told"], (case, found)
