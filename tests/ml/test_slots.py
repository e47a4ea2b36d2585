"""Slots are drawn with probabilities that are logged, under the brand's constraints."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.brand import Account, Brand, Fact, Posting, Window
from domain.schedule import Strategy
from domain.zones import instant_of
from ml.knowledge import MIN_EXPLORATION
from ml.openings import Constraints, constraints_of
from ml.slots import choose_slots
from ml.timing import EFFECT_SCHEMA

BERLIN = "Europe/Berlin"
MONDAY = date(2026, 3, 2)
NOTHING_KNOWN = pl.DataFrame(schema=EFFECT_SCHEMA)


def effects(best_hour: int, *, size: float = 0.3, width: float = 0.1) -> pl.DataFrame:
    slots = np.arange(168)
    effect = np.where(slots % 24 == best_hour, size, 0.0)
    return pl.DataFrame(
        {
            "account": ["x:a"] * 168,
            "slot": slots,
            "effect": effect,
            "lower": effect - width,
            "upper": effect + width,
            "posts": [5] * 168,
            "evidence": effect > width,
            "chance": [1.0 if size > width else 0.5] * 168,
            "closeness": [None] * 168,
        },
        schema=EFFECT_SCHEMA,
    )


def constraints(**changes: object) -> Constraints:
    rules = {
        "account": "x:a",
        "time_zone": BERLIN,
        "windows": (Window(start=time(8), end=time(21)),),
        "quiet_hours": (),
        "default_times": (time(9, 5), time(18, 30)),
        "min_gap": timedelta(minutes=90),
        "daily_cap": 4,
        "exploration": 0.1,
        "not_before": datetime(2026, 3, 1, tzinfo=UTC),
    }
    return Constraints(**{**rules, **changes})


def test_propensities_sum_to_one_and_are_never_zero():
    demand = {MONDAY + timedelta(days=n): 3 for n in range(7)}
    rules = constraints(exploration=0.0)
    for choice in choose_slots(effects(12), demand, constraints=rules, seed=1):
        odds = [candidate.probability for candidate in choice.candidates]
        assert abs(sum(odds) - 1) < 1e-9
        assert min(odds) >= MIN_EXPLORATION / len(odds) * 0.999
        mine = next(c for c in choice.candidates if c.due_at == choice.due_at)
        assert mine.probability == choice.propensity


def test_the_logged_propensity_is_how_often_a_slot_is_taken():
    rules = constraints(exploration=0.3)
    known = effects(12, size=0.15, width=0.14)
    choices = [choose_slots(known, {MONDAY: 1}, constraints=rules, seed=s)[0] for s in range(300)]
    noon = [c for c in choices if c.slot == 12]
    logged = np.mean([next(x.probability for x in c.candidates if x.slot == 12) for c in choices])
    assert len(noon) / 300 == pytest.approx(logged, abs=0.08)


def test_a_proven_hour_is_taken_and_the_reason_says_how_much_it_brings():
    rules = constraints(exploration=0.05)
    choice = choose_slots(effects(12), {MONDAY: 1}, constraints=rules, seed=3)[0]
    assert choice.slot == 12
    assert choice.strategy == Strategy.OPTIMAL
    assert "+35 %" in choice.reasoning


def test_without_evidence_the_default_times_are_used_and_named_so():
    rules = constraints(exploration=0.0)
    for known in (NOTHING_KNOWN, effects(12, size=0.02)):
        choices = choose_slots(known, {MONDAY: 2}, constraints=rules, seed=5)
        assert [c.local_time for c in choices] == ["2026-03-02T09:05", "2026-03-02T18:30"]
        assert {Strategy.FIXED} == {c.strategy for c in choices}
        assert all("default time" in c.reasoning for c in choices)


def test_exploration_is_marked_as_a_test():
    rules = constraints(exploration=1.0)
    choices = choose_slots(effects(12), {MONDAY: 3}, constraints=rules, seed=5)
    assert [c.strategy for c in choices] == [Strategy.TEST] * 3


def test_not_everything_goes_out_on_the_hour():
    demand = {MONDAY + timedelta(days=n): 3 for n in range(7)}
    choices = choose_slots(effects(12), demand, constraints=constraints(exploration=1.0), seed=2)
    assert len({choice.due_at.minute for choice in choices}) > 8


def test_the_constraints_come_from_the_brand_file():
    brand = Brand(
        name="kaffee",
        title="Kaffee",
        about="A small roastery.",
        facts=(Fact(id="a", topic="t", text="It is coffee."),),
        topics=("t",),
        accounts=(Account(platform="x", handle="a", time_zone=BERLIN, daily_cap=2),),
        posting=Posting(
            windows=(Window(start=time(8), end=time(20)),),
            default_times=(time(18), time(9)),
            min_gap_minutes=120,
            exploration=0.2,
        ),
    )
    now = datetime(2026, 3, 1, tzinfo=UTC)
    rules = constraints_of(brand, "x:a", not_before=now, taken=[now])
    assert (time(9), time(18)) == rules.default_times
    assert (rules.time_zone, rules.daily_cap, rules.exploration) == (BERLIN, 2, 0.2)
    assert timedelta(hours=2) == rules.min_gap
    with pytest.raises(KeyError):
        constraints_of(brand, "x:b", not_before=now)


def test_the_same_seed_gives_the_same_plan():
    demand = {MONDAY: 3}
    plans = [choose_slots(effects(12), demand, constraints=constraints(), seed=9) for _ in "ab"]
    assert plans[0] == plans[1]


def test_a_full_day_gets_no_more_posts():
    taken = tuple(datetime(2026, 3, 2, h, tzinfo=UTC) for h in (8, 10, 12))
    rules = constraints(daily_cap=4, taken=taken)
    assert len(choose_slots(effects(12), {MONDAY: 5}, constraints=rules, seed=2)) == 1


times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
windows = st.lists(st.builds(Window, start=times, end=times), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    windows=windows,
    quiet=st.lists(st.builds(Window, start=times, end=times), max_size=2),
    gap=st.integers(0, 600),
    cap=st.integers(0, 5),
    day=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    zone=st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    taken=st.lists(st.integers(0, 2880), max_size=3),
    seed=st.integers(0, 10_000),
)
def test_no_rule_of_the_brand_is_ever_broken(windows, quiet, gap, cap, day, zone, taken, seed):
    start = datetime.combine(day, time(), tzinfo=UTC)
    rules = constraints(
        windows=tuple(windows),
        quiet_hours=tuple(quiet),
        min_gap=timedelta(minutes=gap),
        daily_cap=cap,
        time_zone=zone,
        taken=tuple(start + timedelta(minutes=m) for m in taken),
        not_before=start + timedelta(hours=6),
    )
    demand = {day: 4, day + timedelta(days=1): 4}
    choices = choose_slots(effects(12), demand, constraints=rules, seed=seed)
    busy = sorted([*rules.taken, *(c.due_at for c in choices)])
    for choice in choices:
        local = choice.due_at.astimezone(ZoneInfo(zone))
        assert any(w.holds(local.weekday(), local.time()) for w in windows)
        assert not any(w.holds(local.weekday(), local.time()) for w in quiet)
        assert choice.due_at >= rules.not_before
        others = [other for other in busy if other != choice.due_at]
        assert all(abs(other - choice.due_at) >= rules.min_gap for other in others)
        same = [b for b in busy if b.astimezone(ZoneInfo(zone)).date() == local.date()]
        assert len(same) <= cap


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        # the clocks jump from 02:00 to 03:00
        ("2026-03-29T02:30", BERLIN, "2026-03-29T01:00"),
        ("2026-03-29T03:00", BERLIN, "2026-03-29T01:00"),
        # 02:30 comes twice; the first is still summer time
        ("2026-10-25T02:30", BERLIN, "2026-10-25T00:30"),
        # half an hour is skipped here
        ("2026-10-04T02:10", "Australia/Lord_Howe", "2026-10-03T15:30"),
        ("2026-07-01T09:00", "Asia/Kathmandu", "2026-07-01T03:15"),
    ],
)
def test_wall_clock_times_find_their_instant_on_odd_days(local, zone, expected):
    found = instant_of(datetime.fromisoformat(local), ZoneInfo(zone))
    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == found


def test_a_default_time_keeps_its_wall_clock_across_the_change_of_the_clocks():
    rules = constraints(exploration=0.0, default_times=(time(9, 5),))
    demand = {date(2026, 3, 28): 1, date(2026, 3, 30): 1}
    choices = choose_slots(NOTHING_KNOWN, demand, constraints=rules, seed=1)
    assert [choice.due_at.hour for choice in choices] == [8, 7]


def test_the_defaults_come_back_as_it_looks_as_if_hours_did_nothing():
    known = effects(12, size=0.09).with_columns(chance=pl.lit(0.1))
    rules = constraints(exploration=0.02)
    choices = [choose_slots(known, {MONDAY: 1}, constraints=rules, seed=s)[0] for s in range(200)]
    assert sum(c.strategy == Strategy.FIXED for c in choices) / 200 == pytest.approx(0.49, abs=0.1)
    guesses = [c for c in choices if c.strategy == Strategy.OPTIMAL]
    assert all("hours matter with probability 0.10" in c.reasoning for c in guesses)
