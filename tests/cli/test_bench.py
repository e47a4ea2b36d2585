"""`amsel bench`: what it measures is done in full on both sides, and is written down."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.bench import app
from cli.bench_graph import in_a_line
from cli.bench_kills import after_kills
from domain.platforms import Platform
from storage.ledger.database import Ledger
from tests.parsed import copy_parsed

MACHINE = {"cores", "load_1m", "machine", "python"}


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_ingest_leaves_its_figures(tmp_path):
    out = tmp_path / "new" / "ingest.json"
    result = run("ingest", "--rows", 2000, "--rounds", 1, "--json", out)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert {"ratio", "rows_per_s", "peak_rss_mib"} | MACHINE <= set(figures)
    assert 2000 == figures["rows"]
    assert (
        0 < figures["ratio"] == pytest.approx(figures["bare_seconds"] / figures["seconds"], rel=0.2)
    )


def test_startup_is_compared_with_a_bare_interpreter(tmp_path):
    out = tmp_path / "startup.json"
    result = run("startup", "--rounds", 1, "--json", out)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert set(figures) >= MACHINE
    assert figures["seconds"] > figures["bare_seconds"] > 0


def test_models_are_compared_with_a_plain_lightgbm_and_a_week_is_planned(tmp_path):
    out = tmp_path / "models.json"
    result = run(
        *("models", "--accounts", 2, "--posts", 60, "--growth", "", "--brands", 1, "--json", out)
    )
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert set(figures) >= MACHINE
    assert (120, []) == (figures["posts"], figures["growth"])
    assert figures["ratio"] == pytest.approx(
        figures["cpu_seconds"] / figures["lightgbm_cpu_seconds"], rel=0.1
    )
    assert figures["planned_slots"] > 7


@pytest.fixture
def forked_days(warm, monkeypatch):
    """A day of the graph is played by a process that is forked from one with all imported.

    It has parsed the dbt project too, which lies outside the time that is taken.
    """

    def play(words, variables):
        copy_parsed(warm.home, Path(variables["AMSEL_HOME"]))
        warm.begin("from orchestration.bench_graph import main; main()", words, variables)
        code, *said = warm.end()
        assert 0 == code, said

    monkeypatch.setattr("cli.bench_graph._play", play)


@pytest.mark.usefixtures("forked_days")
def test_both_sides_of_the_graph_do_the_same_day(tmp_path):
    out = tmp_path / "graph.json"
    result = run("graph", "--brands", 1, "--posts", 2, "--rounds", 1, "--json", out)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert 1 * 2 * 2 == figures["posts"]
    assert figures["parts"].keys() == figures["plain_parts"].keys()
    assert "warehouse_models" in figures["parts"]
    assert sum(figures["plain_parts"].values()) <= figures["plain_seconds"]
    assert in_a_line(figures) in result.output


def test_publishing_is_compared_with_bare_loops_and_loses_nothing(tmp_path):
    out = tmp_path / "publish.json"
    result = run(
        *("publish", "--posts", 16, "--concurrency", 2, "--rounds", 1, "--minutes", 0.02),
        *("--stored", "50,200", "--claims", 200, "--idle", 1, "--json", out),
    )
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert set(figures) >= MACHINE | {"sending", "held", "claiming", "stored"}
    assert (0, 0) == (figures["doubled"], figures["lost"])
    assert figures["held"]["sent"] == 60
    assert 0 < figures["sending"]["ratio"]
    assert [50, 200] == [step["stored"] for step in figures["stored"]["steps"]]
    if sys.platform.startswith("linux"):
        assert 0 < figures["stored"]["worker_rss_mib"] < 286


def test_workers_that_are_killed_double_and_lose_nothing(tmp_path):
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.upgrade()
    found = after_kills(
        ledger, tmp_path / "kills", kills=1, platforms=[Platform.MASTODON], between=0.5
    )
    ledger.close()

    assert (1, 18, 0) == (found["kills"], found["posts"], found["unsettled"])
    assert (0, 0) == (found["doubled"], found["lost"])
    assert found["orphans"] == found["platforms"]["mastodon"]["count"]


def test_a_benchmark_that_there_is_not_is_refused():
    result = run("everything")
    assert 2 == result.exit_code
    assert "No such command" in result.output


def test_generate_leads_posts_from_plan_to_batch_and_sets_a_clip_beside_bare_pyav(tmp_path):
    out = tmp_path / "generate.json"
    result = run("generate", "--posts", 4, "--seconds", 1, "--rounds", 1, "--json", out)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert set(figures) >= MACHINE
    counts, spent = figures["path_counts"], figures["path_cpu_ms"]
    assert (4, 4, 8) == (counts["orders"], counts["decided"], counts["slots"])  # of two accounts
    assert 4 <= counts["drafts"] == figures["drafts"] <= 12
    assert counts["decided"] == sum(counts.get(one, 0) for one in ("approved", "held", "rejected"))
    assert [
        "content_plan", "briefs", "drafts", "draft_verdicts", "media", "content_batch"
    ] == [*spent]  # fmt: skip
    text = sum(spent.values()) - spent["media"]
    assert figures["text_ms"] == pytest.approx(text / figures["drafts"], rel=0.1)
    assert figures["text_ms"] > 0 < figures["pictures_ms"] <= figures["pictures_ms_worst"]
    assert figures["clip_ratio"] == max(figures["clip_ratios"].values())
    assert figures["clip_ratios"]["tall"] == pytest.approx(
        figures["clip_cpu_seconds"] / figures["bare_cpu_seconds"], rel=0.2
    )
    spent = figures["clip_cpu_by_shape"]
    assert {"tall", "square", "wide"} == set(spent)
    assert spent["tall"] > spent["wide"] > 0


def test_memory_is_looked_at_after_every_so_many_orders_of_one_process(tmp_path):
    place = tmp_path / "memory.json"
    result = run("memory", "--orders", "8", "--step", "4", "--json", str(place))
    figures = json.loads(place.read_text(encoding="utf-8"))

    assert 0 == result.exit_code, result.output
    assert [4, 8] == [one["orders"] for one in figures["steps"]]
    assert all(one["drafts"] >= one["orders"] for one in figures["steps"])
    assert all(one["resident_kb"] > 0 for one in figures["steps"])
