"""Duties: their spans, how they are spread, and what cannot be met."""

from datetime import date, timedelta

import pytest

from domain.duties import Duty, complaint_about
from domain.platforms import Platform

MONDAY = date(2026, 3, 2)
WEEK = [MONDAY + timedelta(days=n) for n in range(7)]


def duty(**changes):
    return Duty(**{"id": "hours", "topic": "visit"} | changes)


def spread(one, days=WEEK, *, lost=()):
    """How many posts each day gets where each asked for is planned, some to no avail."""
    done, given = 0, []
    for day in days:
        wanted = one.lacking(day, done=done)
        given.append(wanted)
        done += wanted if day not in lost else 0
    return given


@pytest.mark.parametrize("at_least", [1, 2, 5, 7, 11])
def test_over_a_week_a_duty_gets_just_what_it_asks_for(at_least):
    given = spread(duty(at_least=at_least))
    assert sum(given) == at_least
    assert max(given) - min(given) <= 1


def test_once_a_week_comes_in_its_middle_so_that_days_are_left_to_try_again():
    assert [0, 0, 0, 1, 0, 0, 0] == spread(duty())
    assert [0, 0, 0, 1, 1, 0, 0] == spread(duty(), lost=[WEEK[3]])


def test_what_was_said_already_counts():
    assert [0] * 7 == [duty().lacking(day, done=1) for day in WEEK]


def test_only_its_days_are_asked_for():
    assert [0, 0, 0, 0, 1, 0, 0] == spread(duty(days=("fri",)))
    assert [0] * 7 == spread(duty(days=("fri",), starts_on=WEEK[5]))


def test_every_day_is_every_day_and_a_month_is_the_calendars():
    assert [1] * 7 == [duty(per="day").lacking(day, done=0) for day in WEEK]
    assert (date(2026, 2, 1), date(2026, 2, 28)) == duty(per="month").span_of(date(2026, 2, 11))


def test_a_plan_that_begins_late_shares_the_rest_among_the_days_left():
    assert [3, 2] == spread(duty(at_least=5), WEEK[5:])


def test_outside_of_its_days_it_asks_for_nothing():
    over = duty(ends_on=WEEK[2])
    assert over.span_of(WEEK[3]) is None
    assert over.span_of(WEEK[0]) == (WEEK[0], WEEK[2])


FACTS = [("open", "visit"), ("well", "water")]
CAPS = [(Platform.X, 3), (Platform.INSTAGRAM, 1)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"topic": "moon"}, "duties.0.topic: no fact is about 'moon'"),
        ({"facts": ["shut"]}, "duties.0.facts.0: there is no fact 'shut'"),
        ({"facts": ["open", "well"]}, "duties.0.facts.1: 'well' is about 'water'"),
        ({"platforms": ["x", "tiktok"]}, "duties.0.platforms.1: no account is on tiktok"),
        ({"at_least": 4, "per": "day"}, "duties.0.at_least: 4 a day is more than"),
        ({"at_least": 8, "platforms": ["x", "instagram"]}, "leave room for (7)"),
    ],
)
def test_a_duty_that_cannot_be_met_is_named_with_its_field(changes, said):
    assert said in complaint_about([duty(**changes)], told=FACTS, caps=CAPS)


def test_two_duties_may_not_share_an_id():
    assert "duties.1.id: 'hours'" in complaint_about([duty(), duty()], told=FACTS, caps=CAPS)


def test_a_duty_that_can_be_met_raises_no_complaint():
    fine = duty(facts=("open",), platforms=("x",), at_least=21)
    assert complaint_about([fine], told=FACTS, caps=CAPS) is None
