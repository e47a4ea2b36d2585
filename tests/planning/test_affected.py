"""A change of the brand file shows which planned posts it affects."""

from datetime import timedelta

import pytest

from domain.compliance import Verdict
from domain.posts import ContentPost, PostStatus
from domain.rechecking import checked
from domain.rules.themes import headline_of
from planning.affected import affected
from storage.brand_files import load_brands
from storage.ledger import news, posts
from tests.planning.conftest import BRANDS, MORNING

WATER = load_brands(BRANDS)["bergquell"]


@pytest.fixture
def planned(ledger):
    """Two planned posts of the brand, a fact each."""
    kept = []
    with ledger.transaction() as connection:
        for number, fact in enumerate(WATER.facts[:2]):
            bare = ContentPost(
                id=f"p{number}", brand=WATER.name, text=fact.text, platforms=("x",),
                status=PostStatus.SCHEDULED, language="de", generated_by="composer",
                scheduled_for=MORNING + timedelta(hours=number), brand_voice=WATER.voice,
            )  # fmt: skip
            post = checked(bare, WATER, at=MORNING)
            posts.save(connection, post, key=post.id, actor="anna", now=MORNING)
            kept.append(post)
    return kept


@pytest.mark.usefixtures("planned")
def test_without_a_change_nothing_is_affected(ledger):
    assert [] == affected(ledger, WATER)


def test_a_newly_banned_word_names_the_posts_that_hold_it(ledger, planned):
    word = next(word for word in planned[1].text.split() if word not in planned[0].text)
    terms = WATER.terms.model_copy(update={"banned": (word.strip(".,"),)})
    (found,) = affected(ledger, WATER.model_copy(update={"terms": terms}))

    assert ("p1", ["banned_terms"]) == (found.post.id, [check.rule for check in found.checks])
    assert Verdict.BLOCK is found.checks[0].verdict


def test_what_was_held_before_is_no_news(ledger, planned):
    strict = WATER.model_copy(update={"competitors": (planned[0].text.split()[0],)})
    seen = checked(planned[0], strict, at=MORNING).model_copy(update={"version": 2})
    with ledger.transaction() as connection:
        posts.save(connection, seen, key=seen.id, actor="anna", now=MORNING)

    assert "p0" not in {one.post.id for one in affected(ledger, strict)}


def test_news_name_the_posts_that_come_close_to_them(ledger, planned):
    found = headline_of("Tote beim Wandern im Allgäu", source="dpa", seen_at=MORNING)
    with ledger.transaction() as connection:
        news.record(connection, [found])
    texts = {one.post.text for one in affected(ledger, WATER)}

    assert {post.text for post in planned if "Allgäu" in post.text} == texts != set()
