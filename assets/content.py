"""Drafts, their verdicts, and the batch that goes out or waits for a person."""

from collections.abc import Mapping, Sequence

import dagster as dg
import polars as pl

from assets import models as learnt
from assets import plan
from assets.conditions import BRAND, when_inputs_change
from assets.evidence import evidence
from content.batches import batches_of
from content.media.makers.base import Makers
from content.providers.base import Writer
from domain.brand import Brand
from insights.manner import SHOWN, voice_by_week, voice_distances
from ml.training import at_comparable_age
from planning.batch import settle_batch
from planning.commissioning import Atelier, commissions_frame
from planning.confidence import reliabilities
from planning.drafting import Desk, judged_lately, verdicts_in_pieces
from planning.forecasts import forecast_waiting, promised_waiting
from planning.illustrating import illustrate_in_turn
from planning.measured_writers import passed_over_frame, writers_frame
from planning.scriptorium import Scriptorium, batches_frame
from planning.tables import batch_frame, risks_frame
from planning.turns import write_in_turn
from planning.week import week_frame, week_of, week_sheet
from storage.blobs import Blobs
from storage.lake import Lake
from storage.lake_tables import DAY_COLUMNS, KEYS, TABLES
from storage.ledger import posts, writer_calls
from storage.ledger.costs import LedgerPurse
from storage.ledger.database import Ledger
from storage.models import ModelRegistry
from storage.warehouse import Warehouse


@dg.asset(
    deps=[plan.briefs],
    kinds={"python"},
    owners=BRAND,
    automation_condition=when_inputs_change,
    pool="writers",
)
def drafts(
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    writers: dg.ResourceParam[Sequence[Writer]],
) -> dg.MaterializeResult:
    """One row per written variant of an order: the text, who wrote it, how good and how like us.

    A writer that fails is passed over for the next; the built-in composer comes last and needs no
    network, so no outage empties the queue. Orders that can wait are written in a batch, at half
    the price, where the brand says so. What no rule stops is read by the brand's judge, if it wants
    one. Money is set aside before a billed call. A brand that cannot be written is named with its
    trouble, and the others are written.
    """
    scriptorium = Scriptorium(ledger, batches_of(writers))
    scriptorium.go_on()
    desk = Desk(writers, LedgerPurse(ledger), scriptorium)
    done = write_in_turn(ledger, brands.values(), desk=desk)
    with ledger.reading() as connection:
        now = ledger.now(connection)
        approved = (
            writer_calls.accepted(connection, now=now, people=True),
            writer_calls.accepted(connection, now=now, people=False),
        )
    told = {
        "batches": batches_frame(ledger),
        "passed over, why": passed_over_frame(desk.router),
        "not written, why": done.troubles_frame,
    }
    return evidence(
        done.frame,
        tables={"by writer": writers_frame(done.frame, *approved)}
        | {name: each for name, each in told.items() if each.height},
    )


@dg.asset(deps=[drafts], kinds={"python"}, owners=BRAND, automation_condition=when_inputs_change)
def draft_verdicts(
    lake: dg.ResourceParam[Lake], ledger: dg.ResourceParam[Ledger]
) -> dg.MaterializeResult:
    """One row per draft and rule of the brand: pass, hold or block, with evidence and remedy.

    Drafts are those that wait, and those whose slot is to come or was within the last week.
    How well confidence keeps its word stands beside it: of drafts that people decided about, the
    share expected to be let go unchanged by calibrations that these did not teach, and what came.
    """
    with ledger.reading() as connection:
        judged = judged_lately(connection, now=ledger.now(connection))
        lake.replace_in_pieces("draft_verdicts", verdicts_in_pieces(judged))
        reliable, told = reliabilities(connection)
    rows = lake.scan("draft_verdicts")
    stopped = rows.filter(pl.col("verdict").is_in(["hold", "block"]))
    by_rule = stopped.group_by("rule", "verdict").len("drafts").sort("drafts").collect()
    count = rows.select(pl.len()).collect().item()
    held = {"held or blocked, by rule": by_rule} if by_rule.height else {}
    tables = held | ({"reliability": reliable} if reliable.height else {})
    facts = {"calibration": told} | ({} if held else {"held or blocked": "nothing held"})
    return evidence(rows.head().collect(), facts=facts, tables=tables, rows=count)


@dg.asset(
    deps=[draft_verdicts],
    kinds={"python", "pillow", "ffmpeg"},
    owners=BRAND,
    automation_condition=when_inputs_change,
    pool="studio",
)
def media(
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    blobs: dg.ResourceParam[Blobs],
    makers: dg.ResourceParam[Makers],
) -> dg.MaterializeResult:
    """One row per picture or clip of a draft: drawn from the brand's facts, sized by platform.

    Cards, charts and carousels, and for each order that wants clips one in each shape that its
    platforms show. What is kept is found by its content's hash, so that drawing again adds nothing.
    What models of others make is ordered once, looked at while they work, and looked up after a
    crash.
    """
    atelier = Atelier(ledger, blobs, makers.painter, makers.filmer)
    atelier.go_on()
    drawn = illustrate_in_turn(ledger, brands.values(), blobs=blobs, atelier=atelier)
    kinds = drawn.frame.group_by("brand", "media_type").len("drawn").sort("brand", "media_type")
    ordered = commissions_frame(ledger)
    tables = {"drawn": kinds} | ({"made by models": ordered} if ordered.height else {})
    return evidence(drawn.frame, pictures=drawn.sheets, tables=tables)


@dg.asset(
    deps=[media, learnt.engagement_model, learnt.variant_model],
    kinds={"python"},
    owners=BRAND,
    automation_condition=when_inputs_change,
    pool="ledger",
)
def content_batch(
    lake: dg.ResourceParam[Lake],
    ledger: dg.ResourceParam[Ledger],
    warehouse: dg.ResourceParam[Warehouse],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    models: dg.ResourceParam[ModelRegistry],
    blobs: dg.ResourceParam[Blobs],
) -> dg.MaterializeResult:
    """One row per order decided in this run: the chosen variant, and whether it goes out by itself.

    What passes the brand's autonomy at its risk is approved and scheduled; the rest waits for a
    person with the reason (`amsel review`). The variant is in the form that the order's experiment
    drew; of several the one with the best forecast, or where nothing forecasts the one whose
    wording promises most. A logged share is drawn at random, to learn from.
    What raised and lowered each forecast stands beside it in words.
    How far each week's accepted posts are from those before them stands beside it, and so does the
    week as it stands: a row per text of a post from Monday on, as far as any is planned, and its
    pictures.
    """
    model, version = learnt.serving_engagement(models), models.serving("engagement")
    if model is None:
        version = models.serving("variants")
    prior = None if model else learnt.serving_wording(models)
    trends = lake.read("trends")
    history = at_comparable_age(warehouse.read("fct_post_performance"), trends=trends)
    batches, risks, forecasts, voices = [batch_frame([])], [risks_frame([])], [], []
    weeks, pictures = {}, {}
    for brand in brands.values():
        with ledger.transaction() as connection:
            odds = forecast_waiting(connection, brand, model=model, history=history, trends=trends)
            decided = settle_batch(
                connection,
                brand,
                forecasts=odds if model else promised_waiting(connection, brand, model=prior),
                model_version=version,
                now=ledger.now(connection),
            )
            lately = ledger.now(connection) - SHOWN
            known = posts.each(connection, brand=brand.name, since=lately)
            voices.append(voice_distances(known))
            week = week_of(connection, brand, now=ledger.now(connection))
        # of each brand its rows are kept: posts with their verdicts weigh much
        batches.append(batch_frame(decided))
        risks.append(risks_frame(decided))
        forecasts.append(odds.filter(pl.col("post_id").is_in([d.post.id for d in decided])))
        weeks[f"week of {brand.name}"] = week_frame(brand, week)
        if sheet := week_sheet(brand, week, blobs):
            pictures[f"pictures of {brand.name}"] = sheet
    chosen = pl.concat(forecasts)
    for table in ("forecasts", "forecast_reasons"):
        rows = chosen.select(*TABLES[table])
        lake.merge(table, rows, key=KEYS[table], day_column=DAY_COLUMNS[table])
    frame, by_week = pl.concat(batches), voice_by_week(pl.concat(voices))
    most_first = pl.concat(risks).sort("posts", pl.all().exclude("posts"), descending=True)
    tables = {"decisions": frame.group_by("decision").len("posts"), "risks": most_first}
    tables |= {"forecasts, and why": chosen.drop("due_at", "level")} if chosen.height else {}
    tables |= weeks | ({"voice by week": by_week} if by_week.height else {})
    return evidence(frame, pictures=pictures, tables=tables)
