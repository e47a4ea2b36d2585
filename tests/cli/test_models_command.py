"""`amsel models`: what serves and why, and one command back to what served before."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from runtime.build import open_models
from runtime.settings import Settings
from storage.models import ModelCard, ModelRegistry


@pytest.fixture
def models(home: Path) -> ModelRegistry:
    return open_models(Settings(home=home))


@pytest.fixture
def three(models: ModelRegistry) -> list[str]:
    """Versions of the model of variants: two that served, and one that was refused."""
    versions = []
    for day, said in ((1, "beats every baseline"), (8, "beats them still"), (15, "does not beat")):
        at = datetime(2026, 3, day, tzinfo=UTC)
        card = ModelCard(data_hash="d", code_version="c", created_at=at, decision=said)
        versions.append(models.save("variants", said.encode(), card))
        if "does not" not in said:
            models.promote("variants", versions[-1])
    return versions


def call(*words: str) -> str:
    done = CliRunner().invoke(app, ["models", *words], catch_exceptions=False)
    assert 0 == done.exit_code
    return done.output


def test_the_list_says_which_estimator_won_the_back_test(models) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    card = ModelCard(data_hash="d", code_version="c", created_at=at, notes={"kind": "hour_mean"})
    models.promote("engagement", models.save("engagement", b"m", card))
    assert ["hour_mean"] == [row["kind"] for row in json.loads(call("list", "--json"))]
    assert "serves (hour_mean)" in call("list")


def test_the_list_says_of_each_version_whether_it_serves_and_by_which_decision(three) -> None:
    rows = json.loads(call("list", "--json"))
    assert [
        (three[2], "does not serve", "does not beat"),
        (three[1], "serves", "beats them still"),
        (three[0], "served before", "beats every baseline"),
    ] == [(row["version"], row["state"], row["decision"]) for row in rows]
    shown = call("list")
    assert [] == [version for version in three if version not in shown]


@pytest.mark.usefixtures("home")
def test_an_empty_registry_says_what_is_used_instead() -> None:
    assert "default times" in call("list")
    assert [] == json.loads(call("list", "--json"))


def test_one_command_goes_back_to_the_version_before(three, models) -> None:
    shown = call("rollback", "variants")
    assert three[0] == models.serving("variants")
    assert f"{three[0]} serves again, in place of {three[1]}" in shown


def test_a_version_that_was_refused_does_not_come_to_serve_by_a_roll_back(
    three, models, amsel
) -> None:
    done = amsel("models", "rollback", "variants", "--to", three[2])
    assert 1 == done.returncode
    assert f"error: {three[2]} did not serve before {three[1]}" in done.stderr
    assert three[1] == models.serving("variants")


@pytest.mark.usefixtures("home")
def test_where_nothing_serves_there_is_nothing_to_roll_back(amsel) -> None:
    done = amsel("models", "rollback", "timing")
    assert (1, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert "nothing to roll back" in done.stderr
