"""What a campaign counted, as Markdown and JSON, written anew after each stage."""

import json
import os
import threading
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

from runtime.build import code_version
from tests.faults.campaign_guards import COUNTER_RUNS
from tests.faults.campaign_judge import Count
from tests.faults.campaign_tables import markdown, summary

RECORD = Path(__file__).parents[2] / "docs" / "campaign.json"
"""The report that docs/ tells of, kept with them: any machine goes on from it."""


class Report:
    """What was counted so far, and what it says; with `more`, beside what a folder holds.

    Where that folder holds nothing yet, the record is gone on from. What it holds otherwise stays
    there as `before.json`. Each file is replaced as a whole, with the rounds that its counts come
    from: a campaign that is killed loses what it had not written, and nothing is counted twice.
    """

    def __init__(self, folder, *, more=False, guards=True, record=RECORD):
        self.folder, self._turn, self._wants_guards = folder, threading.Lock(), guards
        self.counts, self.counter_runs, self.versions = {}, [], []
        self.rounds, self.seconds = defaultdict(int), defaultdict(float)
        kept = folder / "campaign.json"
        known = kept if kept.exists() else record
        if more and known.exists():
            self._take_up(json.loads(known.read_text("utf-8")))
        elif kept.exists():
            kept.replace(folder / "before.json")
        if (version := code_version()) not in self.versions:
            self.versions.append(version)

    def _take_up(self, kept):
        for one in kept["counts"]:
            count = Count(**one)
            self.counts[count.key] = count
        self.counter_runs = kept["counter_runs"]
        self.versions = kept["versions"]
        self.rounds |= kept["rounds"]
        self.seconds |= kept["seconds"]

    @property
    def is_good(self):
        wrong = any(one.faults for one in self.counts.values())
        return not wrong and all(one["is_told"] for one in self.counter_runs)

    def played(self, kind, name):
        """The rounds of a case on a database that are in the counts."""
        return self.rounds[f"{name} ({kind})"]

    def seconds_a_round(self, kind, name):
        """What a round took so far; None before the first."""
        played = self.played(kind, name)
        return self.seconds[f"{name} ({kind})"] / played if played else None

    def lacking_guards(self, kind, names):
        """The guards whose counter-run has not been played on a database, of these cases."""
        told = {one["guard"] for one in self.counter_runs if one["database"] == kind}
        wanted = COUNTER_RUNS if self._wants_guards else {}
        return [one for one, (case, *_) in wanted.items() if case in names and one not in told]

    def add_counts(self, kind, name, counts, *, rounds, seconds):
        wrong, runs = sum(one.faults for one in counts), sum(one.runs for one in counts)
        told = f"{rounds} rounds, {runs} runs, {wrong} wrong, {seconds:.0f} s"
        say(f"{kind:10} case {name:>9}: {told}")
        for one in counts:
            for words in one.seen:
                say(f"    {one.case}, {one.platform}: {words}")
        with self._turn:
            for one in counts:
                known = self.counts.setdefault(one.key, one)
                if known is not one:
                    known.add(one)
            self.rounds[f"{name} ({kind})"] += rounds
            self.seconds[f"{name} ({kind})"] += round(seconds, 1)
            self._write()

    def add_counter_run(self, found):
        told = found["broken"] if found["is_told"] else "NOT NOTICED"
        say(f"{found['database']:10} without the {found['guard']}: {told}")
        with self._turn:
            self.counter_runs.append(found)
            self._write()

    def _write(self):
        counts = list(self.counts.values())
        found = {
            "counts": [asdict(one) for one in counts],
            "counter_runs": self.counter_runs,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "versions": self.versions,
        }
        self._replace("campaign.md", markdown(counts, self.counter_runs, self.rounds))
        self._replace("summary.json", json.dumps(summary(counts), indent=1))
        self._replace("campaign.json", json.dumps(found, indent=1))

    def _replace(self, name, words):
        new = self.folder / f".{name}.new"
        with new.open("w", encoding="utf-8") as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / name)


def say(words):
    print(words, flush=True)  # noqa: T201
