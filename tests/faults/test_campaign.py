"""A sample of each case of the fault campaign, on both databases, with the sandbox as the judge."""

import pytest

from tests.faults.campaign_cases import CASES
from tests.faults.campaign_stage import staged

SAMPLE = {
    "sqlite": ("1", "2", "3", "6", "7", "10", "13"),
    "postgresql": ("1", "2", "4", "9", "11", "12", "15", "5"),
}


def test_every_case_is_sampled():
    assert set(CASES) == {name for names in SAMPLE.values() for name in names}


@pytest.fixture
def stage(tmp_path, ledger_url):
    with staged(tmp_path, ledger_url, is_sample=True) as made:
        yield made


@pytest.mark.timeout(600)
def test_a_sample_of_every_case_doubles_and_loses_nothing(stage):
    counts = [one for name in SAMPLE[stage.database] for one in CASES[name](stage, 1)]

    assert [] == [one for one in counts if one.faults]
    assert sum(one.runs for one in counts) > 20
