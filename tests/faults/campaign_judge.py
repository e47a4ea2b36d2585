"""The verdict on a case: the sandbox's append-only ledger beside the rows of ours."""

import math
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from domain.deliveries import DeliveryState

ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)
CONCURRENCY = 7


@dataclass
class Count:
    """What was counted of one case, on one platform, on one database.

    Attributes:
        runs: deliveries (or events) that were played.
        kills: processes killed with SIGKILL.
        doubled: accepted more than once (I1).
        lost: called sent and never accepted, or accepted and not known as sent.
        stuck: neither sent, nor dead with a reason, nor waiting for somebody with a reason (I2).
        unlogged: accepted without an attempt written before (I3).
        by_hand: not out by itself, so that a person must look (I4); dead letters among them.
        disordered: a part of a thread before its parent, or under another (I5).
        early: accepted before it was due.
        other: whatever else a case forbids.
        restarts: workers that ended with an error and had to be started again.
        recovery: seconds of the simulated clock from each kill to the row's end.
    """

    case: str
    platform: str
    database: str
    runs: int = 0
    kills: int = 0
    doubled: int = 0
    lost: int = 0
    stuck: int = 0
    unlogged: int = 0
    by_hand: int = 0
    disordered: int = 0
    early: int = 0
    other: int = 0
    restarts: int = 0
    recovery: list = field(default_factory=list)

    WRONG = ("doubled", "lost", "stuck", "unlogged", "disordered", "early", "other")

    @property
    def faults(self):
        return sum(getattr(self, name) for name in self.WRONG)

    def document(self):
        found = asdict(self)
        seconds = sorted(found.pop("recovery"))
        at = math.ceil(0.95 * len(seconds)) - 1
        return found | {"recovery_p95_seconds": round(seconds[at], 1) if seconds else None}


class Book:
    """The counts of one case on one database, by platform."""

    def __init__(self, case, stage):
        self.case, self.stage, self.counts = case, stage, {}
        self.ids, self.killed = [], {}

    def of(self, platform):
        name = str(platform)
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
            self.stage.rescue(concurrency=CONCURRENCY)
            waiting = [row.next_at for row in self.stage.rows() if row.state not in ENDED]
            if not waiting:
                return
            soon = [at for at in waiting if at is not None]
            if not soon:
                return
            self.stage.clock.wait_until(min(soon))

    def rows(self):
        return self.stage.rows(self.ids)

    def judge(self):
        """Look at everything that was planned through this book."""
        out = defaultdict(list)
        for line in self.stage.accepted():
            out[line["platform"], line["text"].partition(";")[0]].append(line)
        rows = self.rows()
        by_key = {row.key: row for row in rows}
        for row in rows:
            found = out[str(row.platform), row.payload.text.partition(";")[0]]
            self._judge_row(row, found, by_key)
        return list(self.counts.values())

    def _judge_row(self, row, found, by_key):
        count = self.of(row.platform)
        count.runs += 1
        count.doubled += max(0, len(found) - 1)
        is_sent = row.state == DeliveryState.SENT
        count.lost += is_sent != bool(found) or (is_sent and found[0]["id"] != row.platform_id)
        count.stuck += row.state not in ENDED and not (row.reason and row.remedy)
        count.by_hand += not is_sent and row.state != DeliveryState.CANCELLED
        attempts = self.stage.attempts(row.id)
        for line in found:
            at = datetime.fromisoformat(line["created_at"])
            count.unlogged += not any(whole(one["started_at"]) <= at for one in attempts)
            count.early += at < row.due_at - timedelta(seconds=1)
            parent = by_key.get(row.after) if row.after else None
            count.disordered += parent is not None and line["in_reply_to"] != parent.platform_id
        if row.id in self.killed:
            count.recovery.append((row.updated_at - self.killed[row.id]) / timedelta(seconds=1))


def whole(at):
    """The millisecond that an instant lies in: the judge's ledger tells no more."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
