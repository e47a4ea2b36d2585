"""A month of the composer: a brand with ten facts never says a thing twice in the same words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from content.briefs import Slot, plan_briefs
from content.drafts import make_drafts
from content.providers.composer import Composer
from domain.compliance import Verdict, worst
from domain.rules.repetition import has_same_words
from storage.brand_files import load_brands

BRANDS = load_brands(Path(__file__).parents[2] / "brands")
START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = (8, 11, 16)


@pytest.fixture(scope="module", params=["bergquell", "northloom"])
def month(request):
    """One chosen draft for each of 90 slots, as a month goes: each knows what was said before."""
    brand = BRANDS[request.param]
    facts = brand.facts[:10]
    topics = tuple(dict.fromkeys(fact.topic for fact in facts))
    small = brand.model_copy(update={"facts": facts, "topics": topics})
    platforms = tuple(account.platform for account in brand.accounts[:2])
    slots = [Slot(START + timedelta(days=d, hours=h), platforms) for d in range(30) for h in HOURS]
    planned = plan_briefs(small, slots=slots, history=[], trends=[], now=START, seed=1)
    said: list[str] = []
    chosen = []
    for number, each in enumerate(planned):
        written = Composer().write(each.brief, brand=small, seed=number)
        drafts = make_drafts(each.brief, written, brand=small, recent=said)
        chosen.append(drafts[number % len(drafts)])
        said.append(chosen[-1].text)
    return chosen


def test_no_two_posts_of_a_month_have_the_same_words(month):
    texts = [post.text for post in month]
    alike = [(a, b) for n, a in enumerate(texts) for b in texts[:n] if has_same_words(a, b)]
    assert len(texts) == 90
    assert [] == alike


def test_all_posts_of_a_month_pass_compliance(month):
    failed = [p.text for p in month if worst(p.compliance_checks) is not Verdict.PASS]
    assert [] == failed
