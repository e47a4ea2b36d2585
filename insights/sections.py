"""One brand's part of the report, read from the stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
import sqlalchemy as sa

from domain.analytics import AnalyticsReport, Uplift
from domain.brand import Account, Brand, zone_of
from domain.community import ActionKind
from domain.deliveries import Delivery, DeliveryKind, DeliveryState
from insights.comparison import Comparison
from insights.decisions import slot_decisions
from insights.gallery import Gallery
from insights.lessons import Edit, lessons
from insights.manner import SHOWN, voice_by_week, voice_chart, voice_distances
from insights.oddities import bought_in_words
from insights.outcomes import LATE_SECONDS, outcomes, past_at_fixed_hours
from insights.report import BrandSection, Picture, ReplyCard
from insights.summary import verdict
from ml import figures
from ml.uplift import MIN_DRAWN, PAST_DAYS, estimate_holdout, fixed_hours_posts
from storage.blobs import Blobs
from storage.lake import Lake
from storage.ledger import costs, deliveries, posts, replies
from storage.ledger.inbox import InboxStatus
from storage.ledger.replies import Standing
from storage.warehouse import Warehouse

SLOTS_OF = timedelta(days=366)
"""How far back chosen hours are held against hours drawn at random, whatever the period."""
TAUGHT_BY = timedelta(days=90)
"""How long before the period posts teach what a first hour tells of the day."""
SHOWN_AHEAD = timedelta(days=14)
"""How far ahead what is planned is shown: no brand plans further."""
AHEAD = (DeliveryState.PLANNED, DeliveryState.DUE, DeliveryState.WAITING)
MACHINES = ("policy", "studio")
"""Who changes a text without having an opinion: the studio adds a label."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where a section reads from."""

    connection: sa.Connection
    lake: Lake
    warehouse: Warehouse
    blobs: Blobs


@dataclass(frozen=True, slots=True)
class Period:
    """The span of a report, by the instants at which posts were due."""

    starts_at: datetime
    ends_at: datetime


def brand_section(
    stores: Stores, brand: Brand, period: Period, *, duties: Sequence[str] = ()
) -> BrandSection:
    """Everything that the report says about one brand in that period.

    Figures are those of the period; the gallery shows what is planned after it, too. `duties`
    are lines on how those of its file stand.
    """
    performance = stores.warehouse.read("fct_post_performance")
    due = [
        one
        for one in deliveries.list(
            stores.connection, brand=brand.name, since=period.starts_at, until=period.ends_at
        )
        if one.kind is DeliveryKind.POST
    ]
    ahead = _ahead(stores.connection, brand, period)
    sent = [one for one in due if one.state is DeliveryState.SENT]
    reasons = stores.lake.read("forecast_reasons").drop("due_at")
    forecasts = stores.lake.read("forecasts").join(reasons, on=["post_id", "account"], how="left")
    before = deliveries.list(
        stores.connection,
        states=(DeliveryState.SENT,),
        brand=brand.name,
        since=period.starts_at - TAUGHT_BY,
        until=period.starts_at,
    )
    known = outcomes([*before, *sent], forecasts=forecasts, performance=performance)
    rows = known.filter(pl.col("delivery_id").is_in([one.id for one in sent]))
    decisions = replies.decided(
        stores.connection, brand=brand.name, since=period.starts_at, until=period.ends_at
    )
    comparison = Comparison(
        rows.select("account", "engagement"),
        fixed_past(brand, rows, performance, before=period.starts_at),
    )
    slots = slot_decisions(
        stores.connection, performance, brand=brand.name, since=period.ends_at - SLOTS_OF
    )
    voice = voice_distances(
        posts.each(stores.connection, brand=brand.name, since=period.ends_at - SHOWN)
    )
    gallery = Gallery(brand, stores.connection, stores.blobs, rows, forecasts)
    report = _figures(stores, brand, period, due=due, decisions=decisions).model_copy(
        update={"uplift": comparison.uplift(), "holdout": estimate_holdout(slots)}
    )
    odd = bought_in_words(performance, brand, since=period.starts_at, until=period.ends_at)
    return BrandSection(
        title=brand.title,
        report=report,
        pictures=[*_pictures(stores, brand, rows), *_voice(voice)],
        days=gallery.days([*due, *ahead]),
        held=gallery.held(),
        answered=[_reply(each) for each in decisions if _is_answered(each)],
        withheld=[_reply(each) for each in decisions if not _is_answered(each)],
        findings=[
            *_findings(report, rows),
            *_planned(ahead),
            *odd,
            *duties,
            *_taught(stores, brand),
        ],
        comparison=comparison,
        decisions=slots,
    )


def _ahead(connection: sa.Connection, brand: Brand, period: Period) -> list[Delivery]:
    """The posts that are planned after the period; none of them is due yet."""
    found = deliveries.list(
        connection,
        states=AHEAD,
        brand=brand.name,
        since=period.ends_at,
        until=period.ends_at + SHOWN_AHEAD,
    )
    return [one for one in found if one.kind is DeliveryKind.POST and one.due_at > period.ends_at]


def _planned(ahead: Sequence[Delivery]) -> list[str]:
    if not ahead:
        return []
    count, last = len({one.post_id or one.id for one in ahead}), ahead[-1].due_at
    many = "1 more post is" if count == 1 else f"{count} more posts are"
    return [f"{many} planned for the days until {last:%A} {last.day} {last:%B}."]


def fixed_past(
    brand: Brand, rows: pl.DataFrame, performance: pl.DataFrame, *, before: datetime
) -> pl.DataFrame:
    """The brand's own posts at its fixed hours in the eight weeks before, at the same age."""
    each = [_fixed_past(account, brand, rows, performance, before) for account in brand.accounts]
    return pl.concat(each).drop_nulls("engagement").select("account", "engagement")


def _fixed_past(
    account: Account,
    brand: Brand,
    rows: pl.DataFrame,
    performance: pl.DataFrame,
    before: datetime,
) -> pl.DataFrame:
    since = before - timedelta(days=PAST_DAYS)
    own = performance.filter(
        (pl.col("account") == account.id) & pl.col("published_at").is_between(since, before)
    )
    fixed = fixed_hours_posts(own, zone=zone_of(account), hours=brand.posting.default_times)
    return past_at_fixed_hours(own, ours=rows["platform_id"], fixed=fixed)


def _figures(
    stores: Stores,
    brand: Brand,
    period: Period,
    *,
    due: Sequence[Delivery],
    decisions: Sequence[Standing],
) -> AnalyticsReport:
    late = [one for one in due if one.sent_at and _late(one) > LATE_SECONDS]
    held = [each for each in decisions if each.status is InboxStatus.HELD]
    spent = costs.spent(
        stores.connection, brand=brand.name, since=period.starts_at, until=period.ends_at
    )
    return AnalyticsReport(
        brand=brand.name,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        planned=len(due),
        published=sum(one.state is DeliveryState.SENT for one in due),
        late=len(late),
        replies_sent=sum(_is_answered(each) for each in decisions),
        replies_held=len(held),
        cost_cents=spent,
    )


def _late(one: Delivery) -> float:
    return (one.sent_at - one.due_at).total_seconds() if one.sent_at else 0.0


def _pictures(stores: Stores, brand: Brand, rows: pl.DataFrame) -> list[Picture]:
    effects = stores.lake.read("slot_effects")
    known = figures.worth_drawing(effects)
    found = [
        Picture(
            f"What each hour does on {account}",
            "Engagement against the account's average post, with content and level taken out; "
            "dots mark hours that are proven. The strip below is how unsure it is.",
            figures.slot_heatmap(effects, account),
        )
        for account in (one.id for one in brand.accounts)
        if account in known
    ]
    judged = rows.drop_nulls(["predicted", "actual"])
    if judged.height >= 3:
        found.append(
            Picture(
                "Forecast against outcome",
                "Each dot is a post of this period that has reached 24 hours; the forecast was "
                "made before it went out.",
                figures.forecast_vs_outcome(judged),
            )
        )
    if stores.lake.exists("engagement_backtest"):
        found.append(
            Picture(
                "Back-test on past posts",
                "How well each model ranked posts that it had never seen, within accounts; "
                "the line is the 90 % interval.",
                figures.backtest_chart(stores.lake.read("engagement_backtest")),
            )
        )
    return found


def _voice(voice: pl.DataFrame) -> list[Picture]:
    if voice_by_week(voice).height < 2:  # one week is no course of time
        return []
    caption = (
        "How far each accepted post is from the 100 before it, counted in habits such as the "
        "length of sentences and the number of hashtags; 0 is their middle. The line is each "
        "week's mean."
    )
    return [Picture("How close to its voice", caption, voice_chart(voice))]


def _taught(stores: Stores, brand: Brand) -> list[str]:
    """Changes of the brand file that people's edits suggest."""
    changed = posts.edits(stores.connection, brand=brand.name, machines=MACHINES)
    found = lessons([Edit(old.text, new.text) for old, new in changed], brand)
    return [lesson.in_words(brand.name) for lesson in found]


def _is_answered(each: Standing) -> bool:
    return each.action.kind is ActionKind.ANSWER and each.status is InboxStatus.ANSWERED


def _reply(each: Standing) -> ReplyCard:
    return ReplyCard(
        account=each.message.account,
        author=each.message.author or "somebody",
        message=each.message.text,
        decision=str(each.status),
        reason=each.action.reason,
        reply=each.action.text,
    )


def _findings(report: AnalyticsReport, rows: pl.DataFrame) -> list[str]:
    lines = [
        f"{report.published} of {report.planned} planned posts are out, {report.late} of them "
        "more than a minute late."
    ]
    if report.uplift is None:
        lines.append(
            "Against the fixed-hours past: not enough to judge by (it takes eight posts that are "
            "a day old, and a past whose counts were taken at the same age)."
        )
    else:
        lines.append(
            f"Engagement after 24 hours is {_ratio(report.uplift)} against the fixed-hours past of "
            f"eight weeks, judged on {report.uplift.posts} posts: {verdict(report.uplift)}."
        )
    lines.append(_holdout(report.holdout))
    known = rows.drop_nulls(["actual", "lower", "upper"])
    if known.height:
        inside = known.select(pl.col("actual").is_between("lower", "upper").sum()).item()
        lines.append(f"{inside} of {known.height} outcomes lie in the 90 % interval forecast.")
    early = known.drop_nulls("early_predicted")
    moved = early.filter(pl.col("early_predicted") != pl.col("predicted"))
    if moved.height:
        error, after = (
            moved.select((pl.col(name) - pl.col("actual")).abs().mean()).item()
            for name in ("predicted", "early_predicted")
        )
        lines.append(
            f"After their first hour the forecasts of {moved.height} posts were moved: their mean "
            f"error (log) went from {error:.2f} to {after:.2f}."
        )
    return lines


def _holdout(found: Uplift | None) -> str:
    if found is None:
        return (
            f"Against hours drawn at random: not enough to judge by (it takes {MIN_DRAWN} posts of "
            "either kind that are a day old and not all alike; a share of all slots is drawn for "
            "good)."
        )
    return (
        f"Within the last year, engagement at chosen hours is {_ratio(found)} against hours drawn "
        f"at random, judged on {found.posts} posts: {verdict(found)}."
    )


def _ratio(found: Uplift) -> str:
    middle, low, high = (100 * part for part in (found.estimate, found.lower, found.upper))
    return f"{middle:+.0f} % (90 % interval {low:+.0f} to {high:+.0f} %)"
