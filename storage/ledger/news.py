"""Sensitive headlines in the ledger, where the door sees them: each once, as it was seen last."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.brand import Brand
from domain.news import Headline
from storage.ledger.documents import replace_all, to_document
from storage.ledger.tables import news

_TICK = timedelta(microseconds=1)


def record(connection: sa.Connection, headlines: Iterable[Headline]) -> int:
    """Keep headlines, and how many are new or were seen later than before."""
    newest: dict[str, Headline] = {}
    for one in sorted(headlines, key=lambda each: each.seen_at):
        newest[one.id] = one
    known = _seen(connection, newest)
    later = [one for one in newest.values() if known.get(one.id, one.seen_at - _TICK) < one.seen_at]
    rows = [{"id": one.id, "document": to_document(one), "seen_at": one.seen_at} for one in later]
    replace_all(connection, news, rows, key=("id",))
    return len(rows)


def lately(
    connection: sa.Connection, brands: Sequence[Brand], *, now: datetime
) -> tuple[Headline, ...]:
    """Those that may still matter to one of the brands, the newest first."""
    hours = max((brand.news.hours for brand in brands if brand.news.watch), default=0)
    if not hours:
        return ()
    query = sa.select(news.c.document).where(news.c.seen_at > now - timedelta(hours=hours))
    rows = connection.scalars(query.order_by(news.c.seen_at.desc(), news.c.id))
    return tuple(Headline.model_validate(document) for document in rows)


def _seen(connection: sa.Connection, ids: Iterable[str]) -> dict[str, datetime]:
    query = sa.select(news.c.id, news.c.seen_at).where(news.c.id.in_([*ids]))
    return {row.id: row.seen_at for row in connection.execute(query)}
