"""What a campaign counted, as Markdown and JSON, written anew after each case."""

import json
import threading
from itertools import groupby

from tests.faults.campaign_judge import Count

HEADS = ("runs", "kills", "met", *Count.WRONG, "restarts", "by_hand", "recovery_p95_seconds")


class Report:
    """What was counted so far, and what it says."""

    def __init__(self, n, folder):
        self.n, self.folder = n, folder
        self.counts, self.counter_runs, self.seconds = [], [], {}
        self._turn = threading.Lock()

    @property
    def is_good(self):
        wrong = any(one[name] for one in self.counts for name in Count.WRONG)
        return not wrong and all(one["is_told"] for one in self.counter_runs)

    def add_counts(self, kind, name, counts, seconds):
        wrong, runs = sum(one.faults for one in counts), sum(one.runs for one in counts)
        say(f"{kind:10} case {name:>9}: {runs} runs, {wrong} wrong, {seconds:.0f} s")
        with self._turn:
            self.counts += [one.document() for one in counts]
            self.seconds[f"{name} ({kind})"] = round(seconds)
            self._write()

    def add_counter_run(self, found):
        told = found["broken"] if found["is_told"] else "NOT NOTICED"
        say(f"{found['database']:10} without the {found['guard']}: {told}")
        with self._turn:
            self.counter_runs.append(found)
            self._write()

    def _write(self):
        found = {
            "n": self.n,
            "counts": self.counts,
            "counter_runs": self.counter_runs,
            "seconds": self.seconds,
        }
        (self.folder / "campaign.json").write_text(json.dumps(found, indent=1), "utf-8")
        (self.folder / "campaign.md").write_text(markdown(found), "utf-8")


def say(words):
    print(words, flush=True)  # noqa: T201


def markdown(found):
    """By case, by point of a send, by platform; what counter-runs broke; what went wrong."""
    counts = sorted(found["counts"], key=_number_of)
    at_points = [one for one in counts if ": " in one["case"]]
    seen = [(one, words) for one in counts for words in one["seen"]]
    lines = (
        f"Counts of `make faults N={found['n']}`.",
        "",
        *_table("case, database", counts, _case_of),
        "",
        *_table("point, both databases", at_points, _point_of),
        "",
        *_table("platform, database", counts, _platform_of),
        "",
        *_broken(found["counter_runs"]),
        *(f"\n- {one['case']}, {_platform_of(one)}: {words}" for one, words in seen),
        "",
    )
    return "\n".join(lines)


def _number_of(one):
    return int(one["case"].split()[0]), one["case"].partition(": ")[0]


def _case_of(one):
    return f"{one['case'].partition(': ')[0]} ({one['database']})"


def _point_of(one):
    return one["case"]


def _platform_of(one):
    return f"{one['platform']} ({one['database']})"


def _table(first, counts, name_of):
    yield f"| {first} | " + " | ".join(name.replace("_", " ") for name in HEADS) + " |"
    yield "|---|" + "---:|" * len(HEADS)
    order = list(dict.fromkeys(name_of(one) for one in counts))
    rows = sorted(counts, key=lambda one: order.index(name_of(one)))
    for name, group in groupby(rows, key=name_of):
        row = _summed([*group])
        cells = ["–" if row[head] is None else str(row[head]) for head in HEADS]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _summed(rows):
    slowest = [one["recovery_p95_seconds"] for one in rows]
    sums = {name: sum(one[name] for one in rows) for name in HEADS[:-1]}
    known = [one for one in slowest if one is not None]
    return sums | {"recovery_p95_seconds": max(known, default=None)}


def _broken(counter_runs):
    yield "| guard taken out | case, database | what the judge counts |"
    yield "|---|---|---|"
    for one in sorted(counter_runs, key=lambda one: one["guard"]):
        broken = ", ".join(f"{number} {name}" for name, number in one["broken"].items())
        yield f"| {one['guard']} | {one['case']} ({one['database']}) | {broken or 'nothing'} |"
