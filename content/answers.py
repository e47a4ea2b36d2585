"""Answers of billed writers, kept for a while: the same order is not paid twice."""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from content.providers.base import Writer
from content.providers.hosted import HostedWriter
from content.providers.orders import PROMPT, order_for
from domain.brand import Brand
from domain.writing import Brief, Written

LIFETIME_S = 3600.0
_MOST = 1000


@dataclass(slots=True)
class Answers:
    """An exact-match cache, by writer, model, prompt and every word of the order.

    Attributes:
        lifetime: seconds after which an answer is forgotten; 0 keeps none.
    """

    lifetime: float = LIFETIME_S
    kept: OrderedDict[str, tuple[float, Written]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def find(self, writer: Writer, brief: Brief, *, brand: Brand, now: float) -> Written | None:
        """The kept answer to the same order, free of charge; None where there is none."""
        with self.lock:
            found = self.kept.get(key_of(writer, brief, brand))
        if found is None or now - found[0] >= self.lifetime:
            return None
        nothing = {"cost_cents": 0.0, "input_tokens": 0, "output_tokens": 0}
        return found[1].model_copy(update=nothing)

    def keep(
        self, writer: Writer, brief: Brief, written: Written, *, brand: Brand, now: float
    ) -> None:
        """Keep an answer; the oldest goes where there are too many."""
        with self.lock:
            self._put(key_of(writer, brief, brand), written, now)

    def recall(self, key: str, written: Written, *, at: float) -> None:
        """Keep an answer that came at an instant of the timer, perhaps before this process was."""
        with self.lock:
            self._put(key, written, at)

    def _put(self, key: str, written: Written, at: float) -> None:
        self.kept[key] = (at, written)
        while len(self.kept) > _MOST:
            self.kept.popitem(last=False)


def key_of(writer: Writer, brief: Brief, brand: Brand) -> str:
    """What makes two orders the same: who is asked, and every word."""
    brief = brief.model_copy(update={"id": ""})
    if isinstance(writer, HostedWriter):
        order, prompt = writer.order_for(brief, brand=brand), writer.prompt
    else:
        order, prompt = order_for(brief, brand=brand), PROMPT
    model = getattr(writer, "model", "")
    parts = (writer.name, model, prompt, str(brief.variants), order.instructions, order.message)
    return sha256("\x1f".join(parts).encode()).hexdigest()
