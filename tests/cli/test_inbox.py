"""`amsel inbox`: a person sees what waits and settles it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.inbox import app
from domain.brand import Account, Brand, Fact, Posting, Window
from domain.community import InboundMessage
from domain.platforms import Platform
from storage.ledger import brands
from storage.ledger.database import Ledger

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of one complaint that waits in the ledger of the settings."""
    from community.intake import receive
    from community.replies import answer_batch

    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("AMSEL_LEDGER_URL", url)
    ledger = Ledger(url)
    ledger.upgrade()
    brand = Brand(
        name="bergquell",
        title="Bergquell",
        about="Mineralwasser aus dem Harz.",
        facts=(Fact(id="glass", topic="water", text="Our water comes in glass."),),
        topics=("water",),
        accounts=(Account(platform=Platform.X, handle="bergquell", time_zone="Europe/Berlin"),),
        posting=Posting(windows=(Window(start="08:00", end="20:00"),), default_times=("09:00",)),
    )
    complaint = InboundMessage(
        platform=Platform.X,
        account="x:bergquell",
        message_id="1",
        platform_ref="1",
        author="guest",
        text="My order arrived broken \x1b[31mand nobody answers",
        created_at=NOW,
        received_at=NOW,
    )
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=NOW)
    receive(ledger, [complaint], brand=brand, now=NOW)
    answer_batch(ledger, brands=[brand], now=NOW)
    ledger.close()
    (row,) = _listed()
    return str(row["id"])


def _listed() -> list[dict[str, str]]:
    return list(json.loads(CliRunner().invoke(app, ["--json"]).stdout))


def test_the_list_shows_why_a_message_waits_and_no_control_characters(waiting: str) -> None:
    shown = CliRunner().invoke(app, []).stdout
    assert waiting in shown
    assert "a person answers" in shown
    assert "\x1b" not in shown


def test_an_answered_message_waits_no_more(waiting: str) -> None:
    result = CliRunner().invoke(app, ["answer", waiting, "--text", "We are sorry to hear that."])
    assert (0, []) == (result.exit_code, _listed())


def test_an_ignored_message_waits_no_more(waiting: str) -> None:
    result = CliRunner().invoke(app, ["ignore", waiting, "--reason", "settled by mail"])
    assert (0, []) == (result.exit_code, _listed())
