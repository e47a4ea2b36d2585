"""The writer on the OpenAI SDK: the Responses API, or chat completions at any compatible URL."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from content.providers.failures import from_silence, from_status
from content.providers.hosted import Answer, HostedWriter, Repair
from content.providers.orders import Order, Shape
from domain.errors import WriterGarbled, WriterRefused

if TYPE_CHECKING:
    from openai import OpenAI

_OWN_URL = "https://api.openai.com/v1"
TEMPERATURE = 0.7
"""Set on compatible servers, whose own defaults differ."""
Drawn = tuple[int | None, float | None]


@dataclass(frozen=True)
class OpenAIWriter(HostedWriter):
    """Writes with OpenAI, or with whatever speaks its chat wire at `base_url`.

    Attributes:
        wire: `responses` or `chat`; by default chat where a base URL is given.
    """

    wire: Literal["responses", "chat"] | None = None

    @property
    def name(self) -> str:
        """`openai`, or `openai-compatible` where the address is another's."""
        return "openai-compatible" if self.base_url else "openai"

    @property
    def _wire(self) -> Literal["responses", "chat"]:
        return self.wire or ("chat" if self.base_url else "responses")

    def drawn_with(self, seed: int) -> tuple[int | None, float | None]:
        """Chat completions take both; OpenAI's newer models refuse a temperature."""
        if self._wire == "responses":
            return None, None
        return seed, TEMPERATURE if self.base_url else None

    def ask(self, order: Order, *, repair: Repair | None, seed: int, timeout: float) -> Answer:
        """One call; the SDK's own retries are off, because it obeys any `retry-after`."""
        import openai

        wire = self._wire
        call = _by_chat if wire == "chat" else _by_responses
        url = self.base_url or _OWN_URL
        try:
            with openai.OpenAI(
                api_key=self.api_key, base_url=url, max_retries=0, timeout=timeout
            ) as client:
                told, drawn = _messages(order, repair), self.drawn_with(seed)
                reply = call(client, self.model, told, order.shape, drawn)
        except openai.APIStatusError as error:
            raise from_status(error.status_code, writer=self.name) from None
        except openai.APIConnectionError as error:
            raise from_silence(error, writer=self.name) from None
        except (openai.APIError, ValueError):
            raise WriterGarbled(
                f"{self.name} answered what is no JSON; try another writer", cost_cents=None
            ) from None
        return self._read(reply, wire)

    def _read(self, reply: Any, wire: str) -> Answer:
        try:
            text, end, usage = _chat_parts(reply) if wire == "chat" else _response_parts(reply)
            answer = Answer(text, *usage)
        except (AttributeError, IndexError, TypeError):
            raise WriterGarbled(
                f"{self.name} answered in another shape; check the base URL", cost_cents=None
            ) from None
        if end == "refused":
            raise WriterRefused(
                f"{self.name} declined; change the facts", cost_cents=self.cents(answer)
            )
        if end == "cut":
            raise WriterGarbled(
                f"{self.name} stopped at its length limit; try another model",
                cost_cents=self.cents(answer),
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


def _by_chat(client: "OpenAI", model: str, messages: list[Any], wanted: Shape, drawn: Drawn) -> Any:
    seed, temperature = drawn
    heat: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
    limit: dict[str, Any] = {_limit_name(client): wanted.tokens}
    shape: Any = {"name": wanted.name, "strict": True, "schema": wanted.schema}
    return client.chat.completions.create(
        model=model,
        messages=messages,
        seed=seed,
        **limit,
        **heat,
        response_format={"type": "json_schema", "json_schema": shape},
    )


def _limit_name(client: "OpenAI") -> str:
    """OpenAI's newer models refuse the old name, many compatible servers the new one."""
    own = str(client.base_url).startswith(_OWN_URL)
    return "max_completion_tokens" if own else "max_tokens"


def _by_responses(
    client: "OpenAI", model: str, messages: list[Any], wanted: Shape, _drawn: Drawn
) -> Any:
    own = {"name": wanted.name, "strict": True, "schema": wanted.schema}
    shape: Any = {"type": "json_schema", **own}
    return client.responses.create(
        model=model,
        input=messages,
        max_output_tokens=wanted.tokens,
        store=False,
        text={"format": shape},
    )


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
