"""OpenAI's Batch API: a file of requests goes up, a file of answers comes back within a day.

A batch carries our group in its metadata and the provider lists batches, so one whose confirmation
was lost is found again. The wire is that of the SDK's types; what an answer holds is read as that
of a single call.
"""

import io
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from content.providers.batches import UPLOAD_S, Outcome, at_share, seed_of_key
from content.providers.openai_writer import OpenAIWriter
from content.providers.orders import Order
from content.providers.prices import BATCH_SHARE
from domain.errors import WriterError, WriterGarbled, WriterUnavailable
from domain.wire_logs import hush

GROUP = "amsel"
"""The key of a batch's metadata that holds our name of it."""
_ENDED = ("completed", "failed", "expired", "cancelled")
_SKEW = timedelta(minutes=10)  # between their clock and ours
_OK = 200


@dataclass(frozen=True)
class OpenAIBatches:
    """Batches of one OpenAI writer."""

    writer: OpenAIWriter
    share: float = BATCH_SHARE

    def submit(self, orders: Mapping[str, Order], *, group: str) -> str:
        """Upload the requests, then make the batch; only the second step can be lost."""
        hush()
        lines = "\n".join(self._line(key, order) for key, order in orders.items())
        with self.writer.client(UPLOAD_S) as client:
            name = f"{group}.jsonl"
            try:
                with self.writer.translated():
                    file = (name, io.BytesIO(lines.encode()))
                    uploaded = client.files.create(file=file, purpose="batch")
            except WriterError as error:
                error.cost_cents = 0.0  # a file alone is free
                raise
            with self.writer.translated(is_job=True):
                batch = client.batches.create(
                    input_file_id=uploaded.id,
                    endpoint=self.writer.endpoint,
                    completion_window="24h",
                    metadata={GROUP: group},
                )
        return str(batch.id)

    def look(self, job: str) -> Mapping[str, Outcome] | None:
        """The answers and errors of a batch that has ended; None before that."""
        hush()
        with self.writer.translated(), self.writer.client(UPLOAD_S) as client:
            batch = client.batches.retrieve(job)
            if batch.status not in _ENDED:
                return None
            files = [name for name in (batch.output_file_id, batch.error_file_id) if name]
            texts = [client.files.content(name).text for name in files]
        found: dict[str, Outcome] = {}
        for row in _rows(texts):
            found[str(row.get("custom_id"))] = self._outcome(row)
        return found

    def find(
        self, keys: Collection[str], *, group: str, since: datetime, known: Collection[str]
    ) -> str | None:
        """The batch that carries our group; OpenAI lists the newest first."""
        del keys
        hush()
        with self.writer.translated(), self.writer.client(UPLOAD_S) as client:
            for batch in client.batches.list(limit=100):
                if batch.created_at < (since - _SKEW).timestamp():
                    return None
                if (batch.metadata or {}).get(GROUP) == group and batch.id not in known:
                    return str(batch.id)
        return None

    def _line(self, key: str, order: Order) -> str:
        body = self.writer.body(order, repair=None, seed=seed_of_key(key))
        row = {"custom_id": key, "method": "POST", "url": self.writer.endpoint, "body": body}
        return json.dumps(row, ensure_ascii=False)

    def _outcome(self, row: Mapping[str, Any]) -> Outcome:
        reply = row.get("response") or {}
        if row.get("error") or reply.get("status_code") != _OK:
            why = "expired" if _code(row) == "batch_expired" else "failed"
            return WriterUnavailable(
                f"{self.writer.name}: the order {why} in its batch; another writer is asked"
            )
        try:
            return self.writer.answer_in(_reply(reply.get("body"), self.writer.endpoint))
        except WriterError as error:
            return at_share(error, self.share)


def _rows(texts: list[str]) -> Iterator[dict[str, Any]]:
    for line in (line for text in texts for line in text.splitlines() if line.strip()):
        try:
            row = json.loads(line)
        except ValueError:
            raise WriterGarbled("a line of the batch is no JSON", cost_cents=None) from None
        if isinstance(row, dict):
            yield row


def _code(row: Mapping[str, Any]) -> str:
    error = row.get("error")
    return str(error.get("code")) if isinstance(error, dict) else ""


def _reply(body: Any, endpoint: str) -> Any:
    """The body as the SDK's own object of a single call."""
    from openai.types.chat import ChatCompletion
    from openai.types.responses import Response

    kind: Any = ChatCompletion if endpoint.endswith("completions") else Response
    return kind.construct(**body) if isinstance(body, dict) else body
