"""Brands take turns at the desk: the trouble of one does not keep the others from being written."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from traceback import format_exc

import polars as pl
import structlog

from domain.brand import Brand
from domain.errors import StoreError
from domain.languages import name_of
from domain.writing import Brief
from planning.briefing import open_briefs
from planning.drafting import Desk, written_drafts
from planning.judging import judge_drafts
from planning.manner import draft_distances
from planning.measured_writers import recall
from planning.tables import drafts_frame
from storage.ledger.database import Ledger

BRANDS_AT_ONCE = 8
"""So many brands have orders with hosted writers at a time: who waits for a slow writer does not
keep those waiting who are served by another."""
CHUNK = 500
"""So many drafts are held at a time, without their verdicts; of the others their rows are."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one brand: its rows, what stopped it, and which orders it left unwritten."""

    brand: str
    rows: list[pl.DataFrame]
    trouble: Exception | None = None
    left: str | None = None


@dataclass
class Turns:
    """What came of it: a row per new draft, and what stopped a brand, by its name."""

    frame: pl.DataFrame = field(default_factory=lambda: drafts_frame([]))
    troubles: dict[str, str] = field(default_factory=dict)

    @property
    def troubles_frame(self) -> pl.DataFrame:
        """One row per brand that was not written to its end: why."""
        schema = {"brand": pl.String(), "why": pl.String()}
        return pl.DataFrame([*self.troubles.items()], schema=schema, orient="row")


def write_in_turn(ledger: Ledger, brands: Iterable[Brand], *, desk: Desk) -> Turns:
    """Write and judge what is open of each brand; with hosted writers several brands at a time.

    The writers are known from earlier runs. Rows stand in the order of the brands. Orders in a
    language that a brand spoke before its file was changed are left unwritten and named.

    Raises:
        StoreError: the ledger refused; it would refuse the next brand as well.
        Exception: no brand at all could be written; the first one's trouble.
    """
    recall(ledger, desk.router)
    turns = [*_turns(ledger, brands, desk)]
    troubles = {turn.brand: turn.trouble for turn in turns if turn.trouble is not None}
    if troubles and len(troubles) == len(turns):
        raise next(iter(troubles.values()))
    told = {turn.brand: turn.left for turn in turns if turn.left is not None}
    told |= {name: f"{type(error).__name__}: {error}" for name, error in troubles.items()}
    rows = [frame for turn in turns for frame in turn.rows]
    return Turns(pl.concat([drafts_frame([]), *rows]), told)


def _turns(ledger: Ledger, brands: Iterable[Brand], desk: Desk) -> Iterator[Turn]:
    if not desk.router.hosted:
        for brand in brands:
            yield _turn(ledger, brand, desk)
        return
    pool = ThreadPoolExecutor(BRANDS_AT_ONCE, thread_name_prefix="brand")
    try:
        yield from pool.map(lambda brand: _turn(ledger, brand, desk), brands)
    finally:
        pool.shutdown(cancel_futures=True)


def _turn(ledger: Ledger, brand: Brand, desk: Desk) -> Turn:
    """One brand's turn, whose trouble is kept for later; raises StoreError at once."""
    rows: list[pl.DataFrame] = []
    try:
        with ledger.reading() as connection:
            orders = open_briefs(connection, brand, now=ledger.now(connection))
        own = [order for order in orders if order.language == brand.voice.language]
        kept = written_drafts(ledger, brand, briefs=own, desk=desk)
        # the verdicts are most of what a draft weighs, and stand in the ledger
        written = (draft.model_copy(update={"compliance_checks": ()}) for draft in kept)
        while drafts := [*islice(written, CHUNK)]:
            with ledger.reading() as connection:
                rows.append(drafts_frame(drafts, draft_distances(connection, drafts)))
        judge_drafts(ledger, brand, desk=desk)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - logged, told, and the next brand is written
        # in plain words: structlog would add what all variables held, and take seconds for it
        _log.error("brand not written", brand=brand.name, exception=format_exc())
        return Turn(brand.name, rows, error)
    foreign = [order for order in orders if order not in own]
    return Turn(brand.name, rows, left=_foreign(brand, foreign) if foreign else None)


def _foreign(brand: Brand, orders: Sequence[Brief]) -> str:
    then, now = name_of(orders[0].language), name_of(brand.voice.language)
    return (
        f"{len(orders)} orders are in {then}, which {brand.name} spoke when they were planned, and "
        f"it speaks {now}; their slots stay empty, the next days are ordered in {now}"
    )
