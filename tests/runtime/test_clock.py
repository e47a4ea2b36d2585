"""The sandbox's clock, driven by several at a time."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from domain.errors import Unreachable
from runtime.clock import SandboxClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ONE, TWO = NOON.replace(hour=13), NOON.replace(hour=14)


def driven(*, moved_to):
    """A clock that refuses to be driven, and stands at `moved_to` from then on."""
    asked = []

    def answer(request):
        asked.append(request.method)
        if request.method == "POST":
            return httpx.Response(400, json={"detail": "time only goes on"})
        now = moved_to if "POST" in asked else NOON
        return httpx.Response(200, content=json.dumps({"now": now.isoformat()}))

    clock = SandboxClock("http://sandbox", drives=True)
    clock._client = httpx.Client(transport=httpx.MockTransport(answer))
    return clock


def test_a_clock_that_another_worker_drove_past_the_instant_is_there():
    driven(moved_to=TWO).wait_until(ONE)


def test_a_clock_that_nobody_else_drives_is_asked_once_for_each_move():
    asked = []

    def answer(request):
        asked.append(request.method)
        now = json.loads(request.content)["advance_to"] if request.content else NOON.isoformat()
        return httpx.Response(200, json={"now": now})

    clock = SandboxClock("http://sandbox", alone=True)
    clock._client = httpx.Client(transport=httpx.MockTransport(answer))
    assert [clock.now(), clock.now()] == [NOON, NOON]
    clock.wait_until(TWO)
    assert [clock.now(), clock.now()] == [TWO, TWO]
    clock.wait_until(ONE)
    assert asked == ["GET", "POST"]


def test_a_clock_that_will_not_go_there_says_so():
    with pytest.raises(Unreachable, match="does not answer"):
        driven(moved_to=NOON).wait_until(ONE)
