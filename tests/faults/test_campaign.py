"""A sample of each case of the fault campaign, on both databases, with the sandbox as the judge."""

from datetime import timedelta

import pytest

from domain.platforms import Platform
from tests.faults.campaign_cases import CASES
from tests.faults.campaign_judge import Book
from tests.faults.campaign_stage import staged
from tests.faults.campaign_troubles import copied, put_back

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
    assert sum(one.runs for one in counts) > 15


def test_the_campaign_sees_a_restore_after_which_nobody_doubts(tmp_path):
    with staged(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}") as stage:
        book = Book("trusting", stage)
        book.plan(*[stage.new(Platform.FACEBOOK, seconds=60) for _ in range(2)])
        backup = copied(stage, 1)
        book.finish()
        stage.clock.wait_until(stage.clock.now() + timedelta(minutes=10))
        put_back(stage, backup)
        book.finish()

        assert [2] == [one.doubled for one in book.judge()]
