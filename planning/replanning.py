"""What a changed brand file forbids of the plan is moved; everything else stays to the second."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import polars as pl
import sqlalchemy as sa

from domain.brand import Brand
from domain.deliveries import DeliveryKind, DeliveryState
from domain.posts import ContentPost, PostStatus
from ml.keeping import Standing, broken_rule, keep
from ml.openings import constraints_of
from ml.slots import SlotChoice, choose_slots
from planning.commitments import Commitment, commitments
from planning.placing import priority_of
from planning.reach import reached
from planning.scheduling import drop_slot, move_slot
from planning.slots import DROPPED, PlannedSlot, as_choice, by_brief, planned_slots, seed_of
from planning.waiting import POLICY
from storage.ledger import approvals, choices, deliveries, posts, stops
from storage.ledger.approvals import Approval, Decision
from storage.ledger.choices import Choice

GOING = tuple(
    state for state in DeliveryState if state not in (DeliveryState.CANCELLED, DeliveryState.FAILED)
)
"""States of what went out, or may yet."""
_BEFORE = timedelta(days=8)
"""No rule of a brand file reaches back further."""


@dataclass(frozen=True, slots=True)
class Change:
    """A slot that had to move: where it was, where it is (None where it was dropped), and why."""

    old: PlannedSlot
    new: PlannedSlot | None
    why: str

    def in_words(self) -> str:
        """A line for people."""
        was = f"{self.old.schedule.account}: the slot of {_wall(self.old)}"
        if self.new is None:
            return f"{was} was dropped: {self.why}."
        return f"{was} was moved to {_wall(self.new)}: {self.why}."


@dataclass(frozen=True, slots=True)
class Hours:
    """What is known of hours, and the version of the model that knows it."""

    effects: pl.DataFrame
    model_version: str | None = None


def replan(connection: sa.Connection, brand: Brand, *, hours: Hours, now: datetime) -> list[Change]:
    """Move the slots to come that break the brand file as it is now; what was moved or dropped.

    Each goes to an open slot of its own day, drawn as any slot is, with its odds logged; where that
    day has none left it is dropped. Of slots that bar each other as many stay as can. A delivery
    moves with its slot, or is taken back, as long as no worker has begun on it. What goes out at an
    instant that a person chose stays. An emergency stop freezes the plan.
    """
    if stops.active(connection, brand.name):
        return []
    slots = [s for s in planned_slots(connection, brand) if s.schedule.due_at > now - _BEFORE]
    as_planned = [Commitment(s, is_movable=s.schedule.due_at > now) for s in slots]
    if not _offenders(brand, as_planned, now):
        return []
    real = [
        replace(one, is_movable=one.is_movable and one.slot.schedule.due_at > now)
        for one in commitments(connection, brand, slots)
    ]
    movers = _hold(connection, _offenders(brand, real, now))
    moving = {one.slot.place for one, _ in movers}
    going = _going(connection, brand, [one for one in real if one.slot.place not in moving], movers)
    by_day: dict[tuple[str, date], list[tuple[Commitment, str]]] = defaultdict(list)
    for one, why in movers:
        by_day[one.slot.schedule.account, one.slot.day].append((one, why))
    desk = _Desk(connection, brand, hours, now)
    changes = [
        change
        for (account, day), own in sorted(by_day.items(), key=lambda each: each[0])
        for change in desk.move(own, account, day, taken=going[account])
    ]
    _follow(connection, brand, [one.post for one, _ in movers if one.post], changes, now)
    return changes


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where slots are moved: by which brand file, by what is known of hours, and when."""

    connection: sa.Connection
    brand: Brand
    hours: Hours
    now: datetime

    def move(
        self,
        movers: Sequence[tuple[Commitment, str]],
        account: str,
        day: date,
        *,
        taken: list[datetime],
    ) -> list[Change]:
        """Give the movers of one account's day other slots, as far as there are; `taken` grows."""
        wanted = [each for each in movers if self._may_go_elsewhere(each[0].slot)]
        ranked = sorted(
            wanted,
            key=lambda each: (-_priority(self.brand, each[0]), each[0].slot.schedule.due_at),
        )
        chosen = self._choose(wanted, account, day, taken) if wanted else []
        taken += [choice.due_at for choice in chosen]
        placed = sorted(ranked[: len(chosen)], key=lambda each: each[0].slot.schedule.due_at)
        changes = [
            self._to(one, why, choice) for (one, why), choice in zip(placed, chosen, strict=True)
        ]
        for one, why in (each for each in movers if each not in placed):
            shut = ", and its day has no other slot open" if (one, why) in wanted else ""
            changes.append(self._out(one, f"{why}{shut}"))
        return changes

    def _may_go_elsewhere(self, slot: PlannedSlot) -> bool:
        accounts = [account.id for account in self.brand.accounts]
        return slot.schedule.account in accounts and slot.rank <= self.brand.posting.posts_per_day

    def _choose(
        self,
        movers: Sequence[tuple[Commitment, str]],
        account: str,
        day: date,
        taken: Sequence[datetime],
    ) -> list[SlotChoice]:
        rules = constraints_of(self.brand, account, not_before=self.now, taken=taken)
        # another draw than the one by which they came where they are
        seed = seed_of("|".join(sorted(one.slot.id for one, _ in movers)))
        return choose_slots(self.hours.effects, {day: len(movers)}, constraints=rules, seed=seed)

    def _to(self, one: Commitment, why: str, choice: SlotChoice) -> Change:
        old = one.slot
        said = f"It was moved from {_wall(old)}, as the brand file has changed: {why}."
        told = replace(choice, reasoning=f"{choice.reasoning} {said}")
        logged = as_choice(told, self.brand, old.rank, self.now, self.hours.model_version)
        moved = {"moved_from": old.schedule.due_at.isoformat(), "rule": why}
        candidates = [each | (moved if "reasoning" in each else {}) for each in logged.candidates]
        name = f"{old.place}:moved:{old.times_moved + 1}"
        choices.log(self.connection, replace(logged, id=name, candidates=candidates))
        new = replace(
            old,
            id=name,
            strategy=choice.strategy,
            schedule=old.schedule.model_copy(
                update={
                    "local_time": choice.local_time,
                    "time_zone": choice.time_zone,
                    "due_at": choice.due_at,
                    "reasoning": told.reasoning,
                    "propensity": choice.propensity,
                }
            ),
        )
        if one.delivery is not None:
            move_slot(self.connection, one.delivery, new, actor=POLICY, now=self.now)
        return Change(old, new, why)

    def _out(self, one: Commitment, why: str) -> Change:
        place = one.slot.place
        dropped = Choice(
            id=f"{place}:dropped",
            kind=DROPPED,
            brand=self.brand.name,
            account=one.slot.schedule.account,
            chosen=place,
            propensity=1.0,
            policy="brand file",
            candidates=[
                {
                    "order": one.slot.brief_id,
                    "due_at": one.slot.schedule.due_at.isoformat(),
                    "rule": why,
                    "probability": 1.0,
                }
            ],
            decided_at=self.now,
        )
        choices.log(self.connection, dropped)
        if one.delivery is not None:
            drop_slot(self.connection, one.delivery, why=why, actor=POLICY, now=self.now)
        return Change(one.slot, None, why)


def _follow(
    connection: sa.Connection,
    brand: Brand,
    held: Sequence[ContentPost],
    changes: Sequence[Change],
    now: datetime,
) -> None:
    """Let drafts be due when their first slot is; what waits and has none left is put away."""
    why = {change.old.brief_id: change.why for change in changes if change.new is None}
    waiting = sorted({post.id for post in held if post.status is PostStatus.GENERATED})
    left = by_brief(planned_slots(connection, brand)) if waiting else {}
    for name in waiting:
        post = posts.load(connection, name, lock=True)
        if own := reached(left.get(post.brief_id or "", ()), post.platforms):
            first = min(slot.schedule.due_at for slot in own)
            posts.reschedule(connection, post, first, actor=POLICY, now=now)
            continue
        if post.brief_id not in why:
            continue
        decision = approvals.decision(connection, post.id, version=post.version)
        if decision is not None and decision.decision is Decision.HELD:
            reason = f"the brand file leaves no slot for it: {why[post.brief_id]}"
            approvals.decide(
                connection,
                Approval(post.id, post.version, Decision.EXPIRED, POLICY, reason, now),
            )
            posts.move(connection, post.id, PostStatus.ARCHIVED, actor=POLICY, now=now)


def _going(
    connection: sa.Connection,
    brand: Brand,
    staying: Sequence[Commitment],
    movers: Sequence[tuple[Commitment, str]],
) -> dict[str, list[datetime]]:
    """By account, when something goes out or went out lately; posts of persons among it."""
    going: dict[str, set[datetime]] = defaultdict(set)
    for one in staying:
        going[one.slot.schedule.account].add(one.slot.schedule.due_at)
    first = min((one.slot.schedule.due_at for one, _ in movers), default=None)
    moving = {one.delivery.id for one, _ in movers if one.delivery}
    since = first - _BEFORE if first else None
    for row in deliveries.list(connection, states=GOING, brand=brand.name, since=since):
        if row.kind is DeliveryKind.POST and row.after is None and row.id not in moving:
            going[row.account].add(row.sent_at or row.due_at)
    return defaultdict(list, {account: sorted(instants) for account, instants in going.items()})


def _wall(slot: PlannedSlot) -> str:
    return slot.schedule.local_time.replace("T", " ")


def _offenders(
    brand: Brand, found: Sequence[Commitment], now: datetime
) -> list[tuple[Commitment, str]]:
    """Those that cannot stay, each with the rule it breaks beside those that can."""
    by_account: dict[str, list[Commitment]] = defaultdict(list)
    for one in found:
        by_account[one.slot.schedule.account].append(one)
    accounts = {account.id for account in brand.accounts}
    offending: list[tuple[Commitment, str]] = []
    for account, own in by_account.items():
        movable = [one for one in own if one.is_movable]
        if account not in accounts:
            offending += [(one, "the account is not in the brand file") for one in movable]
            continue
        wanted = [one for one in movable if one.slot.rank <= brand.posting.posts_per_day]
        fixed = [one.slot.schedule.due_at for one in own if not one.is_movable]
        rules = constraints_of(brand, account, not_before=now, taken=fixed)
        standing = [Standing(one.slot.schedule.due_at, _priority(brand, one)) for one in wanted]
        stay = keep(standing, rules)
        beside = replace(rules, taken=(*fixed, *(standing[place].at for place in stay)))
        offending += [
            (one, broken_rule(one.slot.schedule.due_at, beside) or "")
            for place, one in enumerate(wanted)
            if place not in stay
        ]
        most = f"the brand posts {brand.posting.posts_per_day} times a day (posting.posts_per_day)"
        offending += [(one, most) for one in movable if one not in wanted]
    return offending


def _priority(brand: Brand, one: Commitment) -> int:
    return priority_of(brand, one.brief) if one.brief else 0


def _hold(
    connection: sa.Connection, offending: Sequence[tuple[Commitment, str]]
) -> list[tuple[Commitment, str]]:
    """Those that are still as they were seen, their posts and deliveries locked till the end.

    Posts before deliveries, each in order of their ids, as everyone locks them.
    """
    names = sorted({one.post.id for one, _ in offending if one.post})
    held = {name: posts.load(connection, name, lock=True) for name in names}
    ids = {one.delivery.id for one, _ in offending if one.delivery}
    rows = deliveries.load_all(connection, ids, lock=True)
    return [
        (one, why)
        for one, why in offending
        if (one.post is None or held[one.post.id].status == one.post.status)
        and (one.delivery is None or rows[one.delivery.id] == one.delivery)
    ]
