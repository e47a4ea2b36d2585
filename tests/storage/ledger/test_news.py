"""Sensitive headlines in the ledger: each once, and no longer than they matter."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.news import NewsWatch
from domain.rules.themes import headline_of
from storage.brand_files import load_brands
from storage.ledger import news

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRAND = load_brands(Path(__file__).parents[3] / "brands")["bergquell"]


def headline(text, at=NOON):
    return headline_of(text, source="dpa", seen_at=at)


def record(ledger, *headlines):
    with ledger.transaction() as connection:
        return news.record(connection, headlines)


def lately(ledger, *, now=NOON, brand=BRAND):
    with ledger.reading() as connection:
        return news.lately(connection, [brand], now=now)


def test_a_headline_that_is_seen_again_is_one_headline_seen_later(ledger):
    later = headline("Hochwasser in Passau", NOON + timedelta(hours=1))
    record(ledger, headline("Hochwasser in Passau"))
    record(ledger, later, headline("HOCHWASSER in Passau"))

    assert (later,) == lately(ledger)


def test_seeing_the_same_files_again_changes_nothing(ledger):
    assert 1 == record(ledger, headline("Hochwasser in Passau"))
    assert 0 == record(ledger, headline("Hochwasser in Passau"))


def test_what_no_brand_minds_any_more_is_left_out(ledger):
    record(ledger, headline("Hochwasser in Passau"))
    patient = BRAND.model_copy(update={"news": NewsWatch(hours=72)})

    assert () == lately(ledger, now=NOON + timedelta(hours=49))
    assert 1 == len(lately(ledger, now=NOON + timedelta(hours=49), brand=patient))


def test_a_brand_that_does_not_watch_reads_none(ledger):
    record(ledger, headline("Hochwasser in Passau"))
    assert () == lately(ledger, brand=BRAND.model_copy(update={"news": NewsWatch(watch=False)}))
