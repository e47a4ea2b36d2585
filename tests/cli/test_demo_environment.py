"""The demo and `amsel up` meet nothing real, whatever the shell and `.env` say."""

from pathlib import Path

import pytest

from cli.demo import environment
from content.media.makers.base import Makers
from content.providers.composer import Composer
from runtime.build import make_makers, make_writers
from runtime.settings import Settings

REAL = {
    "OPENAI_API_KEY": "sk-real",
    "ANTHROPIC_API_KEY": "sk-ant-real",
    "AMSEL_OPENAI_KEY": "real",
    "AMSEL_ANTHROPIC_KEY": "real",
    "AMSEL_OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "AMSEL_ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
    "AMSEL_LEDGER_URL": "postgresql+psycopg://real@127.0.0.1:9/amsel",
    "AMSEL_MEDIA_URL": "https://media.example.org",
    "AMSEL_PICTURE_MAKER": "openai/gpt-image-1",
    "AMSEL_CLIP_MAKER": "runway/veo3.1_fast",
    "RUNWAYML_API_SECRET": "real",
}
URL = "http://127.0.0.1:8400"


@pytest.fixture(params=["shell", ".env"])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """What a process of the demo reads."""
    lines = tmp_path / ".env"
    lines.write_text("")
    if request.param == "shell":
        for name, value in REAL.items():
            monkeypatch.setenv(name, value)
    else:
        lines.write_text("".join(f"{name}={value}\n" for name, value in REAL.items()))
    for name, value in environment(tmp_path / "demo", URL).items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=lines)


def test_its_ledger_lies_in_its_folder(settings: Settings, tmp_path: Path) -> None:
    assert f"sqlite:///{tmp_path / 'demo' / 'ledger.db'}" == settings.ledger


def test_no_writer_but_the_composer_is_asked(settings: Settings) -> None:
    assert [Composer] == [type(writer) for writer in make_writers(settings)]


def test_no_model_paints_or_films(settings: Settings) -> None:
    assert Makers() == make_makers(settings)


def test_pictures_are_fetched_from_the_sandbox(settings: Settings) -> None:
    assert f"{URL}/_sandbox/media" == settings.media_address
