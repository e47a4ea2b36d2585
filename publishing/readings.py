"""Reading of many accounts: whom their platforms let us ask, and what is left to pay for it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from domain.errors import NetworkError, Unpaid
from publishing import limits
from publishing.limits import READS_KEEP
from publishing.platforms.metering import metered
from publishing.polling import Answers, ask_each
from publishing.purses import purse_of
from storage.ledger.database import Ledger

T = TypeVar("T")


def read_each(
    ledger: Ledger,
    accounts: Iterable[str],
    ask: Callable[[str], T],
    *,
    keep: float = READS_KEEP,
) -> Answers[T]:
    """Ask every account that may be asked now, side by side, and keep what refusals say.

    Args:
        ledger: what all workers know of limits, and where a refusal is noted for them.
        accounts: whom to ask; those that are closed, or have few calls or no money left, are
            left out.
        ask: reads of one account.
        keep: the share of a window, and of a month's budget, that is left to posts.

    Raises:
        StoreError: the ledger refused.
        Exception: what `ask` raises beyond NetworkError.
    """
    with ledger.reading() as connection:
        now = ledger.now(connection)
        why = {one: limits.why_unread(connection, one, now=now, keep=keep) for one in accounts}
        purses = {one: purse_of(ledger, connection, one, keep=keep) for one in why}

    def ask_paid(account: str) -> T:
        with metered(purses[account]):
            return ask(account)

    answers = ask_each([one for one, closed in why.items() if closed is None], ask_paid)
    _note(ledger, answers)
    unpaid = {one: str(exc) for one, exc in answers.refused.items() if isinstance(exc, Unpaid)}
    left_out = {one: closed for one, closed in why.items() if closed} | unpaid
    refused = {one: exc for one, exc in answers.refused.items() if one not in unpaid}
    return replace(answers, refused=refused, left_out=left_out)


def _note(ledger: Ledger, answers: Answers[T]) -> None:
    heard: dict[str, NetworkError | None] = dict.fromkeys(answers.told)
    heard |= answers.refused
    if heard:
        with ledger.transaction() as connection:
            limits.note_reads(connection, heard, now=ledger.now(connection))
