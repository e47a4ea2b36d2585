"""The writer on the Anthropic SDK: the Messages API with a JSON schema for its answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from content.providers.failures import from_silence, from_status
from content.providers.hosted import Answer, HostedWriter, Repair
from content.providers.orders import Order
from domain.errors import WriterGarbled, WriterRefused

if TYPE_CHECKING:
    from anthropic import Anthropic

_OWN_URL = "https://api.anthropic.com"


@dataclass(frozen=True)
class AnthropicWriter(HostedWriter):
    """Writes with Claude. The API knows no seed, and its SDK no longer a temperature."""

    @property
    def name(self) -> str:
        """`anthropic`."""
        return "anthropic"

    def ask(self, order: Order, *, repair: Repair | None, seed: int, timeout: float) -> Answer:
        """One call; the SDK's own retries are off, because it obeys any `retry-after`."""
        del seed  # the API takes none
        with self.translated(), self.client(timeout) as client:
            reply = client.messages.create(**self.body(order, repair=repair))
        return self.answer_in(reply)

    @contextmanager
    def client(self, timeout: float) -> Iterator["Anthropic"]:
        """A client of the SDK, without retries of its own."""
        import anthropic

        url = self.base_url or _OWN_URL
        with anthropic.Anthropic(
            api_key=self.api_key, base_url=url, max_retries=0, timeout=timeout
        ) as client:
            yield client

    @contextmanager
    def translated(self, *, is_job: bool = False) -> Iterator[None]:
        """The SDK's errors become ours; `is_job` as in `from_status`."""
        import anthropic

        try:
            yield
        except anthropic.APIStatusError as error:
            raise from_status(error.status_code, writer=self.name, is_job=is_job) from None
        except anthropic.APIConnectionError as error:
            raise from_silence(error, writer=self.name) from None
        except (anthropic.APIError, ValueError):
            raise WriterGarbled(
                f"{self.name} answered what is no JSON; try another writer", cost_cents=None
            ) from None

    def body(self, order: Order, *, repair: Repair | None) -> dict[str, Any]:
        """The request's body."""
        return {
            "model": self.model,
            "max_tokens": order.shape.tokens,
            "system": order.instructions,
            "messages": _messages(order, repair),
            "output_config": {"format": {"type": "json_schema", "schema": order.shape.schema}},
        }

    def answer_in(self, reply: Any) -> Answer:
        """What a reply of the SDK holds. Raises a WriterError that carries what it cost."""
        try:
            text = "".join(block.text for block in reply.content if block.type == "text")
            answer = Answer(text, reply.usage.input_tokens, reply.usage.output_tokens)
            end = reply.stop_reason
        except (AttributeError, TypeError):
            raise WriterGarbled(
                f"{self.name} answered in another shape; check the base URL", cost_cents=None
            ) from None
        if end == "refusal":
            raise WriterRefused(
                f"{self.name} declined; change the facts", cost_cents=self.cents(answer)
            )
        if end == "max_tokens":
            raise WriterGarbled(
                f"{self.name} stopped at its length limit; try another model",
                cost_cents=self.cents(answer),
            )
        return answer


def _messages(order: Order, repair: Repair | None) -> list[Any]:
    messages = [{"role": "user", "content": order.message}]
    if repair:
        # an empty turn of the assistant is refused by the API
        messages.append({"role": "assistant", "content": repair.answer or "(nothing)"})
        messages.append({"role": "user", "content": repair.message})
    return messages
