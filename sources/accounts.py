"""The accounts of the brand files, as a table of the lake."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from domain.brand import Brand
from storage.lake_tables import TABLES


def accounts_of(brands: Iterable[Brand], *, loaded_at: datetime) -> pl.DataFrame:
    """One row per account of the brands, in the shape of the lake table `accounts`."""
    rows = [
        {
            "account": account.id,
            "brand": brand.name,
            "platform": str(account.platform),
            "handle": account.handle,
            "time_zone": account.time_zone,
            "loaded_at": loaded_at,
        }
        for brand in brands
        for account in brand.accounts
    ]
    return pl.DataFrame(rows, schema=TABLES["accounts"], orient="row")
