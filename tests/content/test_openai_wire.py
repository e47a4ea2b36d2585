"""What goes to OpenAI keeps to OpenAI's own spec, and the judge of that is awake."""

import json

import httpx
import pytest

from content.drafts import make_drafts
from content.judge import order_for as order_to_judge
from content.providers.hosted import Repair
from content.providers.openai_writer import OpenAIWriter
from content.providers.prices import FREE, PRICES
from domain.writing import Written, WrittenVariant
from tests.batch_provider import BatchProvider
from tests.openai_answers import completion, response
from tests.openai_wire import Overheard, overhearing

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"


def ways() -> list[OpenAIWriter]:
    """OpenAI itself on both wires, with each model of the table, and a server of one's own."""
    own = [
        OpenAIWriter(model, "k", wire=wire)
        for model in PRICES
        if model.startswith("gpt")
        for wire in ("responses", "chat")
    ]
    url = "http://127.0.0.1:9/v1"
    small = [OpenAIWriter("m", "k", base_url=url, price=FREE, small=one) for one in (False, True)]
    return [*own, *small]


@pytest.mark.parametrize(
    "writer", ways(), ids=lambda one: f"{one.model}-{one.prompt}-{one.endpoint}"
)
def test_an_order_a_repair_and_a_verdict_are_asked_for_as_the_spec_has_it(
    writer, openai_spec, briefs, spring
):
    (post,) = make_drafts(
        briefs(spring, 1)[0],
        Written(variants=(WrittenVariant(text="Kalt."),), writer="w"),
        brand=spring,
    )
    order = writer.order_for(briefs(spring, 1)[0], brand=spring)
    for asked in (order, order_to_judge(post, spring)):
        for repair in (None, Repair("no json", "no JSON at character 0")):
            body = writer.body(asked, repair=repair, seed=1)
            sent = {key: value for key, value in body.items() if value is not None}
            assert [] == openai_spec.faults_of_request("POST", writer.endpoint, sent)


@pytest.mark.parametrize(
    ("path", "broken", "told"),
    [
        (CHAT, {"model": "m"}, "'messages' is a required property"),
        (CHAT, {"messages": [], "model": "m"}, "should be non-empty"),
        (CHAT, {"messages": [{"role": "user", "content": "a"}], "model": "m", "wit": 1}, "wit is"),
        (RESPONSES, {"model": "m", "input": "a", "max_output_tokens": "many"}, "many"),
        ("/v1/images/generations", {"prompt": "a", "n": 11}, "11"),
        ("/v1/batches", {"input_file_id": "f", "endpoint": CHAT}, "completion_window"),
    ],
)
def test_the_judge_sees_a_request_that_breaks_the_spec(openai_spec, path, broken, told):
    assert any(told in fault for fault in openai_spec.faults_of_request("POST", path, broken))


def test_the_judge_sees_an_answer_that_breaks_the_spec(openai_spec):
    whole = {CHAT: completion("a"), RESPONSES: response("a")}
    for path, answer in whole.items():
        assert [] == openai_spec.faults_of_answer("POST", path, answer)
        for name in ("id", "object", "model"):
            part = {key: value for key, value in answer.items() if key != name}
            assert openai_spec.faults_of_answer("POST", path, part)


def test_what_the_suite_sends_is_overheard_and_so_are_the_lines_of_a_batch(openai_spec, stub):
    heard = Overheard(lambda: openai_spec, judged=set())
    line = {"custom_id": "k", "method": "POST", "url": CHAT, "body": {"model": "m"}}
    upload = {"file": ("a.jsonl", json.dumps(line).encode())}
    taker = BatchProvider()
    with httpx.Client() as client, overhearing(heard, trusts_answers=True):
        stub.answer({"model": "m"})
        client.post(f"{stub.url}{CHAT}", json={"messages": 1})
        assert {"asked", "answered"} == {fault.partition(" ")[0] for fault in heard.faults}

        heard.faults.clear()
        client.post(f"{taker.url}/v1/files", files=upload)
    taker.close()
    assert any(CHAT in fault and "'messages'" in fault for fault in heard.faults)
