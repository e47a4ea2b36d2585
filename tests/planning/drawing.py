"""Drafts of one day, and the makers that a brand may hire for their pictures and clips."""

import polars as pl

from content.media.makers.hosted import clip_maker_of, maker_of
from content.providers.composer import Composer
from planning.briefing import open_briefs, order_briefs
from planning.commissioning import Atelier
from planning.drafting import Desk, write_drafts
from planning.slots import Horizon, plan_slots
from storage.lake_tables import TABLES
from storage.ledger import brands as ledger_brands
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import MORNING


def written(ledger, brand):
    """The drafts of one day, as they are before anything is drawn."""
    nothing = {name: pl.DataFrame(schema=TABLES[name]) for name in ("slot_effects", "trends")}
    with ledger.transaction() as connection:
        effects = nothing["slot_effects"]
        plan_slots(connection, brand, effects=effects, model_version=None, horizon=Horizon(MORNING))
    order_briefs(ledger, brand, past=pl.DataFrame(), trends=nothing["trends"])
    with ledger.reading() as connection:
        orders = open_briefs(connection, brand, now=MORNING)
    return write_drafts(ledger, brand, briefs=orders, desk=Desk([Composer()], LedgerPurse(ledger)))


def hiring(ledger, blobs, provider, **makers):
    """An atelier with `painter` or `filmer` by their names, asked without a pause."""
    hired = {}
    for role, name in makers.items():
        of = maker_of if role == "painter" else clip_maker_of
        hired[role] = of(name, "key", base_url=provider.url)
        object.__setattr__(hired[role], "poll", 0)  # the clock of these tests stands still
    return Atelier(ledger, blobs, **hired)


def painterly(ledger, brand, **manner):
    budget = brand.budget.model_copy(update={"currency": "USD", "monthly_cents": 500})
    look = brand.look.model_copy(update=manner or {"painting": "Photograph in morning light."})
    kept = brand.model_copy(update={"look": look, "budget": budget})
    with ledger.transaction() as connection:
        ledger_brands.save(connection, kept, now=MORNING)
    return kept
