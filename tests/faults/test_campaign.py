"""A sample of each case of the fault campaign, on both databases, with the sandbox as the judge."""

import pytest

from tests.faults.campaign_cases import CASES
from tests.faults.campaign_stage import staged


@pytest.fixture
def stage(tmp_path, ledger_url):
    with staged(tmp_path, ledger_url, is_sample=True) as made:
        yield made


@pytest.mark.timeout(600)
def test_a_sample_of_every_case_doubles_and_loses_nothing(stage):
    counts = [one for case in CASES.values() for one in case(stage, 1)]

    assert [] == [one for one in counts if one.faults]
    assert sum(one.runs for one in counts) > len(CASES)
