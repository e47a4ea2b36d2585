"""The `amsel` command: one module per verb, each light to import, so that help is quick."""

import sys

import typer

from cli import (
    backtest,
    bench,
    commissions,
    connect,
    deliveries,
    demo,
    doctor,
    faults,
    import_,
    inbox,
    keys,
    local,
    models,
    post,
    review,
    rules,
    simulate,
    sql,
    status,
    stop,
    triage,
    up,
    worker,
    world,
    write,
)
from domain.errors import AmselError

app = typer.Typer(
    name="amsel",
    help="A social-media team as an asset graph: it learns, writes, posts once, and answers.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("faults")(faults.faults)
app.command("import")(import_.import_)
app.command("sql")(sql.sql)
app.command("post")(post.post)
app.add_typer(review.app, name="review")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(commissions.app, name="commissions")
app.command("worker")(worker.worker)
app.command("connect")(connect.connect)
app.add_typer(keys.app, name="keys")
app.add_typer(inbox.app, name="inbox")
app.command("stop")(stop.stop)
app.command("resume")(stop.resume)
app.command("backtest")(backtest.backtest)
app.add_typer(models.app, name="models")
app.command("simulate")(simulate.simulate)
app.add_typer(bench.app, name="bench")
app.command("triage")(triage.triage)
app.add_typer(rules.app, name="rules")
app.command("write")(write.write)
app.command("local")(local.local)


def run() -> None:
    """Run the command; an expected error becomes one line on stderr and exit code 1."""
    world.adopt()
    try:
        app()
    except AmselError as exc:
        typer.secho(f"error: {exc}", fg="red", err=True)
        sys.exit(1)
