"""The router: the first writer that can and may, every cent booked, the composer last."""

import json

import pytest

from content.providers.anthropic_writer import AnthropicWriter
from content.providers.openai_writer import OpenAIWriter
from content.providers.prices import FREE, Price
from content.router import write
from domain.errors import WriterError, WriterGarbled, WriterRefused
from domain.writing import Written, WrittenVariant

PRICE = Price(2.0, 10.0)
GOOD = json.dumps({"variants": [{"text": f"Text {n}", "hashtags": [], "difference": n}
                                for n in ("a", "b")]})  # fmt: skip


@pytest.fixture
def brief(briefs, spring):
    return briefs(spring, 1)[0]


@pytest.fixture
def order(brief, spring, purse):
    return lambda writers, purse=purse: write(
        brief, brand=spring, writers=writers, purse=purse, seed=1, timeout=10
    )


@pytest.fixture
def both(mock):
    return [
        OpenAIWriter("mock", "k", f"{mock.url}/v1", PRICE),
        AnthropicWriter("mock", "k", f"{mock.url}/anthropic", PRICE),
    ]


def test_what_was_paid_is_booked(order, both, mock, purse):
    mock.script({"type": "reply", "text": GOOD})
    written = order(both)
    assert written.writer == "openai-compatible"
    assert [["openai-compatible", purse.bookings[0][1], written.cost_cents]] == purse.bookings
    assert 0 < written.cost_cents < purse.bookings[0][1]


def test_a_throttled_writer_gives_way_to_the_next(order, both, mock, purse):
    mock.script(
        {"type": "fail", "status": 429, "match": {"provider": "openai"}},
        {"type": "reply", "text": GOOD, "match": {"provider": "anthropic"}},
    )
    written = order(both)
    assert written.writer == "anthropic"
    assert [0, written.cost_cents] == [paid for _, _, paid in purse.bookings]


def test_useless_output_is_paid_for_and_the_next_writer_asked(order, both, mock, purse):
    mock.script(
        {"type": "reply", "text": "no json", "times": 2, "match": {"provider": "openai"}},
        {"type": "reply", "text": GOOD, "match": {"provider": "anthropic"}},
    )
    written = order(both)
    assert written.writer == "anthropic"
    assert all(paid > 0 for _, _, paid in purse.bookings)


def test_when_all_are_down_the_composer_writes(order, both, mock):
    mock.script({"type": "fail", "status": 500, "times": None})
    assert order(both).writer == "composer"


def test_a_time_out_keeps_the_whole_reservation(brief, spring, both, mock, purse):
    mock.script({"type": "delay", "seconds": 2})
    write(brief, brand=spring, writers=both[:1], purse=purse, seed=1, timeout=0.4)
    _, reserved, paid = purse.bookings[0]
    assert reserved == paid


def test_over_budget_no_billed_writer_is_called(order, both, mock, purse):
    purse.limit = 0.001
    assert order(both).writer == "composer"
    assert mock.requests() == []
    assert purse.bookings == []


def test_the_cap_is_never_passed_over_many_briefs(briefs, spring, both, mock, purse):
    purse.limit = 20.0
    mock.script({"type": "reply", "text": GOOD, "times": None})
    authors = [
        write(brief, brand=spring, writers=both, purse=purse, seed=1).writer
        for brief in briefs(spring, 12)
    ]
    assert purse.spent <= purse.limit
    assert len(authors) == 12


def test_a_free_writer_needs_no_money(order, mock, purse):
    purse.limit = 0
    mock.script({"type": "reply", "text": GOOD})
    local = OpenAIWriter("mock", "k", f"{mock.url}/v1", FREE)
    assert order([local]).writer == "openai-compatible"


def test_without_any_writer_the_composer_writes(order):
    assert order([]).writer == "composer"


class _Mumbler:
    """A free writer of which nothing can be used."""

    name = "mumbler"

    def estimate_cents(self, *_, **__):
        return 0.0

    def write(self, _, **__):
        raise WriterGarbled("nothing usable; try another", cost_cents=None)


def test_a_garbled_answer_of_a_free_writer_is_passed_over(order):
    assert order([_Mumbler()]).writer == "composer"


def test_where_nobody_can_write_the_error_says_what_to_mend(brief, spring, purse):
    french = brief.model_copy(update={"language": "fr"})
    with pytest.raises(WriterRefused, match="not French; set up a writer") as caught:
        write(french, brand=spring, writers=[], purse=purse, seed=1)
    assert isinstance(caught.value, WriterError)


def test_no_writer_sees_two_facts_that_contradict_each_other(brief, both, mock, spring, purse):
    clash = [
        brief.facts[0].model_copy(update={"id": f"f{hour}", "text": f"Wir öffnen um {hour} Uhr."})
        for hour in (9, 11)
    ]
    brief = brief.model_copy(update={"facts": (*clash, *brief.facts[1:])})
    own = _Listener()
    mock.script({"type": "reply", "text": GOOD})
    write(brief, brand=spring, writers=both, purse=purse, seed=1)
    write(brief, brand=spring, writers=[own], purse=purse, seed=1)

    sent = json.dumps(mock.requests(), ensure_ascii=False)
    assert "Wir öffnen um 9 Uhr." in sent
    assert brief.facts[2].text in sent
    assert "Wir öffnen um 11 Uhr." not in sent
    assert ["f9", brief.facts[2].id] == own.heard


class _Listener:
    """A free writer of another package that tells which facts it was given."""

    name = "listener"

    def estimate_cents(self, *_, **__):
        return 0.0

    def write(self, brief, **_):
        self.heard = [fact.id for fact in brief.facts]
        return Written(variants=(WrittenVariant(text="Text"),), writer=self.name)
