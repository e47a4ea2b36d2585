"""How a brand's duties stand: met, planned, to come, behind or missed, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import sqlalchemy as sa

from domain.brand import Brand, zone_of
from domain.deliveries import DeliveryState
from domain.duties import Duty, Span
from planning.duties import Told, told_in
from planning.slots import PlannedSlot, by_brief, planned_slots
from storage.ledger import approvals, deliveries, posts, stops
from storage.ledger.approvals import Decision

_STUCK = (DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Standing:
    """One duty in one span: how many posts are out or planned, and what stands in the way."""

    brand: str
    duty: Duty
    span: Span
    out: int
    planned: int
    state: str
    why: str = ""

    @property
    def is_lacking(self) -> bool:
        """Whether it was not met, or is behind."""
        return self.state in ("missed", "behind")

    def in_words(self) -> str:
        """A line for people."""
        first, last = self.span
        days = f"{first:%-d %b}" if first == last else f"{first:%-d %b} to {last:%-d %b}"
        why = f": {self.why}" if self.why else ""
        return (
            f"Duty {self.duty.in_words()}: {self.state} ({days}, {self.out} out, "
            f"{self.planned} planned){why}."
        )


def standings(
    connection: sa.Connection, brand: Brand, *, now: datetime, since: datetime | None = None
) -> list[Standing]:
    """How each duty stands in each of its spans from `since` (now, where not given) to now.

    Spans before the brand's first slot are left out.
    """
    slots = planned_slots(connection, brand)
    if not brand.duties or not slots:
        return []
    zone = zone_of(brand.accounts[0])
    today = now.astimezone(zone).date()
    begin = max(min(slot.day for slot in slots), (since or now).astimezone(zone).date())
    spans = [(duty, span) for duty in brand.duties for span in _spans(duty, begin, today)]
    if not spans:
        return []
    whole = min(span[0] for _, span in spans), max(span[1] for _, span in spans)
    told = told_in(connection, brand, slots, posts.find(connection, brand=brand.name), whole)
    return [_standing(connection, brand, duty, span, told, slots, today) for duty, span in spans]


def standings_frame(found: Sequence[Standing]) -> pl.DataFrame:
    """One row per duty and span."""
    rows = [
        (
            one.brand,
            one.duty.in_words(),
            *one.span,
            one.out,
            one.planned,
            one.state,
            one.why,
        )
        for one in found
    ]
    schema = {
        "brand": pl.String(),
        "duty": pl.String(),
        "from": pl.Date(),
        "to": pl.Date(),
        "out": pl.Int64(),
        "planned": pl.Int64(),
        "state": pl.String(),
        "why": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _spans(duty: Duty, begin: date, end: date) -> list[Span]:
    days = (begin + timedelta(days=n) for n in range((end - begin).days + 1))
    return list(dict.fromkeys(span for day in days if (span := duty.span_of(day)) is not None))


def _standing(  # noqa: PLR0913 - what it is judged by
    connection: sa.Connection,
    brand: Brand,
    duty: Duty,
    span: Span,
    told: Sequence[Told],
    slots: Sequence[PlannedSlot],
    today: date,
) -> Standing:
    own = [one for one in told if one.meets(duty, span)]
    out = sum(one.is_out for one in own)
    alive = sum(one.counts(today) for one in own)
    planned_today = [slot for slot in slots if slot.day == today]
    if alive >= duty.at_least:
        state = "met" if out >= duty.at_least else "planned"
    elif span[1] < today:
        state = "missed"
    elif planned_today and duty.lacking(today, done=alive):
        state = "behind"
    else:
        state = "to come"
    why = ""
    if state in ("missed", "behind"):
        why = _trouble(connection, brand, duty, own) or _no_slot(duty, span, slots, today)
    elif state == "planned":
        why = _trouble(connection, brand, duty, [one for one in own if not one.is_out])
    return Standing(brand.name, duty, span, out, alive - out, state, why)


def _trouble(connection: sa.Connection, brand: Brand, duty: Duty, told: Sequence[Told]) -> str:
    """What became of the posts that should have met it; empty where nothing stood in their way."""
    stopped = stops.active(connection, brand.name)
    found = [f"an emergency stop is on ({stopped.reason})"] if stopped else []
    drafts = [post for one in told for post in one.posts]
    names = [post.id for post in drafts]
    decided = approvals.decisions(connection, names)
    found += [
        f"{post.id} is {last.decision}: {last.reason}"
        for post in drafts
        if (last := decided.get((post.id, post.version))) is not None
        and last.decision is not Decision.APPROVED
    ]
    found += [
        f"{each.account} is {each.state}: {each.reason or 'no reason was given'}"
        for each in deliveries.of_posts(connection, names)
        if each.state in _STUCK and (not duty.platforms or each.platform in duty.platforms)
    ]
    return "; ".join(dict.fromkeys(found))


def _no_slot(duty: Duty, span: Span, slots: Sequence[PlannedSlot], today: date) -> str:
    days = [day for day in duty.open_days(span) if day <= today]
    fitting = [
        key
        for key, own in by_brief([slot for slot in slots if slot.day in days]).items()
        if {slot.schedule.platform for slot in own} >= set(duty.platforms)
    ]
    if not fitting:
        where = " and ".join(duty.platforms) or "any account"
        return f"no slot reached {where}; raise posts_per_day or daily_cap, or widen the windows"
    return "the slots had been given to other posts; lower another duty or raise posts_per_day"
