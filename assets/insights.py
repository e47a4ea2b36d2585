"""What each brand reads at the end of a period."""

from collections.abc import Mapping
from datetime import timedelta

import dagster as dg
import polars as pl
from pydantic import Field

from assets import community, publishing
from assets.conditions import BRAND
from assets.evidence import evidence
from assets.warehouse import mart
from domain.brand import Brand
from insights.report import write_report
from insights.sections import Period, Stores, brand_section
from insights.summary import headline
from planning.standings import standings
from runtime.settings import Settings
from storage.blobs import Blobs
from storage.lake import Lake
from storage.ledger.database import Ledger
from storage.warehouse import Warehouse


class ReportConfig(dg.Config):
    """Which span is reported."""

    days: int = Field(default=7, ge=1, le=366, description="Days up to now.")
    title: str = Field(default="The week", description="The report's title.")
    notice: str = Field(default="", description="What must be known before a figure is read.")


@dg.asset(
    deps=[mart("fct_post_performance"), publishing.publications, community.replies],
    kinds={"python"},
    owners=BRAND,
)
def brand_report(  # noqa: PLR0913 - each is a store that it reads
    config: ReportConfig,
    lake: dg.ResourceParam[Lake],
    ledger: dg.ResourceParam[Ledger],
    warehouse: dg.ResourceParam[Warehouse],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    blobs: dg.ResourceParam[Blobs],
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult:
    """One row per brand: what was planned and published, what it brought, what was answered.

    The whole report is one HTML file with its pictures inside; its path stands beside the figures.
    """
    with ledger.reading() as connection:
        now = ledger.now(connection)
        period = Period(now - timedelta(days=config.days), now)
        stores = Stores(connection, lake, warehouse, blobs)
        sections = [
            brand_section(stores, brand, period, duties=[each.in_words() for each in duties])
            for brand in brands.values()
            for duties in (standings(connection, brand, now=now, since=period.starts_at),)
        ]
    report = headline(config.title, sections, made_at=now, notice=config.notice)
    path = write_report(report, settings.home / "report.html")
    unseen = {"uplift", "holdout", "schema_version"}
    rows = [section.report.model_dump(exclude=unseen, mode="json") for section in sections]
    return evidence(pl.DataFrame(rows), facts={"report": dg.MetadataValue.path(str(path))})
