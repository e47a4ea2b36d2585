"""What all hosted models share: ask, read, repair once, and never lose what it cost."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TypeVar
from urllib.parse import quote_plus

from content.providers.orders import PROMPT, Order, order_for, read_answer
from content.providers.prices import Price, price_of
from domain.brand import Brand
from domain.errors import ConfigError, WriterError, WriterGarbled, WriterUnavailable
from domain.wire_logs import hush
from domain.writing import Brief, Written, WrittenVariant

_COMPLAINT = 200  # characters of what was wrong that a model is told
_AGAIN = 1000  # tokens at most of the message that asks for a repair: four bytes a character
Read = TypeVar("Read")
SHORTEST_KEY = 12
"""Characters; what stands for a key at a model server of one's own is shorter, often a word."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The answer that did not fit, and what was wrong with it."""

    answer: str
    complaint: str

    @property
    def message(self) -> str:
        """What the model is told."""
        wrong = self.complaint[:_COMPLAINT]
        return f"That cannot be used: {wrong}. Answer again with the JSON alone."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model gave back, and the tokens that are billed for it."""

    text: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class HostedWriter(ABC):
    """A writer behind an API that bills by the token.

    Attributes:
        model: the provider's name of the model.
        api_key: never shown: neither in the representation nor in an error.
        base_url: where the API is; the provider's own where None.
        price: per million tokens; from the table where None.
        at_once: how many calls may be under way; the others wait, and their time does not run.

    Raises:
        ConfigError: the model's price is neither given nor in the table, so that no budget
            could be kept.
    """

    model: str
    api_key: str = field(repr=False)
    base_url: str | None = None
    price: Price | None = None
    at_once: int = 32
    _seats: BoundedSemaphore = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_seats", BoundedSemaphore(self.at_once))
        if self.price is None and price_of(self.model) is None:
            raise ConfigError(
                f"nobody knows the price of {self.model!r}, so no budget can be kept; set its "
                "price per million tokens (0 and 0 for a model server of your own)"
            )

    @property
    @abstractmethod
    def name(self) -> str:
        """The provider's name in the record."""

    @abstractmethod
    def ask(self, order: Order, *, repair: Repair | None, seed: int, timeout: float) -> Answer:
        """One call. Raises a WriterError that carries what the call cost."""

    @property
    def prompt(self) -> str:
        """The version of the instructions that it is given."""
        return PROMPT

    def order_for(self, brief: Brief, *, brand: Brand) -> Order:
        """What it is asked for a brief."""
        return order_for(brief, brand=brand)

    def drawn_with(self, seed: int) -> tuple[int | None, float | None]:  # noqa: ARG002 - one interface
        """The seed and the temperature that a call sets; None where the API takes none."""
        return None, None

    def write(self, brief: Brief, *, brand: Brand, seed: int, timeout: float) -> Written:
        """Variants from the model, with one repair; `timeout` seconds hold for each call.

        Raises:
            WriterRefused: it declined.
            WriterUnavailable: throttled, timed out, down, or it said its key again.
            WriterGarbled: also the repaired answer does not fit.
        """
        order = self.order_for(brief, brand=brand)
        variants, billed = self.converse(
            order, lambda text: read_answer(text, brief=brief), seed=seed, timeout=timeout
        )
        return self.written(variants, billed, seed=seed)

    def converse(
        self, order: Order, read: Callable[[str], Read], *, seed: int, timeout: float
    ) -> tuple[Read, Answer]:
        """What `read` makes of the model's answer, and all that is billed for it.

        `read` raises WriterGarbled where the answer cannot be used; then it is repaired once.
        Raises as `write`.
        """
        hush()
        answer = self._asked(order, repair=None, seed=seed, timeout=timeout)
        try:
            return self.read(answer, read, billed=answer), answer
        except WriterGarbled as problem:
            repair = Repair(answer.text, str(problem))
        spent = self.cents(answer)
        try:
            second = self._asked(order, repair=repair, seed=seed, timeout=timeout)
        except WriterError as error:
            if error.cost_cents is not None:
                error.cost_cents += spent
            raise
        both = Answer(
            second.text,
            answer.input_tokens + second.input_tokens,
            answer.output_tokens + second.output_tokens,
        )
        try:
            return self.read(second, read, billed=both), both
        except WriterGarbled as problem:
            raise WriterGarbled(str(problem), cost_cents=self.cents(both)) from problem

    def _asked(self, order: Order, *, repair: Repair | None, seed: int, timeout: float) -> Answer:
        with self._seats:
            answer = self.ask(order, repair=repair, seed=seed, timeout=timeout)
        if answer.input_tokens:
            return answer
        # some compatible servers name no usage: what may have been billed is booked
        most = order.shape.tokens
        again = most + _AGAIN if repair else 0
        return Answer(answer.text, order.tokens + again, most)

    def read(self, answer: Answer, read: Callable[[str], Read], *, billed: Answer) -> Read:
        """What the answer holds; nothing of one that says the key again is kept or told."""
        try:
            held = read(answer.text)
            said = answer.text + repr(held)
        except WriterGarbled as problem:
            if self._is_key_in(answer.text + str(problem)):
                raise self._key_repeated(billed) from None
            raise
        if self._is_key_in(said):
            raise self._key_repeated(billed)
        return held

    def _is_key_in(self, said: str) -> bool:
        key = self.api_key
        forms = (key, quote_plus(key), json.dumps(key)[1:-1])
        return len(key) >= SHORTEST_KEY and any(form in said for form in forms)

    def _key_repeated(self, billed: Answer) -> WriterUnavailable:
        # not garbled: what holds the key is not sent back for a repair
        return WriterUnavailable(
            f"{self.name} said its API key again; make a new key and mend that server",
            cost_cents=self.cents(billed),
        )

    def estimate_cents(self, brief: Brief, *, brand: Brand) -> float:
        """The most that this brief may cost, in US cents."""
        return self.most_cents(self.order_for(brief, brand=brand))

    def most_cents(self, order: Order) -> float:
        """The most that an order may cost, in US cents: an answer, and one repair that holds it."""
        price, most = self._price, order.shape.tokens
        again = order.tokens + most + _AGAIN
        return self.once_cents(order) + price.cents(input_tokens=again, output_tokens=most)

    def cents(self, answer: Answer) -> float:
        """What one answer cost, in US cents."""
        return self._price.cents(
            input_tokens=answer.input_tokens, output_tokens=answer.output_tokens
        )

    @property
    def _price(self) -> Price:
        price = self.price or price_of(self.model)
        assert price is not None  # noqa: S101 - __post_init__ has looked
        return price

    def once_cents(self, order: Order) -> float:
        """The most that one answer to an order may cost, in US cents."""
        return self._price.cents(input_tokens=order.tokens, output_tokens=order.shape.tokens)

    def written(
        self, variants: tuple[WrittenVariant, ...], answer: Answer, *, seed: int
    ) -> Written:
        """What the record keeps of an answer."""
        taken, temperature = self.drawn_with(seed)
        return Written(
            variants=variants,
            writer=self.name,
            model=self.model,
            prompt_version=self.prompt,
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            cost_cents=self.cents(answer),
            seed=taken,
            temperature=temperature,
        )
