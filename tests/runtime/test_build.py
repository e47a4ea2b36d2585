"""Settings become ready parts: the right ledger, clock, address, token and writers."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from content.providers.anthropic_writer import AnthropicWriter
from content.providers.openai_writer import OpenAIWriter
from domain.brand import Account
from domain.errors import ConfigError, PolicyError
from domain.platforms import Platform
from runtime.accounts import placed, secret_of
from runtime.build import (
    make_writers,
    open_blobs,
    open_ledger,
    open_networks,
    read_brands,
    sync_brands,
)
from runtime.settings import Settings
from sandbox import process
from storage.ledger import brands
from tests.sounds import tone

ACME = Account(platform=Platform.X, handle="acme", time_zone="Europe/Berlin")


def test_the_ledger_is_opened_with_its_tables_and_only_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    ledger = open_ledger(settings)
    assert ledger is open_ledger(Settings(home=tmp_path))
    with ledger.reading() as connection:
        assert [] == brands.all(connection)
        assert abs(datetime.now(UTC) - ledger.now(connection)) < timedelta(minutes=1)


def test_with_a_sandbox_the_ledger_lives_on_its_clock(tmp_path: Path) -> None:
    with process.start(tmp_path / "sandbox") as sandbox:
        ledger = open_ledger(Settings(home=tmp_path, sandbox_url=sandbox.url))
        told = httpx.get(f"{sandbox.url}/_sandbox/clock").json()["now"]
        with ledger.reading() as connection:
            assert datetime.fromisoformat(told) == ledger.now(connection)
    ledger.clock.close()


def test_the_brand_files_are_recorded_as_they_are_served(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    ledger = open_ledger(settings)
    files = sync_brands(settings, ledger)
    with ledger.reading() as connection:
        assert ["bergquell", "northloom"] == [brand.name for brand in brands.all(connection)]
        assert files["northloom"] == brands.load(connection, "northloom")


def test_the_music_of_a_brand_is_in_the_store_once_its_file_was_read(tmp_path: Path) -> None:
    folder = tmp_path / "brands"
    shutil.copytree(Settings().brands, folder)
    path = folder / "northloom.yaml"
    path.write_text(path.read_text().replace("\nlook:\n", "\nlook:\n  music: theme.wav\n"))
    settings = Settings(home=tmp_path / "home", brands=folder)
    with pytest.raises(ConfigError, match=r"look\.music: .*theme\.wav cannot be read"):
        read_brands(settings)

    for seconds in (2, 3):  # a file that was exchanged is another music
        content = tone(seconds)
        (folder / "theme.wav").write_bytes(content)
        look = read_brands(settings)["northloom"].look
        assert look is not None
        assert content == open_blobs(settings).read(str(look.music_sha256))


def test_a_sandbox_stands_in_for_accounts_without_an_address() -> None:
    settings = Settings(sandbox_url="http://127.0.0.1:9/")
    own = ACME.model_copy(update={"base_url": "http://127.0.0.1:8"})
    assert "http://127.0.0.1:9/x" == placed(ACME, settings).base_url
    assert "http://127.0.0.1:8" == placed(own, settings).base_url
    assert "sandbox-x-acme" == secret_of(ACME, settings)
    assert ACME == placed(ACME, Settings())


def test_a_token_comes_from_the_variable_that_the_brand_file_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = ACME.model_copy(update={"token_env": "ACME_X_TOKEN"})
    with pytest.raises(ConfigError, match="names no token_env"):
        secret_of(ACME, Settings())
    with pytest.raises(ConfigError, match=r"\$ACME_X_TOKEN is not set"):
        secret_of(named, Settings())
    monkeypatch.setenv("ACME_X_TOKEN", "planted")
    assert "planted" == secret_of(named, Settings())


def test_an_account_without_a_token_is_left_out_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("BERGQUELL_X_TOKEN", "planted")

    assert ["x:bergquell"] == [*open_networks(Settings(home=tmp_path, sending="on"))]
    assert "$NORTHLOOM_X_TOKEN is not set" in caplog.text
    assert "planted" not in caplog.text


def test_no_real_platform_is_spoken_to_while_sending_is_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("BERGQUELL_X_TOKEN", "BERGQUELL_BLUESKY_PASSWORD"):
        monkeypatch.setenv(name, "planted")
    with pytest.raises(PolicyError, match="is off; set AMSEL_SENDING=on"):
        open_networks(Settings())


def test_writers_with_a_key_come_first_and_the_composer_last() -> None:
    assert ["composer"] == [writer.name for writer in make_writers(Settings())]
    local = Settings(openai_base_url="http://127.0.0.1:9/v1", openai_price=(0, 0))
    assert 2 == len(make_writers(local))
    assert "composer" == make_writers(local)[-1].name


LOCAL = {"openai_base_url": "https://models.example.org/v1", "openai_price": (0, 0)}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, "sk-own"),
        (LOCAL, "none"),
        (LOCAL | {"openai_key": "theirs"}, "theirs"),
        (LOCAL | {"openai_base_url": "https://openai.com.example.org/v1"}, "none"),
        (LOCAL | {"openai_base_url": "https://eu.api.openai.com/v1"}, "sk-own"),
    ],
)
def test_the_key_of_openai_is_sent_to_openai_alone(
    given: dict[str, Any], sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own")
    writer = make_writers(Settings(**given))[0]
    assert isinstance(writer, OpenAIWriter)
    assert sent == writer.api_key


def test_the_key_of_anthropic_is_sent_to_anthropic_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-own")
    for url, sent in (("", "sk-ant-own"), ("https://models.example.org", "none")):
        writer = make_writers(Settings(anthropic_base_url=url))[0]
        assert isinstance(writer, AnthropicWriter)
        assert sent == writer.api_key


def test_a_wrong_setting_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMSEL_CLOCK", "fast")
    wanted = r"AMSEL_CLOCK: input should be 'follow', 'drive' or 'alone'"
    with pytest.raises(ConfigError, match=wanted):
        Settings()
