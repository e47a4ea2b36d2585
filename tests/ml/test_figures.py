"""Pictures are small enough for the event log."""

import io

import polars as pl
import pytest
from PIL import Image

from ml.backtest import backtest_engagement
from ml.figures import backtest_chart, calibration, forecast_vs_outcome, slot_heatmap
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
    }


def test_every_picture_is_a_png_below_the_limit_of_the_event_log(pictures):
    for name, content in pictures.items():
        picture = Image.open(io.BytesIO(content))
        assert picture.format == "PNG", name
        assert len(content) < 100_000, name
        # an empty canvas has a handful of colours
        assert len(picture.convert("RGB").getcolors(maxcolors=1_000_000)) > 50, name
