"""Of what is planned as much stays as changed rules allow: what trying every set finds."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.brand import Window
from ml.keeping import Standing, broken_rule, keep
from ml.openings import Constraints

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
minutes = st.integers(0, 2 * 1440 - 1)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
spans = st.builds(Window, start=times, end=times)


def rules_of(**changes):
    rules = {
        "account": "x:a", "time_zone": "Europe/Berlin",
        "windows": (Window(start=time(0), end=time(23, 59)),),
        "quiet_hours": (), "default_times": (time(9),), "min_gap": timedelta(minutes=90),
        "daily_cap": 4, "exploration": 0.1, "not_before": MONDAY,
    }  # fmt: skip
    return Constraints(**rules | changes)


def worth(places, planned):
    """What a set is worth: how many, their priorities, how early."""
    order = sorted(range(len(planned)), key=lambda place: planned[place].at)
    return (
        len(places),
        sum(planned[place].priority for place in places),
        -sum(order.index(place) for place in places),
    )


def is_allowed(places, planned, rules):
    """Whether each breaks no rule beside all the others."""
    for place in places:
        others = [planned[other].at for other in places if other != place]
        beside = replace(rules, taken=(*rules.taken, *others))
        if broken_rule(planned[place].at, beside) is not None:
            return False
    return True


@settings(max_examples=150, deadline=None)
@given(
    at=st.lists(st.tuples(minutes, st.integers(0, 3)), max_size=8, unique_by=lambda one: one[0]),
    taken=st.lists(minutes, max_size=2),
    quiet=st.lists(spans, max_size=1),
    window=spans,
    gap=st.sampled_from([0, 20, 90, 600]),
    cap=st.integers(0, 4),
    per_hour=st.sampled_from([None, 1, 2]),
)
def test_what_stays_is_worth_what_the_best_of_all_sets_is(
    at, taken, quiet, window, gap, cap, per_hour
):
    planned = [Standing(MONDAY + timedelta(minutes=m), priority) for m, priority in at]
    rules = rules_of(
        windows=(window,),
        quiet_hours=tuple(quiet),
        min_gap=timedelta(minutes=gap),
        daily_cap=cap,
        per_hour=per_hour,
        taken=tuple(MONDAY + timedelta(minutes=m) for m in taken),
    )
    sets = [one for n in range(len(at) + 1) for one in combinations(range(len(at)), n)]
    best = max(worth(one, planned) for one in sets if is_allowed(one, planned, rules))

    kept = keep(planned, rules)

    assert is_allowed(sorted(kept), planned, rules)
    assert best == worth(kept, planned)


def test_of_two_that_bar_each_other_the_one_of_higher_priority_stays():
    near = [Standing(MONDAY, 0), Standing(MONDAY + timedelta(hours=1), 5)]
    assert {1} == keep(near, rules_of())
    assert {0} == keep([Standing(one.at) for one in near], rules_of())


def test_each_rule_is_named_by_its_field_in_the_brand_file():
    noon = MONDAY + timedelta(hours=11)
    late = Window(start=time(18), end=time(20))
    lunch = Window(start=time(11, 30), end=time(13))
    beside = (noon - timedelta(minutes=40), noon + timedelta(minutes=10))
    told = {
        "posting.windows": rules_of(windows=(late,)),
        "posting.quiet_hours": rules_of(quiet_hours=(lunch,)),
        "posting.min_gap_minutes": rules_of(taken=(noon + timedelta(minutes=89),)),
        "2 times an hour (per_hour)": rules_of(
            taken=beside, per_hour=2, min_gap=timedelta(minutes=5)
        ),
        "2 times a day (daily_cap)": rules_of(
            taken=(noon + timedelta(hours=3), noon + timedelta(hours=6)), daily_cap=2
        ),
    }
    for name, rules in told.items():
        assert name in broken_rule(noon, rules)
    assert broken_rule(noon, rules_of()) is None


def test_of_two_weeks_full_of_posts_each_day_keeps_what_its_gap_leaves_room_for():
    hours = [MONDAY + timedelta(days=day, minutes=45 * n) for day in range(14) for n in range(30)]
    kept = keep([Standing(at) for at in hours], rules_of(daily_cap=50))
    assert 14 * 15 == len(kept)
