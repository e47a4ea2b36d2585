"""`amsel demo`: the whole loop against a local social network, without any key."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from domain.errors import ConfigError, StoreError

REAL = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "AMSEL_OPENAI_KEY",
    "AMSEL_ANTHROPIC_KEY",
    "AMSEL_OPENAI_BASE_URL",
    "AMSEL_ANTHROPIC_BASE_URL",
    "AMSEL_LEDGER_URL",
    "AMSEL_MEDIA_URL",
    "AMSEL_MEDIA_STORE",
    "AMSEL_PICTURE_MAKER",
    "AMSEL_CLIP_MAKER",
)
"""What leads to real writers, to the real ledger and to real addresses."""
ENDED = "ended"
"""The last file that a demo writes, when its table was shown and all its parts have ended."""
PATIENCE = 3.0


def demo(
    posts: Annotated[
        list[Path] | None,
        typer.Option(help="Your own X analytics export: files or a folder, instead of the past."),
    ] = None,
    home: Annotated[Path, typer.Option(help="Where everything is written.")] = Path("var/demo"),
    days: Annotated[int, typer.Option(min=1, max=14, help="Days on the sandbox's clock.")] = 3,
    local: Annotated[
        bool, typer.Option("--local", help="Write with the model of `make local`; takes longer.")
    ] = False,
) -> None:
    """Set up a local social network, learn, plan, write, post, measure and answer for three days.

    On the last morning the rest of the week is planned and written, too; it is shown, not sent.
    A demo that was interrupted, even killed, goes on where it stopped; one that ended starts anew.
    """
    from cli.own_history import lay_own_history, refuse_broken
    from runtime.settings import CHECKOUT

    home = home.resolve()
    with _refusals_named(home), alone_on(home, what="a demo or `amsel up`") as lock:
        if (home / ENDED).exists():
            _clear(home)
        if posts and (home / "rehearsal.json").exists():
            _check_own_history(home)
        elif posts:
            refuse_broken(posts)
            lay_own_history(home, posts, brands=CHECKOUT / "brands")
        code = _rehearse(home, days=days, lock=lock, local=local)
        if code == 0:
            (home / ENDED).touch()
    raise typer.Exit(code)


def _rehearse(home: Path, *, days: int, lock: int, local: bool) -> int:
    """Play the days in a process of its own that ends with this one; its exit code.

    It leads a process group, so that dbt ends with it as well, and it holds the folder's lock
    with us: the next demo starts when nothing of this one is left.
    """
    from runtime.settings import CHECKOUT
    from sandbox.process import start

    log = home / "logs" / "demo.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "orchestration", "--days", str(days)]
    with (
        start(home / "sandbox") as sandbox,
        _writer(home, local=local) as writer,
        log.open("ab") as said,
        subprocess.Popen(  # noqa: S603 - our own program, no shell
            [*command, "--log", str(log)],
            cwd=CHECKOUT,
            env=environment(home, sandbox.url) | writer | {"AMSEL_CLOCK": "alone"},
            stdin=subprocess.PIPE,
            stderr=said,
            process_group=0,
            pass_fds=(lock,),
        ) as process,
    ):
        try:
            code = process.wait()
        except KeyboardInterrupt:
            typer.echo("Stopped. The same command goes on where it stopped.", err=True)
            return 130
    if code:
        how = f"it was ended by signal {-code}; " if code < 0 else ""
        typer.secho(
            f"The demo failed: {how}its log is {log}. The same command goes on where it stopped.",
            fg="red",
            err=True,
        )
    return min(abs(code), 1)


@contextmanager
def _writer(home: Path, *, local: bool) -> Iterator[dict[str, str]]:
    """What is set for the writer: nothing, or where a local model answers meanwhile."""
    from content.providers.local_model import running, settings_for

    if not local:
        yield {}
        return
    with running(home / "logs" / "model.log") as url:
        yield settings_for(url)


def _clear(home: Path) -> None:
    """Delete what a demo that ended left; its mark goes last, so that a kill leaves no half."""
    for path in home.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != ENDED:
            path.unlink()
    (home / ENDED).unlink()


def _check_own_history(home: Path) -> None:
    from cli.own_history import own_brands

    if own_brands(home) is None:
        raise ConfigError(
            f"the demo in {home} that was interrupted plays an invented past; finish it with "
            "`make demo`, or name another folder with --home"
        )


@contextmanager
def _refusals_named(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StoreError(
            f"cannot write {exc.filename or home}: {exc.strerror}; free space or mend the "
            "folder's rights, then type the same again"
        ) from exc


@contextmanager
def alone_on(home: Path, *, what: str) -> Iterator[int]:
    """Hold the folder against every other demo.

    Raises:
        ConfigError: it is a file.
        StoreError: another one runs there.
    """
    from runtime.locks import only_one

    if home.exists() and not home.is_dir():
        raise ConfigError(f"{home} is a file; name a folder, or one that is not there yet")
    # the parts of a demo that was killed this moment are gone within the patience
    with only_one(home.parent / f".{home.name}", what=what, patience=PATIENCE) as lock:
        yield lock


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
    """The environment of a process that works on this folder and against this sandbox.

    Nothing real is met there, whatever the shell or `.env` says: a post of the real ledger would be
    called sent when only the sandbox has it.
    """
    from cli.own_history import own_brands
    from runtime.dagster_home import prepare_home
    from runtime.settings import CHECKOUT, Settings

    dagster_home = prepare_home(Settings(home=home))
    # an empty variable outdoes the line in `.env`, an absent one does not
    return {
        **os.environ,
        **dict.fromkeys(REAL, ""),
        "AMSEL_HOME": str(home),
        "AMSEL_SANDBOX_URL": url,
        "AMSEL_BRANDS": str(own_brands(home) or CHECKOUT / "brands"),
        "DAGSTER_HOME": str(dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
    }
