"""Saved jobs, named by what a person would say."""

import dagster as dg

in_one_process = dg.in_process_executor
"""Process start-up costs more than the work of these jobs."""

refresh_engagement = dg.define_asset_job(
    "refresh_engagement",
    selection=dg.AssetSelection.groups("engagement", "trends", "warehouse", "features"),
    executor_def=in_one_process,
    description="Bring in files and counts, rebuild the warehouse and the features.",
)
retrain_models = dg.define_asset_job(
    "retrain_models",
    selection=dg.AssetSelection.groups("models"),
    executor_def=in_one_process,
    description="Back-test candidates beside plain baselines; serve only what is better than each.",
)
prepare_posts = dg.define_asset_job(
    "prepare_posts",
    selection=dg.AssetSelection.groups("plan", "content")
    | dg.AssetSelection.assets("scheduled_posts"),
    executor_def=in_one_process,
    description="Choose slots, write and check drafts, schedule what is approved.",
)
finish_media = dg.define_asset_job(
    "finish_media",
    selection=dg.AssetSelection.assets(
        "drafts", "draft_verdicts", "media", "content_batch", "scheduled_posts"
    ),
    executor_def=in_one_process,
    description="Fetch what models of others have made, and decide about the posts that waited.",
)
send_due_posts = dg.define_asset_job(
    "send_due_posts",
    selection=dg.AssetSelection.assets("publications"),
    executor_def=in_one_process,
    description="Send what is due through the one door, and look up what is unknown.",
)
answer_comments = dg.define_asset_job(
    "answer_comments",
    selection=dg.AssetSelection.groups("community"),
    executor_def=in_one_process,
    description="Read new comments, answer the safe ones, hold the rest for a person.",
)
keep_house = dg.define_asset_job(
    "keep_house",
    # the whole table is judged before the warehouse is built, not at every count
    selection=dg.AssetSelection.assets(
        "publications", "engagement_snapshots", "inbox", "replies"
    ).without_checks(),
    executor_def=in_one_process,
    description="Look after the accounts: send, pull counts, answer.",
)
write_report = dg.define_asset_job(
    "write_report",
    selection=dg.AssetSelection.groups("insights"),
    executor_def=in_one_process,
    description="Write what each brand reads: the report with its pictures.",
)
prepare_day = dg.define_asset_job(
    "prepare_day",
    selection=dg.AssetSelection.groups(
        "engagement", "trends", "warehouse", "features", "plan", "content"
    )
    | dg.AssetSelection.assets("scheduled_posts"),
    executor_def=in_one_process,
    description="A brand's morning in one run: refresh, plan, write, check, schedule.",
)

jobs = [
    refresh_engagement,
    retrain_models,
    prepare_posts,
    finish_media,
    send_due_posts,
    answer_comments,
    keep_house,
    write_report,
    prepare_day,
]
PARTITIONED = (refresh_engagement, keep_house, prepare_day)
"""The jobs that hold a daily asset: each run names its UTC day."""
