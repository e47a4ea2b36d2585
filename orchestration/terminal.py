"""What a person at the terminal sees of a long piece of work; all the rest goes to its log."""

import os
import sys
from pathlib import Path
from types import TracebackType

from rich.console import Console

from domain.errors import AmselError

LONGEST = 400


def take_terminal(log: Path) -> Console:
    """Keep the terminal for progress, and send everything else that is printed to `log`.

    The file descriptors themselves are moved, so that what child processes and libraries print
    goes there too. An uncaught error leaves its traceback in the log and one line here.

    Raises:
        OSError: the log cannot be written.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    terminal = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(descriptor)
    console = Console(file=terminal, highlight=False, soft_wrap=True)

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        console.print(f"error: {in_a_line(error)}", style="red", markup=False)

    sys.excepthook = tell
    return console


def in_a_line(error: BaseException) -> str:
    """The product's own error beneath, if there is one, or the kind and the last words."""
    found: BaseException | None = error
    seen: set[int] = set()
    # Dagster raises an asset's error out of its own, which came from it: a chain without an end
    while found is not None and id(found) not in seen:
        if isinstance(found, AmselError):
            return " ".join(str(found).split())[:LONGEST]
        seen.add(id(found))
        found = found.__cause__ or found.__context__
    # dbt and Dagster tell the cause last
    words = str(error).strip().splitlines() or ["no more is known"]
    return f"{type(error).__name__}: {words[-1].strip()}"[:LONGEST]
