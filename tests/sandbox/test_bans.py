"""A ban on order refuses at the edge, until its end, and says when that is as it was told to."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from sandbox.bans import Ban, Bans
from sandbox.store import Store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=10)


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "sandbox.db")
    yield made
    made.close()


def refusal(bans, handle="bergquell", *, platform="x", now=NOW):
    return bans.refusal(platform, handle, now=now)


def test_a_ban_of_the_app_is_one_of_every_account_until_its_end(store):
    bans = Bans(store)
    bans.add(Ban(platform="x", until=UNTIL))

    assert 429 == refusal(bans).status_code
    assert 429 == refusal(bans, "northloom").status_code
    assert refusal(bans, platform="mastodon") is None
    assert refusal(bans, now=UNTIL) is None


def test_a_ban_of_an_account_is_none_of_its_neighbour_and_outlives_a_kill(store):
    Bans(store).add(Ban(platform="x", account="x:bergquell", until=UNTIL))

    again = Bans(store)

    assert 429 == refusal(again).status_code
    assert refusal(again, "northloom") is None
    again.clear()
    assert refusal(again) is None
    assert refusal(Bans(store)) is None


def test_an_edge_says_when_it_ends_in_seconds_as_a_date_or_not_at_all(store):
    said = {}
    for told in ("seconds", "date", "nothing"):
        bans = Bans(store)
        bans.clear()
        bans.add(Ban(platform="x", until=UNTIL, told=told))
        said[told] = refusal(bans).headers.get("retry-after")

    left = parsedate_to_datetime(said["date"]) - datetime.now(UTC)
    assert ("600", None) == (said["seconds"], said["nothing"])
    assert timedelta(seconds=500) < left <= timedelta(seconds=600)
