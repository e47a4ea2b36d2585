"""Planning: one brief per slot, fresh facts first, every draw with its chance."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from content.briefs import Slot, plan_briefs
from content.topics import PastPost, topic_of
from domain.campaigns import Campaign
from domain.platforms import Platform
from domain.trends import TrendingTopic
from domain.writing import Brief

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
WINDOW = timedelta(days=14)
BOTH = (Platform.X, Platform.BLUESKY)


def slots(count: int, hours: int = 8) -> list[Slot]:
    return [Slot(NOW + timedelta(hours=hours * (n + 1)), BOTH) for n in range(count)]


def plan(brand, count=6, **changes):
    given = {"slots": slots(count), "history": (), "trends": (), "now": NOW, "seed": 1} | changes
    return plan_briefs(brand, **given)


def test_there_is_one_brief_per_slot_in_order_of_time(spring):
    planned = plan(spring, slots=slots(4)[::-1])
    assert [slot.due_at for slot in slots(4)] == [p.brief.due_at for p in planned]
    assert {p.brief.platforms for p in planned} == {BOTH}


def test_the_same_slot_keeps_its_id_whatever_the_seed(spring):
    first, other = plan(spring, seed=1), plan(spring, seed=2)
    assert [p.brief.id for p in first] == [p.brief.id for p in other]
    assert len({p.brief.id for p in first}) == 6
    assert plan(spring, seed=1) == first


def test_no_main_fact_comes_twice_within_its_window_while_another_is_fresh(spring):
    main = [p.brief.facts[0].id for p in plan(spring, len(spring.facts))]
    assert sorted(main) == sorted(fact.id for fact in spring.facts)


def test_a_fact_said_yesterday_in_the_history_waits(spring):
    said = [
        PastPost(f"Schon gewusst?\n\n{fact.text}", NOW - timedelta(days=1))
        for fact in spring.facts
        if fact.id != "glass"
    ]
    assert plan(spring, 1, history=said)[0].brief.facts[0].id == "glass"


def test_when_every_fact_was_said_the_brief_says_so_and_takes_the_oldest(spring):
    said = [
        PastPost(fact.text, NOW - timedelta(hours=10 + n)) for n, fact in enumerate(spring.facts)
    ]
    briefs = [p.brief for p in plan(spring, 1, history=said)]
    assert "add facts" in briefs[0].why


def test_a_fact_is_fresh_again_after_its_window(spring):
    said = [PastPost(fact.text, NOW - WINDOW - timedelta(days=1)) for fact in spring.facts]
    assert "15 days ago" in plan(spring, 1, history=said)[0].brief.why


def test_propensities_are_the_chances_of_the_draw(spring):
    drawn = Counter()
    for seed in range(400):
        first = plan(spring, 1, seed=seed)[0]
        drawn[first.brief.topic] += 1
        assert sum(first.candidates.values()) == pytest.approx(1)
        assert first.propensity == first.candidates[first.brief.topic]
    for topic, chance in first.candidates.items():
        assert drawn[topic] / 400 == pytest.approx(chance, abs=0.08)


def test_what_ran_well_is_likelier_and_nothing_is_impossible(spring):
    old = NOW - WINDOW - timedelta(days=5)
    results = [PastPost("x", old, "Limonade", 1.0)] * 20 + [PastPost("x", old, "Pfand", -1.0)] * 20
    candidates = plan(spring, 1, history=results)[0].candidates
    assert candidates["Limonade"] > candidates["Herkunft"] > candidates["Pfand"]
    assert candidates["Pfand"] >= spring.posting.exploration / len(spring.topics)


def test_a_fresh_trend_that_fits_raises_its_topic_and_a_stale_one_does_not(spring):
    trend = TrendingTopic(
        topic="Zitronenlimonade im Winter", observed_at=NOW, volume=9, growth=2.0, fit=1.0,
        source="news",
    )  # fmt: skip
    stale = trend.model_copy(update={"observed_at": NOW - timedelta(days=5)})
    with_trend = plan(spring, 1, trends=[trend])[0]
    without = plan(spring, 1, trends=[stale])[0]
    assert with_trend.candidates["Limonade"] > without.candidates["Limonade"]
    chosen = [plan(spring, 1, trends=[trend], seed=seed)[0].brief for seed in range(30)]
    assert {brief.trend for brief in chosen if brief.topic == "Limonade"} == {trend.topic}
    assert {brief.trend for brief in chosen if brief.topic == "Pfand"} == {None}
    assert all("Zitronenlimonade" in brief.why for brief in chosen if brief.trend)


def with_campaign(brand, **changes):
    given = {"id": "thirst", "title": "Durst", "topics": ("Limonade",), "share": 0.8}
    days = {"starts_on": NOW.date(), "ends_on": NOW.date()}
    campaign = Campaign(**given | days | changes)
    return brand.model_copy(update={"campaigns": (*brand.campaigns, campaign)})


def test_a_campaigns_topics_get_its_share_of_the_posts_on_its_days_only(spring):
    themed = with_campaign(spring)
    usual = plan(spring, 1)[0].candidates["Limonade"]
    during = plan(themed, 1)[0]
    assert during.candidates["Limonade"] == pytest.approx(0.8 + 0.2 * usual)
    assert sum(during.candidates.values()) == pytest.approx(1)
    tomorrow = [Slot(NOW + timedelta(days=1), BOTH)]
    assert plan(themed, slots=tomorrow) == plan(spring, slots=tomorrow)


def test_a_brief_of_a_campaign_names_it_and_others_do_not(spring):
    briefs = [plan(with_campaign(spring), 1, seed=seed)[0].brief for seed in range(40)]
    assert {("Limonade", "thirst")} == {(b.topic, b.campaign) for b in briefs if b.campaign}
    assert {None} == {b.campaign for b in briefs if b.topic != "Limonade"}
    assert all(("'Durst'" in b.why) == bool(b.campaign) for b in briefs)


def test_the_day_of_a_campaign_is_the_accounts_and_not_that_of_utc(spring):
    late = Slot(NOW, BOTH, local_day=NOW.date() + timedelta(days=1))
    assert plan(with_campaign(spring), slots=[late]) == plan(spring, slots=[late])


def test_of_two_campaigns_on_a_day_the_higher_priority_counts(spring):
    both = with_campaign(with_campaign(spring), id="bottles", topics=("Pfand",), priority=3)
    candidates = plan(both, 1)[0].candidates
    assert candidates["Pfand"] > 0.8 > candidates["Limonade"]


def test_every_brief_says_why(loom):
    for planned in plan(loom, 12):
        assert planned.brief.why.startswith(planned.brief.topic)
        assert planned.brief.facts[0].id in planned.brief.why


def test_a_topic_is_read_from_a_text(spring):
    assert topic_of("Bringt die Glasflasche zurück", brand=spring) == "Pfand"
    assert topic_of("Guten Morgen", brand=spring) is None


def test_no_slots_give_no_briefs(spring):
    assert plan(spring, 0) == []


def test_an_order_without_facts_or_with_a_fact_of_5000_words_cannot_be_made(spring):
    brief = plan(spring, 1)[0].brief.model_dump()
    with pytest.raises(ValidationError, match=r"facts\n.* at least 1 item"):
        Brief.model_validate(brief | {"facts": ()})
    endless = brief["facts"][0] | {"text": "Wasser " * 5000}
    with pytest.raises(ValidationError, match=r"facts\.0\.text\n.* at most 1000 characters"):
        Brief.model_validate(brief | {"facts": (endless,)})
