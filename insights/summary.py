"""The headline of a report: the few figures that a reader looks for first."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from domain.analytics import AnalyticsReport, Uplift
from insights.comparison import together
from insights.report import BrandSection, Report
from ml.uplift import estimate_holdout


def headline(
    title: str, sections: Sequence[BrandSection], *, made_at: datetime, notice: str = ""
) -> Report:
    """The report of all brands: their figures added up, then a section each."""
    reports = [section.report for section in sections]
    names = ", ".join(section.title for section in sections)
    figures = [
        ("planned posts", _sum(reports, "planned"), "deliveries that fell due in the period"),
        ("published", _sum(reports, "published"), "a platform gave an id for each"),
        ("late", _sum(reports, "late"), "more than a minute after their instant"),
        ("replies given", _sum(reports, "replies_sent"), "answered without a person"),
        ("replies held", _sum(reports, "replies_held"), "waiting for a person"),
        ("spent", f"{sum(r.cost_cents for r in reports) / 100:.2f}", "writers and billed calls"),
    ]
    comparisons = [section.comparison for section in sections if section.comparison]
    uplift = together(comparisons).uplift() if comparisons else None
    figures.append(_with_verdict("against the fixed-hours past", uplift))
    slots = [section.decisions for section in sections if section.decisions is not None]
    holdout = estimate_holdout(pl.concat(slots)) if slots else None
    figures.append(_with_verdict("against hours at random", holdout))
    return Report(title, names, made_at, figures, sections, uplift, holdout, notice)


def spoken(uplift: Uplift | None) -> str:
    """An uplift with its interval, or that there is nothing to judge by."""
    if uplift is None:
        return "not enough data"
    middle, low, high = (100 * x for x in (uplift.estimate, uplift.lower, uplift.upper))
    return f"{middle:+.0f} % [{low:+.0f}, {high:+.0f}]"


def verdict(uplift: Uplift) -> str:
    """What the interval allows to say: `better`, `worse` or `not enough to tell`."""
    if uplift.lower > 0:
        return "better"
    return "worse" if uplift.upper < 0 else "not enough to tell"


def _with_verdict(name: str, uplift: Uplift | None) -> tuple[str, str, str]:
    said = f"{name}: {verdict(uplift)}" if uplift else name
    return (said, spoken(uplift), "with its 90 % interval")


def _sum(reports: Sequence[AnalyticsReport], name: str) -> str:
    return str(sum(getattr(report, name) for report in reports))
