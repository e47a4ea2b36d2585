"""The demo's verdict: what the ledger says was sent, against what the sandbox says it accepted."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from domain.analytics import Uplift
from domain.deliveries import Delivery, DeliveryKind, DeliveryState, fingerprint
from insights.summary import spoken
from storage.atomic import write_atomically

SUMMARY = "summary.json"
SENDS = (DeliveryKind.POST, DeliveryKind.REPLY)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts over everything that fell due; lateness in seconds on the sandbox's clock.

    `doubled` counts posts that the sandbox accepted beyond the one that was planned, `lost` due
    ones that it never got and that the ledger does not name as open or failed.
    """

    planned: int
    published: int
    late: int
    doubled: int
    lost: int
    unknown: int
    late_p50_s: float
    late_p99_s: float


def accepted(sandbox_url: str) -> list[dict[str, Any]]:
    """Everything that the sandbox ever accepted, from its own append-only ledger."""
    response = httpx.get(f"{sandbox_url}/_sandbox/ledger", timeout=30, trust_env=False)
    response.raise_for_status()
    lines: list[dict[str, Any]] = response.json()["posts"]
    return lines


def judge(
    planned: Sequence[Delivery], lines: Sequence[dict[str, Any]], *, now: datetime
) -> Verdict:
    """Hold the product's word against the sandbox's; only what was due by `now` counts."""
    due = [one for one in planned if one.kind in SENDS and one.due_at <= now]
    there = Counter(_seen(line) for line in lines)
    wanted = Counter(_meant(one) for one in due)
    ids = {line["id"] for line in lines}
    extra = sum(max(0, there[key] - wanted[key]) for key in there)
    posts = [one for one in due if one.kind is DeliveryKind.POST]
    sent = [one for one in posts if one.state is DeliveryState.SENT]
    late = [(one.sent_at - one.due_at).total_seconds() for one in sent if one.sent_at]
    missing = [one for one in due if one.state is DeliveryState.SENT and one.platform_id not in ids]
    forgotten = [one for one in due if one.state in (DeliveryState.PLANNED, DeliveryState.DUE)]
    return Verdict(
        planned=len(posts),
        published=len(sent),
        late=sum(seconds > 60 for seconds in late),
        doubled=extra,
        lost=len(missing) + len(forgotten),
        unknown=sum(one.state is DeliveryState.UNKNOWN for one in due),
        late_p50_s=_quantile(late, 0.5),
        late_p99_s=_quantile(late, 0.99),
    )


def _meant(one: Delivery) -> tuple[str, str]:
    return one.account, one.fingerprint


def _seen(line: dict[str, Any]) -> tuple[str, str]:
    return line["account"], fingerprint(line["text"])


def _quantile(values: Sequence[float], share: float) -> float:
    return round(float(np.quantile(values, share)), 3) if values else 0.0


def write_verdict(verdict: Verdict, home: Path, *, seconds: dict[str, float]) -> dict[str, Any]:
    """Put the verdict and the report's figures into `summary.json` and return them."""
    figures = json.loads((home / "report.json").read_text())
    brands = figures["brands"]
    summary = asdict(verdict) | {
        "replies_sent": sum(brand["replies_sent"] for brand in brands),
        "replies_held": sum(brand["replies_held"] for brand in brands),
        "uplift": figures["uplift"],
        "cost": sum(brand["cost_cents"] for brand in brands) / 100,
        "seconds": seconds | {"total": round(sum(seconds.values()), 2)},
    }
    write_atomically(home / SUMMARY, json.dumps(summary, indent=2).encode())
    return summary


def print_verdict(summary: dict[str, Any], home: Path) -> None:
    """The table at the end of the demo, where the report lies, and what to type next."""
    uplift = Uplift.model_validate(summary["uplift"]) if summary["uplift"] else None
    rows = {
        "planned posts": summary["planned"],
        "published": summary["published"],
        "late (over a minute)": summary["late"],
        "doubled": summary["doubled"],
        "lost": summary["lost"],
        "fate unknown": summary["unknown"],
        "replies given / held": f"{summary['replies_sent']} / {summary['replies_held']}",
        "engagement against the fixed-hours past": spoken(uplift),
        "cost": f"{summary['cost']:.2f}",
        "seconds of work": f"{summary['seconds']['total']:.0f}",
    }
    table = Table(title="Amsel on the sandbox", show_header=False, title_justify="left")
    for name, value in rows.items():
        table.add_row(name, str(value))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Report   {home / 'report.html'}")
    console.print("Next     make up                                open it in the Dagster UI")
    console.print("         make demo POSTS=export.csv             your own X analytics export")
    console.print("         .venv/bin/amsel deliveries --home ...  what went out, row by row")
