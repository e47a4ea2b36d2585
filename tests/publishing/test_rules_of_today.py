"""The rules as they stand today have the last word at the door."""

from datetime import timedelta

import pytest

from domain.compliance import Verdict
from domain.deliveries import DeliveryState
from domain.platforms import Platform
from domain.rechecking import checked
from domain.rules.themes import headline_of
from publishing import attempts, claims, gate
from publishing.outbox import deliver_due
from storage.ledger import brands, deliveries, news, posts
from tests.publishing.brand import save_brand
from tests.publishing.conftest import X

TEXT = "Our water comes from the spring."


@pytest.fixture
def deliver(ledger, networks, clock):
    return lambda: deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)


def plan_judged(ledger, desk, text=TEXT, **others):
    """A planned post with the verdicts of the brand as it stands; the brand and the delivery."""
    brand = save_brand(ledger)
    delivery_id = desk.plan(text=text, **others)
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        post = checked(posts.load(connection, "p1"), brand, at=now)
        posts.save(connection, post, key="p1", actor="rules", now=now)
    return brand, delivery_id


def change(ledger, brand, **fields):
    with ledger.transaction() as connection:
        changed = brand.model_copy(update=fields)
        brands.save(connection, changed, now=ledger.now(connection))


def banned(brand, *words):
    return brand.terms.model_copy(update={"banned": words})


def test_a_word_that_was_banned_after_the_approval_keeps_the_post_in(ledger, desk, deliver, wire):
    brand, delivery_id = plan_judged(ledger, desk)
    change(ledger, brand, terms=banned(brand, "spring"))

    assert [] == deliver()
    delivery = desk.look(delivery_id)
    assert (DeliveryState.WAITING, []) == (delivery.state, wire.texts)
    assert "rule banned_terms would block it today: spring" == delivery.reason
    assert "mend the brand file, or cancel this" in delivery.remedy


def test_it_goes_out_by_itself_once_the_brand_file_is_mended(ledger, desk, deliver, wire, clock):
    brand, _ = plan_judged(ledger, desk)
    change(ledger, brand, terms=banned(brand, "spring"))
    deliver()
    change(ledger, brand, terms=brand.terms)
    clock.wait_until(clock.now() + timedelta(minutes=15))

    deliver()
    assert [TEXT] == wire.texts


def test_a_fact_that_was_withdrawn_keeps_its_figure_in(ledger, desk, deliver, wire):
    brand = save_brand(ledger)
    (fact,) = brand.facts
    price = fact.model_copy(update={"id": "price", "text": "A bottle costs 2 euros."})
    change(ledger, brand, facts=(fact, price))
    delivery_id = desk.plan(text="A bottle costs 2 euros.")
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        now_told = brands.load(connection, brand.name)
        post = checked(posts.load(connection, "p1"), now_told, at=now)
        posts.save(connection, post, key="p1", actor="rules", now=now)
    change(ledger, brand, facts=(fact,))

    deliver()
    assert ("rule numbers" in desk.look(delivery_id).reason, wire.texts) == (True, [])


def test_a_change_between_claim_and_send_is_seen(ledger, desk, networks):
    brand, _ = plan_judged(ledger, desk)
    claimed = claims.claim(ledger, accounts=networks, owner="w1")
    change(ledger, brand, terms=banned(brand, "spring"))

    assert attempts.begin(ledger, claimed, network=networks[X]) is None
    assert DeliveryState.WAITING == desk.look(claimed.id).state


def test_a_change_that_makes_nothing_worse_keeps_nothing_in(ledger, desk, deliver, wire):
    brand, _ = plan_judged(ledger, desk)
    change(ledger, brand, terms=banned(brand, "miracle"))

    deliver()
    assert [TEXT] == wire.texts


def report(ledger, text):
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        news.record(connection, [headline_of(text, source="wire", seen_at=now)])


def test_news_that_came_after_the_approval_keep_the_post_in(ledger, desk, deliver, wire):
    _, delivery_id = plan_judged(ledger, desk, text="Our water is the bomb.")
    report(ledger, "Bomb kills nine at market")

    deliver()
    delivery = desk.look(delivery_id)
    assert (DeliveryState.WAITING, []) == (delivery.state, wire.texts)
    assert delivery.reason.startswith("rule news would hold it today: bomb; in the news: 'Bomb")
    assert delivery.remedy.startswith("move it to another day, or rewrite it")


def test_news_that_the_post_does_not_come_close_to_keep_nothing_in(ledger, desk, deliver, wire):
    plan_judged(ledger, desk)
    report(ledger, "Bomb kills nine at market")

    deliver()
    assert [TEXT] == wire.texts


def test_news_are_forgotten_after_two_days(ledger, desk, deliver, wire, clock):
    plan_judged(ledger, desk, text="Our water is the bomb.")
    report(ledger, "Bomb kills nine at market")
    deliver()
    clock.wait_until(clock.now() + timedelta(hours=48, minutes=15))

    deliver()
    assert ["Our water is the bomb."] == wire.texts


def plan_adapted(ledger, desk, main, own):
    """A planned post that says `own` on Facebook, judged; the brand and both deliveries."""
    brand, on_x = plan_judged(ledger, desk, text=main, adaptations={Platform.FACEBOOK: own})
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        there = desk.delivery("p1", own, now).model_copy(
            update={"key": "p1:f", "platform": Platform.FACEBOOK, "account": "facebook:bergquell"}
        )
        return brand, on_x, deliveries.plan(connection, there, now=now)


def hindered(ledger, *ids):
    """What keeps each of these deliveries in, None where it may go."""
    with ledger.transaction() as connection:
        rows = [deliveries.load(connection, one) for one in ids]
        documents = gate.lock_posts(connection, rows)
        found = gate.hindrances(connection, rows, documents, now=ledger.now(connection))
        return [found.get(one) for one in ids]


def test_only_the_platform_whose_text_a_rule_stops_is_kept_in(ledger, desk, deliver, wire):
    longer = f"{TEXT} It flows day and night."
    brand, on_x, on_facebook = plan_adapted(ledger, desk, TEXT, longer)
    change(ledger, brand, terms=banned(brand, "night"))

    free, held = hindered(ledger, on_x, on_facebook)
    assert (None, DeliveryState.WAITING) == (free, held.state)
    assert "rule banned_terms would block it today: night" == held.reason
    assert "change what facebook gets" in held.remedy
    deliver()
    assert [TEXT] == wire.texts


def test_a_main_text_that_a_rule_stops_lets_the_text_of_another_platform_go(ledger, desk):
    brand, on_x, on_facebook = plan_adapted(ledger, desk, f"{TEXT} It flows at night.", TEXT)
    change(ledger, brand, terms=banned(brand, "night"))

    held, free = hindered(ledger, on_x, on_facebook)
    assert (DeliveryState.WAITING, None) == (held.state, free)


def test_a_verdict_on_one_platform_stops_no_other(ledger, desk):
    brand, on_x, on_facebook = plan_adapted(ledger, desk, TEXT, f"{TEXT} It flows at night.")
    with ledger.transaction() as connection:
        strict = brand.model_copy(update={"terms": banned(brand, "night")})
        now = ledger.now(connection)
        brands.save(connection, strict, now=now)
        post = checked(posts.load(connection, "p1"), strict, at=now)
        posts.save(connection, post, key="p1", actor="rules", now=now)

    (check,) = [one for one in post.compliance_checks if one.verdict == Verdict.BLOCK]
    assert (Platform.FACEBOOK,) == check.platforms
    free, blocked = hindered(ledger, on_x, on_facebook)
    assert (None, "blocked by rule banned_terms: on facebook: night") == (free, blocked.reason)
