"""What waits for a person reaches one: told once each, with reason and remedy, by whoever looks."""

import json
from datetime import timedelta

import dagster as dg
import pytest

from domain.brand import Account
from domain.deliveries import DeliveryState
from domain.errors import Unreachable
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.alerts import tell_matters
from runtime.settings import Settings
from runtime.upkeep import kept_fresh
from storage.ledger import tokens
from storage.ledger.database import Ledger
from storage.ledger.tokens import Holder, Matter
from storage.secrets import Keyring
from tests.graph import X, move_delivery, plan_delivery
from tests.hook import listening

HOUR = timedelta(hours=1)
HOLDER = Holder(Account(platform=Platform.X, handle="bergquell", time_zone="UTC"), "bergquell")
REVOKED = Matter("the platform refuses its token", "run `amsel connect x --brand bergquell`")
WAITING = (DeliveryState.DUE, DeliveryState.WAITING)
UNKNOWN = (
    DeliveryState.DUE,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
)


@pytest.fixture
def ledger(ledger_url, clock):
    made = Ledger(ledger_url, clock=clock)
    yield made
    made.close()


@pytest.fixture
def hook():
    with listening() as server:
        yield server


@pytest.fixture
def look(ledger, graph, hook):
    """One look of the watchdog after a restart: it knows nothing but what the ledger does."""
    watchdog = graph.resolve_sensor_def("watchdog")

    def once():
        resources = {"ledger": ledger, "settings": Settings(alert_url=hook.url)}
        with dg.DagsterInstance.ephemeral() as instance:
            return watchdog(dg.build_sensor_context(instance, resources=resources))

    return once


def revoke(ledger):
    with ledger.transaction() as connection:
        tokens.need_attention(connection, HOLDER, REVOKED, now=ledger.now(connection))


def wait_for_a_person(ledger, clock, name, **more):
    """A delivery that waits with a reason, and is tried again in half an hour."""
    delivery_id = plan_delivery(ledger, name, due_at=clock.now(), account=more.pop("account", X))
    said = {"reason": "the app may not post", "remedy": "give the app the missing permission"}
    move_delivery(ledger, delivery_id, *WAITING, next_at=clock.now() + HOUR / 2, **(said | more))
    return delivery_id


def fail(ledger, clock, name):
    delivery_id = plan_delivery(ledger, name, due_at=clock.now())
    said = {"reason": "the text is too long", "remedy": "change the text and plan it again"}
    move_delivery(ledger, delivery_id, *UNKNOWN[:3], DeliveryState.FAILED, **said)
    return delivery_id


def matters(hook):
    return [one for _, body in hook.told for one in body["matters"]]


def test_a_revoked_token_gives_one_alert_though_many_posts_wait_for_it(ledger, clock, hook, look):
    revoke(ledger)
    for number in range(3):
        why = {"reason": "the token is refused", "remedy": "renew the account's token"}
        wait_for_a_person(ledger, clock, f"post {number}", **why)
    for _ in range(3):
        assert isinstance(look(), dg.SkipReason)

    ((_, body),) = hook.told
    assert ("needs_a_person", 1) == (body["alert"], body["count"])
    assert f"{X}: {REVOKED.reason}; {REVOKED.remedy}" == body["text"]
    assert [("account", X, REVOKED.remedy)] == [
        (one["what"], one["account"], one["remedy"]) for one in body["matters"]
    ]


def test_a_token_that_is_revoked_once_more_is_told_once_more(ledger, clock, hook, look):
    revoke(ledger)
    look()
    with ledger.transaction() as connection:
        new = Tokens(access="a", refresh="r")
        now, keys = ledger.now(connection), lambda: Keyring({1: bytes(32)}, "here")
        tokens.connect(connection, HOLDER, new, keys=keys, now=now)
    look()
    clock.wait_until(clock.now() + HOUR)
    revoke(ledger)
    look()

    assert ["account", "account"] == [one["what"] for one in matters(hook)]


def test_what_waits_for_the_same_thing_is_told_as_one_and_what_mends_itself_not_at_all(
    ledger, clock, hook, look
):
    first, _ = (wait_for_a_person(ledger, clock, name) for name in ("first", "second"))
    wait_for_a_person(ledger, clock, "throttled", remedy="nothing: it goes out by itself")
    look()
    clock.wait_until(clock.now() + HOUR / 4)
    wait_for_a_person(ledger, clock, "third")
    look()

    (told_of,) = matters(hook)
    assert ("waiting", X, 2, "the app may not post") == (
        told_of["what"],
        told_of["account"],
        told_of["deliveries"],
        told_of["reason"],
    )
    assert told_of["remedy"].startswith("give the app the missing permission")
    assert "`amsel deliveries show " in told_of["remedy"]
    assert first


def test_each_dead_letter_is_told_with_its_reason_and_its_command(ledger, clock, hook, look):
    ids = [fail(ledger, clock, "one"), fail(ledger, clock, "two")]
    look()
    ids.append(fail(ledger, clock, "three"))
    look()

    assert [2, 1] == [body["count"] for _, body in hook.told]
    assert {f"change the text and plan it again (`amsel deliveries show {i}` tells more)"
            for i in ids} == {one["remedy"] for one in matters(hook)}  # fmt: skip
    assert all("the text is too long" in one["reason"] for one in matters(hook))


def test_what_failed_days_ago_is_no_news(ledger, clock, hook, look):
    fail(ledger, clock, "old")
    clock.wait_until(clock.now() + 25 * HOUR)
    look()

    assert [] == hook.told


def test_a_fate_that_nobody_can_look_up_is_told_without_the_text_of_the_post(
    ledger, clock, hook, look
):
    plan = plan_delivery(ledger, "dark", due_at=clock.now())
    still = plan_delivery(ledger, "still looked up", due_at=clock.now(), account="x:other")
    evidence = "nobody can tell, with the text 'text of dark'"
    move_delivery(ledger, plan, *UNKNOWN, reason=evidence, next_at=None)
    move_delivery(ledger, still, *UNKNOWN, next_at=clock.now() + HOUR)
    look()

    (told_of,) = matters(hook)
    assert f"`amsel deliveries settle {plan} --sent ID`, or `--absent`" in told_of["remedy"]
    assert "text of dark" not in json.dumps(hook.told)


def test_what_did_not_arrive_is_told_with_the_next_look_and_then_no_more(ledger, clock, hook, look):
    fail(ledger, clock, "one")
    hook.statuses = [500]
    for _ in range(3):
        look()

    assert [1, 1] == [body["count"] for _, body in hook.told]


def test_a_worker_and_the_watchdog_tell_a_matter_once_between_them(ledger, clock, hook, look):
    fail(ledger, clock, "one")
    with kept_fresh([], tell=lambda: tell_matters(ledger, hook.url)):
        pass
    look()

    assert 1 == len(hook.told)


def test_without_an_address_nothing_is_remembered_and_a_wrong_one_shows_no_secret(
    ledger, clock, hook
):
    fail(ledger, clock, "one")
    assert 0 == tell_matters(ledger, "")
    hook.statuses = [403]
    with pytest.raises(Unreachable) as refused:
        tell_matters(ledger, hook.url)
    assert 1 == tell_matters(ledger, hook.url)

    assert hook.url.rpartition("/")[2] not in str(refused.value)
