"""`amsel demo`: the whole loop against a local social network, without any key."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")


def demo(
    posts: Annotated[
        list[Path] | None,
        typer.Option(help="Your own X analytics export: files or a folder, instead of the past."),
    ] = None,
    home: Annotated[Path, typer.Option(help="Where everything is written.")] = Path("var/demo"),
    days: Annotated[int, typer.Option(min=1, max=14, help="Days on the sandbox's clock.")] = 3,
) -> None:
    """Set up a local social network, learn, plan, write, post, measure and answer for three days.

    A demo that was interrupted, even killed, goes on where it stopped; one that ended starts anew.
    """
    from cli.own_history import lay_own_history
    from runtime.locks import only_one
    from runtime.settings import CHECKOUT

    home = home.resolve()
    with only_one(home.parent / f".{home.name}", what="a demo"):
        if (home / "summary.json").exists():
            shutil.rmtree(home)
        if posts:
            lay_own_history(home, posts, brands=CHECKOUT / "brands")
        with sandbox_url(home) as url:
            command = [sys.executable, "-m", "orchestration.rehearsal", "--days", str(days)]
            done = subprocess.run(  # noqa: S603 - our own program, no shell
                command,
                cwd=CHECKOUT,
                env=environment(home, url) | {"AMSEL_CLOCK": "drive"},
                check=False,
            )
    raise typer.Exit(done.returncode)


@contextmanager
def sandbox_url(home: Path, *, speed: float = 0) -> Iterator[str]:
    """The address of this folder's sandbox: the one that runs, or one that runs for now."""
    from sandbox.process import running, start

    folder = home / "sandbox"
    if (url := running(folder)) is not None:
        yield url
        return
    with start(folder, speed=speed) as process:
        yield process.url


def environment(home: Path, url: str) -> dict[str, str]:
    """The environment of a process that works on this folder and against this sandbox."""
    from runtime.dagster_home import prepare_home
    from runtime.settings import CHECKOUT, Settings

    dagster_home = prepare_home(Settings(home=home))
    own = home / "brands"
    inherited: dict[str, Any] = {k: v for k, v in os.environ.items() if k not in KEYS}
    return inherited | {
        "AMSEL_HOME": str(home),
        "AMSEL_SANDBOX_URL": url,
        "AMSEL_BRANDS": str(own if own.exists() else CHECKOUT / "brands"),
        "DAGSTER_HOME": str(dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
    }
