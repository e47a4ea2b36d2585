"""Cases of the campaign about what comes back: older schemas, and ledgers out of a backup."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import psycopg
import sqlalchemy as sa

from storage.ledger import revisions
from storage.ledger.database import Ledger
from tests.faults.campaign_judge import Book
from tests.faults.campaign_races import maintenance
from tests.faults.campaign_stage import ONE_AT_A_TIME, playing


def upgrades(stage, n):
    """Case 13: tables of a version before, work in them; and tables of a version to come."""
    book, older = Book("13 an upgrade in between", stage), revisions.known()[:-1]
    for number in range(n):
        chosen = stage.pick(number)
        book.plan(*[stage.new(platform) for platform in chosen])
        with ONE_AT_A_TIME:
            stage.ledger.downgrade(older[number % len(older)])
        book.finish()
        book.plan(*[stage.new(platform) for platform in chosen])
        before = stage.accepted_count()
        _set_revision(stage, "9999")
        code = stage.end_of(stage.start())
        if code == 0 or stage.accepted_count() != before:
            book.of(chosen[0]).note("other", f"a worker took tables to come, and ended with {code}")
        _set_revision(stage, revisions.known()[-1])
        book.finish()
    return book.judge()


def _set_revision(stage, revision):
    with stage.ledger.transaction() as connection:
        wanted = sa.text("update alembic_version set version_num = :revision")
        connection.execute(wanted, {"revision": revision})


def restores(stage, n):
    """Case 15: the ledger is put back to five minutes ago, and what went out since is not sent."""
    book = Book("15 a backup put back", stage)
    for number in range(n):
        chosen = stage.pick(number)
        book.plan(*[stage.new(platform, seconds=60) for platform in chosen for _ in range(2)])
        backup = _copied(stage, number)
        book.finish()
        stage.clock.wait_until(stage.clock.now() + timedelta(minutes=5))
        _put_back(stage, backup)
        stage.run(doubt_all)
        book.finish()
    return book.judge()


def doubt_all(variables):
    """What `amsel deliveries restored` does."""
    from cli.deliveries import restored

    with playing(variables):
        restored()


def _copied(stage, number):
    url = stage.ledger.url
    if stage.database == "sqlite":
        path = stage.home / f"backup-{number}.db"
        with closing(sqlite3.connect(url.database)) as old, closing(sqlite3.connect(path)) as new:
            old.backup(new)
        return url.set(database=str(path))
    stage.ledger.close()
    name = f"backup_{number}"
    with psycopg.connect(maintenance(stage), autocommit=True) as other:
        other.execute(f"create database {name} template {url.database}")
    return url.set(database=name)


def _put_back(stage, backup):
    stage.ledger.close()
    url = backup.render_as_string(hide_password=False)
    stage.variables["AMSEL_LEDGER_URL"] = url
    stage.ledger = Ledger(url, clock=stage.clock)
