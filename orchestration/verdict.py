"""The demo's verdict: what the ledger says was sent, against what the sandbox says it accepted."""

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from domain.analytics import Uplift
from domain.deliveries import Delivery, DeliveryKind, DeliveryState, fingerprint, full_text
from insights.summary import spoken
from runtime.build import open_models
from runtime.settings import Settings
from storage.atomic import write_atomically

SUMMARY = "summary.json"
SENDS = (DeliveryKind.POST, DeliveryKind.REPLY)
OPEN_FATE = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
PUBLIC = (DeliveryState.SENT, *OPEN_FATE)
"""The states in which a delivery may be public; in every other one it certainly is not."""
_NAMED = re.compile(r"^@\S+\s+")
UNTRIED = (DeliveryState.PLANNED, DeliveryState.DUE, DeliveryState.CLAIMED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts over everything that fell due; lateness in seconds on the sandbox's clock.

    Attributes:
        planned: posts that fell due.
        published: those of them that the ledger calls sent.
        late: those of them that went out more than a minute late.
        doubled: posts and replies that the sandbox accepted beyond the one that was planned.
        lost: due ones that it never got, though the ledger calls them sent or has not tried.
        unplanned: posts and replies that the sandbox accepted and no delivery stands for.
        unknown: due ones whose fate is still to be looked up.
        waiting: due ones that wait for a platform or a person, with their reason in the ledger.
        failed: due ones that ended unsent, with their reason in the ledger.
        late_p50_s: half of the published posts were at most so late.
        late_p99_s: 99 of 100 were.
        platforms: of each platform that a brand posts on, its `planned` and `published` posts.
        clips: of each brand, on each platform where clips are what people come for, how many went
            out.
    """

    planned: int
    published: int
    late: int
    doubled: int
    lost: int
    unplanned: int
    unknown: int
    waiting: int
    failed: int
    late_p50_s: float
    late_p99_s: float
    platforms: dict[str, dict[str, int]]
    clips: dict[str, dict[str, int]]

    @property
    def broken(self) -> list[str]:
        """What must never be, in words; empty where the promise held."""
        counts = {"doubled": self.doubled, "lost": self.lost, "unplanned": self.unplanned}
        silent = (name for name, posts in self.platforms.items() if not posts["published"])
        return [
            *(f"{count} {name}" for name, count in counts.items() if count),
            *(f"no post on {name}" for name in silent),
            *(
                f"no clip of {brand} on {name}"
                for brand, shown in self.clips.items()
                for name, clips in shown.items()
                if not clips
            ),
        ]


def accepted(sandbox_url: str) -> list[dict[str, Any]]:
    """Everything that the sandbox ever accepted, from its own append-only ledger."""
    response = httpx.get(f"{sandbox_url}/_sandbox/ledger", timeout=30, trust_env=False)
    response.raise_for_status()
    lines: list[dict[str, Any]] = response.json()["posts"]
    return lines


def judge(
    planned: Sequence[Delivery],
    lines: Sequence[dict[str, Any]],
    *,
    now: datetime,
    platforms: Collection[str] = (),
    clips: Collection[tuple[str, str]] = (),
) -> Verdict:
    """Hold the product's word against the sandbox's; only what was due by `now` is missed.

    Each of `platforms`, on which the brands have accounts, must have got a post, and each of
    `clips`, brands with a platform that wants clips, a clip. A line stands for a delivery of the
    same account, text and parent. The ledger must own each line by its id, but for those of
    deliveries whose fate is openly unknown.
    """
    sends = [one for one in planned if one.kind in SENDS]
    there = Counter(_seen(line) for line in lines)
    may_be_there = Counter(_meant(one) for one in sends if one.state in PUBLIC)
    due = [one for one in planned if one.due_at <= now]
    states = Counter(one.state for one in due)
    posts = [one for one in due if one.kind is DeliveryKind.POST]
    sent = [one for one in posts if one.state is DeliveryState.SENT]
    asked, got = (Counter(str(one.platform) for one in some) for some in (posts, sent))
    late = [(one.sent_at - one.due_at).total_seconds() for one in sent if one.sent_at]
    return Verdict(
        planned=len(posts),
        published=len(sent),
        late=sum(seconds > 60 for seconds in late),
        doubled=sum(max(0, there[key] - count) for key, count in may_be_there.items()),
        lost=_missing(sends, lines) + sum(states[state] for state in UNTRIED),
        unplanned=sum(count for key, count in there.items() if key not in may_be_there),
        unknown=sum(states[state] for state in OPEN_FATE),
        waiting=states[DeliveryState.WAITING],
        failed=states[DeliveryState.FAILED],
        late_p50_s=_quantile(late, 0.5),
        late_p99_s=_quantile(late, 0.99),
        platforms={
            name: {"planned": asked[name], "published": got[name]}
            for name in sorted({*map(str, platforms), *asked})
        },
        clips=_clips(sent, clips),
    )


def _clips(sent: Sequence[Delivery], wanted: Collection[tuple[str, str]]) -> dict[str, Any]:
    """How many clips of each brand went out where they are wanted."""
    shown = Counter(
        (one.brand, str(one.platform))
        for one in sent
        if any(file.is_video for file in one.payload.media)
    )
    found: dict[str, Any] = {}
    for brand, platform in sorted(wanted):
        found.setdefault(brand, {})[platform] = shown[brand, platform]
    return found


def _missing(sends: Sequence[Delivery], lines: Sequence[dict[str, Any]]) -> int:
    """Deliveries called sent whose id names no line of theirs, or one that another delivery has."""
    there = {line["id"]: _seen(line) for line in lines}
    sent = [one for one in sends if one.state is DeliveryState.SENT]
    owned = {one.platform_id for one in sent if there.get(str(one.platform_id)) == _meant(one)}
    return len(sent) - len(owned)


def _meant(one: Delivery) -> tuple[str, str, str | None]:
    # an AT URI carries its CID behind a #, which the sandbox's line does not
    parent = one.payload.reply_to.partition("#")[0] if one.payload.reply_to else None
    return one.account, _said(one.account, full_text(one.payload), parent), parent


def _seen(line: dict[str, Any]) -> tuple[str, str, str | None]:
    account, parent = line["account"], line["in_reply_to"]
    return account, _said(account, line["text"], parent), parent


def _said(account: str, text: str, parent: str | None) -> str:
    # a reply on Mastodon is one by naming whom it answers: the adapter puts that in front
    is_naming = parent is not None and account.startswith("mastodon:")
    return fingerprint(_NAMED.sub("", text) if is_naming else text)


def _quantile(values: Sequence[float], share: float) -> float:
    return round(float(np.quantile(values, share)), 3) if values else 0.0


def write_verdict(verdict: Verdict, home: Path, *, seconds: dict[str, float]) -> dict[str, Any]:
    """Put the verdict and the report's figures into `summary.json` and return them."""
    figures = json.loads((home / "report.json").read_text())
    brands, models = figures["brands"], open_models(Settings(home=home))
    summary = asdict(verdict) | {
        "replies_sent": sum(brand["replies_sent"] for brand in brands),
        "replies_held": sum(brand["replies_held"] for brand in brands),
        "uplift": figures["uplift"],
        "holdout": figures["holdout"],
        "models": {name: models.versions(name)[-1].decision for name in models.names()},
        "cost": sum(brand["cost_cents"] for brand in brands) / 100,
        "seconds": seconds | {"total": round(sum(seconds.values()), 2)},
    }
    write_atomically(home / SUMMARY, json.dumps(summary, indent=2).encode())
    return summary


def print_verdict(summary: dict[str, Any], home: Path, *, console: Console) -> None:
    """The table at the end of the demo, where the report lies, and what to type next."""
    uplift, holdout = (
        Uplift.model_validate(summary[name]) if summary[name] else None
        for name in ("uplift", "holdout")
    )
    rows = {
        "planned posts": summary["planned"],
        "published": summary["published"],
        "on each platform": ", ".join(
            f"{name} {posts['published']}" for name, posts in summary["platforms"].items()
        ),
        "clips": ", ".join(
            f"{brand} on {name} {clips}"
            for brand, shown in summary["clips"].items()
            for name, clips in shown.items()
        ),
        "late (over a minute)": summary["late"],
        "doubled": summary["doubled"],
        "lost": summary["lost"],
        "unplanned": summary["unplanned"],
        "fate unknown": summary["unknown"],
        "replies given / held": f"{summary['replies_sent']} / {summary['replies_held']}",
        "engagement against the fixed-hours past": spoken(uplift),
        "engagement against hours at random": spoken(holdout),
        "cost": f"{summary['cost']:.2f}",
        "seconds of work": f"{summary['seconds']['total']:.0f}",
    }
    table = Table(title="Amsel on the sandbox", show_header=False, title_justify="left")
    for name, value in rows.items():
        table.add_row(name, str(value))
    console.print(table)
    for at, (name, decision) in enumerate(summary["models"].items()):
        console.print(f"{'' if at else 'Models':<8} {name}: {decision}", soft_wrap=True)
    console.print(f"Report   {home / 'report.html'}")
    console.print("Next     make up                      open it in the Dagster UI")
    console.print("         make demo POSTS=export.csv   with your own X analytics export")
    command = f"AMSEL_HOME={home} .venv/bin/amsel deliveries"
    console.print(f"         {command}   what went out, row by row", soft_wrap=True)
