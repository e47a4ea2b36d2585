"""`amsel up`: the Dagster UI on the demo's data, with the sandbox running beside it."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from domain.errors import ConfigError, StoreError


def up(
    home: Annotated[Path, typer.Option(help="Where the demo left its data.")] = Path("var/demo"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Dagster UI.")] = 3000,
    speed: Annotated[
        float, typer.Option(help="How fast the sandbox's clock runs; 60 is a day in 24 minutes.")
    ] = 60,
) -> None:
    """Open the Dagster UI, the sandbox and all schedules and sensors on this machine."""
    from cli.demo import alone_on, environment, sandbox_url
    from runtime.settings import CHECKOUT

    home = home.resolve()
    _refuse_taken(port)
    if not (home / "summary.json").exists():
        typer.echo("The demo has not run here yet; `make demo` first fills the graph with data.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        alone_on(home, what="a demo or `amsel up`") as lock,
        sandbox_url(home, speed=speed) as url,
        _log(home) as said,
        # its servers end with it, however it ends: they are its process group
        subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", "orchestration.ui", "--port", str(port)],
            cwd=CHECKOUT,
            env=environment(home, url),
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            process_group=0,
            pass_fds=(lock,),
        ) as process,
    ):
        typer.echo(f"Sandbox      {url}   its clock runs {speed:g} times as fast as ours")
        typer.echo(f"Log          {said.name}")
        typer.echo("Dagster starts, which takes half a minute …")
        try:
            if _opened(port, process):
                typer.echo(f"Dagster UI   http://127.0.0.1:{port}   stop with Ctrl-C")
            code = process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            return
    raise StoreError(f"Dagster ended by itself (exit code {code}); the end of {said.name} says why")


def _log(home: Path) -> BinaryIO:
    path = home / "logs" / "up.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


def _opened(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the UI can be asked; False where its process ended before."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return True
    return False


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            raise ConfigError(
                f"port {port} cannot be used ({exc.strerror}); stop what uses it, or name another "
                "with --port"
            ) from exc
