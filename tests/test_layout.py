"""The house rules that a linter does not know: sizes, first lines, and what no file may name."""

import ast
import re
import subprocess
from pathlib import Path

from tests.workers import LONG

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400

# written so that no pattern matches itself
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.org|registry\.yarnpkg\.com|proxy\.golang\.org"
    r"|--(extra-)?index[-]url|--find[-]links"
)
PLACES = re.compile(r"(?<![\w.\-/}$~])/(work|farm|root|Users|home/\w+|opt/(pypi|wheels))[/]")
LINK = re.compile(r"\w[:]//|^-", re.MULTILINE)


def test_no_source_file_is_longer_than_a_reader_can_hold() -> None:
    sources = [path for path in _files() if path.suffix in {".py", ".sql"}]
    lengths = {_name(path): len(_text(path).splitlines()) for path in sources}
    assert {} == {name: length for name, length in lengths.items() if length > LONGEST}


def test_every_python_file_says_first_what_it_is() -> None:
    modules = [path for path in _files() if path.suffix == ".py"]
    silent = [_name(path) for path in modules if not ast.get_docstring(ast.parse(_text(path)))]
    assert [] == silent


def test_what_is_shared_out_first_is_there() -> None:
    assert [] == [name for name in LONG if not (ROOT / name).exists()]


def test_the_dbt_project_never_hides_the_dbt_package() -> None:
    """As a package, the folder would be imported in the place of dbt itself."""
    assert [] == list((ROOT / "dbt").rglob("__init__.py"))


def test_no_file_names_a_package_registry() -> None:
    assert [] == _mentions(REGISTRIES)


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert [] == _mentions(PLACES)


def test_the_lock_names_no_host_and_no_option() -> None:
    """Where packages come from is the business of the machine that installs them."""
    assert [] == LINK.findall(_text(ROOT / "requirements.lock"))


def test_the_lock_pins_every_package_with_hashes() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", _text(ROOT / "requirements.lock"), flags=re.IGNORECASE)
    packages = [entry for entry in entries if not entry.startswith("#")]
    loose = [entry for entry in packages if "==" not in entry or "--hash=sha256:" not in entry]
    assert (True, []) == (len(packages) > 100, loose)


def _mentions(pattern: re.Pattern[str]) -> list[str]:
    """Where tracked text matches, as `file:line: match`."""
    return [
        f"{_name(path)}:{number}: {found.group()}"
        for path in _files()
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if (found := pattern.search(line))
    ]


def _files() -> list[Path]:
    """Every file that is or would be part of the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = {ROOT / name for name in listing.split("\0") if name}
    return sorted(path for path in paths if path.is_file())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
