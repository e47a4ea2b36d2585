"""When data is rebuilt: the few automation conditions that assets share, by name."""

from datetime import timedelta

import dagster as dg

when_inputs_change = (
    dg.AutomationCondition.eager() & dg.AutomationCondition.all_deps_blocking_checks_passed()
)
"""As soon as something upstream is new and its blocking checks passed."""

hourly = dg.AutomationCondition.on_cron("0 * * * *")
"""Once an hour, after what it depends on."""

fresh_daily = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=36), warn_window=timedelta(hours=25)
)
"""A source that is older than a day and a half is stale."""

daily = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_offset=1, timezone="UTC")
"""UTC days, today included."""

DATA = ["team:data"]
BRAND = ["team:brand"]

weekly = dg.AutomationCondition.on_cron("0 3 * * 1")
"""Monday night, after what it depends on: models are retrained once a week."""
