"""Two small brands with briefs about them, a purse, and stand-ins for the providers."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time as time_module
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from domain.brand import (
    Account,
    Brand,
    BrandVoice,
    Budget,
    Disclosure,
    Fact,
    Posting,
    Terms,
    Window,
)
from domain.errors import PolicyError
from domain.platforms import Platform
from domain.writing import Brief
from tests.openai_wire import openai_spec, overheard  # noqa: F401 - fixtures

POSTING = Posting(windows=(Window(start=time(8), end=time(20)),), default_times=(time(9),))
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def _facts(rows: list[tuple[str, str, str, str | None]]) -> tuple[Fact, ...]:
    return tuple(Fact(id=i, topic=topic, text=text, link=link) for i, topic, text, link in rows)


@pytest.fixture(scope="session")
def spring() -> Brand:
    """A German water brand that says Sie and likes no emojis."""
    return Brand(
        name="quellwerk",
        title="Quellwerk",
        about="Mineralwasser und Limonade aus dem Harz.",
        voice=BrandVoice(language="de", formal_address=True),
        topics=("Herkunft", "Pfand", "Limonade"),
        keywords=("Mineralwasser", "Glasflasche"),
        competitors=("Sprudelkönig",),
        accounts=(
            Account(platform=Platform.X, handle="quellwerk", time_zone="Europe/Berlin"),
            Account(platform=Platform.BLUESKY, handle="quellwerk.test", time_zone="Europe/Berlin"),
        ),
        terms=Terms(
            banned=("billig", "heilen"),
            disclosures=(Disclosure(when=("Gewinnspiel",), labels=("Anzeige", "Werbung")),),
        ),
        budget=Budget(monthly_cents=500),
        posting=POSTING,
        facts=_facts(
            [
                ("depth", "Herkunft", "Unser Wasser kommt aus 180 Metern Tiefe im Harz.",
                 "https://quellwerk.example/quelle"),
                ("since", "Herkunft", "Seit 1921 füllen wir direkt an der Quelle ab.", None),
                ("glass", "Pfand", "Eine Glasflasche wird bei uns bis zu 50-mal befüllt.", None),
                ("deposit", "Pfand", "Auf jede Flasche gibt es 15 Cent Pfand zurück.", None),
                ("lemon", "Limonade", "Die Zitronenlimonade enthält 12 % Saft und kostet 1,19 €.",
                 "https://quellwerk.example/limonade"),
                ("sugar", "Limonade", "Unsere Limonade hat 4,5 g Zucker auf 100 ml.", None),
            ]
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def loom() -> Brand:
    """An English brand of blankets that likes an emoji."""
    return Brand(
        name="fellweave",
        title="Fellweave",
        about="Wool blankets woven in Cumbria.",
        voice=BrandVoice(language="en", tone="casual", emojis=True, max_hashtags=2),
        country="GB",
        topics=("wool", "weaving", "care"),
        keywords=("wool blanket", "slow craft"),
        accounts=(
            Account(platform=Platform.X, handle="fellweave", time_zone="Europe/London"),
            Account(platform=Platform.BLUESKY, handle="fellweave.test", time_zone="Europe/London"),
        ),
        terms=Terms(banned=("cheap", "miracle")),
        posting=POSTING,
        facts=_facts(
            [
                ("herdwick", "wool", "Our wool comes from Herdwick sheep on 14 farms.", None),
                ("natural", "wool", "We use undyed wool in 5 natural shades.",
                 "https://fellweave.example/shades"),
                ("loom", "weaving", "Each blanket takes 6 hours on a loom from 1954.", None),
                ("price", "weaving", "The Hearth blanket costs £1,149.50.",
                 "https://fellweave.example/hearth"),
                ("wash", "care", "Wash at 30 °C and dry it flat.", None),
                ("mend", "care", "We mend every blanket free of charge for 10 years.", None),
            ]
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def briefs() -> Callable[[Brand, int], list[Brief]]:
    """`briefs(brand, count)`: briefs over the brand's facts in turn, for its two platforms."""

    def make(brand: Brand, count: int) -> list[Brief]:
        made = []
        for number in range(count):
            main = brand.facts[number % len(brand.facts)]
            others = tuple(f for f in brand.facts if f.topic == main.topic and f is not main)
            made.append(
                Brief(
                    id=f"brief-{number}",
                    brand=brand.name,
                    topic=main.topic,
                    why="a test",
                    facts=(main, *others),
                    platforms=tuple(account.platform for account in brand.accounts),
                    language=brand.voice.language,
                    due_at=START + timedelta(hours=number),
                )
            )
        return made

    return make


class Ledger:
    """A purse that keeps a hard limit and every booking: (provider, reserved, settled)."""

    def __init__(self, limit: float = 500.0) -> None:
        self.limit = limit
        self.bookings: list[list] = []

    @property
    def spent(self) -> float:
        return sum(held if paid is None else paid for _, held, paid in self.bookings)

    def reserve(self, *, brand: str, provider: str, cents: float, purpose: str) -> str:
        if self.spent + cents > self.limit:
            raise PolicyError(f"{brand} has no money left for {purpose}; raise the budget")
        self.bookings.append([provider, cents, None])
        return str(len(self.bookings) - 1)

    def settle(self, booking: str, *, cents: float) -> None:
        self.bookings[int(booking)][2] = cents


@pytest.fixture
def purse() -> Ledger:
    return Ledger()


class Mock:
    """The running llmock: an independent stand-in for both providers' wires."""

    def __init__(self, url: str) -> None:
        self.url = url

    def script(self, *behaviors: dict) -> None:
        """The next answers, in order."""
        sent = {"behaviors": list(behaviors)}
        httpx.post(f"{self.url}/_llmock/scenario", json=sent).raise_for_status()

    def requests(self) -> list[dict]:
        return httpx.get(f"{self.url}/_llmock/requests").json()["requests"]


@pytest.fixture(scope="session")
def llmock_server() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("llmock")
    if not program.exists():
        pytest.skip("llmock is not installed; install requirements.lock")
    command = [program, "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--log-level", "error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{url}/_llmock/requests")
                break
            time_module.sleep(0.2)
        else:
            pytest.fail("llmock did not start within 30 s")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def mock(llmock_server) -> Mock:
    httpx.post(f"{llmock_server}/_llmock/reset").raise_for_status()
    return Mock(llmock_server)


class Stub:
    """A server that gives the queued answers, for what llmock cannot play."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict, bytes, float]] = []
        self.seen: list[dict] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers["content-length"])
                stub.seen.append(json.loads(self.rfile.read(size)))
                status, headers, body, delay = stub.answers.pop(0)
                time_module.sleep(delay)
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    fixed = {"content-type": "application/json", "content-length": str(len(body))}
                    for key, value in (fixed | headers).items():
                        self.send_header(key, value)
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, body, *, status: int = 200, headers: dict | None = None, delay: float = 0):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, headers or {}, raw, delay))


@pytest.fixture
def stub() -> Iterator[Stub]:
    running = Stub()
    yield running
    running.server.shutdown()
    running.server.server_close()
