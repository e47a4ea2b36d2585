"""A morning from slots to deliveries, without any model."""

import polars as pl

from content.providers.composer import Composer
from domain.rules.themes import headline_of
from planning.batch import settle_batch
from planning.briefing import open_briefs, order_briefs
from planning.drafting import Desk, write_drafts
from planning.illustrating import illustrate
from planning.slots import Horizon, plan_slots
from storage.blobs import Blobs
from storage.lake_tables import TABLES
from storage.ledger import news
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import MORNING

NO_EFFECTS = pl.DataFrame(schema=TABLES["slot_effects"])
NO_FORECASTS = pl.DataFrame(schema=TABLES["forecasts"])
NO_TRENDS = pl.DataFrame(schema=TABLES["trends"])


def morning(ledger, brand, folder, *, headline=None):
    """Plan, write, draw and decide; `headline` comes in after the drafts are written."""
    drafted(ledger, brand, folder)
    return settled(ledger, brand, headline=headline)


def drafted(ledger, brand, folder, *, writers=()):
    """Plan, write and draw; the drafts as they were written."""
    with ledger.transaction() as connection:
        plan_slots(
            connection, brand, effects=NO_EFFECTS, model_version=None, horizon=Horizon(MORNING)
        )
    order_briefs(ledger, brand, past=pl.DataFrame(), trends=NO_TRENDS)
    with ledger.reading() as connection:
        orders = open_briefs(connection, brand, now=MORNING)
    desk = Desk(writers or [Composer()], LedgerPurse(ledger))
    drafts = write_drafts(ledger, brand, briefs=orders, desk=desk)
    illustrate(ledger, brand, blobs=Blobs(folder / "media"))
    return drafts


def settled(ledger, brand, *, headline=None):
    """Decide about what is drafted."""
    with ledger.transaction() as connection:
        if headline is not None:
            news.record(connection, [headline_of(headline, source="dpa", seen_at=MORNING)])
        return settle_batch(
            connection, brand, forecasts=NO_FORECASTS, model_version=None, now=MORNING
        )
