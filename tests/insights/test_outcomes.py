"""What became of forecasts, and what the first hour made of them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from domain.deliveries import Delivery, DeliveryState, Payload
from insights.outcomes import outcomes

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
POSTS, LEVEL, ACCOUNT = 90, 3.0, "x:northloom"


def sent(number):
    at = START + timedelta(hours=12 * number)
    return Delivery(
        id=f"d{number}", key=f"k{number}", brand="northloom", platform="x", account=ACCOUNT,
        payload=Payload(text="Wool"), due_at=at, post_id=f"p{number}", state=DeliveryState.SENT,
        fingerprint="f", platform_id=f"out-{number}", sent_at=at, created_at=at, updated_at=at,
    )  # fmt: skip


def test_the_forecast_after_an_hour_stands_beside_the_first_one_and_is_nearer():
    ours = [sent(number) for number in range(POSTS)]
    error = np.random.default_rng(0).normal(0, 0.6, POSTS)
    forecasts = pl.DataFrame(
        {
            "post_id": [one.post_id for one in ours],
            "account": [ACCOUNT] * POSTS,
            "due_at": [one.due_at for one in ours],
            "predicted": [0.1] * POSTS,
            "lower": [-0.9] * POSTS,
            "upper": [1.1] * POSTS,
            "level": [LEVEL] * POSTS,
        }
    )
    day = np.expm1(LEVEL + 0.1 + error).round().astype(int)
    counted = [None if number == POSTS - 1 else int(each // 3) for number, each in enumerate(day)]
    performance = pl.DataFrame(
        {
            "account": [ACCOUNT] * POSTS,
            "post_id": [one.platform_id for one in ours],
            "engagement_1h": counted,
            "engagement_24h": day,
            "engagement_latest": day,
            "age_hours_latest": [24.0] * POSTS,
        }
    )
    rows = outcomes(ours, forecasts=forecasts, performance=performance)

    assert [one.id for one in ours] == rows["delivery_id"].to_list()
    late = rows.tail(30)
    before, after = (
        late.select((pl.col(name) - pl.col("actual")).abs().mean()).item()
        for name in ("predicted", "early_predicted")
    )
    assert after < 0.5 * before
    assert (None, 0.1) == rows.select("early_predicted", "predicted").row(-1)
