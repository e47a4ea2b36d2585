"""A day's drafts of a brand before anything is drawn, what becomes of them, and makers for hire."""

import polars as pl

from content.media.makers.hosted import clip_maker_of, maker_of
from content.providers.composer import Composer
from domain.brand import Brand
from domain.media import MediaAsset
from domain.platforms import Platform
from domain.posts import PostStatus
from planning.batch import settle_batch
from planning.briefing import open_briefs, order_briefs
from planning.commissioning import Atelier
from planning.drafting import Desk, write_drafts
from planning.slots import Horizon, plan_slots
from storage.lake_tables import TABLES
from storage.ledger import brands as ledger_brands
from storage.ledger import briefs, posts
from storage.ledger.costs import LedgerPurse
from tests.makers import clip
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


def drafts(ledger):
    with ledger.reading() as connection:
        return posts.find(connection, status=PostStatus.GENERATED)


def settled(ledger, brand):
    forecasts = pl.DataFrame(schema=TABLES["forecasts"])
    with ledger.transaction() as connection:
        return settle_batch(connection, brand, forecasts=forecasts, model_version=None, now=MORNING)


def a_draft_of(ledger, brand):
    """A draft of the brand, and its order."""
    draft = written(ledger, brand)[0]
    with ledger.reading() as connection:
        return draft, briefs.load(connection, draft.brief_id)


def clip_of(blobs, *, width, height):
    content = clip()
    return MediaAsset(
        id="clip", kind="video", sha256=blobs.put(content), mime_type="video/mp4",
        bytes=len(content), width=width, height=height, seconds=5.0, codec="h264", fps=24.0,
        alt_text="a clip", made_by="clip", platforms=(Platform.X,),
    )  # fmt: skip


def on(brand: Brand, *platforms: str) -> Brand:
    kept = tuple(one for one in brand.accounts if one.platform in platforms)
    return brand.model_copy(update={"accounts": kept})
