"""What was said on the wire is kept with the attempt, and no secret with it."""

import json
from datetime import UTC, datetime

import httpx
import pytest
import structlog

from publishing.outbox import deliver_due
from publishing.platforms.base import client
from publishing.platforms.recording import HIDDEN, LONGEST, SECRET_URL, log_refusal, recorded
from storage.ledger import deliveries
from tests.publishing.error_maps import ADAPTERS

CANARY = "canary-7f3a9c"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ask(answer=None, **request):
    def handler(_request):
        return answer or httpx.Response(200, json={"id": "1"})

    with recorded() as said, client("https://p.example", httpx.MockTransport(handler)) as one:
        one.request(**({"method": "POST", "url": "/x"} | request))
    return said


def test_a_request_and_its_answer_are_kept():
    (said,) = ask(json={"text": "Hi"})

    assert said == {
        "method": "POST",
        "url": "https://p.example/x",
        "sent": {"text": "Hi"},
        "status": 200,
        "answer": {"id": "1"},
    }


@pytest.mark.parametrize(
    "request_",
    [
        {"headers": {"authorization": f"Bearer {CANARY}"}},
        {"params": {"access_token": CANARY}},
        {"params": {"input_token": CANARY}},
        {"json": {"deep": [{"client_secret": CANARY}]}},
        {"data": {"refresh_token": CANARY, "code": CANARY}},
        {"data": {"password": CANARY}},
        {"url": f"https://user:{CANARY}@p.example/x"},
        {"url": f"https://u.example/{CANARY}?m={CANARY}", "extensions": SECRET_URL},
        {"content": CANARY.encode(), "headers": {"content-type": "application/octet-stream"}},
    ],
)
def test_no_secret_of_a_request_is_kept(request_):
    assert CANARY not in json.dumps(ask(**request_))


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"message": f"Malformed access token {CANARY}"}},
        {"paging": {"next": f"https://p.example/me?fields=id&access_token={CANARY}&after=c"}},
    ],
)
def test_a_token_that_the_platform_repeats_is_not_kept(answer):
    headers = {"authorization": f"Bearer {CANARY}"}
    assert CANARY not in json.dumps(ask(httpx.Response(400, json=answer), headers=headers))


def test_no_secret_in_a_link_is_kept_but_the_rest_of_it():
    (said,) = ask(httpx.Response(200, json={"next": f"https://p.example/a?sig={CANARY}&after=c"}))
    assert {"next": f"https://p.example/a?sig={HIDDEN}&after=c"} == said["answer"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"accessJwt": CANARY, "refreshJwt": CANARY}),
        httpx.Response(200, json={"data": {"upload_url": f"https://u.example/{CANARY}"}}),
        httpx.Response(200, json={"value": {"uploadUrl": f"https://u.example/{CANARY}"}}),
        httpx.Response(200, headers={"set-cookie": CANARY}, json={}),
    ],
)
def test_no_secret_of_an_answer_is_kept(answer):
    assert CANARY not in json.dumps(ask(answer))


def test_a_hidden_value_leaves_its_name():
    (said,) = ask(json={"token": CANARY, "text": "Hi"})

    assert {"token": HIDDEN, "text": "Hi"} == said["sent"]


def test_a_long_answer_is_cut_and_bytes_are_counted():
    (said,) = ask(httpx.Response(500, text="x" * 9000), content=b"\x00" * 77)

    assert (LONGEST + 1, "77 bytes") == (len(said["answer"]), said["sent"])


def test_headers_that_explain_a_wait_are_kept():
    (said,) = ask(httpx.Response(429, headers={"retry-after": "7", "server": "x"}))

    assert {"retry-after": "7"} == said["limits"]


def test_a_token_that_such_a_header_repeats_is_not_kept():
    answer = httpx.Response(429, headers={"x-rate-limit-note": f"{CANARY} knocks too often"})

    (said,) = ask(answer, headers={"authorization": f"Bearer {CANARY}"})

    assert {"x-rate-limit-note": f"{HIDDEN} knocks too often"} == said["limits"]


def test_an_attempt_keeps_what_was_said(ledger, networks, clock, desk):
    delivery_id = desk.plan()

    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=1)

    with ledger.reading() as connection:
        (attempt,) = deliveries.attempts(connection, delivery_id)
    (said,) = attempt["exchanges"]
    assert ("POST", {"text": "Fresh."}, 201) == (said["method"], said["sent"], said["status"])
    assert "token" not in json.dumps(attempt["exchanges"])


def test_a_refusal_is_logged_as_it_came_and_without_secrets():
    request = httpx.Request(
        "POST", f"https://a.example/2?access_token={CANARY}", json={"text": "Fresh."}
    )
    said = {"title": "Forbidden", "detail": f"not with {CANARY}", "upload_url": "https://u.x/k"}
    answer = httpx.Response(403, json=said, headers={"x-request-id": "r7"}, request=request)

    with structlog.testing.capture_logs() as logs:
        log_refusal(answer, "x:b")

    (logged,) = logs
    assert ("x:b", "POST", 403, "r7") == (
        logged["account"],
        logged["method"],
        logged["status"],
        logged["x-request-id"],
    )
    assert {"title": "Forbidden", "detail": f"not with {HIDDEN}", "upload_url": HIDDEN} == (
        logged["answer"]
    )
    assert CANARY not in json.dumps(logs)


@pytest.mark.parametrize("platform", ADAPTERS)
def test_each_platforms_refusals_are_logged(platform):
    request = httpx.Request("GET", "https://a.example/1")
    answer = httpx.Response(418, json={"strange": "words"}, request=request)

    with structlog.testing.capture_logs() as logs:
        ADAPTERS[platform](answer, "a:b", changes_something=False, now=NOON)

    assert [{"strange": "words"}] == [one["answer"] for one in logs if "answer" in one]
