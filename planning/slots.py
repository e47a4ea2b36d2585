"""Which instants each account will post at: chosen once, remembered with the probability."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import sqlalchemy as sa

from domain.brand import Brand, zone_of
from domain.platforms import Platform
from domain.schedule import PlatformSchedule, Strategy
from ml.openings import constraints_of
from ml.slots import SlotChoice, choose_slots
from storage.ledger import choices, stops
from storage.ledger.choices import Choice

KIND = "slot"
DROPPED = "slot_dropped"
"""A slot that had to move and found no other place; `chosen` is which."""


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """One instant of one account; `rank` counts the account's posts of that local day.

    `id` is the choice by which it came to its instant: another one each time it is moved.
    """

    id: str
    brand: str
    day: date
    rank: int
    strategy: Strategy
    schedule: PlatformSchedule

    @property
    def brief_id(self) -> str:
        """The order that this slot is filled by: one a brand, day and rank, for all accounts."""
        return f"{self.brand}:{self.day}:{self.rank}"

    @property
    def place(self) -> str:
        """Its name, wherever it was moved."""
        return f"{self.schedule.account}:{self.day}:{self.rank}"

    @property
    def times_moved(self) -> int:
        """How often it was moved; 0 where it is where it was first."""
        before, moved, times = self.id.partition(":moved:")
        return int(times) if moved and before == self.place else 0


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead is planned: so many local days, today's rest included.

    A brand that plans further ahead gets its own `plan_days`.
    """

    now: datetime
    days: int = 1


def plan_slots(
    connection: sa.Connection,
    brand: Brand,
    *,
    effects: pl.DataFrame,
    model_version: str | None,
    horizon: Horizon,
) -> int:
    """Choose and log the slots of every account and local day that has none; how many are new.

    `effects` are rows of `ml.timing.fit_slots`; without any the brand's default times serve.
    A day that was planned before is left as it is, so planning again is harmless; what a changed
    brand file forbids there is moved by `planning.replanning`. An emergency stop freezes the plan.
    """
    if stops.active(connection, brand.name):
        return 0
    every = _ever_chosen(connection, brand)
    known = _as_moved_last(connection, brand, every)
    planned_days = {(slot.schedule.account, slot.day) for slot in every}
    fresh = 0
    for account in brand.accounts:
        taken = [slot.schedule.due_at for slot in known if slot.schedule.account == account.id]
        today = horizon.now.astimezone(zone_of(account)).date()
        far = max(horizon.days, brand.posting.plan_days)
        days = [today + timedelta(days=ahead) for ahead in range(far)]
        wanted = [day for day in days if (account.id, day) not in planned_days]
        chosen = choose_slots(
            effects,
            dict.fromkeys(wanted, brand.posting.posts_per_day),
            constraints=constraints_of(brand, account.id, not_before=horizon.now, taken=taken),
            seed=seed_of(account.id),
        )
        for day in wanted:
            of_day = [choice for choice in chosen if choice.day == day]
            for rank, choice in enumerate(of_day, start=1):
                logged = as_choice(choice, brand, rank, horizon.now, model_version)
                fresh += choices.log(connection, logged)
    return fresh


def planned_slots(connection: sa.Connection, brand: Brand) -> list[PlannedSlot]:
    """Every slot of the brand where it was moved last, oldest decision first; none was dropped."""
    return _as_moved_last(connection, brand, _ever_chosen(connection, brand))


def dropped_orders(connection: sa.Connection, brand: Brand) -> frozenset[str]:
    """The orders that lost a slot, for the brand file left no other place for it."""
    dropped = choices.list(connection, kind=DROPPED, brand=brand.name)
    return frozenset(each["order"] for choice in dropped for each in choice.candidates)


def by_brief(slots: Sequence[PlannedSlot]) -> dict[str, list[PlannedSlot]]:
    """The slots of each order: the n-th post of a day on every account says the same."""
    orders: dict[str, list[PlannedSlot]] = defaultdict(list)
    for slot in slots:
        orders[slot.brief_id].append(slot)
    return dict(orders)


def seed_of(name: str) -> int:
    """A seed that follows from a name, the same on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def as_choice(
    choice: SlotChoice, brand: Brand, rank: int, now: datetime, version: str | None
) -> Choice:
    """The choice of the n-th slot of an account's day as it is logged."""
    explained = {
        "day": choice.day.isoformat(),
        "rank": rank,
        "local_time": choice.local_time,
        "time_zone": choice.time_zone,
        "strategy": choice.strategy.value,
        "reasoning": choice.reasoning,
    }
    candidates = [
        {"due_at": each.due_at.isoformat(), "slot": each.slot, "probability": each.probability}
        | (explained if each.due_at == choice.due_at else {})
        for each in choice.candidates
    ]
    return Choice(
        id=f"{choice.account}:{choice.day}:{rank}",
        kind=KIND,
        brand=brand.name,
        account=choice.account,
        chosen=choice.due_at.isoformat(),
        propensity=choice.propensity,
        policy="thompson" if version else "defaults",
        candidates=candidates,
        decided_at=now,
        model_version=version,
    )


def _ever_chosen(connection: sa.Connection, brand: Brand) -> list[PlannedSlot]:
    return [_planned(choice) for choice in choices.list(connection, kind=KIND, brand=brand.name)]


def _as_moved_last(
    connection: sa.Connection, brand: Brand, every: Sequence[PlannedSlot]
) -> list[PlannedSlot]:
    gone = {one.chosen for one in choices.list(connection, kind=DROPPED, brand=brand.name)}
    newest = {slot.place: slot for slot in every}
    return [slot for place, slot in newest.items() if place not in gone]


def _planned(choice: Choice) -> PlannedSlot:
    taken = next(each for each in choice.candidates if "reasoning" in each)
    return PlannedSlot(
        id=choice.id,
        brand=choice.brand,
        day=date.fromisoformat(taken["day"]),
        rank=taken["rank"],
        strategy=Strategy(taken["strategy"]),
        schedule=PlatformSchedule(
            platform=Platform(choice.account.partition(":")[0]),
            account=choice.account,
            local_time=taken["local_time"],
            time_zone=taken["time_zone"],
            due_at=datetime.fromisoformat(choice.chosen),
            reasoning=taken["reasoning"],
            propensity=choice.propensity,
        ),
    )
