"""A sandbox as a process: killed, restarted, disturbed, moved in time."""

import threading
import time

import httpx
import pytest

from domain.errors import ConfigError
from sandbox import process

HEADERS = {"Authorization": "Bearer sandbox-x-northloom"}
POST = {"text": "Sheep first"}


def fault(wire, effect: str, **more) -> None:
    order = {"platform": "x", "account": "x:northloom", "effect": effect, **more}
    assert wire.http.post("/_sandbox/faults", json=order).status_code == 201


def texts(wire) -> list[str]:
    return [p["text"] for p in wire.ledger()]


def test_what_was_accepted_survives_kill_9_in_the_middle_of_writing(tmp_path):
    sandbox = process.start(tmp_path, limit_factor=1000)
    accepted: list[str] = []

    def write() -> None:
        with httpx.Client(base_url=sandbox.url) as client:
            for number in range(100_000):
                try:
                    answer = client.post(
                        "/x/2/tweets", json={"text": f"no {number}"}, headers=HEADERS
                    )
                except httpx.HTTPError:
                    return
                accepted.append(answer.json()["data"]["id"])

    writer = threading.Thread(target=write)
    writer.start()
    while len(accepted) < 25:
        time.sleep(0.005)
    sandbox.kill()
    writer.join()
    with process.start(tmp_path) as again, httpx.Client(base_url=again.url) as client:
        kept = [p["id"] for p in client.get("/_sandbox/ledger").json()["posts"]]
        answer = client.post("/x/2/tweets", json={"text": "after"}, headers=HEADERS)
    assert accepted == kept[: len(accepted)]
    assert len(kept) - len(accepted) <= 1  # the one whose answer was lost
    assert int(answer.json()["data"]["id"]) > int(kept[-1])


def test_a_restart_resumes_clock_comments_and_counts(tmp_path):
    def look(client: httpx.Client, ids: list[str]) -> list[object]:
        client.post("/_sandbox/clock", json={"advance_to": "2026-03-04T05:00:00Z"})
        query = {"ids": ",".join(ids), "tweet.fields": "public_metrics"}
        return [
            client.get("/_sandbox/clock").json(),
            client.get("/x/2/tweets", params=query, headers=HEADERS).json(),
            client.get("/_sandbox/truth/comments").json(),
        ]

    sandbox = process.start(tmp_path)
    with httpx.Client(base_url=sandbox.url) as client:
        ids = [
            client.post("/x/2/tweets", json={"text": f"Wool {n}?"}, headers=HEADERS).json()["data"][
                "id"
            ]
            for n in range(6)
        ]
        before = look(client, ids)
    sandbox.kill()
    with process.start(tmp_path) as again, httpx.Client(base_url=again.url) as client:
        assert before == look(client, ids)
    assert before[2]["comments"]


def test_two_fresh_sandboxes_live_the_same_life(tmp_path):
    lives = []
    for name in ("one", "two"):
        with (
            process.start(tmp_path / name) as sandbox,
            httpx.Client(base_url=sandbox.url) as client,
        ):
            answer = client.post("/x/2/tweets", json=POST, headers=HEADERS).json()
            client.post("/_sandbox/clock", json={"advance_to": "2026-03-05T05:00:00Z"})
            query = {"ids": answer["data"]["id"], "tweet.fields": "public_metrics"}
            lives.append(
                (
                    client.get("/x/2/tweets", params=query, headers=HEADERS).json(),
                    client.get("/_sandbox/truth/comments").json(),
                    client.get("/_sandbox/history/x/northloom.csv").text,
                )
            )
    assert lives[0] == lives[1]


def test_the_clock_never_goes_back(wire):
    later = wire.pass_time(hours=1)
    back = wire.http.post("/_sandbox/clock", json={"advance_to": "2026-03-02T05:00:00Z"})
    assert (400, later) == (back.status_code, wire.now())
    assert wire.http.post("/_sandbox/clock", json={"advance_to": "soon"}).status_code == 422


def test_a_running_clock_resumes_where_it_was_or_later(tmp_path):
    sandbox = process.start(tmp_path, speed=3600)
    with httpx.Client(base_url=sandbox.url) as client:
        first = client.get("/_sandbox/clock").json()["now"]
        time.sleep(0.05)
        second = client.get("/_sandbox/clock").json()["now"]
    sandbox.kill()
    with process.start(tmp_path, speed=0) as again:
        third = httpx.get(f"{again.url}/_sandbox/clock").json()["now"]
    assert first < second <= third


def test_a_lost_answer_hides_a_post_that_was_accepted(wire):
    fault(wire, "accept_then_reset")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        wire.x("POST", "/tweets", handle="northloom", json={"text": "Reset"})
    fault(wire, "accept_then_timeout", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        wire.x("POST", "/tweets", handle="northloom", json={"text": "Timeout"}, timeout=0.3)
    fault(wire, "accept_then_500")
    answer = wire.x("POST", "/tweets", handle="northloom", json={"text": "Error"})
    assert answer.status_code == 500
    assert texts(wire)[-3:] == ["Reset", "Timeout", "Error"]
    assert wire.http.get("/_sandbox/faults").json()["faults"] == []


def test_a_refusal_on_order_leaves_nothing_behind(wire):
    before = texts(wire)
    for effect, status in (("reject_429", 429), ("down", 503)):
        fault(wire, effect, count=2)
        for _ in range(2):
            answer = wire.x("POST", "/tweets", handle="northloom", json={"text": "Refused"})
            assert status == answer.status_code
            assert "x-rate-limit-reset" in answer.headers
    assert before == texts(wire)


def test_a_fault_hits_only_the_account_it_was_ordered_for(wire):
    fault(wire, "down")
    wire.tweet("Wasser für alle")
    wire.http.delete("/_sandbox/faults")
    wire.x("POST", "/tweets", handle="northloom", json={"text": "All is well"})
    assert texts(wire)[-2:] == ["Wasser für alle", "All is well"]


def test_a_home_is_used_by_one_process_only(running, home):
    with pytest.raises(ConfigError, match="another sandbox runs"):
        process.start(home)
    assert httpx.get(f"{running.url}/_sandbox/health").status_code == 200


def test_a_home_keeps_the_audience_it_was_started_with(tmp_path):
    changed = tmp_path / "changed.yaml"
    source = process.DEMO_AUDIENCE.read_text("utf-8")
    changed.write_text(source.replace("seed: 20260302", "seed: 1"), "utf-8")
    bank = process.DEMO_AUDIENCE.with_name("comments.yaml").read_text("utf-8")
    (tmp_path / "comments.yaml").write_text(bank, "utf-8")
    process.start(tmp_path / "home").stop()
    with pytest.raises(ConfigError, match="started with another audience"):
        process.start(tmp_path / "home", audience=changed)


def test_it_listens_on_the_loopback_address_only(running):
    assert running.url == f"http://127.0.0.1:{running.port}"
    assert running.url == process.running(running.home)
