"""`amsel up`: the Dagster UI on the demo's data, with the sandbox running beside it."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer


def up(
    home: Annotated[Path, typer.Option(help="Where the demo left its data.")] = Path("var/demo"),
    port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
    speed: Annotated[
        float, typer.Option(help="How fast the sandbox's clock runs; 60 is a day in 24 minutes.")
    ] = 60,
) -> None:
    """Open the Dagster UI, the sandbox and all schedules and sensors on this machine."""
    from cli.demo import alone_on, environment, sandbox_url
    from runtime.settings import CHECKOUT

    home = home.resolve()
    if not (home / "summary.json").exists():
        typer.echo("The demo has not run here yet; `make demo` first fills the graph with data.")
    with alone_on(home, what="a demo or `amsel up`"), sandbox_url(home, speed=speed) as url:
        command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml"]
        command += ["-h", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environment(home, url))  # noqa: S603
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        typer.echo(f"Dagster UI   http://127.0.0.1:{port}")
        typer.echo(f"Sandbox      {url}   its clock runs {speed:g} times as fast as ours")
        typer.echo("Stop with Ctrl-C.")
        try:
            process.wait()
        except KeyboardInterrupt:
            process.wait(timeout=30)
