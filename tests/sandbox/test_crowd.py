"""The audience in bulk says what the audience says one by one, and holds what a file plants."""

from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from sandbox import audience as schema
from sandbox.audience import read_audience
from sandbox.crowd import Crowd, past_hours
from sandbox.truth import expected_log_engagement, slot_effect

AUDIENCES = Path(schema.__file__).parent / "audiences"
PLANTED = sorted(AUDIENCES.glob("*.yaml"))


def planted(name: str):
    return read_audience(AUDIENCES / f"{name}.yaml")


@pytest.mark.parametrize("path", [p for p in PLANTED if p.stem != "comments"], ids=lambda p: p.stem)
def test_every_audience_file_can_be_played(path):
    audience = read_audience(path)
    crowd = Crowd.of(audience, days=40)
    assert crowd.effects.shape == (len(audience.accounts), audience.history_days + 40, 24)
    assert np.isfinite(crowd.effects).all()


@pytest.mark.parametrize("name", ["seventeen_percent", "drift", "zone_change", "shock"])
def test_in_bulk_and_one_by_one_the_truth_is_the_same(name):
    audience = planted(name)
    account, origin = audience.accounts[0], audience.starts_at
    crowd = Crowd.of(audience, days=40)
    for day in (0, 22, 35):
        wall = datetime.combine(crowd.first_day + timedelta(days=day), time(20, 30))
        at = wall.replace(tzinfo=account.zone)
        alone = slot_effect(account, at, origin=origin)
        assert crowd.effects[0, day + crowd.past, 20] == pytest.approx(alone, abs=0.01)


def test_a_shock_moves_the_level_for_its_days_only():
    audience = planted("shock")
    brand, account = audience.brands[0], audience.accounts[0]
    levels = Crowd.of(audience, days=40).levels[0]
    assert levels[19] - levels[20] == pytest.approx(1.4)
    assert levels[27] == levels[19]
    before, within = (
        expected_log_engagement(
            account, brand, "Some news.", at=audience.starts_at + timedelta(days=day),
            media=False, origin=audience.starts_at,
        )
        for day in (13, 20)
    )  # fmt: skip
    assert before - within == pytest.approx(1.4)


def test_after_the_move_the_best_hour_is_that_of_the_new_zone():
    crowd = Crowd.of(planted("zone_change"), days=60)
    best = crowd.effects.mean(axis=0).argmax(axis=1)
    # 14:00 in New York is 20:00 in Berlin, an hour less while only New York has summer time
    assert abs(int(best[10]) - 14) <= 1
    assert abs(int(best[45]) - 20) <= 1


def test_copies_resemble_each_other_and_differ():
    peaks = [account.activity[0].hour for account in planted("seventeen_percent").accounts]
    assert len(peaks) == 20
    assert 0.5 < max(peaks) - min(peaks) <= 2
    assert len({account.key for account in planted("seventeen_percent").accounts}) == 20


def test_close_posts_take_from_each_other_where_the_file_says_so():
    alone, together = (
        Crowd.of(planted(name), days=1).gains(0, np.tile([19, 20], (20, 1)))
        for name in ("seventeen_percent", "saturation")
    )
    assert (alone[:, 0] == together[:, 0]).all()
    assert np.allclose(alone[:, 1] - together[:, 1], 0.5 * (1 - 1 / 3))


def test_nobody_beats_who_knows_the_truth():
    crowd = Crowd.of(planted("saturation"), days=1)
    allowed = np.arange(7, 23)
    best = crowd.gains(0, crowd.best_hours(0, allowed, posts=2, gap=2)).sum(axis=1)
    random = np.random.default_rng(0)
    for _ in range(50):
        hours = np.sort(random.choice(allowed[::2], 2, replace=False))
        assert (crowd.gains(0, np.tile(hours, (20, 1))).sum(axis=1) <= best + 1e-12).all()


def test_the_past_keeps_to_the_fixed_hours_most_of_the_time():
    audience = planted("seventeen_percent").model_copy(update={"history_days": 60})
    crowd = Crowd.of(audience, days=1)
    hours = np.concatenate(past_hours(audience, crowd, np.random.default_rng(0)))
    assert 0.65 < np.isin(hours[hours >= 0], [9, 12, 17]).mean() < 0.95
