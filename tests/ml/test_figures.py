"""Pictures are small enough for the event log."""

import io

import polars as pl
import pytest
from PIL import Image

from ml.backtest import backtest_engagement
from ml.figures import (
    backtest_chart,
    calibration,
    forecast_vs_outcome,
    learning_chart,
    slot_heatmap,
)
from ml.judging import SCORE_SCHEMA
from ml.learning import CURVE_SCHEMA
from ml.promotion import SERVING, SINCE
from ml.timing import fit_slots


@pytest.fixture(scope="module")
def pictures(invent):
    posts = invent(accounts=1, posts=150)
    result = backtest_engagement(posts)
    ours = result.predictions.filter(pl.col("model") == "amsel")
    return {
        "heat map": slot_heatmap(fit_slots(posts), "x:a0"),
        "forecast": forecast_vs_outcome(ours),
        "back-test": backtest_chart(result.scores),
        "calibration": calibration(ours),
        "learning": learning_chart(
            pl.DataFrame(
                [(0.5, 50, 0.2, 0.1, 0.3, 45), (1.0, 100, 0.3, 0.2, 0.4, 45)],
                schema=CURVE_SCHEMA,
                orient="row",
            )
        ),
    }


def test_every_picture_is_a_png_below_the_limit_of_the_event_log(pictures):
    for name, content in pictures.items():
        picture = Image.open(io.BytesIO(content))
        assert picture.format == "PNG", name
        assert len(content) < 100_000, name
        # an empty canvas has a handful of colours
        assert len(picture.convert("RGB").getcolors(maxcolors=1_000_000)) > 50, name


def test_the_version_that_serves_stands_in_the_picture_once_it_was_judged():
    ours = pl.DataFrame(
        [(name, "spearman", value, value - 0.1, value + 0.1, 1, 45)
         for name, value in (("amsel", 0.3), ("tfidf_ridge", 0.2), ("hour_mean", 0.1))],
        schema=SCORE_SCHEMA, orient="row",
    )  # fmt: skip
    duel = [(name, "spearman", 0.3, 0.1, 0.4, 1, 31) for name in (SERVING, SINCE)]
    untold = [(name, "spearman", None, None, None, None, 4) for name in (SERVING, SINCE)]
    plain, judged, waiting = (
        backtest_chart(pl.concat([ours, pl.DataFrame(rows, schema=SCORE_SCHEMA, orient="row")]))
        for rows in ([], duel, untold)
    )
    heights = [Image.open(io.BytesIO(png)).height for png in (plain, judged, waiting)]
    assert heights[1] > heights[0] == heights[2]
    assert plain == waiting


def test_the_same_figures_are_drawn_once_and_others_anew(invent):
    effects = fit_slots(invent(accounts=1, posts=150))
    drawn = slot_heatmap(effects, "x:a0")

    assert drawn is slot_heatmap(effects.with_columns(note=pl.lit("is not shown")), "x:a0")
    assert drawn != slot_heatmap(effects.with_columns(pl.col("effect") * 2 + 0.1), "x:a0")


def test_each_account_has_a_heat_map_of_its_own(invent):
    effects = fit_slots(invent(accounts=2, posts=150))

    assert slot_heatmap(effects, "x:a0") != slot_heatmap(effects, "x:a1")
