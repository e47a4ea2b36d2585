"""Pages of the Graph API's edges, asked for alone or along with the object they belong to."""

import base64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sandbox.graph_requests import Call, invalid

USUAL, MOST = 25, 100
Item = TypeVar("Item")


class Pages:
    """Cuts what stands on an edge into pages, as a call asks for them."""

    def __init__(self, platform: str, endpoint: str) -> None:
        self._platform = platform
        self._endpoint = endpoint

    def of(
        self, call: Call, items: Sequence[Item], show: Callable[[Item], dict[str, Any]]
    ) -> dict[str, Any]:
        """One page with its cursors; only what stands on it is shown."""
        limit = min(call.number("limit", default=USUAL), MOST)
        start = _position(call.query.get("after"))
        shown = items[start : start + limit]
        answer: dict[str, Any] = {"data": [show(one) for one in shown]}
        if shown:
            cursors = {"before": _cursor(start), "after": _cursor(start + len(shown))}
            answer["paging"] = {"cursors": cursors}
            if start + limit < len(items):
                token = f"sandbox-{self._platform}-{call.account.handle}"  # Meta repeats it too
                link = f"{self._endpoint}/{call.object}?access_token={token}"
                answer["paging"]["next"] = f"{link}&after={cursors['after']}"
        return answer


def along(page: dict[str, Any]) -> dict[str, Any] | None:
    """A page as it stands in its object: left out where nothing is on it."""
    return page if page["data"] or "summary" in page else None


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("at:"))
    except ValueError as exc:
        raise invalid("Invalid cursors values were passed") from exc
