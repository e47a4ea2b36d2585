"""Prompts: versioned text files. A change of wording is a new file with the next number."""

from importlib.resources import files
from string import Template

from domain.errors import ConfigError


def load(version: str) -> Template:
    """The prompt of that version, such as `post_v1`; raises ConfigError where there is none."""
    file = files(__name__) / f"{version}.txt"
    if not file.is_file():
        raise ConfigError(f"there is no prompt {version!r}; the versions are files in this folder")
    return Template(file.read_text(encoding="utf-8"))
