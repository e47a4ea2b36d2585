"""What Meta's wires keep besides posts: containers, uploads and photos; and their numbers."""

import json
from typing import Any

from sandbox.audience import Account
from sandbox.clock import iso, micros
from sandbox.world import World


class Objects:
    """The objects of one platform, kept durably under their ids."""

    def __init__(self, world: World, platform: str) -> None:
        self._world = world
        self._platform = platform
        self._last = max(self._greatest("posts", "id"), self._greatest("records", "rkey"))

    def number(self) -> str:
        """A new id: 17 digits that grow with the clock."""
        self._last = max(10**16 + micros(self._world.clock.now()), self._last + 1)
        return str(self._last)

    def make(self, kind: str, owner: Account, value: dict[str, Any]) -> str:
        """Keep a new object and give it an id."""
        id = self.number()
        made = {"owner": owner.handle, "made": iso(self._world.clock.now())}
        self.keep(kind, id, value | made)
        return id

    def keep(self, kind: str, id: str, value: dict[str, Any]) -> None:
        """Keep an object as it is now."""
        self._world.store.execute(
            "insert or replace into records values (?, ?, ?, '', ?)",
            (self._platform, kind, id, json.dumps(value)),
        )

    def find(self, kind: str, id: str, owner: Account) -> dict[str, Any] | None:
        """An object of that owner; None where there is none such."""
        row = self._world.store.execute(
            "select value from records where did = ? and collection = ? and rkey = ?",
            (self._platform, kind, id),
        ).fetchone()
        value: dict[str, Any] | None = json.loads(row[0]) if row else None
        return value if value and value["owner"] == owner.handle else None

    def _greatest(self, table: str, column: str) -> int:
        where = "platform = ? and source = 'brand'" if table == "posts" else "did = ?"
        rows = self._world.store.execute(
            f"select {column} from {table} where {where}",  # noqa: S608 - both are code
            (self._platform,),
        )
        return max((int(row[0].rpartition("_")[2]) for row in rows), default=0)
