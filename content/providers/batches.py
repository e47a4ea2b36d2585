"""What every batch interface is: many orders at once, answered within a day, at a lower price."""

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from content.providers.hosted import Answer, HostedWriter
from content.providers.orders import Order
from domain.errors import WriterError

MOST = 1000
"""Orders in one batch; the providers take more, but a batch is lost or late as a whole."""
UPLOAD_S = 120.0
"""Seconds for each request about a batch."""
Outcome = Answer | WriterError


class Batches(Protocol):
    """The batch interface of one hosted writer. Orders are named by keys that the wire takes.

    `share` is the part of the usual price that a batch costs.
    """

    @property
    def writer(self) -> HostedWriter:
        """Who answers."""

    @property
    def share(self) -> float:
        """The part of the usual price."""

    def submit(self, orders: Mapping[str, Order], *, group: str) -> str:
        """Hand the orders in; the provider's name of the batch.

        Raises:
            WriterError: with `cost_cents` None where nobody knows whether it was taken.
        """

    def look(self, job: str) -> Mapping[str, Outcome] | None:
        """What came of each order, once all have ended; None before that.

        Errors tell what their order cost. Raises WriterUnavailable where nobody answers.
        """

    def find(
        self, keys: Collection[str], *, group: str, since: datetime, known: Collection[str]
    ) -> str | None:
        """The batch of a submission whose answer was lost; None where none arrived.

        `known` are batches that belong to others. Raises WriterUnavailable where nobody can say
        yet.
        """


def key_of(brief_id: str) -> str:
    """A brief's name on the wires, which take no colons and 64 characters at most."""
    return sha256(brief_id.encode()).hexdigest()[:32]


def seed_of_key(key: str) -> int:
    """The seed that goes out with an order, where the wire takes one."""
    return int(key[:7], 16)


def at_share(error: WriterError, share: float) -> WriterError:
    """The same error at the price of a batch."""
    if error.cost_cents is not None:
        error.cost_cents *= share
    return error
