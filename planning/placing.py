"""Which of a day's slots each post has: the higher its priority, the better the hour."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean

import numpy as np
import polars as pl
import sqlalchemy as sa

from content.briefs import PlannedBrief, Slot
from domain.brand import Brand
from domain.schedule import Strategy
from domain.writing import Brief
from domain.zones import WALL
from ml.assignment import assign
from planning.slots import PlannedSlot
from storage.ledger import choices
from storage.ledger.choices import Choice

KIND = "place"
PRIORITY, HELD_OUT = "priority", "held out"
"""Policies: given a slot by priority, or left where it was drawn as one of its hours is random."""
DUTY = 1
"""The priority of a duty: before ordinary posts (0), as a campaign's of the same number."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an order is about, the order for which that was drawn, and how it came to be here.

    `choice` is None where nothing could be gained by priority that day.
    """

    planned: PlannedBrief
    drawn_for: str
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One open order: its slot as topics see it, and its slots on each account."""

    slot: Slot
    slots: Sequence[PlannedSlot]

    @property
    def is_held_out(self) -> bool:
        """Whether one of its hours was drawn at random, to judge the others against."""
        return any(slot.strategy is Strategy.TEST for slot in self.slots)

    def effect(self, effects: pl.DataFrame) -> float:
        """What its hours are expected to bring on average (log); those without evidence nothing."""
        return fmean(_effect(slot, effects) for slot in self.slots)


def campaign_priority(brand: Brand, campaign: str | None) -> int:
    """That of a campaign; 0 where there is none, or it is gone from the brand file."""
    return next((each.priority for each in brand.campaigns if each.id == campaign), 0)


def priority_of(brand: Brand, brief: Brief) -> int:
    """How much an order matters: its campaign's priority, a duty's 1 at least, else 0."""
    return max(campaign_priority(brand, brief.campaign), DUTY if brief.duty else 0)


def place_orders(
    brand: Brand,
    drawn: Mapping[str, PlannedBrief],
    orders: Mapping[str, Order],
    *,
    effects: pl.DataFrame,
    now: datetime,
) -> dict[str, Place]:
    """What each order is about, after the orders of each day were assigned to its slots.

    `drawn` is what was drawn for each order, `effects` rows of `ml.timing.fit_slots` or none. The
    assignment has the highest sum of priority times expected effect (`ml.assignment`). Orders of
    equal priority, and hours without evidence, stay as drawn; so does what was drawn for an order
    with a random hour: the hold-out is given to no priority. A post only goes where it may: within
    its campaign's days, and where its duty's platforms are reached.
    """
    placed = {key: Place(planned, key) for key, planned in drawn.items()}
    known = [account.id for account in brand.accounts]
    if not effects.filter(pl.col("account").is_in(known) & pl.col("evidence")).height:
        return placed
    days: dict[object, list[str]] = defaultdict(list)
    for key in drawn:
        days[orders[key].slot.day].append(key)
    for keys in days.values():
        priorities = {key: priority_of(brand, drawn[key].brief) for key in keys}
        if len(set(priorities.values())) > 1:
            day = _Day(brand, drawn, orders, priorities, effects, now)
            placed |= {key: day.held_out(key) for key in keys if orders[key].is_held_out}
            placed |= day.assigned([key for key in keys if not orders[key].is_held_out])
    return placed


def reason_of(connection: sa.Connection, order: str | None) -> str:
    """In a sentence, why an order's post has its slot and no other; empty where it was drawn."""
    choice = choices.find(connection, f"{order}:{KIND}") if order else None
    told = [each.get("reasoning", "") for each in choice.candidates] if choice else []
    return next((each for each in told if each), "")


@dataclass(frozen=True, slots=True)
class _Day:
    """A day on which one post matters more than another."""

    brand: Brand
    drawn: Mapping[str, PlannedBrief]
    orders: Mapping[str, Order]
    priorities: Mapping[str, int]
    effects: pl.DataFrame
    now: datetime

    def held_out(self, key: str) -> Place:
        """What was drawn for an order with a random hour stays there."""
        return Place(self.drawn[key], key, self._choice(key, key, [key], HELD_OUT, ""))

    def assigned(self, keys: Sequence[str]) -> dict[str, Place]:
        """What each of these orders is about, by priority."""
        if not keys:
            return {}
        effects = {key: self.orders[key].effect(self.effects) for key in keys}
        allowed = np.array([[self._may_go(post, to) for to in keys] for post in keys])
        slots = assign([self.priorities[key] for key in keys], [*effects.values()], allowed)
        found = {}
        for post, to in zip(keys, (keys[slot] for slot in slots), strict=True):
            why = self._why(post, effects[to], effects[post], keys)
            found[to] = Place(
                self._moved(post, to, why), post, self._choice(to, post, keys, PRIORITY, why)
            )
        return found

    def _may_go(self, post: str, to: str) -> bool:
        brief, slot = self.drawn[post].brief, self.orders[to].slot
        duty = self.brand.duty(brief.duty)
        campaign = next((c for c in self.brand.campaigns if c.id == brief.campaign), None)
        return post == to or (
            (duty is None or set(duty.platforms) <= set(slot.platforms))
            and (campaign is None or campaign.runs_on(slot.day))
        )

    def _moved(self, post: str, to: str, why: str) -> PlannedBrief:
        planned, slot = self.drawn[post], self.orders[to].slot
        told = f"{planned.brief.why} {why}" if why else planned.brief.why
        update = {"due_at": slot.due_at, "platforms": slot.platforms, "why": told}
        return replace(planned, brief=planned.brief.model_copy(update=update))

    def _why(self, post: str, has: float, had: float, keys: Sequence[str]) -> str:
        """In a sentence, what priority did to this post; empty where it did nothing."""
        brief, priority = self.drawn[post].brief, self.priorities[post]
        rest = f", not the {np.expm1(had):+.0%} of the slot it was drawn for" if has != had else ""
        if priority > min(self.priorities[key] for key in keys):
            of = self._of(brief, priority)
            return (
                f"Its priority {priority} ({of}) gives it a slot that promises "
                f"{np.expm1(has):+.0%}{rest}."
            )
        if has != had:
            return (
                f"A post of higher priority has the slot it was drawn for: this one promises "
                f"{np.expm1(has):+.0%}{rest}."
            )
        return ""

    def _of(self, brief: Brief, priority: int) -> str:
        """Whose priority it is."""
        if priority > campaign_priority(self.brand, brief.campaign):
            return f"duty {brief.duty}"
        return f"campaign {brief.campaign}"

    def _choice(self, to: str, post: str, keys: Sequence[str], policy: str, why: str) -> Choice:
        chosen = {"effect": self.orders[to].effect(self.effects), "reasoning": why}
        return Choice(
            id=f"{to}:{KIND}",
            kind=KIND,
            brand=self.brand.name,
            account="",
            chosen=post,
            # given what was drawn for the day there is no chance in it
            propensity=1.0,
            policy=policy,
            candidates=[
                {
                    "order": key,
                    "priority": self.priorities[key],
                    "probability": float(key == post),
                }
                | (chosen if key == post else {})
                for key in keys
            ],
            decided_at=self.now,
        )


def _effect(slot: PlannedSlot, effects: pl.DataFrame) -> float:
    local = datetime.strptime(slot.schedule.local_time, WALL)  # noqa: DTZ007 - a wall clock
    hour = local.weekday() * 24 + local.hour
    own = effects.filter(
        (pl.col("account") == slot.schedule.account) & (pl.col("slot") == hour) & pl.col("evidence")
    )
    return float(own["effect"][0]) if own.height else 0.0
