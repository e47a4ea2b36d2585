"""Kills in the planner: its functions in a process, and a whole run of the Dagster job."""

import os
import signal
from collections import Counter
from datetime import timedelta

from planning.slots import planned_slots
from storage.brand_files import load_brands
from storage.ledger import approvals, posts
from tests.faults.campaign_judge import Book, Stuck
from tests.faults.campaign_points import ANY, PLANS, plant
from tests.faults.campaign_stage import playing

MORNING, PLANS_AHEAD = "prepare_day", "prepare_posts"
"""Jobs of Dagster: all of a brand's morning, and the part of it that plans."""


class PlannedBook(Book):
    """Texts of the planner's own writing: the whole text tells them apart.

    `plan` is the body of the process that plans.
    """

    def __init__(self, case, stage, plan):
        super().__init__(case, stage)
        self.plan_ahead = plan

    @staticmethod
    def key_of(text):
        return " ".join(text.split()[:12])


def plan_a_day(variables, prepare=None):
    """The steps of the planning assets, from slots to deliveries."""
    with playing(variables, prepare):
        os.chdir(variables["AMSEL_HOME"])
        _plan_a_day()


def run_job(variables, prepare=None, name=PLANS_AHEAD, day=None):
    """A run of a saved Dagster job in this process, its instance in the stage's folder."""
    with playing(variables, prepare):
        from runtime.dagster_home import prepare_home
        from runtime.settings import Settings

        os.environ["DAGSTER_HOME"] = str(prepare_home(Settings()))
        import dagster as dg

        from orchestration.dead_runs import end_dead_runs
        from orchestration.definitions import defs

        with dg.DagsterInstance.get() as instance:
            end_dead_runs(instance)  # what `amsel up` does at its start
            job = defs.resolve_job_def(name)
            job.execute_in_process(instance=instance, partition_key=day)


def _plan_a_day():
    import polars as pl

    from content.providers.composer import Composer
    from planning import batch, drafting
    from planning.briefing import open_briefs, order_briefs
    from planning.illustrating import illustrate
    from planning.slots import Horizon, plan_slots
    from runtime.build import open_ledger
    from runtime.settings import Settings
    from storage.blobs import Blobs
    from storage.lake_tables import TABLES
    from storage.ledger.costs import LedgerPurse

    settings = Settings()
    ledger = open_ledger(settings)
    (brand,) = load_brands(settings.brands).values()
    names = ("slot_effects", "forecasts", "trends")
    effects, forecasts, trends = (pl.DataFrame(schema=TABLES[name]) for name in names)
    with ledger.transaction() as connection:
        horizon = Horizon(ledger.now(connection))
        plan_slots(connection, brand, effects=effects, model_version=None, horizon=horizon)
    order_briefs(ledger, brand, past=pl.DataFrame(), trends=trends)
    with ledger.reading() as connection:
        orders = open_briefs(connection, brand, now=ledger.now(connection))
    desk = drafting.Desk([Composer()], LedgerPurse(ledger))
    drafting.write_drafts(ledger, brand, briefs=orders, desk=desk)
    illustrate(ledger, brand, blobs=Blobs(settings.home / "media"))
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        batch.settle_batch(connection, brand, forecasts=forecasts, model_version=None, now=now)


def kills(stage, n):
    """Case 1 in the planner: it dies between the draft and the rows, and comes again."""
    points = [*PLANS][:1] if stage.is_sample else [*PLANS]
    return _played(stage, n, points, plan_a_day, "1 kill -9")


def dagster_kills(stage, n):
    """Case 1 in a run of Dagster: killed with its process, and run again."""
    day = f"{stage.clock.now():%Y-%m-%d}"
    stage.run(run_job, None, MORNING, day)
    return _played(stage, n, [*PLANS], run_job, "1 kill -9 of a Dagster run")


def _played(stage, n, points, plan, case):
    books = [PlannedBook(f"{case}: {point}", stage, plan) for point in points]
    for _ in range(n):
        for book, point in zip(books, points, strict=True):
            _kill_once(book, point)
    return [one for book in books for one in book.judge()]


def _kill_once(book, point):
    stage = book.stage
    known = {row.id for row in stage.rows()}
    stage.clock.wait_until(_next_morning(stage.clock.now()))
    victim = stage.start(target=book.plan_ahead, arguments=(stage.variables, (plant, point, ANY)))
    if stage.end_of(victim) != -signal.SIGKILL:
        raise Stuck(f"no planner came to {point!r}: {stage.said()}")
    book.of(stage.platforms[0]).kills += 1
    for _ in range(2):
        stage.run(book.plan_ahead)
    new = [row for row in stage.rows() if row.id not in known]
    book.ids += [row.id for row in new]
    _count_slots(book, new)
    book.finish(rounds=40)


def _next_morning(instant):
    """The last posts of a day may go out at its end: a day later there would be no room left."""
    return instant.replace(hour=6, minute=0) + timedelta(days=1)


def _count_slots(book, rows):
    """Each slot of the day has one delivery, or a post that a person is asked about."""
    stage = book.stage
    (brand,) = load_brands(stage.home / "brands").values()
    planned = Counter((row.account, row.due_at) for row in rows)
    with stage.ledger.reading() as connection:
        now = stage.ledger.now(connection)
        slots = [one for one in planned_slots(connection, brand) if one.schedule.due_at >= now]
        held = _held_briefs(connection, brand)
    for slot in slots:
        wanted = int(slot.brief_id not in held)
        times = planned[slot.schedule.account, slot.schedule.due_at]
        count = book.of(slot.schedule.platform)
        count.by_hand += not wanted
        if times != wanted:
            name = "lost" if times < wanted else "doubled"
            count.note(name, f"{times} deliveries at {slot.schedule.due_at}")


def _held_briefs(connection, brand):
    decided = {
        post.brief_id: approvals.decision(connection, post.id, version=post.version)
        for post in posts.find(connection, brand=brand.name)
    }
    return {
        brief
        for brief, found in decided.items()
        if found is not None
        and found.decision in (approvals.Decision.HELD, approvals.Decision.EXPIRED)
    }
