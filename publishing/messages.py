"""What people wrote to an account; a reading that was broken off goes on where it ended.

Pages are paid for one by one, newest first. Where money ends, or a platform refuses, between two of
them, what was read is kept, and the ledger remembers what is left below it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol, runtime_checkable

from domain.community import InboundMessage
from domain.errors import NetworkError
from publishing.platforms.base import Network
from storage.ledger import gaps
from storage.ledger.database import Ledger
from storage.ledger.gaps import Gap

Keep = Callable[[Sequence[InboundMessage]], object]


@runtime_checkable
class Resuming(Protocol):
    """A network that can go on below a message that it has told of."""

    def inbound_before(self, before: str, *, since: datetime) -> list[InboundMessage]:
        """What people wrote since then, below the message of that id, oldest first.

        Raises leaves of NetworkError, with what was read and where it ended, as `inbound` does.
        """


def pull(
    ledger: Ledger, network: Network, account: str, *, since: datetime, keep: Keep
) -> list[InboundMessage]:
    """What people wrote to the account since then, oldest first.

    What an earlier reading left comes before it and is handed to `keep`, which makes it durable;
    so is what was read of a reading that is broken off now.

    Raises:
        NetworkError: it could not be read to its end; the next call goes on from there.
        StoreError: the ledger refused.
    """
    with ledger.reading() as connection:
        gap = gaps.find(connection, account)
    if gap is not None and isinstance(network, Resuming):
        with _remembered(ledger, account, gap.since, keep):
            keep(network.inbound_before(str(gap.before), since=gap.since))
        with ledger.transaction() as connection:
            gaps.keep(connection, account, None)
    with _remembered(ledger, account, since, keep):
        return network.inbound(since=since)


@contextmanager
def _remembered(ledger: Ledger, account: str, since: datetime, keep: Keep) -> Iterator[None]:
    """Where a reading is broken off, keep what it brought, then where it ended."""
    try:
        yield
    except NetworkError as exc:
        if exc.before is not None:
            keep(exc.read)
            with ledger.transaction() as connection:
                gaps.keep(connection, account, Gap(since, int(exc.before)))
        raise
