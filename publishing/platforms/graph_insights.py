"""Meta's insights of one object: several metrics at once, where one unknown fails them all."""

from collections.abc import Sequence
from typing import Any

from domain.errors import Rejected
from publishing.platforms.base import translated
from publishing.platforms.graph import Graph
from publishing.platforms.graph_errors import is_absent


class Insights:
    """Reads metrics and remembers which of them are refused for which kind of object."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._refused: set[tuple[str, str]] = set()

    def read(self, path: str, metrics: Sequence[str], *, kind: str) -> dict[str, int]:
        """The values that there are by name; what is not given is left out.

        Raises:
            Rejected: the object is gone, or none of the metrics is known.
        """
        asked = [name for name in metrics if (kind, name) not in self._refused]
        try:
            return self._ask(path, asked)
        except Rejected as exc:
            if is_absent(exc) or len(asked) < 2:
                raise
        answers = {name: self._one(path, name) for name in asked}
        refused = {name for name, values in answers.items() if values is None}
        if refused != set(asked):  # all refused: it is not the metrics that are wrong
            self._refused |= {(kind, name) for name in refused}
        return {
            name: value for values in answers.values() for name, value in (values or {}).items()
        }

    def _one(self, path: str, name: str) -> dict[str, int] | None:
        try:
            return self._ask(path, [name])
        except Rejected as exc:
            if is_absent(exc):
                raise
            return None

    def _ask(self, path: str, names: Sequence[str]) -> dict[str, int]:
        if not names:
            return {}
        answer = self._graph.get(path, metric=",".join(names))
        with translated(self._graph.account, changes_something=False):
            values = {str(one["name"]): _value(one) for one in answer["data"]}
        return {name: value for name, value in values.items() if value is not None}


def _value(one: dict[str, Any]) -> int | None:
    values = one.get("values") or [one.get("total_value") or {}]
    value = values[0].get("value")
    return int(value) if isinstance(value, (int, float)) else None
