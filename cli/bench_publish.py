"""The publishing benchmark: sending, claiming and storing, each against its plain reference."""

from dataclasses import dataclass
from typing import Any

from cli.bench_claims import against_a_bare_script
from cli.bench_folder import bench_folder
from cli.bench_kills import after_kills
from cli.bench_machine import in_words, machine
from cli.bench_sending import against_a_bare_loop, held
from cli.bench_stage import stage
from cli.bench_stored import growth


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes:
        posts: posts of one round, on each side.
        accounts: accounts that they go out on.
        concurrency: requests under way at a time, on both sides.
        rounds: how often each side is measured.
        minutes: how long a steady stream is held; 0 leaves it out.
        per_second: posts that fall due a second in that stream.
        stored: how many posts lie in the ledger, step by step.
        claims: rows that are claimed.
        idle: seconds in which a worker with nothing to do is watched.
        kills: workers that are killed in the middle of their work.
    """

    posts: int = 600
    accounts: int = 64
    concurrency: int = 8
    rounds: int = 3
    minutes: float = 0.0
    per_second: float = 50.0
    stored: tuple[int, ...] = (1_000, 20_000)
    claims: int = 4_000
    idle: float = 6.0
    kills: int = 0


def bench_publish(size: Size, *, ledger_url: str | None = None) -> dict[str, Any]:
    """Measure all parts on one database.

    The server is a bare ASGI application that speaks X's wire and keeps a list (`cli.bench_wire`);
    both sides post the same bodies to it. Every post costs the ledger two durable commits, its
    intent and its outcome, shared with those that are written at the same time.

    Args:
        size: how much.
        ledger_url: an empty database; a new SQLite file by default.

    Returns:
        The parts `sending`, `held`, `claiming`, `stored` and `recovery`, those that were asked
        for, with the headline figures above them and the machine.
    """
    with (
        bench_folder() as folder,
        stage(folder, ledger_url, accounts=size.accounts) as played,
    ):
        parts: dict[str, Any] = {
            "sending": against_a_bare_loop(
                played, size.posts, concurrency=size.concurrency, rounds=size.rounds
            )
        }
        if size.minutes:
            parts["held"] = held(
                played,
                minutes=size.minutes,
                per_second=size.per_second,
                concurrency=size.concurrency,
            )
        if size.claims:
            parts["claiming"] = against_a_bare_script(played, rows=size.claims)
        if size.stored:
            parts["stored"] = growth(played, size.stored, idle=size.idle)
        if size.kills:
            parts["recovery"] = after_kills(played.ledger, folder / "kills", kills=size.kills)
        database = played.ledger.url.get_backend_name()
    counted = [part for part in parts.values() if "doubled" in part]
    return (
        {"benchmark": "publish", "database": database, "ratio": parts["sending"]["ratio"]}
        | {name: sum(part[name] for part in counted) for name in ("doubled", "lost")}
        | parts
        | machine()
    )


def in_a_line(figures: dict[str, Any]) -> str:
    """What a person reads."""
    sending, words = figures["sending"], []
    words.append(
        f"publish  {figures['database']}: ratio {figures['ratio']} of a bare loop (guide 0.3), "
        f"{sending['posts_per_s']} posts/s ({sending['posts_per_h']:,} an hour, guide 100,000), "
        f"{figures['doubled']} doubled, {figures['lost']} lost"
    )
    if held := figures.get("held"):
        words.append(
            f"held {held['minutes']:g} min at {held['due_per_s']:g}/s: {held['posts_per_h']:,} an "
            f"hour, late p50 {held['late_p50_s']} s, p99 {held['late_p99_s']} s (guide 1 and 5)"
        )
    if claiming := figures.get("claiming"):
        words.append(
            f"{claiming['claims_per_s']:,} claims/s in batches (guide 3,000), "
            f"{claiming['ratio']} times a bare script row by row (guide 0.5); like against like "
            f"{claiming['ratio_single']} row by row, {claiming['ratio_batched']} in batches"
        )
    if stored := figures.get("stored"):
        words.append(
            f"{stored['stored']:,} stored at {stored['planned_per_s']:,}/s: due scan p99 "
            f"{stored['due_scan_p99_ms']} ms (guide 20), {stored['growth']} times the cost of a "
            f"due post, idle {stored['idle_queries_per_s']} queries/s (guide 5), "
            f"{stored['worker_rss_mib']} MiB in the worker, {stored['bench_rss_mib']} in the bench "
            f"(guide 286, that is 300 MB)"
        )
    if recovery := figures.get("recovery"):
        each = ", ".join(f"{name} {one['p95_s']} s" for name, one in recovery["platforms"].items())
        words.append(
            f"{recovery['kills']} kills, {recovery['orphans']} orphans out in p95 "
            f"{recovery['recovery_p95_s']} s (guide 60; {each}), {recovery['unsettled']} unsettled"
        )
    return ";\n         ".join([*words, in_words(figures)])
