"""The door-bells: silent with a reason, or ringing until the ledger is content."""

from datetime import timedelta

import dagster as dg
import pytest

from domain.commissions import NewCommission
from domain.community import InboundMessage
from domain.deliveries import DeliveryState
from domain.errors import Unreachable
from domain.events import EventType
from domain.platforms import Platform
from runtime.settings import CHECKOUT, Settings
from storage.brand_files import load_brands
from storage.ledger import brands, choices, commissions, events, inbox
from storage.ledger.choices import Choice
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.graph import SENT, X, move_delivery, plan_delivery

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def sensors(graph: dg.Definitions) -> None:
    """The sensors' module can be imported once the graph is loaded."""


def ring(
    name: str, ledger: Ledger, *, under_way: str | None = None, cursor: str = ""
) -> dg.RunRequest | dg.SkipReason:
    from orchestration import sensors

    with dg.DagsterInstance.ephemeral() as instance:
        if under_way:
            run = dg.DagsterRun(job_name=under_way, status=dg.DagsterRunStatus.STARTED)
            instance.add_run(run)
        resources = {"ledger": ledger, "settings": Settings()}
        context = dg.build_sensor_context(instance, resources=resources, cursor=cursor)
        return getattr(sensors, name)(context)


def receive(ledger: Ledger, number: int) -> None:
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        message = InboundMessage(
            platform=Platform.X,
            account=X,
            message_id=f"{number}",
            platform_ref=f"{number}",
            author="guest",
            text="Wo gibt es die Limo?",
            created_at=now,
            received_at=now,
            in_reply_to="1",
            thread_root="1",
        )
        inbox.receive(connection, message, brand="bergquell", now=now)


def choose_slot(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        choice = Choice(
            id="x:bergquell:2026-03-02:1",
            kind="slot",
            brand="bergquell",
            account=X,
            chosen=now.isoformat(),
            propensity=1.0,
            policy="defaults",
            candidates=[],
            decided_at=now,
        )
        choices.log(connection, choice)


def test_an_empty_agenda_is_a_reason_to_stay_silent(ledger: Ledger) -> None:
    assert "nothing is planned" in ring("due_posts", ledger).skip_message


def test_a_post_of_the_evening_is_not_rung_for_at_noon(
    ledger: Ledger, clock: SteppingClock
) -> None:
    plan_delivery(ledger, "evening", due_at=clock.now() + timedelta(hours=6))
    assert "Mon 02 Mar 18:00" in ring("due_posts", ledger).skip_message


def test_a_post_that_falls_due_within_a_minute_rings(ledger: Ledger, clock: SteppingClock) -> None:
    plan_delivery(ledger, "soon", due_at=clock.now() + timedelta(seconds=50))
    assert isinstance(ring("due_posts", ledger), dg.RunRequest)


def test_the_bell_rings_again_a_minute_later_as_long_as_a_post_is_not_out(
    ledger: Ledger, clock: SteppingClock
) -> None:
    """A run key is spent for ever, even if its run failed: it must not be the same again."""
    plan_delivery(ledger, "late", due_at=clock.now())
    first, repeated = ring("due_posts", ledger), ring("due_posts", ledger)
    clock.wait_until(clock.now() + MINUTE)
    later = ring("due_posts", ledger)
    assert first.run_key == repeated.run_key
    assert first.run_key != later.run_key


def test_a_second_run_is_not_rung_for_while_one_is_under_way(
    ledger: Ledger, clock: SteppingClock
) -> None:
    plan_delivery(ledger, "late", due_at=clock.now())
    receive(ledger, 1)
    busy = {
        "due_posts": "send_due_posts",
        "new_comments": "answer_comments",
        "new_day": "prepare_day",
    }
    said = {bell: ring(bell, ledger, under_way=job).skip_message for bell, job in busy.items()}
    assert said == {bell: f"a run of {job} is under way" for bell, job in busy.items()}


def test_a_send_whose_fate_is_unknown_is_rung_for(ledger: Ledger, clock: SteppingClock) -> None:
    unknown = plan_delivery(ledger, "lost", due_at=clock.now())
    move_delivery(ledger, unknown, *SENT[:3], DeliveryState.UNKNOWN, next_at=clock.now())
    assert isinstance(ring("due_posts", ledger), dg.RunRequest)


def test_a_sender_that_died_is_rung_for_when_its_lease_ran_out(
    ledger: Ledger, clock: SteppingClock
) -> None:
    held = plan_delivery(ledger, "held", due_at=clock.now())
    move_delivery(ledger, held, *SENT[:3], lease_until=clock.now() + 5 * MINUTE)
    quiet = ring("due_posts", ledger)
    clock.wait_until(clock.now() + 5 * MINUTE)
    assert isinstance(quiet, dg.SkipReason)
    assert isinstance(ring("due_posts", ledger), dg.RunRequest)


def test_what_is_out_is_not_rung_for(ledger: Ledger, clock: SteppingClock) -> None:
    out = plan_delivery(ledger, "out", due_at=clock.now())
    move_delivery(ledger, out, *SENT, sent_at=clock.now(), platform_id="1")
    assert isinstance(ring("due_posts", ledger), dg.SkipReason)


def commission(ledger: Ledger) -> None:
    """A clip that was ordered a moment ago."""
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        brand = load_brands(CHECKOUT / "brands")["bergquell"]
        rich = brand.budget.model_copy(update={"currency": "USD", "monthly_cents": 100})
        brands.save(connection, brand.model_copy(update={"budget": rich}), now=now)
        new = NewCommission(
            brand="bergquell", brief_id="b", kind="clip", maker="runway/veo3.1_fast", prompt="x",
            seed=1, cents=40, wait_until=now + 60 * MINUTE,
        )  # fmt: skip
        commissions.begin(connection, new, now=now, until=now + 5 * MINUTE)


def test_a_clip_that_is_being_made_is_rung_for_when_it_is_to_be_looked_at(
    ledger: Ledger, clock: SteppingClock
) -> None:
    nothing = ring("open_commissions", ledger)
    commission(ledger)
    quiet = ring("open_commissions", ledger)
    clock.wait_until(clock.now() + 5 * MINUTE)

    assert "no model of others is at work" in nothing.skip_message
    assert "the next look is due" in quiet.skip_message
    assert isinstance(ring("open_commissions", ledger), dg.RunRequest)
    assert "under way" in ring("open_commissions", ledger, under_way="finish_media").skip_message


def test_no_message_is_a_reason_to_stay_silent(ledger: Ledger) -> None:
    assert "no new message at 12:00 UTC" == ring("new_comments", ledger).skip_message


def test_a_batch_of_messages_rings_once_a_minute_until_it_is_decided(
    ledger: Ledger, clock: SteppingClock
) -> None:
    receive(ledger, 1)
    first, repeated = ring("new_comments", ledger), ring("new_comments", ledger)
    clock.wait_until(clock.now() + MINUTE)
    assert first.run_key == repeated.run_key
    assert first.run_key != ring("new_comments", ledger).run_key


def test_a_message_that_comes_meanwhile_rings_at_once(ledger: Ledger) -> None:
    receive(ledger, 1)
    first = ring("new_comments", ledger)
    receive(ledger, 2)
    assert first.run_key != ring("new_comments", ledger).run_key


def test_a_day_is_rung_in_once_an_hour_until_it_is_planned(
    ledger: Ledger, clock: SteppingClock
) -> None:
    first, repeated = ring("new_day", ledger), ring("new_day", ledger)
    clock.wait_until(clock.now() + 60 * MINUTE)
    later = ring("new_day", ledger)
    choose_slot(ledger)
    assert "2026-03-02" == first.partition_key
    assert first.run_key == repeated.run_key
    assert first.run_key != later.run_key
    assert "Monday 02 March is planned" == ring("new_day", ledger).skip_message


def test_the_small_hours_belong_to_the_day_before(ledger: Ledger, clock: SteppingClock) -> None:
    choose_slot(ledger)
    clock.wait_until(clock.now() + timedelta(hours=15, minutes=59))
    before = ring("new_day", ledger)
    clock.wait_until(clock.now() + MINUTE)
    assert "Monday 02 March is planned" == before.skip_message
    assert "2026-03-03" == ring("new_day", ledger).partition_key


@pytest.mark.parametrize("bell", ["due_posts", "new_comments", "new_day"])
def test_a_stopped_sandbox_is_named_with_its_remedy(
    bell: str, monkeypatch: pytest.MonkeyPatch, graph: dg.Definitions
) -> None:
    """The tick fails with one sentence in the UI, instead of skipping as if all were quiet."""
    monkeypatch.setenv("AMSEL_SANDBOX_URL", "http://127.0.0.1:9")
    sensor = graph.resolve_sensor_def(bell)
    context = dg.build_sensor_context(resources={"ledger": graph.resources["ledger"]})
    with pytest.raises(Unreachable, match=r"does not answer .* start it with `make up`"):
        sensor(context)


def test_the_watchdog_is_silent_while_everything_due_is_out(
    ledger: Ledger, clock: SteppingClock
) -> None:
    move_delivery(ledger, plan_delivery(ledger, "out", due_at=clock.now()), *SENT)
    plan_delivery(ledger, "later", due_at=clock.now() + MINUTE)

    assert "everything that was due is out" in ring("watchdog", ledger).skip_message


def test_the_watchdog_tells_within_two_minutes_what_is_late_and_what_to_type(
    ledger: Ledger, clock: SteppingClock
) -> None:
    plan_delivery(ledger, "late", due_at=clock.now())
    clock.wait_until(clock.now() + MINUTE * 1.5)

    told = ring("watchdog", ledger)

    (verdict,) = told.asset_events
    assert ("nothing_overdue", False) == (verdict.check_name, verdict.passed)
    assert "1 late without a reason, the oldest by 2 min (x:bergquell, late)" in verdict.description
    assert "`amsel worker`" in verdict.description


def test_the_watchdog_takes_its_word_back(ledger: Ledger, clock: SteppingClock) -> None:
    move_delivery(ledger, plan_delivery(ledger, "out", due_at=clock.now()), *SENT)

    (verdict,) = ring("watchdog", ledger, cursor="late").asset_events

    assert verdict.passed


def test_what_is_late_is_announced_once(ledger: Ledger, clock: SteppingClock) -> None:
    plan_delivery(ledger, "late", due_at=clock.now())
    clock.wait_until(clock.now() + MINUTE * 2)
    for _ in range(3):
        ring("watchdog", ledger)

    with ledger.reading() as connection:
        types = [one.event.type for one in events.read_since(connection, 0)]
    assert 1 == types.count(EventType.DELIVERY_OVERDUE)


def test_what_waits_with_a_reason_is_not_called_late(ledger: Ledger, clock: SteppingClock) -> None:
    delivery_id = plan_delivery(ledger, "parked", due_at=clock.now())
    waiting = (DeliveryState.DUE, DeliveryState.WAITING)
    move_delivery(ledger, delivery_id, *waiting, reason="the token expired")
    clock.wait_until(clock.now() + MINUTE * 5)

    assert isinstance(ring("watchdog", ledger), dg.SkipReason)


def test_what_waits_for_a_try_that_nobody_makes_is_called_late(
    ledger: Ledger, clock: SteppingClock
) -> None:
    """All workers ended while it waited: its reason explains nothing any more."""
    delivery_id = plan_delivery(ledger, "forsaken", due_at=clock.now())
    waiting, again_at = (DeliveryState.DUE, DeliveryState.WAITING), clock.now() + MINUTE * 5
    move_delivery(ledger, delivery_id, *waiting, reason="throttled", next_at=again_at)
    clock.wait_until(again_at + MINUTE)
    before = ring("watchdog", ledger)
    clock.wait_until(again_at + MINUTE * 1.5)

    (verdict,) = ring("watchdog", ledger).asset_events

    assert isinstance(before, dg.SkipReason)
    assert "1 late without a reason" in verdict.description
