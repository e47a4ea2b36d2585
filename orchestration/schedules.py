"""Human rhythms: what runs by the clock alone."""

import dagster as dg

from orchestration.jobs import answer_comments, retrain_models, write_report

RUNNING = dg.DefaultScheduleStatus.RUNNING

schedules = [
    dg.ScheduleDefinition(
        name="every_ten_minutes",
        job=answer_comments,
        cron_schedule="*/10 * * * *",
        description="Read what people wrote, for platforms that do not ring.",
        default_status=RUNNING,
    ),
    dg.ScheduleDefinition(
        name="every_sunday_night",
        job=retrain_models,
        cron_schedule="0 2 * * 0",
        description="Back-test and retrain; what is not better does not serve.",
        default_status=RUNNING,
    ),
    dg.ScheduleDefinition(
        name="every_monday_morning",
        job=write_report,
        cron_schedule="0 6 * * 1",
        description="The week's report for each brand.",
        default_status=RUNNING,
    ),
]
