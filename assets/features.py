"""What was known of each post at the moment it was published."""

from collections.abc import Mapping

import dagster as dg

from assets.conditions import DATA, when_inputs_change
from assets.evidence import evidence
from assets.warehouse import mart
from domain.brand import Brand
from ml.features import build_features
from ml.frame import prepare_posts
from ml.training import at_comparable_age
from storage.lake import Lake
from storage.warehouse import Warehouse


@dg.asset(
    deps=[mart("fct_post_performance")],
    kinds={"polars"},
    owners=DATA,
    automation_condition=when_inputs_change,
)
def engagement_features(
    lake: dg.ResourceParam[Lake],
    warehouse: dg.ResourceParam[Warehouse],
    brands: dg.ResourceParam[Mapping[str, Brand]],
) -> dg.MaterializeResult:
    """One row per original post: what was known when it went out, and how it then did.

    Replies and reposts are left out. `y` is the log of engagement against the account's own
    trailing level; it is what the models learn to predict.
    """
    performance, trends = warehouse.read("fct_post_performance"), lake.read("trends")
    prepared = prepare_posts(at_comparable_age(performance, trends=trends))
    zones = {account.id: account.time_zone for b in brands.values() for account in b.accounts}
    features = build_features(prepared, zones=zones)
    lake.replace("engagement_features", features)
    return evidence(features)
