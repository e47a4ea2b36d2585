"""What platforms' headers say of their limits, each in its own way."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from publishing.platforms.base import client
from publishing.platforms.standing import ACCOUNT, APP, Standing, heard, standings

AT = datetime(2026, 3, 2, 12, 15, tzinfo=UTC)
UNIX = str(int(AT.timestamp()))
X = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "7", "x-rate-limit-reset": UNIX}
META = {"call_count": 28, "total_time": 81, "total_cputime": 25}


def told(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return list(standings(httpx.Response(200, headers=named)))


def test_x_counts_calls_until_an_instant():
    response = httpx.Response(200, headers=X)

    assert [Standing(ACCOUNT, 100, 7, AT)] == list(standings(response))


def test_x_tells_of_the_app_beside_the_account():
    day = {
        f"x-app-limit-24hour-{name}": value
        for name, value in zip(("limit", "remaining", "reset"), ("10000", "0", UNIX), strict=True)
    }
    response = httpx.Response(429, headers=X | day)

    assert {ACCOUNT: 7, APP: 0} == {one.scope: one.remaining for one in standings(response)}


def test_of_two_windows_the_one_nearer_to_its_end_counts():
    response = httpx.Response(
        200,
        headers=X | {"x-user-limit-24hour-limit": "100", "x-user-limit-24hour-remaining": "2"},
    )

    assert [2] == [one.remaining for one in standings(response)]


def test_bluesky_and_mastodon_are_read():
    bluesky = told(ratelimit_limit="5000", ratelimit_remaining="4997", ratelimit_reset=UNIX)
    mastodon = told(
        x_ratelimit_limit="300",
        x_ratelimit_remaining="299",
        x_ratelimit_reset="2026-03-02T12:15:00.000000Z",
    )

    assert [Standing(ACCOUNT, 5000, 4997, AT)] == bluesky
    assert [Standing(ACCOUNT, 300, 299, AT)] == mastodon


def test_meta_tells_percent_and_minutes():
    business = {"17": [META | {"type": "pages", "estimated_time_to_regain_access": 12}]}
    response = httpx.Response(
        200,
        headers={
            "x-app-usage": json.dumps(META),
            "x-business-use-case-usage": json.dumps(business),
        },
    )

    app, account = standings(response)

    assert Standing(APP, 100, 19, in_percent=True) == app
    assert Standing(ACCOUNT, 100, 19, closed_for=timedelta(minutes=12), in_percent=True) == account


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-rate-limit-limit": "many", "x-rate-limit-remaining": "7"},
        {"x-rate-limit-remaining": "7"},
        {"ratelimit-limit": "5", "ratelimit-remaining": "1", "ratelimit-reset": "soon"},
        {"ratelimit-limit": "5", "ratelimit-remaining": "1", "ratelimit-reset": "9" * 30},
        {"x-app-usage": "{", "x-business-use-case-usage": "[]"},
        {"x-business-use-case-usage": '{"17": [3]}'},
    ],
)
def test_what_is_not_in_the_documented_form_says_nothing(headers):
    assert [] == list(standings(httpx.Response(200, headers=headers)))


def test_of_several_requests_the_last_word_stays():
    answers = iter([X, X | {"x-rate-limit-remaining": "6"}])
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=next(answers)))
    asking = client("https://api.x.com", transport)

    with heard() as collected:
        asking.get("/1")
        asking.get("/2")

    assert [6] == [one.remaining for one in collected.values()]
