"""Secrets planted everywhere, everything done with them, and none of them found anywhere."""

import base64
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from sandbox import process
from tests.cli.canaries import (
    ACCOUNTS,
    HASTE,
    PASSWORD,
    Town,
    places,
    searched,
    spellings,
    with_everybody,
)
from tests.cli.warm import Warm

CRASH = """
import logging, traceback
logging.basicConfig(level=logging.DEBUG)
from runtime.build import open_keepers
from runtime.settings import Settings
for keeper in open_keepers(Settings()):
    try:
        print(keeper, keeper._vault.read(keeper._holder.account.id)[0])
        grant = keeper.current()
        print(repr(grant))
        keeper.renewed(grant.token)
    except Exception:
        traceback.print_exc()
raise RuntimeError("the end")
"""
KEEP = """
import logging
logging.basicConfig(level=logging.DEBUG)
from runtime.build import open_blobs
from runtime.settings import Settings
open_blobs(Settings()).put(b"a picture")
"""


@pytest.fixture
def town(tmp_path: Path, warm: Warm):
    audience = with_everybody(tmp_path / "audience.yaml")
    with process.start(tmp_path / "sandbox", audience=audience) as sandbox:
        yield Town(tmp_path, sandbox.url, warm)


@pytest.mark.timeout(300)
def test_no_planted_secret_is_found_in_anything_that_was_written_or_said(town: Town) -> None:
    for platform in ACCOUNTS:
        if platform == "bluesky":
            said = town.amsel("connect", "bluesky", "--brand", "acme", typed=f"{PASSWORD}\n")
            assert "is connected" in said
        else:
            town.connect(platform)
    use_everything(town)
    said = "".join(town.said)
    words = (
        "is connected",
        "could not be renewed",
        "amsel connect x",
        "job keep_house False",
        "job keep_house True",
        "the end",
        "too many retries for DB connection",
    )
    for word in words:
        assert word in said, f"{word!r} was never said: the test went another way"

    there = places(town)

    planted = town.planted | town.given_out()
    assert len(planted) >= 20
    assert [] == searched(planted, there)
    for part in ("dagster", ".parquet unpacked", "ledger.db dumped"):
        assert any(part in place for place in there), f"there is no {part}"


def use_everything(town: Town) -> None:
    """Send, renew, fail, be revoked, look at all of it, and crash."""
    town.plan("one")
    town.amsel("worker", "--until-idle")
    town.pass_hours(3)
    town.plan("two")
    for effect in ("accept_then_garbage", "accept_then_500", "reject_429", "down"):
        town.order(platform="x", effect=effect, on="token")
    town.order(platform="bluesky", effect="accept_then_reset", on="token")
    for run in (town.run_cold, town.run, town.run):
        run(CRASH)
        town.pass_hours(0.2)
    town.amsel("worker", "--until-idle")
    httpx.delete(f"{town.url}/_sandbox/faults", trust_env=False).raise_for_status()
    town.connect("x")
    town.tokens("close", "x")
    town.plan("three")
    town.amsel("worker", "--until-idle")
    town.job("keep_house")
    for platform in ("x", "instagram", "facebook", "mastodon"):
        town.connect(platform)
    town.job("keep_house")
    for command in (
        ("doctor",),
        ("status",),
        ("status", "--json"),
        ("deliveries",),
        ("deliveries", "--json"),
        ("deliveries", "show", "two x"),
        ("deliveries", "show", "three bluesky"),
        ("keys", "rotate"),
        ("connect", "x", "--brand", "nobody"),
    ):
        town.amsel(*command)
    without_a_database(town)


def without_a_database(town: Town) -> None:
    """What is said where the ledger's or Dagster's database, each with a password, is not there."""
    there = town.variables["AMSEL_HOME"]
    for scheme, name, place in (
        ("postgresql+psycopg", "LEDGER_URL", "127.0.0.1:1/none"),
        ("postgresql+psycopg", "LEDGER_URL", "127.0.0.1:port/none"),  # no number
        ("postgresql+psycopg", "LEDGER_URL", "127.0.0.1:1/none?connect_timeout=soon"),
        ("postgresql", "DAGSTER_DB", "127.0.0.1:1/none"),  # not the scheme that Dagster wants
        ("postgresql+psycopg2", "DAGSTER_DB", "127.0.0.1:1/none"),
    ):
        address = f"{scheme}://amsel:{quote(town.plant(awkward()))}@{place}"
        town.variables |= {"AMSEL_HOME": str(town.home / name), f"AMSEL_{name}": address}
        for command in (("doctor",), ("status",), ("deliveries",)):
            town.amsel(*command)
        if name == "LEDGER_URL":
            town.run(CRASH)
        else:
            town.job("keep_house", before=HASTE)
        del town.variables[f"AMSEL_{name}"]
    town.variables["AMSEL_HOME"] = there


def awkward() -> str:
    """A password that a URL must quote: who unquotes it must hide that spelling too."""
    return f"canary {secrets.token_hex(12)} @:"


class _Mirror(BaseHTTPRequestHandler):
    """A server that refuses, and says in its own words all that it was told."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        heard = [self.path, *self.headers.values(), body.decode("utf-8", "replace")]
        words = f"No: {' | '.join(heard)}"
        names = ("message", "detail", "title", "error_description", "error_user_msg", "log_id")
        told = dict.fromkeys(names, words)
        nested = told | {"code": 190, "type": "OAuthException"}
        error: Any = words if self.path.startswith("/mastodon") else nested
        answer = json.dumps(told | {"error": error, "errors": [told]}).encode()
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.send_header("x-rate-limit-note", words.replace("\r", " ").replace("\n", " "))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def mirror():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Mirror)
    server.status = 400
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.timeout(600)
def test_what_a_server_repeats_of_a_secret_is_kept_nowhere(town: Town, mirror) -> None:
    """Tokens of the environment and writers' keys, told to servers that say them again."""
    url = f"http://127.0.0.1:{mirror.server_port}"
    town.write_brand(f', token_env: ACME_{{NAME}}_TOKEN, base_url: "{url}/{{name}}"')
    town.variables |= {f"ACME_{name.upper()}_TOKEN": town.plant() for name in ACCOUNTS}
    for writer in ("openai", "anthropic"):
        town.variables[f"AMSEL_{writer.upper()}_BASE_URL"] = f"{url}/{writer}"
        town.variables[f"AMSEL_{writer.upper()}_PRICE"] = "[1, 1]"
    brief = town.home / "brief.yaml"
    brief.write_text("brand: acme\ntopic: soap\n", "utf-8")
    for status in (400, 401, 500):
        mirror.status = status
        town.plan(f"at {status}", ACCOUNTS)
        town.job("send_due_posts")
        for writer in ("openai-compatible", "anthropic"):
            said = town.amsel("write", "--brief", str(brief), "--writer", writer)
            assert f"{writer} answered {status}" in said
    for name in ("prepare_day", "write_report"):
        town.job(name)
    for command in (("doctor",), ("status",), ("deliveries", "--json"), *shown_one_by_one()):
        town.amsel(*command)

    mirror.status = 403
    town.variables |= {
        "AMSEL_MEDIA_STORE": "s3://bucket/folder",
        "AWS_ACCESS_KEY_ID": "acme",
        "AWS_SECRET_ACCESS_KEY": town.plant(),
        "AWS_ENDPOINT": url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "eu-central-1",
    }
    assert "Error" in town.run(KEEP)
    town.amsel("doctor")

    said, there = "".join(town.said), places(town)

    assert "No: /" in said, "nobody repeated what a server said: the test went another way"
    assert [] == searched(town.planted | town.given_out(), there)
    for part in (".duckdb dumped", "report.html"):
        assert any(part in place for place in there), f"there is no {part}: {said[-3000:]}"


def shown_one_by_one():
    return [("deliveries", "show", f"at 400 {name}") for name in ACCOUNTS]


def test_the_search_finds_a_secret_however_it_is_spelled() -> None:
    secret = "canary/with+signs=and text"
    for name, form in spellings(secret).items():
        assert searched([secret], {"a log": b"before \xff" + form + b" behind"}), name
    for before in (b"", b"a", b"ab", b"abc"):
        wrapped = base64.b64encode(before + secret.encode() + b" and more")
        assert searched([secret], {"a dump": wrapped}), before
    assert [] == searched([secret], {"a log": b"nothing of it"})
