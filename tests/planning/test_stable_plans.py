"""Whatever a brand file says, planning again moves exactly what it forbids."""

from datetime import time, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.brand import Window
from storage.brand_files import load_brands
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.planning.conftest import BRANDS, MORNING
from tests.planning.plans import (
    ALWAYS,
    holds,
    local,
    planned,
    planned_again,
    slots_of,
    with_accounts,
    with_posting,
)

NUMBERS = count()
HALVES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
SPANS = st.builds(Window, start=HALVES, end=HALVES)


@pytest.fixture(scope="module")
def shared(shared_ledger_url):
    """A ledger in which each brand has a name and accounts of its own."""
    ledger = Ledger(shared_ledger_url, clock=SteppingClock(MORNING))
    yield ledger
    ledger.close()


def another_brand(**posting):
    """A brand with two accounts that nobody has planned for yet."""
    number, brand = next(NUMBERS), load_brands(BRANDS)["northloom"]
    accounts = tuple(
        account.model_copy(update={"handle": f"{account.handle}{number}"})
        for account in brand.accounts[:2]
    )
    named = brand.model_copy(update={"name": f"brand{number}", "accounts": accounts})
    return with_posting(named, **posting)


postings = st.fixed_dictionaries(
    {
        "windows": st.tuples(SPANS),
        "quiet_hours": st.lists(SPANS, max_size=1).map(tuple),
        "min_gap_minutes": st.sampled_from([0, 30, 90, 240]),
        "posts_per_day": st.integers(0, 5),
        "exploration": st.sampled_from([0.0, 1.0]),
    }
)
one_ledger = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@one_ledger
@given(posting=postings, cap=st.integers(0, 4), per_hour=st.sampled_from([None, 1, 2]))
def test_where_the_brand_file_stays_nothing_moves(shared, posting, cap, per_hour):
    brand = with_accounts(another_brand(**posting), daily_cap=cap, per_hour=per_hour)
    before = planned(shared, brand, days=3)

    assert [] == planned_again(shared, brand)
    assert before == planned(shared, brand, days=3)


@one_ledger
@given(
    window=SPANS, quiet=st.lists(SPANS, max_size=1).map(tuple), gap=st.sampled_from([0, 90, 240])
)
def test_narrower_windows_move_exactly_what_lies_outside(shared, window, quiet, gap):
    old = another_brand(windows=ALWAYS, min_gap_minutes=gap, exploration=1.0)
    new = with_posting(old, windows=(window,), quiet_hours=quiet)
    before = planned(shared, old, days=2)

    changes = planned_again(shared, new)

    outside = {
        place
        for place, slot in before.items()
        if not holds(window, local(slot, new)) or any(holds(q, local(slot, new)) for q in quiet)
    }
    after = slots_of(shared, new)
    assert outside == {change.old.place for change in changes}
    assert {p: s for p, s in before.items() if p not in outside} == {
        p: s for p, s in after.items() if p not in outside
    }
    for account in new.accounts:
        own = [slot for slot in after.values() if slot.schedule.account == account.id]
        times = sorted(slot.schedule.due_at for slot in own)
        assert all(late - early >= timedelta(minutes=gap) for early, late in pairwise(times))
        assert all(holds(window, local(slot, new)) for slot in own)
        assert not any(holds(each, local(slot, new)) for slot in own for each in quiet)
    assert [] == planned_again(shared, new)
    assert after == planned(shared, new, days=2)
