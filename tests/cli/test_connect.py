"""`amsel connect` and `amsel keys`: from a brand file to tokens that are sealed and used."""

import json
import sqlite3
from pathlib import Path

import pytest

from sandbox import process
from storage.secrets import encoded, new_key
from tests.cli.conftest import write_brand

PASSWORD = "sandbox-bluesky-bergquell.test"


@pytest.fixture
def world(brands: Path, home: Path, tmp_path: Path):
    """A sandbox, and a brand with the account that its audience follows on Bluesky."""
    assert not home.exists()
    path = write_brand(brands)
    theirs = "platform: bluesky, handle: bergquell.test"
    path.write_text(path.read_text().replace("platform: x, handle: acme", theirs))
    with process.start(tmp_path / "sandbox") as sandbox:
        yield {"AMSEL_SANDBOX_URL": sandbox.url}


def connect(amsel, world, password: str = PASSWORD, **more: str):
    return amsel("connect", "bluesky", "--brand", "acme", typed=f"{password}\n", **world, **more)


def sealed_by(home: Path) -> list[int]:
    with sqlite3.connect(home / "ledger.db") as db:
        found = [row[0] for row in db.execute("select key_version from tokens")]
    db.close()
    return found


def test_an_app_password_is_asked_for_and_the_account_is_connected(amsel, world, home: Path):
    done = connect(amsel, world)
    assert (0, True) == (done.returncode, "bluesky:bergquell.test is connected" in done.stdout)
    assert PASSWORD not in done.stdout + done.stderr
    rows = json.loads(amsel("doctor", "--json", **world).stdout)
    (token,) = [row for row in rows if row["about"] == "token"]
    assert ("ok", True) == (token["health"], "connected, until" in token["text"])
    assert 0o600 == (home / "secret.keys").stat().st_mode & 0o777


def test_a_wrong_password_keeps_nothing(amsel, world, home: Path):
    done = connect(amsel, world, "wrong-password")
    assert (1, True) == (done.returncode, done.stderr.startswith("error: bluesky:"))
    assert [] == sealed_by(home)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("bluesky", "--brand", "nobody"), "there is no brand 'nobody'; name one of acme"),
        (("x", "--brand", "acme"), "has no such account on x (there: none)"),
        (("bluesky", "--brand", "acme", "--account", "you"), "(there: bergquell.test)"),
    ],
)
def test_who_is_meant_must_be_clear(amsel, world, arguments, said: str):
    done = amsel("connect", *arguments, **world)
    assert (1, True) == (done.returncode, said in done.stderr)


@pytest.mark.usefixtures("brands")
def test_without_an_app_the_way_to_one_is_told_step_by_step(amsel):
    done = amsel("connect", "x", "--brand", "acme", "--redirect-uri", "http://127.0.0.1:0/back")
    assert 1 == done.returncode
    assert "you need an app at x:\n1. At developer.x.com" in done.stderr
    assert "AMSEL_X_CLIENT_ID" in done.stderr


def test_the_key_of_the_file_is_changed_and_the_one_before_stays(amsel, world, home: Path):
    connect(amsel, world)
    before = (home / "secret.keys").read_text().strip()
    done = amsel("keys", "rotate", **world)
    assert (0, True) == (done.returncode, "1 accounts sealed again; key 2" in done.stdout)
    assert ([2], True) == (
        sealed_by(home),
        (home / "secret.keys").read_text().strip().endswith(before),
    )
    amsel("keys", "rotate", **world)
    numbers = [one.partition(":")[0] for one in (home / "secret.keys").read_text().split(",")]
    assert ["3", "2"] == numbers
    rows = json.loads(amsel("doctor", "--json", **world).stdout)
    assert ["ok"] == [row["health"] for row in rows if row["about"] == "token"]


def test_keys_of_the_environment_are_changed_with_both_valid(amsel, world, home: Path):
    old, new = f"1:{encoded(new_key())}", f"2:{encoded(new_key())}"
    connect(amsel, world, AMSEL_SECRET_KEYS=old)
    alone = amsel("keys", "rotate", **world, AMSEL_SECRET_KEYS=old)
    assert (1, True) == (alone.returncode, "holds one key only" in alone.stderr)
    both = amsel("keys", "rotate", **world, AMSEL_SECRET_KEYS=f"{new},{old}")
    assert (0, True) == (both.returncode, "take them out of AMSEL_SECRET_KEYS" in both.stdout)
    assert [2] == sealed_by(home)
    rows = json.loads(amsel("doctor", "--json", **world, AMSEL_SECRET_KEYS=new).stdout)
    assert ["ok"] == [row["health"] for row in rows if row["about"] == "token"]
    rows = json.loads(amsel("doctor", "--json", **world, AMSEL_SECRET_KEYS=old).stdout)
    (token,) = [row for row in rows if row["about"] == "token"]
    assert ("bad", True) == (token["health"], "sealed with key 2" in token["text"])
    assert not (home / "secret.keys").exists()


def test_a_new_key_is_printed_under_the_next_number(amsel):
    given = f"4:{encoded(new_key())}"
    assert amsel("keys", "new", AMSEL_SECRET_KEYS=given).stdout.startswith("5:")
    assert amsel("keys", "new").stdout.startswith("1:")


def test_a_key_file_that_is_gone_is_named_and_none_is_made_by_looking(amsel, world, home: Path):
    connect(amsel, world)
    (home / "secret.keys").unlink()
    rows = json.loads(amsel("doctor", "--json", **world).stdout)
    (token,) = [row for row in rows if row["about"] == "token"]
    assert ("bad", True) == (token["health"], "restore it from a backup" in token["text"])
    assert not (home / "secret.keys").exists()
