"""The word to another machine: a webhook, told once of each late delivery and each open matter."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from domain.errors import NetworkError, Unreachable
from publishing.matters import OpenMatter, open_matters
from publishing.platforms.base import client, translated
from publishing.platforms.recording import SECRET_URL
from publishing.watchdog import REMEDY, SHOWN, Overdue, name_of
from storage.ledger import told as ledger_told
from storage.ledger.database import Ledger

NAME = "AMSEL_ALERT_URL"
SECONDS = 5.0
"""Longer than that the watchdog waits for nobody."""


def alert_once(
    url: str, found: Overdue, told: Collection[str], *, now: datetime
) -> tuple[frozenset[str], str | None]:
    """Tell of what is late where anything of it is new; what was told by now, and what failed.

    What did not arrive is told with the next look. Nothing is raised.
    """
    late = frozenset(name_of(one) for one in found.first)
    if not url or late <= set(told):
        return late & set(told), None
    try:
        send_alert(url, found, now=now)
    except NetworkError as exc:
        return late & set(told), str(exc)
    return late, None


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
    try:
        _post(url, _told([one for one in found if one.name in new], now))
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


def send_alert(url: str, found: Overdue, *, now: datetime) -> None:
    """Post what is late and what to do as JSON; `text` is what chat services show.

    Raises:
        NetworkError: it did not arrive; the message does not hold the address, which may be a key.
    """
    shown = {"brand", "platform", "account", "key", "state", "due_at"}
    body = {
        "alert": "deliveries_late",
        "text": found.words(now),
        "count": found.count,
        "remedy": REMEDY,
        "at": now.isoformat(),
        "deliveries": [one.model_dump(mode="json", include=shown) for one in found.first],
    }
    _post(url, body)


def _post(url: str, body: dict[str, Any]) -> None:
    if not url.startswith(("http://", "https://")):
        raise Unreachable(f"{NAME} is no http address; mend or unset it")
    with translated(NAME, changes_something=False), client(url, None) as http:
        answer = http.post(url, json=body, timeout=SECONDS, extensions=SECRET_URL)
    if not answer.is_success:
        raise Unreachable(f"{NAME} answers {answer.status_code}; mend it, it is tried again")
