"""A campaign goes on where it stopped, and leaves a table that others read."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.jobs import jobs
from tests.faults import campaign_planner as planner
from tests.faults.campaign import main
from tests.faults.campaign_cases import CASES
from tests.faults.campaign_judge import Count
from tests.faults.campaign_plan import FULL, ROUNDS, Plan
from tests.faults.campaign_report import Report

ROOT = Path(__file__).parents[2]


@pytest.fixture
def report(tmp_path):
    return Report(tmp_path)


def add(report, name, *, rounds, seconds=1.0, kind="sqlite", **numbers):
    counts = [Count(f"{name} trouble", "x", kind, runs=rounds, **numbers)]
    report.add_counts(kind, name, counts, rounds=rounds, seconds=seconds)


def play(plan, report, *, seconds=1.0):
    """What would be played, case by case, if a round took that long."""
    played = []
    while (chosen := plan.next_rounds("sqlite")) is not None:
        name, rounds = chosen
        add(report, name, rounds=rounds, seconds=rounds * seconds)
        played.append(chosen)
    return played


def test_the_plan_names_every_case():
    assert [*CASES] == [*FULL]


def test_the_jobs_that_are_killed_are_jobs():
    assert {planner.MORNING, planner.PLANS_AHEAD} <= {one.name for one in jobs}


def test_a_plan_plays_what_the_report_lacks(report):
    add(report, "2", rounds=3)

    played = play(Plan(report, names=["2"], n=5), report)

    assert [("2", 2)] == played
    assert {} == Plan(report, names=["2"], n=5).missing("sqlite")
    assert {"2": 5} == Plan(report, names=["2"], n=5).missing("postgresql")


def test_full_is_what_the_plan_wants(report):
    played = play(Plan(report, names=[*CASES]), report)

    assert FULL == {name: sum(rounds for each, rounds in played if each == name) for name in FULL}
    assert ROUNDS == max(rounds for _, rounds in played)


def test_the_case_that_is_furthest_behind_comes_next(report):
    add(report, "1", rounds=30)

    assert "2" == Plan(report, names=["1", "2"]).next_rounds("sqlite")[0]


def test_rounds_that_would_end_too_late_are_not_begun(report):
    add(report, "1", rounds=1, seconds=100.0)
    add(report, "2", rounds=1, seconds=20.0)

    assert ("2", 2) == Plan(report, names=["1", "2"], minutes=0.8).next_rounds("sqlite")


def test_every_call_brings_the_plan_on_however_short_its_time(report):
    add(report, "1", rounds=1, seconds=100.0)
    plan = Plan(report, names=["1"], minutes=0.1)

    assert ("1", 1) == plan.next_rounds("sqlite")
    assert plan.next_rounds("sqlite") is None


def test_a_plan_that_is_ended_begins_nothing_more(report):
    plan = Plan(report, names=["1"])
    plan.end()

    assert plan.next_rounds("sqlite") is None


def test_a_report_is_taken_up_with_all_that_it_counted(tmp_path, report):
    add(report, "1", rounds=2, seconds=5.0, kills=7, recovery=[1.0, 40.0])
    told = {"guard": "fence", "case": "11", "database": "sqlite", "is_told": True, "broken": {}}
    report.add_counter_run(told)

    again = Report(tmp_path, more=True)
    add(again, "1", rounds=1, kills=3)

    (count,) = again.counts.values()
    assert (3, 10, [1.0, 40.0]) == (count.runs, count.kills, count.recovery)
    assert (3, 2.0) == (again.played("sqlite", "1"), again.seconds_a_round("sqlite", "1"))
    assert "fence" not in again.lacking_guards("sqlite", CASES)
    assert "fence" in again.lacking_guards("postgresql", CASES)


def test_a_campaign_in_a_new_folder_goes_on_from_the_record(tmp_path, report):
    add(report, "1", rounds=2, kills=7)
    record, new = tmp_path / "campaign.json", tmp_path / "new"
    new.mkdir()

    on = Report(new, more=True, record=record)
    add(on, "1", rounds=1, kills=3)

    assert 3 == on.played("sqlite", "1")
    assert 2 == Report(tmp_path, more=True).played("sqlite", "1")
    assert {} == Report(tmp_path / "new", record=record).counts


def test_a_campaign_that_begins_anew_keeps_the_report_before(tmp_path, report):
    add(report, "1", rounds=2)

    assert {} == Report(tmp_path).counts
    assert {"1 (sqlite)": 2} == json.loads((tmp_path / "before.json").read_text())["rounds"]


def test_the_table_has_a_row_for_each_case_profile_and_database(tmp_path, report):
    counts = [
        Count("1 kill -9: here", "x", "sqlite", runs=2, kills=2, recovery=[1.0, 2.0]),
        Count("1 kill -9: there", "facebook", "sqlite", runs=1, lost=1, recovery=[50.0]),
        Count("1 kill -9: there", "mastodon", "sqlite", runs=4),
    ]
    report.add_counts("sqlite", "1", counts, rounds=1, seconds=1.0)

    blind, keyed = json.loads((tmp_path / "summary.json").read_text())
    wanted = {"case": "1 kill -9", "profile": "blind", "database": "sqlite", "runs": 3, "kills": 2}
    wanted |= {"doubled": 0, "lost": 1, "stuck": 0, "recovery_seconds": 50.0}
    assert wanted == {name: blind[name] for name in wanted}
    assert ("keyed", None) == (keyed["profile"], keyed["recovery_seconds"])


@pytest.mark.timeout(180)
def test_a_campaign_that_is_killed_goes_on_with_what_it_had_written(tmp_path, capsys):
    words = ["--case", "15", "--n", "2", "--more", "--database", "sqlite", "--no-guards"]
    words += ["--out", str(tmp_path), "--record", str(tmp_path / "none.json")]
    command = [sys.executable, "-m", "tests.faults.campaign", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        assert "1 rounds, 14 runs, 0 wrong" in first.stdout.readline()
        first.send_signal(signal.SIGKILL)

    code = main(words)

    said = capsys.readouterr()
    assert (0, "") == (code, said.err)
    kept = json.loads((tmp_path / "campaign.json").read_text())
    assert {"15 (sqlite)": 2} == kept["rounds"]
    assert 28 == sum(one["runs"] for one in kept["counts"])
    assert "2 of 2 rounds are played" in said.out
    assert [] == [*tmp_path.glob("stages*")]
