"""A week of a brand is the best that trying everything finds, within every rule of its file."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.brand import Account, Brand, Fact, Posting, Window
from domain.schedule import Strategy
from ml.best_sets import CROWDING, REACH_MINUTES
from ml.keeping import broken_rule
from ml.openings import constraints_of
from ml.slots import choose_slots
from ml.timing import EFFECT_SCHEMA

MONDAY = date(2026, 3, 2)
WEEK = [MONDAY + timedelta(days=n) for n in range(7)]
HOURS = tuple(time(hour) for hour in range(24))


def brand_of(*, opens, closes, quiet, gap, posts, accounts):
    """A brand whose default times are the full hours, so that each hour has one minute to try."""
    return Brand(
        name="kaffee", title="Kaffee", about="A small roastery.", topics=("t",),
        facts=(Fact(id="a", topic="t", text="It is coffee."),),
        accounts=accounts,
        posting=Posting(
            windows=(Window(start=time(opens), end=time(closes)),),
            quiet_hours=tuple(Window(start=time(at), end=time(at + 1)) for at in quiet),
            default_times=HOURS, min_gap_minutes=gap, posts_per_day=posts, exploration=0,
        ),
    )  # fmt: skip


def known(account, seed):
    """Hours of which everything is known: no draw strays."""
    effect = np.random.default_rng(seed).normal(0, 0.2, 168).round(3)
    rows = {
        "slot": np.arange(168), "effect": effect, "lower": effect, "upper": effect,
        "posts": np.full(168, 99), "evidence": np.full(168, True), "chance": np.ones(168),
        "closeness": np.full(168, CROWDING),
    }  # fmt: skip
    frame = pl.DataFrame(rows).with_columns(account=pl.lit(account))
    return frame.select(*EFFECT_SCHEMA).cast(EFFECT_SCHEMA)


def worth(instants, effects, zone):
    """What posts bring at these instants, less what each takes from the one after it."""
    local = [at.astimezone(zone) for at in sorted(instants)]
    gain = sum(effects["effect"][at.weekday() * 24 + at.hour] for at in local)
    apart = [(late - early) / timedelta(minutes=1) for early, late in pairwise(local)]
    return gain - sum(CROWDING * max(0.0, 1 - minutes / REACH_MINUTES) for minutes in apart)


def is_allowed(instants, rules):
    """Whether each breaks no rule beside all the others."""
    return all(
        broken_rule(at, replace(rules, taken=tuple(each for each in instants if each != at)))
        is None
        for at in instants
    )


def best_of_day(day, posts, effects, rules):
    """The most that any allowed set of the day's full hours is worth; as many posts as fit."""
    zone = ZoneInfo(rules.time_zone)
    hours = [datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for at in HOURS]
    alone = [at for at in hours if broken_rule(at, rules) is None]
    for count in range(posts, 0, -1):
        sets = [one for one in combinations(alone, count) if is_allowed(one, rules)]
        if sets:
            return count, max(worth(one, effects, zone) for one in sets)
    return 0, 0.0


@settings(max_examples=25, deadline=None)
@given(
    opens=st.integers(6, 12),
    length=st.integers(2, 7),
    quiet=st.lists(st.integers(6, 18), max_size=2),
    rhythm=st.sampled_from([(60, 2), (120, 2), (120, 3), (180, 3)]),
    caps=st.lists(st.integers(0, 3), min_size=2, max_size=2),
    per_hour=st.sampled_from([None, 1, 2]),
    seed=st.integers(0, 10_000),
)
def test_a_week_of_a_brand_is_what_trying_everything_finds(
    opens, length, quiet, rhythm, caps, per_hour, seed
):
    """No set of the week is worth more: its days are, each for itself, the best that there is."""
    gap, posts = rhythm
    zones = ("Europe/Berlin", "America/New_York")
    accounts = tuple(
        Account(platform="x", handle=f"a{n}", time_zone=zone, daily_cap=cap, per_hour=per_hour)
        for n, (zone, cap) in enumerate(zip(zones, caps, strict=True))
    )
    brand = brand_of(
        opens=opens, closes=opens + length, quiet=quiet, gap=gap, posts=posts, accounts=accounts
    )
    for account in accounts:
        effects = known(account.id, seed)
        rules = constraints_of(
            brand, account.id, not_before=datetime(2026, 3, 1, tzinfo=UTC), taken=()
        )
        chosen = choose_slots(effects, dict.fromkeys(WEEK, posts), constraints=rules, seed=seed)
        # one choice in a hundred is random for good
        assume(all(choice.strategy is Strategy.OPTIMAL for choice in chosen))

        instants = [choice.due_at for choice in chosen]
        assert is_allowed(instants, rules)
        best = [best_of_day(day, posts, effects, rules) for day in WEEK]
        assert sum(count for count, _ in best) == len(instants)
        zone = ZoneInfo(account.time_zone)
        assert sum(value for _, value in best) == pytest.approx(worth(instants, effects, zone))


def test_a_brand_without_room_on_one_account_loses_nothing_on_the_other():
    accounts = tuple(
        Account(platform="x", handle=f"a{cap}", time_zone="Europe/Berlin", daily_cap=cap)
        for cap in (0, 2)
    )
    brand = brand_of(opens=8, closes=20, quiet=(), gap=120, posts=3, accounts=accounts)
    counts = []
    for account in accounts:
        rules = constraints_of(brand, account.id, not_before=datetime(2026, 3, 1, tzinfo=UTC))
        demand = dict.fromkeys(WEEK, 3)
        counts.append(len(choose_slots(known(account.id, 1), demand, constraints=rules, seed=1)))
    assert [0, 14] == counts
