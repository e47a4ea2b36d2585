"""Both wires against llmock (independent of us) and, where it cannot play, a small stub."""

import json
import logging
import traceback

import pytest
import regex
from jsonschema import Draft202012Validator

from content.drafts import make_drafts
from content.providers.anthropic_writer import AnthropicWriter
from content.providers.openai_writer import OpenAIWriter
from content.providers.orders import order_for, read_answer, small_order_for
from content.providers.prices import FREE, PRICES, Price
from domain.compliance import Verdict, worst
from domain.errors import ConfigError, WriterGarbled, WriterRefused, WriterUnavailable
from domain.writing import Written, WrittenVariant
from tests.openai_answers import completion, response

KEY = "sk-canary-4f1c9a"
GOOD = {
    "variants": [
        {"text": "Schon gewusst?", "hashtags": ["Wasser"], "difference": "question"},
        {"text": "Gut zu wissen.", "hashtags": [], "difference": "plain"},
    ]
}
PRICE = Price(2.0, 10.0)


def chat(url: str, **changes) -> OpenAIWriter:
    return OpenAIWriter("mock", KEY, f"{url}/v1", PRICE, **changes)


def responses(url: str) -> OpenAIWriter:
    return chat(url, wire="responses")


def claude(url: str, prefix: str = "/anthropic") -> AnthropicWriter:
    return AnthropicWriter("mock", KEY, f"{url}{prefix}", PRICE)


WIRES = pytest.mark.parametrize("make", [chat, responses, claude])


@pytest.fixture
def brief(briefs, spring):
    return briefs(spring, 1)[0]


@pytest.fixture
def ask(brief, spring):
    return lambda writer, timeout=20: writer.write(brief, brand=spring, seed=1, timeout=timeout)


def reply(text) -> dict:
    return {"type": "reply", "text": text if isinstance(text, str) else json.dumps(text)}


@WIRES
def test_a_structured_answer_becomes_variants_with_tokens_and_cost(make, mock, ask):
    mock.script(reply(GOOD))
    written = ask(make(mock.url))
    assert [v.text for v in written.variants] == ["Schon gewusst?", "Gut zu wissen."]
    assert (written.model, written.prompt_version) == ("mock", "post_v3")
    assert written.input_tokens > 100
    assert written.cost_cents == pytest.approx(
        100 * (2 * written.input_tokens + 10 * written.output_tokens) / 1e6
    )


@WIRES
def test_broken_json_is_repaired_once_and_both_answers_are_paid(make, mock, ask):
    mock.script(reply(GOOD))
    once = ask(make(mock.url))
    mock.script(reply('{"variants": [{"text"'), reply(GOOD))
    twice = ask(make(mock.url))
    assert once.variants == twice.variants
    assert twice.input_tokens > 2 * once.input_tokens
    assert twice.cost_cents > once.cost_cents
    assert len(mock.requests()) == 3


@WIRES
@pytest.mark.parametrize("bad", ["no json", {"variants": []}, {"variants": [{"text": ""}] * 2}])
def test_an_answer_that_stays_broken_is_garbled_and_keeps_its_price(make, bad, mock, ask):
    mock.script(reply(bad), reply(bad))
    with pytest.raises(WriterGarbled) as caught:
        ask(make(mock.url))
    assert caught.value.cost_cents > 0
    assert len(mock.requests()) == 2


@WIRES
@pytest.mark.parametrize(
    ("status", "error"),
    [(429, WriterUnavailable), (500, WriterUnavailable), (503, WriterUnavailable),
     (401, WriterUnavailable), (403, WriterUnavailable), (404, WriterRefused),
     (400, WriterRefused)],
)  # fmt: skip
def test_an_error_answer_is_named_costs_nothing_and_is_not_retried(make, status, error, mock, ask):
    mock.script({"type": "fail", "status": status, "retry_after": 120, "times": 5})
    with pytest.raises(error, match=str(status)) as caught:
        ask(make(mock.url))
    assert caught.value.cost_cents == 0
    assert len(mock.requests()) == 1


@WIRES
def test_a_slow_provider_is_unavailable_at_unknown_cost(make, mock, ask):
    mock.script({"type": "delay", "seconds": 3})
    with pytest.raises(WriterUnavailable, match="in time") as caught:
        ask(make(mock.url), 0.5)
    assert caught.value.cost_cents is None


@WIRES
def test_a_provider_that_is_not_there_costs_nothing(make, ask):
    with pytest.raises(WriterUnavailable, match="reached") as caught:
        ask(make("http://127.0.0.1:9"), 2)
    assert caught.value.cost_cents == 0


@WIRES
def test_an_answer_that_was_cut_off_is_garbled(make, mock, stub, ask):
    if make is claude:
        mock.script(reply(GOOD) | {"finish_reason": "length"})
        writer = claude(mock.url)
    elif make is chat:
        mock.script(reply(GOOD) | {"finish_reason": "length"})
        writer = chat(mock.url)
    else:
        stub.answer(response(json.dumps(GOOD), cut=True))
        writer = responses(stub.url)
    with pytest.raises(WriterGarbled, match="length limit") as caught:
        ask(writer)
    assert caught.value.cost_cents > 0


def test_a_refusal_is_told_apart_on_every_wire(stub, ask):
    stub.answer(completion(None, refusal="I cannot help with that."))
    stub.answer(response("", refusal="No."))
    usage = {"input_tokens": 100, "output_tokens": 10}
    stub.answer({"id": "m", "type": "message", "role": "assistant", "model": "mock", "content": [],
                 "stop_reason": "refusal", "usage": usage})  # fmt: skip
    for writer in (chat(stub.url), responses(stub.url), claude(stub.url, "")):
        with pytest.raises(WriterRefused, match="declined") as caught:
            ask(writer)
        assert caught.value.cost_cents == pytest.approx(100 * (2 * 100 + 10 * 10) / 1e6)


@pytest.mark.breaks_the_wire
def test_an_answer_that_names_no_usage_is_booked_at_the_most_that_it_may_have_cost(
    stub, ask, brief, spring
):
    silent = {"usage": None}
    stub.answer(completion(json.dumps(GOOD)) | silent)
    stub.answer(response(json.dumps(GOOD)) | silent)
    stub.answer(completion(json.dumps(GOOD), end="length") | silent)
    order = order_for(brief, brand=spring)

    for writer in (chat(stub.url), responses(stub.url)):
        written = ask(writer)
        assert written.cost_cents == pytest.approx(writer.once_cents(order))
        assert 0 < written.cost_cents <= writer.most_cents(order)
    with pytest.raises(WriterGarbled) as cut:
        ask(chat(stub.url))
    assert cut.value.cost_cents is None


@WIRES
@pytest.mark.breaks_the_wire
def test_an_answer_that_is_no_json_at_all_is_garbled_at_unknown_cost(make, stub, ask):
    stub.answer(b"<html>gateway</html>", headers={"content-type": "text/html"})
    writer = claude(stub.url, "") if make is claude else make(stub.url)
    with pytest.raises(WriterGarbled) as caught:
        ask(writer)
    assert caught.value.cost_cents is None


@WIRES
def test_the_schema_goes_out_in_the_providers_own_place(make, stub, ask):
    stub.answer({}, status=500)
    with pytest.raises(WriterUnavailable):
        ask(claude(stub.url, "") if make is claude else make(stub.url))
    sent = stub.seen[0]
    if make is chat:
        assert sent["response_format"]["json_schema"]["strict"] is True
        assert (1, 0.7) == (sent["seed"], sent["temperature"])
    elif make is responses:
        assert sent["text"]["format"]["type"] == "json_schema"
        assert sent["store"] is False
    else:
        assert sent["output_config"]["format"]["schema"]["required"] == ["variants"]


def test_a_repair_that_meets_an_outage_keeps_the_first_price(stub, ask):
    stub.answer(response("no variants"))
    stub.answer({}, status=503)
    with pytest.raises(WriterUnavailable) as caught:
        ask(responses(stub.url))
    assert caught.value.cost_cents == pytest.approx(100 * (2 * 100 + 10 * 10) / 1e6)


@WIRES
@pytest.mark.parametrize("status", [401, 500])
def test_the_key_is_in_no_message_representation_or_traceback(make, status, stub, ask):
    stub.answer({"error": {"message": f"bad key {KEY}", "type": "x"}}, status=status)
    writer = claude(stub.url, "") if make is claude else make(stub.url)
    with pytest.raises(WriterUnavailable) as caught:
        ask(writer)
    shown = "".join(traceback.format_exception(caught.value)) + repr(writer) + str(caught.value)
    assert KEY not in shown


def test_a_model_of_unknown_price_is_refused_until_its_price_is_given():
    with pytest.raises(ConfigError, match="price"):
        OpenAIWriter("some-model", KEY)
    assert OpenAIWriter("some-model", KEY, price=FREE).name == "openai"
    assert all(price.output > price.input > 0 for price in PRICES.values())


def test_the_estimate_is_never_below_what_was_paid(mock, ask, brief, spring):
    mock.script(reply("no json"), reply(GOOD))
    writer = chat(mock.url)
    assert ask(writer).cost_cents <= writer.estimate_cents(brief, brand=spring)


@WIRES
@pytest.mark.parametrize("way", ["in a text", "in what is no JSON", "escaped"])
def test_an_answer_that_says_the_key_again_is_dropped_and_not_sent_back(
    make, way, mock, ask, caplog
):
    """Not in a draft, an error, a traceback or a log; what it cost is kept."""
    leaked = json.dumps(GOOD).replace("Schon gewusst?", f"Schon gewusst? {KEY}")
    said = {
        "in a text": leaked,
        "in what is no JSON": f"Error: bad request with {KEY}",
        "escaped": leaked.replace(KEY, KEY.replace("s", "\\u0073", 1)),
    }[way]
    mock.script(reply(said), reply(GOOD))
    caplog.set_level(logging.DEBUG)

    with pytest.raises(WriterUnavailable, match="said its API key again") as caught:
        ask(make(mock.url))

    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert KEY not in shown
    assert "content-type" not in caplog.text.lower()  # nor any other header
    assert caught.value.cost_cents > 0
    assert 1 == len(mock.requests())


def test_a_word_that_stands_for_a_key_may_be_said(mock, ask):
    writer = OpenAIWriter("mock", "gewusst", f"{mock.url}/v1", PRICE)
    mock.script(reply(GOOD))
    assert "Schon gewusst?" == ask(writer).variants[0].text


@WIRES
def test_seed_and_temperature_are_recorded_where_the_wire_takes_them(make):
    taken = make("http://127.0.0.1:9")
    expected = (1, 0.7) if make is chat else (None, None)
    assert expected == taken.drawn_with(1)


@pytest.mark.parametrize(
    ("angle", "text", "kept"),
    [
        ("question", "Schon gewusst? Es ist kalt.", "question"),
        ("question", "Es ist kalt. Schon gewusst?", ""),
        ("number", "184 Meter tief. So tief ist er.", "number"),
        ("number", "Tief. 184 Meter sind es.", ""),
        ("lead", "Gut zu wissen: Es ist kalt.", "lead"),
    ],
)
def test_a_hosted_first_variant_has_the_angle_unless_it_plainly_has_not(
    spring, briefs, angle, text, kept
):
    brief = briefs(spring, 1)[0].model_copy(update={"angle": angle, "variants": 2})
    other = {"text": "Anders.", "hashtags": [], "difference": "plain"}
    answer = {"variants": [{"text": text, "hashtags": [], "difference": "x"}, other]}
    first, second = read_answer(json.dumps(answer), brief=brief)
    assert (kept, "") == (first.angle, second.angle)


def test_a_writer_is_told_how_the_brand_sounds_and_how_it_never_does(brief, spring):
    sounds = {"examples": ("Ganz ruhig.",), "unlike": ("DER HAMMER!",), "reading": "easy"}
    voice = spring.voice.model_copy(update=sounds)
    brand = spring.model_copy(update={"voice": voice, "keywords": ("Quellhof",)})
    told = order_for(brief, brand=brand).instructions
    for words in (
        "Example of the voice: Ganz ruhig.",
        "Never like this: DER HAMMER!",
        "Reading: short sentences, everyday words.",
        "Words of the brand, where they fit: Quellhof.",
    ):
        assert words in told


def test_a_small_model_gets_few_facts_an_example_and_a_form_that_it_cannot_miss(
    brief, spring, mock, ask
):
    mock.script(reply(GOOD))
    written = ask(chat(mock.url, small=True))

    (sent,) = mock.requests()
    told, asked = (message["content"] for message in sent["body"]["messages"])
    assert "small_v1" == written.prompt_version
    assert ["Facts:", *(f"- {fact.text}" for fact in brief.facts[:2])] == asked.split("\n")
    assert "Der Laden hat 12 Sorten Tee." in told
    assert "Never say: billig, heilen, Sprudelkönig." in told
    assert len(told) < len(order_for(brief, brand=spring).instructions) / 2


@pytest.mark.parametrize(
    ("texts", "fits"),
    [
        (["Schon gewusst? {0}", "{1} Schön, oder?"], True),
        (["{0}", "{1} Schön, oder?"], False),  # no words before it
        (["Schon gewusst? {0}", "{0} Schön, oder?"], False),  # the other one's fact
        (["Seit 300 Jahren! {0}", "{1} Schön, oder?"], False),  # another opening
        (["Schon gewusst? {0}"], False),
    ],
)
def test_the_form_for_a_small_model_holds_the_facts_in_their_very_words(texts, fits, brief, spring):
    facts = [fact.text for fact in brief.facts]
    variants = [
        {"text": text.format(*facts), "hashtags": [], "difference": kind}
        for text, kind in zip(texts, ("hook", "ending"), strict=False)
    ]
    form = Draft202012Validator(small_order_for(brief, brand=spring).shape.schema)
    assert fits is form.is_valid({"variants": variants})


def test_what_a_small_model_can_say_about_the_brands_facts_passes_the_rules(briefs, spring, loom):
    for brand in (spring, loom):
        for brief in briefs(brand, len(brand.facts)):
            form = small_order_for(brief, brand=brand).shape.schema["properties"]["variants"]
            for item in form["prefixItems"]:
                pattern = item["properties"]["text"]["pattern"]
                for text in _ways(pattern):
                    assert regex.fullmatch(pattern, text)
                    written = Written(variants=(WrittenVariant(text=text),), writer="w")
                    (draft,) = make_drafts(brief, written, brand=brand)
                    assert Verdict.PASS is worst(draft.compliance_checks), text


def _ways(pattern):
    """Every text that fits the form: its alternatives, each with what stands beside them."""
    found = regex.fullmatch(
        r"\^(?P<before>.*?)(?<!\\)\((?P<any>.*?)(?<!\\)\)(?P<after>.*)\$", pattern
    )
    for one in found["any"].split("|"):
        yield regex.sub(r"\\(.)", r"\1", f"{found['before']}{one}{found['after']}")


def test_a_fact_that_json_writes_in_another_way_is_held_to_its_length_alone(brief, spring):
    quoted = brief.facts[0].model_copy(update={"text": 'Man nennt es "das stille".'})
    order = small_order_for(brief.model_copy(update={"facts": (quoted,)}), brand=spring)
    first, _ = order.shape.schema["properties"]["variants"]["prefixItems"]
    assert {"type": "string", "maxLength": 220} == first["properties"]["text"]
