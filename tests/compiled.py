"""Statements are compiled once for all ledgers of a kind: each test has its own, and all are alike.

Else a third of what a short test of the ledger does would be to compile what the one before it had.
"""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from storage.ledger import database

MANY = 5_000
"""More statements than all ledgers know."""
KINDS = (PGDialect_psycopg, SQLiteDialect_pysqlite)
_own_engine = database._engine
_compiled: dict[str, Any] = defaultdict(lambda: LRUCache(MANY))


def share() -> None:
    """Let every ledger that is opened from now on find what the ones before it compiled."""
    for kind in KINDS:
        # a dialect is a part of each statement's key
        kind.__eq__ = lambda one, other: type(one) is type(other)
        kind.__hash__ = lambda one: hash(type(one))
    database._engine = _engine


def _engine(url: sa.URL) -> sa.Engine:
    engine = _own_engine(url)
    engine._compiled_cache = _compiled[url.get_backend_name()]
    return engine
