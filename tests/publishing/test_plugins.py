"""The platform that docs/plugins.md shows, installed as it stands there, behind the real door."""

import importlib
import json
import re
import sys
import threading
import tomllib
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from domain import plugins
from domain.brand import Account
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.errors import ConfigError
from domain.platforms import Platform
from domain.plugins import known_platforms, text_limit
from domain.preflight import refusals
from publishing.platforms.registry import connect
from publishing.worker import run_worker
from runtime.build import open_networks
from runtime.settings import Settings
from storage.ledger import deliveries

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
BRAND = """\
name: bergquell
title: Bergquell
about: Bergquell fills water.
facts:
  - {id: spring, topic: water, text: Our water is fresh.}
topics: [water]
%s    base_url: %s
posting:
  windows: [{start: "07:00", end: "22:00"}]
  default_times: ["09:00"]
"""
ID = "plaza:bergquell"


def shown(language: str) -> str:
    """The page's one block of code in a language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return block


def since(asked: dict[str, list[str]]) -> datetime:
    """The moment from which on posts are asked for."""
    return datetime.fromisoformat(asked.get("since", ["2000-01-01T00:00:00+00:00"])[0])


class Plaza(BaseHTTPRequestHandler):
    """Keeps what is posted; loses as many answers as it is told to."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        kept, number = self.server.posts, len(self.server.posts)
        url = f"https://plaza.example/{number}"
        at = datetime.now(UTC).isoformat()
        kept.append(body | {"id": str(number), "url": url, "at": at, "likes": 3})
        self.server.tokens.add(self.headers["authorization"])
        if self.server.loses:
            self.server.loses -= 1
            self.close_connection = True
        else:
            self._answer(kept[-1])

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        posts = [
            post
            for post in self.server.posts
            if post["key"] in asked.get("key", [post["key"]])
            and datetime.fromisoformat(post["at"]) >= since(asked)
        ]
        self._answer({"posts": posts})

    def _answer(self, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def plaza():
    with ThreadingHTTPServer(("127.0.0.1", 0), Plaza) as server:
        server.posts, server.tokens, server.loses = [], set(), 0
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Lays a package as pip would, and takes every trace of it away again."""
    folder = tmp_path / "site-packages"

    def lay(code: str) -> None:
        project = tomllib.loads(shown("toml"))["project"]
        info = folder / f"amsel_plaza-{project['version']}.dist-info"
        info.mkdir(parents=True)
        head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (info / "METADATA").write_text(head)
        for group, points in project["entry-points"].items():
            lines = [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
            (info / "entry_points.txt").write_text("\n".join(lines))
        (folder / "amsel_plaza.py").write_text(code)
        monkeypatch.syspath_prepend(folder)
        importlib.invalidate_caches()
        plugins.plugin_of.cache_clear()

    yield lay
    sys.modules.pop("amsel_plaza", None)
    Platform._value2member_map_.pop("plaza", None)
    plugins.plugin_of.cache_clear()


def test_the_example_is_no_longer_than_sixty_lines_of_code():
    assert 60 >= len([line for line in shown("python").splitlines() if line])


def test_a_brand_posts_once_through_the_door_on_a_platform_from_a_package(
    install, plaza, ledger, clock, tmp_path, monkeypatch
):
    install(shown("python"))
    brand = BRAND % (shown("yaml"), f"http://127.0.0.1:{plaza.server_port}")
    (tmp_path / "brands").mkdir()
    (tmp_path / "brands" / "bergquell.yaml").write_text(brand)
    monkeypatch.setenv("BERGQUELL_PLAZA_TOKEN", "plaza-token")
    networks = open_networks(Settings(home=tmp_path, brands=tmp_path / "brands"))
    sent, lost = (plan(ledger, text) for text in ("Fresh water.", "Still fresh."))

    plaza.loses = 1
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert ["Fresh water.", "Still fresh."] == sorted(post["text"] for post in plaza.posts)
    assert {"Bearer plaza-token"} == plaza.tokens
    with ledger.reading() as connection:
        rows = [deliveries.load(connection, one) for one in (sent, lost)]
    assert [DeliveryState.SENT] * 2 == [row.state for row in rows]
    assert {"0", "1"} == {row.platform_id for row in rows}
    assert [3, 3] == [row.counts["likes"][0] for row in networks[ID].metrics(["0", "1"])]
    assert 2 == len(networks[ID].own_posts(datetime.now(UTC) - timedelta(hours=1)))
    assert [] == networks[ID].own_posts(datetime.now(UTC) + timedelta(hours=1))
    networks[ID].close()


def test_its_limits_are_told_before_the_send_and_its_rows_come_in(install):
    install(shown("python"))
    plaza = Platform("plaza")

    assert 500 == text_limit(plaza).length
    assert ["length"] == [one.rule for one in refusals(plaza, Payload(text="a" * 501))]
    assert [*Platform, plaza] == known_platforms()


def test_without_the_package_nobody_knows_the_platform():
    with pytest.raises(ValueError, match="plaza"):
        Account(platform="plaza", handle="bergquell", time_zone="UTC")


@pytest.mark.parametrize(
    ("code", "said"),
    [("PLUGIN = 1", "is no PlatformPlugin"), ("raise OSError('no disk')", "no disk")],
)
def test_a_broken_package_is_named_with_the_remedy(install, clock, code, said):
    install(code)
    account = Account(platform="plaza", handle="bergquell", time_zone="UTC")

    with pytest.raises(ConfigError, match=rf"amsel_plaza:PLUGIN.*{said}.*uninstall"):
        connect(account, secret="s", clock=clock, sending_allowed=True)


def plan(ledger, text: str) -> str:
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        new = NewDelivery(
            key=text,
            brand="bergquell",
            platform=Platform("plaza"),
            account=ID,
            payload=Payload(text=text),
            due_at=now,
        )
        return deliveries.plan(connection, new, now=now)
