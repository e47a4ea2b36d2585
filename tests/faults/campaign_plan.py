"""What a campaign has still to play: rounds wanted of each case, and the time there is for them."""

import math
import time

FULL = {
    "1": 59,
    "1 dark": 96,
    "1 planner": 40,
    "1 dagster": 6,
    "2": 72,
    "2 silence": 72,
    "3": 18,
    "3 bans": 11,
    "3 drains": 20,
    "4": 23,
    "5": 5,
    "6": 6,
    "7": 15,
    "7 worse": 11,
    "7 answers": 36,
    "7 crowd": 72,
    "8": 42,
    "9": 11,
    "9 failover": 12,
    "9 speed": 34,
    "10": 17,
    "10 dagster": 25,
    "10 sync": 25,
    "11": 18,
    "11 asleep": 168,
    "11 runs": 10,
    "11 daemons": 3,
    "12": 12,
    "12 edits": 21,
    "13": 50,
    "13 beside": 50,
    "15": 25,
}
"""Rounds that come to what docs/reliability.md wants, both databases together."""
ROUNDS = 5
"""Rounds of a case on one stage: what it holds must not grow without end."""
ALONE = ("1 planner", "1 dagster", "12 edits")
"""Cases with one round a stage: a brand of six facts says the same again after six days, and each
edit is compared with all that was written."""
STAGE = 120.0
"""Seconds after which the rounds of a stage should be in the report, or they are lost by a kill."""


class Plan:
    """The rounds that are wanted of each case on each database, beside those that a report has.

    Next comes the case with the smallest part of its rounds behind it, so that a report that is cut
    off says something of every case.
    """

    def __init__(self, report, *, names, n=None, minutes=None):
        self._report = report
        self.wanted = {name: FULL[name] if n is None else n for name in names}
        self._ends_at = math.inf if minutes is None else time.monotonic() + 60 * minutes
        self._begun = set()

    @property
    def seconds_left(self):
        return self._ends_at - time.monotonic()

    def end(self):
        """Begin nothing more."""
        self._ends_at = -math.inf

    def missing(self, kind):
        """The rounds that are still to be played on a database, by case."""
        left = {name: self.wanted[name] - self._report.played(kind, name) for name in self.wanted}
        return {name: rounds for name, rounds in left.items() if rounds > 0}

    def next_rounds(self, kind):
        """A case and the rounds of it to play next; None where nothing is left, or no time."""
        left, missing = self.seconds_left, self.missing(kind)
        if left <= 0 or not missing:
            return None
        in_turn = sorted(missing, key=lambda name: missing[name] / self.wanted[name], reverse=True)
        fitting = {name: self._fitting(kind, name, left) for name in in_turn}
        if kind not in self._begun and not any(fitting.values()):
            fitting[in_turn[0]] = 1  # however short the time, each call brings the plan on
        self._begun.add(kind)
        chosen = next((name for name in in_turn if fitting[name]), None)
        return None if chosen is None else (chosen, min(fitting[chosen], missing[chosen]))

    def _fitting(self, kind, name, left):
        each = self._report.seconds_a_round(kind, name)
        if each is None:
            return int(left >= STAGE)
        if each > left:
            return 0
        most = 1 if name in ALONE else ROUNDS
        return max(1, min(most, int(min(left, STAGE) / max(each, 0.1))))

    def told(self, kind):
        """How far a database has come, and how long the rest takes where that is known."""
        missing, wanted = self.missing(kind), sum(self.wanted.values())
        each = {name: self._report.seconds_a_round(kind, name) for name in missing}
        seconds = sum(missing[name] * (each[name] or 0.0) for name in missing)
        words = f"{wanted - sum(missing.values())} of {wanted} rounds are played"
        rest = f", the others take about {seconds / 3600:.1f} hours" if missing else ""
        return f"{kind:10} {words}{rest}"
