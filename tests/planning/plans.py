"""Plans of a brand, made and made again as its file changes."""

from datetime import time
from zoneinfo import ZoneInfo

from domain.brand import Window
from planning.replanning import Hours, replan
from planning.slots import Horizon, plan_slots, planned_slots
from tests.planning.mornings import NO_EFFECTS

ALWAYS = (Window(start=time(0), end=time(23, 59)),)


def with_posting(brand, **changes):
    return brand.model_copy(update={"posting": brand.posting.model_copy(update=changes)})


def with_accounts(brand, **changes):
    accounts = tuple(account.model_copy(update=changes) for account in brand.accounts)
    return brand.model_copy(update={"accounts": accounts})


def planned(ledger, brand, *, days=1):
    """The slots of so many days, as they stand after planning."""
    with ledger.transaction() as connection:
        horizon = Horizon(ledger.now(connection), days)
        plan_slots(connection, brand, effects=NO_EFFECTS, model_version=None, horizon=horizon)
    return slots_of(ledger, brand)


def slots_of(ledger, brand):
    """The slots as they stand, by their places."""
    with ledger.reading() as connection:
        return {slot.place: slot for slot in planned_slots(connection, brand)}


def planned_again(ledger, brand):
    """What moved, or was dropped, as the brand file is now."""
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        return replan(connection, brand, hours=Hours(NO_EFFECTS), now=now)


def local(slot, brand):
    return slot.schedule.due_at.astimezone(ZoneInfo(brand.account(slot.schedule.account).time_zone))


def holds(window, at):
    return window.holds(at.weekday(), at.time())
