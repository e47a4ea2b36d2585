"""The writer on the OpenAI SDK: the Responses API, or chat completions at any compatible URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from content.providers.failures import from_silence, from_status
from content.providers.hosted import Answer, HostedWriter, Repair
from content.providers.orders import SMALL_PROMPT, Order, small_order_for
from domain.brand import Brand
from domain.errors import WriterGarbled, WriterRefused
from domain.writing import Brief

if TYPE_CHECKING:
    from openai import OpenAI

_OWN_URL = "https://api.openai.com/v1"
TEMPERATURE = 0.7
"""Set on compatible servers, whose own defaults differ."""


@dataclass(frozen=True)
class OpenAIWriter(HostedWriter):
    """Writes with OpenAI, or with whatever speaks its chat wire at `base_url`.

    Attributes:
        wire: `responses` or `chat`; by default chat where a base URL is given.
        small: whether the model is a small one, which is told less and held to the answer's form.
    """

    wire: Literal["responses", "chat"] | None = None
    small: bool = False

    @property
    def name(self) -> str:
        """`openai`, or `openai-compatible` where the address is another's."""
        return "openai-compatible" if self.base_url else "openai"

    @property
    def prompt(self) -> str:
        """See `HostedWriter.prompt`."""
        return SMALL_PROMPT if self.small else super().prompt

    def order_for(self, brief: Brief, *, brand: Brand) -> Order:
        """See `HostedWriter.order_for`."""
        if self.small:
            return small_order_for(brief, brand=brand)
        return super().order_for(brief, brand=brand)

    @property
    def _wire(self) -> Literal["responses", "chat"]:
        return self.wire or ("chat" if self.base_url else "responses")

    def drawn_with(self, seed: int) -> tuple[int | None, float | None]:
        """Chat completions take both; OpenAI's newer models refuse a temperature."""
        if self._wire == "responses":
            return None, None
        return seed, TEMPERATURE if self.base_url else None

    @property
    def endpoint(self) -> Literal["/v1/responses", "/v1/chat/completions"]:
        """Where an order goes, as a batch names it."""
        return "/v1/chat/completions" if self._wire == "chat" else "/v1/responses"

    def ask(self, order: Order, *, repair: Repair | None, seed: int, timeout: float) -> Answer:
        """One call; the SDK's own retries are off, because it obeys any `retry-after`."""
        body = self.body(order, repair=repair, seed=seed)
        with self.translated(), self.client(timeout) as client:
            if self._wire == "chat":
                reply: Any = client.chat.completions.create(**body)
            else:
                reply = client.responses.create(**body)
        return self.answer_in(reply)

    @contextmanager
    def client(self, timeout: float) -> Iterator["OpenAI"]:
        """A client of the SDK, without retries of its own."""
        import openai

        url = self.base_url or _OWN_URL
        with openai.OpenAI(
            api_key=self.api_key, base_url=url, max_retries=0, timeout=timeout
        ) as client:
            yield client

    @contextmanager
    def translated(self, *, is_job: bool = False) -> Iterator[None]:
        """The SDK's errors become ours; `is_job` as in `from_status`."""
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            raise from_status(error.status_code, writer=self.name, is_job=is_job) from None
        except openai.APIConnectionError as error:
            raise from_silence(error, writer=self.name) from None
        except (openai.APIError, ValueError):
            raise WriterGarbled(
                f"{self.name} answered what is no JSON; try another writer", cost_cents=None
            ) from None

    def body(self, order: Order, *, repair: Repair | None, seed: int) -> dict[str, Any]:
        """The request's body, on either wire."""
        messages = _messages(order, repair)
        named = {"name": order.shape.name, "strict": True, "schema": order.shape.schema}
        if self._wire == "responses":
            return {
                "model": self.model,
                "input": messages,
                "max_output_tokens": order.shape.tokens,
                "store": False,
                "text": {"format": {"type": "json_schema", **named}},
            }
        taken, temperature = self.drawn_with(seed)
        heat = {} if temperature is None else {"temperature": temperature}
        # OpenAI's newer models refuse the old name, many compatible servers the new one
        limit = "max_tokens" if self.base_url else "max_completion_tokens"
        return {
            "model": self.model,
            "messages": messages,
            "seed": taken,
            limit: order.shape.tokens,
            "response_format": {"type": "json_schema", "json_schema": named},
            **heat,
        }

    def answer_in(self, reply: Any) -> Answer:
        """What a reply of the SDK holds. Raises a WriterError that carries what it cost."""
        try:
            is_chat = self._wire == "chat"
            text, end, usage = _chat_parts(reply) if is_chat else _response_parts(reply)
            answer = Answer(text, *usage)
        except (AttributeError, IndexError, TypeError):
            raise WriterGarbled(
                f"{self.name} answered in another shape; check the base URL", cost_cents=None
            ) from None
        paid = self.cents(answer) if answer.input_tokens else None
        if end == "refused":
            raise WriterRefused(f"{self.name} declined; change the facts", cost_cents=paid)
        if end == "cut":
            raise WriterGarbled(
                f"{self.name} stopped at its length limit; try another model", cost_cents=paid
            )
        return answer


def _messages(order: Order, repair: Repair | None) -> list[dict[str, str]]:
    messages = [
        {"role": "system", "content": order.instructions},
        {"role": "user", "content": order.message},
    ]
    if repair:
        messages.append({"role": "assistant", "content": repair.answer})
        messages.append({"role": "user", "content": repair.message})
    return messages


def _chat_parts(reply: Any) -> tuple[str, str, tuple[int, int]]:
    choice, usage = reply.choices[0], reply.usage
    tokens = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return "", "refused", tokens
    return choice.message.content or "", "cut" if choice.finish_reason == "length" else "", tokens


def _response_parts(reply: Any) -> tuple[str, str, tuple[int, int]]:
    usage = reply.usage
    tokens = (usage.input_tokens, usage.output_tokens) if usage else (0, 0)
    parts = [part for item in reply.output for part in getattr(item, "content", None) or ()]
    reason = reply.incomplete_details.reason if reply.incomplete_details else ""
    if reason == "content_filter" or any(part.type == "refusal" for part in parts):
        return "", "refused", tokens
    return reply.output_text, "cut" if reply.status == "incomplete" else "", tokens
