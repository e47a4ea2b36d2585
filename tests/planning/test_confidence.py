"""What people decided about drafts tells how sure a new one is; until then it is uncalibrated."""

import polars as pl
import pytest

from domain.compliance import ComplianceCheck, Verdict
from domain.posts import ContentPost, PostStatus, QualityScore
from ml.calibration import FEWEST
from planning.batch import settle_batch
from planning.confidence import EVERYBODY, confidence_of, reliabilities
from planning.waiting import POLICY
from storage.ledger import approvals, posts
from storage.ledger.approvals import Approval, Decision
from storage.ledger.judgements import by_people
from tests.planning.conftest import MORNING

GOOD = 0.75
"""People let go what scores more than this."""


def draft(ledger, brand, key, score, *, verdict=Verdict.PASS):
    check = ComplianceCheck(rule="names", verdict=verdict, policy_version="1")
    made = ContentPost(
        id=key, brand=brand.name, text=f"text of {key}", platforms=(brand.accounts[0].platform,),
        status=PostStatus.GENERATED, brief_id=f"order-{key}", brand_voice=brand.voice,
        generated_by="test", compliance_checks=(check,),
        quality=QualityScore(overall=score, voice=1, novelty=1, readability=1),
    )  # fmt: skip
    with ledger.transaction() as connection:
        posts.save(connection, made, key=key, actor="test", now=MORNING)
    return made


def decide(ledger, post, decision, *, actor="anna", version=1):
    with ledger.transaction() as connection:
        approvals.decide(connection, Approval(post.id, version, decision, actor, "-", MORNING))


def edit(ledger, post):
    """Another text, approved as the next version."""
    decide(ledger, post, Decision.HELD, actor=POLICY)
    changed = post.model_copy(update={"text": "Other words.", "version": 2})
    with ledger.transaction() as connection:
        posts.save(connection, changed, key=post.id, actor="anna", now=MORNING)
    decide(ledger, post, Decision.APPROVED, version=2)


def people_decide(ledger, brand, number, *, verdict=Verdict.PASS, name="past"):
    """So many decisions on drafts that score 0.5 to 1: let go as they are, or edited, or not."""
    for place in range(number):
        score = 0.5 + 0.5 * place / number
        post = draft(ledger, brand, f"{name}-{place}", score, verdict=verdict)
        if score > GOOD:
            decide(ledger, post, Decision.APPROVED)
        elif place % 2:
            edit(ledger, post)
        else:
            decide(ledger, post, Decision.REJECTED)


def settled(ledger, brand, *scores):
    for place, score in enumerate(scores):
        draft(ledger, brand, f"new-{place}", score)
    with ledger.transaction() as connection:
        decided = settle_batch(
            connection, brand, forecasts=pl.DataFrame(), model_version=None, now=MORNING
        )
        kept = [posts.load(connection, one.post.id).quality for one in decided]
    return decided, kept


def test_before_enough_decisions_nothing_goes_out_by_itself_and_the_reason_says_so(ledger, brand):
    people_decide(ledger, brand, FEWEST - 1)
    wary = brand.model_copy(update={"before_calibration": "wait"})
    (poor, fine), kept = settled(ledger, wary, 0.5, 0.99)
    assert {Decision.HELD} == {poor.decision, fine.decision}
    assert "uncalibrated (quality 0.99): 49 decisions of people about this" in fine.reason
    assert [None, None] == [quality.accepted for quality in kept]


def test_a_brand_may_let_the_rules_decide_before_enough_decisions(ledger, brand):
    people_decide(ledger, brand, FEWEST - 1)
    bold = brand.model_copy(update={"before_calibration": "publish"})
    (poor, fine), _ = settled(ledger, bold, 0.5, 0.99)
    assert {Decision.APPROVED} == {poor.decision, fine.decision}
    assert poor.reason.endswith("so the rules decide alone; medium risk: a model wrote it (test)")


def test_with_enough_decisions_the_bar_is_held_against_what_people_let_go(ledger, brand):
    people_decide(ledger, brand, 60)
    (poor, fine), kept = settled(ledger, brand, 0.7, 0.9)
    assert (Decision.HELD, Decision.APPROVED) == (poor.decision, fine.decision)
    assert "of such drafts go unchanged (60 decisions), below 0.60" in poor.reason
    assert kept[0].accepted < 0.2 < 0.8 < kept[1].accepted
    assert [60, 60] == [quality.decisions for quality in kept]


def test_a_brand_with_some_decisions_borrows_a_little_from_all(ledger, brand):
    other = brand.model_copy(update={"name": "other"})
    people_decide(ledger, other, 60)
    people_decide(ledger, brand, 30, name="own")
    with ledger.reading() as connection:
        found = [confidence_of(connection, one) for one in (brand, other)]
    assert [(30, 60), (60, 30)] == [(each.decisions, each.lent) for each in found]
    assert all(each.calibration is not None for each in found)


def test_a_brand_without_decisions_is_not_calibrated_by_those_about_others(ledger, brand):
    people_decide(ledger, brand.model_copy(update={"name": "other"}), 200)
    wary = brand.model_copy(update={"before_calibration": "wait"})
    (one,), _ = settled(ledger, wary, 0.99)
    assert Decision.HELD is one.decision
    assert "0 decisions of people about this brand's drafts and 200 about other" in one.reason


def test_what_a_rule_held_tells_nothing_of_the_bar(ledger, brand):
    people_decide(ledger, brand, 60, verdict=Verdict.HOLD)
    with ledger.reading() as connection:
        assert confidence_of(connection, brand).calibration is None


def test_a_rule_that_does_not_read_the_language_stops_nothing(ledger, brand):
    people_decide(ledger, brand, FEWEST, verdict=Verdict.SKIP)
    with ledger.reading() as connection:
        assert confidence_of(connection, brand).calibration is not None


def test_an_edit_that_was_approved_is_no_approval_of_the_draft(ledger, brand):
    edit(ledger, draft(ledger, brand, "one", 0.6))
    decide(ledger, draft(ledger, brand, "two", 0.7), Decision.APPROVED)
    decide(ledger, draft(ledger, brand, "three", 0.8), Decision.APPROVED, actor=POLICY)
    with ledger.reading() as connection:
        found = by_people(connection, policy=POLICY, brand=brand.name)
    assert {(0.6, False), (0.7, True)} == {(each.score, each.is_unchanged) for each in found}


def test_reliability_stands_beside_the_verdicts_with_the_raw_score_to_compare(ledger, brand):
    people_decide(ledger, brand, 100)
    with ledger.reading() as connection:
        table, told = reliabilities(connection)
    ours = table.filter(pl.col("brand") == EVERYBODY)
    assert 100 == ours["decisions"].sum()
    assert ours["observed"][0] < 0.1 < 0.9 < ours["observed"][-1]
    assert ours["expected"].to_list() == pytest.approx(ours["observed"].to_list(), abs=0.15)
    assert f"{brand.name}: 100 decisions" in told


def test_without_decisions_it_says_that_nothing_is_calibrated(ledger):
    with ledger.reading() as connection:
        table, told = reliabilities(connection)
    assert table.is_empty()
    assert "all brands: uncalibrated, 0 of 50 decisions" == told
