"""Makers of pictures on local stand-ins: what they send, and what comes of each answer."""

import base64
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from content.media.makers.base import PictureOrder
from content.media.makers.hosted import maker_of
from content.media.painting import Painter, prompt_for
from domain.errors import (
    ConfigError,
    PolicyError,
    WriterError,
    WriterGarbled,
    WriterRefused,
    WriterUnavailable,
)
from domain.look import Look
from tests.content.conftest import Ledger

KEY = "planted-key"
NAMES = ("openai/gpt-image-1", "stability/core", "replicate/black-forest-labs/flux-schnell")
LOOK = Look(
    ground="#ffffff", ink="#000000", accent="#b0452c", painting="Photograph in morning light."
)


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (1024, 1536), "navy").save(out, "JPEG")
    return out.getvalue()


class Provider:
    """Answers as the three providers do, and keeps what it was asked."""

    def __init__(self):
        self.asked = []
        self.status, self.content, self.headers = 200, jpeg(), {}
        self.states = ["succeeded"]
        self.output = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                server.asked.append((self.path, dict(self.headers), body))
                self.answer(server.status, *server.reply(self.path))

            def do_GET(self):
                server.asked.append((self.path, dict(self.headers), b""))
                self.answer(200, *server.reply(self.path))

            def answer(self, status, kind, content):
                self.send_response(status)
                headers = {"content-type": kind, "content-length": len(content)}
                for name, value in {**headers, **server.headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def reply(self, path):
        if self.status >= 400:
            return "application/json", self.content
        if path.startswith("/v1/images"):
            coded = base64.b64encode(self.content).decode()
            return "application/json", json.dumps({"data": [{"b64_json": coded}]}).encode()
        if "/predictions" in path:
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            output = self.output or [f"{self.url}/files/a.jpg"]
            answer = {"id": "p1", "status": state, "output": output}
            return "application/json", json.dumps(answer).encode()
        return "image/jpeg", self.content


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.http.shutdown()
    made.http.server_close()


def maker(provider, name=NAMES[0]):
    return maker_of(name, KEY, base_url=provider.url)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_comes_with_its_maker_and_its_price(provider, name):
    made = maker(provider, name).make(PictureOrder("a spring"))

    assert (jpeg(), name) == (made.content, made.made_by)
    assert made.cost_cents == maker(provider, name).cents > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_order_and_the_key_go_to_the_provider(provider, name):
    maker(provider, name).make(PictureOrder("a spring at dawn"))

    _, headers, body = provider.asked[0]
    assert f"Bearer {KEY}" == headers["Authorization"]
    assert b"a spring at dawn" in body


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, WriterRefused),
        (401, WriterUnavailable),
        (429, WriterUnavailable),
        (500, WriterUnavailable),
        (503, WriterUnavailable),
    ],
)
def test_an_error_of_the_provider_is_ours_free_and_tells_no_key(provider, name, status, error):
    provider.status, provider.content = status, json.dumps({"error": KEY}).encode()

    with pytest.raises(error, match=f"{name} answered {status}") as told:
        maker(provider, name).make(PictureOrder("a spring"))
    assert told.value.cost_cents == 0
    assert KEY not in str(told.value)


def test_what_a_moderator_declines_is_a_refusal(provider):
    provider.status = 400
    provider.content = json.dumps({"error": {"code": "moderation_blocked"}}).encode()

    with pytest.raises(WriterRefused, match="declined what was ordered"):
        maker(provider).make(PictureOrder("x"))


def test_a_filtered_picture_is_a_refusal_that_is_billed(provider):
    provider.headers = {"finish-reason": "CONTENT_FILTERED"}

    with pytest.raises(WriterRefused) as told:
        maker(provider, "stability/core").make(PictureOrder("x"))
    assert told.value.cost_cents == 3.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"<html>busy</html>", jpeg()[:900]])
def test_what_is_no_picture_is_told_and_billed(provider, name, content):
    provider.content = content

    with pytest.raises(WriterGarbled, match="no picture") as told:
        maker(provider, name).make(PictureOrder("x"))
    assert told.value.cost_cents > 0


def test_a_prediction_is_waited_for(provider):
    provider.states = ["starting", "processing", "succeeded"]
    flux = maker(provider, NAMES[2])
    object.__setattr__(flux, "poll", 0.01)

    assert jpeg() == flux.make(PictureOrder("x")).content
    assert ["/v1/predictions/p1"] * 2 == [path for path, *_ in provider.asked[1:3]]


def test_a_prediction_that_fails_is_a_refusal(provider):
    provider.states = ["failed"]

    with pytest.raises(WriterRefused, match="failed at what was ordered"):
        maker(provider, NAMES[2]).make(PictureOrder("x"))


def test_a_prediction_without_end_is_given_up(provider):
    provider.states = ["processing"]
    flux = maker(provider, NAMES[2])
    object.__setattr__(flux, "poll", 0.01)
    object.__setattr__(flux, "patience", 0.05)

    with pytest.raises(WriterUnavailable, match="does not come to an end") as told:
        flux.make(PictureOrder("x"))
    assert told.value.cost_cents is None


def test_a_file_is_fetched_without_our_key(provider):
    maker(provider, NAMES[2]).make(PictureOrder("x"))

    path, headers, _ = provider.asked[-1]
    assert "/files/a.jpg" == path
    assert KEY not in str(headers)


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "file:///etc/passwd", "x"])
def test_a_file_on_a_foreign_server_is_not_fetched(provider, url):
    provider.output = [url]

    with pytest.raises(WriterGarbled, match="foreign server"):
        maker(provider, NAMES[2]).make(PictureOrder("x"))


def test_a_provider_that_cannot_be_reached_costs_nothing():
    with pytest.raises(WriterUnavailable, match="cannot be reached") as told:
        maker_of(NAMES[0], KEY, base_url="http://127.0.0.1:9").make(PictureOrder("x"))
    assert told.value.cost_cents == 0


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        ("nobody/model", KEY, "is no maker of pictures"),
        ("openai", KEY, "is no maker of pictures"),
        ("stability/core", "", "has no key"),
        ("openai/unheard-of", KEY, "set AMSEL_PICTURE_CENTS"),
    ],
)
def test_a_maker_that_cannot_be_had_is_told(name, key, said):
    with pytest.raises(ConfigError, match=said):
        maker_of(name, key)


def test_a_maker_shows_no_key(provider):
    assert KEY not in repr(maker(provider))


def test_a_picture_is_booked_before_and_settled_after(provider, spring):
    purse = Ledger()
    brand = spring.model_copy(update={"look": LOOK})
    made, order = Painter(maker(provider), purse).paint(brand.facts[0], brand=brand, seed=1)

    assert [["openai/gpt-image-1", 6.3, 6.3]] == purse.bookings
    assert 64 == len(order)
    assert made.made_by == "openai/gpt-image-1"


@pytest.mark.parametrize(("status", "content", "paid"), [(500, b"{}", 0.0), (200, b"no", 6.3)])
def test_what_fails_is_settled_at_what_it_cost(provider, spring, status, content, paid):
    provider.status, provider.content = status, content
    purse = Ledger()

    with pytest.raises(WriterError):
        Painter(maker(provider), purse).paint(spring.facts[0], brand=spring, seed=1)
    assert [["openai/gpt-image-1", 6.3, paid]] == purse.bookings


def test_a_brand_without_money_asks_nobody(provider, spring):
    with pytest.raises(PolicyError, match="no money left"):
        Painter(maker(provider), Ledger(limit=5)).paint(spring.facts[0], brand=spring, seed=1)
    assert [] == provider.asked


def test_the_order_holds_the_brand_s_own_words_and_no_others(spring):
    brand = spring.model_copy(update={"look": LOOK})
    prompt = prompt_for(brand.facts[0], brand)

    assert prompt.startswith("Photograph in morning light. What is to be seen: Unser Wasser")
    assert "No words" in prompt
