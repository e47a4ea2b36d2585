"""A person lets a post pass that a rule of today holds at the door."""

from datetime import timedelta

import pytest

from domain.brand import ApprovalRule
from domain.deliveries import DeliveryState
from domain.errors import PolicyError, StateError
from domain.rechecking import checked, with_text
from planning.passing import held_at_the_door, let_pass
from publishing.outbox import deliver_due
from storage.ledger import approvals, events, posts
from tests.publishing.test_rules_of_today import banned, change, plan_judged, report

TEXT = "Our water is the bomb."
BOMB = "Bomb kills nine at market"


@pytest.fixture
def deliver(ledger, networks, clock):
    return lambda: deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)


@pytest.fixture
def held(ledger, desk, deliver):
    """A planned post that the news hold at the door; the brand and the delivery."""
    brand, delivery_id = plan_judged(ledger, desk, text=TEXT)
    report(ledger, BOMB)
    deliver()
    return brand, delivery_id


def passed(ledger, clock, actor="anna", reason="it is about soda"):
    return let_pass(ledger, "p1", actor=actor, reason=reason, now=clock.now())


def test_what_is_held_at_the_door_is_listed_with_the_way_out(ledger, held):
    (one,) = held_at_the_door(ledger, brand="bergquell")
    assert (held[1], "p1") == (one.id, one.post_id)
    assert "amsel review pass p1 --reason WHY" in one.remedy


def test_a_post_that_a_person_lets_pass_goes_out_at_once(ledger, held, deliver, wire, clock):
    (woken,) = passed(ledger, clock)
    deliver()
    assert (held[1], [TEXT]) == (woken.id, wire.texts)


@pytest.mark.usefixtures("held")
def test_who_let_it_pass_when_and_why_is_recorded(ledger, clock):
    passed(ledger, clock)
    with ledger.reading() as connection:
        decision = approvals.decision(connection, "p1", version=1)
        every = [one.event for one in events.read_since(connection, 0)]
    told = [one for one in every if one.type == "ContentApproved"][-1]
    assert ("anna", "let pass news: it is about soda", clock.now()) == (
        decision.actor, decision.reason, decision.decided_at,
    )  # fmt: skip
    assert ("anna", "let pass news: it is about soda") == (told.actor, told.payload["reason"])


def test_other_news_hold_it_again(ledger, held, desk, deliver, wire, clock):
    passed(ledger, clock)
    report(ledger, "Bomb in Hull injures two")
    deliver()
    assert (DeliveryState.WAITING, []) == (desk.look(held[1]).state, wire.texts)


def test_an_edit_voids_it(ledger, held, deliver, desk, wire, clock):
    passed(ledger, clock)
    with ledger.transaction() as connection:
        post = posts.load(connection, "p1")
        newer = with_text(post, "Our water is a bomb!").model_copy(update={"version": 2})
        posts.save(connection, newer, key="p1", actor="ben", now=clock.now())
    deliver()
    assert (DeliveryState.CANCELLED, []) == (desk.look(held[1]).state, wire.texts)
    with pytest.raises(StateError, match="version 2 of post p1 is not approved"):
        passed(ledger, clock)


def test_what_blocks_nobody_lets_pass(ledger, held, deliver, wire, clock):
    change(ledger, held[0], terms=banned(held[0], "water"))
    with pytest.raises(PolicyError, match=r"rule banned_terms blocks it \(water\)"):
        passed(ledger, clock)
    deliver()
    assert [] == wire.texts


def test_a_platforms_limit_is_never_let_pass(ledger, desk, deliver, clock, wire):
    brand, _ = plan_judged(ledger, desk, text="Our water. " * 40)
    with ledger.transaction() as connection:
        post = posts.load(connection, "p1")
        kept = tuple(check for check in post.compliance_checks if check.rule != "length")
        mild = post.model_copy(update={"compliance_checks": kept})
        posts.save(connection, mild, key="p1", actor="rules", now=clock.now())
    change(ledger, brand, about="Another brand.")
    deliver()
    with pytest.raises(PolicyError, match="rule length blocks it"):
        passed(ledger, clock)
    assert [] == wire.texts


def test_what_nothing_holds_needs_nobody_to_let_it_pass(ledger, desk, clock):
    plan_judged(ledger, desk)
    with pytest.raises(StateError, match="no rule holds post p1"):
        passed(ledger, clock)


def test_where_the_brand_wants_another_person_its_author_may_not(ledger, held, clock):
    change(ledger, held[0], approval=ApprovalRule(by_another=True))
    with ledger.transaction() as connection:
        post = checked(posts.load(connection, "p1"), held[0], at=clock.now())
        posts.save(connection, post, key="p1", actor="rules", now=clock.now())
    with pytest.raises(PolicyError, match="ask somebody else"):
        passed(ledger, clock, actor="planner")
    assert passed(ledger, clock, actor="anna")


@pytest.mark.usefixtures("held")
def test_it_lasts_as_long_as_the_news(ledger, deliver, wire, clock):
    clock.wait_until(clock.now() + timedelta(minutes=10))
    passed(ledger, clock)
    report(ledger, BOMB)
    deliver()
    assert [TEXT] == wire.texts
