"""What is said in other words: how much of it the rule finds, and that the demo is not held up."""

from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest

from content.briefs import PastPost, Slot, plan_briefs
from content.drafts import make_drafts
from content.labels import judge_labels, read_labels
from content.providers.composer import Composer
from content.topics import facts_in
from domain.compliance import Verdict
from domain.rules import Lately, Said, check_draft
from storage.brand_files import load_brands

HERE = Path(__file__).parent
BRANDS = load_brands(HERE.parents[1] / "brands")
NAMES = ("bergquell", "northloom")
START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = (8, 11, 16)


def half(*, of):
    """Every second draft of each kind: those that `tune` the rule or those that `judge` it."""
    drafts = [read_labels(HERE / "retold" / f"{name}.yaml") for name in NAMES]
    kinds = [
        [d for d in each if bool(d.expect) == same] for each in drafts for same in (True, False)
    ]
    return [*chain.from_iterable(kind[of == "judge" :: 2] for kind in kinds)]


def score(drafts):
    scores, _ = judge_labels(drafts, brands=BRANDS)
    return next(one for one in scores if one.rule == "repeated")


def framed(draft):
    """The same draft, where the composer has said the fact: between an opening and a question."""
    brand = BRANDS[draft.brand]
    opening, asked = {
        "bergquell": ("Kanntet ihr das schon?", "Was möchtet ihr noch wissen?"),
        "northloom": ("Quick question: did you know?", "What would you like to know next?"),
    }[draft.brand]
    facts = {fact.id: fact.text for fact in brand.facts}
    said = tuple(f"{opening}\n\n{facts.get(one, one)}\n\n{asked}" for one in draft.earlier)
    return draft.model_copy(update={"earlier": said})


def test_of_what_is_said_in_other_words_most_is_found_and_nothing_else():
    """On the half that nobody tuned on: 5 false passes in 40, no false hold in 40.

    The texts keep more of a fact's words than a writer must who tries to hide it.
    """
    judged = score(half(of="judge"))
    assert (40, 40) == (judged.bad, judged.good)
    assert (5, 0) == (judged.false_passes, judged.false_blocks)


def test_a_frame_around_what_was_said_before_hides_little_of_it():
    """Between an opening and a question: 5 false passes in 40, no false hold in 40."""
    judged = score([framed(draft) for draft in half(of="judge")])
    assert (5, 0) == (judged.false_passes, judged.false_blocks)


def test_the_half_for_tuning_fares_as_the_threshold_says():
    tuned = score(half(of="tune"))
    assert (40, 40) == (tuned.bad, tuned.good)
    assert (4, 0) == (tuned.false_passes, tuned.false_blocks)


def test_a_fact_in_other_words_is_known_and_no_other_is_taken_for_it():
    unseen = wrong = 0
    for draft in half(of="judge"):
        brand = BRANDS[draft.brand]
        found = {fact.id for fact in facts_in(draft.text, brand=brand)}
        meant = {fact.id for fact in brand.facts} & {*draft.earlier} if draft.expect else set()
        unseen += not meant <= found
        wrong += bool(found & {*draft.earlier} - meant)
    assert (3, 0) == (unseen, wrong)


def test_no_fact_of_the_example_brands_is_taken_for_another():
    for name in NAMES:
        brand = BRANDS[name]
        assert [[fact] for fact in brand.facts] == [
            facts_in(fact.text, brand=brand) for fact in brand.facts
        ]


def weeks(brand, count=28):
    """The composer's days as they go: planned, written and chosen with what was said before."""
    platforms = tuple(account.platform for account in brand.accounts[:2])
    duty = brand.duties[0]
    history, said, drafts = [], [], []
    for day in range(count):
        slots = [Slot(START + timedelta(days=day, hours=hour), platforms) for hour in HOURS]
        if day % 7 == 0:
            slots[0] = Slot(slots[0].due_at, platforms, duty=duty)
        now = START + timedelta(days=day)
        planned = plan_briefs(brand, slots=slots, history=history, trends=[], now=now, seed=day)
        todays = list(said)
        for number, brief in enumerate(each.brief for each in planned):
            written = Composer().write(brief, brand=brand, seed=day * 3 + number)
            recent = [one.text for one in todays]
            kept = make_drafts(brief, written, brand=brand, recent=recent, said=todays)
            todays += [Said(d.text, brief.due_at, d.platforms, brief.id) for d in kept]
            drafts.append((brief, kept, tuple(said)))
            chosen = kept[(day + number) % len(kept)]
            said.append(Said(chosen.text, brief.due_at, platforms, brief.id))
            fact = brief.facts[0].id
            history.append(PastPost(chosen.text, brief.due_at, topic=brief.topic, fact=fact))
    return drafts


@pytest.fixture(scope="module", params=NAMES)
def month(request):
    """Four weeks of an example brand: each order with its drafts and what was said before it."""
    return BRANDS[request.param], weeks(BRANDS[request.param])


def held(post):
    return [c for c in post.compliance_checks if c.rule == "repeated" and c.verdict != "pass"]


def test_four_weeks_of_the_composer_are_not_held_for_repetition(month):
    _, drafts = month
    posts = [post for _, kept, _ in drafts for post in kept]
    assert len(drafts) == 84
    assert all(any(c.rule == "repeated" for c in post.compliance_checks) for post in posts)
    assert [] == [post.text for post in posts if held(post)]


def test_they_are_not_since_who_has_no_fresh_fact_left_repeats_on_purpose(month):
    """The same drafts of the last week, if a fresh fact had been there, would all be held."""
    brand, drafts = month
    last = [(brief, kept[0], said) for brief, kept, said in drafts[-21:]]
    assert all(brief.says_again for brief, *_ in last)
    unaware = [
        check_draft(
            post,
            brand=brand,
            brief=brief.model_copy(update={"again": False, "duty": None}),
            lately=Lately(said=said),
        )
        for brief, post, said in last
    ]
    verdicts = [next(c.verdict for c in checks if c.rule == "repeated") for checks in unaware]
    assert {Verdict.HOLD} == {*verdicts}
