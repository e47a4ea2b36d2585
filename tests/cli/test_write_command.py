"""`amsel write`: a brief in a file, one writer, its texts with their verdicts."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.errors import ConfigError, InputError
from tests.openai_answers import completion


@pytest.fixture
def brief(tmp_path):
    file = tmp_path / "brief.yaml"

    def of(text: str):
        file.write_text(text, encoding="utf-8")
        return file

    return of


def _run(*arguments):
    return CliRunner().invoke(app, ["write", *map(str, arguments)])


def test_the_composer_writes_a_brief_from_a_file(brief):
    file = brief("brand: bergquell\nfacts: [quelle-tiefe]\nvariants: 3\n")
    shown = _run("--brief", file)
    assert 0 == shown.exit_code, shown.output
    assert 3 == shown.output.count("184 Metern Tiefe")
    assert (
        "composer: 3 drafts, 0 tokens in, 0 out, 0.000 cents, seed 1, temperature not taken"
        in shown.output
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("brand: nobody\ntopic: x\n", "no brand 'nobody'"),
        ("brand: bergquell\ntopic: zebras\n", "no facts on 'zebras'"),
        ("brand: bergquell\nfacts: [unheard-of]\n", "no fact 'unheard-of'"),
        ("brand: bergquell\n", "name a topic or facts"),
        ("brand: bergquell\ntopic: ''\n", "no facts on ''"),
        ("brand: bergquell\nfacts: []\n", "name a topic or facts"),
        (
            "brand: bergquell\ntopic: wasser\nlanguage: fr\n",
            "language: bergquell speaks German (de), not French; leave `language` out",
        ),
        ("brand: bergquell\ntopic: wasser\nlanguage: en\n", "whose `voice.language` and facts"),
        ("brand: bergquell\ntopic: wasser\nlanguage: klingon\n", "not klingon; leave"),
        ("brand: bergquell\ntopic: wasser\nvariants: 9\n", "variants"),
        ("[1, 2", "cannot be read"),
    ],
)
def test_a_wrong_brief_says_what_is_wrong(brief, text, said):
    shown = _run("--brief", brief(text))
    assert isinstance(shown.exception, InputError)
    assert said in str(shown.exception)


def test_a_brief_may_say_again_which_language_the_brand_speaks(brief):
    shown = _run("--brief", brief("brand: bergquell\nfacts: [quelle-tiefe]\nlanguage: de\n"))
    assert 0 == shown.exit_code, shown.output


def test_a_writer_that_is_not_set_up_is_named(brief):
    shown = _run("--brief", brief("brand: bergquell\ntopic: wasser\n"), "--writer", "openai")
    assert isinstance(shown.exception, ConfigError)
    assert "there is composer" in str(shown.exception)


def test_a_hosted_writer_is_tried_and_booked(brief, monkeypatch, answering):
    monkeypatch.setenv("AMSEL_OPENAI_BASE_URL", answering)
    monkeypatch.setenv("AMSEL_OPENAI_MODEL", "mock")
    monkeypatch.setenv("AMSEL_OPENAI_PRICE", "[1, 4]")
    file = brief("brand: bergquell\ntopic: wasser\nvariants: 1\n")
    shown = _run("--brief", file, "--writer", "openai-compatible")
    assert 0 == shown.exit_code, shown.output
    assert "block: numbers (999 €)" in shown.output
    assert "openai-compatible mock: 1 drafts, 1000 tokens in, 100 out, 0.140 cents" in shown.output


@pytest.fixture
def answering():
    """A chat server that always gives the same, false answer."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    text = json.dumps(
        {"variants": [{"text": "Wasser für 999 €", "hashtags": [], "difference": "price"}]}
    )
    body = json.dumps(completion(text, tokens=(1000, 100))).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
