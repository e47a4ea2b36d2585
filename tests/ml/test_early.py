"""After an hour a forecast moves by what that hour showed, and only where hours tell."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from ml.early import EarlySignal, update_as_known

START = datetime(2026, 1, 5, tzinfo=UTC)


def snapshots(posts=300, *, tells=0.8, accounts=3, seed=0):
    """Forecasts whose error shows to such a share in the first hour; each account has its pace."""
    random = np.random.default_rng(seed)
    account = np.arange(posts) % accounts
    predicted, error = random.normal(0, 0.5, posts), random.normal(0, 0.8, posts)
    noise = random.normal(0, 0.8, posts)
    first = predicted + tells * error + (1 - tells) * noise - 1 - account
    return pl.DataFrame(
        {
            "account": [f"x:a{number}" for number in account],
            "published_at": [START + timedelta(hours=5 * number) for number in range(posts)],
            "predicted": predicted,
            "lower": predicted - 1.6449 * 0.8,
            "upper": predicted + 1.6449 * 0.8,
            "first": first,
            "actual": predicted + error,
        },
        schema_overrides={"published_at": pl.Datetime("us", "UTC")},
    )


def error(rows, name):
    return rows.select((pl.col(name) - pl.col("actual")).abs().mean()).item()


def inside(rows):
    held = pl.col("actual").is_between("early_lower", "early_upper")
    return rows.select(held.mean()).item()


def learnt(rows):
    """The last third, updated by what the first two taught."""
    whole = rows.height
    return EarlySignal.fit(rows.head(whole * 2 // 3)).update(rows.tail(whole // 3))


@pytest.mark.parametrize("seed", range(5))
def test_a_first_hour_that_tells_lowers_the_error_on_posts_not_seen(seed):
    late = learnt(snapshots(seed=seed))

    assert error(late, "early_predicted") < 0.5 * error(late, "predicted")


def test_the_narrowed_interval_still_holds_its_promise():
    late = pl.concat([learnt(snapshots(seed=seed)) for seed in range(10)])
    before, after = (
        late.select((pl.col(f"{kind}upper") - pl.col(f"{kind}lower")).mean()).item()
        for kind in ("", "early_")
    )

    assert after < 0.7 * before
    assert 0.86 < inside(late) < 0.94


def test_a_first_hour_that_tells_nothing_leaves_the_forecast():
    lates = [learnt(snapshots(tells=0.0, seed=seed)) for seed in range(40)]
    moved = [late for late in lates if not late["early_predicted"].equals(late["predicted"])]
    everything = pl.concat(lates)

    # within two standard errors on either side, and never for a slope below 0
    assert len(moved) <= 4
    assert error(everything, "early_predicted") < 1.005 * error(everything, "predicted")


def test_few_posts_move_nothing():
    rows = snapshots(29)
    assert EarlySignal() == EarlySignal.fit(rows)
    assert EarlySignal() != EarlySignal.fit(snapshots(200))


def test_a_post_whose_first_hour_was_not_counted_has_no_update():
    rows = snapshots(120).with_columns(first=pl.lit(None, pl.Float64))
    updated = EarlySignal.fit(snapshots(120)).update(rows)

    assert 120 == updated["early_predicted"].null_count()


def test_an_account_that_was_never_seen_is_moved_as_all_are():
    signal = EarlySignal.fit(snapshots(300, accounts=1))
    rows = snapshots(300, accounts=1, seed=1).with_columns(account=pl.lit("x:new"))
    updated = signal.update(rows)

    assert error(updated, "early_predicted") < 0.6 * error(updated, "predicted")


def test_a_post_is_moved_only_by_what_was_known_an_hour_after_it():
    rows = snapshots(200)
    late = START + timedelta(hours=5 * 150)
    tampered = rows.with_columns(
        actual=pl.when(pl.col("published_at") >= late).then(99.0).otherwise("actual")
    )
    seen = late + timedelta(hours=24)
    before, after = (
        update_as_known(each).filter(pl.col("published_at") < seen)["early_predicted"]
        for each in (rows, tampered)
    )

    assert before.equals(after)
    assert not before.equals(rows.head(before.len())["predicted"])


def test_no_posts_are_no_trouble():
    assert 0 == update_as_known(snapshots(60).clear()).height
