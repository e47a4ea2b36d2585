"""The writer that docs/writers.md shows, installed as it stands there, asked by the router."""

import re
import sys
from pathlib import Path

import pytest

from content.providers.composer import Composer
from content.providers.plugins import plugged_writers
from content.router import Router
from domain.errors import ConfigError
from runtime.build import make_writers
from runtime.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "writers.md").read_text("utf-8")


def install(folder, source, target="amsel_house:make_writer"):
    """A package in a folder, as an installer leaves it."""
    (folder / "amsel_house.py").write_text(source, "utf-8")
    about = folder / "amsel_house-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: amsel-house\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[amsel.writers]\nhouse = {target}\n")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """`installed(source)` installs a package with one writer for the length of a test."""
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda *told: install(tmp_path, *told)
    sys.modules.pop("amsel_house", None)


def shown():
    return re.findall(r"```python\n(from domain.writing.*?)```", PAGE, re.DOTALL)[0]


def test_the_page_s_writer_is_asked_before_the_composer(installed, purse, spring, briefs):
    installed(shown())
    writers = make_writers(Settings())
    (brief,) = briefs(spring, 1)
    written = Router(writers, purse).write(brief, brand=spring, seed=1)

    assert ["house", "composer"] == [writer.name for writer in writers]
    assert "house" == written.writer
    assert [] == [booked for booked in purse.bookings if booked[1]]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('no licence')", "cannot be loaded: no licence"),
        ("make_writer = object", "is no writer: no name"),
        (
            "class make_writer:\n name = write = ''\n def estimate_cents(self, brief): ...",
            r"estimate_cents\(brief, \*, brand\) is asked for",
        ),
    ],
)
def test_a_broken_package_is_named_with_the_remedy(installed, source, said):
    installed(source)

    with pytest.raises(ConfigError, match=f"{said}.*mend or uninstall that package"):
        plugged_writers()


def test_without_packages_nothing_is_added():
    assert [Composer().name] == [writer.name for writer in make_writers(Settings())]
