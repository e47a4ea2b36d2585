"""What was said on the wire is kept with the attempt, and no secret with it."""

import json

import httpx
import pytest

from publishing.outbox import deliver_due
from publishing.platforms.base import client
from publishing.platforms.recording import HIDDEN, LONGEST, SECRET_URL, recorded
from storage.ledger import deliveries

CANARY = "canary-7f3a9c"


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
