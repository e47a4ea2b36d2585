"""The money in a plan: what an order may cost, and what is left of the brand's month to pay it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from content.media.makers.base import Makers
from content.media.pictures import is_upright
from content.providers.base import Writer
from content.providers.composer import Composer
from content.voice import link_of
from domain.brand import Brand, Strategy
from domain.deliveries import DeliveryKind, Payload
from domain.languages import name_of
from domain.posts import PostStatus
from domain.prices import dollars, in_budget, is_charged
from domain.writing import Brief, Paid
from planning.formats import clip_platforms, is_needed, is_wished, picture_platforms
from planning.reach import reached
from planning.slots import PlannedSlot, by_brief, planned_slots
from storage.ledger import briefs, posts, spending, stops

PENNY = 1e-6
"""Below this, two sums of cents are the same."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Who is paid for an order: hosted writers, makers of pictures and clips, billed platforms.

    `bills` says whether platforms are spoken to that charge; a rehearsal costs nothing.
    """

    writers: Sequence[Writer] = ()
    makers: Makers = field(default_factory=Makers)
    bills: bool = False

    @property
    def hosted(self) -> list[Writer]:
        """The writers but the composer."""
        return [writer for writer in self.writers if not isinstance(writer, Composer)]


FREE = Prices()
"""Nobody is paid."""


@dataclass
class Means:
    """What is left of a brand's money in each month (UTC), in cents of its budget's currency.

    Each order that is covered takes its share, so that the first ones asked keep their money.
    """

    brand: Brand
    prices: Prices
    now: datetime
    spent: float = 0.0
    planned: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def month(self) -> str:
        """The present month: `2026-03`."""
        return f"{self.now:%Y-%m}"

    def left(self, month: str) -> float:
        """Cents that are neither spent nor planned in that month; never below 0."""
        spent = self.spent if month == self.month else 0.0
        return max(self.brand.budget.monthly_cents - spent - self.planned.get(month, 0.0), 0.0)

    def covered(self, brief: Brief, slots: Sequence[PlannedSlot]) -> Brief | None:
        """The order with what its brand can pay for; None where nothing of it is for free.

        What models would make goes first, then the hosted writer, then the platforms that charge.
        Why stands in the order.
        """
        whole = self.costs(brief, slots)
        if not whole:
            return brief
        for trial in self._cheaper(brief, slots):
            costs = self.costs(trial, slots)
            if all(cents <= self.left(month) + PENNY for month, cents in costs.items()):
                told = self._told(brief, trial, whole)
                self.take(costs)
                return trial.model_copy(update={"why": f"{trial.why}{told}"})
        return None

    def take(self, costs: Mapping[str, float]) -> None:
        """Keep so many cents of each month for an order."""
        for month, cents in costs.items():
            self.planned[month] += cents

    def costs(
        self, brief: Brief, slots: Sequence[PlannedSlot], *, is_written: bool = False
    ) -> dict[str, float]:
        """The most that an order may still cost by month, in the budget's cents; empty if nothing.

        Writers and makers are paid now, platforms when a post is due.
        """
        found: dict[str, float] = defaultdict(float)
        if not is_written:
            writer = 0.0 if "writer" in brief.without else self._writer_cents(brief)
            makers = 0.0 if "makers" in brief.without else self._maker_cents(brief)
            found[self.month] += in_budget(writer + makers, self.brand.budget)
        for slot in reached(slots, brief.platforms):
            month = f"{slot.schedule.due_at:%Y-%m}"
            found[month] += self._sent_cents(brief, slot)
        return {month: cents for month, cents in found.items() if cents > PENNY}

    def shortage(self) -> str:
        """What is left, in words."""
        budget = self.brand.budget
        return (
            f"{self.left(self.month):.2f} of {budget.monthly_cents} {budget.currency} cents are "
            f"left in {self.month}"
        )

    def _cheaper(self, brief: Brief, slots: Sequence[PlannedSlot]) -> Iterator[Brief]:
        """The order as it is, then with ever less that costs money."""
        bought: list[Paid] = ["makers"] if self._maker_cents(brief) else []
        steps: list[tuple[Paid, ...]] = [(), tuple(bought)]
        if self._writer_cents(brief) and self._is_written_for_nothing(brief):
            steps.append((*bought, "writer"))
        free = [
            platform
            for platform in brief.platforms
            if not any(self._sent_cents(brief, slot) for slot in reached(slots, [platform]))
        ]
        for platforms in (brief.platforms, tuple(free)):
            own = reached(slots, platforms)
            if platforms and own:
                due_at = min(slot.schedule.due_at for slot in own)
                formats = {p: name for p, name in brief.formats.items() if p in platforms}
                fewer = {"platforms": platforms, "due_at": due_at, "formats": formats}
                kept = brief if platforms == brief.platforms else brief.model_copy(update=fewer)
                for without in dict.fromkeys(steps):
                    yield kept.model_copy(update={"without": without})

    def _is_written_for_nothing(self, brief: Brief) -> bool:
        is_free = any(not w.estimate_cents(brief, brand=self.brand) for w in self.prices.hosted)
        return is_free or Composer.speaks(brief.language)

    def _writer_cents(self, brief: Brief) -> float:
        """US cents: of who is asked first, or of the dearest where that is measured only later."""
        each = [w.estimate_cents(brief, brand=self.brand) for w in self.prices.hosted]
        if not each:
            return 0.0
        return each[0] if self.brand.strategy is Strategy.LISTED else max(each)

    def _maker_cents(self, brief: Brief) -> float:
        """US cents of the picture and the clip that models would make of the order.

        As `planning.easel` asks for them, where every platform takes its clip.
        """
        look, makers, cents = self.brand.look, self.prices.makers, 0.0
        clips = clip_platforms(brief, brief.platforms)
        still = picture_platforms(brief, brief.platforms, watched=clips)
        is_shown = is_needed(brief.platforms) or is_wished(brief, self.brand)
        if look and look.filming and makers.filmer and any(map(is_upright, clips)):
            cents += makers.filmer.cents
        if look and look.painting and makers.painter and still and is_shown:
            cents += makers.painter.cents
        return cents

    def _sent_cents(self, brief: Brief, slot: PlannedSlot) -> float:
        """What a platform charges for the post, in the budget's cents; with its link, if any."""
        budget, platform = self.brand.budget, slot.schedule.platform
        account = self.brand.account(slot.schedule.account)
        if not is_charged(account, budget, bills=self.prices.bills):
            return 0.0
        payload = Payload(text=brief.facts[0].text, link=link_of(brief))
        return in_budget(dollars(platform, DeliveryKind.POST, payload) * 100, budget)

    def _told(self, brief: Brief, trial: Brief, whole: Mapping[str, float]) -> str:
        """In a sentence what the order goes without, and why; empty where it lacks nothing."""
        names = {"makers": "pictures and clips of models", "writer": "a hosted writer"}
        lacks = [names[each] for each in trial.without]
        lacks += [p for p in brief.platforms if p not in trial.platforms]
        if not lacks:
            return ""
        cents = sum(whole.values())
        return (
            f" It goes without {' and '.join(lacks)}: whole it may cost {cents:.2f} cents, and "
            f"{self.shortage()}."
        )


def means_of(connection: sa.Connection, brand: Brand, prices: Prices, *, now: datetime) -> Means:
    """What is left for new orders: without what is spent, set aside, or planned for orders so far.

    Of an order that is written only the sends are still to be paid; one whose drafts were all put
    away costs no more.
    """
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = spending.spent(connection, brand=brand.name, since=month)
    means = Means(brand, prices, now, spent=spent)
    ahead = _ahead(connection, brand, now)
    lives: dict[str, bool] = defaultdict(bool)
    for post in posts.find(connection, brand=brand.name):
        if post.brief_id in ahead:
            lives[post.brief_id] |= post.status is not PostStatus.ARCHIVED
    for key, brief in briefs.load_all(connection, [*ahead]).items():
        if lives.get(key, True):
            means.take(means.costs(brief, ahead[key], is_written=key in lives))
    return means


def money_frame(
    connection: sa.Connection, brands: Sequence[Brand], prices: Prices, *, now: datetime
) -> pl.DataFrame:
    """One row per brand: its budget of the month, what is spent, planned and left, in cents.

    `reduced` orders go without something that costs money; `left_out` have no order at all, since
    none of their platforms is for free, or nobody writes their language for nothing.
    """
    rows = []
    for brand in brands:
        means = means_of(connection, brand, prices, now=now)
        ahead = _ahead(connection, brand, now)
        ordered = briefs.load_all(connection, [*ahead])
        stopped = stops.active(connection, brand.name) is not None
        lacking = [one for one in ordered.values() if "It goes without " in one.why]
        left_out = 0 if stopped else len(ahead) - len(ordered)
        spent, planned = means.spent, means.planned.get(means.month, 0.0)
        language = brand.voice.language
        payees = "" if Composer.speaks(language) else f", or who writes {name_of(language)},"
        why = f"their platforms{payees} all charge, and {means.shortage()}" if left_out else ""
        rows.append((
            brand.name, brand.budget.currency, brand.budget.monthly_cents, spent, planned,
            means.left(means.month), len(lacking), left_out, why,
        ))  # fmt: skip
    schema = {
        "brand": pl.String(),
        "currency": pl.String(),
        "budget_cents": pl.Int64(),
        "spent_cents": pl.Float64(),
        "planned_cents": pl.Float64(),
        "left_cents": pl.Float64(),
        "reduced": pl.Int64(),
        "left_out": pl.Int64(),
        "why": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _ahead(connection: sa.Connection, brand: Brand, now: datetime) -> dict[str, list[PlannedSlot]]:
    every = planned_slots(connection, brand)
    return by_brief([slot for slot in every if slot.schedule.due_at >= now])
