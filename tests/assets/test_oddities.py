"""Likes that look bought are shown where models are taught, and in the report."""

from datetime import timedelta

import polars as pl
import pytest

STRUCK = "northloom-0"
ACCOUNT = "x:northloom"
COUNTS = {"likes": 90, "comments": 12, "shares": 6}


class Counted:
    """The marts of the small past, each account's posts five times over, one of them struck."""

    def __init__(self, marts, likes: int) -> None:
        self.marts, self.likes = marts, likes

    def read(self, name: str) -> pl.DataFrame:
        frame = self.marts.read(name)
        return self._struck(frame) if name == "fct_post_performance" else frame

    def _struck(self, frame: pl.DataFrame) -> pl.DataFrame:
        again = [
            frame.with_columns(
                pl.col("published_at") - timedelta(days=12 * turn),
                post_id=pl.col("post_id") + (f"-{turn}" if turn else ""),
            )
            for turn in range(5)
        ]
        struck = (pl.col("post_id") == STRUCK) & (pl.col("account") == ACCOUNT)
        likes = pl.when(struck).then(self.likes).otherwise(COUNTS["likes"])
        told = pl.concat(again).with_columns(
            pl.lit(count, frame.schema[f"{name}_{age}"]).alias(f"{name}_{age}")
            for name, count in COUNTS.items()
            for age in ("24h", "latest")
        )
        return told.with_columns(
            likes.cast(frame.schema["likes_latest"]).alias(f"likes_{age}")
            for age in ("24h", "latest")
        )


@pytest.fixture
def bought(world):
    """A world in which somebody bought five thousand likes for one post."""
    world.warehouse = Counted(world.warehouse, likes=5000)
    return world


@pytest.mark.parametrize("name", ["engagement", "timing"])
def test_whoever_trains_a_model_sees_what_it_does_not_believe(bought, assets, name) -> None:
    bought.call(assets("features").engagement_features)
    learnt = assets("models")
    given = [learnt.AgeConfig()] if name == "engagement" else []
    bought.call(getattr(learnt, f"{name}_backtest"), *given)

    shown = bought.call(getattr(learnt, f"{name}_model"), *given).metadata

    assert shown["likes that look bought: how many"].startswith("1 of ")
    head, _, *rows = shown["likes that look bought"].value.splitlines()
    assert (
        "| account | post_id | day | likes | comments_and_shares | stood_out | counted_as |" == head
    )
    day = (bought.clock.now() - timedelta(days=2)).date()
    assert [
        f"| {ACCOUNT} | {STRUCK} | {day} | 5000 | 18 | this post's likes | {sum(COUNTS.values())} |"
    ] == rows


def test_the_report_names_what_looks_bought_and_how_it_was_treated(bought, assets) -> None:
    insights = assets("insights")
    bought.call(insights.brand_report, insights.ReportConfig())
    html = (bought.settings.home / "report.html").read_text()
    assert 1 == html.count("Likes of 1 post look")
    assert "5000 likes beside 18 comments and shares" in html
    assert "learnt from as 108 in all" in html


def test_where_nothing_looks_bought_nothing_is_said(world, assets) -> None:
    world.warehouse = Counted(world.warehouse, likes=COUNTS["likes"])
    insights = assets("insights")
    world.call(insights.brand_report, insights.ReportConfig())
    assert "look bought" not in (world.settings.home / "report.html").read_text()
