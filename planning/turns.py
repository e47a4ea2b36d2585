"""Brands take turns at the desk: the trouble of one does not keep the others from being written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl
import structlog

from domain.brand import Brand
from domain.errors import StoreError
from domain.languages import name_of
from domain.posts import ContentPost
from domain.writing import Brief
from planning.briefing import open_briefs
from planning.drafting import Desk, write_drafts
from planning.judging import judge_drafts
from planning.measured_writers import recall
from storage.ledger.database import Ledger

_log = structlog.get_logger(__name__)


@dataclass
class Turns:
    """What came of it: the new drafts, and what stopped a brand, by its name."""

    drafts: list[ContentPost] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)

    @property
    def troubles_frame(self) -> pl.DataFrame:
        """One row per brand that was not written to its end: why."""
        schema = {"brand": pl.String(), "why": pl.String()}
        return pl.DataFrame([*self.troubles.items()], schema=schema, orient="row")


def write_in_turn(ledger: Ledger, brands: Iterable[Brand], *, desk: Desk) -> Turns:
    """Write and judge what is open of each brand, one brand after the other.

    The writers are known from earlier runs. Orders in a language that the brand spoke before its
    file was changed are left unwritten and named.

    Raises:
        StoreError: the ledger refused; it would refuse the next brand as well.
        Exception: no brand at all could be written; the first one's trouble.
    """
    recall(ledger, desk.router)
    found, first, written = Turns(), None, 0
    for brand in brands:
        try:
            with ledger.reading() as connection:
                orders = open_briefs(connection, brand, now=ledger.now(connection))
            own = [order for order in orders if order.language == brand.voice.language]
            found.drafts += write_drafts(ledger, brand, briefs=own, desk=desk)
            judge_drafts(ledger, brand, desk=desk)
            written += 1
            if foreign := [order for order in orders if order not in own]:
                found.troubles[brand.name] = _foreign(brand, foreign)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - logged, told, and the next brand is written
            _log.exception("brand not written", brand=brand.name)
            found.troubles[brand.name] = f"{type(error).__name__}: {error}"
            first = first or error
    if first is not None and not written:
        raise first
    return found


def _foreign(brand: Brand, orders: Sequence[Brief]) -> str:
    then, now = name_of(orders[0].language), name_of(brand.voice.language)
    return (
        f"{len(orders)} orders are in {then}, which {brand.name} spoke when they were planned, and "
        f"it speaks {now}; their slots stay empty, the next days are ordered in {now}"
    )
