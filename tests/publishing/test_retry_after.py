"""Retry-After: read one way for all platforms, in seconds or as a date, also beside an outage."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.errors import FateUnknown, RateLimited, Unreachable
from publishing.platforms.base import rate_limited, retry_after
from tests.publishing.error_maps import ADAPTERS

ASKED = httpx.Request("POST", "https://platform.example/posts")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HALF_PAST = "Mon, 02 Mar 2026 12:30:00 GMT"
LATER = NOON + timedelta(minutes=30)


each_platform = pytest.mark.parametrize("error_for", ADAPTERS.values(), ids=ADAPTERS)


def answer(status, said=None, **headers):
    named = headers | ({"retry-after": said} if said is not None else {})
    raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
    return httpx.Response(status, json={}, headers=raw, request=ASKED)


@pytest.mark.parametrize(
    ("said", "headers", "until"),
    [
        ("1800", {}, LATER),
        (" 1800 ", {"date": "Mon, 02 Mar 2026 18:00:00 GMT"}, LATER),
        ("0", {}, NOON),
        (HALF_PAST, {}, LATER),
        (HALF_PAST, {"date": "Mon, 02 Mar 2026 12:20:00 GMT"}, NOON + timedelta(minutes=10)),
        ("Mon, 02 Mar 2026 12:30:00 -0000", {}, LATER),
        ("Mon, 02 Mar 2026 11:00:00 GMT", {}, NOON),
        (None, {"date": HALF_PAST}, None),
        ("", {}, None),
        ("soon", {}, None),
        ("-5", {}, None),
        ("²", {}, None),
        ("9" * 30, {}, None),
    ],
)
def test_it_is_read_in_seconds_and_as_a_date_and_nothing_is_guessed(said, headers, until):
    assert until == retry_after(answer(429, said, **headers), NOON)


@each_platform
@pytest.mark.parametrize("said", ["1800", HALF_PAST])
@pytest.mark.parametrize("status", [429, 503])
def test_every_platform_is_left_alone_for_as_long_as_it_asks(error_for, status, said):
    error = error_for(answer(status, said), "a", changes_something=False, now=NOON)

    assert isinstance(error, RateLimited)
    assert LATER == error.until


@each_platform
def test_an_outage_without_a_word_on_when_is_tried_again_by_itself(error_for):
    error = error_for(answer(503), "a", changes_something=False, now=NOON)

    assert isinstance(error, Unreachable)


@each_platform
def test_an_outage_of_what_others_see_is_of_unknown_fate_whatever_it_asks(error_for):
    error = error_for(answer(503, "1800"), "a", changes_something=True, now=NOON)

    assert isinstance(error, FateUnknown)


@pytest.mark.parametrize("reset", ["1772453700", "9" * 30, "²", "soon"])
def test_the_reset_header_comes_first_where_it_is_an_instant(reset):
    response = answer(429, "1800", reset=reset)

    error = rate_limited(response, "a", reset_header="reset", now=NOON)

    told = datetime.fromtimestamp(1772453700, UTC)
    assert (told if reset == "1772453700" else LATER) == error.until
