"""What will be posted when, and what each post is about: decided once, with the odds logged."""

from collections.abc import Mapping, Sequence

import dagster as dg
import polars as pl
from pydantic import Field

from assets import features
from assets import models as learnt
from assets import trends as world
from assets.conditions import BRAND, when_inputs_change
from assets.evidence import evidence
from content.briefs import ANGLES
from content.media.makers.base import Makers
from content.providers.base import Writer
from domain.brand import Brand
from ml import figures
from ml.experiments import power_table
from ml.training import at_comparable_age
from planning.briefing import Serving, open_briefs, order_briefs
from planning.experiments import look, looks_frame
from planning.means import Prices, money_frame
from planning.replanning import Hours, replan
from planning.slots import Horizon, plan_slots, planned_slots
from planning.standings import standings, standings_frame
from planning.tables import briefs_frame, slots_frame
from storage.lake import Lake
from storage.ledger.database import Ledger
from storage.models import ModelRegistry
from storage.warehouse import Warehouse

WORTH_DRAWING = 20
"""Measured orders below which a picture of the openings would show chance alone."""


class PlanConfig(dg.Config):
    """How far ahead to plan at least; `posting.plan_days` of a brand file may say more."""

    days: int = Field(default=1, ge=1, le=14, description="Local days to plan, today's included.")


@dg.asset(
    deps=[learnt.timing_model],
    kinds={"polars"},
    owners=BRAND,
    automation_condition=when_inputs_change,
    pool="ledger",
)
def slot_plan(
    config: PlanConfig,
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    models: dg.ResourceParam[ModelRegistry],
) -> dg.MaterializeResult:
    """One row per account and post to come: the instant, the reason, the probability of the choice.

    Windows, quiet hours, caps and gaps of the brand file are never broken. As many local days are
    planned as the brand wants (`posting.plan_days`). A day that was planned before stays as it is,
    save what the brand file has come to forbid: that moves, and is told with the rule.
    The hours are those of the version that serves, so a roll-back (`amsel models rollback timing`)
    is followed from the next day that is planned. Where no model serves, and as it looks as if
    hours did nothing, the brand's default times serve and are named so.
    """
    version = models.serving("timing")
    effects = learnt.serving_hours(models, version)
    changes = []
    for brand in brands.values():
        # each on its own: it locks posts, and others wait for these in the order of their ids
        with ledger.transaction() as connection:
            hours, now = Hours(effects, version), ledger.now(connection)
            changes += replan(connection, brand, hours=hours, now=now)
    with ledger.transaction() as connection:
        horizon = Horizon(ledger.now(connection), config.days)
        fresh = sum(
            plan_slots(connection, brand, effects=effects, model_version=version, horizon=horizon)
            for brand in brands.values()
        )
        slots = [slot for brand in brands.values() for slot in planned_slots(connection, brand)]
    ahead = slots_frame(slots).filter(pl.col("due_at") >= horizon.now)
    facts: dict[str, object] = {"newly chosen": fresh, "planned so far": len(slots)}
    if changes:
        facts["moved or dropped"] = "\n".join(change.in_words() for change in changes)
    return evidence(ahead, facts=facts)


@dg.asset(
    deps=[features.engagement_features, learnt.variant_model],
    kinds={"python"},
    owners=BRAND,
    automation_condition=when_inputs_change,
    pool="ledger",
)
def experiments(
    lake: dg.ResourceParam[Lake],
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    warehouse: dg.ResourceParam[Warehouse],
    models: dg.ResourceParam[ModelRegistry],
) -> dg.MaterializeResult:
    """One row per brand and opening: what posts that open so brought, and what may be said of it.

    A winner is named only where it leads every other beyond chance, however often one looks; until
    then the verdict says how many posts are missing. Orders open by these odds, which begin with
    what the wording of each opening promises where a model of variants serves.
    """
    past = lake.read("engagement_features")
    counts = at_comparable_age(warehouse.read("fct_post_performance"))
    wording = learnt.serving_wording(models)
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        looks = [
            look(connection, brand, past=past, counts=counts, wording=wording, now=now)
            for brand in brands.values()
        ]
    frame = looks_frame(looks)
    pictures = {
        f"openings of {one.experiment.brand}": figures.arms_chart(
            frame.filter(pl.col("brand") == one.experiment.brand), one.experiment.brand
        )
        for one in looks
        if one.told.posts.sum() >= WORTH_DRAWING
    }
    facts = {f"verdict for {one.experiment.brand}": one.verdict.reason for one in looks}
    needed = power_table(arms=len(ANGLES))
    power = pl.DataFrame({"lead": [*needed], "orders needed": [*needed.values()]})
    return evidence(frame, pictures=pictures, facts=facts, tables={"power": power})


@dg.asset(
    deps=[slot_plan, experiments, world.trends, features.engagement_features],
    kinds={"python"},
    owners=BRAND,
    automation_condition=when_inputs_change,
    pool="ledger",
)
def briefs(
    lake: dg.ResourceParam[Lake],
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    models: dg.ResourceParam[ModelRegistry],
    writers: dg.ResourceParam[Sequence[Writer]],
    makers: dg.ResourceParam[Makers],
) -> dg.MaterializeResult:
    """One row per order to a writer: the topic, why now, on which facts, for which slots.

    Duties of the brand file come first; how each stands, and what keeps it from being met, is told
    beside it. Other topics come from what did well, with exploration, and from trends that fit;
    facts rotate, so that nothing is said twice within its window. Of a day's posts the one of
    higher priority has the better hour. What is left of each brand's money of the month, and what
    the plan keeps of it, is told beside it; orders beyond it are written by who costs nothing, and
    go where nothing is charged.
    """
    prices = Prices(writers, makers, bills=ledger.clock is None)
    past, topics = lake.read("engagement_features"), lake.read("trends")
    hours = learnt.serving_hours(models, models.serving("timing"))
    serving = Serving(learnt.serving_wording(models), hours)
    fresh = sum(
        len(order_briefs(ledger, brand, past=past, trends=topics, serving=serving, prices=prices))
        for brand in brands.values()
    )
    with ledger.reading() as connection:
        now = ledger.now(connection)
        waiting = [
            briefs_frame(open_briefs(connection, brand, now=now)) for brand in brands.values()
        ]
        money = money_frame(connection, [*brands.values()], prices, now=now)
        duties = [one for brand in brands.values() for one in standings(connection, brand, now=now)]
    lacking = "\n".join(one.in_words() for one in duties if one.is_lacking)
    facts = {"newly ordered": fresh} | ({"duties not met": lacking} if lacking else {})
    tables = {"money": money} | ({"duties": standings_frame(duties)} if duties else {})
    frame = pl.concat([briefs_frame([]), *waiting]).sort("due_at")
    return evidence(frame, facts=facts, tables=tables)
