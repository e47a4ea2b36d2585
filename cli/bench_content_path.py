"""The whole content path of a day for many brands, by the functions that the assets call.

Slots, orders, drafts, verdicts, pictures and clips, and the batch that decides, each in the ledger;
no model serves and nobody but the given writer is asked.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from math import ceil
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from domain.platforms import Platform
from runtime.settings import CHECKOUT

if TYPE_CHECKING:
    from content.providers.base import Writer
    from domain.brand import Brand
    from storage.blobs import Blobs
    from storage.ledger.database import Ledger

BRANDS, A_DAY = 50, 10
"""Brands at most, and posts of each on a day at most."""
_PLATFORMS = (Platform.X, Platform.BLUESKY)
_NIGHT = datetime(2026, 3, 2, 3, tzinfo=UTC)
_HOURS = tuple(time(hour, minute) for hour, minute in zip(range(8, 18), [0, 20] * 5, strict=True))


@dataclass(frozen=True)
class Night:
    """A clock that stands still at the night before."""

    def now(self) -> datetime:
        """Before the first slot."""
        return _NIGHT

    def wait_until(self, instant: datetime) -> None:
        """Nothing here waits."""


@dataclass
class Walked:
    """What came of the path: CPU seconds of each part, and how many things went through it."""

    cpu: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count what is done here as that part's."""
        start = process_time()
        yield
        self.cpu[part] = self.cpu.get(part, 0.0) + process_time() - start

    @property
    def text_seconds(self) -> float:
        """All but pictures and clips."""
        return sum(spent for part, spent in self.cpu.items() if part != "media")

    def figures(self) -> dict[str, Any]:
        """Milliseconds by part and the counts."""
        return {
            "path_counts": self.counts,
            "path_cpu_ms": {part: round(1000 * spent) for part, spent in self.cpu.items()},
        }


def lay_brands(posts: int, *, first: int = 0) -> tuple[list["Brand"], int]:
    """Copies of the example brands with two accounts each, and the days that so many posts take.

    The copies are numbered from `first` on.
    """
    from storage.brand_files import load_brands

    examples = list(load_brands(CHECKOUT / "brands").values())
    count = min(BRANDS, ceil(posts / 2))
    each = ceil(posts / count)
    a_day = min(A_DAY, each)
    numbers = range(first, first + count)
    return [_copy(examples[n % len(examples)], n, a_day) for n in numbers], ceil(each / a_day)


def _copy(brand: "Brand", number: int, a_day: int) -> "Brand":
    accounts = tuple(
        one.model_copy(update={"handle": f"{one.handle}{number}", "daily_cap": a_day})
        for one in brand.accounts
        if one.platform in _PLATFORMS
    )
    hours = {"default_times": _HOURS[:a_day], "min_gap_minutes": 30, "posts_per_day": a_day}
    posting = brand.posting.model_copy(update=hours)
    changes = {"accounts": accounts, "posting": posting, "duties": (), "campaigns": ()}
    return brand.model_copy(update={"name": f"{brand.name}-{number}", **changes})


def walk(
    ledger: "Ledger", folder: Path, *, brands: Sequence["Brand"], days: int, writer: "Writer"
) -> Walked:
    """Lead so many days of the brands through all steps; the ledger knows none of them before."""
    from storage.blobs import Blobs
    from storage.ledger import brands as served

    walked = Walked()
    with ledger.transaction() as connection:
        for brand in brands:
            served.save(connection, brand, now=_NIGHT)
    _plan(ledger, brands, days, walked)
    _order(ledger, brands, writer, walked)
    _write(ledger, folder, brands, writer, walked)
    _show(ledger, brands, Blobs(folder / "media"), walked)
    _settle(ledger, brands, walked)
    return walked


def _plan(ledger: "Ledger", brands: Sequence["Brand"], days: int, walked: Walked) -> None:
    """As `slot_plan` does where no model of hours serves."""
    from planning.replanning import Hours, replan
    from planning.slots import Horizon, plan_slots, planned_slots
    from planning.tables import slots_frame

    hours = Hours(_no_rows("slot_effects"))
    with walked.timed("content_plan"):
        for brand in brands:
            with ledger.transaction() as connection:
                replan(connection, brand, hours=hours, now=_NIGHT)
                horizon = Horizon(_NIGHT, days)
                effects = hours.effects
                plan_slots(connection, brand, effects=effects, model_version=None, horizon=horizon)
        with ledger.reading() as connection:
            frames = [slots_frame(planned_slots(connection, brand)) for brand in brands]
    walked.counts["slots"] = sum(frame.height for frame in frames)


def _order(ledger: "Ledger", brands: Sequence["Brand"], writer: "Writer", walked: Walked) -> None:
    """As `briefs` does without a past."""
    import polars as pl

    from planning.briefing import open_briefs, order_briefs
    from planning.means import Prices
    from planning.tables import briefs_frame

    prices, trends = Prices([writer]), _no_rows("trends")
    with walked.timed("briefs"):
        for brand in brands:
            order_briefs(ledger, brand, past=pl.DataFrame(), trends=trends, prices=prices)
        with ledger.reading() as connection:
            frames = [briefs_frame(open_briefs(connection, b, now=_NIGHT)) for b in brands]
    walked.counts["orders"] = sum(frame.height for frame in frames)


def _write(
    ledger: "Ledger", folder: Path, brands: Sequence["Brand"], writer: "Writer", walked: Walked
) -> None:
    """As `drafts` and `draft_verdicts` do."""
    from planning.drafting import Desk, judged_lately, verdicts_in_pieces
    from planning.scriptorium import Scriptorium
    from planning.turns import write_in_turn
    from storage.lake import Lake
    from storage.ledger.costs import LedgerPurse

    scriptorium = Scriptorium(ledger, {})
    with walked.timed("drafts"):
        scriptorium.go_on()
        desk = Desk([writer], LedgerPurse(ledger), scriptorium)
        drafts = write_in_turn(ledger, brands, desk=desk).frame
    with walked.timed("draft_verdicts"), ledger.reading() as connection:
        pieces = verdicts_in_pieces(judged_lately(connection, now=_NIGHT))
        Lake(folder / "lake").replace_in_pieces("draft_verdicts", pieces)
    walked.counts["drafts"] = drafts.height


def _show(ledger: "Ledger", brands: Sequence["Brand"], blobs: "Blobs", walked: Walked) -> None:
    """As `media` does without makers."""
    from planning.commissioning import Atelier
    from planning.illustrating import illustrate_in_turn

    with walked.timed("media"):
        drawn = illustrate_in_turn(ledger, brands, blobs=blobs, atelier=Atelier(ledger, blobs))
    kinds = drawn.frame["media_type"].to_list()
    walked.counts |= {"pictures": kinds.count("image"), "clips": kinds.count("video")}


def _settle(ledger: "Ledger", brands: Sequence["Brand"], walked: Walked) -> None:
    """As `content_batch` does where no model serves."""
    import polars as pl

    from planning.batch import settle_batch
    from planning.forecasts import promised_waiting
    from planning.tables import batch_frame

    batches = []
    with walked.timed("content_batch"):
        for brand in brands:
            with ledger.transaction() as connection:
                odds = promised_waiting(connection, brand, model=None)
                decided = settle_batch(
                    connection, brand, forecasts=odds, model_version=None, now=_NIGHT
                )
            batches.append(batch_frame(decided))
        frame = pl.concat(batches)
    walked.counts["decided"] = frame.height
    walked.counts |= dict(frame.group_by("decision").len().sort("decision").iter_rows())


def _no_rows(table: str) -> Any:
    import polars as pl

    from storage.lake_tables import TABLES

    return pl.DataFrame(schema=TABLES[table])
