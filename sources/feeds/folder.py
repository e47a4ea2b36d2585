"""All trend files of a folder as one table."""

from datetime import datetime
from pathlib import Path

import polars as pl

from sources.feeds.trends import read_trends
from storage.lake_tables import TABLES


def read_trend_folder(folder: Path, *, now: datetime) -> pl.DataFrame:
    """One row per topic, source and observation up to `now`, as the lake table `trends`.

    A folder that does not exist holds no trend. Raises InputError as `read_trends` does.
    """
    files = sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml", ".csv"))
    topics = [topic for path in files for topic in read_trends(path)]
    rows = [topic.model_dump(exclude={"schema_version"}) for topic in topics]
    frame = pl.DataFrame(rows, schema=TABLES["trends"], orient="row")
    return frame.filter(pl.col("observed_at") <= now)
