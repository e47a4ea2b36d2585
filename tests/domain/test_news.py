"""The news of the day: which headlines are sensitive, and which posts come close to them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.brand import Autonomy
from domain.compliance import Verdict
from domain.news import NewsWatch
from domain.rechecking import checked, stricter
from domain.rules.themes import headline_of
from storage.brand_files import load_brands
from tests.domain.test_rules import draft_post

BRANDS = load_brands(Path(__file__).parents[2] / "brands")
WATER = BRANDS["bergquell"]
DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
FLOOD = "Hochwasser in Passau: zwei Tote"


def headline(text, *, at=DAY):
    found = headline_of(text, source="dpa", seen_at=at)
    assert found is not None
    return found


def judged(text, *news, brand=WATER, at=DAY):
    post = checked(draft_post(text, brand), brand, at=at, news=news)
    return next(check for check in post.compliance_checks if check.rule == "news")


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        (FLOOD, ("flood", "death")),
        ("War in Ukraine", ("war",)),
        ("Wool mill fire in Leeds kills three", ("fire", "death")),
        ("Inondations dans le sud: trois morts", ("flood", "death")),
        ("Rückruf: Glassplitter in Mineralwasser", ("illness",)),
    ],
)
def test_a_sensitive_headline_tells_its_themes(text, themes):
    assert themes == headline(text).themes


@pytest.mark.parametrize(
    "text",
    [
        "hitzewelle",
        "transfer deadline",
        "Aktien stürzen ab: Explosion der Preise",
        "Wie es früher war: Die besten Rezepte",
        "Shares crash after war of words",
        "New brand in town",
        "",
    ],
)
def test_an_ordinary_headline_is_none(text):
    assert headline_of(text, source="dpa", seen_at=DAY) is None


def test_a_post_is_told_the_headline_its_source_and_its_time():
    check = judged("Land unter im Quellhof!", headline(FLOOD))
    assert Verdict.HOLD == check.verdict
    assert (
        "land unter; in the news: 'Hochwasser in Passau: zwei Tote' (dpa, 2026-03-02 09:00 UTC)"
        == check.evidence
    )
    assert "move it to another day, or rewrite it" == check.remedy
    assert (headline(FLOOD).id,) == check.about


def test_a_joke_is_called_one():
    check = judged("Land unter im Quellhof! 😂", headline(FLOOD))
    assert check.evidence.startswith("reads as a joke about it (Flut): land unter")


def test_the_news_of_another_language_count():
    assert Verdict.HOLD == judged("Land unter!", headline("Floods kill two in Spain")).verdict


def test_yesterdays_news_count_and_those_of_last_week_do_not():
    post = "Land unter im Quellhof!"
    yesterday, last_week = DAY - timedelta(days=1), DAY - timedelta(days=7)
    assert Verdict.HOLD == judged(post, headline(FLOOD, at=yesterday)).verdict
    assert Verdict.PASS == judged(post, headline(FLOOD, at=last_week)).verdict


def test_a_post_for_next_week_need_not_mind_the_news_of_today():
    in_a_week = judged("Land unter!", headline(FLOOD), at=DAY + timedelta(days=7))
    assert Verdict.PASS == in_a_week.verdict


def test_a_word_that_the_brand_calls_harmless_makes_no_news():
    calm = WATER.model_copy(update={"news": NewsWatch(harmless=("Passau",))})
    assert Verdict.PASS == judged("Land unter!", headline(FLOOD), brand=calm).verdict


def test_a_brand_that_does_not_watch_the_news_is_left_alone():
    blind = WATER.model_copy(update={"news": NewsWatch(watch=False)})
    assert Verdict.PASS == judged("Land unter!", headline(FLOOD), brand=blind).verdict


def test_a_catastrophe_in_the_region_freezes_promotion_and_elsewhere_it_does_not():
    near, far = (
        headline("Unwetter in Kempten: zwei Tote"),
        headline("Unwetter in Florida: ein Toter"),
    )
    promotion = "Holt euch das Probierpaket."
    assert "no promotion on such a day" in judged(promotion, near).evidence
    assert Verdict.PASS == judged(promotion, far).verdict
    assert Verdict.PASS == judged("Der Quellhof ist für euch da.", near).verdict


def test_a_death_that_is_no_catastrophe_freezes_nothing():
    check = judged("Holt euch das Probierpaket.", headline("Sänger in Kempten gestorben"))
    assert Verdict.PASS == check.verdict


def test_news_that_came_after_the_approval_are_worse_and_those_that_were_seen_are_not():
    first, second = headline(FLOOD), headline("Sturmflut an der Nordsee: Tote")
    let_pass = checked(draft_post("Land unter!", WATER), WATER, at=DAY, news=(first,))
    assert () == stricter(let_pass, WATER, at=DAY, news=(first,))
    (worse,) = stricter(let_pass, WATER, at=DAY, news=(first, second))
    assert "news" == worse.rule


def test_the_news_are_looked_at_where_no_rule_has_changed():
    post = checked(draft_post("Land unter!", WATER), WATER, at=DAY)
    full = WATER.model_copy(update={"autonomy": Autonomy.FULL})
    assert ["news"] == [one.rule for one in stricter(post, full, at=DAY, news=(headline(FLOOD),))]
