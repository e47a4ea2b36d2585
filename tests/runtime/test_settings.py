"""`.env.example` names every variable the program reads, and `.env` is read."""

import re
from pathlib import Path

import pytest

from domain.errors import ConfigError
from runtime.accounts import secret_of
from runtime.dagster_home import DATABASE
from runtime.settings import CHECKOUT, Settings
from storage.brand_files import load_brands

EXAMPLE = (CHECKOUT / ".env.example").read_text()
ASSIGNMENT = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)


def variables_of_settings() -> dict[str, str]:
    return {
        str(field.validation_alias or f"AMSEL_{name.upper()}"): name
        for name, field in Settings.model_fields.items()
    }


def tokens() -> set[str]:
    brands = load_brands(CHECKOUT / "brands")
    return {a.token_env for brand in brands.values() for a in brand.accounts if a.token_env}


def test_the_example_names_every_variable_the_program_reads():
    named = [name for name, _ in ASSIGNMENT.findall(EXAMPLE)]

    assert sorted({*variables_of_settings(), *tokens(), DATABASE}) == sorted(named)


def test_each_variable_of_the_example_stands_below_a_sentence_about_it():
    blocks = [block.splitlines() for block in EXAMPLE.strip().split("\n\n")]

    assert [] == [lines for lines in blocks if not lines[0].startswith("# ")]


def test_every_line_of_the_example_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AMSEL_HOME")
    env = tmp_path / "example"
    env.write_text(ASSIGNMENT.sub(r"\1=\2", EXAMPLE.replace("PRICE=\n", "PRICE=null\n")))

    settings = Settings(_env_file=env)

    assert Path("var") == settings.home
    assert (0, 0) == settings.anthropic_price
    assert settings.ledger_url.startswith("postgresql+psycopg://")


def test_a_token_is_read_from_the_variable_the_brand_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    account = load_brands(CHECKOUT / "brands")["bergquell"].accounts[0]
    assert account.token_env
    with pytest.raises(ConfigError, match=account.token_env):
        secret_of(account, Settings())

    (tmp_path / ".env").write_text(f"{account.token_env}=from-the-file\n")
    assert "from-the-file" == secret_of(account, Settings())

    monkeypatch.setenv(account.token_env, "from-the-shell")
    assert "from-the-shell" == secret_of(account, Settings())
