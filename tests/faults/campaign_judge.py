"""The verdict on a case: the sandbox's append-only ledger beside the rows of ours."""

from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from domain.deliveries import DeliveryState


class Stuck(Exception):
    """A wait of the campaign came to its limit."""


ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)
OPEN = tuple(state for state in DeliveryState if state not in ENDED)
CONCURRENCY = 7


@dataclass
class Count:
    """What was counted of one case, on one platform, on one database.

    Attributes:
        runs: deliveries (or events) that were played.
        kills: processes killed with SIGKILL.
        met: disturbances that were seen to meet a send in progress, where a case has such.
        doubled: accepted more than once (I1).
        lost: called sent and never accepted, or accepted and not known as sent.
        stuck: neither sent, nor dead with a reason, nor waiting for somebody with a reason (I2).
        unlogged: accepted without an attempt written before (I3).
        by_hand: not out by itself, so that a person must look (I4); dead letters among them.
        disordered: a part of a thread before its parent, or under another (I5).
        early: accepted before it was due.
        unchained: breaks in the chains of the deliveries' events (I6).
        other: whatever else a case forbids.
        restarts: workers that ended with an error and had to be started again.
        seconds: of real time that the runs took, where a case compares such.
        ratios: of what was reached to what could be, where a case measures such: how many times
            the least possible a drain took, or which part of its speed came back.
        seen: what went wrong, in words.
        recovery: seconds of the simulated clock from each kill to the row's end.
    """

    case: str
    platform: str
    database: str
    runs: int = 0
    kills: int = 0
    met: int = 0
    doubled: int = 0
    lost: int = 0
    stuck: int = 0
    unlogged: int = 0
    by_hand: int = 0
    disordered: int = 0
    early: int = 0
    unchained: int = 0
    other: int = 0
    restarts: int = 0
    seconds: float = 0.0
    seen: list = field(default_factory=list)
    recovery: list = field(default_factory=list)
    ratios: list = field(default_factory=list)

    WRONG = (
        "doubled",
        "lost",
        "stuck",
        "unlogged",
        "disordered",
        "early",
        "unchained",
        "other",
    )

    @property
    def faults(self):
        return sum(getattr(self, name) for name in self.WRONG)

    def note(self, name, words, number=1):
        """Count what a case forbids, with what was seen of it."""
        setattr(self, name, getattr(self, name) + number)
        self.seen.append(f"{name}: {words}")

    @property
    def key(self):
        return self.case, self.platform, self.database

    def add(self, other):
        """Take in what another stage counted of the same."""
        for one in fields(self):
            if one.name not in ("case", "platform", "database"):
                setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


class Book:
    """The counts of one case on one database, by platform."""

    def __init__(self, case, stage):
        self.case, self.stage, self.counts = case, stage, {}
        self.ids, self.killed, self.is_judged = [], {}, False
        stage.books.append(self)

    def of(self, platform):
        name = self.stage.name_of(platform)
        if name not in self.counts:
            self.counts[name] = Count(self.case, name, self.stage.database)
        return self.counts[name]

    def plan(self, *new):
        ids = self.stage.plan(*new)
        self.ids += [one for one in ids if one not in self.ids]
        return ids

    def note_kill(self, delivery_id, platform, at: datetime | None = None):
        self.of(platform).kills += 1
        if at is not None:
            self.killed[delivery_id] = at

    def finish(self, *, rounds=20):
        """Let workers come by until everything has ended, and the clock go on to what waits."""
        for _ in range(rounds):
            self._rescue()
            waiting = self.stage.rows(states=OPEN)
            soon = [at for at in map(_asks_at, waiting) if at is not None]
            if not soon:
                return
            self.stage.clock.wait_until(min(soon))

    def _rescue(self):
        for _ in range(3):
            if self.stage.rescue(concurrency=CONCURRENCY):
                return
            self.of(self.stage.platforms[0]).restarts += 1
        raise Stuck(f"three workers in a row ended with an error: {self.stage.said()}")

    def rows(self):
        return self.stage.rows(self.ids)

    def judge(self):
        """Look at everything that was planned through this book, once."""
        if self.is_judged:
            return list(self.counts.values())
        self.is_judged = True
        out = defaultdict(list)
        for line in self.stage.accepted():
            out[line["platform"], self.key_of(line["text"])].append(line)
        rows = self.rows()
        by_key = {row.key: row for row in rows}
        for row in rows:
            found = out[str(row.platform), self.key_of(row.payload.text)]
            self._judge_row(row, found, by_key)
        return list(self.counts.values())

    @staticmethod
    def key_of(text):
        """What no other text of the campaign begins with."""
        return text.partition(";")[0]

    def _judge_row(self, row, found, by_key):
        count = self.of(row.platform)
        count.runs += 1
        wrong = {
            "doubled": max(0, len(found) - 1),
            "lost": self._is_lost(row, found),
            "stuck": row.state not in ENDED and not (row.reason and row.remedy),
            **self._judge_lines(row, found, by_key),
        }
        for name, number in wrong.items():
            if number:
                count.note(name, f"{_told(row)}, {len(found)} accepted", int(number))
        count.by_hand += row.state not in (DeliveryState.SENT, DeliveryState.CANCELLED)
        if row.id in self.killed:
            seconds = (row.updated_at - self.killed[row.id]) / timedelta(seconds=1)
            count.recovery.append(round(seconds, 1))

    @staticmethod
    def _is_lost(row, found):
        is_sent = row.state == DeliveryState.SENT
        ids = [line["id"] for line in found]
        return row.platform_id not in ids if is_sent else bool(ids)

    def _judge_lines(self, row, found, by_key):
        attempts = self.stage.attempts(row.id)
        parent = by_key.get(row.after) if row.after else None
        wrong = {"unlogged": 0, "early": 0, "disordered": 0}
        for line in found:
            at = datetime.fromisoformat(line["created_at"])
            wrong["unlogged"] += not any(whole(one["started_at"]) <= at for one in attempts)
            wrong["early"] += at < row.due_at - timedelta(seconds=1)
            is_below = parent is None or line["in_reply_to"] == parent.platform_id
            wrong["disordered"] += not is_below
        return wrong


def _asks_at(row):
    """When a row asks for something again; None where it has ended, or waits for a person."""
    if row.state in ENDED:
        return None
    return row.due_at if row.state == DeliveryState.PLANNED else row.next_at


def _told(row):
    """A row in words: where it is, why, and when it asks for something again."""
    words = f"{row.key} is {row.state}"
    return f"{words} ({row.reason}; {row.next_at})" if row.reason else words


def whole(at):
    """The millisecond that an instant lies in: the judge's ledger tells no more."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
