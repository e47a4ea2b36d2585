"""Anthropic's Message Batches: requests go up in one call, results come back within a day.

A batch carries nothing of ours but the keys of its orders, and those are told with its results. So
one whose confirmation was lost is looked for among the batches of that time once they have ended.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from content.providers.anthropic_writer import AnthropicWriter
from content.providers.batches import UPLOAD_S, Outcome, at_share
from content.providers.orders import Order
from content.providers.prices import BATCH_SHARE
from domain.errors import WriterError, WriterRefused, WriterUnavailable
from domain.wire_logs import hush

if TYPE_CHECKING:
    from anthropic import Anthropic

_SKEW = timedelta(minutes=10)  # between their clock and ours


@dataclass(frozen=True)
class AnthropicBatches:
    """Batches of one Anthropic writer."""

    writer: AnthropicWriter
    share: float = BATCH_SHARE

    def submit(self, orders: Mapping[str, Order], *, group: str) -> str:
        """Hand all in with one call; the wire has no place for a group."""
        del group
        hush()
        requests: Any = [
            {"custom_id": key, "params": self.writer.body(order, repair=None)}
            for key, order in orders.items()
        ]
        with self.writer.translated(is_job=True), self.writer.client(UPLOAD_S) as client:
            return str(client.messages.batches.create(requests=requests).id)

    def look(self, job: str) -> Mapping[str, Outcome] | None:
        """The results of a batch that has ended; None before that."""
        hush()
        with self.writer.translated(), self.writer.client(UPLOAD_S) as client:
            batch = client.messages.batches.retrieve(job)
            if batch.processing_status != "ended":
                return None
            results = list(client.messages.batches.results(job))
        return {str(one.custom_id): self._outcome(one.result) for one in results}

    def find(
        self, keys: Collection[str], *, group: str, since: datetime, known: Collection[str]
    ) -> str | None:
        """The batch whose results have our keys.

        Raises:
            WriterUnavailable: one of that time has not ended; it may be ours.
        """
        del group
        hush()
        with self.writer.translated(), self.writer.client(UPLOAD_S) as client:
            return self._found(client, set(keys), since=since, known=known)

    def _found(
        self, client: "Anthropic", keys: set[str], *, since: datetime, known: Collection[str]
    ) -> str | None:
        is_open = False
        for batch in client.messages.batches.list(limit=100):
            if batch.created_at < since - _SKEW:
                break
            if batch.id in known:
                continue
            if batch.processing_status != "ended":
                is_open = True
            elif any(one.custom_id in keys for one in client.messages.batches.results(batch.id)):
                return str(batch.id)
        if is_open:
            raise WriterUnavailable(
                f"{self.writer.name} works on a batch that may be ours; look again later",
                cost_cents=None,
            )
        return None

    def _outcome(self, result: Any) -> Outcome:
        if result.type == "succeeded":
            try:
                return self.writer.answer_in(result.message)
            except WriterError as error:
                return at_share(error, self.share)
        kind = WriterRefused if result.type == "errored" else WriterUnavailable
        return kind(f"{self.writer.name}: the order {result.type} in its batch; ask another writer")
