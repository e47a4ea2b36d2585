"""What goes wrong outside ends in one clear error, exit code 1, and stores as they were."""

import json
import os
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.brand_files import load_brand
from storage.lake import Lake
from storage.ledger import brands as ledger_brands
from storage.ledger import deliveries, posts, stops
from storage.ledger.database import Ledger
from tests.cli.conftest import PROGRAM, state_of, write_brand
from tests.sandboxes import begun

HEADER = "platform,account,post_id,published_at,text,media_type,likes,comments,shares"
ACCOUNT = ("--brand", "northloom", "--account", "x:northloom")
MANY = 60
"""Posts whose rows need more room than there is on a full disk."""
SOON = datetime.now(UTC) + timedelta(hours=2)


def table(path: Path, *, first: int, rows: int = 3, platform: str = "x") -> Path:
    at = "2026-01-01T09:00:00Z"
    lines = [
        f"{platform},x:northloom,{first + n},{at},Käse und Seife {first + n},text,1,0,0"
        for n in range(rows)
    ]
    path.write_text("\n".join((HEADER, *lines, "")), encoding="utf-8")
    return path


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What an expected error said; fails where it was a crash."""
    assert 1 == done.returncode
    assert "Traceback" not in done.stderr
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture
def filled(amsel, home: Path, tmp_path: Path) -> Path:
    """A home whose lake holds an import."""
    assert 0 == amsel("import", "posts", table(tmp_path / "a.csv", first=1), *ACCOUNT).returncode
    return home


@pytest.fixture
def ledger(home: Path, brands: Path):
    made = Ledger(f"sqlite:///{home / 'ledger.db'}")
    made.upgrade()
    brand = load_brand(brands / "acme.yaml")
    with made.transaction() as connection:
        ledger_brands.save(connection, brand, now=SOON)
    yield made
    made.close()


def test_files_that_cannot_be_imported_say_why_and_leave_the_lake_alone(
    amsel, filled: Path, tmp_path: Path
) -> None:
    good = table(tmp_path / "b.csv", first=10).read_bytes()
    before = state_of(filled)
    contents = {
        "none.csv": (None, "none.csv does not exist; check the path"),
        "empty.csv": (b"", "is empty; export it again"),
        "semicolons.csv": (good.replace(b",", b";"), "separated by semicolons"),
        "latin.csv": (good.decode().encode("latin-1"), "is not UTF-8"),
        "utf16.csv": (good.decode().encode("utf-16"), "UTF-16"),
        "cut.csv": (
            good[: good.rindex(b"Seife")] + b'"',
            "breaks off in the middle of line 4; export it again",
        ),
    }
    for name, (content, said) in contents.items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        assert said in refused(amsel("import", "posts", tmp_path / "b.csv", path, *ACCOUNT)), name
        assert before == state_of(filled), name


def test_rows_of_an_unknown_platform_are_set_aside_by_line(
    amsel, filled: Path, tmp_path: Path
) -> None:
    before = state_of(filled / "lake" / "posts")
    strange = table(tmp_path / "s.csv", first=20, platform="myspace")
    assert "s.csv, line 2, platform" in refused(amsel("import", "posts", strange, *ACCOUNT))
    assert before == state_of(filled / "lake" / "posts")
    assert 3 == Lake(filled / "lake").read("quarantine").height


def test_a_full_disk_ends_an_import_and_the_same_again_completes_it(
    amsel, filled: Path, tmp_path: Path
) -> None:
    before = state_of(filled)
    large = table(tmp_path / "large.csv", first=100, rows=3000)
    said = refused(amsel("import", "posts", large, *ACCOUNT, room=6_000))
    assert "free disk space or mend the folder's permissions, then run the same again" in said
    assert before == state_of(filled)
    assert 0 == amsel("import", "posts", large, *ACCOUNT).returncode
    assert 3003 == Lake(filled / "lake").read("posts").height


def test_a_full_disk_leaves_the_ledger_as_it_was(
    amsel, home: Path, ledger: Ledger, tmp_path: Path
) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(json.dumps(line(f"k{n}")) for n in range(MANY)), encoding="utf-8")
    ledger.close()
    full = (home / "ledger.db").stat().st_size + 20_000
    done = amsel("post", file, "--brand", "acme", "--approve", room=full)
    assert f"the ledger sqlite:///{home}/ledger.db refused" in refused(done)
    assert ([], ()) == contents_of(ledger)
    assert 0 == amsel("post", file, "--brand", "acme", "--approve").returncode
    assert MANY == len(contents_of(ledger)[1])


def test_a_home_that_cannot_be_written_is_named(amsel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    place = {"AMSEL_HOME": str(tmp_path / "file" / "home")}
    for verb in ("status", "deliveries", "inbox", "resume"):
        assert "set AMSEL_HOME to a folder that can be written" in refused(amsel(verb, **place))
    good = table(tmp_path / "a.csv", first=1)
    said = refused(amsel("import", "posts", good, *ACCOUNT, **place))
    assert str(tmp_path / "file") in said
    assert "not a folder" == (tmp_path / "file").read_text()


def test_a_misspelt_brand_stops_nothing_and_says_so(amsel, ledger: Ledger) -> None:
    said = refused(amsel("stop", "--brand", "amce", "--reason", "recall"))
    assert "the ledger knows no brand 'amce'" in said
    with ledger.reading() as connection:
        assert [] == stops.active_all(connection)


def test_a_broken_brand_file_keeps_posts_in_but_never_an_emergency_stop(
    amsel, ledger: Ledger, brands: Path, tmp_path: Path
) -> None:
    path = brands / "acme.yaml"
    path.write_text(path.read_text() + "colour: red\n")
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps(line("k1")))
    said = refused(amsel("post", file, "--brand", "acme"))
    assert f"{path}:{len(path.read_text().splitlines())}: colour: unknown key" in said
    assert ([], ()) == contents_of(ledger)

    assert 0 == amsel("stop", "--brand", "acme", "--reason", "recall").returncode
    with ledger.reading() as connection:
        assert "recall" == stops.active(connection, "acme").reason


def test_while_a_platform_is_away_deliveries_wait_and_the_doctor_names_it(
    amsel, ledger: Ledger, brands: Path, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    write_brand(brands, base_url=f"http://127.0.0.1:{port}")
    token = {"ACME_X_TOKEN": "planted-secret"}
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps(line("k1", at=datetime.now(UTC))))
    assert 0 == amsel("post", file, "--brand", "acme", "--approve").returncode

    said = tmp_path / "said"
    worker = begun(PROGRAM, ["worker"], os.environ | token, said)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and contents_of(ledger)[1][0].state != "waiting":
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.join(60)

    (delivery,) = contents_of(ledger)[1]
    assert (0, "0 sent\n") == (worker.exitcode, said.read_text())
    assert ("waiting", True) == (delivery.state, "cannot be reached" in str(delivery.reason))
    assert delivery.next_at is not None
    doctor = refused(amsel("doctor", **token))
    assert "x:acme" in doctor
    assert "cannot be reached" in doctor
    assert "planted-secret" not in doctor


def line(key: str, *, at: datetime = SOON) -> dict[str, str]:
    return {
        "key": key,
        "platform": "x",
        "account": "x:acme",
        "text": f"Our soap {key} is made of olive oil.",
        "at": at.isoformat(),
    }


def contents_of(ledger: Ledger):
    with ledger.reading() as connection:
        return posts.find(connection), deliveries.list(connection)


@pytest.mark.parametrize("command", [("up", "--port", "39217"), ("demo",)])
def test_a_file_in_the_place_of_the_folder_is_named(amsel, tmp_path: Path, command) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")

    said = refused(amsel(*command, "--home", file))

    assert f"{file} is a file; name a folder" in said
