"""What a brand remembers of its posts: which facts are not fresh."""

from datetime import UTC, datetime, timedelta

from content.topics import PastPost, facts_in, is_fresh, remember

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAY = timedelta(days=1)
RETOLD = "Aus 180 Metern Tiefe im Harz holen wir es, unser Wasser."
UNLIKE = "Tief im Harz liegt noch Schnee."


def fresh(brand, *history):
    memory = remember(brand, history, NOW)
    return {fact.id for fact in brand.facts if is_fresh(fact, memory, NOW)}


def test_a_fact_said_in_other_words_is_not_fresh(spring):
    every = {fact.id for fact in spring.facts}
    assert every - {"depth"} == fresh(spring, PastPost(RETOLD, NOW - DAY))
    assert every == fresh(spring, PastPost(UNLIKE, NOW - DAY))


def test_it_is_fresh_again_after_the_brands_window(spring):
    posting = spring.posting.model_copy(update={"repeat_after": 5 * DAY})
    patient = spring.model_copy(update={"posting": posting})
    before = PastPost(RETOLD, NOW - 6 * DAY)
    assert "depth" in fresh(patient, before)
    assert "depth" not in fresh(spring, before)


def test_the_main_fact_of_an_order_is_said_whatever_words_the_writer_found(spring):
    free = PastPost("Kühl, klar, von ganz unten.", NOW - DAY, topic="Herkunft", fact="depth")
    assert "depth" not in fresh(spring, free)


def test_a_text_may_state_several_facts_and_none(spring):
    both = f"{RETOLD} Pfand gibt es auch: 15 Cent auf jede Flasche."
    assert ["depth", "deposit"] == [fact.id for fact in facts_in(both, brand=spring)]
    assert [] == facts_in("Schönes Wochenende!", brand=spring)
