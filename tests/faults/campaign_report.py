"""What a campaign counted, as Markdown and JSON, written anew after each stage."""

import json
import math
import threading
from collections import defaultdict
from dataclasses import asdict

from tests.faults.campaign_judge import Count

HEADS = ("runs", "kills", "met", *Count.WRONG, "restarts", "by_hand")
PROFILES = {
    "x": "blind",
    "facebook": "blind",
    "linkedin": "blind",
    "linkedin member": "dark",
    "instagram": "handle",
    "tiktok": "handle",
    "bluesky": "keyed",
    "mastodon": "keyed",
}
"""What a platform offers to find out an unknown fate by: a key held beforehand, an id given on the
way, its own list of posts alone, nothing."""


class Report:
    """What was counted so far, and what it says; with `more`, beside what a folder holds."""

    def __init__(self, folder, *, more=False):
        self.folder, self._turn = folder, threading.Lock()
        self.counts, self.counter_runs, self.seconds = {}, [], defaultdict(float)
        kept = folder / "campaign.json"
        if more and kept.exists():
            self._take_up(json.loads(kept.read_text("utf-8")))

    def _take_up(self, kept):
        for one in kept["counts"]:
            count = Count(**one)
            self.counts[count.key] = count
        self.counter_runs = kept["counter_runs"]
        self.seconds |= kept["seconds"]

    @property
    def is_good(self):
        wrong = any(one.faults for one in self.counts.values())
        return not wrong and all(one["is_told"] for one in self.counter_runs)

    def add_counts(self, kind, name, counts, seconds):
        wrong, runs = sum(one.faults for one in counts), sum(one.runs for one in counts)
        say(f"{kind:10} case {name:>9}: {runs} runs, {wrong} wrong, {seconds:.0f} s")
        for one in counts:
            for words in one.seen:
                say(f"    {one.case}, {one.platform}: {words}")
        with self._turn:
            for one in counts:
                known = self.counts.setdefault(one.key, one)
                if known is not one:
                    known.add(one)
            self.seconds[f"{name} ({kind})"] += round(seconds)
            self._write()

    def add_counter_run(self, found):
        told = found["broken"] if found["is_told"] else "NOT NOTICED"
        say(f"{found['database']:10} without the {found['guard']}: {told}")
        with self._turn:
            self.counter_runs.append(found)
            self._write()

    def _write(self):
        found = {
            "counts": [asdict(one) for one in self.counts.values()],
            "counter_runs": self.counter_runs,
            "seconds": self.seconds,
        }
        (self.folder / "campaign.json").write_text(json.dumps(found, indent=1), "utf-8")
        words = markdown(list(self.counts.values()), self.counter_runs)
        (self.folder / "campaign.md").write_text(words, "utf-8")


def say(words):
    print(words, flush=True)  # noqa: T201


def markdown(counts, counter_runs):
    """By case, by point of a send, by platform; what counter-runs broke; what went wrong."""
    counts = sorted(counts, key=_number_of)
    at_points = [one for one in counts if ": " in one.case]
    lines = (
        *_table("case, database", counts, _case_of),
        "",
        *_table("point, both databases", at_points, lambda one: one.case),
        "",
        *_table("platform, database", counts, _platform_of),
        "",
        *_broken(counter_runs),
        *(f"\n- {one.case}, {_platform_of(one)}: {words}" for one in counts for words in one.seen),
        "",
    )
    return "\n".join(lines)


def _number_of(one):
    return int(one.case.split()[0]), one.case.partition(": ")[0], one.database != "sqlite"


def _case_of(one):
    return f"{one.case.partition(': ')[0]} ({one.database})"


def _platform_of(one):
    return f"{one.platform}, {PROFILES[one.platform]} ({one.database})"


def _table(first, counts, name_of):
    heads = (*HEADS, "recovery p50, p95 seconds")
    yield f"| {first} | " + " | ".join(name.replace("_", " ") for name in heads) + " |"
    yield "|---|" + "---:|" * len(heads)
    groups = defaultdict(list)
    for one in counts:
        groups[name_of(one)].append(one)
    for name, group in groups.items():
        cells = [str(sum(getattr(one, head) for one in group)) for head in HEADS]
        cells.append(_recovery([at for one in group for at in one.recovery]))
        yield f"| {name} | " + " | ".join(cells) + " |"


def _recovery(seconds):
    if not seconds:
        return "–"
    seconds = sorted(seconds)
    return ", ".join(f"{seconds[math.ceil(part * len(seconds)) - 1]:.0f}" for part in (0.5, 0.95))


def _broken(counter_runs):
    yield "| guard taken out | case, database | what the judge counts |"
    yield "|---|---|---|"
    for one in sorted(counter_runs, key=lambda one: one["guard"]):
        broken = ", ".join(f"{number} {name}" for name, number in one["broken"].items())
        yield f"| {one['guard']} | {one['case']} ({one['database']}) | {broken or 'nothing'} |"
