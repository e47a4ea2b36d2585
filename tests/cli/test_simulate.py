"""`amsel simulate`: what it prints and writes, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import cli.simulate
from cli.season import Season
from domain.errors import ConfigError, InputError, StoreError
from sandbox.audience import read_audience

AUDIENCES = Path(cli.simulate.__file__).parent.parent / "sandbox" / "audiences"

app = typer.Typer()
app.command("simulate")(cli.simulate.simulate)


def run(*arguments, audience="alone"):
    given = ["--audience", AUDIENCES / f"{audience}.yaml", *arguments]
    return CliRunner().invoke(app, [str(argument) for argument in given])


def test_every_policy_is_played_and_written_with_its_interval(tmp_path):
    out = tmp_path / "out.json"
    result = run("--days", 10, "--seeds", 3, "--json", out)
    assert result.exit_code == 0, result.output
    report = json.loads(out.read_text())
    assert set(cli.simulate.DEFAULT_POLICIES.split(",")) == set(report["policies"])
    oracle = report["policies"]["oracle"]
    assert oracle["share"]["value"] == 1
    assert oracle["regret"]["value"] == 0
    fixed = report["policies"]["fixed"]["engagement"]
    assert fixed["lower"] < fixed["value"] < fixed["upper"]
    assert "regret of epsilon_greedy" in result.output


def test_all_policies_meet_the_same_luck():
    season = Season.of(read_audience(AUDIENCES / "nothing.yaml"), days=5, posts=2, gap=2)
    runs = list(season.play(["fixed", "random"], seed=4))
    assert runs[0].engagement == runs[1].engagement


def test_the_same_seed_plays_the_same_season():
    season = Season.of(read_audience(AUDIENCES / "alone.yaml"), days=20, posts=2, gap=2)
    first, second = (next(season.play(["amsel"], seed=1)) for _ in "ab")
    assert (first.gains == second.gains).all()


def test_where_hours_do_nothing_none_is_claimed():
    season = Season.of(read_audience(AUDIENCES / "nothing.yaml"), days=30, posts=2, gap=2)
    proven = [next(season.play(["amsel"], seed=seed)).proven for seed in range(3)]
    assert proven == [0, 0, 0]


def test_an_unknown_policy_is_named_with_the_known_ones():
    result = run("--policies", "amsel,astrology")
    assert isinstance(result.exception, InputError)
    assert "astrology" in str(result.exception)
    assert "epsilon_greedy" in str(result.exception)


def test_more_posts_than_fit_are_refused():
    result = run("--posts", 4)
    assert isinstance(result.exception, InputError)
    assert "fewer --posts" in str(result.exception)


def test_a_missing_audience_is_named():
    result = run(audience="nowhere")
    assert isinstance(result.exception, ConfigError)
    assert "nowhere.yaml" in str(result.exception)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "out.json"
    result = run("--days", 3, "--seeds", 1, "--policies", "fixed", "--json", place)
    assert isinstance(result.exception, StoreError)


@pytest.mark.parametrize("library", ["numpy", "polars", "scipy"])
def test_help_needs_no_heavy_library(library):
    code = f"import cli.simulate, sys; print({library!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
