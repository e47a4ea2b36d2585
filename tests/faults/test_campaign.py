"""A sample of the cases of the fault campaign, on both databases, with the sandbox as the judge."""

import pytest

from domain.platforms import Platform
from tests.faults.campaign import play_case
from tests.faults.campaign_guards import COUNTER_RUNS, without
from tests.faults.campaign_stage import WARM_PLANNER, staged, warm_up

SAMPLE = {
    "sqlite": ("1", "3", "6", "7", "8", "10", "13"),
    "postgresql": ("1", "1 planner", "2", "4", "5", "9", "11", "12", "15"),
}
warm_up(WARM_PLANNER)
QUICK = ("attempt row", "database time", "look-up before resend")
"""The others take longer; `make faults` plays all of them on both databases."""


@pytest.fixture
def stage(tmp_path, ledger_url):
    with staged(tmp_path, ledger_url, is_sample=True) as made:
        yield made


@pytest.mark.timeout(240)
def test_a_sample_of_the_cases_doubles_and_loses_nothing(stage):
    counts = [one for name in SAMPLE[stage.database] for one in play_case(stage, name, 1)]

    assert [] == [one for one in counts if one.faults]
    assert sum(one.runs for one in counts) > 15


@pytest.mark.parametrize("guard", QUICK)
def test_the_campaign_notices_that_a_guard_is_out(tmp_path, sqlite_ledger_url, guard):
    case, platform, _ = COUNTER_RUNS[guard]

    with staged(tmp_path, sqlite_ledger_url, platforms=(Platform(platform),)) as stage:
        found = without(guard, stage)

    assert found["is_told"], (case, found)
