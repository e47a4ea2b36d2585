"""`amsel worker`: the standing sender; any number may run, on any number of machines."""

import signal
from functools import partial
from threading import Event
from typing import Annotated

import typer


def worker(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing is left to send or settle.")
    ] = False,
    concurrency: Annotated[
        int, typer.Option(min=1, max=256, help="Sends under way at a time, one an account.")
    ] = 8,
) -> None:
    """Send what falls due and look up what is unknown, until stopped by Ctrl-C or SIGTERM."""
    from publishing.alerts import look_and_tell
    from publishing.worker import run_worker
    from runtime.build import open_keepers, open_ledger, open_networks
    from runtime.clock import make_clock
    from runtime.settings import Settings
    from runtime.upkeep import kept_fresh

    settings = Settings()
    stopped = Event()
    # a signal ends the loop between two sends, so that none is left of unknown fate
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    ledger, alert_url = open_ledger(settings), settings.alert_url.get_secret_value()
    tell = partial(look_and_tell, ledger, alert_url, actor="worker")
    with kept_fresh(open_keepers(settings), tell=tell):
        sent = run_worker(
            ledger,
            networks=open_networks(settings),
            clock=make_clock(settings),
            concurrency=concurrency,
            until_idle=until_idle,
            is_stopped=stopped.is_set,
        )
    typer.echo(f"{sent} sent")
