"""`amsel doctor`: names what is wrong and what to type, and changes nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.platforms import Platform
from domain.tokens import Tokens
from domain.writing import WriterCall
from runtime.build import open_ledger, open_vault, sync_brands
from runtime.checkup import Finding, Health, examine
from runtime.connecting import account_of, keep
from runtime.settings import Settings
from sandbox import process
from storage.brand_files import load_brand
from storage.lake import Lake
from storage.ledger import brands as brands_of_ledger
from storage.ledger import writer_calls
from storage.ledger.brands import Known
from storage.ledger.database import Ledger
from storage.ledger.tables import costs
from storage.models import ModelCard, ModelRegistry
from tests.cli.conftest import state_of, write_brand


def findings(about: str) -> list[Finding]:
    return [one for one in examine(Settings()) if one.about == about]


@pytest.fixture(autouse=True)
def settled(home: Path, brands: Path) -> None:
    """A home and a brand of the test's own."""


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_fresh_home_is_no_error_and_stays_untouched(amsel, home: Path) -> None:
    done = amsel("doctor")
    assert (0, "") == (done.returncode, done.stderr)
    assert not home.exists()
    order = [line.split()[1] for line in done.stdout.splitlines()]
    expected = ["python", "home", "ledger", "brand", "platform", "lake", "warehouse", "models"]
    assert [*expected, "sending"] == order


def test_a_wrong_brand_file_is_named_with_line_and_remedy(amsel, brands: Path) -> None:
    path = write_brand(brands)
    path.write_text(path.read_text() + "autonmy: full\n")
    number = len(path.read_text().splitlines())
    done = amsel("doctor")
    assert 1 == done.returncode
    assert (
        f"{path}:{number}: autonmy: unknown key 'autonmy'; did you mean 'autonomy'?" in done.stdout
    )


CLASH = """
  - id: late
    topic: {topic}
    text: Our mill opens at 11 am.
  - id: early
    topic: {topic}
    text: The mill opens at 9 am.
"""


def test_facts_that_contradict_each_other_are_named(brands: Path, amsel) -> None:
    path = write_brand(brands)
    text = path.read_text()
    topic = load_brand(path).topics[0]
    path.write_text(text.replace("\nfacts:\n", f"\nfacts:{CLASH.format(topic=topic)}"))

    told = [one for one in findings("brand") if one.health is Health.WARN]

    assert [f"{path}: facts late and early say the same with other figures; "] == [
        one.text[: one.text.index("mend")] for one in told
    ]
    loaded = amsel("review")
    assert (0, 1) == (loaded.returncode, loaded.stderr.count("facts late and early"))


LOOK = """look:
  ground: "#ffffff"
  ink: "#000000"
  accent: "#b0452c"
  music: theme.mp3
"""


def test_music_that_cannot_be_used_is_named_with_line_and_remedy(brands: Path, home: Path) -> None:
    path = write_brand(brands)
    text = path.read_text()
    path.write_text(text + LOOK)
    (brands / "theme.mp3").write_bytes(b"no sound at all")
    line = len(path.read_text().splitlines())

    (told,) = findings("brand")

    assert Health.BAD is told.health
    assert told.text.startswith(f"{path}:{line}: look.music: theme.mp3: the music cannot be read")
    assert told.text.endswith("export it as MP3 or WAV")
    assert not home.exists()


def test_a_missing_token_names_its_variable(brands: Path) -> None:
    write_brand(brands, base_url=f"http://127.0.0.1:{closed_port()}")
    (token,) = findings("token")
    assert (Health.BAD, True) == (token.health, "$ACME_X_TOKEN is not set" in token.text)


def test_a_scope_that_was_not_granted_is_named_before_anything_is_refused(brands: Path) -> None:
    write_brand(brands, base_url=f"http://127.0.0.1:{closed_port()}")
    settings = Settings()
    holder = account_of(settings, Platform.X, brand="acme", handle=None)
    granted = Tokens(access="token", scopes=("tweet.read", "users.read"))
    keep(open_vault(settings), holder, granted)

    (token,) = findings("token")

    assert (Health.WARN, True) == (token.health, "tweet.write" in token.text)
    assert "`amsel connect x` again" in token.text


def test_a_platform_that_does_not_answer_is_named(
    brands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_X_TOKEN", "planted-secret")
    write_brand(brands, base_url=f"http://127.0.0.1:{closed_port()}")
    (platform,) = findings("platform")
    assert (Health.BAD, True) == (platform.health, "x:acme" in platform.text)
    assert "cannot be reached" in platform.text
    assert not any("planted-secret" in one.text for one in examine(Settings()))


@pytest.fixture
def tiktok_in_review(brands: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A TikTok that offers the brand's account itself alone; the paths that it was asked."""
    asked: list[str] = []

    class TikTok(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.path.partition("?")[0])
            data = {"videos": [], "privacy_level_options": ["SELF_ONLY"]}
            body = json.dumps({"data": data, "error": {"code": "ok"}}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("ACME_X_TOKEN", "token")
    with ThreadingHTTPServer(("127.0.0.1", 0), TikTok) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = write_brand(brands, base_url=f"http://127.0.0.1:{server.server_port}")
        path.write_text(path.read_text().replace("platform: x", "platform: tiktok"))
        yield asked
        server.shutdown()


def test_a_tiktok_app_in_review_is_told_before_a_post_is_refused(
    tiktok_in_review: list[str],
) -> None:
    (platform,) = findings("platform")
    assert (Health.BAD, True) == (platform.health, "have the app audited" in platform.text)
    assert ["/v2/video/list/", "/v2/post/publish/creator_info/query/"] == tiktok_in_review


def test_a_sandbox_is_well_while_it_answers(
    amsel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMSEL_BRANDS")
    with process.start(tmp_path / "sandbox") as sandbox:
        world = {"AMSEL_SANDBOX_URL": sandbox.url}
        rows = json.loads(amsel("doctor", "--json", **world).stdout)
    spoken = [row["health"] for row in rows if row["about"] in {"token", "platform"}]
    assert ["ok"] * 2 * 14 == spoken
    done = amsel("doctor", **world)
    assert (1, 14) == (done.returncode, done.stdout.count("clock at http"))


def test_a_ledger_that_is_no_database_is_bad(home: Path) -> None:
    home.mkdir()
    (home / "ledger.db").write_text("this is not a database, whatever its name says" * 100)
    (ledger,) = findings("ledger")
    assert (Health.BAD, True) == (ledger.health, "restore a backup" in ledger.text)


def test_a_ledger_that_is_behind_says_what_brings_it_up(home: Path) -> None:
    made = Ledger(f"sqlite:///{home / 'ledger.db'}")
    made.upgrade()
    made.downgrade("base")
    made.close()
    (ledger,) = findings("ledger")
    assert (Health.BAD, True) == (ledger.health, "run `amsel status` once" in ledger.text)


def test_a_home_that_cannot_be_made_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AMSEL_HOME", str(tmp_path / "file" / "home"))
    (found,) = findings("home")
    assert (Health.BAD, True) == (found.health, "set AMSEL_HOME" in found.text)


def test_a_broken_file_in_the_lake_is_found(home: Path) -> None:
    lake = Lake(home / "lake")
    lake.replace("accounts", lake.read("accounts"))
    (home / "lake" / "accounts" / "part-0.parquet").write_bytes(b"PAR1 cut")
    before = state_of(home)
    (found,) = findings("lake")
    assert (Health.BAD, True) == (found.health, found.text.startswith("table accounts cannot"))
    assert before == state_of(home)


def test_a_model_that_was_swapped_is_found(home: Path) -> None:
    registry = ModelRegistry(home / "models")
    card = ModelCard(data_hash="d", code_version="c", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    version = registry.save("engagement", b"weights", card)
    registry.promote("engagement", version)
    assert [Health.OK] == [one.health for one in findings("models")]
    (home / "models" / "engagement" / f"{version}.model").write_bytes(b"others")
    (found,) = findings("models")
    assert (Health.BAD, True) == (found.health, "SHA-256 differs" in found.text)


def test_a_brand_of_the_ledger_that_nobody_can_read_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = open_ledger(Settings())
    (brand,) = sync_brands(Settings(), made).values()
    before = findings("brand")
    with made.transaction() as connection:
        connection.execute(sa.text("update brands set document = 'half'"))
    monkeypatch.setattr(brands_of_ledger, "_read", {})
    monkeypatch.setattr(brands_of_ledger, "_last", {"known": Known({})})

    (lost,) = [one for one in findings("brand") if one not in before]

    assert (Health.BAD, True) == (lost.health, "let `amsel review` load it anew" in lost.text)
    sync_brands(Settings(), made)
    made.close()
    assert before == findings("brand")
    assert brand.name in lost.text


def test_a_writer_whose_last_calls_failed_is_told(home: Path) -> None:
    assert [] == findings("writer")
    made = Ledger(f"sqlite:///{home / 'ledger.db'}")
    made.upgrade()
    failed = WriterCall("openai", "acme", "b", "en", 0.2, trouble="401: expired", is_down=True)
    with made.transaction() as connection:
        writer_calls.save(connection, [failed] * 3, now=made.now(connection))
    made.close()
    (writer,) = findings("writer")
    assert (Health.WARN, True) == (writer.health, "openai: its last 3 calls failed" in writer.text)
    assert "401: expired" in writer.text


@pytest.fixture
def billed(brands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A brand that pays for what is asked of X, whose server is the sandbox's."""

    def paying(cents: int) -> None:
        path = write_brand(brands, base_url=f"{running.url}/x")
        text = path.read_text().replace("handle: acme", "handle: bergquell")
        path.write_text(f"{text}budget: {{monthly_cents: {cents}}}\n")

    monkeypatch.setenv("ACME_X_TOKEN", "sandbox-x-bergquell")
    with process.start(tmp_path / "sandbox") as running:
        yield paying


def test_what_x_charges_for_the_look_is_booked(billed) -> None:
    billed(cents=100)
    ledger = open_ledger(Settings())

    assert [Health.OK] == [one.health for one in findings("platform")]

    with ledger.reading() as connection:
        rows = connection.execute(sa.select(costs.c.purpose, costs.c.settled_cents)).all()
    assert [("user read", 1.0)] == [(row.purpose, row.settled_cents) for row in rows]


@pytest.mark.parametrize(
    ("cents", "has_ledger", "said"),
    [(100, False, "no ledger is there to book it"), (1, True, "budget")],
)
def test_nothing_is_asked_of_x_that_cannot_be_paid(billed, cents, has_ledger, said) -> None:
    billed(cents=cents)
    if has_ledger:
        open_ledger(Settings())

    (found,) = findings("platform")

    assert (Health.WARN, True) == (found.health, said in found.text)


def test_a_language_that_nobody_here_writes_is_named(
    brands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_brand(brands)
    path.write_text(path.read_text().replace("language: en", "language: fr"))
    assert "fr" == load_brand(path).voice.language

    (told,) = [one for one in findings("brand") if one.health is Health.BAD]
    assert f"{path}: voice.language is fr (French), which the composer does not write" in told.text
    monkeypatch.setenv("AMSEL_OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("AMSEL_OPENAI_PRICE", "[0, 0]")
    assert not [one for one in findings("brand") if one.health is Health.BAD]
