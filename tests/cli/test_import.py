"""`amsel import`, as a user types it."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.import_ import import_
from domain.events import EventType
from runtime.settings import CHECKOUT, Settings
from storage.lake import Lake
from storage.ledger import events
from storage.ledger.database import Ledger

app = typer.Typer()
app.command("import")(import_)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMSEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "home"


def run(*arguments: object, account: str = "bluesky:northloom.test") -> tuple[int, str]:
    options = ["--brand", "northloom", "--account", account]
    result = CliRunner().invoke(app, [*(str(each) for each in arguments), *options])
    said = result.output + (str(result.exception) if result.exception else "")
    return result.exit_code, said


def table(path: Path, *likes: str) -> Path:
    names = ["platform", "account", "post_id", "published_at", "text", "media_type", "likes"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "comments", "shares"])
        for n, given in enumerate(likes):
            at = "2026-01-01T09:00:00Z"
            row = ["bluesky", "northloom.test", n, at, "[red]wool", "text", given, 0, 0]
            writer.writerow(row)
    return path


def test_a_good_file_is_summed_up_and_stands_in_the_lake(home: Path, tmp_path: Path) -> None:
    path = table(tmp_path / "posts.csv", "5", "6")
    code, said = run("posts", path)
    assert (code, "2  posts are new" in said) == (0, True)
    assert Lake(home / "lake").read("posts").height == 2
    assert "2  were already there" in run("posts", path)[1]


@pytest.mark.usefixtures("home")
def test_a_file_without_a_row_is_said_to_be_one(tmp_path: Path) -> None:
    code, said = run("posts", table(tmp_path / "posts.csv"))
    assert (code, "There is no row in it, so nothing came in." in said) == (0, True)


def test_a_bad_row_is_shown_and_the_rest_goes_in(home: Path, tmp_path: Path) -> None:
    code, said = run("posts", table(tmp_path / "posts.csv", "5", "-6"))
    assert (code, "posts.csv, line 3, likes: -6 is negative" in said) == (0, True)
    assert Lake(home / "lake").read("quarantine").height == 1


def test_an_import_of_nothing_good_fails(home: Path, tmp_path: Path) -> None:
    assert run("posts", table(tmp_path / "posts.csv", "-6"))[0] == 1
    assert Lake(home / "lake").read("posts").height == 0


def test_a_file_that_is_not_what_it_claims_fails_with_the_remedy(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").touch()
    code, said = run("posts", tmp_path / "empty.csv")
    assert (code, "is empty; export it again" in said.replace("\n", " ")) == (1, True)
    assert not home.exists()


def test_a_second_file_that_is_damaged_keeps_the_first_one_out_too(
    home: Path, tmp_path: Path
) -> None:
    good = table(tmp_path / "posts.csv", "5", "6")
    damaged = tmp_path / "more.csv"
    damaged.write_bytes(good.read_bytes()[:40] + bytes(200))
    code, said = run("posts", good, damaged)
    assert (code, "more.csv" in said, "posts.csv" in said) == (1, True, False)
    assert not home.exists()


def test_a_repeat_says_when_the_file_came_in(home: Path, tmp_path: Path) -> None:
    path = table(tmp_path / "posts.csv", "5", "-6")
    first, again = run("posts", path)[1], run("posts", path)[1]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert "was imported before" not in first
    assert f"posts.csv was imported before, on {today}" in again
    assert "(2 rows, 1 of them set aside)" in again
    ledger = Ledger(Settings(home=home).ledger)
    with ledger.reading() as connection:
        kinds = [one.event.type for one in events.read_since(connection, 0)]
    ledger.close()
    assert [EventType.HISTORY_IMPORTED] == kinds


def test_genuine_exports_go_in_by_a_bare_handle(
    home: Path, tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = (CHECKOUT / "brands" / "northloom.yaml").read_text(encoding="utf-8")
    own = brand.replace("handle: northloom\n", "handle: lisadebruine\n")
    (tmp_path / "brands").mkdir()
    (tmp_path / "brands" / "northloom.yaml").write_text(own, encoding="utf-8")
    monkeypatch.setenv("AMSEL_BRANDS", str(tmp_path / "brands"))

    code, said = run(
        "x-analytics", shared_data / "twitter-analytics-export", account="lisadebruine"
    )
    assert (code, "2,327  posts are new" in said) == (0, True)
    assert set(Lake(home / "lake").read("posts")["account"]) == {"x:lisadebruine"}


def test_a_brand_or_account_that_no_brand_file_names_is_refused(home: Path, tmp_path: Path) -> None:
    path = table(tmp_path / "posts.csv", "5")
    stranger = CliRunner().invoke(
        app, ["posts", str(path), "--brand", "nosuch", "--account", "x:northloom"]
    )
    code, said = run("posts", path, account="x:other")

    assert "no brand file names the brand 'nosuch'; known: bergquell, northloom" in str(
        stranger.exception
    )
    assert (code, "northloom has no account 'x:other'; known: x:northloom" in said) == (1, True)
    assert Lake(home / "lake").read("posts").height == 0


def test_finished_tests_of_variants_come_in_once_and_belong_to_no_brand(
    home: Path, tmp_path: Path
) -> None:
    rows = ["test_id,variant_id,text,impressions,clicks", "1,a,Warm wool?,900,30"]
    path = tmp_path / "tests.csv"
    path.write_text("\n".join([*rows, "1,b,Wool is warm.,900,20", "2,a,alone,900,20"]) + "\n")
    said = [CliRunner().invoke(app, ["variants", str(path)]).output for _ in range(2)]
    assert [
        "1 tests with 2 variants, 2 of them new\n",
        "1 tests with 2 variants, 0 of them new\n",
    ] == said
    assert ["Warm wool?", "Wool is warm."] == sorted(
        Lake(home / "lake").read("variant_tests")["text"]
    )


@pytest.mark.usefixtures("home")
def test_posts_need_to_be_somebodys(tmp_path: Path) -> None:
    path = table(tmp_path / "posts.csv", "5")
    refused = CliRunner().invoke(app, ["posts", str(path)]).exception
    assert "say whose posts they are" in str(refused)
