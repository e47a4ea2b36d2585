"""The word to another machine: a webhook, told once of each late delivery and each open matter."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from domain.errors import NetworkError, Unreachable
from publishing.matters import OpenMatter, open_matters
from publishing.platforms.base import client, translated
from publishing.platforms.recording import SECRET_URL
from publishing.watchdog import REMEDY, SHOWN, Overdue, name_of, watch
from storage.ledger import told as ledger_told
from storage.ledger.database import Ledger

NAME = "AMSEL_ALERT_URL"
SECONDS = 5.0
"""Longer than that the watchdog waits for nobody."""


def look_and_tell(ledger: Ledger, url: str, *, actor: str) -> None:
    """Look once for what waits for a person and for what is late, and tell of both.

    Raises:
        NetworkError: one did not arrive; the next look tells it.
        StoreError: the ledger refused.
    """
    found, now = watch(ledger, actor=actor)
    tell_late(ledger, url, found, now=now)
    tell_matters(ledger, url)


def tell_matters(ledger: Ledger, url: str) -> int:
    """Tell of what waits for a person, each matter once; how many were told.

    The ledger remembers, for all who look: a restart, or another worker, tells none again. Without
    an address nothing is told, and nothing remembered.

    Raises:
        NetworkError: it did not arrive; the next look tells it.
        StoreError: the ledger refused.
    """
    if not url:
        return 0
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        found = open_matters(connection, now=now)
        new = ledger_told.take(connection, {one.name for one in found}, now=now)
    if not new:
        return 0
    return _tell(ledger, url, new, _told([one for one in found if one.name in new], now), now=now)


def tell_late(ledger: Ledger, url: str, found: Overdue, *, now: datetime) -> int:
    """Tell of what is late where anything of it is new; how many deliveries are.

    Remembered as open matters are.

    Raises:
        NetworkError: it did not arrive; the next look tells it.
        StoreError: the ledger refused.
    """
    if not (url and found.first):
        return 0
    with ledger.transaction() as connection:
        new = ledger_told.take(connection, {name_of(one) for one in found.first}, now=now)
    if not new:
        return 0
    return _tell(ledger, url, new, _late(found, now), now=now)


def _tell(
    ledger: Ledger, url: str, new: Collection[str], body: dict[str, Any], *, now: datetime
) -> int:
    try:
        _post(url, body)
    except NetworkError:
        with ledger.transaction() as connection:
            ledger_told.give_back(connection, new)
        raise
    with ledger.transaction() as connection:
        ledger_told.tell(connection, new, now=now)
    return len(new)


def _told(new: Sequence[OpenMatter], now: datetime) -> dict[str, Any]:
    more = f" (and {len(new) - 1} more)" if len(new) > 1 else ""
    shown = [asdict(one) for one in new[:SHOWN]]
    return {
        "alert": "needs_a_person",
        "text": f"{new[0].words}{more}",
        "count": len(new),
        "remedy": new[0].remedy,
        "at": now.isoformat(),
        "matters": [{key: one[key] for key in one if key != "name"} for one in shown],
    }


def _late(found: Overdue, now: datetime) -> dict[str, Any]:
    shown = {"brand", "platform", "account", "key", "state", "due_at"}
    return {
        "alert": "deliveries_late",
        "text": found.words(now),
        "count": found.count,
        "remedy": REMEDY,
        "at": now.isoformat(),
        "deliveries": [one.model_dump(mode="json", include=shown) for one in found.first],
    }


def _post(url: str, body: dict[str, Any]) -> None:
    if not url.startswith(("http://", "https://")):
        raise Unreachable(f"{NAME} is no http address; mend or unset it")
    with translated(NAME, changes_something=False), client(url, None) as http:
        answer = http.post(url, json=body, timeout=SECONDS, extensions=SECRET_URL)
    if not answer.is_success:
        raise Unreachable(f"{NAME} answers {answer.status_code}; mend it, it is tried again")
