"""Drafts that no rule stops wait for the brand's judge, and are decided with its verdict."""

import json
from dataclasses import dataclass, field

import pytest

from content.providers.hosted import Answer, HostedWriter
from content.providers.prices import Price
from domain.judging import JUDGE, Judging
from domain.posts import ContentPost, PostStatus
from domain.rechecking import awaits_judge, checked
from planning.batch import settle_batch
from planning.drafting import Desk
from planning.judging import judge_drafts
from storage.ledger import brands, posts
from storage.ledger.approvals import Decision
from storage.ledger.costs import LedgerPurse
from storage.ledger.stops import stop
from tests.planning.conftest import MORNING
from tests.planning.mornings import NO_FORECASTS


@dataclass(frozen=True)
class Reader(HostedWriter):
    """A judge that quotes the first words of whatever holds `offends`."""

    offends: str = "never"
    texts: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "reader"

    def ask(self, order, **_) -> Answer:
        text = order.message.splitlines()[1]
        self.texts.append(text)
        quote = {"kind": "tone", "quote": text[:8], "why": "cold", "remedy": "say it warmly"}
        findings = [quote] if self.offends in text else []
        return Answer(json.dumps({"findings": findings}), 1000, 100)


@pytest.fixture
def judged_brand(ledger, brand):
    wanted = brand.model_copy(update={"judge": Judging(writer="reader")})
    with ledger.transaction() as connection:
        brands.save(connection, wanted, now=MORNING)
        for number, fact in enumerate(wanted.facts[:3]):
            bare = ContentPost(
                id=f"p{number}", brand=wanted.name, text=fact.text, platforms=("x",),
                status=PostStatus.GENERATED, language=wanted.voice.language, brief_id=f"b{number}",
                generated_by="composer", scheduled_for=MORNING, brand_voice=wanted.voice,
            )  # fmt: skip
            post = checked(bare, wanted, at=MORNING)
            posts.save(connection, post, key=post.id, actor="composer", now=MORNING)
    return wanted


def read_by(ledger, brand, reader):
    return judge_drafts(ledger, brand, desk=Desk([reader], LedgerPurse(ledger)))


def settled(ledger, brand):
    with ledger.transaction() as connection:
        chosen = settle_batch(
            connection, brand, forecasts=NO_FORECASTS, model_version=None, now=MORNING
        )
        return {one.post.id: (one.decision, one.reason) for one in chosen}


def reader_of(offends):
    return Reader("mock", "k", price=Price(1.0, 1.0), offends=offends)


def test_no_draft_is_decided_before_the_judge_has_read_it(ledger, judged_brand):
    assert {} == settled(ledger, judged_brand)
    read_by(ledger, judged_brand, reader_of("never"))
    assert 3 == len(settled(ledger, judged_brand))


def test_what_the_judge_finds_waits_for_a_person_and_the_rest_goes_out(ledger, judged_brand):
    read_by(ledger, judged_brand, reader_of(judged_brand.facts[1].text))

    decided = settled(ledger, judged_brand)
    assert Decision.HELD == decided["p1"][0]
    assert decided["p1"][1].startswith("a person must look at judge (tone: “")
    assert Decision.APPROVED == decided["p0"][0]


def test_every_draft_is_read_and_paid_once(ledger, judged_brand):
    reader = reader_of("never")
    read_by(ledger, judged_brand, reader)
    read_by(ledger, judged_brand, reader)
    assert 3 == len(reader.texts)


def test_what_a_rule_stops_is_not_shown_to_the_judge(ledger, judged_brand):
    word = judged_brand.facts[0].text.split()[-1].strip(".")
    with ledger.transaction() as connection:
        post = posts.load(connection, "p0")
        banned = judged_brand.terms.model_copy(update={"banned": (word,)})
        strict = judged_brand.model_copy(update={"terms": banned})
        posts.save(
            connection, checked(post, strict, at=MORNING), key="p0", actor="rules", now=MORNING
        )
    reader = reader_of("never")
    read_by(ledger, judged_brand, reader)

    assert judged_brand.facts[0].text not in reader.texts
    assert Decision.REJECTED == settled(ledger, judged_brand)["p0"][0]


def test_a_judge_that_is_not_set_up_leaves_the_drafts_to_a_person(ledger, judged_brand):
    judge_drafts(ledger, judged_brand, desk=Desk([], LedgerPurse(ledger)))
    reasons = [reason for _, reason in settled(ledger, judged_brand).values()]
    assert ["no writer 'reader' is set up" in reason for reason in reasons] == [True] * 3


def test_an_emergency_stop_keeps_the_judge_from_being_paid(ledger, judged_brand):
    with ledger.transaction() as connection:
        stop(connection, brand=judged_brand.name, reason="fire", actor="anna", now=MORNING)
    reader = reader_of("never")
    assert (0, []) == (read_by(ledger, judged_brand, reader), reader.texts)


def test_a_draft_that_was_edited_while_the_judge_read_keeps_no_verdict(ledger, judged_brand):
    class Slow(Reader):
        def ask(self, order, **asked):
            with ledger.transaction() as connection:
                post = posts.load(connection, "p0")
                if post.version == 1:
                    newer = post.model_copy(update={"version": 2, "text": "Anders gesagt."})
                    posts.save(connection, newer, key="p0", actor="anna", now=MORNING)
            return super().ask(order, **asked)

    read_by(ledger, judged_brand, Slow("mock", "k", price=Price(1.0, 1.0)))
    with ledger.reading() as connection:
        newer = posts.load(connection, "p0")
    assert JUDGE not in {check.rule for check in newer.compliance_checks}
    assert awaits_judge(newer, judged_brand)
