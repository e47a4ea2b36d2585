"""Prices grow old: who is booked at one of over a year ago is told, until the price is given."""

from datetime import date, timedelta

import pytest
import time_machine

from content.providers.prices import AS_OF
from runtime.checkup import examine
from runtime.findings import Health
from runtime.price_age import STALE, old_prices
from runtime.settings import Settings

LATER = AS_OF + STALE + timedelta(days=1)


@pytest.fixture
def hosted(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI and Anthropic write, and models of others make pictures and clips."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "RUNWAY_API_KEY"):
        monkeypatch.setenv(name, "planted-key")
    monkeypatch.setenv("AMSEL_PICTURE_MAKER", "openai/gpt-image-1")
    monkeypatch.setenv("AMSEL_CLIP_MAKER", "runway/veo3.1_fast")


def told(today: date) -> list[str]:
    return [one.text for one in old_prices(Settings(), today=today)]


@pytest.mark.usefixtures("hosted")
def test_who_is_booked_at_a_price_of_over_a_year_ago_is_named_with_the_remedy() -> None:
    assert [] == told(AS_OF + STALE)

    found = [text.partition(" is booked at a price of 2025-12-01")[0] for text in told(LATER)]
    names = ["anthropic/claude-haiku-4-5", "openai/gpt-5-mini", "openai/gpt-image-1"]
    assert [*names, "runway/veo3.1_fast"] == found
    variables = ("ANTHROPIC_PRICE", "OPENAI_PRICE", "PICTURE_CENTS", "CLIP_CENTS")
    for text, variable in zip(told(LATER), variables, strict=True):
        assert f"set AMSEL_{variable} (" in text


@pytest.mark.usefixtures("hosted")
def test_a_price_of_the_operators_own_has_no_age(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"AMSEL_{name}_PRICE", "[1.5, 6]")
    for kind in ("PICTURE", "CLIP"):
        monkeypatch.setenv(f"AMSEL_{kind}_CENTS", "5")

    assert [] == told(LATER)


def test_without_a_billed_writer_nobody_is_told_of_prices() -> None:
    assert [] == told(LATER)


def test_a_writer_of_unknown_price_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "planted-key")
    monkeypatch.setenv("AMSEL_OPENAI_MODEL", "of-tomorrow")

    (one,) = old_prices(Settings(), today=LATER)

    assert (Health.BAD, True) == (one.health, "price of 'of-tomorrow'" in one.text)


@pytest.mark.parametrize(("days", "count"), [(0, 0), (1, 1)])
def test_the_doctor_tells_it_from_a_year_on(
    days: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "planted-key")
    day = AS_OF + STALE + timedelta(days=days)

    with time_machine.travel(f"{day}T12:00:00Z", tick=False):
        found = [one for one in examine(Settings()) if one.about == "price"]

    assert count == len(found)
    assert all(one.health is Health.WARN for one in found)
