"""The notebooks run from top to bottom on their own sample data, and keep no output."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
BOOKS = sorted(NOTEBOOKS.glob("*.ipynb"))
MINUTES = 4


def read(book: Path) -> nbformat.NotebookNode:
    return nbformat.read(book, as_version=4)


def test_there_is_a_notebook_for_each_thing_that_is_learnt() -> None:
    assert ["engagement", "policy", "timing", "variants", "week"] == [book.stem for book in BOOKS]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_a_notebook_keeps_no_output(book: Path) -> None:
    """Outputs belong to the run that made them: pictures and figures in a diff help nobody."""
    code = [cell for cell in read(book).cells if cell.cell_type == "code"]
    kept = [cell.id for cell in code if cell.outputs or cell.execution_count is not None]
    assert [] == kept


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_a_notebook_learns_by_the_code_that_serves(book: Path) -> None:
    code = "\n".join(cell.source for cell in read(book).cells if cell.cell_type == "code")
    assert "from ml." in code
    assert [] == [word for word in ("sklearn", "lightgbm", "def ", "class ") if word in code]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_runs_by_itself(book: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    ran = NotebookClient(
        read(book), timeout=60 * MINUTES, resources={"metadata": {"path": NOTEBOOKS}}
    ).execute()
    last = [cell for cell in ran.cells if cell.cell_type == "code"][-1]
    assert last.outputs
