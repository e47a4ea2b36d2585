"""`amsel bench`: each figure beside a plain reference that was measured in the same run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.errors import StoreError

app = typer.Typer(
    help="Measure how fast Amsel is, against a plain reference in the same run.",
    no_args_is_help=True,
)

Json = Annotated[Path | None, typer.Option("--json", help="Where the figures go.")]
Rounds = Annotated[int, typer.Option(min=1, help="How often each side is measured.")]


@app.command()
def ingest(
    json_path: Json = None,
    rows: Annotated[int, typer.Option(min=1, help="Posts in the file.")] = 1_000_000,
    rounds: Rounds = 3,
) -> None:
    """Import a canonical file, against a bare Polars read and write of it."""
    from cli.bench_ingest import bench_ingest

    bench_ingest(rows, _place(json_path), rounds=rounds)


@app.command()
def graph(
    json_path: Json = None,
    brands: Annotated[int, typer.Option(min=1, help="Brands of two accounts each.")] = 50,
    posts: Annotated[int, typer.Option(min=1, max=10, help="Posts of one account.")] = 10,
    rounds: Rounds = 3,
) -> None:
    """Run a 1,000-post day through Dagster, against the same functions in plain Python."""
    from cli.bench_graph import bench_graph, in_a_line

    _report(bench_graph(brands=brands, posts_per_day=posts, rounds=rounds), in_a_line, json_path)


@app.command()
def publish(  # noqa: PLR0913 - each is an option of the command
    json_path: Json = None,
    posts: Annotated[int, typer.Option(min=8, help="Posts of one round.")] = 600,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at a time.")] = 8,
    rounds: Rounds = 3,
    minutes: Annotated[float, typer.Option(min=0, help="Hold a stream so long.")] = 0,
    stored: Annotated[str, typer.Option(help="Posts in the ledger, step by step.")] = "1000,20000",
    claims: Annotated[int, typer.Option(min=1, help="Rows to claim.")] = 4_000,
    idle: Annotated[float, typer.Option(min=0.1, help="Watch an idle worker so long.")] = 6,
    kills: Annotated[int, typer.Option(min=0, help="Workers to kill; each takes minutes.")] = 0,
    ledger_url: Annotated[
        str | None, typer.Option("--ledger", help="An empty database; a SQLite file by default.")
    ] = None,
) -> None:
    """Send, claim and store, against a bare httpx loop and a bare SKIP LOCKED script."""
    from cli.bench_publish import Size, bench_publish, in_a_line

    size = Size(
        posts=posts,
        concurrency=concurrency,
        rounds=rounds,
        minutes=minutes,
        stored=tuple(int(one) for one in stored.split(",") if one),
        claims=claims,
        idle=idle,
        kills=kills,
    )
    _report(bench_publish(size, ledger_url=ledger_url), in_a_line, json_path)


@app.command()
def generate(
    json_path: Json = None,
    posts: Annotated[int, typer.Option(min=4, help="Orders that are written.")] = 1000,
    seconds: Annotated[float, typer.Option(min=1, help="Length of the clip.")] = 10,
    rounds: Rounds = 3,
) -> None:
    """Write, judge and illustrate posts, against guides; a clip against bare PyAV."""
    from cli.bench_generate import bench_generate, in_a_line

    _report(bench_generate(posts=posts, seconds=seconds, rounds=rounds), in_a_line, json_path)


@app.command()
def memory(
    json_path: Json = None,
    orders: Annotated[int, typer.Option(min=4, help="Orders in all.")] = 2000,
    step: Annotated[int, typer.Option(min=4, help="Orders between two looks.")] = 250,
) -> None:
    """Lead orders through the content path, step by step, and look at the process's memory."""
    from cli.bench_memory import bench_memory, in_a_line

    _report(bench_memory(orders=orders, step=step), in_a_line, json_path)


@app.command()
def models(
    json_path: Json = None,
    accounts: Annotated[int, typer.Option(min=1, help="Accounts to learn from.")] = 100,
    posts: Annotated[int, typer.Option(min=50, help="Posts of each.")] = 5000,
    growth: Annotated[str, typer.Option(help="Posts in all, step by step.")] = "10000,100000",
    brands: Annotated[int, typer.Option(min=1, help="Brands whose week is planned.")] = 100,
) -> None:
    """Train and forecast, against LightGBM on the same frame; plan a week of many brands."""
    from cli.bench_models import bench_models, in_a_line

    sizes = tuple(int(one) for one in growth.split(",") if one)
    figures = bench_models(accounts, posts, sizes=sizes, brands=brands)
    _report(figures, in_a_line, json_path)


@app.command()
def startup(json_path: Json = None, rounds: Rounds = 7) -> None:
    """Time `amsel --help`, against an interpreter that does nothing."""
    from cli.bench_startup import bench_startup, in_a_line

    _report(bench_startup(rounds=rounds), in_a_line, json_path)


def _report(
    figures: dict[str, Any], in_a_line: Callable[[dict[str, Any]], str], path: Path | None
) -> None:
    if path := _place(path):
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    typer.echo(in_a_line(figures))


def _place(path: Path | None) -> Path | None:
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"could not make {path.parent}: {error}; name another place") from error
    return path
