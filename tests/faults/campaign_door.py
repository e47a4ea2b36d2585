"""The door as Dagster knows it, alone: its asset, its job, its bell, and a daemon that rings.

`python -m tests.faults.campaign_door` is that daemon; it ends with whoever started it.
"""

import os
import sys
from pathlib import Path

import dagster as dg

from assets import publishing
from assets.resources import RESOURCES
from orchestration.jobs import send_due_posts
from orchestration.sensors import due_posts
from runtime.lifeline import end_with_parent

defs = dg.Definitions(
    assets=dg.load_assets_from_modules([publishing], group_name="publishing"),
    jobs=[send_due_posts],
    sensors=[due_posts],
    resources=RESOURCES,
    executor=dg.in_process_executor,
)

if __name__ == "__main__":
    end_with_parent()
    daemon = Path(sys.executable).with_name("dagster-daemon")
    os.execv(daemon, [daemon, "run", "-m", "tests.faults.campaign_door"])  # noqa: S606
