"""`amsel up`: the Dagster UI on the demo's data, with the sandbox running beside it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

SPEED = 60.0


def up(
    home: Annotated[Path, typer.Option(help="Where the demo left its data.")] = Path("var/demo"),
    port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
    speed: Annotated[
        float, typer.Option(help="How fast the sandbox's clock runs; 60 is a day in 24 minutes.")
    ] = SPEED,
) -> None:
    """Open the Dagster UI, the sandbox and all schedules and sensors on this machine."""
    from sandbox.process import dagster_home

    from cli.demo import start_sandbox
    from runtime.settings import CHECKOUT

    home = home.resolve()
    with start_sandbox(home, speed=speed) as sandbox:
        environment = os.environ | {
            "AMSEL_HOME": str(home),
            "AMSEL_SANDBOX_URL": sandbox.url,
            "DAGSTER_HOME": str(dagster_home(home)),
        }
        typer.echo(f"Dagster UI   http://127.0.0.1:{port}")
        typer.echo(f"Sandbox      {sandbox.url}  (its clock runs {speed:g} times as fast as ours)")
        typer.echo("Stop with Ctrl-C.")
        command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(
            [*command, "-w", "workspace.yaml"], cwd=CHECKOUT, env=environment
        )
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            process.wait()
        except KeyboardInterrupt:
            process.wait(timeout=30)
