"""The notebooks run from top to bottom on their own sample data, and keep no output."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
BOOKS = sorted(NOTEBOOKS.glob("*.ipynb"))
PLACE = {"metadata": {"path": NOTEBOOKS}}
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


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookClient]:
    """One kernel for all: the libraries of the notebooks take seconds to read."""
    folder = str(tmp_path_factory.mktemp("jupyter"))
    first = NotebookClient(nbformat.v4.new_notebook(), resources=PLACE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", folder)
        patch.setenv("JUPYTER_RUNTIME_DIR", folder)
        with first.setup_kernel():
            yield first


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_runs_by_itself(book: Path, kernel: NotebookClient) -> None:
    alone = read(book)
    alone.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))  # nothing of the one before
    client = NotebookClient(alone, timeout=60 * MINUTES, resources=PLACE, km=kernel.km)
    client.kc = kernel.kc
    ran = client.execute()
    last = [cell for cell in ran.cells if cell.cell_type == "code"][-1]
    assert last.outputs
