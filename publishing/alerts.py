"""The watchdog's word to another machine: a webhook, told once of each late delivery."""

from collections.abc import Collection
from datetime import datetime

from domain.errors import NetworkError, Unreachable
from publishing.platforms.base import client, translated
from publishing.platforms.recording import SECRET_URL
from publishing.watchdog import REMEDY, Overdue, name_of

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
    if not url.startswith(("http://", "https://")):
        raise Unreachable(f"{NAME} is no http address; mend or unset it")
    with translated(NAME, changes_something=False), client(url, None) as http:
        answer = http.post(url, json=body, timeout=SECONDS, extensions=SECRET_URL)
    if not answer.is_success:
        raise Unreachable(f"{NAME} answers {answer.status_code}; mend it, it is tried again")
